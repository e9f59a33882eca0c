/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states of one call; the picture is in call.h. What side a call runs on
 * is dispatch.c's business, what a multi-step call does is its handler's
 * (split/), what a signal does to one is park.c's, what a reply does reply.c's;
 * this file moves a call from its entry to its result.
 */
#include "call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/dry.h"
#include "dispatch.h"
#include "intercept/intercept.h"
#include "mmap/coherent.h"
#include "mmap/faults.h"
#include "op.h"
#include "program/detach.h"
#include "ptrace.h"
#include "rsx/log.h"
#include "scratch.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define CALL_ARENA_MAX ((size_t)8 << 20)

void call_init(struct call *c)
{
	*c = (struct call){ 0 };
	rsx_arena_init(&c->arena, CALL_ARENA_MAX);
}

void call_done(struct call *c)
{
	rsx_arena_done(&c->arena);
	detour_drop(&c->detour);
	watch_free(c->watch);
}

void call_set_state(struct tracee *t, enum call_state state)
{
	struct call *c = &t->call;
	struct tracer *tr = t->tracer;

	if ((state == CALL_WAITING) != (c->state == CALL_WAITING))
		tr->n_waiting += state == CALL_WAITING ? 1 : -1u;
	if ((state == CALL_NONE) != (c->state == CALL_NONE))
		tr->n_remote += state == CALL_NONE ? -1u : 1;
	c->state = state;
}

/* --- which stop comes next --- */

/*
 * Learn that after the call site `t->site` a call came that ran here or not,
 * and remember this site.
 */
static void predict_learn(struct tracee *t, bool local)
{
	uint8_t *p = &t->mm->predict[t->site];

	if (local && *p < 3)
		++*p;
	else if (!local && *p > 0)
		--*p;
	t->site = (uint8_t)((t->call.entry.pc >> 1) ^ (t->call.entry.pc >> 9));
}

/*
 * From an exit stop, stopping at the next entry is free and serves both kinds
 * of calls. Elsewhere it costs a stop, which a call that runs here repays.
 */
static enum resume resume_kind(const struct tracee *t)
{
	if (t->pos == POS_EXIT)
		return RESUME_SYSCALL;
	return t->mm->predict[t->site] >= 2 ? RESUME_SYSCALL : RESUME_SYSEMU;
}

/* --- registers --- */

void call_save_regs(struct tracee *t)
{
	struct call *c = &t->call;

	if (c->saved_valid)
		return;
	arch_regs_get(t->tid, &c->saved);
	c->saved_valid = true;
}

static void let_signals_in(struct tracee *t)
{
	call_unblock_signals(t);
	call_resend_signal(t);
}

/* --- the end of a call --- */

static void forget(struct tracee *t)
{
	struct call *c = &t->call;

	call_set_state(t, CALL_NONE);
	c->here = HERE_NONE;
	c->reply_ready = false;
	c->restartable = false;
	c->saved_valid = false;
	c->touched = false;
	c->went = false;
	c->done = 0;
	c->n_stand_ins = 0;
	c->beside.nr = 0;
	c->beside.at_once = false;
	c->detoured = false;
	if (c->detour.to)
		detour_drop(&c->detour);
	rsx_arena_reset(&c->arena);
}

/* At a signal-delivery stop: the result is in place before the handler runs. */
static void finish_at_signal(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;
	struct rsx_regs regs = c->saved;
	int sig = c->held_signal;
	/* without a handler the kernel makes it again: t is let go at a group-stop */
	const bool again = t->tracer->detaching && !sig;

	if (ret == -EINTR &&
	    (again || (c->row && c->row->restart == RSX_RESTART_SYS && c->restartable))) {
		/* the exit stop said ERESTARTSYS: the kernel and SA_RESTART decide */
		if (!arch_regs_get(t->tid, &regs)) {
			arch_regs_fix_restart(&regs, &c->entry);
			arch_regs_set(t->tid, &regs);
		}
	} else {
		arch_regs_unhide(t->tid, &regs);
		arch_regs_return(&regs, ret);
		arch_regs_set(t->tid, &regs);
	}
	c->held_signal = 0;
	call_unblock_signals(t);
	trace_call(t, ret, true);
	if (t->tracer->trace.on && sig)
		trace_signal(t, sig);
	forget(t);
	intercept_resume(t, t->how, sig);
}

