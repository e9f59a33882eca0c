/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs that are laid out alike on x86-64 and asm-generic: they travel as
 * they are. Sizes are the kernel's (not the C library's: termios has 19
 * control characters there) and never those of this build's headers.
 */
#include "rsx/abi.h"
#include "rsx/syscall.h"

#define SAME(n, size)                                                         \
	const struct rsx_layout rsx_layout_##n = {                            \
		.name = #n, .wire_size = size, .native_size = size,           \
	}

SAME(statx, 256);	/* linux/stat.h */
SAME(statfs, 120);	/* asm-generic/statfs.h, 64-bit words */
SAME(timespec, 16);	/* struct __kernel_timespec */
SAME(timespec2, 32);	/* two of them: utimensat(2) */
SAME(timeval2, 32);	/* two struct timeval: utimes(2) */
SAME(utsname, 390);	/* struct new_utsname: six times 65 */
SAME(sysinfo, 112);	/* linux/sysinfo.h */
const struct rsx_layout rsx_layout_flock = { /* asm-generic/fcntl.h */
	.name = "flock", .wire_size = 32, .native_size = 32, .pid_at = 24,
};
SAME(winsize, 8);	/* asm-generic/termios.h */
SAME(termios, 36);	/* asm-generic/termbits.h */
SAME(int, 4);
SAME(pair, 8);		/* int[2] */
SAME(u64, 8);
SAME(ifreq, 40);	/* linux/if.h, 64-bit words */
SAME(arpreq, 68);	/* linux/if_arp.h */
SAME(rlimit, 16);
SAME(itimerval, 32);
SAME(fsxattr, 28);	/* linux/fs.h */
SAME(cachestat_range, 16); /* linux/mman.h */
SAME(cachestat, 40);
const struct rsx_layout rsx_layout_cap_header = { /* linux/capability.h */
	.name = "cap_header", .wire_size = 8, .native_size = 8, .pid_at = 4,
};
SAME(cap_data, 24);	/* version 3: two of 12 bytes */

const struct rsx_len_case rsx_cases_cap_data[] = {
	{ 0x19980330, 12 }, { 0x20071026, 24 }, { 0x20080522, 24 }, { 0, 0 },
};

const struct rsx_counted rsx_counted_file_handle = { /* linux/fs.h; MAX_HANDLE_SZ */
	.name = "file_handle", .head = 8, .each = 1, .count_at = 0, .count_size = 4,
	.filled_at = 0, .most = 128, .refused = true,
};
const struct rsx_counted rsx_counted_fiemap = { /* linux/fiemap.h */
	.name = "fiemap", .head = 32, .each = 56, .count_at = 24, .count_size = 4,
	.filled_at = 20, .most = 1024,
};
const struct rsx_counted rsx_counted_dedupe = { /* linux/fs.h; all of it in a page */
	.name = "file_dedupe_range", .head = 24, .each = 32, .count_at = 16, .count_size = 2,
	.filled_at = 16, .most = 127, .refused = true, .status_at = 24, .elements_in = true,
};

const struct rsx_pointed rsx_pointed_rtentry = { /* linux/route.h; the kernel reads 15 bytes */
	.name = "rtentry", .head = 120, .at = 88, .size = 15,
};
const struct rsx_pointed rsx_pointed_hwtstamp = { /* linux/net_tstamp.h, in an ifreq */
	.name = "hwtstamp", .head = 40, .at = 16, .size = 12,
};
const struct rsx_pointed rsx_pointed_blkpg = { /* linux/blkpg.h */
	.name = "blkpg", .head = 24, .at = 16, .count_at = 8, .count_size = 4, .each = 1,
};
const struct rsx_pointed rsx_pointed_iw_point = { /* linux/wireless.h, in an iwreq */
	.name = "iw_point", .head = 32, .at = 16, .count_at = 24, .count_size = 2, .each = 1,
	.head_out = true,
};
const struct rsx_pointed rsx_pointed_filter = { /* linux/filter.h, struct sock_fprog */
	.name = "filter", .head = 16, .at = 8, .count_at = 0, .count_size = 2, .each = 8,
};

