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

#include "intercept/intercept.h"
#include "maps.h"
#include "op.h"
#include "rsx/log.h"
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
	mm->exe = from->exe ? strdup(from->exe) : NULL;
	memcpy(mm->predict, from->predict, sizeof(mm->predict));
	mm->maps = maps_copy(from->maps);
	return mm;
}

static struct process *child_process(struct tracee *t, const struct spawn *s, pid_t tid)
{
	struct process *p;

	if (s->flags & CLONE_THREAD)
		return t->process;
	p = process_new(t->tracer, tid);
	if (p) {
		p->twin = s->lane ? s->lane->id : 0;
		p->twin_pid = s->twin_pid;
	}
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
	if (c->process)
		c->process->threads++;
	c->mm = s->flags & CLONE_VM ? mm_ref(t->mm) : mm_fork(t->mm);
	c->fs = s->flags & CLONE_FS ? fs_ref(t->fs) : fs_copy(t->fs);
	c->fds = s->flags & CLONE_FILES ? fdtable_ref(t->fds) : fdtable_copy(t->fds);
	c->lane = rsx_steal_lane(s);
	if (!c->process || !c->mm || !c->fs || !c->fds || !c->lane) {
		rsx_error("out of memory for a new task");
		kill(tid, SIGKILL);
		return;
	}
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

static void say_bye(struct tracee *t)
{
	struct process *p = t->process;

	if (p->bye_sent)
		return;
	p->bye_sent = true;
	lane_unregister(t->tracer, t->lane);
	session_bye(&t->tracer->session, p->twin);
}

static int64_t flush_and_leave(struct tracee *t)
{
	maps_exit(t);
	say_bye(t);
	if (t->process->twin_gone || t->tracer->session.lost)
		intercept_exit_go_on(t);
	return 0;
}

void lifecycle_exiting(struct tracee *t)
{
	call_dead(t);
	if (!count_out(t)) {
		if (!t->process->bye_sent)
			session_drop(&t->tracer->session, t->lane->id);
		lane_unregister(t->tracer, t->lane);
		intercept_exit_go_on(t);
		return;
	}
	flush_and_leave(t);
}

void lifecycle_reaped(struct tracee *t)
{
	struct process *p = t->process;

	call_dead(t);
	if (count_out(t))
		say_bye(t);
	t->dead = true;
	if (t->exiting)
		t->tracer->n_held--;
	if (p && !p->threads && (p->twin_gone || t->tracer->session.lost))
		process_free(t->tracer, p);
	tracee_free(t);
}

void lifecycle_gone(void *ctx, uint32_t lane, bool unasked)
{
	struct tracer *tr = ctx;
	struct process *p = process_of_twin(tr, lane);
	bool held = false;

	if (!p)
		return;
	p->twin_gone = true;
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->process != p)
			continue;
		held = true;
		if (t->exiting && t->counted_out)
			intercept_exit_go_on(t);
		else if (unasked)
			call_lost(t);
	}
	if (unasked && held && !p->bye_sent)
		tracer_lost(tr, "a twin on the server ended by itself");
	if (!held)
		process_free(tr, p);
}
