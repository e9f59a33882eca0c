/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct { int len; void *at; }, filled by the kernel: struct ifconf of
 * netdevice(7). On the wire: the length asked for and whether there is a
 * pointer; back, the length reported and the bytes, never more than the room.
 */
#ifndef RSX_PROTO_LENPTR_H
#define RSX_PROTO_LENPTR_H

#include "rsx/frame.h"

int rsx_lenptr_capture(struct rsx_blob *b, const struct rsx_mem *mem, struct rsx_arena *arena);
int64_t rsx_lenptr_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem);
int rsx_lenptr_place(struct rsx_blob *b, struct rsx_arena *arena, uint64_t *ret);
void rsx_lenptr_harvest(struct rsx_blob *b);

#endif
