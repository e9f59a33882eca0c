/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll, ppoll, select, pselect6 over descriptors of both sides, event-driven
 * on both.
 *
 * The set is taken apart into three: regular files and directories of the
 * server, which are always ready; other remote descriptors, on which the twin
 * waits; and local ones, on which the tracee itself waits, parked in a real
 * ppoll(2) with the program's own signal mask while the twin's wait is
 * outstanding (c->beside). The first side to fire ends the other: a local
 * event cancels the remote wait, a remote one interrupts the tracee. Then both
 * sides' events are merged. It fails by a signal: EINTR, as natively.
 */
#include "split.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "rsx/cleanup.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_FDS 4096
#define SELECT_IN (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define SELECT_OUT (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define SELECT_EX POLLPRI
#define ALWAYS_READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

enum place {
	PLACE_NONE,   /* negative number: ignored */
	PLACE_READY,  /* always ready */
	PLACE_THERE,  /* the twin waits */
	PLACE_HERE,   /* the tracee waits */
};

struct waiting {
	unsigned n;
	struct pollfd *fd;	/* as the program gave them, with results */
	uint8_t *place;		/* enum place of each */
	struct pollfd *there;	/* the remote ones, with the twin's numbers */
	unsigned n_there;
	struct pollfd *here;
	unsigned n_here;
	bool ready;		/* something is ready without waiting */
	bool select;
	int64_t deadline;	/* monotonic; INT64_MAX: none */
	uint64_t mask, mask_size; /* the program's signal mask argument */
	uint64_t sets[3];	/* select: addresses of the sets */
	uint64_t timeout;	/* address of the timeout, 0: none or poll's */
	bool usec;		/* it is a struct timeval */
};

static void waiting_done(struct waiting *w)
{
	free(w->fd);
	free(w->place);
	free(w->there);
	free(w->here);
}

/* --- reading the call --- */

static int read_mem(struct tracee *t, uint64_t at, void *to, size_t len)
{
	struct rsx_mem mem = tracee_mem(t);

	return mem.read(mem.ctx, rsx_addr(at), to, len);
}

static int write_mem(struct tracee *t, uint64_t at, const void *from, size_t len)
{
	struct rsx_mem mem = tracee_mem(t);

	return mem.write(mem.ctx, rsx_addr(at), from, len);
}

static int allocate(struct waiting *w, unsigned n)
{
	w->n = n;
	w->fd = calloc(n + 1, sizeof(*w->fd));
	w->place = calloc(n + 1, 1);
	w->there = calloc(n + 1, sizeof(*w->there));
	w->here = calloc(n + 1, sizeof(*w->here));
	return w->fd && w->place && w->there && w->here ? 0 : -ENOMEM;
}

static void set_deadline(struct waiting *w, int64_t ns)
{
	int64_t now = now_ns();

	w->deadline = ns > INT64_MAX - now ? INT64_MAX : now + ns;
}

/* A struct timespec or timeval in the program's memory. */
static int read_timeout(struct tracee *t, struct waiting *w)
{
	int64_t tv[2], unit = w->usec ? 1000 : 1;

	w->deadline = INT64_MAX;
	if (!w->timeout)
		return 0;
	if (read_mem(t, w->timeout, tv, sizeof(tv)))
		return -EFAULT;
	if (tv[0] < 0 || tv[1] < 0 || (!w->usec && tv[1] >= 1000000000))
		return -EINVAL;
	if (tv[0] < INT64_MAX / 1000000000 - 2)
		set_deadline(w, tv[0] * 1000000000 + tv[1] * unit);
	return 0;
}

static int read_poll(struct tracee *t, struct waiting *w)
{
	const uint64_t *a = t->call.args;
	int err;

	if ((uint32_t)a[1] > MAX_FDS)
		return -EINVAL;
	err = allocate(w, (uint32_t)a[1]);
	if (err)
		return err;
	if (w->n && read_mem(t, a[0], w->fd, w->n * sizeof(*w->fd)))
		return -EFAULT;
	for (unsigned i = 0; i < w->n; i++)
		w->fd[i].revents = 0;
	if (t->call.row == ROW(poll)) {
		w->deadline = INT64_MAX;
		if ((int)a[2] >= 0)
			set_deadline(w, (int)a[2] * 1000000LL);
		return 0;
	}
	w->timeout = a[2];
	w->mask = a[3];
	w->mask_size = a[4];
	return read_timeout(t, w);
}

