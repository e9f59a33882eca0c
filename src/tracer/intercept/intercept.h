/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How calls are caught. An interceptor tells the rest of the tracer that a
 * call was entered, that a task was made, replaced its program or ended, and
 * it resumes a tracee with a verdict. sysemu.c (PTRACE_SYSEMU) is the one
 * there is.
 */
#ifndef RSX_TRACER_INTERCEPT_H
#define RSX_TRACER_INTERCEPT_H

#include <stdbool.h>
#include <sys/types.h>

#include "tracee.h"

/*
 * Fork a child that will execute the program, as `path`, once it is resumed, traced from before
 * that. Returns the tracee, stopped, or NULL after one line on stderr.
 */
struct tracee *intercept_launch(struct tracer *tr, const char *path);

/*
 * Seize and stop every task of the process that has the task `tid`, unless that
 * was done already, and of the children it makes meanwhile. Tracees are made, with processes and nothing else; each
 * waits for intercept_go_on(). 0, or an exit code after one line on stderr.
 */
int intercept_attach(struct tracer *tr, pid_t tid);

/* A task that was seized has stopped; it may go on, or stays group-stopped. */
void intercept_stopped(struct tracee *t);
void intercept_go_on(struct tracee *t);

/* ptrace(2)'s options of a task that was there before rsx-trace. */
#define INTERCEPT_OPTIONS                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |  \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

/* A wait(2) status of any child. */
void intercept_event(struct tracer *tr, pid_t pid, int status);
/* A system call's stop that was kept, see exechold.h. */
void intercept_kept(struct tracer *tr, pid_t tid);

/*
 * Resume. At a syscall stop `how` chooses what the next call's stop will be;
 * at any other stop the earlier choice stays in force. `sig` is delivered at
 * a signal-delivery stop.
 */
void intercept_resume(struct tracee *t, enum resume how, int sig);

/* Make a running tracee stop soon. */
void intercept_interrupt(struct tracee *t);

/* At an event stop: a call that the stop has ended is made again. */
void intercept_redo(struct tracee *t);

/*
 * Leave a call or signal stop for an event stop that follows at once: there a
 * task may be let go without a trace.
 */
void intercept_out(struct tracee *t, int sig);

/* Configure a task that its parent made: called once both sides are known. */
void intercept_adopt(struct tracer *tr, struct tracee *child);

/* The exit of t may go on: its twin has ended. */
void intercept_exit_go_on(struct tracee *t);

#endif
