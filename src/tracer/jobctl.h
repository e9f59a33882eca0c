/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Job control: when the program was stopped from the terminal (Ctrl-Z, or a
 * read of the terminal in the background), rsx-trace stops too, so that the
 * shell that started it notices. rsx-trace gets the same signal, since it is
 * in the same process group; it acts on it only when the program's first
 * process has stopped: a program may handle SIGTSTP or ignore it. A stop that
 * rsx-trace has not got a signal for (kill -STOP of one process) stops only
 * that process: rsx-trace must live on for whoever continues it.
 *
 * The server is told before, so that it does not take the silence for a loss.
 */
#ifndef RSX_TRACER_JOBCTL_H
#define RSX_TRACER_JOBCTL_H

struct tracer;

/* The handler of SIGTSTP, SIGTTIN and SIGTTOU. */
void jobctl_signalled(int sig);

/* Stop, if it is time to; returns when continued. */
void jobctl_check(struct tracer *tr);

#endif
