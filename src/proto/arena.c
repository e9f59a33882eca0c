/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bump allocation in mmap'ed chunks; see include/rsx/arena.h. A chunk is at
 * least 16 KiB; a large allocation gets a chunk of its own size. Between calls
 * at most one chunk is kept.
 */
#include "rsx/arena.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_MIN ((size_t)16 << 10)
#define CHUNK_KEEP ((size_t)2 << 20)
#define SMALL_CALLS 64 /* so many that need little: a large chunk goes */
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

	if (!a->chunk && size < a->want && a->want <= a->max)
		size = a->want;
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

/* A chunk of its own, behind the newest, which goes with the reset. */
void *rsx_arena_alloc_guarded(struct rsx_arena *a, size_t size)
{
	struct rsx_arena_chunk *c;
	size_t used = a->used, page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *end;

	if (size > a->max || (!a->chunk && !chunk_add(a, 1)))
		return NULL;
	c = chunk_add(a, size + 2 * page);
	if (!c)
		return NULL;
	a->chunk = c->next;
	a->used = used;
	c->next = a->chunk->next;
	a->chunk->next = c;
	end = (uint8_t *)c + c->size - page;
	end -= (uintptr_t)end % page;
	return mprotect(end, page, PROT_NONE) ? NULL : end - size;
}

/*
 * A call that needed several chunks is likely to be followed by its like: the
 * next first chunk has room for all of it, so that nothing is mapped and
 * faulted in again and again. What was large is given back when it was not
 * needed for a while.
 */
void rsx_arena_reset(struct rsx_arena *a)
{
	struct rsx_arena_chunk *c = a->chunk;
	size_t needed = a->total - (c ? c->size - a->used : 0);

	if (!c)
		return;
	a->used = 0;
	if (c->next || c->size > CHUNK_KEEP) {
		a->want = a->total < CHUNK_KEEP ? a->total : 0;
		a->small = 0;
		rsx_arena_done(a);
	} else if (c->size <= CHUNK_MIN || needed > c->size / 4) {
		a->small = 0;
	} else if (++a->small >= SMALL_CALLS) {
		a->want = 0;
		a->small = 0;
		rsx_arena_done(a);
	}
}