static bool bit(const uint64_t *set, unsigned i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static int read_select(struct tracee *t, struct waiting *w)
{
	const uint64_t *a = t->call.args;
	uint64_t set[3][MAX_FDS / 64] = { 0 };
	unsigned n = (unsigned)(int)a[0], k = 0;
	int err;

	if ((int)a[0] < 0)
		return -EINVAL;
	if (n > MAX_FDS)
		n = MAX_FDS;
	w->select = true;
	w->usec = t->call.row == ROW(select);
	w->timeout = a[4];
	err = allocate(w, n);
	if (err)
		return err;
	for (unsigned s = 0; s < 3; s++) {
		w->sets[s] = a[1 + s];
		if (w->sets[s] && read_mem(t, w->sets[s], set[s], (n + 63) / 64 * 8))
			return -EFAULT;
	}
	for (unsigned i = 0; i < n; i++) {
		short events = (short)((bit(set[0], i) ? SELECT_IN : 0) |
				       (bit(set[1], i) ? SELECT_OUT : 0) |
				       (bit(set[2], i) ? SELECT_EX : 0));

		if (events)
			w->fd[k++] = (struct pollfd){ (int)i, events, 0 };
	}
	w->n = k;
	if (!w->usec && a[5]) {
		uint64_t mask[2];

		if (read_mem(t, a[5], mask, sizeof(mask)))
			return -EFAULT;
		w->mask = mask[0];
		w->mask_size = mask[1];
	}
	return read_timeout(t, w);
}

/* Regular files and directories never block. */
static void classify(struct tracee *t, struct waiting *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct pollfd *p = &w->fd[i];
		const struct fdentry *e = fdtable_get(t->fds, p->fd);

		if (p->fd < 0) {
			w->place[i] = PLACE_NONE;
		} else if (!e) {
			w->place[i] = PLACE_HERE;
			w->here[w->n_here++] = *p;
		} else if (S_ISREG(e->mode) || S_ISDIR(e->mode) || S_ISBLK(e->mode)) {
			w->place[i] = PLACE_READY;
			p->revents = p->events & ALWAYS_READY;
			w->ready |= p->revents != 0;
		} else {
			w->place[i] = PLACE_THERE;
			w->there[w->n_there++] = (struct pollfd){ e->twin, p->events, 0 };
		}
	}
}

/* --- waiting --- */

