/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the tracer's own, on a lane that serves no tracee: sent and awaited
 * here and now. Pointers are the tracer's.
 */
#ifndef RSX_TRACER_DIRECT_H
#define RSX_TRACER_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/arena.h"
#include "rsx/limits.h"

struct lane;
struct tracee;
struct rsx_syscall;

#define DIRECT_ARENA_MAX ((size_t)4 << 20)

/*
 * 0 with the kernel's result in *ret, or -errno: -ETIMEDOUT if the server is
 * silent, else the connection broke or the answer does not fit. The lane is
 * of no use then.
 */
int direct_call(struct lane *l, struct rsx_arena *arena, const struct rsx_syscall *row,
		const uint64_t args[RSX_MAX_ARGS], int64_t *ret);

/*
 * Wait until what was sent on t's own lane without asking for an answer has been done.
 * Nothing else may be under way on it. A broken connection is told to the tracer.
 */
void direct_settle(struct tracee *t);

/*
 * The two halves of it, for calls that are not waited for: send a captured frame;
 * receive the answer to it, which must be the lane's next one. 0 or -errno as above;
 * -EAGAIN if `wait` is false and there is none yet.
 */
struct rsx_frame;
int direct_send(struct lane *l, struct rsx_arena *arena, struct rsx_frame *f, uint32_t *ret_id);
int direct_receive(struct lane *l, struct rsx_arena *arena, struct rsx_frame *f, uint32_t id,
		   bool wait);

#endif
