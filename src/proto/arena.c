/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bump allocation in mmap'ed chunks; see include/rsx/arena.h. A chunk is at
 * least 16 KiB; a large allocation gets a chunk of its own size. Reset keeps
 * the newest chunk unless it is large, so that the memory of an idle lane
 * stays small.
 */
#include "rsx/arena.h"

#include <stdint.h>
#include <sys/mman.h>

#define CHUNK_MIN ((size_t)16 << 10)
#define CHUNK_KEEP ((size_t)2 << 20)
#define ALIGN 16

struct rsx_arena_chunk {
	struct rsx_arena_chunk *next;
	size_t size; /* of the mapping, header included */
	uint8_t data[] __attribute__((aligned(ALIGN)));
};

void rsx_arena_init(struct rsx_arena *a, size_t max)
{
	*a = (struct rsx_arena){ .max = max };
}

void rsx_arena_done(struct rsx_arena *a)
{
	while (a->chunk) {
		struct rsx_arena_chunk *c = a->chunk;

		a->chunk = c->next;
		munmap(c, c->size);
	}
	a->used = 0;
	a->total = 0;
}

static struct rsx_arena_chunk *chunk_add(struct rsx_arena *a, size_t need)
{
	size_t size = sizeof(struct rsx_arena_chunk) + need;
	struct rsx_arena_chunk *c;

	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	size = (size + 4095) & ~(size_t)4095;
	if (size > a->max - a->total)
		return NULL;
	c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		return NULL;
	c->next = a->chunk;
	c->size = size;
	a->chunk = c;
	a->used = 0;
	a->total += size;
	return c;
}

void *rsx_arena_alloc(struct rsx_arena *a, size_t size)
{
	struct rsx_arena_chunk *c = a->chunk;
	void *p;

	if (size > a->max)
		return NULL;
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!c || size > c->size - sizeof(*c) - a->used) {
		c = chunk_add(a, size);
		if (!c)
			return NULL;
	}
	p = c->data + a->used;
	a->used += size;
	return p;
}

void rsx_arena_reset(struct rsx_arena *a)
{
	struct rsx_arena_chunk *keep = a->chunk;

	if (!keep)
		return;
	if (keep->size > CHUNK_KEEP) {
		rsx_arena_done(a);
		return;
	}
	a->chunk = keep->next;
	a->total -= keep->size;
	size_t size = keep->size;

	rsx_arena_done(a);
	keep->next = NULL;
	a->chunk = keep;
	a->total = size;
}
