/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll_wait, epoll_pwait, epoll_pwait2 on an instance with members of both
 * sides.
 *
 *   local members only    the call runs here; if a remote one is added
 *                         meanwhile it is woken and goes on as below
 *   otherwise             the twin waits in epoll_pwait(2); when that takes
 *                         long, the tracee is parked in a ppoll(2) on its own
 *                         half (c->beside, call.h). The first side to fire ends
 *                         the other's wait.
 *
 * Nothing is taken without room for it: the ppoll takes nothing, the twin takes
 * what fits, and then the tracee looks at its half with the room that is left.
 * So edge and one-shot events are neither lost nor kept for later, when they
 * might no longer be true. The half that was left without room goes first in
 * the next wait. epoll_wait(2).
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "ready/epoll.h"
#include "rsx/cleanup.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define EVENT_SIZE sizeof(struct epoll_event)
#define EP_MAX_EVENTS ((int)(INT_MAX / EVENT_SIZE)) /* fs/eventpoll.c */
#define PAGE 4096u
#define OUT_OF_THE_WAY 64 /* above the highest number: where a kept one is */

struct waiting {
	int epfd;
	struct epoll *ep;
	uint64_t events; /* the program's array */
	int max;
	int room;	  /* of it can be written */
	int n;		  /* has been */
	int64_t deadline; /* monotonic; INT64_MAX: none */
	uint64_t mask, mask_size;
	struct epoll_event *there; /* for what the twin has */
	bool kept; /* epfd is ours: the program has closed its own */
};

bool split_epwait_is_local(const struct tracee *t)
{
	const struct epoll *ep = fdtable_epoll(t->fds, (int)t->call.args[0]);

	return !ep || !ep->there;
}

/* --- reading the call, and refusing it, in the kernel's order --- */

