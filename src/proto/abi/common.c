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
