/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors: the kernel's table here and the twin's move together. The
 * placeholder obeys the program's own call, so that numbers, limits and
 * CLOEXEC are the kernel's; the twin's descriptor is duplicated or closed
 * beside it.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include "description.h"
#include "dispatch.h"
#include "mmap/coherent.h"
#include "tracee.h"
#include "tracer.h"

static void close_twin(struct tracee *t, int twin)
{
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
}

void split_drop_fd(struct tracee *t, int fd)
{
	int twin = fdtable_take(t->fds, fd);

	if (twin >= 0)
		close_twin(t, twin);
}

/*
 * Nobody needs the answer to the close of what was only read and never locked;
 * otherwise it is awaited, for its error and for what it releases: whoever runs
 * next finds the lock free, and the other end of a connection closed.
 */
bool split_close_matters(const struct tracee *t, const struct fdentry *e)
{
	return !e->readonly || t->fds->locks || (e->of && e->of->locked);
}

static void close_twin_as_it_matters(struct tracee *t, int twin, bool matters)
{
	if (twin < 0)
		return;
	if (matters)
		op_remote(t, ROW(close), OP_ARGS((uint64_t)twin));
	else
		close_twin(t, twin);
}

int64_t split_close(struct tracee *t)
{
	int fd = (int)t->call.args[0];
	const struct fdentry *e = fdtable_any(t->fds, fd);
	bool wait = split_close_matters(t, e);
	int64_t err;
	int twin;

	if (t->tracer->n_pristine)
		coherent_close(t, fd);
	split_epwait_keep(t, fd);
	twin = fdtable_take(t->fds, fd);
	if (twin < 0)
		return -EBADF; /* another thread was faster */

	if (!wait && !t->call.touched) {
		close_twin(t, twin);
		return OP_RUN_HERE;
	}
	err = op_remote(t, ROW(close), OP_ARGS((uint64_t)twin));
	if (err >= 0 && t->pos == POS_ENTRY)
		return OP_RUN_HERE;
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
	return err;
}

bool split_lock_concerns(const struct tracee *t)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);

	return e && description_to_keep(e->of);
}

int64_t split_lock(struct tracee *t)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);
	int64_t ret;

	description_keep(t, e->of, e->twin);
	ret = dispatch_capture(t); /* that has taken the frame's place */
	return ret ? ret : op_forward(t);
}

/* After a read whose buffer ended early: put the file offset back. */
int64_t split_unread(struct tracee *t)
{
	struct call *c = &t->call;
	const struct fdentry *e = fdtable_get(t->fds, (int)c->args[0]);
	int64_t ret = c->done ? (int64_t)c->done : -EFAULT;

	if (e)
		op_remote(t, ROW(lseek), OP_ARGS((uint64_t)e->twin, (uint64_t)-c->unread, SEEK_CUR));
	c->done = 0;
	return ret;
}

/* dup(2), F_DUPFD, F_DUPFD_CLOEXEC. */
int64_t split_dup(struct tracee *t)
{
	/* the entry may move or go meanwhile: another thread's close */
	_fdentry_drop_ struct fdentry old = { 0 };
	int64_t twin, fd;

	if (fdentry_keep(fdtable_any(t->fds, (int)t->call.args[0]), &old))
		return -ENOMEM;
	twin = op_remote(t, ROW(dup), OP_ARGS((uint64_t)old.twin));
	if (twin < 0)
		return twin;
	fd = op_native_original(t);
	if (fd < 0) {
		close_twin(t, (int)twin);
		return fd;
	}
	split_drop_fd(t, (int)fd);
	fdtable_set_dup(t->fds, (int)fd, (int)twin, &old);
	return fd;
}

