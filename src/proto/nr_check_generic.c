/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compile-time check of the asm-generic column of syscalls.def, with the
 * options arm64 sets in its own asm/unistd.h. No code. The header does not
 * depend on the machine, so this is compiled everywhere.
 */
#include "nr_check.h"

#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>

/* A row without a number must not have one in the header either. */
#define SYSCALL(name, x86, gen, ...) SAME_NR(TEXT(__NR_##name), #gen, gen, #name)
#define LOWER(name, x86, gen, ...) SAME_NR(TEXT(__NR_##name), #gen, gen, #name)
#include "syscalls.def"
#undef SYSCALL
#undef LOWER
