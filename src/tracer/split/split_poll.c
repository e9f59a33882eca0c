/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll, ppoll, select, pselect6 over descriptors of both sides, event-driven
 * on both.
 *
 * The set (pollset.h) is taken apart into three: regular files and directories
 * of the server, which are always ready; other remote descriptors, on which the
 * twin waits; and local ones, on which the tracee itself waits, parked in a
 * real ppoll(2) with the program's own signal mask while the twin's wait is
 * outstanding (c->beside). An epoll instance (epoll.h) is in both waits. The
 * first side to fire ends the other: a local event cancels the remote wait, a
 * remote one interrupts the tracee. Then both sides' events are merged. It
 * fails by a signal: EINTR, as natively.
 */
#include "split/split.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ready/pollset.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define ALWAYS_READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

enum place {
	PLACE_NONE,   /* negative number: ignored */
	PLACE_READY,  /* always ready */
	PLACE_THERE,  /* the twin waits */
	PLACE_HERE,   /* the tracee waits */
	PLACE_BOTH,   /* an epoll instance: each waits for its half */
};

static bool always_ready(const struct fdentry *e)
{
	return S_ISREG(e->mode) || S_ISDIR(e->mode) || S_ISBLK(e->mode);
}

static void wait_here_too(struct pollset *w, const struct pollfd *p)
{
	w->here[w->n_here++] = (struct pollfd){ p->fd, p->events, 0 };
}

static void wait_there_too(struct pollset *w, const struct pollfd *p, int twin)
{
	w->there[w->n_there++] = (struct pollfd){ twin, p->events, 0 };
}

/* Regular files and directories never block. */
static void classify(struct tracee *t, struct pollset *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct pollfd *p = &w->fd[i];
		const struct fdentry *e = fdtable_any(t->fds, p->fd);

		if (p->fd < 0) {
			w->place[i] = PLACE_NONE;
		} else if (!e) {
			w->place[i] = PLACE_HERE;
			wait_here_too(w, p);
		} else if (e->epoll) {
			w->place[i] = PLACE_BOTH;
			wait_here_too(w, p);
			wait_there_too(w, p, e->twin);
		} else if (e->mode & FD_MODE_PATH || always_ready(e)) {
			w->place[i] = PLACE_READY;
			p->revents = e->mode & FD_MODE_PATH ? POLLNVAL : p->events & ALWAYS_READY;
			w->ready |= p->revents != 0;
		} else {
			w->place[i] = PLACE_THERE;
			wait_there_too(w, p, e->twin);
		}
	}
}

/* --- waiting --- */

/* ppoll(2) there; `wait` 0 looks only, else until the deadline or for ever. */
static int64_t poll_there(struct tracee *t, struct pollset *w, bool look, bool timed)
{
	struct timespec ts = look ? (struct timespec){ 0 } : pollset_left(w, now_ns());
	bool endless = !look && (!timed || w->deadline == INT64_MAX);

	return op_remote(t, ROW(ppoll), OP_ARGS((uintptr_t)w->there, w->n_there,
						endless ? 0 : (uintptr_t)&ts, 0, 0));
}

/* Where the tracee's own timespec and set may stand, or 0. */
static uint64_t own_memory(struct tracee *t, struct pollset *w)
{
	uint64_t size = sizeof(struct timespec) + w->n_here * sizeof(*w->here);
	int64_t at;

	if (size <= SCRATCH_SLOT_SIZE)
		return scratch_rw(t);
	if (w->map)
		return w->map;
	at = op_native(t, arch_nr.mmap, OP_ARGS(0, size, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0));
	if (at < 0 && at >= -4095)
		return 0;
	w->map = (uint64_t)at;
	w->map_size = size;
	return w->map;
}

