/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks and their twins; see lifecycle.h. A process's end is seen at the exit
 * event of its last thread, before its descriptors are closed here: its twin is
 * told to end, and only when that is gone may the exit go on. So a parent that
 * waits never finds a dead child's lock or port still taken over there.
 */
#include "lifecycle.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "intercept/intercept.h"
#include "mmap/maps.h"
#include "op.h"
#include "program/fetch.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

static struct mm *mm_fork(const struct mm *from)
{
	struct mm *mm = mm_new();

	if (!mm)
		return NULL;
	/* the address space was copied, scratch page and mappings with it */
	mm->scratch = from->scratch;
	mm->scratch_rw = from->scratch_rw;
	mm->running = running_ref(from->running);
	memcpy(mm->predict, from->predict, sizeof(mm->predict));
	mm->maps = maps_copy(from->maps);
	mm->unwatched = mm->maps && from->uffd >= 0;
	return mm;
}

static struct process *child_process(struct tracee *t, const struct spawn *s, pid_t tid)
{
	struct process *p;
	struct twin *twin;

	if (s->flags & CLONE_THREAD)
		return t->process;
	if (!s->own_twin)
		return process_new(t->tracer, tid, t->process->twin);
	twin = twin_new(s->lane ? s->lane->id : 0, s->twin_pid);
	p = process_new(t->tracer, tid, twin);
	if (!p)
		free(twin);
	return p;
}

void lifecycle_child(struct tracee *t, pid_t tid)
{
	struct spawn *s = &t->spawn;
	struct tracee *c = tracee_new(t->tracer, tid);

	if (!c) {
		rsx_error("out of memory for a new task");
		return;
	}
	c->process = child_process(t, s, tid);
	if (c->process) {
		c->process->changed = t->process->changed;
		c->process->threads++;
		c->process->tasks++;
	}
	c->mm = s->flags & CLONE_VM ? mm_ref(t->mm) : mm_fork(t->mm);
	c->fs = s->flags & CLONE_FS ? fs_ref(t->fs) : fs_copy(t->fs);
	c->fds = s->flags & CLONE_FILES ? fdtable_ref(t->fds) : fdtable_copy(t->fds);
	c->call.entry.pc = t->call.entry.pc; /* where there is a syscall instruction */
	c->vforked = s->flags & CLONE_VFORK;
	c->lane = rsx_steal_lane(s);
	if (!c->process || !c->mm || !c->fs || !c->fds ||
	    (!c->lane && !t->tracer->session.none)) {
		rsx_error("out of memory for a new task");
		kill(tid, SIGKILL);
		return;
	}
	if (c->lane)
		lane_register(t->tracer, c);
	intercept_adopt(t->tracer, c);
}

/* t is no longer among the threads of its process. True if it was the last. */
static bool count_out(struct tracee *t)
{
	if (t->counted_out || !t->process)
		return false;
	t->counted_out = true;
	return --t->process->threads == 0;
}

/*
 * t's lane ends, and its twin lives on for others. If the descriptors were t's alone,
 * they are closed over there before anybody can learn that it has ended.
 */
static void close_own(struct tracee *t)
{
	bool any = false;

	if (!t->fds || t->fds->refs > 1)
		return;
	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1)) {
		split_drop_fd(t, fd);
		any = true;
	}
	if (any)
		direct_settle(t);
}

/* t's process has ended. True if its twin ends with it and is not gone yet. */
static bool say_bye(struct tracee *t)
{
	struct twin *w = t->process->twin;

	lane_unregister(t->tracer, t->lane);
	if (--w->users) {
		/* the twin lives on for those that it is shared with */
		if (t->lane)
			session_drop(&t->tracer->session, t->lane->id);
		return false;
	}
	w->bye_sent = true;
	session_bye(&t->tracer->session, w->lane);
	w->gone |= t->tracer->session.none;
	return !w->gone;
}

/* Its last thread ends, whose lane is idle, or may wait for an answer. */
static void flush_and_leave(struct tracee *t, bool idle)
{
	maps_exit(t);
	if (idle && t->process->twin->users > 1)
		close_own(t);
	if (!say_bye(t) || t->tracer->session.lost)
		intercept_exit_go_on(t);
}

void lifecycle_exiting(struct tracee *t)
{
	const bool idle = t->call.state == CALL_NONE;

	call_dead(t);
	if (!count_out(t)) {
		if (t->lane && !t->process->twin->bye_sent) {
			if (idle)
				close_own(t);
			session_drop(&t->tracer->session, t->lane->id);
		}
		lane_unregister(t->tracer, t->lane);
		intercept_exit_go_on(t);
		return;
	}
	flush_and_leave(t, idle);
}

/* Is p kept only until its twin is gone? */
static bool last_of_twin(const struct process *p)
{
	return p->twin->users == 0 && p->twin->refs == 1;
}

void lifecycle_reaped(struct tracee *t)
{
	struct process *p = t->process;
	struct tracer *tr;

	call_dead(t);
	if (count_out(t))
		say_bye(t);
	t->dead = true;
	if (t->exiting)
		t->tracer->n_held--;
	if (p && !--p->tasks && (!last_of_twin(p) || p->twin->gone || t->tracer->session.lost))
		process_free(t->tracer, p);
	tr = t->tracer;
	tracee_free(t);
	transit_sweep(tr);
	standin_sweep(tr);
}

static struct process *process_of_twin(struct tracer *tr, uint32_t lane)
{
	struct process *p = tr->processes;

	while (p && p->twin->lane != lane)
		p = p->next;
	return p;
}

void lifecycle_gone(void *ctx, uint32_t lane, bool unasked)
{
	struct tracer *tr = ctx;
	struct process *p = process_of_twin(tr, lane);
	struct twin *w = p ? p->twin : NULL;
	bool used = false;

	if (!w)
		return;
	w->gone = true;
	for (struct tracee *t = tr->tracees; t; t = t->next)
		used |= t->process->twin == w;
	if (unasked && used && !w->bye_sent)
		tracer_lost(tr, "a twin on the server ended by itself");
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->process->twin != w)
			continue;
		if (t->exiting && t->counted_out)
			intercept_exit_go_on(t);
		else if (unasked)
			call_lost(t);
	}
	if (!p->tasks)
		process_free(tr, p);
}
