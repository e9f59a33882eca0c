/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --format=chrome: the JSON of chrome://tracing, which Perfetto opens. A track
 * per thread; a call is a slice with slices in it: "stop" (the program stands
 * still while rsx-trace works), "wire" (sent and not yet answered) and in the
 * middle of that "server" (in the kernel there; where exactly is not known,
 * as the two clocks are not compared).
 *
 * Readers sort by time, and of the same time the file's order holds. Slices of
 * a track must lie in each other or apart, and what is not ended takes in all
 * that follows. There is no displayTimeUnit: it is about what is shown, but
 * Perfetto took it for the unit of all times until 2022.
 */
#include "json_value.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../tracee.h"
#include "../tracer.h"
#include "report/trace.h"
#include "stack.h"

/* Where an event belongs to. */
struct track {
	pid_t pid, tid;
};

static struct track track_of(const struct tracee *t)
{
	return (struct track){ .pid = t->process ? t->process->pid : t->tid, .tid = t->tid };
}

/* The thread that made the call: after an exec it may be another one's. */
static struct track track_of_call(const struct report_call *c)
{
	struct track track = track_of(c->t);

	track.tid = c->w->tid;
	return track;
}

/* The beginning of an event: no comma may stand before the first. */
static void head(struct trace *tr, const char *phase, const char *name, struct track track)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_adds(b, tr->begun ? ",\n{" : "{");
	tr->begun = true;
	json_text(b, "name", name);
	json_text(b, "ph", phase);
	json_int(b, "pid", track.pid);
	json_int(b, "tid", track.tid);
}

/* The format's times are microseconds. */
static void micros(struct rsx_buf *b, const char *key, int64_t ns)
{
	json_key(b, key);
	rsx_buf_addf(b, "%lld.%03lld", (long long)(ns / 1000), (long long)(ns % 1000));
}

static void text(struct rsx_buf *b, const char *key, const char *data, size_t len)
{
	json_key(b, key);
	json_string_lossy(b, data, len);
}

/*
 * A slice is a beginning and an end, not one event with a duration: who reads
 * it would add two fractions of microseconds, and what ends together here would
 * overlap there by a rounding error.
 */
static void slice_end(struct trace *tr, struct track track, const char *name, int64_t at)
{
	head(tr, "E", name, track);
	micros(&tr->out.buf, "ts", at);
	rsx_buf_addc(&tr->out.buf, '}');
}

static void slice_begin(struct trace *tr, struct track track, const char *name, int64_t at)
{
	head(tr, "B", name, track);
	json_text(&tr->out.buf, "cat", "part");
	micros(&tr->out.buf, "ts", at);
	rsx_buf_addc(&tr->out.buf, '}');
}

static void slice(struct trace *tr, struct track track, const char *name, int64_t from, int64_t to)
{
	if (to <= from)
		return;
	slice_begin(tr, track, name, from);
	slice_end(tr, track, name, to);
}

/* The server's time, in the middle of the message's. */
static void wire_slice(struct trace *tr, struct track track, const struct trip *trip, int64_t back)
{
	int64_t server = (int64_t)trip->server_ns;
	int64_t margin = (back - trip->sent_ns - server) / 2;

	if (back <= trip->sent_ns)
		return;
	slice_begin(tr, track, "wire", trip->sent_ns);
	slice(tr, track, "server", trip->sent_ns + margin, trip->sent_ns + margin + server);
	slice_end(tr, track, "wire", back);
}

static int64_t came_back(const struct report_call *c, const struct trip *trip)
{
	return trip->back_ns ? trip->back_ns : c->end_ns;
}

/* The parts of a call that went: stop, wire (with server in it), stop ... */
static void parts(struct trace *tr, const struct report_call *c)
{
	const struct watch *w = c->w;
	unsigned n = w->n_trips < WATCH_TRIPS ? w->n_trips : WATCH_TRIPS;
	struct track track = track_of_call(c);
	int64_t at = w->began_ns;

	for (unsigned i = 0; i < n; i++) {
		const struct trip *trip = &w->trip[i];

		slice(tr, track, "stop", at, trip->sent_ns);
		at = came_back(c, trip);
		wire_slice(tr, track, trip, at);
	}
	if (w->n_trips > n) {
		/* stops and round trips that are only counted */
		int64_t back = came_back(c, &w->trip[n]);

		slice(tr, track, "more", at, back);
		at = back;
	}
	if (n)
		slice(tr, track, "stop", at, c->end_ns);
}

