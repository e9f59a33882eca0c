/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace: what is told of each call, in the formats of report/. While
 * `on` is false nothing here is called and no clock is read; every hook in
 * the way of a call is behind that one test.
 */
#ifndef RSX_TRACER_TRACE_H
#define RSX_TRACER_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/set.h"
#include "report/out.h"
#include "report/report.h"
#include "rsx/print.h"

struct flame;
struct summary;
struct tracee;
struct tracer;
struct rsx_syscall;

struct trace {
	bool on;
	bool stacks; /* -k or --flame: unwind at each entry */
	const struct report_opt *opt;
	const struct writer *writer; /* NULL: no lines */
	struct out out;
	struct rsx_print_opt print;
	struct callset set;	 /* --trace */
	char *path[REPORT_PATHS]; /* -P, absolute and normal */
	struct summary *summary; /* NULL: none */
	struct flame *flame;	 /* NULL: none */
	int64_t last_began_ns;	 /* -r */
	bool begun;		 /* chrome: there is an event, which the next is separated from */
	uint8_t told[128]; /* numbers a line was written about, as a bitmap */
	uint64_t unserved[64]; /* a call's number and the value that does not travel, told */
	unsigned n_unserved;
};

/* 0, or an exit code after one line on stderr. `opt` must outlive it. */
int trace_open(struct trace *tr, const struct report_opt *opt);
/* What the server is to tell for it: SESSION_WANT_... */
unsigned trace_wants(const struct trace *tr);
/* Once a second. */
void trace_tick(struct tracer *tr);
/* The end of the run: write what is left, the summary, the flame graph. */
void trace_close(struct trace *tr);
/* Nothing else is to be done: write what has come together. */
static inline void trace_flush(struct trace *tr)
{
	if (tr->on)
		out_flush(&tr->out);
}

/* --- hooks; only while `on` --- */

/* A call of t was seen, at its first stop or, after a rewind, again. */
void trace_enter(struct tracee *t);
/* A message of `bytes` was sent for t's call; a reply will come. */
void trace_sent(struct tracee *t, uint64_t bytes);
/* ... without one. */
void trace_sent_only(struct tracee *t, uint64_t bytes);
/* t->call.reply has come. */
void trace_reply(struct tracee *t);
/* t's current call has this result; `remote`: rsx, not the kernel here, gave it. */
void trace_call(struct tracee *t, int64_t ret, bool remote);
/* t ends; maybe inside a call. */
void trace_gone(struct tracee *t);
/* t gets this signal now. */
void trace_signal(struct tracee *t, int sig);
/* t has ended with this status of wait(2). */
void trace_exit(struct tracee *t, int status);

/* The trace that t's calls are told to. */
struct trace *trace_of(const struct tracee *t);

void watch_free(struct watch *w);
/* A call that takes long is shown before its end: it may be where the program hangs. */
void watch_tell_waiting(struct tracee *t, int64_t now);

/* The time of day, ns. */
int64_t trace_clock(void);

/* --- one line each, once per call: what cannot be served, and why --- */

void trace_unknown(struct tracee *t);
void trace_denied(struct tracee *t, const struct rsx_syscall *row);
/* The value of argument `arg`: a request or option; 0: that of a row without such. */
void trace_unsupported(struct tracee *t, const struct rsx_syscall *row, unsigned arg);

#endif
