/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See detach.h. */
#include "program/detach.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "intercept/intercept.h"
#include "mmap/maps.h"
#include "op.h"
#include "program/inject.h"
#include "ptrace.h"
#include "rsx/buf.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define LIST_MAX 4096 /* bytes of the list of descriptors */
#define DRAIN_IDLE_MS 500  /* without a remote call */
#define DRAIN_MOST_MS 3000 /* with them */
#define DRAIN_STEP_MS 50

static volatile sig_atomic_t asked;

void detach_signalled(int sig)
{
	asked = sig;
}

bool detach_takes(struct tracee *t, int sig)
{
	if (!t->tracer->detaching || t->op || t->call.state != CALL_NONE || t->exiting)
		return false;
	if (t->call.here != HERE_NONE) {
		/* the stop at the call's entry has ended what detach_begin() asked for */
		if (t->pos == POS_ENTRY)
			intercept_interrupt(t);
		return false;
	}
	if (t->pos == POS_EVENT) {
		if (!t->held)
			intercept_redo(t);
		t->held = true;
	} else if (t->pos != POS_RUNNING) {
		intercept_out(t, sig);
	}
	return true;
}

bool detach_again(const struct tracee *t, int64_t ret)
{
	return t->tracer->detaching && ret == -EINTR &&
	       (t->pos == POS_SYSEMU || t->pos == POS_ENTRY || t->pos == POS_EXIT);
}

void detach_begin(struct tracer *tr)
{
	if (tr->detaching)
		return;
	tr->drained = tr->detaching = true;
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->exiting)
			continue;
		if (t->call.state != CALL_NONE && t->lane)
			session_cancel(&tr->session, t->lane);
		else if (t->pos == POS_RUNNING)
			intercept_interrupt(t);
		else if (t->vfork_held)
			op_remote_result(t, -EINTR);
		else if (!t->op)
			detach_takes(t, 0);
	}
}

/* --- what becomes of remote descriptors --- */

static void name_fds(const struct fdtable *fds, struct rsx_buf *to)
{
	for (int fd = fdtable_next(fds, 0); fd >= 0; fd = fdtable_next(fds, fd + 1)) {
		const struct fdentry *e = fdtable_get(fds, fd);

		if (e)
			rsx_buf_addf(to, "%s%d (%s)", to->len ? ", " : "", fd,
				     e->path ? e->path : S_ISSOCK(e->mode) ? "socket" : "file");
	}
}

static enum dead_fd kind_of(const struct fdentry *e)
{
	if (S_ISSOCK(e->mode))
		return DEAD_SOCKET;
	return e->readonly && !S_ISDIR(e->mode) ? DEAD_READER : DEAD_FILE;
}

static void replace_fds(struct tracee *t, struct injection *in)
{
	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1)) {
		const struct fdentry *e = fdtable_get(t->fds, fd);
		int err = e ? inject_dead_fd(in, fd, kind_of(e)) : 0;

		if (err)
			rsx_error("descriptor %d of process %d cannot be replaced: %s", fd,
				  t->process->pid, strerror(-err));
	}
}

/* What a table's remote descriptors become. The program may be killed by it. */
static void leave_fds(struct tracee *t)
{
	const bool killing = t->tracer->opt.on_detach == ON_DETACH_KILL;
	struct injection in;
	struct rsx_buf list;
	int err;

	rsx_buf_init(&list, LIST_MAX);
	name_fds(t->fds, &list);
	if (list.len || list.failed) {
		rsx_note("process %d still holds remote descriptors: %s; %s", t->process->pid,
			 list.len ? list.data : "many",
			 killing ? "it is killed" : "their use is an error from now on");
		if (killing) {
			kill(t->process->pid, SIGKILL);
		} else {
			err = inject_begin(&in, t);
			if (!err) {
				replace_fds(t, &in);
				inject_end(&in);
			} else {
				rsx_error("process %d: its remote descriptors cannot be replaced: %s",
					  t->process->pid, strerror(-err));
			}
		}
	}
	rsx_buf_done(&list);
}

/* --- the end --- */

static bool all_held(const struct tracer *tr)
{
	for (const struct tracee *t = tr->tracees; t; t = t->next)
		if (!t->held && !tracee_has_ended(t))
			return false;
	return true;
}

