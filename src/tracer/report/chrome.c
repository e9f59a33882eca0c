/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --format=chrome: the JSON of chrome://tracing, which Perfetto opens. A track
 * per thread; a call is a slice with slices in it: "stop" (the program stands
 * still while rsx-trace works), "wire" (sent and not yet answered) and in the
 * middle of that "server" (in the kernel there; where exactly is not known,
 * as the two clocks are not compared).
 */
#include "json_value.h"

#include <stdio.h>
#include <string.h>

#include "../tracee.h"
#include "../tracer.h"
#include "report/trace.h"
#include "stack.h"

/* Before every event but the first. */
static void separate(struct rsx_buf *b)
{
	rsx_buf_adds(b, ",\n");
}

static void head(struct rsx_buf *b, const char *phase, const char *name, const struct tracee *t)
{
	rsx_buf_addc(b, '{');
	json_text(b, "name", name);
	json_text(b, "ph", phase);
	json_int(b, "pid", t->process ? t->process->pid : t->tid);
	json_int(b, "tid", t->tid);
}

/* The format's times are microseconds. */
static void micros(struct rsx_buf *b, const char *key, int64_t ns)
{
	json_key(b, key);
	rsx_buf_addf(b, "%lld.%03lld", (long long)(ns / 1000), (long long)(ns % 1000));
}

/*
 * A slice is a beginning and an end, not one event with a duration: who reads
 * it would add two fractions of microseconds, and what ends together here would
 * overlap there by a rounding error.
 */
static void slice_end(struct rsx_buf *b, const struct tracee *t, const char *name, int64_t at)
{
	separate(b);
	head(b, "E", name, t);
	micros(b, "ts", at);
	rsx_buf_addc(b, '}');
}

static void slice_begin(struct rsx_buf *b, const struct tracee *t, const char *name, int64_t at)
{
	separate(b);
	head(b, "B", name, t);
	json_text(b, "cat", "part");
	micros(b, "ts", at);
	rsx_buf_addc(b, '}');
}

static void slice(struct rsx_buf *b, const struct tracee *t, const char *name, int64_t from,
		  int64_t to)
{
	if (to <= from)
		return;
	slice_begin(b, t, name, from);
	slice_end(b, t, name, to);
}

/* The server's time, in the middle of the message's. */
static void wire_slice(struct rsx_buf *b, const struct tracee *t, const struct trip *trip,
		       int64_t back)
{
	int64_t server = (int64_t)trip->server_ns;
	int64_t margin = (back - trip->sent_ns - server) / 2;

	if (back <= trip->sent_ns)
		return;
	slice_begin(b, t, "wire", trip->sent_ns);
	slice(b, t, "server", trip->sent_ns + margin, trip->sent_ns + margin + server);
	slice_end(b, t, "wire", back);
}

/* The parts of a call that went: stop, wire (with server in it), stop ... */
static void parts(struct rsx_buf *b, const struct report_call *c)
{
	const struct watch *w = c->w;
	unsigned n = w->n_trips < WATCH_TRIPS ? w->n_trips : WATCH_TRIPS;
	int64_t at = w->began_ns;

	for (unsigned i = 0; i < n; i++) {
		const struct trip *trip = &w->trip[i];
		int64_t back = trip->back_ns ? trip->back_ns : c->end_ns;

		slice(b, c->t, "stop", at, trip->sent_ns);
		wire_slice(b, c->t, trip, back);
		at = back;
	}
	if (n)
		slice(b, c->t, "stop", at, c->end_ns);
}

static void arguments(struct rsx_buf *b, struct trace *tr, const struct report_call *c)
{
	struct rsx_buf text;

	rsx_buf_init(&text, RSX_MAX_PAYLOAD * 8);
	report_words(&text, tr, c);
	if (!c->unfinished)
		rsx_print_ret(&text, c->f->row, c->ret, &tr->print);
	json_key(b, "args");
	rsx_buf_addc(b, '{');
	json_key(b, "call");
	json_string(b, text.data, text.len);
	json_text(b, "side", ran_name[c->ran]);
	json_int(b, "round_trips", c->w->n_trips);
	json_int(b, "bytes_out", (int64_t)c->w->bytes_out);
	json_int(b, "bytes_in", (int64_t)c->w->bytes_in);
	micros(b, "wire_us", (int64_t)c->w->wire_ns);
	micros(b, "server_us", (int64_t)c->w->server_ns);
	if (tr->opt->stacks) {
		rsx_buf_reset(&text);
		stack_text(&text, c->w->stack);
		json_key(b, "stack");
		json_string(b, text.data ? text.data : "", text.len);
	}
	rsx_buf_addc(b, '}');
	rsx_buf_done(&text);
}

/* A thread's and a process's name, as they are now: the later one counts. */
static void name_track(struct rsx_buf *b, const struct tracee *t)
{
	char path[64], comm[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", t->tid);
	f = fopen(path, "re");
	if (f && fgets(comm, sizeof(comm), f))
		comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
	if (!*comm)
		return;
	for (int i = 0; i < 2; i++) {
		if (!i && t->process && t->process->pid != t->tid)
			continue;
		separate(b);
		head(b, "M", i ? "thread_name" : "process_name", t);
		json_key(b, "args");
		rsx_buf_addc(b, '{');
		json_text(b, "name", comm);
		rsx_buf_adds(b, "}}");
	}
}

static void chrome_call(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;

	/* an exec gives a new name, and a thread's first call is seen first */
	if (!c->t->call.watch->named || c->w->has_words) {
		c->t->call.watch->named = true;
		name_track(b, c->t);
	}
	separate(b);
	head(b, "B", c->f->row->name, c->t);
	json_text(b, "cat", ran_name[c->ran]);
	micros(b, "ts", c->w->began_ns);
	arguments(b, tr, c);
	rsx_buf_addc(b, '}');
	parts(b, c);
	slice_end(b, c->t, c->f->row->name, c->end_ns);
}

static void instant(struct trace *tr, struct tracee *t, const char *name)
{
	struct rsx_buf *b = &tr->out.buf;

	separate(b);
	head(b, "i", name, t);
	json_text(b, "s", "t");
	micros(b, "ts", now_ns());
	rsx_buf_addc(b, '}');
}

static void chrome_signal(struct trace *tr, struct tracee *t, int sig, int64_t wall_ns)
{
	char name[32];

	(void)wall_ns;
	rsx_signal_name(name, sizeof(name), sig);
	instant(tr, t, name);
}

static void chrome_exit(struct trace *tr, struct tracee *t, int status, int64_t wall_ns)
{
	struct rsx_buf text;

	(void)wall_ns;
	rsx_buf_init(&text, 256);
	report_status(&text, status);
	instant(tr, t, text.data);
	rsx_buf_done(&text);
}

static void chrome_begin(struct trace *tr)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_adds(b, "{\"displayTimeUnit\":\"ns\",\"otherData\":{");
	json_text(b, "program", "rsx-trace " RSX_VERSION);
	rsx_buf_adds(b, "},\"traceEvents\":[\n"
			"{\"name\":\"clock\",\"ph\":\"M\",\"pid\":0,\"tid\":0,"
			"\"args\":{\"name\":\"CLOCK_MONOTONIC\"}}");
}

const struct writer report_chrome = {
	.tail = "\n]}\n",
	.begin = chrome_begin,
	.call = chrome_call,
	.signal = chrome_signal,
	.exit = chrome_exit,
};
