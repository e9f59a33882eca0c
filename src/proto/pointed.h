/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A struct with a pointer in it, and what that points to: struct ifreq with its
 * ifr_data, struct rtentry with its rt_dev (struct rsx_pointed says where and how
 * much). On the wire: the struct, an enum rsx_pointer of 8 bytes in the place of the
 * pointer, and if that is RSX_POINTER_BLOB the bytes there; back: the same, if it is
 * value-result.
 *
 * Where the kernel's own count may be larger than the program's, it finds the end of
 * the memory, and not the server's.
 */
#ifndef RSX_PROTO_POINTED_H
#define RSX_PROTO_POINTED_H

#include "rsx/frame.h"

int rsx_pointed_capture(const struct rsx_arg *a, struct rsx_blob *b, const struct rsx_mem *mem,
			struct rsx_arena *arena);
int64_t rsx_pointed_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem);
int rsx_pointed_place(const struct rsx_arg *a, struct rsx_blob *b, struct rsx_arena *arena,
		      uint64_t *ret);
void rsx_pointed_harvest(const struct rsx_pointed *k, struct rsx_blob *b);

#endif
