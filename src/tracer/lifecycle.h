/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks come and go, and with them lanes and twins.
 */
#ifndef RSX_TRACER_LIFECYCLE_H
#define RSX_TRACER_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracee;
struct tracer;

/* t made a task (fork, vfork or clone event): give it its parts. */
void lifecycle_child(struct tracee *t, pid_t tid);

/* t is at its exit event: the last thread of a process waits for the twin. */
void lifecycle_exiting(struct tracee *t);

/* t was reaped, or replaced by an exec of another thread. */
void lifecycle_reaped(struct tracee *t);

/* The twin whose first lane is `lane` has ended. ctx is the tracer. */
void lifecycle_gone(void *ctx, uint32_t lane, bool unasked);

#endif
