/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lenptr.h. */
#include "lenptr.h"

#include <errno.h>
#include <string.h>

struct native {
	int32_t len;
	uint64_t at; /* 64-bit words: behind padding */
};

struct head {
	int32_t len;
	uint32_t has; /* 1: the pointer is not NULL */
};

static uint32_t room_of(const struct head *h)
{
	if (!h->has || h->len < 0)
		return 0;
	return (uint32_t)h->len < RSX_MAX_SMALL_BUF ? (uint32_t)h->len : RSX_MAX_SMALL_BUF;
}

int rsx_lenptr_capture(struct rsx_blob *b, const struct rsx_mem *mem, struct rsx_arena *arena)
{
	struct native n;
	struct head h = { 0 };

	if (mem->read(mem->ctx, b->addr, &n, sizeof(n)))
		return -EFAULT;
	h = (struct head){ n.len, n.at != 0 };
	if (h.len > (int32_t)RSX_MAX_SMALL_BUF)
		h.len = RSX_MAX_SMALL_BUF;
	b->control = rsx_addr(n.at);
	b->in_len = sizeof(h);
	b->cap = (uint32_t)sizeof(h) + room_of(&h);
	b->in = rsx_arena_alloc(arena, sizeof(h));
	if (!b->in)
		return -ENOMEM;
	memcpy(b->in, &h, sizeof(h));
	return 0;
}

int64_t rsx_lenptr_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem)
{
	struct head got;

	if (b->out_len < sizeof(got))
		return -EIO;
	memcpy(&got, b->out, sizeof(got));
	if (mem->write(mem->ctx, b->control, b->out + sizeof(got), b->out_len - sizeof(got)) ||
	    mem->write(mem->ctx, b->addr, &got.len, sizeof(got.len)))
		return -EFAULT;
	return f->ret;
}

int rsx_lenptr_place(struct rsx_blob *b, struct rsx_arena *arena, uint64_t *ret)
{
	struct native *n = rsx_arena_alloc(arena, sizeof(*n));
	struct head h;

	if (b->in_len != sizeof(h))
		return -EBADMSG;
	memcpy(&h, b->in, sizeof(h));
	if (h.has > 1 || h.len > (int32_t)RSX_MAX_SMALL_BUF)
		return -EBADMSG;
	b->cap = (uint32_t)sizeof(h) + room_of(&h);
	b->out = rsx_arena_alloc(arena, b->cap);
	if (!n || !b->out)
		return -ENOMEM;
	memset(b->out, 0, b->cap);
	*n = (struct native){ h.len, h.has ? (uintptr_t)(b->out + sizeof(h)) : 0 };
	b->native = n;
	*ret = (uintptr_t)n;
	return 0;
}

void rsx_lenptr_harvest(struct rsx_blob *b)
{
	const struct native *n = b->native;
	struct head h = { n->len, 0 };
	uint32_t room = b->cap - (uint32_t)sizeof(h);
	uint32_t filled = n->len < 0 ? 0 : (uint32_t)n->len;

	memcpy(b->out, &h, sizeof(h));
	b->out_len = (uint32_t)sizeof(h) + (filled < room ? filled : room);
}