/* The tracee's own ppoll(2), without waiting. */
static int64_t look_here(struct tracee *t, struct pollset *w)
{
	uint64_t at = own_memory(t, w);
	const struct timespec zero = { 0 };
	size_t size = w->n_here * sizeof(*w->here);
	int64_t ret;

	if (!at || tracee_write(t, at, &zero, sizeof(zero)) ||
	    tracee_write(t, at + sizeof(zero), w->here, size))
		return -ENOMEM;
	ret = op_native(t, arch_nr.ppoll, OP_ARGS(at + sizeof(zero), w->n_here, at, 0, 0));
	if (ret > 0 && tracee_read(t, at + sizeof(zero), w->here, size))
		return -EFAULT;
	return ret;
}

/* Both at once: the first to fire ends the other. */
static int64_t wait_both(struct tracee *t, struct pollset *w)
{
	struct beside *b = &t->call.beside;
	uint64_t at = own_memory(t, w);
	size_t size = w->n_here * sizeof(*w->here);
	int64_t there;

	if (!at || tracee_write(t, at + sizeof(struct timespec), w->here, size))
		return -ENOMEM;
	*b = (struct beside){
		.nr = arch_nr.ppoll, .deadline_ns = w->deadline, .timespec = at,
		.args = { at + sizeof(struct timespec), w->n_here,
			  w->deadline == INT64_MAX ? 0 : at, w->mask, w->mask_size },
		.at_once = true,
	};
	there = poll_there(t, w, false, false);
	if (!b->done)
		return there < 0 ? there : look_here(t, w);
	b->nr = 0;
	if (b->ret > 0 && tracee_read(t, at + sizeof(struct timespec), w->here, size))
		return -EFAULT;
	return b->ret < 0 ? b->ret : 0;
}

static int64_t wait_there(struct tracee *t, struct pollset *w)
{
	struct beside *b = &t->call.beside;

	/* if it takes long: asleep with the program's mask */
	*b = (struct beside){
		.nr = arch_nr.ppoll, .deadline_ns = INT64_MAX,
		.args = { 0, 0, 0, w->mask, w->mask_size },
	};
	return poll_there(t, w, false, true);
}

static int64_t look(struct tracee *t, struct pollset *w)
{
	int64_t ret = 0;

	if (w->n_there)
		ret = poll_there(t, w, true, false);
	if (ret >= 0 && w->n_here)
		ret = look_here(t, w);
	return ret;
}

static bool found(const struct pollset *w)
{
	bool any = w->ready;

	for (unsigned i = 0; i < w->n_there; i++)
		any |= w->there[i].revents != 0;
	for (unsigned i = 0; i < w->n_here; i++)
		any |= w->here[i].revents != 0;
	return any;
}

static int64_t wait_somewhere(struct tracee *t, struct pollset *w)
{
	int64_t ret = 0;

	if (w->ready || w->deadline <= now_ns()) {
		ret = look(t, w);
		/* a mask may let a signal in even if there is no time to wait */
		if (ret < 0 || !w->mask || found(w))
			return ret;
	}
	return w->n_here || w->mask ? wait_both(t, w) : wait_there(t, w);
}

static void merge(struct pollset *w)
{
	unsigned there = 0, here = 0;

	for (unsigned i = 0; i < w->n; i++) {
		if (w->place[i] == PLACE_THERE || w->place[i] == PLACE_BOTH)
			w->fd[i].revents |= w->there[there++].revents;
		if (w->place[i] == PLACE_HERE || w->place[i] == PLACE_BOTH)
			w->fd[i].revents |= w->here[here++].revents;
	}
}

int64_t split_poll(struct tracee *t)
{
	struct pollset w = { 0 };
	int64_t ret = pollset_read(t, &w);

	if (!ret) {
		classify(t, &w);
		ret = w.n_here == w.n && !w.n_there ? OP_RUN_HERE : wait_somewhere(t, &w);
	}
	t->call.beside.nr = 0;
	if (ret >= 0) {
		merge(&w);
		ret = pollset_answer(t, &w);
	}
	if (ret != OP_RUN_HERE)
		pollset_write_timeout(t, &w);
	if (w.map)
		op_native(t, arch_nr.munmap, OP_ARGS(w.map, w.map_size));
	pollset_done(&w);
	t->call.frame.row = NULL; /* the trace shows the program's own call */
	return ret;
}
