/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bump allocation for the memory of one call: everything allocated since the
 * last reset is given back at once. An arena has a maximum; beyond it
 * rsx_arena_alloc() returns NULL. Memory comes from mmap, not malloc, so that
 * a twin may use an arena right after a fork of a multi-threaded process.
 */
#ifndef RSX_ARENA_H
#define RSX_ARENA_H

#include <stddef.h>

struct rsx_arena_chunk;

struct rsx_arena {
	struct rsx_arena_chunk *chunk; /* newest first */
	size_t used;		       /* bytes used in the newest chunk */
	size_t total;		       /* bytes of all chunks */
	size_t max;
	size_t want;	/* the size of the next first chunk; 0: the least */
	unsigned small; /* calls in a row that needed little of a large chunk */
};

void rsx_arena_init(struct rsx_arena *a, size_t max);
void rsx_arena_done(struct rsx_arena *a);

/* 16-byte aligned, not zeroed; NULL when the maximum is reached or memory is out. */
void *rsx_arena_alloc(struct rsx_arena *a, size_t size);

/*
 * `size` bytes with an unreadable page behind them: a system call that is told
 * of more fails there as it would in the program's memory. NULL as above.
 */
void *rsx_arena_alloc_guarded(struct rsx_arena *a, size_t size);

/* Forget all allocations; one chunk is kept for the next call. */
void rsx_arena_reset(struct rsx_arena *a);

#endif
