/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call's round trip without a tracee, a server or a kernel: captured from
 * this process's own memory as a tracee's would be, packed, received, placed;
 * the test plays the kernel; then harvested, packed, received and committed.
 */
#ifndef RSX_TEST_TRIP_H
#define RSX_TEST_TRIP_H

#include <stdint.h>

#include "rsx/arena.h"
#include "rsx/frame.h"
#include "rsx/wire.h"
#include "tracee.h"

struct trip {
	const struct rsx_syscall *row;
	struct tracee tracee;	  /* this process */
	struct rsx_mem mem;
	struct rsx_frame near;	  /* the tracer's frame */
	struct rsx_frame far;	  /* the server's */
	uint64_t native[RSX_MAX_ARGS]; /* what the server's kernel is asked */
	struct rsx_arena near_arena, far_arena;
	struct rsx_rx there, back;
	int file; /* the messages lie here in between */
};

void trip_init(struct trip *t, const char *call);
void trip_done(struct trip *t);

/* Take another row: variants are chosen by the arguments. */
void trip_row(struct trip *t, const char *call);

/*
 * Only the capture: 0 or what the call fails with. -EFAULT: a pointer cannot be read,
 * and so travels as a bad one.
 */
int trip_capture(struct trip *t, const uint64_t args[RSX_MAX_ARGS], uint64_t skip);

/* As far as the kernel, -EFAULT included. What fails behind the capture fails the test. */
int trip_out(struct trip *t, const uint64_t args[RSX_MAX_ARGS]);
int trip_out_skip(struct trip *t, const uint64_t args[RSX_MAX_ARGS], uint64_t skip);

/* The kernel has said `ret`: back to the tracee, and the result it gets. */
int64_t trip_back(struct trip *t, int64_t ret);

#define TRIP_ARGS(...) ((const uint64_t[RSX_MAX_ARGS]){ __VA_ARGS__ })
#define P(p) ((uint64_t)(uintptr_t)(p))

/* The memory that native argument `arg` points to. */
static inline void *trip_at(const struct trip *t, unsigned arg)
{
	return (void *)(uintptr_t)t->native[arg];
}

/* The length of an input blob on the wire; -1: the argument has none. */
static inline int64_t trip_in_len(struct trip *t, unsigned arg)
{
	const struct rsx_blob *b = rsx_frame_blob(&t->near, arg);

	return b ? (int64_t)b->in_len : -1;
}

#endif
