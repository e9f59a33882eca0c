/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remote descriptors on their way from one traced process to another. Twins
 * are different processes: the sender's passes a copy to the keeper, and the
 * keeper passes that on to the receiver's (parcel.h). Meanwhile it is known by the
 * placeholder's key, by which its arrival here is recognised.
 */
#ifndef RSX_TRACER_TRANSIT_H
#define RSX_TRACER_TRANSIT_H

#include <stdbool.h>
#include <stdint.h>

#include "fdtable.h"

struct tracee;
struct tracer;
struct transit;
struct waiting_table;

/* Part of struct tracer. */
struct transits {
	struct transit *list;
	struct waiting_table *waiting;
	uint64_t last_id;
};

/* What tells a placeholder from every other file; 0: it cannot be told. */
uint64_t transit_key(const struct tracee *t, int fd);

/*
 * In an op: copy remote descriptor `fd` of t's to the keeper. NULL: it failed,
 * and *ret_err says why.
 */
struct transit *transit_send(struct tracee *t, int fd, int *ret_err);

uint64_t transit_id(const struct transit *x);

/* The sender's call is over: its message is `gone` on its way, or not sent. */
void transit_sent(struct tracer *tr, uint64_t id, bool gone);

/* Is anything under way to a process that has not received it? */
bool transit_any(const struct tracer *tr);

/*
 * In an op: descriptor `fd` has come to t. If it is a placeholder on its way,
 * map it. `keep`: it will come again (MSG_PEEK). 1: mapped, 0: it is none of
 * ours, or -errno.
 */
int transit_arrive(struct tracee *t, int fd, bool keep);

/*
 * `fd` in table `fds` is the open file that x is a copy of: one of the table's
 * users claims it at its next call.
 */
void transit_wait_for(struct tracer *tr, struct transit *x, const struct fdtable *fds, int fd);

/* Has t's table descriptors to claim before it does anything else? */
bool transit_waits(const struct tracee *t);
/* Op: claim them, then make the call again. */
int64_t transit_claim(struct tracee *t);

/* A table is going away, or a process has ended: drop what nobody can receive. */
void transit_forget_table(struct tracer *tr, const struct fdtable *fds);
void transit_sweep(struct tracer *tr);
void transit_end(struct tracer *tr);

#endif
