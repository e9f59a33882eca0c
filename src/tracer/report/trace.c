/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See trace.h. A call's watch (t->call.watch) is opened at its first stop and
 * closed when its result is known or its task is gone; then the call is handed
 * to what was asked for: a writer of lines, the summary, the flame graph.
 */
#include "report/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "op.h"
#include "paths/policy.h"
#include "report/flame.h"
#include "report/stack.h"
#include "report/summary.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define WAITING_NS 1000000000LL /* a call that takes longer is shown before its end */

const char *const ran_name[RAN_MAX] = {
	[RAN_HERE] = "local",	[RAN_THERE] = "remote",	       [RAN_BOTH] = "both",
	[RAN_NOWHERE] = "rsx",	[RAN_WOULD_GO] = "would go",
};

/* --- begin and end --- */

static bool shapes_lines(const struct report_opt *o)
{
	return o->stacks || o->clock || o->relative || o->times || o->names || o->strsize_given ||
	       o->n_paths || o->set || o->dry_run || o->hex || o->column || o->pc || o->numbers ||
	       o->successful || o->failed || o->signals_given;
}

bool report_lines_wanted(const struct report_opt *o)
{
	if (o->summary_too || o->verbose || o->format_given)
		return !o->summary || o->summary_too;
	return !o->summary && (o->file || (!o->flame && shapes_lines(o)));
}

bool report_wanted(const struct report_opt *o)
{
	return report_lines_wanted(o) || o->summary || o->flame;
}

static int open_set(struct trace *tr)
{
	char word[128], near[128];

	if (!callset_parse(&tr->set, tr->opt->set ? tr->opt->set : "all", word, sizeof(word)))
		return 0;
	callset_nearest(word, near, sizeof(near));
	if (!*word)
		rsx_error("--trace=%.200s: a name is missing", tr->opt->set);
	else if (*near)
		rsx_error("--trace: no system call or class %.80s; near it: %s", word, near);
	else
		rsx_error("--trace: no system call or class %.80s (--list-syscalls lists them)", word);
	return RSX_EXIT_USAGE;
}

/* The paths of -P, absolute: relative ones begin where rsx-trace was started. */
static int open_paths(struct trace *tr)
{
	for (unsigned i = 0; i < tr->opt->n_paths; i++) {
		const char *path = tr->opt->path[i];
		char text[2 * RSX_MAX_PATH], cwd[RSX_MAX_PATH], normal[RSX_MAX_PATH];

		if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
			cwd[0] = '\0';
		snprintf(text, sizeof(text), "%s/%s", cwd, path);
		if (!*path || path_normal(normal, text)) {
			rsx_error("-P %.200s: not a path", path);
			return RSX_EXIT_USAGE;
		}
		tr->path[i] = strdup(normal);
		if (!tr->path[i])
			return RSX_EXIT_FAILED;
	}
	return 0;
}

static const struct writer *const writers[] = {
	[REPORT_TEXT] = &report_text,
	[REPORT_JSON] = &report_json,
	[REPORT_CHROME] = &report_chrome,
};

int trace_open(struct trace *tr, const struct report_opt *opt)
{
	int err;

	tr->opt = opt;
	if (!report_wanted(opt))
		return 0;
	tr->writer = report_lines_wanted(opt) ? writers[opt->format] : NULL;
	tr->print.hex = opt->hex;
	tr->print.strsize = opt->strsize_given ? (unsigned)opt->strsize : REPORT_STRSIZE;
	if (opt->names)
		tr->print.name = names_print;
	err = open_set(tr);
	if (!err)
		err = open_paths(tr);
	if (err)
		return err;
	if (opt->summary || opt->summary_too)
		tr->summary = summary_new();
	if (opt->flame) {
		tr->flame = flame_new(opt->flame);
		if (!tr->flame)
			return RSX_EXIT_USAGE;
	}
	tr->stacks = opt->stacks || opt->flame;
	if (tr->stacks && !stack_init())
		return RSX_EXIT_FAILED;
	if (opt->append && opt->format == REPORT_CHROME) {
		rsx_error("-A with --format=chrome: such a file has an end");
		return RSX_EXIT_USAGE;
	}
	if (opt->file && strchr("|!", opt->file[0])) {
		rsx_error("-o '%.100s': no command can be named; in bash: -o >(COMMAND)", opt->file);
		return RSX_EXIT_USAGE;
	}
	err = out_open(&tr->out, opt->file, opt->append, tr->writer ? tr->writer->tail : "");
	if (err) {
		rsx_error("-o %s: %s", opt->file, strerror(-err));
		return RSX_EXIT_USAGE;
	}
	tr->on = true;
	if (tr->writer && tr->writer->begin)
		tr->writer->begin(tr);
	out_flush(&tr->out);
	return 0;
}