/* Does an earlier tracee share this one's table, or address space? */
static bool seen_fds(const struct tracee *t)
{
	const struct tracee *o = t->tracer->tracees;

	while (o != t && (o->fds != t->fds || tracee_has_ended(o)))
		o = o->next;
	return o != t;
}

static bool seen_mm(const struct tracee *t)
{
	const struct tracee *o = t->tracer->tracees;

	while (o != t && (o->mm != t->mm || tracee_has_ended(o)))
		o = o->next;
	return o != t;
}

static void finish(struct tracer *tr)
{
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (tracee_has_ended(t))
			continue;
		if (t->mm && !seen_mm(t))
			maps_exit(t);
		if (t->fds && !seen_fds(t))
			leave_fds(t);
	}
	while (tr->tracees) {
		struct tracee *t = tr->tracees;

		rsx_ptrace(PTRACE_DETACH, t->tid, 0, NULL);
		tracee_free(t);
	}
}

/* Is a remote descriptor open, or about to be? */
static bool any_remote_fd(const struct tracer *tr)
{
	for (const struct tracee *t = tr->tracees; t; t = t->next) {
		const struct call *c = &t->call;

		if ((t->op || c->state != CALL_NONE) && c->row && c->row->ret == RSX_RET_FD)
			return true;
		for (int fd = t->fds ? fdtable_next(t->fds, 0) : -1; fd >= 0;
		     fd = fdtable_next(t->fds, fd + 1))
			if (fdtable_get(t->fds, fd))
				return true;
	}
	return false;
}

void detach_used(struct tracer *tr)
{
	tr->drain_idle_ns = 0;
}

/*
 * Between a vfork and its child's execve(2) neither can be left as it is: the parent
 * cannot be stopped, and the child must run for the parent to go on.
 */
static bool vfork_waits(struct tracer *tr)
{
	if (!tr->n_vforks)
		return false;
	if (!tr->told_vfork && tr->drained_ns >= DRAIN_MOST_MS * 1000000LL) {
		tr->told_vfork = true;
		rsx_note("detaching waits: the child of a vfork (posix_spawn) has not executed its "
			 "program yet");
	}
	return true;
}

/*
 * A server in the middle of a request holds a remote file for a moment only:
 * what is opened from now on is this machine's, and those that are open already
 * get a little time to be closed, more of it while they are in use. Only time in
 * which rsx-trace itself came to run counts, in steps: on a busy machine it may
 * have served nobody meanwhile.
 */
static void drain(struct tracer *tr)
{
	const struct itimerval steps = { { 0, DRAIN_STEP_MS * 1000 }, { 0, DRAIN_STEP_MS * 1000 } };
	const int64_t now = now_ns(), ms = 1000000;
	int64_t step = now - tr->drain_seen_ns;

	if (!tr->draining) {
		tr->draining = true;
		setitimer(ITIMER_REAL, &steps, NULL); /* the loop's tick ends its wait */
	} else {
		step = step < DRAIN_STEP_MS * ms ? step : DRAIN_STEP_MS * ms;
		tr->drained_ns += step;
		tr->drain_idle_ns += step;
	}
	tr->drain_seen_ns = now;
	tr->drained |= !any_remote_fd(tr) || tr->drain_idle_ns >= DRAIN_IDLE_MS * ms ||
		       tr->drained_ns >= DRAIN_MOST_MS * ms || tr->session.lost;
	if (tr->drained && !vfork_waits(tr))
		detach_begin(tr);
}

/* Its threads do not run yet: what would stop them for good would be lost. */
static bool any_beginning(const struct tracer *tr)
{
	const struct tracee *t = tr->tracees;

	while (t && !t->beginning)
		t = t->next;
	return t;
}

void detach_check(struct tracer *tr)
{
	if (!tr->attached)
		return;
	if (!tr->detaching && !any_beginning(tr) &&
	    (asked || (tr->detach_at_ns && now_ns() >= tr->detach_at_ns)))
		drain(tr);
	if (!tr->detaching)
		return;
	for (struct tracee *t = tr->tracees; t; t = t->next)
		if (t->pos == POS_EVENT && !t->held)
			detach_takes(t, 0);
	if (all_held(tr))
		finish(tr);
}
