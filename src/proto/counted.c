/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See counted.h. */
#include "counted.h"

#include <errno.h>
#include <string.h>

static uint32_t get(const struct rsx_counted *k, const uint8_t *head, size_t at)
{
	uint16_t small;
	uint32_t n;

	if (k->count_size == sizeof(small)) {
		memcpy(&small, head + at, sizeof(small));
		return small;
	}
	memcpy(&n, head + at, sizeof(n));
	return n;
}

static void put(const struct rsx_counted *k, uint8_t *head, uint32_t n)
{
	uint16_t small = (uint16_t)n;

	if (k->count_size == sizeof(small))
		memcpy(head + k->count_at, &small, sizeof(small));
	else
		memcpy(head + k->count_at, &n, sizeof(n));
}

/* The count that travels: one too many is as good as any number of them. */
static uint32_t most(const struct rsx_counted *k)
{
	return k->most + (uint32_t)k->refused;
}

/* How much of it goes: of what the kernel will refuse, no elements. */
static uint32_t goes(const struct rsx_counted *k, uint32_t n, uint32_t all)
{
	return k->elements_in && n <= k->most ? all : k->head;
}

int rsx_map_fds(uint8_t *at, size_t len, size_t size, const struct rsx_mem *mem)
{
	int fd, err = 0;

	if (!mem->fd_in_struct)
		return 0;
	for (; len >= size; at += size, len -= size) {
		memcpy(&fd, at, sizeof(fd));
		fd = mem->fd_in_struct(mem->ctx, fd);
		err = fd == -EXDEV ? fd : err;
		fd = fd < 0 ? -1 : fd;
		memcpy(at, &fd, sizeof(fd));
	}
	return err;
}

/* --- tracer --- */

int rsx_counted_capture(const struct rsx_arg *a, struct rsx_blob *b, const struct rsx_mem *mem,
			struct rsx_arena *arena)
{
	const struct rsx_counted *k = a->counted;
	size_t room = k->head + (size_t)most(k) * k->each;
	uint8_t *head = rsx_arena_alloc(arena, room);
	uint32_t n;

	b->in = rsx_arena_alloc(arena, room);
	if (!head || !b->in)
		return -ENOMEM;
	if (mem->read(mem->ctx, b->addr, head, k->head))
		return -EFAULT;
	b->native = head;
	n = get(k, head, k->count_at);
	if (n > UINT32_MAX / k->each)
		return -EINVAL;
	if (n > most(k))
		n = most(k);
	b->cap = (uint32_t)(k->head + (size_t)n * k->each);
	b->in_len = goes(k, n, b->cap);
	if (mem->read(mem->ctx, rsx_addr_add(b->addr, k->head), head + k->head,
		      b->in_len - k->head))
		return -EFAULT;
	memcpy(b->in, head, b->in_len);
	put(k, b->in, n);
	/* -EXDEV is for each of them: see the commit */
	if (a->fds)
		rsx_map_fds(b->in + k->head, b->in_len - k->head, a->fds, mem);
	return 0;
}

int64_t rsx_counted_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem)
{
	const struct rsx_arg *a = &f->row->arg[b->arg];
	const struct rsx_counted *k = a->counted;
	const uint8_t *ours = b->native;

	if (b->out_len < k->head || b->out_len > b->cap)
		return -EIO;
	if (f->ret < 0 && !memcmp(b->in, b->out, k->head))
		return f->ret; /* as it went: the kernel has not touched it */
	/* what was the server's becomes the program's again */
	if (k->filled_at != k->count_at)
		put(k, b->out, get(k, ours, k->count_at));
	for (size_t at = k->head; a->fds && at + a->fds <= b->out_len; at += a->fds) {
		int fd, other_side = -EXDEV;

		memcpy(&fd, ours + at, sizeof(fd));
		memcpy(b->out + at, &fd, sizeof(fd));
		if (mem->fd_in_struct && mem->fd_in_struct(mem->ctx, fd) == -EXDEV)
			memcpy(b->out + at + k->status_at, &other_side, sizeof(other_side));
	}
	return mem->write(mem->ctx, b->addr, b->out, b->out_len) ? -EFAULT : f->ret;
}

/* --- server --- */

int rsx_counted_place(const struct rsx_arg *a, struct rsx_blob *b, struct rsx_arena *arena,
		      uint64_t *ret)
{
	const struct rsx_counted *k = a->counted;
	uint32_t n;

	if (b->in_len < k->head)
		return -EBADMSG;
	n = get(k, b->in, k->count_at);
	if (n > most(k))
		return -EBADMSG;
	b->cap = (uint32_t)(k->head + (size_t)n * k->each);
	if (b->in_len != goes(k, n, b->cap))
		return -EBADMSG;
	b->out = rsx_arena_alloc(arena, b->cap);
	if (!b->out)
		return -ENOMEM;
	memset(b->out, 0, b->cap);
	memcpy(b->out, b->in, b->in_len);
	*ret = (uintptr_t)b->out;
	return 0;
}

void rsx_counted_harvest(const struct rsx_frame *f, struct rsx_blob *b)
{
	const struct rsx_counted *k = f->row->arg[b->arg].counted;
	uint32_t n = (b->cap - k->head) / k->each;
	uint32_t filled = get(k, b->out, k->filled_at);

	if (f->ret < 0)
		n = 0; /* the head alone says why */
	else if (filled < n)
		n = filled;
	b->out_len = (uint32_t)(k->head + (size_t)n * k->each);
}
