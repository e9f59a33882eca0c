/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call as the trace sees it, see trace.h. A call's watch (t->call.watch) is
 * opened at its first stop and closed when its result is known or its task is
 * gone; then the call is handed to what was asked for: a writer of lines, the
 * summary, the flame graph.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "op.h"
#include "report/flame.h"
#include "report/stack.h"
#include "report/summary.h"
#include "report/trace.h"
#include "tracee.h"
#include "tracer.h"

#define WAITING_NS 1000000000LL /* a call that takes longer is shown before its end */

const char *const ran_name[RAN_MAX] = {
	[RAN_HERE] = "local",	[RAN_THERE] = "remote",	       [RAN_BOTH] = "both",
	[RAN_NOWHERE] = "rsx",	[RAN_WOULD_GO] = "would go",
};

/* CLOCK_REALTIME of what CLOCK_MONOTONIC called `ns`. */
static int64_t wall_clock(int64_t ns)
{
	return trace_clock() - (now_ns() - ns);
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
	c->frame.times = c->made->lower ? c->made->lower->times : RSX_TIMES_TIMESPEC;
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

void watch_tell_waiting(struct tracee *t, int64_t now)
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
