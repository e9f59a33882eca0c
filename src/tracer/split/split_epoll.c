/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll over members of both sides: making instances and their members; the
 * waits are in split_epwait.c. The program's descriptor is a real epoll
 * instance that holds the local members; its companion in the twin, made with
 * it, holds the remote ones. An instance inside another is in both, theirs in
 * theirs (epoll.h). So who is a member, and until when, is the kernels'
 * business: dup, fork, exec and close of members and of the instance itself
 * happen on both sides alike. epoll(7), epoll_ctl(2).
 */
#include "split/split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intercept/intercept.h"
#include "ready/epoll.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

/* The first local member: from now on the waits look here, too. */
static bool first_here(const struct tracee *t)
{
	const uint64_t *a = t->call.args;
	const struct epoll *ep = fdtable_epoll(t->fds, (int)a[0]);

	return ep && !ep->here && (int)a[1] == EPOLL_CTL_ADD;
}

/* A name opened with O_PATH: EBADF, which the placeholder does not know. */
static bool path_only(const struct tracee *t, int fd)
{
	const struct fdentry *e = fdtable_any(t->fds, fd);

	return e && (e->mode & FD_MODE_PATH);
}

bool split_epoll_concerns(const struct tracee *t)
{
	const struct call *c = &t->call;

	if (c->row == ROW(epoll_ctl))
		return fdtable_any(t->fds, (int)c->args[2]) || first_here(t) ||
		       path_only(t, (int)c->args[0]);
	if (c->row == ROW(epoll_create1) || !fdtable_any(t->fds, (int)c->args[0]))
		return !t->tracer->session.lost;
	return fdtable_epoll(t->fds, (int)c->args[0]) || path_only(t, (int)c->args[0]);
}

bool split_epoll_at_entry(const struct tracee *t)
{
	const struct call *c = &t->call;

	if (c->row == ROW(epoll_create1))
		return true;
	if (c->row == ROW(epoll_ctl))
		return !fdtable_get(t->fds, (int)c->args[2]) && !path_only(t, (int)c->args[0]);
	return split_epwait_is_local(t);
}

/* --- instances --- */

/* The companion of a new or newly met instance, registered. Its number or -errno. */
static int64_t add_companion(struct tracee *t, int epfd, bool here)
{
	int64_t twin = op_remote(t, ROW(epoll_create1), OP_ARGS(EPOLL_CLOEXEC));
	struct epoll *ep = twin < 0 ? NULL : epoll_new();
	int err;

	if (twin < 0)
		return twin;
	split_drop_fd(t, epfd);
	err = ep ? fdtable_set_epoll(t->fds, epfd, (int)twin, ep) : -ENOMEM;
	if (err)
		op_remote(t, ROW(close), OP_ARGS((uint64_t)twin));
	else
		ep->here = here;
	epoll_unref(ep);
	return err ? err : twin;
}

static int64_t create(struct tracee *t)
{
	int64_t fd = op_native_original(t), err;

	if (fd < 0)
		return fd;
	err = add_companion(t, (int)fd, false);
	if (err >= 0)
		return fd;
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
	return err;
}

static bool is_epoll(const struct tracee *t, int fd, int *ret_err)
{
	char path[64], to[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	n = readlink(path, to, sizeof(to) - 1);
	*ret_err = n < 0 ? -EBADF : -EINVAL;
	if (n < 0)
		return false;
	to[n] = '\0';
	return !strcmp(to, "anon_inode:[eventpoll]");
}

/*
 * The companion's number, or -errno. An instance that was made before the
 * program was traced has none until it is waited for or gets a remote member.
 */
int64_t split_epoll_companion(struct tracee *t, int epfd, bool make)
{
	const struct fdentry *e = fdtable_any(t->fds, epfd);
	int err;

	if (e)
		return e->twin; /* if it is no epoll, the kernel there says so */
	if (!is_epoll(t, epfd, &err))
		return err;
	return make ? add_companion(t, epfd, true) : -ENOENT;
}

/*
 * ep has a member that must be asked for over there. Who sleeps in a wait on
 * the local ones alone must begin anew.
 */
static void look_there_too(struct tracer *tr, struct epoll *ep)
{
	if (!ep || ep->there)
		return;
	ep->there = true;
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->waits_on != ep)
			continue;
		t->woken = true;
		intercept_interrupt(t);
	}
}

/* --- members --- */

static int64_t control_there(struct tracee *t, int64_t ep, int op, int64_t member,
			     const struct epoll_event *event)
{
	return op_remote(t, ROW(epoll_ctl), OP_ARGS((uint64_t)ep, (uint64_t)op, (uint64_t)member,
						    (uintptr_t)event));
}

/* epoll_ctl(2) by the tracee itself, with an event of ours. */
static int64_t control_here(struct tracee *t, int op, const struct epoll_event *event)
{
	const uint64_t *a = t->call.args;
	uint64_t at = scratch_rw(t);

	if (!at || tracee_write(t, at, event, sizeof(*event)))
		return -ENOMEM;
	return op_native(t, ROW(epoll_ctl)->nr[RSX_ARCH_NATIVE],
			 OP_ARGS(a[0], (uint64_t)op, a[2], at));
}

