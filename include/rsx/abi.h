/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire speaks one ABI: 64-bit asm-generic, which is aarch64's own. This
 * header names what differs elsewhere: syscall numbers (columns of the rows),
 * struct layouts and flag values. An x86-64 endpoint converts, an aarch64 one
 * has nothing to do.
 */
#ifndef RSX_ABI_H
#define RSX_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Architectures a row has a number for. RSX_ARCH_GENERIC is the wire's. */
enum rsx_arch {
	RSX_ARCH_X86_64,
	RSX_ARCH_GENERIC,
	RSX_ARCH_MAX
};

#if defined(__x86_64__)
#define RSX_ARCH_NATIVE RSX_ARCH_X86_64
#elif defined(__aarch64__)
#define RSX_ARCH_NATIVE RSX_ARCH_GENERIC
#else
#error "rsx knows x86-64 and aarch64"
#endif

/*
 * One struct that crosses the wire. Sizes in bytes. The converters may be
 * NULL: then both layouts are the same. They read and write only their own
 * sizes and never fail.
 */
struct rsx_layout {
	const char *name;
	uint16_t wire_size;
	uint16_t native_size;
	uint16_t pid_at; /* where an output has a pid_t to be translated; 0: nowhere */
	void (*to_wire)(void *wire, const void *native);
	void (*to_native)(void *native, const void *wire);
};

/* Defined in src/proto/abi/{x86_64,generic}.c; one of the two is linked. */
extern const struct rsx_layout rsx_layout_stat;	       /* struct stat */
extern const struct rsx_layout rsx_layout_epoll_event; /* struct epoll_event */
extern const struct rsx_layout rsx_layout_open_how;    /* flags inside */

/* Same on both: src/proto/abi/common.c. Printers know them by address. */
extern const struct rsx_layout rsx_layout_statx, rsx_layout_statfs,
	rsx_layout_timespec, rsx_layout_timespec2, rsx_layout_timeval2,
	rsx_layout_utsname, rsx_layout_sysinfo, rsx_layout_flock,
	rsx_layout_winsize, rsx_layout_termios, rsx_layout_int,
	rsx_layout_u64, rsx_layout_rlimit, rsx_layout_itimerval,
	rsx_layout_fsxattr, rsx_layout_ifreq, rsx_layout_arpreq,
	rsx_layout_pair, rsx_layout_cachestat_range, rsx_layout_cachestat,
	rsx_layout_cap_header, rsx_layout_cap_data;

/*
 * Names and values of a set of flags (bits) or of an enumeration. `wire` is
 * the asm-generic value, `x86` that of x86-64; they are the same but for four
 * open flags. Bits of `mask`, if set, are one enumeration inside the flags
 * (O_ACCMODE).
 */
struct rsx_xlat_entry {
	const char *name;
	uint64_t wire;
	uint64_t x86;
};

struct rsx_xlat {
	const char *name;
	uint64_t mask;	  /* 0, or the bits that hold an enumeration */
	uint8_t base;	  /* how unknown rest is shown: 16 or 8 */
	uint8_t differs;  /* some entry has wire != x86 */
	uint16_t n;
	const struct rsx_xlat_entry *entry;
};

/* Convert a flags word between `arch` and the wire; unknown bits pass. */
uint64_t rsx_xlat_to_wire(const struct rsx_xlat *x, enum rsx_arch arch, uint64_t v);
uint64_t rsx_xlat_from_wire(const struct rsx_xlat *x, enum rsx_arch arch, uint64_t v);

#endif