/* 0 and *ret_ns, -1: for ever; or -errno. */
static int timeout(struct tracee *t, int64_t *ret_ns)
{
	const uint64_t *a = t->call.args;
	struct timespec ts;

	*ret_ns = -1;
	if (t->call.row != ROW(epoll_pwait2)) {
		if ((int)a[3] >= 0)
			*ret_ns = (int)a[3] * 1000000LL;
		return 0;
	}
	if (!a[3])
		return 0;
	if (tracee_read(t, a[3], &ts, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= 1000000000)
		return -EINVAL;
	if (ts.tv_sec < 1000000000)
		*ret_ns = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	return 0;
}

int split_check_mask(struct tracee *t, uint64_t mask, uint64_t size)
{
	uint64_t set;

	if (!mask)
		return 0;
	if (size != sizeof(set))
		return -EINVAL;
	return tracee_read(t, mask, &set, sizeof(set));
}

static int read_call(struct tracee *t, struct waiting *w, int64_t began)
{
	const uint64_t *a = t->call.args;
	int64_t ns;
	int err = timeout(t, &ns);

	w->mask = a[4];
	w->mask_size = a[5];
	if (!err)
		err = split_check_mask(t, w->mask, w->mask_size);
	if (err)
		return err;
	w->events = a[1];
	w->max = (int)a[2];
	if (w->max <= 0 || w->max > EP_MAX_EVENTS)
		return -EINVAL;
	if (w->events > rsx_user_end() - (uint64_t)w->max * EVENT_SIZE)
		return -EFAULT;
	w->deadline = ns < 0 ? INT64_MAX : began + ns;
	return 0;
}

/*
 * How many events the program's array can take, at most what one call over
 * there brings. An event that was taken cannot be put back, so this is known
 * beforehand: one byte of each page is written as it is.
 */
static int writable(struct tracee *t, uint64_t at, int max)
{
	struct rsx_mem mem = tracee_mem(t);
	struct iovec byte[RSX_MAX_ARRAY * sizeof(struct epoll_event) / PAGE + 2];
	uint8_t is[sizeof(byte) / sizeof(byte[0])];
	uint64_t end;
	size_t n = 0;
	ssize_t good;

	if (max > (int)RSX_MAX_ARRAY)
		max = RSX_MAX_ARRAY;
	end = at + (uint64_t)max * EVENT_SIZE;
	for (uint64_t p = at; p < end; p = (p / PAGE + 1) * PAGE)
		byte[n++] = (struct iovec){ (void *)(uintptr_t)p, 1 };
	good = mem.readv(mem.ctx, byte, n, is, n);
	if (good > 0)
		good = mem.writev(mem.ctx, byte, (size_t)good, is, (size_t)good);
	if (good <= 0)
		return 0;
	if ((size_t)good < n)
		end = (uintptr_t)byte[good].iov_base;
	return (int)((end - at) / EVENT_SIZE);
}

/* --- taking events --- */

/* No room at all: an event that is there is EFAULT, and stays. */
static int64_t look_without_room(struct tracee *t, int twin, bool wait)
{
	const struct timespec now = { 0 };
	struct pollfd p = { twin, POLLIN, 0 };
	int64_t n = op_remote(t, ROW(ppoll), OP_ARGS((uintptr_t)&p, 1, wait ? 0 : (uintptr_t)&now,
						     0, 0));

	return n > 0 ? -EFAULT : n;
}

/* What the twin has, as far as there is room. 0 or more, or -errno. */
static int64_t take_there(struct tracee *t, struct waiting *w, bool wait)
{
	const struct fdentry *e = fdtable_any(t->fds, w->epfd);
	uint64_t at = w->events + (uint64_t)w->n * EVENT_SIZE;
	int room = w->room - w->n;
	int64_t n;

	if (!e || e->epoll != w->ep)
		return -EBADF;
	if (room <= 0)
		return w->n ? 0 : look_without_room(t, e->twin, wait);
	n = op_remote(t, ROW(epoll_pwait),
		      OP_ARGS((uint64_t)e->twin, (uintptr_t)w->there, (uint64_t)room,
			      wait ? (uint64_t)-1 : 0, 0, 8));
	if (n <= 0)
		return n;
	if (tracee_write(t, at, w->there, (size_t)n * EVENT_SIZE))
		return -EFAULT;
	w->n += (int)n;
	return n;
}

/* What the tracee has: into the program's own array, in the kernel's own way. */
static int64_t take_here(struct tracee *t, struct waiting *w)
{
	int64_t n;

	if (!w->ep->here || w->n >= w->max)
		return 0;
	if (fdtable_epoll(t->fds, w->epfd) != w->ep)
		return -EBADF; /* closed meanwhile, and maybe another's number by now */
	n = op_native(t, ROW(epoll_pwait)->nr[RSX_ARCH_NATIVE],
		      OP_ARGS((uint64_t)w->epfd, w->events + (uint64_t)w->n * EVENT_SIZE,
			      (uint64_t)(w->max - w->n), 0, 0, 8));
	if (n > 0)
		w->n += (int)n;
	return n;
}

/* Both halves, without waiting. */
static int64_t look(struct tracee *t, struct waiting *w, bool here_first)
{
	int64_t ret = here_first ? take_here(t, w) : take_there(t, w, false);

	if (ret >= 0)
		ret = here_first ? take_there(t, w, false) : take_here(t, w);
	return ret;
}

/* Both at once: the first to fire ends the other. 0, or -errno. */
static int64_t wait_both(struct tracee *t, struct waiting *w)
{
	struct pollfd p = { w->epfd, POLLIN, 0 };
	struct beside *b = &t->call.beside;
	uint64_t at = scratch_rw(t);
	int64_t ret;

	if (!at || tracee_write(t, at + sizeof(struct timespec), &p, sizeof(p)))
		return -ENOMEM;
	*b = (struct beside){
		.nr = arch_nr.ppoll, .deadline_ns = w->deadline, .timespec = at,
		.args = { at + sizeof(struct timespec), w->ep->here,
			  w->deadline == INT64_MAX ? 0 : at, w->mask, w->mask_size },
		/* a side that fired last is likely to fire next */
		.at_once = w->ep->local_fired ||
			   w->deadline - now_ns() < RSX_PARK_AFTER_MS * 1000000LL,
	};
	ret = take_there(t, w, true);
	b->nr = 0;
	w->ep->local_fired = b->done && b->ret > 0;
	if (b->done && ret == -EINTR)
		ret = b->ret < 0 ? b->ret : 0; /* our own cancel */
	/* what ended the wait may be a third: look in any case */
	return ret < 0 ? ret : take_here(t, w);
}

/* --- the wait --- */

/* Tokens become the program's data; what both sides reported becomes one. */
static int64_t resolve(struct tracee *t, struct waiting *w)
{
	_rsx_free_ struct epoll_event *event = NULL;
	size_t size = (size_t)w->n * EVENT_SIZE;

	if (!w->ep->n_nested || !w->n)
		return 0;
	event = malloc(size);
	if (!event)
		return -ENOMEM;
	if (tracee_read(t, w->events, event, size))
		return -EFAULT;
	w->n = epoll_resolve(w->ep, event, w->n);
	return tracee_write(t, w->events, event, (size_t)w->n * EVENT_SIZE);
}

/* One round: what is there, and if nothing is, a wait. -EAGAIN: begin anew. */
static int64_t one_round(struct tracee *t, struct waiting *w)
{
	struct epoll *ep = w->ep;
	bool over = w->deadline <= now_ns(), turn = ep->local_first;
	int64_t ret = 0;

	w->n = 0;
	if (over || turn)
		ret = look(t, w, turn);
	/* without time the kernel does not look for signals, unlike ppoll(2)'s */
	if (!ret && !w->n && !over)
		ret = wait_both(t, w);
	ep->local_first = ep->here && w->n >= w->max && !turn;
	if (w->n)
		ret = resolve(t, w);
	if (ret < 0 && (ret != -EINTR || t->pos == POS_SIGNAL || t->tracer->detaching))
		return w->n ? w->n : ret;
	return w->n || over ? w->n : -EAGAIN;
}

/*
 * The call runs here, and the tracer knows that it does. True if it must go on
 * as a wait for both sides.
 */
static bool wait_here(struct tracee *t, struct epoll *ep)
{
	int64_t ret;

	t->waits_on = ep;
	t->woken = false;
	ret = op_native_original(t);
	t->waits_on = NULL;
	return t->woken && ret == -EINTR;
}

/* Does a thread of t's table wait in `fd`? */
static struct waiting *waits_in(const struct tracee *t, const struct tracee *o, int fd)
{
	struct waiting *w = o->waiting;

	return w && o->fds == t->fds && w->epfd == fd ? w : NULL;
}

static bool any_waits(const struct tracee *t, int fd)
{
	const struct tracee *o = t->tracer->tracees;

	while (o && !waits_in(t, o, fd))
		o = o->next;
	return o != NULL;
}

bool split_epwait_is_kept(const struct tracee *t, int fd)
{
	const struct tracee *o = t->tracer->tracees;

	while (o && !(waits_in(t, o, fd) && o->waiting->kept))
		o = o->next;
	return o != NULL;
}

void split_epwait_keep(struct tracee *t, int fd)
{
	_fdentry_drop_ struct fdentry old = { 0 };
	int64_t n = -1, twin;

	if (!fdtable_epoll(t->fds, fd) || !any_waits(t, fd) ||
	    fdentry_keep(fdtable_any(t->fds, fd), &old))
		return;
	twin = op_remote(t, ROW(dup), OP_ARGS((uint64_t)old.twin));
	if (twin >= 0)
		n = op_native(t, ROW(fcntl)->nr[RSX_ARCH_NATIVE],
			      OP_ARGS((uint64_t)fd, F_DUPFD_CLOEXEC,
				      (uint64_t)t->fds->top + OUT_OF_THE_WAY));
	if (twin >= 0 && (n < 0 || fdtable_set_dup(t->fds, (int)n, (int)twin, &old)))
		call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
	for (struct tracee *o = t->tracer->tracees; o && n >= 0; o = o->next) {
		struct waiting *w = waits_in(t, o, fd);

		if (!w)
			continue;
		w->epfd = (int)n;
		w->kept = true;
	}
}

/* The last one that waits closes what was kept for it. */
static void end_wait(struct tracee *t, const struct waiting *w)
{
	t->waiting = NULL;
	if (!w->kept || any_waits(t, w->epfd) || fdtable_epoll(t->fds, w->epfd) != w->ep)
		return;
	split_drop_fd(t, w->epfd);
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)w->epfd));
}