void call_finish(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;

	if (detach_again(t, ret)) {
		call_make_again(t);
		return;
	}
	switch (t->pos) {
	case POS_SYSEMU:
		if (c->touched)
			arch_regs_set(t->tid, &c->saved);
		arch_return_skipped(t->tid, ret);
		break;
	case POS_ENTRY:
		if (c->touched)
			arch_regs_set(t->tid, &c->saved);
		arch_return_entry(t->tid, ret);
		break;
	case POS_EXIT:
		call_save_regs(t);
		arch_regs_return(&c->saved, ret);
		arch_regs_set(t->tid, &c->saved);
		break;
	case POS_SIGNAL:
		finish_at_signal(t, ret);
		return;
	case POS_EVENT:
	case POS_RUNNING:
		return;
	}
	let_signals_in(t);
	trace_call(t, ret, true);
	forget(t);
	intercept_resume(t, resume_kind(t), 0);
}

void call_finish_native(struct tracee *t)
{
	struct rsx_regs regs;

	let_signals_in(t);
	if (t->tracer->trace.on && !arch_regs_get(t->tid, &regs)) {
		if (t->tracer->session.none)
			dry_done(t, arch_regs_result(&regs));
		trace_call(t, arch_regs_result(&regs), false);
	}
	forget(t);
	intercept_resume(t, RESUME_SYSCALL, 0);
}

void call_run_here(struct tracee *t)
{
	struct call *c = &t->call;

	if (t->pos != POS_ENTRY) {
		call_make_again(t);
		return;
	}
	if (c->touched) {
		/* it stands at the entry of what it slept in, waiting for the server */
		arch_regs_set(t->tid, &c->saved);
		arch_entry_replace(t->tid, c->entry.nr, c->entry.args);
	}
	let_signals_in(t);
	if (scratch_rewrite(t)) {
		c->here = HERE_UNDO;
		intercept_resume(t, RESUME_SYSCALL, 0);
		return;
	}
	if (t->tracer->trace.on && c->row->ret != RSX_RET_NONE) {
		c->here = HERE_RESULT;
		intercept_resume(t, RESUME_SYSCALL, 0);
		return;
	}
	trace_call(t, 0, false);
	forget(t);
	intercept_resume(t, resume_kind(t), 0);
}

/*
 * A call that must be made here, or anew: rewind, and meet it again at its entry
 * stop, where it is decided. At the entry of whatever call that one is skipped. A
 * signal that an op has held comes in there: before, it might end the call with
 * EINTR, which to the kernel is one that a signal has interrupted (arm64).
 */
void call_make_again(struct tracee *t)
{
	struct call *c = &t->call;
	const struct detour detour = c->detour;
	const bool detoured = c->detoured, at_signal = t->pos == POS_SIGNAL;
	struct rsx_regs regs;

	call_save_regs(t);
	call_leave_signal_stop(t);
	regs = c->saved;
	arch_regs_call(&regs, c->entry.nr, c->entry.args);
	arch_regs_set(t->tid, &regs);
	if (t->pos == POS_ENTRY)
		arch_entry_skip(t->tid);
	if (at_signal)
		call_block_signals(t);
	else
		let_signals_in(t);
	c->detour = (struct detour){ 0 };
	forget(t);
	c->detour = detour;
	c->detoured = detoured;
	intercept_resume(t, RESUME_SYSCALL, 0);
}

/* --- sending --- */

