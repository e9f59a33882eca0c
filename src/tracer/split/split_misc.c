/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split calls that need little: sandboxes, unshare, limits.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "dispatch.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

/* A filter would kill calls that are made on the program's behalf. */
int64_t split_seccomp(struct tracee *t)
{
	if (!t->tracer->told_seccomp)
		rsx_note("the program asked for a seccomp filter: accepted, not installed");
	t->tracer->told_seccomp = true;
	return 0;
}

/* Capabilities are the twin's; a filter is none of ours. All else runs here. */
int64_t split_prctl(struct tracee *t)
{
	int64_t ret = 0;

	if (!credentials_option(t->call.args[0]))
		return split_seccomp(t);
	if (t->call.stays) {
		t->call.chosen = CHOSEN_HERE;
		return OP_RUN_HERE;
	}
	if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
		return ret;
	return op_forward(t);
}

/*
 * A lease's holder is told by a signal that it must give it up, and whoever
 * opens the file waits until it has. From there no signal comes, so there are
 * no leases, as on a network file system: EINVAL, as for F_NOTIFY in a kernel
 * without it. To have none is what F_UNLCK asks for, and F_NOTIFY without an event.
 */
int64_t split_lease(struct tracee *t)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);
	uint64_t cmd = (uint32_t)t->call.args[1], arg = t->call.args[2];

	if ((cmd == F_SETLEASE && (int)arg == F_UNLCK) || (cmd == F_NOTIFY && !(arg & ~(uint64_t)DN_MULTISHOT)))
		return op_remote(t, t->call.row, OP_ARGS((uint64_t)e->twin, cmd, arg));
	trace_denied(t, t->call.row);
	return -t->call.row->err;
}

/*
 * FIOSETOWN, SIOCSPGRP and what asks for it are F_SETOWN and F_GETOWN in other words,
 * of sockets only. The placeholder, which is none, keeps the owner.
 */
int64_t split_owner(struct tracee *t)
{
	const uint64_t *args = t->call.args;
	const struct fdentry *e = fdtable_get(t->fds, (int)args[0]);
	bool set = (uint32_t)args[1] == FIOSETOWN || (uint32_t)args[1] == SIOCSPGRP;
	const long nr = ROW(fcntl)->nr[RSX_ARCH_NATIVE];
	int32_t owner;

	if (!S_ISSOCK(e->mode))
		return -ENOTTY;
	if (set && tracee_read(t, args[2], &owner, sizeof(owner)))
		return -EFAULT;
	if (set)
		return op_native(t, nr, OP_ARGS(args[0], F_SETOWN, (uint64_t)(int64_t)owner));
	/* a group is a negative number, and no error */
	owner = (int32_t)op_native(t, nr, OP_ARGS(args[0], F_GETOWN));
	return tracee_write(t, args[2], &owner, sizeof(owner));
}

/*
 * unshare(2) of what rsx keeps per thread too. The lane's thread unshares its
 * own table or working directory over there: the kernel's rules, not ours.
 * Namespaces are refused: which side's would they be?
 */
int64_t split_unshare(struct tracee *t)
{
	uint64_t flags = t->call.args[0];
	int64_t ret;

	if (flags & ~(uint64_t)(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)) {
		if (!t->tracer->told_unshare)
			rsx_note("unshare of namespaces fails with EPERM: half of a process cannot "
				 "move to others");
		t->tracer->told_unshare = true;
		return -EPERM;
	}
	ret = op_remote(t, ROW(unshare), OP_ARGS(flags & (CLONE_FS | CLONE_FILES)));
	if (!ret)
		ret = op_native_original(t);
	if (!ret && (flags & CLONE_FS) && t->fs->refs > 1) {
		struct fs *own = fs_copy(t->fs);

		if (own) {
			fs_unref(t->fs);
			t->fs = own;
		}
	}
	if (!ret && (flags & CLONE_FILES))
		fdtable_unshare(&t->fds);
	return ret;
}

/*
 * --- two limits: the twin's writes are held to RLIMIT_FSIZE, and RLIMIT_AS is
 * none for what rsx maps into the program: that is done before it is set ---
 */

static bool is_setrlimit(const struct tracee *t)
{
	return t->call.row == ROW(setrlimit);
}

bool split_rlimit_concerns(const struct tracee *t)
{
	const uint64_t *args = t->call.args + !is_setrlimit(t);

	return (args[0] == RLIMIT_FSIZE || args[0] == RLIMIT_AS) && args[1];
}

/* A task of the process whose lane can be asked: t itself, if it is one. */
static struct tracee *speaker(struct tracee *t, const struct process *p)
{
	struct tracee *o = t->process == p ? t : t->tracer->tracees;

	while (o && (o->process != p || !o->lane))
		o = o->next;
	return o;
}

/*
 * The twin's limit becomes the process's. Its hard limit is left alone: here is
 * where it is kept and judged, and what was lowered there could not be raised.
 */
static void follow(struct tracee *t, const struct process *p)
{
	struct tracee *to = speaker(t, p);
	struct rlimit here, there;

	if (!to || prlimit(p->pid, RLIMIT_FSIZE, NULL, &here) ||
	    op_remote(t, ROW(prlimit64), OP_ARGS(0, RLIMIT_FSIZE, 0, (uintptr_t)&there)))
		return;
	there.rlim_cur = here.rlim_cur < there.rlim_max ? here.rlim_cur : there.rlim_max;
	if (to == t)
		op_remote(t, ROW(prlimit64), OP_ARGS(0, RLIMIT_FSIZE, (uintptr_t)&there, 0));
	else
		call_send_noreply(to, ROW(prlimit64),
				  OP_ARGS(0, RLIMIT_FSIZE, (uintptr_t)&there, 0));
}

int64_t split_rlimit(struct tracee *t)
{
	pid_t pid = is_setrlimit(t) ? 0 : (pid_t)t->call.args[0];
	const struct tracee *task = pid ? tracee_find(t->tracer, pid) : t;
	const struct process *p = task ? task->process : process_find(t->tracer, pid);
	bool size = t->call.args[!is_setrlimit(t)] == RLIMIT_FSIZE;
	int64_t ret;

	if (!size && p == t->process)
		scratch_reserve(t);
	ret = op_native_original(t);
	if (!ret && p && size)
		follow(t, p);
	return ret;
}

void split_begin_limits(struct tracee *t)
{
	struct rlimit l;

	if (!prlimit(t->process->pid, RLIMIT_FSIZE, NULL, &l) && l.rlim_cur != RLIM_INFINITY)
		follow(t, t->process);
}