unsigned trace_wants(const struct trace *tr)
{
	if (!tr->on)
		return 0;
	return (tr->opt->format != REPORT_TEXT ? SESSION_WANT_TIMES : 0) |
	       (tr->opt->names ? SESSION_WANT_NAMES : 0);
}

void trace_close(struct trace *tr)
{
	if (!tr->on)
		return;
	if (tr->summary)
		summary_write(tr->summary, tr);
	out_close(&tr->out);
	if (tr->flame)
		flame_write(tr->flame);
	summary_free(tr->summary);
	flame_free(tr->flame);
	stack_done();
	for (unsigned i = 0; i < tr->opt->n_paths; i++)
		free(tr->path[i]);
	tr->on = false;
}

/* --- one call --- */

static struct trace *trace_of(const struct tracee *t)
{
	return &t->tracer->trace;
}

static int64_t clock_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* CLOCK_REALTIME of what CLOCK_MONOTONIC called `ns`. */
static int64_t wall_clock(int64_t ns)
{
	return clock_of(CLOCK_REALTIME) - (now_ns() - ns);
}

static void watch_reset(struct watch *w)
{
	char track[2][REPORT_COMM];

	for (unsigned i = 0; i <= RSX_MAX_ARGS; i++)
		free(w->name[i]);
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++)
		free(w->words[i]);
	stack_free(w->stack);
	memcpy(track, w->track, sizeof(track));
	*w = (struct watch){ 0 };
	memcpy(w->track, track, sizeof(track));
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	watch_reset(w);
	free(w);
}

/* A call that was rewound and met again is the same call. */
static bool met_again(const struct watch *w, const struct rsx_entry *e)
{
	return w->open && w->nr == e->nr && w->pc == e->pc && w->sp == e->sp;
}

/* The inputs of a call, as far as they can be read, and as the program has them. */
static void capture_inputs(struct rsx_frame *f, const struct rsx_syscall *row,
			   const uint64_t args[RSX_MAX_ARGS], const struct rsx_mem *mem,
			   struct rsx_arena *arena)
{
	struct rsx_mem plain = *mem;
	uint8_t n = 0;

	plain.fd = plain.fd_in_struct = plain.pid_there = NULL;
	if (!rsx_capture(f, row, args, 0, &plain, arena))
		return;
	for (unsigned i = 0; i < f->nblobs; i++)
		if (f->blob[i].in && f->blob[i].in_len)
			f->blob[n++] = f->blob[i];
	f->nblobs = n;
}

static bool replaces_memory(const struct rsx_syscall *row)
{
	for (unsigned i = 0; i < row->nargs; i++)
		if (row->arg[i].kind == RSX_KIND_STRV)
			return true;
	return false;
}

/* An execve's arguments must be read now: its memory will be another one. */
static void keep_words(struct tracee *t, const struct rsx_syscall *row,
		       const uint64_t args[RSX_MAX_ARGS])
{
	struct trace *tr = trace_of(t);
	struct watch *w = t->call.watch;
	struct rsx_mem mem = tracee_mem(t);
	struct rsx_frame f = { 0 };
	struct report_call r = { .t = t, .w = w, .f = &f, .native = args };
	struct rsx_buf b;

	capture_inputs(&f, row, args, &mem, &t->call.arena);
	tr->print.name_ctx = &r;
	tr->print.mem = &mem;
	for (unsigned i = 0; i < row->nargs; i++) {
		rsx_buf_init(&b, RSX_MAX_PAYLOAD);
		rsx_print_arg(&b, &f, args, false, &tr->print, i);
		w->words[i] = b.data; /* and its memory */
	}
	w->matched = names_match(&r, tr->path, tr->opt->n_paths);
	w->has_words = true;
}