int call_send(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_msg_out out;
	int err;

	if (!t->lane || t->lane->broken || t->tracer->session.lost)
		return -EIO;
	placement_call(t);
	c->id = ++t->lane->next_call;
	err = rsx_msg_pack_call(&out, RSX_MSG_CALL, t->lane->id, c->id, &c->frame, &c->arena);
	if (err)
		return err;
	err = lane_send(t->lane, &out);
	if (err)
		return -EIO;
	call_sent(t);
	return 0;
}

/* A request is on its way: the reply, or the time to park, comes next. */
void call_sent(struct tracee *t)
{
	struct call *c = &t->call;

	if (t->lane->out_pending)
		lane_want_output(t->tracer, t->lane, true);
	c->reply_ready = false;
	c->went = true;
	t->tracer->last_sent = t;
	c->park_at_ns = now_ns();
	if (!c->beside.at_once)
		c->park_at_ns += RSX_PARK_AFTER_MS * 1000000LL;
	call_set_state(t, CALL_WAITING);
	if (t->tracer->detaching)
		session_cancel(&t->tracer->session, t->lane);
	else if (t->tracer->draining)
		detach_used(t->tracer);
	if (t->tracer->trace.on)
		trace_sent(t, t->lane->out.len);
}

void call_send_noreply(struct tracee *t, const struct rsx_syscall *row,
		       const uint64_t args[RSX_MAX_ARGS])
{
	struct rsx_arena *arena = &t->tracer->session.arena;
	struct rsx_frame f = { 0 };
	struct rsx_msg_out out;

	if (!t->lane || t->tracer->session.lost)
		return;
	if (!rsx_capture(&f, row, args, 0, &self_mem, arena) &&
	    !rsx_msg_pack_call(&out, RSX_MSG_CALL_NOREPLY, t->lane->id, 0, &f, arena)) {
		if (t->tracer->trace.on)
			trace_sent_only(t, out.len);
		lane_send_now(t->lane, &out);
	}
	t->call.went = true;
	rsx_arena_reset(arena);
}

/* --- entry --- */

static void lost_result(struct tracee *t)
{
	tracer_lost(t->tracer, "the connection to the server broke");
	call_finish(t, -EIO);
}

static void forward(struct tracee *t)
{
	if (t->call.row->ret == RSX_RET_FD) {
		op_start(t, split_new_descriptor);
		return;
	}
	if ((t->call.row->flags & RSX_ROW_FILE_LOCKS) && split_lock_concerns(t)) {
		op_start(t, split_lock);
		return;
	}
	if (t->tracer->n_images && coherent_concerns(t)) {
		op_start(t, coherent_forward);
		return;
	}
	if (call_send(t))
		lost_result(t);
}

/* Calls that have the tracee do something natively want their entry stop. */
static bool at_entry_is_better(const struct tracee *t, enum verdict v)
{
	return v == VERDICT_HERE || (v == VERDICT_SPLIT && split_at_entry(t)) ||
	       (v == VERDICT_THERE && t->call.row->ret == RSX_RET_FD);
}

static void act(struct tracee *t)
{
	struct call *c = &t->call;
	int64_t ret = 0;
	enum verdict v;

	if (t->tracer->transits.waiting && transit_waits(t)) {
		op_start(t, transit_claim);
		return;
	}
	v = dispatch(t, &ret);

	if (v == VERDICT_SPLIT && !split_concerns(t))
		v = dispatch_as(t, split_otherwise(c->row), &ret);
	if (t->tracer->session.none)
		v = dry_judge(t, v, &ret);
	predict_learn(t, at_entry_is_better(t, v));
	if (t->mm->uffd >= 0 && (v == VERDICT_HERE || v == VERDICT_SPLIT) && !faults_ready(t)) {
		op_start(t, faults_prefault);
		return;
	}
	if (v != VERDICT_HERE || t->pos != POS_SYSEMU)
		c->begun = false;
	switch (v) {
	case VERDICT_RETURN:
		call_finish(t, ret);
		break;
	case VERDICT_HERE:
		if (t->pos == POS_SYSEMU)
			call_make_again(t);
		else if (c->path_name && split_procfile_concerns(t))
			op_start(t, split_procfile);
		else if (scratch_needed(t))
			op_start(t, split_map_scratch);
		else
			call_run_here(t);
		break;
	case VERDICT_THERE:
		forward(t);
		break;
	case VERDICT_SPLIT:
		if (t->pos == POS_SYSEMU && split_at_entry(t))
			call_make_again(t);
		else
			op_start(t, split_handler(c->row));
		break;
	}
}

