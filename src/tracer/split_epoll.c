/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll over members of both sides. The program's descriptor is a real epoll
 * instance that holds the local members; with the first remote member it gets
 * a companion in the twin. A wait goes to both at once (c->beside, call.h): the
 * first side to fire ends the other. Events that the ended side had already
 * taken come first, then the others into the room that is left; what finds no
 * room is kept for the next wait, so that edge and one-shot events are never
 * lost. epoll(7).
 */
#include "split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

/* Events that fit into a scratch slot, behind the timeout. */
#define MAX_HERE ((SCRATCH_SLOT_SIZE - sizeof(struct timespec)) / sizeof(struct epoll_event))
#define MAX_EVENTS 1024

struct waiting {
	int epfd;
	uint64_t events; /* the program's array */
	int max;
	int64_t deadline; /* monotonic; INT64_MAX: none */
	uint64_t mask, mask_size;
	struct epoll_event *there;
	int n_there;
	struct epoll_event *here;
	int n_here;
};

bool split_epoll_concerns(const struct tracee *t)
{
	const struct call *c = &t->call;

	if (c->row == ROW(epoll_create1))
		return false;
	if (c->row == ROW(epoll_ctl))
		return fdtable_get(t->fds, (int)c->args[2]) != NULL;
	return fdtable_any(t->fds, (int)c->args[0]) != NULL;
}

/* --- members --- */

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

/* The companion of epfd, made if it is wanted and missing. -errno. */
static int64_t companion(struct tracee *t, int epfd, bool make)
{
	const struct fdentry *e = fdtable_any(t->fds, epfd);
	int64_t twin;
	int err;

	if (e)
		return e->mode == FD_MODE_EPOLL ? e->twin : -EINVAL;
	if (!is_epoll(t, epfd, &err))
		return err;
	if (!make)
		return -ENOENT;
	twin = op_remote(t, ROW(epoll_create1), OP_ARGS(EPOLL_CLOEXEC));
	if (twin >= 0 && fdtable_set(t->fds, epfd, (int)twin, FD_MODE_EPOLL, true, NULL))
		return -ENOMEM;
	return twin;
}

static int64_t control(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	int op = (int)a[1], fd = (int)a[2];
	struct rsx_mem mem = tracee_mem(t);
	struct epoll_event event = { 0 };
	const struct fdentry *e;
	int64_t ep;

	if (op != EPOLL_CTL_DEL && mem.read(mem.ctx, rsx_addr(a[3]), &event, sizeof(event)))
		return -EFAULT;
	ep = companion(t, (int)a[0], op == EPOLL_CTL_ADD);
	if (ep < 0)
		return ep;
	e = fdtable_get(t->fds, fd);
	if (!e)
		return -EBADF;
	return op_remote(t, ROW(epoll_ctl), OP_ARGS((uint64_t)ep, (uint64_t)op, (uint64_t)e->twin,
						    (uintptr_t)&event));
}

/* --- waiting --- */

static int read_call(struct tracee *t, struct waiting *w)
{
	const uint64_t *a = t->call.args;
	struct rsx_mem mem = tracee_mem(t);
	int64_t ns = -1;

	*w = (struct waiting){ .epfd = (int)a[0], .events = a[1], .max = (int)a[2],
			       .mask = a[4], .mask_size = a[5], .deadline = INT64_MAX };
	if (w->max <= 0)
		return -EINVAL;
	if (w->max > MAX_EVENTS)
		w->max = MAX_EVENTS;
	if (t->call.row == ROW(epoll_pwait2)) {
		struct timespec ts;

		if (a[3] && mem.read(mem.ctx, rsx_addr(a[3]), &ts, sizeof(ts)))
			return -EFAULT;
		if (a[3] && (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= 1000000000))
			return -EINVAL;
		if (a[3] && ts.tv_sec < 1000000000)
			ns = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	} else if ((int)a[3] >= 0) {
		ns = (int)a[3] * 1000000LL;
	}
	if (ns >= 0)
		w->deadline = now_ns() + ns;
	w->there = calloc((size_t)w->max, sizeof(*w->there));
	w->here = calloc((size_t)w->max, sizeof(*w->here));
	return w->there && w->here ? 0 : -ENOMEM;
}

static int64_t wait_there(struct tracee *t, struct waiting *w, int timeout)
{
	const struct fdentry *e = fdtable_any(t->fds, w->epfd);
	int64_t n;

	if (!e)
		return -EBADF;
	n = op_remote(t, ROW(epoll_pwait), OP_ARGS((uint64_t)e->twin, (uintptr_t)w->there,
						   (uint64_t)w->max, (uint64_t)timeout, 0, 8));
	w->n_there = n > 0 ? (int)n : 0;
	return n;
}

