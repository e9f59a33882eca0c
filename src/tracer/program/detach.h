/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Letting attached programs go on alone. For a moment they may finish what they
 * do with remote descriptors, while new calls are made here. Then every task is brought to an event
 * stop between two calls: one that waits for the server is cancelled and made
 * again by the program, here. When all have arrived, the remote descriptors
 * that are left are replaced by ones whose use is an error, and every task is
 * detached.
 */
#ifndef RSX_TRACER_DETACH_H
#define RSX_TRACER_DETACH_H

#include <stdbool.h>
#include <stdint.h>

struct tracee;
struct tracer;

/* The handler of the signals that ask for it, while attached. */
void detach_signalled(int sig);

/* From the loop: begin or finish, if it is time to. */
void detach_check(struct tracer *tr);
void detach_begin(struct tracer *tr);

/* Draining: a remote call was sent, so it goes on for a while. */
void detach_used(struct tracer *tr);

/* t is about to be resumed: true if it is not to be, but held or hurried on. */
bool detach_takes(struct tracee *t, int sig);

/* The result of a call that was cancelled only because of us? */
bool detach_again(const struct tracee *t, int64_t ret);

#endif