bool call_found_links(const struct tracee *t, int64_t ret)
{
	const struct call *c = &t->call;

	return ret >= 0 && c->frame.nlinks && c->detour.to && !c->detoured;
}

bool call_detours(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;

	if ((ret != -ENOENT && ret != -ENXIO && ret != -EACCES) || !c->detour.to || c->detoured ||
	    t->pos == POS_SIGNAL)
		return false;
	c->detoured = true;
	call_make_again(t);
	return true;
}

static bool is_same(const struct rsx_entry *a, const struct rsx_entry *b)
{
	return a->nr == b->nr && a->pc == b->pc && a->sp == b->sp;
}

/* The call that a signal interrupted is made again by the kernel. */
static bool is_restarted(const struct call *c, const struct rsx_entry *e)
{
	return c->state == CALL_RESTARTING && is_same(&c->entry, e);
}

void call_enter(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_entry e;

	if (arch_entry(t->tid, &e))
		return;
	if (is_restarted(c, &e)) {
		/* the first argument register may have been lost: see c->saved */
		c->touched = true;
		call_set_state(t, CALL_WAITING);
		if (c->reply_ready)
			call_reply(t);
		else
			call_park(t);
		return;
	}
	if (c->state == CALL_RESTARTING) {
		/* the program went elsewhere: its call is of no use any more */
		c->abandoned = true;
		c->next_entry = e;
		session_cancel(&t->tracer->session, t->lane);
		if (c->reply_ready)
			call_reply(t);
		return;
	}
	let_signals_in(t);
	c->begun = c->begun && is_same(&c->entry, &e);
	c->entry = e;
	if (t->tracer->trace.on)
		trace_enter(t);
	act(t);
}

void call_undo_rewrite(struct tracee *t)
{
	struct rsx_regs regs;

	if (arch_regs_get(t->tid, &regs))
		return;
	arch_regs_args(&regs, &t->call.entry, t->pos == POS_EXIT);
	arch_regs_set(t->tid, &regs);
}

void call_exit_stop(struct tracee *t)
{
	struct call *c = &t->call;

	switch (c->state) {
	case CALL_PARKING:
		call_parking_stop(t);
		return;
	case CALL_PARKED:
		call_unparked(t);
		return;
	default:
		break;
	}
	if (c->here == HERE_UNDO)
		call_undo_rewrite(t);
	if (c->here != HERE_NONE) {
		call_finish_native(t);
		return;
	}
	/* the exit of a skipped call, or of one nobody asked about */
	intercept_resume(t, RESUME_SYSCALL, 0);
}

/* --- ends --- */

void call_next(struct tracee *t)
{
	struct rsx_entry e = t->call.next_entry;

	t->call.abandoned = false;
	if (t->op)
		op_dead(t);
	forget(t);
	t->call.entry = e;
	act(t);
}

void call_exec_done(struct tracee *t)
{
	t->call.here = HERE_NONE;
	t->call.held_signal = 0;
	t->call.n_resent = 0;
	call_unblock_signals(t);
}

void call_dead(struct tracee *t)
{
	call_set_state(t, CALL_NONE);
	if (t->op)
		op_dead(t);
	if (t->tracer->trace.on)
		trace_gone(t);
	rsx_arena_reset(&t->call.arena);
}
