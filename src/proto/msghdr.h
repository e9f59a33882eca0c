/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct msghdr on the wire: one blob, a fixed head and then name, control
 * data and data. See msghdr.c.
 */
#ifndef RSX_PROTO_MSGHDR_H
#define RSX_PROTO_MSGHDR_H

#include "rsx/frame.h"

/*
 * Tracer: capture for sendmsg (RSX_IN) or recvmsg (RSX_INOUT), without the first
 * `skip` bytes of the data, which have been moved. 0 or -errno.
 */
int rsx_msghdr_capture(struct rsx_frame *f, struct rsx_blob *b, uint64_t skip,
		       const struct rsx_mem *mem, struct rsx_arena *arena);

/* Tracer: write what recvmsg brought. The result for the register. */
int64_t rsx_msghdr_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem);

/* Server: make a struct msghdr. 0, -EBADMSG or -ENOMEM. */
int rsx_msghdr_place(struct rsx_frame *f, struct rsx_blob *b, struct rsx_arena *arena,
		     uint64_t *ret);

/* Server: after recvmsg, close the gaps between what was produced. */
void rsx_msghdr_harvest(struct rsx_frame *f, struct rsx_blob *b);

#endif
