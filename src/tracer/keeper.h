/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: a process of the session's own on the server, which holds
 * descriptors of mapped files for writing back, and those on their way from one
 * twin to another (transit.h). A twin must not hold them: closing a hidden one
 * there would drop the process's POSIX locks. It serves no tracee, so its calls
 * may be waited for.
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

/* Its process id over there; 0: there is none yet. */
pid_t keeper_pid(const struct tracer *tr);

/* The run ends. */
void keeper_end(struct tracer *tr);

#endif