void trace_enter(struct tracee *t)
{
	struct call *c = &t->call;
	struct trace *tr = trace_of(t);
	const struct rsx_syscall *made, *row;
	uint64_t args[RSX_MAX_ARGS];
	struct watch *w = c->watch;

	if (!w)
		w = c->watch = calloc(1, sizeof(*w));
	if (!w || met_again(w, &c->entry))
		return;
	watch_reset(w);
	w->open = true;
	w->tid = t->tid;
	w->nr = c->entry.nr;
	w->pc = c->entry.pc;
	w->sp = c->entry.sp;
	w->began_ns = now_ns();
	made = c->entry.foreign ? NULL : rsx_syscall_by_nr(RSX_ARCH_NATIVE, c->entry.nr);
	row = made ? rsx_syscall_lower(made, c->entry.args, args) : NULL;
	/* before the program there is only our own child on its way to it */
	w->shown = row && callset_has(&tr->set, made, row) &&
		   (t->tracer->started || row->split == RSX_SPLIT_exec);
	if (w->shown && tr->stacks && t->tracer->started)
		w->stack = stack_take(t);
	if (w->shown && (tr->opt->names || tr->opt->n_paths))
		names_enter(t, w, row, args);
	if (w->shown && replaces_memory(row))
		keep_words(t, row, args);
}

static struct trip *last_trip(struct watch *w)
{
	return &w->trip[w->n_trips <= WATCH_TRIPS ? w->n_trips - 1 : WATCH_TRIPS];
}

void trace_sent(struct tracee *t, uint64_t bytes)
{
	struct watch *w = t->call.watch;

	if (!w || !w->open)
		return;
	w->n_trips++;
	*last_trip(w) = (struct trip){ .sent_ns = now_ns() };
	w->bytes_out += bytes;
}

void trace_sent_only(struct tracee *t, uint64_t bytes)
{
	if (t->call.watch && t->call.watch->open)
		t->call.watch->bytes_out += bytes;
}

/* What the server says its descriptors are: those that nothing is known of here. */
static void keep_names(struct watch *w, const Rsx__Reply *r)
{
	for (size_t i = 0; i < r->n_names; i++) {
		uint32_t arg = r->names[i]->arg;

		if (arg > RSX_MAX_ARGS || w->name[arg] ||
		    strlen(r->names[i]->text) >= RSX_MAX_PATH)
			continue;
		w->name[arg] = strdup(r->names[i]->text);
	}
}

void trace_reply(struct tracee *t)
{
	struct call *c = &t->call;
	struct watch *w = c->watch;
	const struct rsx_prefix *p = &c->reply.prefix;
	struct trip *trip;
	Rsx__Reply *r;
	uint64_t took;

	if (!w || !w->open || !w->n_trips)
		return;
	w->bytes_in += RSX_PREFIX_SIZE + p->header_len + p->payload_len;
	trip = last_trip(w);
	r = rsx_msg_unpack(&rsx__reply__descriptor, &c->reply, &c->arena);
	trip->back_ns = now_ns();
	took = (uint64_t)(trip->back_ns - trip->sent_ns);
	trip->server_ns = r && r->exec_ns < took ? r->exec_ns : r ? took : 0;
	w->server_ns += trip->server_ns;
	w->wire_ns += took - trip->server_ns;
	if (r && c->frame.row == c->row) /* else it is a step of an op */
		keep_names(w, r);
}

/* The row that tells most of it: fcntl(2) by its command, on whichever side. */
static const struct rsx_syscall *told_row(const struct call *c)
{
	const struct rsx_syscall *v = rsx_syscall_variant(c->row, c->args);

	return v ? v : c->row;
}

/* A call that was not forwarded has no frame yet: read its inputs for the line. */
static void capture_for_line(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;

	c->mem = tracee_mem(t);
	c->mem.fd_in_struct = NULL;
	memset(c->frame.preset, 0, sizeof(c->frame.preset));
	c->frame.unmapped = 0;
	c->frame.times = c->made->lower.to ? c->made->lower.times : RSX_TIMES_TIMESPEC;
	capture_inputs(&c->frame, told_row(c), c->args, &c->mem, &c->arena);
	c->frame.ret = ret;
	rsx_capture_outputs(&c->frame, &c->mem, &c->arena);
}

static enum ran where_it_ran(const struct call *c, bool remote)
{
	if (c->would_go)
		return RAN_WOULD_GO;
	if (!remote)
		return c->went ? RAN_BOTH : RAN_HERE;
	if (c->went)
		return RAN_THERE;
	return c->touched ? RAN_HERE : RAN_NOWHERE;
}

