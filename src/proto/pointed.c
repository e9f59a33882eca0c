/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pointed.h. */
#include "pointed.h"

#include <errno.h>
#include <string.h>

static const struct rsx_pointed_case *case_of(const struct rsx_pointed *k, uint32_t value)
{
	const struct rsx_pointed_case *c = k->cases;

	while (c->size && c->value != value)
		c++;
	return c->size ? c : NULL;
}

/* How many elements follow a case's struct, of which all is at hand. */
static uint64_t elements(const struct rsx_pointed_case *c, const uint8_t *there)
{
	uint64_t bits;
	uint32_t n;
	int8_t few;

	switch (c->count_size) {
	case sizeof(n):
		memcpy(&n, there + c->count_at, sizeof(n));
		return n;
	case sizeof(few):
		memcpy(&few, there + c->count_at, sizeof(few));
		return few > 0 ? (uint64_t)few : 0;
	case sizeof(bits):
		memcpy(&bits, there + c->count_at, sizeof(bits));
		return (uint64_t)__builtin_popcountll(bits);
	default:
		return 0;
	}
}

/* How much the struct itself says is there, without .cases. */
static uint64_t said_by_head(const struct rsx_pointed *k, const uint8_t *head)
{
	uint32_t n = 0;

	if (!k->each)
		return k->size;
	memcpy(&n, head + k->count_at, k->count_size);
	return (uint64_t)n * k->each;
}

/* Is `len` what must follow this head? */
static bool fits(const struct rsx_pointed *k, const uint8_t *head, const uint8_t *there, size_t len)
{
	const struct rsx_pointed_case *c;
	uint32_t value;

	if (!k->cases)
		return len == said_by_head(k, head);
	if (len < sizeof(value))
		return false;
	memcpy(&value, there, sizeof(value));
	c = case_of(k, value);
	return c && len >= c->size && len == c->size + elements(c, there) * c->each;
}

/* --- tracer --- */

/* The length of what is at `at`: 0 or -errno. */
static int measure(const struct rsx_pointed *k, const uint8_t *head, struct rsx_addr at,
		   const struct rsx_mem *mem, uint64_t *ret_len)
{
	const struct rsx_pointed_case *c;
	uint8_t start[UINT8_MAX];
	uint32_t value;

	*ret_len = said_by_head(k, head);
	if (!k->cases)
		return 0;
	if (mem->read(mem->ctx, at, &value, sizeof(value)))
		return -EFAULT;
	c = case_of(k, value);
	if (!c)
		return -EOPNOTSUPP;
	*ret_len = c->size;
	if (!c->count_size)
		return 0;
	if (mem->read(mem->ctx, at, start, c->size))
		return -EFAULT;
	*ret_len += elements(c, start) * c->each;
	return 0;
}

int rsx_pointed_capture(const struct rsx_arg *a, struct rsx_blob *b, const struct rsx_mem *mem,
			struct rsx_arena *arena)
{
	const struct rsx_pointed *k = a->pointed;
	uint8_t head[UINT8_MAX];
	uint64_t at, tag = RSX_POINTER_BLOB, len = 0;
	int err = 0;

	if (mem->read(mem->ctx, b->addr, head, k->head))
		return -EFAULT;
	memcpy(&at, head + k->at, sizeof(at));
	if (!at)
		tag = RSX_POINTER_NULL;
	else
		err = measure(k, head, rsx_addr(at), mem, &len);
	if (err && err != -EFAULT)
		return err;
	if (len > RSX_MAX_SMALL_BUF)
		return -ENOMEM;
	b->in = rsx_arena_alloc(arena, k->head + len);
	if (!b->in)
		return -ENOMEM;
	if (at && (err || (len && mem->read(mem->ctx, rsx_addr(at), b->in + k->head, len)))) {
		tag = at >= rsx_user_end() ? RSX_POINTER_BEYOND : RSX_POINTER_UNMAPPED;
		len = 0;
	} else if (at && !fits(k, head, b->in + k->head, len)) {
		tag = RSX_POINTER_UNMAPPED; /* another thread changes it */
		len = 0;
	}
	memcpy(head + k->at, &tag, sizeof(tag));
	memcpy(b->in, head, k->head);
	b->in_len = (uint32_t)(k->head + len);
	b->cap = a->dir & RSX_OUT ? b->in_len : 0;
	b->control = rsx_addr(at);
	return 0;
}

/* As it went: the kernel has not touched it. */
static bool same(const struct rsx_blob *b, size_t from, size_t to)
{
	return !memcmp(b->in + from, b->out + from, to - from);
}

int64_t rsx_pointed_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem)
{
	const struct rsx_pointed *k = f->row->arg[b->arg].pointed;
	const size_t rest = k->at + sizeof(uint64_t);

	if (!b->cap || !b->out_len)
		return f->ret;
	if (b->out_len != b->cap)
		return -EIO;
	if (!same(b, k->head, b->cap) &&
	    mem->write(mem->ctx, b->control, b->out + k->head, b->cap - k->head))
		return -EFAULT;
	if (!k->head_out || (same(b, 0, k->at) && same(b, rest, k->head)))
		return f->ret;
	if (mem->write(mem->ctx, b->addr, b->out, k->at) ||
	    mem->write(mem->ctx, rsx_addr_add(b->addr, rest), b->out + rest, k->head - rest))
		return -EFAULT;
	return f->ret;
}

/* --- server --- */

struct native {
	uint8_t *head, *there;
};

int rsx_pointed_place(const struct rsx_arg *a, struct rsx_blob *b, struct rsx_arena *arena,
		      uint64_t *ret)
{
	const struct rsx_pointed *k = a->pointed;
	struct native *n = rsx_arena_alloc(arena, sizeof(*n));
	uint64_t tag, at = 0;
	size_t len;

	if (b->in_len < k->head || b->in_len > k->head + RSX_MAX_SMALL_BUF)
		return -EBADMSG;
	len = b->in_len - k->head;
	memcpy(&tag, b->in + k->at, sizeof(tag));
	if (tag >= RSX_POINTER_MAX ||
	    (tag == RSX_POINTER_BLOB ? !fits(k, b->in, b->in + k->head, len) : len != 0))
		return -EBADMSG;
	if (!n)
		return -ENOMEM;
	n->head = rsx_arena_alloc(arena, k->head);
	n->there = rsx_arena_alloc_guarded(arena, len);
	b->cap = a->dir & RSX_OUT ? b->in_len : 0;
	b->out = rsx_arena_alloc(arena, b->in_len);
	if (!n->head || !n->there || !b->out)
		return -ENOMEM;
	memcpy(n->there, b->in + k->head, len);
	if (tag == RSX_POINTER_BLOB)
		at = (uintptr_t)n->there;
	else if (tag != RSX_POINTER_NULL)
		at = rsx_bad_pointer(tag);
	memcpy(n->head, b->in, k->head);
	memcpy(n->head + k->at, &at, sizeof(at));
	b->native = n;
	*ret = (uintptr_t)n->head;
	return 0;
}

void rsx_pointed_harvest(const struct rsx_pointed *k, struct rsx_blob *b)
{
	const struct native *n = b->native;

	b->out_len = b->cap;
	if (!b->cap)
		return;
	memcpy(b->out, n->head, k->head);
	/* never an address of ours */
	memcpy(b->out + k->at, b->in + k->at, sizeof(uint64_t));
	memcpy(b->out + k->head, n->there, b->cap - k->head);
}