static struct timespec left(const struct waiting *w, int64_t now)
{
	int64_t ns = w->deadline > now ? w->deadline - now : 0;

	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* ppoll(2) there; `wait` 0 looks only, else until the deadline or for ever. */
static int64_t poll_there(struct tracee *t, struct waiting *w, bool look, bool timed)
{
	struct timespec ts = look ? (struct timespec){ 0 } : left(w, now_ns());
	bool endless = !look && (!timed || w->deadline == INT64_MAX);

	return op_remote(t, ROW(ppoll), OP_ARGS((uintptr_t)w->there, w->n_there,
						endless ? 0 : (uintptr_t)&ts, 0, 0));
}

/* The tracee's own ppoll(2), without waiting. */
static int64_t look_here(struct tracee *t, struct waiting *w)
{
	uint64_t at = scratch_rw(t);
	const struct timespec zero = { 0 };
	size_t size = w->n_here * sizeof(*w->here);
	int64_t ret;

	if (!at || write_mem(t, at, &zero, sizeof(zero)) ||
	    write_mem(t, at + sizeof(zero), w->here, size))
		return -ENOMEM;
	ret = op_native(t, arch_nr.ppoll, OP_ARGS(at + sizeof(zero), w->n_here, at, 0, 0));
	if (ret > 0 && read_mem(t, at + sizeof(zero), w->here, size))
		return -EFAULT;
	return ret;
}

/* Both at once: the first to fire ends the other. */
static int64_t wait_both(struct tracee *t, struct waiting *w)
{
	struct beside *b = &t->call.beside;
	uint64_t at = scratch_rw(t);
	size_t size = w->n_here * sizeof(*w->here);
	int64_t there;

	if (!at || write_mem(t, at + sizeof(struct timespec), w->here, size))
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
	if (b->ret > 0 && read_mem(t, at + sizeof(struct timespec), w->here, size))
		return -EFAULT;
	return b->ret < 0 ? b->ret : 0;
}

static int64_t wait_there(struct tracee *t, struct waiting *w)
{
	struct beside *b = &t->call.beside;

	/* if it takes long: asleep with the program's mask */
	*b = (struct beside){
		.nr = arch_nr.ppoll, .deadline_ns = INT64_MAX,
		.args = { 0, 0, 0, w->mask, w->mask_size },
	};
	return poll_there(t, w, false, true);
}

static int64_t wait_somewhere(struct tracee *t, struct waiting *w)
{
	int64_t ret = 0;

	if (w->ready || w->deadline <= now_ns()) {
		if (w->n_there)
			ret = poll_there(t, w, true, false);
		if (ret >= 0 && w->n_here)
			ret = look_here(t, w);
		return ret;
	}
	return w->n_here ? wait_both(t, w) : wait_there(t, w);
}

/* --- answering --- */

static void merge(struct waiting *w)
{
	unsigned there = 0, here = 0;

	for (unsigned i = 0; i < w->n; i++) {
		if (w->place[i] == PLACE_THERE)
			w->fd[i].revents = w->there[there++].revents;
		else if (w->place[i] == PLACE_HERE)
			w->fd[i].revents = w->here[here++].revents;
	}
}

static void write_timeout(struct tracee *t, const struct waiting *w)
{
	struct timespec ts = left(w, now_ns());
	int64_t tv[2] = { ts.tv_sec, w->usec ? ts.tv_nsec / 1000 : ts.tv_nsec };

	if (w->timeout && w->deadline != INT64_MAX)
		write_mem(t, w->timeout, tv, sizeof(tv));
}

static int64_t answer_poll(struct tracee *t, const struct waiting *w)
{
	int64_t n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += w->fd[i].revents != 0;
		if (write_mem(t, t->call.args[0] + i * sizeof(*w->fd) +
				 offsetof(struct pollfd, revents),
			      &w->fd[i].revents, sizeof(w->fd[i].revents)))
			return -EFAULT;
	}
	return n;
}

static int64_t answer_select(struct tracee *t, const struct waiting *w)
{
	static const short events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };
	uint64_t set[3][MAX_FDS / 64] = { 0 };
	unsigned n = (unsigned)(int)t->call.args[0];
	int64_t count = 0;

	for (unsigned i = 0; i < w->n; i++) {
		const struct pollfd *p = &w->fd[i];

		if (p->revents & POLLNVAL)
			return -EBADF;
		for (unsigned s = 0; s < 3; s++) {
			if (!(p->events & events[s] & ~(POLLERR | POLLHUP)) || !(p->revents & events[s]))
				continue;
			set[s][p->fd / 64] |= 1ULL << (p->fd % 64);
			count++;
		}
	}
	if (n > MAX_FDS)
		n = MAX_FDS;
	for (unsigned s = 0; s < 3; s++)
		if (w->sets[s] && write_mem(t, w->sets[s], set[s], (n + 63) / 64 * 8))
			return -EFAULT;
	return count;
}

int64_t split_poll(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	struct waiting w = { 0 };
	int64_t ret;

	ret = row == ROW(poll) || row == ROW(ppoll) ? read_poll(t, &w) : read_select(t, &w);
	if (!ret) {
		classify(t, &w);
		ret = w.n_here == w.n ? OP_RUN_HERE : wait_somewhere(t, &w);
	}
	t->call.beside.nr = 0;
	if (ret >= 0) {
		merge(&w);
		ret = w.select ? answer_select(t, &w) : answer_poll(t, &w);
	}
	if (ret != OP_RUN_HERE)
		write_timeout(t, &w);
	waiting_done(&w);
	return ret;
}