/* dup2(2), dup3(2): the new number may be a remote descriptor too. */
int64_t split_dup3(struct tracee *t)
{
	int from = (int)t->call.args[0], to = (int)t->call.args[1];
	const struct fdentry *e = fdtable_any(t->fds, from);
	_fdentry_drop_ struct fdentry old = { .twin = -1 };
	int64_t twin = -1, fd;
	bool matters;
	int gone;

	if (from == to)
		return OP_RUN_HERE;
	if (fdtable_epoll(t->fds, to)) {
		split_epwait_keep(t, to);
		e = fdtable_any(t->fds, from);
	}
	if (e) {
		if (fdentry_keep(e, &old))
			return -ENOMEM;
		twin = op_remote(t, ROW(dup), OP_ARGS((uint64_t)old.twin));
		if (twin < 0)
			return twin;
	}
	if (t->tracer->n_pristine)
		coherent_close(t, to);
	fd = op_native_original(t);
	if (fd < 0) {
		if (twin >= 0)
			close_twin(t, (int)twin);
		return fd;
	}
	/* the number's new meaning first: other threads use it while we wait */
	e = fdtable_any(t->fds, to);
	matters = e && split_close_matters(t, e);
	gone = fdtable_take(t->fds, to);
	if (twin >= 0)
		fdtable_set_dup(t->fds, to, (int)twin, &old);
	close_twin_as_it_matters(t, gone, matters);
	return fd;
}

void split_own_fds(struct tracee *t)
{
	if (t->fds->refs == 1)
		return;
	call_send_noreply(t, ROW(unshare), OP_ARGS(CLONE_FILES));
	fdtable_unshare(&t->fds);
}

/* The first remote descriptor from `first` to `last`, or -1. */
static int next_between(const struct tracee *t, unsigned first, unsigned last)
{
	int fd = first > INT32_MAX ? -1 : fdtable_next(t->fds, (int)first);

	return fd >= 0 && (unsigned)fd <= last ? fd : -1;
}

/*
 * Threads that wait in one of them go on with a copy, which is none of the program's
 * numbers and is left out, as are those that were made before.
 */
static int64_t close_but_kept(struct tracee *t, unsigned first, unsigned last)
{
	const long nr = t->call.entry.nr;
	unsigned from = first;
	int64_t ret = 0;

	for (int fd = next_between(t, first, last); fd >= 0 && ret >= 0;
	     fd = next_between(t, (unsigned)fd + 1, last)) {
		if (!split_epwait_is_kept(t, fd)) {
			split_epwait_keep(t, fd);
			continue;
		}
		if ((unsigned)fd > from)
			ret = op_native(t, nr, OP_ARGS(from, (unsigned)fd - 1, 0));
		from = (unsigned)fd + 1;
	}
	if (from == first)
		return op_native_original(t);
	return ret < 0 || from > last ? ret : op_native(t, nr, OP_ARGS(from, last, 0));
}

/*
 * All of them at once: while we waited, another thread might open a new one. The
 * lane closes them in order, so that the last one's answer says that all are.
 */
static void drop_range(struct tracee *t, unsigned first, unsigned last)
{
	bool matters = false;
	int gone = -1;

	for (int fd = next_between(t, first, last); fd >= 0;
	     fd = next_between(t, (unsigned)fd + 1, last)) {
		if (split_epwait_is_kept(t, fd))
			continue;
		if (gone >= 0)
			close_twin(t, gone);
		matters |= split_close_matters(t, fdtable_any(t->fds, fd));
		gone = fdtable_take(t->fds, fd);
	}
	close_twin_as_it_matters(t, gone, matters);
}

int64_t split_close_range(struct tracee *t)
{
	unsigned first = (unsigned)t->call.args[0], last = (unsigned)t->call.args[1];
	unsigned flags = (unsigned)t->call.args[2];
	int64_t ret;

	if (t->tracer->n_pristine && !(flags & CLOSE_RANGE_CLOEXEC))
		for (int fd = next_between(t, first, last); fd >= 0;
		     fd = next_between(t, (unsigned)fd + 1, last))
			coherent_close(t, fd);
	/* with a flag nothing is closed in which another thread of this table waits */
	ret = flags || first > last ? op_native_original(t) : close_but_kept(t, first, last);
	if (ret < 0)
		return ret;
	if ((flags & CLOSE_RANGE_UNSHARE) && t->fds->refs > 1) {
		fdtable_unshare(&t->fds);
		if (op_remote(t, ROW(unshare), OP_ARGS(CLONE_FILES)) == -ESRCH)
			return -ESRCH;
	}
	if (!(flags & CLOSE_RANGE_CLOEXEC))
		drop_range(t, first, last);
	return ret;
}
