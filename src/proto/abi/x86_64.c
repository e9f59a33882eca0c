/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layouts in which x86-64 differs from the wire (asm-generic). The wire's
 * structs are spelled out here, since this machine's headers do not have them;
 * the native ones are the kernel's own. Both sides may be unaligned.
 */
#include "rsx/abi.h"

#include <asm/stat.h>
#include <string.h>

#include "rsx/xlat.h"

/* asm-generic/stat.h */
struct wire_stat {
	uint64_t dev;
	uint64_t ino;
	uint32_t mode;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint64_t rdev;
	uint64_t pad1;
	int64_t size;
	int32_t blksize;
	int32_t pad2;
	int64_t blocks;
	int64_t atime;
	uint64_t atime_nsec;
	int64_t mtime;
	uint64_t mtime_nsec;
	int64_t ctime;
	uint64_t ctime_nsec;
	uint32_t unused[2];
};

_Static_assert(sizeof(struct wire_stat) == 128, "asm-generic struct stat");
_Static_assert(sizeof(struct stat) == 144, "x86-64 struct stat");

static void stat_to_wire(void *wire, const void *native)
{
	struct stat s;

	memcpy(&s, native, sizeof(s));
	memcpy(wire, &(struct wire_stat){
		.dev = s.st_dev,
		.ino = s.st_ino,
		.mode = s.st_mode,
		.nlink = s.st_nlink,
		.uid = s.st_uid,
		.gid = s.st_gid,
		.rdev = s.st_rdev,
		.size = s.st_size,
		.blksize = s.st_blksize,
		.blocks = s.st_blocks,
		.atime = s.st_atime,
		.atime_nsec = s.st_atime_nsec,
		.mtime = s.st_mtime,
		.mtime_nsec = s.st_mtime_nsec,
		.ctime = s.st_ctime,
		.ctime_nsec = s.st_ctime_nsec,
	}, sizeof(struct wire_stat));
}

static void stat_to_native(void *native, const void *wire)
{
	struct wire_stat w;

	memcpy(&w, wire, sizeof(w));
	memcpy(native, &(struct stat){
		.st_dev = w.dev,
		.st_ino = w.ino,
		.st_mode = w.mode,
		.st_nlink = w.nlink,
		.st_uid = w.uid,
		.st_gid = w.gid,
		.st_rdev = w.rdev,
		.st_size = w.size,
		.st_blksize = w.blksize,
		.st_blocks = w.blocks,
		.st_atime = w.atime,
		.st_atime_nsec = w.atime_nsec,
		.st_mtime = w.mtime,
		.st_mtime_nsec = w.mtime_nsec,
		.st_ctime = w.ctime,
		.st_ctime_nsec = w.ctime_nsec,
	}, sizeof(struct stat));
}

/* linux/eventpoll.h: packed here, aligned there. */
struct native_epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));

struct wire_epoll_event {
	uint32_t events;
	uint32_t pad;
	uint64_t data;
};

_Static_assert(sizeof(struct native_epoll_event) == 12, "packed");
_Static_assert(sizeof(struct wire_epoll_event) == 16, "aligned");

static void epoll_event_to_wire(void *wire, const void *native)
{
	struct native_epoll_event n;

	memcpy(&n, native, sizeof(n));
	memcpy(wire, &(struct wire_epoll_event){
		.events = n.events,
		.data = n.data,
	}, sizeof(struct wire_epoll_event));
}

static void epoll_event_to_native(void *native, const void *wire)
{
	struct wire_epoll_event w;

	memcpy(&w, wire, sizeof(w));
	memcpy(native, &(struct native_epoll_event){
		.events = w.events,
		.data = w.data,
	}, sizeof(struct native_epoll_event));
}

/* linux/openat2.h: same shape, but `flags` holds open flags. */
struct open_how_bits {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

static void open_how_to_wire(void *wire, const void *native)
{
	struct open_how_bits h;

	memcpy(&h, native, sizeof(h));
	h.flags = rsx_xlat_to_wire(&rsx_xlat_open_flags, RSX_ARCH_X86_64, h.flags);
	memcpy(wire, &h, sizeof(h));
}

static void open_how_to_native(void *native, const void *wire)
{
	struct open_how_bits h;

	memcpy(&h, wire, sizeof(h));
	h.flags = rsx_xlat_from_wire(&rsx_xlat_open_flags, RSX_ARCH_X86_64, h.flags);
	memcpy(native, &h, sizeof(h));
}

const struct rsx_layout rsx_layout_stat = {
	.name = "stat",
	.wire_size = sizeof(struct wire_stat),
	.native_size = sizeof(struct stat),
	.to_wire = stat_to_wire,
	.to_native = stat_to_native,
};

const struct rsx_layout rsx_layout_epoll_event = {
	.name = "epoll_event",
	.wire_size = sizeof(struct wire_epoll_event),
	.native_size = sizeof(struct native_epoll_event),
	.to_wire = epoll_event_to_wire,
	.to_native = epoll_event_to_native,
};

const struct rsx_layout rsx_layout_open_how = {
	.name = "open_how",
	.wire_size = sizeof(struct open_how_bits),
	.native_size = sizeof(struct open_how_bits),
	.to_wire = open_how_to_wire,
	.to_native = open_how_to_native,
};