static int64_t wait_events(struct tracee *t, struct waiting *w, int64_t began)
{
	int64_t ret = read_call(t, w, began);

	if (ret)
		return ret;
	w->room = writable(t, w->events, w->max);
	w->there = malloc((size_t)(w->room ? w->room : 1) * EVENT_SIZE);
	if (!w->there)
		return -ENOMEM;
	t->waiting = w;
	do {
		rsx_arena_reset(&t->call.arena);
		ret = one_round(t, w);
	} while (ret == -EAGAIN);
	end_wait(t, w);
	return ret;
}

/* Made before the program was traced; or no epoll at all: then the kernel says so. */
static int64_t first_met(struct tracee *t, int epfd)
{
	if (split_epoll_companion(t, epfd, true) >= 0)
		return OP_AGAIN;
	if (t->pos == POS_ENTRY)
		return OP_RUN_HERE;
	return op_native_blocking(t, t->call.entry.nr, t->call.entry.args);
}

int64_t split_epwait(struct tracee *t)
{
	struct waiting w = { .epfd = (int)t->call.args[0] };
	const struct fdentry *e = fdtable_get(t->fds, w.epfd);
	int64_t began = now_ns(), ret = OP_NATIVE_DONE;

	if (e && (e->mode & FD_MODE_PATH))
		return -EBADF; /* the placeholder would say EINVAL */
	w.ep = epoll_ref(fdtable_epoll(t->fds, w.epfd));
	if (!w.ep)
		return first_met(t, w.epfd);
	if (w.ep->there || wait_here(t, w.ep))
		ret = wait_events(t, &w, began);
	epoll_unref(w.ep);
	free(w.there);
	t->call.frame.row = NULL; /* the trace shows the program's own call */
	return ret;
}
