/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * COUNTED: a head that says how many elements stand behind it, such as struct
 * fiemap. On the wire: the head, and the elements if they are inputs; back, the
 * head and as many elements as were filled.
 */
#ifndef RSX_PROTO_COUNTED_H
#define RSX_PROTO_COUNTED_H

#include "rsx/frame.h"

int rsx_counted_capture(const struct rsx_arg *a, struct rsx_blob *b, const struct rsx_mem *mem,
			struct rsx_arena *arena);
int64_t rsx_counted_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem);
int rsx_counted_place(const struct rsx_arg *a, struct rsx_blob *b, struct rsx_arena *arena,
		      uint64_t *ret);
void rsx_counted_harvest(const struct rsx_frame *f, struct rsx_blob *b);

/*
 * Descriptors that structs of `size` bytes begin with become the twin's, or -1
 * if they have none there: 0, or -EXDEV if one is open here.
 */
int rsx_map_fds(uint8_t *at, size_t len, size_t size, const struct rsx_mem *mem);

#endif