/* Take the events that the tracee's own wait has put into its scratch slot. */
static int64_t take_here(struct tracee *t, struct waiting *w, uint64_t at, int64_t n)
{
	struct rsx_mem mem = tracee_mem(t);

	if (n <= 0)
		return n;
	w->n_here = (int)n;
	return mem.read(mem.ctx, rsx_addr(at), w->here, (size_t)n * sizeof(*w->here)) ? -EFAULT : n;
}

static int64_t look_here(struct tracee *t, struct waiting *w, int room)
{
	uint64_t at = scratch_rw(t);
	int64_t n;

	if (!at)
		return -ENOMEM;
	if (room <= 0)
		return 0;
	at += sizeof(struct timespec);
	n = op_native(t, ROW(epoll_pwait)->nr[RSX_ARCH_NATIVE],
		      OP_ARGS((uint64_t)w->epfd, at,
			      (uint64_t)room < MAX_HERE ? (uint64_t)room : MAX_HERE, 0, 0, 8));
	return take_here(t, w, at, n);
}

static int64_t wait_both(struct tracee *t, struct waiting *w)
{
	struct beside *b = &t->call.beside;
	uint64_t at = scratch_rw(t);
	struct fdentry *e = fdtable_any(t->fds, w->epfd);
	int64_t n;

	if (!at || !e)
		return at ? -EBADF : -ENOMEM;
	*b = (struct beside){
		.nr = ROW(epoll_pwait2)->nr[RSX_ARCH_NATIVE],
		.deadline_ns = w->deadline, .timespec = at,
		.args = { (uint64_t)w->epfd, at + sizeof(struct timespec),
			  (uint64_t)w->max < MAX_HERE ? (uint64_t)w->max : MAX_HERE,
			  w->deadline == INT64_MAX ? 0 : at, w->mask, w->mask_size ? w->mask_size : 8 },
		/* a side that fired last is likely to fire next */
		.at_once = e->local_fired,
	};
	n = wait_there(t, w, -1);
	b->nr = 0;
	e = fdtable_any(t->fds, w->epfd);
	if (e)
		e->local_fired = b->done && b->ret > 0;
	if (b->done)
		n = take_here(t, w, at + sizeof(struct timespec), b->ret);
	else if (n > 0)
		n = look_here(t, w, w->max - w->n_there);
	return n < 0 && !w->n_there ? n : 0;
}

/* --- delivering --- */

/* Keep what found no room. */
static void keep(struct tracee *t, const struct waiting *w, const struct epoll_event *from, int n)
{
	struct fdentry *e = fdtable_any(t->fds, w->epfd);
	struct epoll_event *p;

	if (!e || n <= 0)
		return;
	p = realloc(e->pending, (e->n_pending + (unsigned)n) * sizeof(*p));
	if (!p)
		return;
	memcpy(p + e->n_pending, from, (size_t)n * sizeof(*p));
	e->pending = p;
	e->n_pending += (unsigned)n;
}

static int64_t deliver(struct tracee *t, const struct waiting *w)
{
	struct rsx_mem mem = tracee_mem(t);
	int there = w->n_there < w->max ? w->n_there : w->max;
	int here = w->n_here < w->max - there ? w->n_here : w->max - there;

	keep(t, w, w->here + here, w->n_here - here);
	if (mem.write(mem.ctx, rsx_addr(w->events), w->there, (size_t)there * sizeof(*w->there)) ||
	    mem.write(mem.ctx, rsx_addr(w->events + (uint64_t)there * sizeof(*w->there)), w->here,
		      (size_t)here * sizeof(*w->here)))
		return -EFAULT;
	return there + here;
}

/* What an earlier wait has kept. */
static int64_t deliver_pending(struct tracee *t, const struct waiting *w, struct fdentry *e)
{
	struct rsx_mem mem = tracee_mem(t);
	unsigned n = e->n_pending < (unsigned)w->max ? e->n_pending : (unsigned)w->max;

	if (mem.write(mem.ctx, rsx_addr(w->events), e->pending, n * sizeof(*e->pending)))
		return -EFAULT;
	e->n_pending -= n;
	memmove(e->pending, e->pending + n, e->n_pending * sizeof(*e->pending));
	return n;
}

static int64_t wait_events(struct tracee *t, struct waiting *w)
{
	struct fdentry *e = fdtable_any(t->fds, w->epfd);
	int64_t n;

	if (!e || e->mode != FD_MODE_EPOLL)
		return -EINVAL;
	if (e->n_pending)
		return deliver_pending(t, w, e);
	if (w->deadline <= now_ns()) {
		n = wait_there(t, w, 0);
		if (n >= 0)
			n = look_here(t, w, w->max - w->n_there);
	} else {
		n = wait_both(t, w);
	}
	return n < 0 && !w->n_there ? n : deliver(t, w);
}

int64_t split_epoll(struct tracee *t)
{
	struct waiting w;
	int64_t ret;

	if (t->call.row == ROW(epoll_ctl))
		return control(t);
	ret = read_call(t, &w);
	if (!ret)
		ret = wait_events(t, &w);
	free(w.there);
	free(w.here);
	return ret;
}
