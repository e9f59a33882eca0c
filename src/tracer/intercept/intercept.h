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
 * Fork a child that will execve `argv` once it is resumed, traced from before
 * that. Returns the tracee, stopped, or NULL after one line on stderr.
 */
struct tracee *intercept_launch(struct tracer *tr, char *const argv[], const char *path);

/* A wait(2) status of any child. */
void intercept_event(struct tracer *tr, pid_t pid, int status);

/*
 * Resume. At a syscall stop `how` chooses what the next call's stop will be;
 * at any other stop the earlier choice stays in force. `sig` is delivered at
 * a signal-delivery stop.
 */
void intercept_resume(struct tracee *t, enum resume how, int sig);

/* Make a running tracee stop soon. */
void intercept_interrupt(struct tracee *t);

/* Configure a task that its parent made: called once both sides are known. */
void intercept_adopt(struct tracer *tr, struct tracee *child);

/* The exit of t may go on: its twin has ended. */
void intercept_exit_go_on(struct tracee *t);

#endif
