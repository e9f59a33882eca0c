/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An op is a call that needs several steps, on both sides: written as straight
 * code that runs in a coroutine and waits in op_remote() and op_native(). The
 * event loop goes on meanwhile. If the tracee dies, both return -ESRCH at
 * once and the op must return; what it returns then does not matter.
 */
#ifndef RSX_TRACER_OP_H
#define RSX_TRACER_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/frame.h"

struct tracee;
struct op;

/* The op ends by returning the call's result, or one of these. */
/*
 * The program's call runs here, unwatched. At POS_ENTRY it goes on from there,
 * whatever the tracee did meanwhile; elsewhere it is met again at its entry,
 * where the op may start anew: so it must not come back here for ever.
 */
#define OP_RUN_HERE INT64_MIN
#define OP_NATIVE_DONE (INT64_MIN + 1) /* the native call's own result stands */
#define OP_AGAIN (INT64_MIN + 2)       /* make the program's call anew: conditions changed */

typedef int64_t op_fn(struct tracee *t);

/* Start fn for t's current call. It may finish before this returns. */
void op_start(struct tracee *t, op_fn *fn);

/* Send c->frame (already captured) and wait. Returns the kernel's result. */
int64_t op_forward(struct tracee *t);

/*
 * Make a remote call of the tracer's own on t's lane: pointers in args are the
 * tracer's. Outputs are committed. Blocks, parks and restarts as any call.
 */
int64_t op_remote(struct tracee *t, const struct rsx_syscall *row,
		  const uint64_t args[RSX_MAX_ARGS]);
#define OP_ARGS(...) ((const uint64_t[RSX_MAX_ARGS]){ __VA_ARGS__ })

/*
 * Send a lane message (Fork, NewLane) and wait for its Reply.
 */
struct rsx_msg_out;
int64_t op_request(struct tracee *t, struct rsx_msg_out *out, uint32_t call);

/* Wait for nothing but op_remote_result(). */
int64_t op_pause(struct tracee *t);

/* Make the tracee do another call; returns its result. */
int64_t op_native(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS]);

/*
 * The same for a call that may sleep: signals are let in, and an interruption
 * is -EINTR.
 */
int64_t op_native_blocking(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS]);

/* Let the program's own call run, in an op that has more to do; returns its result. */
int64_t op_native_original(struct tracee *t);

/* For intercept/, call.c and reply.c. Does an exit or entry stop belong to op_native? */
bool op_wants_stop(struct tracee *t);
void op_native_stop(struct tracee *t);
/* The tracee is gone: let the op unwind. */
void op_dead(struct tracee *t);
/* A result for op_forward/op_remote/op_request/op_pause. */
void op_remote_result(struct tracee *t, int64_t ret);

#endif
