/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals to others. A traced program lives among the traced ones: any other
 * process is not there (ESRCH), and a group or "everybody" means the traced
 * members of it. The tracee sends each signal itself, so that siginfo is right.
 */
#include "split/split.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_TARGETS 4096
#define NOBODY INT32_MAX /* above any pid: proc(5), pid_max */

static bool traced(const struct tracee *t, pid_t pid)
{
	return pid > 0 && (process_named(t, pid) || tracee_named(t, pid) ||
			   zombie_named(t, pid));
}

/* Does the call name one process that is traced? Then it runs here as it is. */
bool split_kill_concerns(const struct tracee *t)
{
	const struct call *c = &t->call;

	const bool thread = c->row == ROW(tgkill) || c->row == ROW(rt_tgsigqueueinfo);

	if (c->row == ROW(pidfd_send_signal))
		return false; /* the descriptor was got by a traced pid */
	if (c->row == ROW(kill) && (pid_t)c->args[0] <= 0)
		return true;
	if ((pid_t)c->args[0] <= 0 || (thread && (pid_t)c->args[1] <= 0))
		return false; /* nobody: the kernel says what is wrong */
	return !traced(t, (pid_t)c->args[0]) || (thread && !traced(t, (pid_t)c->args[1]));
}

/* The group that kill(to) means to t, by rsx-trace's number. */
static pid_t group_of(const struct tracee *t, pid_t to)
{
	const struct process *leader = to ? process_named(t, -to) : NULL;

	if (!to)
		return getpgid(t->process->pid);
	return leader ? leader->pid : t->process->pidns ? -1 : -to;
}

static bool is_target(const struct tracee *t, const struct process *p, pid_t to)
{
	if (!p->threads || p == t->process || p->pidns != t->process->pidns)
		return false;
	return to == -1 || getpgid(p->pid) == group_of(t, to);
}

/* kill(0), kill(-1), kill(-pgid): the caller, if it is meant, comes last. */
static int64_t kill_many(struct tracee *t, pid_t to, int sig)
{
	pid_t target[MAX_TARGETS];
	unsigned n = 0, sent = 0;
	int64_t err = -ESRCH;

	for (struct process *p = t->tracer->processes; p && n < MAX_TARGETS - 1; p = p->next)
		if (is_target(t, p, to))
			target[n++] = p->own;
	if (to == 0 || (to < -1 && getpgid(t->process->pid) == group_of(t, to)))
		target[n++] = t->process->own;
	for (unsigned i = 0; i < n; i++) {
		err = op_native(t, ROW(kill)->nr[RSX_ARCH_NATIVE],
				OP_ARGS((uint64_t)target[i], (uint64_t)sig));
		sent += err == 0;
	}
	return sent ? 0 : err;
}

/* Would anybody be surprised that it does not exist? */
static bool is_here(pid_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

int64_t split_kill(struct tracee *t)
{
	const struct call *c = &t->call;
	pid_t to = (pid_t)c->args[0];
	uint64_t args[RSX_MAX_ARGS];

	if (c->row == ROW(kill) && to <= 0)
		return kill_many(t, to, (int)c->args[1]);
	if (!t->tracer->told_kill && is_here(to)) {
		rsx_note("%s: process %d is not traced: it does not exist for the program",
			 c->row->name, to);
		t->tracer->told_kill = true;
	}
	/* what else is wrong with the call may come first */
	memcpy(args, c->args, sizeof(args));
	args[0] = NOBODY;
	return op_native(t, c->row->nr[RSX_ARCH_NATIVE], args);
}
