/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --explain: what the rules make of a path, or the table and -e of a call. */
#ifndef RSX_TRACER_EXPLAIN_H
#define RSX_TRACER_EXPLAIN_H

struct choice;
struct rsx_buf;
struct rsx_syscall;
struct tracer;

/* To stdout. `what` is a path or, if it names one, a system call. */
void explain(const struct tracer *tr, const char *what);

/* One line, without its end: where `row` runs, and why. */
void explain_call(struct rsx_buf *b, const struct rsx_syscall *row, const struct choice *choice);

#endif