/* Give a call with its frame to all who want it. */
static void hand_out(struct tracee *t, int64_t ret, enum ran ran, bool unfinished)
{
	struct trace *tr = trace_of(t);
	struct call *c = &t->call;
	struct watch *w = c->watch;
	struct rsx_mem mem = tracee_mem(t);
	struct report_call r = {
		.t = t, .w = w, .f = &c->frame, .native = c->args, .ret = ret, .ran = ran,
		.done = !unfinished && (ret >= 0 || ret < -4095), .unfinished = unfinished,
		.end_ns = now_ns(),
	};

	r.wall_ns = wall_clock(w->began_ns);
	if (unfinished || r.done ? tr->opt->failed : tr->opt->successful)
		return;
	if (tr->opt->n_paths && !w->matched && !w->told &&
	    !names_match(&r, tr->path, tr->opt->n_paths))
		return;
	tr->print.name_ctx = &r;
	tr->print.mem = &mem;
	if (tr->writer)
		tr->writer->call(tr, &r);
	if (tr->summary)
		summary_add(tr->summary, &r);
	if (tr->flame)
		flame_add(tr->flame, &r);
	tr->print.mem = NULL;
	out_flush_full(&tr->out);
}

void trace_call(struct tracee *t, int64_t ret, bool remote)
{
	struct call *c = &t->call;
	struct watch *w = c->watch;

	if (!trace_of(t)->on || !w || !w->open || !c->row)
		return;
	stack_note(t, ret);
	if (w->shown && t->tracer->started) {
		if (!remote || c->frame.row != c->row)
			capture_for_line(t, ret);
		c->frame.ret = ret;
		hand_out(t, ret, where_it_ran(c, remote), false);
	}
	w->open = false;
}

/* Killed inside a call, or the call does not return. */
void trace_gone(struct tracee *t)
{
	struct trace *tr = trace_of(t);
	struct call *c = &t->call;
	struct watch *w = c->watch;

	if (tr->writer && tr->writer->ending && t->tracer->started)
		tr->writer->ending(tr, t);
	if (!w || !w->open)
		return;
	if (w->shown && c->row && t->tracer->started) {
		capture_for_line(t, -EINTR);
		hand_out(t, 0, where_it_ran(c, c->went), true);
	}
	w->open = false;
}

/* A call that takes long is shown before its end: it may be where the program hangs. */
static void tell_waiting(struct tracee *t, int64_t now)
{
	struct trace *tr = trace_of(t);
	struct call *c = &t->call;
	struct watch *w = c->watch;
	struct rsx_mem mem = tracee_mem(t);
	struct rsx_frame f = { 0 };
	struct report_call r = { .t = t, .w = w, .f = &f, .native = c->args };
	struct rsx_arena arena;

	if (!w || !w->open || !w->shown || w->told || w->has_words || !c->row ||
	    !t->tracer->started || now - w->began_ns < WAITING_NS)
		return;
	rsx_arena_init(&arena, 4 * RSX_MAX_PAYLOAD); /* the call's own may be in use */
	capture_inputs(&f, told_row(c), c->args, &mem, &arena);
	r.wall_ns = wall_clock(w->began_ns);
	if (!tr->opt->n_paths || w->matched || names_match(&r, tr->path, tr->opt->n_paths)) {
		tr->print.name_ctx = &r;
		tr->print.mem = &mem;
		tr->writer->waiting(tr, &r);
		tr->print.mem = NULL;
		w->told = true;
	}
	rsx_arena_done(&arena);
}

void trace_tick(struct tracer *tr)
{
	const struct report_opt *o = tr->trace.opt;
	int64_t now;

	if (!tr->trace.on || !tr->trace.writer || !tr->trace.writer->waiting || o->successful ||
	    o->failed)
		return;
	now = now_ns();
	for (struct tracee *t = tr->tracees; t; t = t->next)
		tell_waiting(t, now);
}

static bool signal_shown(const struct report_opt *o, int sig)
{
	return !o->signals_given || (o->signals >> (sig - 1) & 1);
}

void trace_signal(struct tracee *t, int sig)
{
	struct trace *tr = trace_of(t);

	if (!signal_shown(tr->opt, sig))
		return;
	if (tr->writer && tr->writer->signal && t->tracer->started)
		tr->writer->signal(tr, t, sig, clock_of(CLOCK_REALTIME));
}

void trace_exit(struct tracee *t, int status)
{
	struct trace *tr = trace_of(t);

	if (tr->writer && tr->writer->exit && t->tracer->started)
		tr->writer->exit(tr, t, status, clock_of(CLOCK_REALTIME));
	out_flush_full(&tr->out);
}

/* --- notes --- */

/* True the first time for a number. */
static bool first_time(struct tracee *t, long nr)
{
	struct trace *tr = trace_of(t);
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
