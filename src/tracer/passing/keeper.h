/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: a process of the session's own on the server, which holds
 * descriptors of mapped files for writing back, and those on their way from one
 * twin to another (transit.h). A twin must not hold them: closing a hidden one
 * there would drop the process's POSIX locks. It serves no tracee, so its calls
 * may be waited for, which is right for little; what a thread of the program waits
 * for is asked for.
 */
#ifndef RSX_TRACER_KEEPER_H
#define RSX_TRACER_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "rsx/limits.h"

struct keeper;
struct rsx_syscall;
struct tracee;
struct tracer;

/* In an op: have a keeper, forked from t's twin if need be. 0 or -errno. */
int64_t keeper_need(struct tracee *t);

/* A call of the keeper's; pointers are the tracer's. The kernel's result. */
int64_t keeper_call(struct tracer *tr, const struct rsx_syscall *row,
		    const uint64_t args[RSX_MAX_ARGS]);

/*
 * The same without waiting: done() gets the result when it comes, in the loop or in
 * a later keeper_call(); memory that args point at must last till then. 0, or
 * -errno: it will not be called.
 */
typedef void keeper_done(void *ctx, int64_t ret);
int keeper_ask(struct tracer *tr, const struct rsx_syscall *row,
	       const uint64_t args[RSX_MAX_ARGS], keeper_done *done, void *ctx);
/* Something has come for the keeper. */
void keeper_serve(struct tracer *tr);
/* The connection is lost: what was asked is -EIO. */
void keeper_lost(struct tracer *tr);

/* Its process id over there; 0: there is none yet. */
pid_t keeper_pid(const struct tracer *tr);

/* The run ends. */
void keeper_end(struct tracer *tr);

#endif
