/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork, vfork, clone, clone3: the twin first, then the native call, rolled
 * back if that fails. The message goes on the calling thread's own lane and is
 * carried out by that lane's thread, because credentials and namespaces are
 * per thread in the kernel. The new task gets its parts at the fork event
 * (lifecycle.c).
 */
#include "split/split.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "intercept/intercept.h"
#include "lifecycle.h"
#include "mmap/maps.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/* The clone(2) flags of the call, whatever it is called. -EFAULT. */
static int clone_flags(struct tracee *t, uint64_t *ret)
{
	const struct rsx_syscall *made = t->call.made;

	if (made == ROW(fork))
		*ret = SIGCHLD;
	else if (made == ROW(vfork))
		*ret = CLONE_VM | CLONE_VFORK | SIGCHLD;
	else if (made == ROW(clone))
		*ret = t->call.args[0];
	else
		return tracee_read(t, t->call.args[0], ret, sizeof(*ret));
	return 0;
}

/*
 * Threads, and processes that share descriptors or working directory: over
 * there they are threads of one twin, which shares both by itself.
 */
static bool shares_twin(uint64_t flags)
{
	return flags & (CLONE_THREAD | CLONE_FILES | CLONE_FS);
}

int64_t split_ask_twin(struct tracee *t, struct lane *lane, uint64_t flags)
{
	Rsx__NewLane thread = RSX__NEW_LANE__INIT;
	Rsx__Fork fork = RSX__FORK__INIT;
	struct rsx_msg_out out;
	uint32_t id = ++t->lane->next_call;
	int err;

	thread.lane = fork.lane = lane->id;
	if (!(flags & CLONE_THREAD))
		thread.unshare = (uint32_t)(~flags & (CLONE_FILES | CLONE_FS));
	if (shares_twin(flags))
		err = rsx_msg_pack(&out, RSX_MSG_NEWLANE, t->lane->id, id, &thread.base,
				   &t->call.arena);
	else
		err = rsx_msg_pack(&out, RSX_MSG_FORK, t->lane->id, id, &fork.base,
				   &t->call.arena);
	return err ? err : op_request(t, &out, id);
}

bool split_prepare_dry(struct tracee *t)
{
	uint64_t flags = 0;

	if (clone_flags(t, &flags) || (flags & CLONE_UNTRACED))
		return false;
	t->spawn = (struct spawn){ .flags = flags, .own_twin = true };
	return true;
}

/*
 * The parent of a vfork cannot be stopped before its child has gone its own way, so
 * detaching waits for that. One that comes later is made by the program alone, unless
 * such a child makes it.
 */
static int64_t clone_here(struct tracee *t, uint64_t flags)
{
	const unsigned vfork = (flags & CLONE_VFORK) != 0;
	struct tracer *tr = t->tracer;
	int64_t ret;

	if (vfork && tr->detaching)
		return -EINTR; /* detach_again() */
	if (vfork && tr->drained && !t->vforked) {
		t->vfork_held = true;
		ret = op_pause(t);
		t->vfork_held = false;
		return ret;
	}
	tr->n_vforks += vfork;
	ret = op_native_original(t);
	tr->n_vforks -= vfork;
	return ret == -ESRCH ? ret : OP_NATIVE_DONE;
}

int64_t split_clone(struct tracee *t)
{
	struct spawn *spawn = &t->spawn;
	uint64_t flags = 0;
	int64_t ret;

	if (clone_flags(t, &flags))
		return -EFAULT;
	if (flags & CLONE_UNTRACED)
		return -EPERM; /* its calls would silently run here */
	if (t->tracer->n_pristine && !(flags & CLONE_VM))
		maps_exit(t);
	spawn->lane = session_lane(&t->tracer->session);
	if (!spawn->lane)
		return -EAGAIN;
	spawn->flags = flags;
	spawn->own_twin = !shares_twin(flags);
	ret = split_ask_twin(t, spawn->lane, flags);
	if (ret < 0) {
		lane_free(rsx_steal_lane(spawn));
		return ret == -ESRCH ? -EAGAIN : ret;
	}
	spawn->twin_pid = (pid_t)ret;
	ret = clone_here(t, flags);
	if (spawn->lane) {
		/* no child came of it: roll back */
		if (!shares_twin(flags))
			session_bye(&t->tracer->session, spawn->lane->id);
		else
			session_drop(&t->tracer->session, spawn->lane->id);
		lane_free(rsx_steal_lane(spawn));
	}
	return ret;
}