/* What was done on both sides is now known; `event` is the program's. */
static void note_nested(struct epoll *ep, struct nested *m, int op, const struct epoll_event *event)
{
	if (!m)
		return;
	if (op == EPOLL_CTL_DEL) {
		epoll_unnest(ep, m);
		return;
	}
	m->data = event->data.u64;
	m->events = event->events;
	m->fired = false;
}

/* The member is an instance itself: the local one of the local, theirs of theirs. */
static int64_t control_nested(struct tracee *t, int64_t twin, int op, struct epoll_event *event)
{
	int epfd = (int)t->call.args[0], fd = (int)t->call.args[2];
	struct epoll *ep = fdtable_epoll(t->fds, epfd), *in = fdtable_epoll(t->fds, fd);
	struct epoll_event ours = *event;
	const struct fdentry *e;
	struct nested *m;
	int64_t ret;

	/* a failed EPOLL_CTL_ADD leaves it behind, unused: what it is called does not matter */
	m = op == EPOLL_CTL_ADD ? epoll_nest(ep, in, fd) : epoll_nested(ep, in, fd);
	if (!m && op == EPOLL_CTL_ADD)
		return -ENOMEM;
	if (m)
		ours.data.u64 = m->token;
	ret = control_here(t, op, &ours);
	if (ret < 0)
		return ret;
	e = fdtable_any(t->fds, fd);
	if (!e)
		return 0; /* another thread has closed it: it is a member no more */
	ret = control_there(t, twin, op, e->twin, &ours);
	if (ret == -ESRCH)
		return ret;
	if (ret < 0 && op == EPOLL_CTL_ADD) {
		control_here(t, EPOLL_CTL_DEL, &ours);
		return ret;
	}
	/* another thread may have changed the lists */
	ep = fdtable_epoll(t->fds, epfd);
	in = fdtable_epoll(t->fds, fd);
	if (!ep || !in)
		return 0;
	note_nested(ep, epoll_nested(ep, in, fd), op, event);
	ep->here = true;
	look_there_too(t->tracer, ep);
	return 0;
}

static int64_t control_local(struct tracee *t)
{
	struct epoll *ep = fdtable_epoll(t->fds, (int)t->call.args[0]);

	if (ep)
		ep->here = true;
	return OP_RUN_HERE;
}

/* A local descriptor that is no epoll, and a remote member: epoll_ctl(2)'s order. */
static int no_epoll(const struct fdentry *member, int err)
{
	bool can = !S_ISREG(member->mode) && !S_ISDIR(member->mode) && !S_ISBLK(member->mode);

	if (member->mode & FD_MODE_PATH)
		return -EBADF;
	return err == -EINVAL && !can ? -EPERM : err;
}

static int64_t control(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	int op = (int)a[1], fd = (int)a[2];
	struct epoll_event event = { 0 };
	const struct fdentry *e = fdtable_any(t->fds, fd);
	int64_t ep, ret;

	if (path_only(t, (int)a[0]))
		return op != EPOLL_CTL_DEL && tracee_read(t, a[3], &event, sizeof(event)) ?
			       -EFAULT : -EBADF;
	if (!e)
		return control_local(t);
	if (e->epoll && !fdtable_epoll(t->fds, (int)a[0]) && fdtable_any(t->fds, (int)a[0]))
		return OP_RUN_HERE; /* the placeholder is no epoll either */
	if (op != EPOLL_CTL_DEL && tracee_read(t, a[3], &event, sizeof(event)))
		return -EFAULT;
	ep = split_epoll_companion(t, (int)a[0], op == EPOLL_CTL_ADD);
	e = fdtable_any(t->fds, fd);
	if (!e)
		return -EBADF;
	if (ep < 0)
		return no_epoll(e, (int)ep);
	if (e->epoll)
		return control_nested(t, ep, op, &event);
	ret = control_there(t, ep, op, e->twin, &event);
	if (!ret && op == EPOLL_CTL_ADD)
		look_there_too(t->tracer, fdtable_epoll(t->fds, (int)a[0]));
	return ret;
}

int64_t split_epoll(struct tracee *t)
{
	if (t->call.row == ROW(epoll_create1))
		return create(t);
	if (t->call.row == ROW(epoll_ctl))
		return control(t);
	return split_epwait(t);
}

void split_epoll_move(struct tracee *t, int epfd, int fd, struct epoll_event *event)
{
	int64_t ep = split_epoll_companion(t, epfd, true);
	const struct fdentry *e = fdtable_get(t->fds, fd);

	if (ep < 0 || !e)
		return;
	op_native(t, ROW(epoll_ctl)->nr[RSX_ARCH_NATIVE],
		  OP_ARGS((uint64_t)epfd, EPOLL_CTL_DEL, (uint64_t)fd));
	e = fdtable_get(t->fds, fd);
	if (e && !op_remote(t, ROW(epoll_ctl), OP_ARGS((uint64_t)ep, EPOLL_CTL_ADD,
						       (uint64_t)e->twin, (uintptr_t)event)))
		look_there_too(t->tracer, fdtable_epoll(t->fds, epfd));
}