static void words(struct trace *tr, const struct report_call *c, const char *key, bool ended)
{
	struct rsx_buf call;

	rsx_buf_init(&call, RSX_MAX_PAYLOAD * 8);
	report_words(&call, tr, c);
	if (ended)
		rsx_print_ret(&call, c->f->row, c->ret, &tr->print);
	text(&tr->out.buf, key, call.data, call.len);
	rsx_buf_done(&call);
}

static void arguments(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf, stack;

	json_key(b, "args");
	rsx_buf_addc(b, '{');
	words(tr, c, "call", !c->unfinished);
	json_text(b, "side", ran_name[c->ran]);
	json_int(b, "round_trips", c->w->n_trips);
	json_int(b, "bytes_out", (int64_t)c->w->bytes_out);
	json_int(b, "bytes_in", (int64_t)c->w->bytes_in);
	micros(b, "wire_us", (int64_t)c->w->wire_ns);
	micros(b, "server_us", (int64_t)c->w->server_ns);
	if (tr->opt->stacks) {
		rsx_buf_init(&stack, RSX_MAX_PAYLOAD);
		stack_text(&stack, c->w->stack);
		text(b, "stack", stack.data ? stack.data : "", stack.len);
		rsx_buf_done(&stack);
	}
	rsx_buf_addc(b, '}');
}

static void read_comm(char comm[REPORT_COMM], pid_t tid)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	f = fopen(path, "re");
	if (!f || !fgets(comm, REPORT_COMM, f))
		comm[0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
}

/* The process's and the thread's name, as they are now: the later one counts. */
static void name_track(struct trace *tr, const struct tracee *t)
{
	static const char *const what[] = { "process_name", "thread_name" };
	struct track track = track_of(t);
	struct watch *w = t->call.watch;

	for (int i = 0; i < 2; i++) {
		char comm[REPORT_COMM];

		read_comm(comm, i ? track.tid : track.pid);
		if (!*comm || (w && !strcmp(w->track[i], comm)))
			continue;
		head(tr, "M", what[i], track);
		json_key(&tr->out.buf, "args");
		rsx_buf_addc(&tr->out.buf, '{');
		text(&tr->out.buf, "name", comm, strlen(comm));
		rsx_buf_adds(&tr->out.buf, "}}");
		if (w)
			strcpy(w->track[i], comm);
	}
}

/* A thread's first call, and those that give it another name. */
static bool new_name(const struct report_call *c)
{
	return !c->w->track[1][0] || c->w->has_words ||
	       (c->w->nr == SYS_prctl && c->native[0] == PR_SET_NAME);
}

static void call_begin(struct trace *tr, const struct report_call *c)
{
	if (new_name(c))
		name_track(tr, c->t);
	head(tr, "B", c->f->row->name, track_of_call(c));
}

static void chrome_call(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;

	if (!c->w->told) {
		call_begin(tr, c);
		json_text(b, "cat", ran_name[c->ran]);
		micros(b, "ts", c->w->began_ns);
		arguments(tr, c);
		rsx_buf_addc(b, '}');
	}
	parts(tr, c);
	head(tr, "E", c->f->row->name, track_of_call(c));
	micros(b, "ts", c->end_ns);
	if (c->w->told)
		arguments(tr, c);
	rsx_buf_addc(b, '}');
}

/* The beginning only: if no end follows, it is shown as what goes on. */
static void chrome_waiting(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;

	call_begin(tr, c);
	json_text(b, "cat", "waiting");
	micros(b, "ts", c->w->began_ns);
	json_key(b, "args");
	rsx_buf_addc(b, '{');
	words(tr, c, "begun", false);
	rsx_buf_adds(b, "}}");
}

static void instant(struct trace *tr, struct tracee *t, const char *name)
{
	struct rsx_buf *b = &tr->out.buf;

	head(tr, "i", name, track_of(t));
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
	struct rsx_buf how;

	(void)wall_ns;
	rsx_buf_init(&how, 256);
	report_status(&how, status);
	instant(tr, t, how.data);
	rsx_buf_done(&how);
}

/* A name that another thread gave it, or of one that made no call. */
static void chrome_ending(struct trace *tr, struct tracee *t)
{
	name_track(tr, t);
}

static void chrome_begin(struct trace *tr)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_adds(b, "{\"otherData\":{");
	json_text(b, "program", "rsx-trace " RSX_VERSION);
	json_text(b, "clock", "CLOCK_MONOTONIC");
	rsx_buf_adds(b, "},\"traceEvents\":[\n");
}

const struct writer report_chrome = {
	.tail = "\n]}", /* and no more: Perfetto may take another byte for data after the end */
	.begin = chrome_begin,
	.call = chrome_call,
	.waiting = chrome_waiting,
	.ending = chrome_ending,
	.signal = chrome_signal,
	.exit = chrome_exit,
};
