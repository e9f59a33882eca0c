/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See trace.h. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define TRACE_BUF ((size_t)1 << 20)

int trace_open(struct trace *tr, const char *file, bool times)
{
	tr->on = true;
	tr->times = times;
	tr->print.strsize = 32;
	tr->fd = STDERR_FILENO;
	if (file) {
		tr->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0666);
		if (tr->fd < 0)
			return -errno;
	}
	rsx_buf_init(&tr->buf, TRACE_BUF);
	return 0;
}

void trace_flush(struct trace *tr)
{
	size_t at = 0;

	while (at < tr->buf.len) {
		ssize_t n = write(tr->fd, tr->buf.data + at, tr->buf.len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	rsx_buf_reset(&tr->buf);
}

void trace_close(struct trace *tr)
{
	if (!tr->on)
		return;
	trace_flush(tr);
	rsx_buf_done(&tr->buf);
	if (tr->fd > STDERR_FILENO)
		close(tr->fd);
}

/* A call that was not forwarded has no frame yet: read its inputs for the line. */
static void capture_for_line(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;

	c->mem = tracee_mem(t);
	memset(c->frame.preset, 0, sizeof(c->frame.preset));
	c->frame.times = c->made->lower.to ? c->made->lower.times : RSX_TIMES_TIMESPEC;
	if (rsx_capture(&c->frame, c->row, c->args, 0, &c->mem, &c->arena))
		c->frame.nblobs = 0;
	c->frame.ret = ret;
	rsx_capture_outputs(&c->frame, &c->mem, &c->arena);
}

/* The side of a call, and what -e had to do with it. */
static const char *side_of(const struct call *c, bool remote)
{
	switch ((enum chosen)c->chosen) {
	case CHOSEN_DENIED:
		return "denied -e";
	case CHOSEN_HERE:
		if (!c->went)
			return "local -e";
		break;
	case CHOSEN_BY_FD:
		if (remote)
			return "remote fd";
		break;
	case CHOSEN_NOT:
		break;
	}
	return remote ? "remote" : c->went ? "both" : "local";
}

void trace_call(struct tracee *t, int64_t ret, bool remote)
{
	struct trace *tr = &t->tracer->trace;
	struct call *c = &t->call;

	/* before the program there is only our own child on its way to it */
	if (!tr->on || !c->row || !t->tracer->started)
		return;
	if (!remote || c->frame.row != c->row)
		capture_for_line(t, ret);
	c->frame.ret = ret;
	rsx_buf_addf(&tr->buf, "%d ", t->tid);
	rsx_print_call(&tr->buf, &c->frame, c->args, ret >= 0 || ret < -4095, &tr->print);
	rsx_print_ret(&tr->buf, c->row, ret);
	if (tr->times && c->began_ns)
		rsx_buf_addf(&tr->buf, " <%.6f>", (double)(now_ns() - c->began_ns) / 1e9);
	rsx_buf_addf(&tr->buf, " [%s]\n", side_of(c, remote));
	if (tr->buf.len > TRACE_BUF / 2)
		trace_flush(tr);
}

/* True the first time for a number. */
static bool first_time(struct tracee *t, long nr)
{
	struct trace *tr = &t->tracer->trace;
	unsigned bit = (unsigned)nr % (8 * sizeof(tr->told));
	bool told = tr->told[bit / 8] >> bit % 8 & 1;

	tr->told[bit / 8] |= (uint8_t)(1u << bit % 8);
	return !told;
}

void trace_unknown(struct tracee *t)
{
	const struct rsx_entry *e = &t->call.entry;

	if (!first_time(t, e->nr))
		return;
	if (e->foreign)
		rsx_note("a 32-bit system call (%ld) was made: it fails with ENOSYS", e->nr);
	else
		rsx_note("system call %ld is unknown: it fails with ENOSYS", e->nr);
}

void trace_denied(struct tracee *t, const struct rsx_syscall *row)
{
	const char *name = rsx_errno_name(row->err);

	if (row->err != ENOSYS && first_time(t, t->call.entry.nr))
		rsx_note("%s fails with %s: %s", row->name, name ? name : "an error",
			 row->note ? row->note : "it is not supported");
}

void trace_unsupported(struct tracee *t, const struct rsx_syscall *row, uint64_t value)
{
	if (first_time(t, t->call.entry.nr * 131 + (long)(value % 97)))
		rsx_debug("%s with 0x%llx on a remote descriptor is not supported", row->name,
			  (unsigned long long)value);
}
