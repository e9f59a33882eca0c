/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace: a strace-like line per call, from the rows, buffered in memory
 * and written when the loop is idle or the buffer is half full.
 */
#ifndef RSX_TRACER_TRACE_H
#define RSX_TRACER_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/buf.h"
#include "rsx/print.h"

struct tracee;
struct rsx_syscall;

struct trace {
	bool on;
	bool times; /* -T */
	int fd;
	struct rsx_buf buf;
	struct rsx_print_opt print;
	uint8_t told[128]; /* numbers a line was written about, as a bitmap */
};

/* `file` NULL: stderr. 0 or -errno. */
int trace_open(struct trace *tr, const char *file, bool times);
void trace_close(struct trace *tr);
void trace_flush(struct trace *tr);

/* t's current call has this result; `remote`: it ran on the server. */
void trace_call(struct tracee *t, int64_t ret, bool remote);

/* One line each, once per call: what cannot be served, and why. */
void trace_unknown(struct tracee *t);
void trace_denied(struct tracee *t, const struct rsx_syscall *row);
void trace_unsupported(struct tracee *t, const struct rsx_syscall *row, uint64_t value);

#endif
