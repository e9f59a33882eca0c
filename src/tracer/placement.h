/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU does what, for a server on this machine and one tracee that makes
 * remote calls one after the other.
 *
 * A stop between tasks on one CPU is a context switch; on two it is an
 * interrupt to a CPU that sleeps, many times dearer. So the tracer goes to the
 * CPU its busy tracee runs on and asks the lane's thread to stay on another,
 * where that looks for the next request instead of sleeping: with both CPUs
 * taken the kernel has no idle one to move the tracee to. The tracee's own
 * affinity is never touched. Where this does not hold (many CPUs, other load)
 * the tracee keeps moving: then it is given up for a while.
 */
#ifndef RSX_TRACER_PLACEMENT_H
#define RSX_TRACER_PLACEMENT_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

struct tracee;
struct tracer;

struct placement {
	struct tracee *t; /* made the last `streak` remote calls, nobody else stopped */
	unsigned streak;
	unsigned moves;	  /* how often t was met elsewhere of late */
	unsigned pause;	  /* looks to let pass before trying again */
	int64_t looked_ns;
	int cpu;	  /* the tracer is kept on, or -1 */
	cpu_set_t home;	  /* where the tracer may run */
};

void placement_init(struct tracer *tr);

/* t is about to send a remote call. */
void placement_call(struct tracee *t);

/* t stopped: the end of it if another one is being followed. */
void placement_stop(struct tracer *tr, const struct tracee *t);

/* t is going away, or no longer alone. */
void placement_end(struct tracer *tr);

/* Does the tracer share its tracee's CPU? Then looking keeps that from running. */
bool placement_on(const struct tracer *tr);

#endif
