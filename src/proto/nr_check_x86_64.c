/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compile-time checks on x86-64: the numbers of syscalls.def are those of
 * <asm/unistd.h>, and the commands of the variants those of the headers. No
 * code. Compiled on a native x86-64 build only.
 */
#include "nr_check.h"

#include <asm/sockios.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#define SYSCALL(name, x86, gen, ...) SAME_NR(TEXT(__NR_##name), #x86, x86, #name)
#define LOWER(name, x86, gen, ...) SAME_NR(TEXT(__NR_##name), #x86, x86, #name)
#include "syscalls.def"
#undef SYSCALL
#undef LOWER

/* Newer than Debian 12's headers, or only in <linux/fcntl.h>, which clashes. */
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif
#ifndef F_GETOWNER_UIDS
#define F_GETOWNER_UIDS 17
#endif

#define VARIANT(name, value, ...)                                             \
	_Static_assert((name) == (value), "wrong value for " #name);
#include "variants/fcntl.def"
#include "variants/ioctl.def"
#undef VARIANT
