/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compile-time checks on x86-64: the numbers of syscalls.def are those of
 * <asm/unistd.h>, and the commands of the variants those of the headers. No
 * code. Compiled on a native x86-64 build only.
 */
#include "nr_check.h"

#include <asm/sockios.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fb.h>
#include <linux/fd.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/i2c-dev.h>
#include <linux/kcmp.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/if_tunnel.h>
#include <linux/kd.h>
#include <linux/loop.h>
#include <linux/msdos_fs.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/vt.h>
#include <linux/watchdog.h>
#include <linux/wireless.h>
#include <scsi/sg.h>
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

#ifndef INOTIFY_IOC_SETNEXTWD
#define INOTIFY_IOC_SETNEXTWD 0x40044900
#endif
#ifndef FS_IOC_GETFSUUID
#define FS_IOC_GETFSUUID 0x80111500
#define FS_IOC_GETFSSYSFSPATH 0x80811501
#endif
/* <scsi/scsi_ioctl.h> of the C library has not all of them */
#ifndef SCSI_IOCTL_GET_IDLUN
#define SCSI_IOCTL_GET_IDLUN 0x5382
#endif
#ifndef SCSI_IOCTL_GET_BUS_NUMBER
#define SCSI_IOCTL_GET_BUS_NUMBER 0x5386
#endif

#define VARIANT(name, value, ...)                                             \
	_Static_assert((name) == (value), "wrong value for " #name);
#include "variants/fcntl.def"
#include "variants/ioctl.def"
#include "variants/kcmp.def"
#undef VARIANT
