/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While a task executes a program, what it has CLOEXEC is closed: here by the kernel,
 * over there by the tracer, which hears of it later. Others may hear of it at once
 * (the end of a pipe, the end of vfork(2)), and would find a lock still taken or a
 * port in use. So their system calls wait meanwhile: their stops are kept.
 */
#ifndef RSX_TRACER_EXECHOLD_H
#define RSX_TRACER_EXECHOLD_H

#include <stdbool.h>
#include <sys/types.h>

struct tracee;
struct tracer;

struct exechold {
	unsigned n_tasks; /* that execute, and have something that matters */
	unsigned n_kept, room;
	pid_t *kept; /* tasks that stand in a system call's stop, in their turn */
};

/* In an op, before execve(2). True: others wait, until the end is told. */
bool exechold_begin(struct tracee *t);
/* It has been executed, has failed, or is dead. */
void exechold_end(struct tracee *t);

/* A system call's stop of t: true if it is kept for later. */
bool exechold_keeps(const struct tracee *t);
/* Something else has come of this task: what was kept of it is no longer true. */
void exechold_forget(struct tracer *tr, pid_t tid);
/* From the loop: those that waited go on. `late`: come what may. */
void exechold_release(struct tracer *tr, bool late);

#endif