/* linux/ethtool.h: what a program and the kernel know the size of alike */
static const struct rsx_pointed_case ethtool_cases[] = {
	{ 0x01, 44, 0, 0, 0 },	 { 0x02, 44, 0, 0, 0 },	 /* GSET, SSET */
	{ 0x03, 196, 0, 0, 0 },				 /* GDRVINFO */
	{ 0x05, 20, 0, 0, 0 },	 { 0x06, 20, 0, 0, 0 },	 /* GWOL, SWOL */
	{ 0x07, 8, 0, 0, 0 },	 { 0x08, 8, 0, 0, 0 },	 /* GMSGLVL, SMSGLVL */
	{ 0x09, 4, 0, 0, 0 },	 { 0x0a, 8, 0, 0, 0 },	 /* NWAY_RST, GLINK */
	{ 0x0e, 92, 0, 0, 0 },	 { 0x0f, 92, 0, 0, 0 },	 /* GCOALESCE, SCOALESCE */
	{ 0x10, 36, 0, 0, 0 },	 { 0x11, 36, 0, 0, 0 },	 /* GRINGPARAM, SRINGPARAM */
	{ 0x12, 16, 0, 0, 0 },	 { 0x13, 16, 0, 0, 0 },	 /* GPAUSEPARAM, SPAUSEPARAM */
	{ 0x14, 8, 0, 0, 0 },	 { 0x15, 8, 0, 0, 0 },	 /* GRXCSUM, SRXCSUM */
	{ 0x16, 8, 0, 0, 0 },	 { 0x17, 8, 0, 0, 0 },	 /* GTXCSUM, STXCSUM */
	{ 0x18, 8, 0, 0, 0 },	 { 0x19, 8, 0, 0, 0 },	 /* GSG, SSG */
	{ 0x1b, 12, 8, 4, 32 },				 /* GSTRINGS */
	{ 0x1c, 8, 0, 0, 0 },	 { 0x1d, 8, 4, 4, 8 },	 /* PHYS_ID, GSTATS */
	{ 0x1e, 8, 0, 0, 0 },	 { 0x1f, 8, 0, 0, 0 },	 /* GTSO, STSO */
	{ 0x20, 8, 4, 4, 1 },				 /* GPERMADDR */
	{ 0x21, 8, 0, 0, 0 },	 { 0x22, 8, 0, 0, 0 },	 /* GUFO, SUFO */
	{ 0x23, 8, 0, 0, 0 },	 { 0x24, 8, 0, 0, 0 },	 /* GGSO, SGSO */
	{ 0x25, 8, 0, 0, 0 },	 { 0x26, 8, 0, 0, 0 },	 /* GFLAGS, SFLAGS */
	{ 0x27, 8, 0, 0, 0 },	 { 0x28, 8, 0, 0, 0 },	 /* GPFLAGS, SPFLAGS */
	{ 0x2b, 8, 0, 0, 0 },	 { 0x2c, 8, 0, 0, 0 },	 /* GGRO, SGRO */
	{ 0x37, 16, 8, 8, 4 },				 /* GSSET_INFO */
	{ 0x3a, 8, 4, 4, 16 },	 { 0x3b, 8, 4, 4, 8 },	 /* GFEATURES, SFEATURES */
	{ 0x3c, 36, 0, 0, 0 },	 { 0x3d, 36, 0, 0, 0 },	 /* GCHANNELS, SCHANNELS */
	{ 0x41, 44, 0, 0, 0 },				 /* GET_TS_INFO */
	{ 0x44, 40, 0, 0, 0 },	 { 0x45, 40, 0, 0, 0 },	 /* GEEE, SEEE */
	{ 0x4c, 48, 15, 1, 12 }, { 0x4d, 48, 15, 1, 12 }, /* GLINKSETTINGS, SLINKSETTINGS */
	{ 0x50, 16, 0, 0, 0 },	 { 0x51, 16, 0, 0, 0 },	 /* GFECPARAM, SFECPARAM */
	{ 0, 0, 0, 0, 0 },
};
const struct rsx_pointed rsx_pointed_ethtool = { /* linux/ethtool.h, in an ifreq */
	.name = "ethtool", .head = 40, .at = 16, .cases = ethtool_cases,
};
