/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pollset.h. poll(2), select(2); fs/select.c for the order of errors. */
#include "ready/pollset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_FDS (RSX_MAX_PIECE / sizeof(struct pollfd)) /* that one call there may have */
#define SMALLEST_TABLE 64 /* NR_OPEN_DEFAULT: descriptors the kernel always has room for */
#define SELECT_IN (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define SELECT_OUT (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define SELECT_EX POLLPRI

void pollset_done(struct pollset *w)
{
	free(w->fd);
	free(w->place);
	free(w->there);
	free(w->here);
}

/* --- reading the call --- */

static int allocate(struct pollset *w, unsigned n)
{
	w->n = n;
	w->fd = calloc(n + 1, sizeof(*w->fd));
	w->place = calloc(n + 1, 1);
	w->there = calloc(n + 1, sizeof(*w->there));
	w->here = calloc(n + 1, sizeof(*w->here));
	return w->fd && w->place && w->there && w->here ? 0 : -ENOMEM;
}

static void set_deadline(struct pollset *w, int64_t ns)
{
	int64_t now = now_ns();

	w->deadline = ns > INT64_MAX - now ? INT64_MAX : now + ns;
}

/* A struct timespec or timeval in the program's memory. */
static int read_timeout(struct tracee *t, struct pollset *w)
{
	int64_t tv[2];

	w->deadline = INT64_MAX;
	if (!w->timeout)
		return 0;
	if (tracee_read(t, w->timeout, tv, sizeof(tv)))
		return -EFAULT;
	if (tv[0] < 0 || tv[1] < 0 || (!w->usec && tv[1] >= 1000000000))
		return -EINVAL;
	if (w->usec) {
		/* select(2) takes more than a second's worth */
		if (tv[0] > INT64_MAX / 4 || tv[1] / 1000000 > INT64_MAX / 4)
			return 0;
		tv[0] += tv[1] / 1000000;
		tv[1] = tv[1] % 1000000 * 1000;
	}
	if (tv[0] < INT64_MAX / 1000000000 - 2)
		set_deadline(w, tv[0] * 1000000000 + tv[1]);
	return 0;
}

/* If this fails, the timeout is left as it is. */
static int check_mask(struct tracee *t, struct pollset *w)
{
	int err = split_check_mask(t, w->mask, w->mask_size);

	if (err)
		w->timeout = 0;
	return err;
}

static uint64_t most_descriptors(const struct tracee *t)
{
	struct rlimit l;

	if (prlimit(t->tid, RLIMIT_NOFILE, NULL, &l) || l.rlim_cur > MAX_FDS)
		return MAX_FDS;
	return l.rlim_cur;
}

static int read_set(struct tracee *t, struct pollset *w)
{
	uint32_t n = (uint32_t)t->call.args[1];
	int err;

	if (n > most_descriptors(t))
		return -EINVAL;
	err = allocate(w, n);
	if (err)
		return err;
	if (w->n && tracee_read(t, t->call.args[0], w->fd, w->n * sizeof(*w->fd)))
		return -EFAULT;
	for (unsigned i = 0; i < w->n; i++)
		w->fd[i].revents = 0;
	return 0;
}

static int read_poll(struct tracee *t, struct pollset *w)
{
	const uint64_t *a = t->call.args;
	int err = 0;

	if (t->call.row == ROW(poll)) {
		w->deadline = INT64_MAX;
		if ((int)a[2] >= 0)
			set_deadline(w, (int)a[2] * 1000000LL);
	} else {
		w->timeout = a[2];
		w->mask = a[3];
		w->mask_size = a[4];
		err = read_timeout(t, w);
		if (!err)
			err = check_mask(t, w);
	}
	return err ? err : read_set(t, w);
}

/*
 * How many descriptors the kernel has room for: what is beyond is no part of
 * select(2)'s sets, neither looked at nor refused.
 */
static unsigned table_size(const struct tracee *t)
{
	char path[64], line[256];
	unsigned n = SMALLEST_TABLE;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", t->tid);
	f = fopen(path, "re");
	if (!f)
		return n;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "FDSize: %u", &n) == 1)
			break;
	fclose(f);
	return n < MAX_FDS ? n : MAX_FDS;
}

static bool bit(const uint64_t *set, unsigned i)
{
	return set && set[i / 64] >> (i % 64) & 1;
}

static size_t set_words(unsigned n)
{
	return (n + 63) / 64;
}

/* The three sets, one behind the other; those that are not there are empty. */
static int read_sets(struct tracee *t, struct pollset *w, unsigned n)
{
	size_t words = set_words(n);
	_rsx_free_ uint64_t *set = calloc(3 * words + 1, sizeof(*set));
	unsigned k = 0;
	int err = allocate(w, n);

	if (err || !set)
		return -ENOMEM;
	for (unsigned s = 0; s < 3; s++) {
		w->sets[s] = t->call.args[1 + s];
		if (w->sets[s] && tracee_read(t, w->sets[s], set + s * words, words * 8))
			return -EFAULT;
	}
	for (unsigned i = 0; i < n; i++) {
		short events = (short)((bit(set, i) ? SELECT_IN : 0) |
				       (bit(set + words, i) ? SELECT_OUT : 0) |
				       (bit(set + 2 * words, i) ? SELECT_EX : 0));

		if (events)
			w->fd[k++] = (struct pollfd){ (int)i, events, 0 };
	}
	w->n = k;
	return 0;
}

static int read_select(struct tracee *t, struct pollset *w)
{
	const uint64_t *a = t->call.args;
	uint64_t mask[2];
	int err, n = (int)a[0];

	w->select = true;
	w->usec = t->call.row == ROW(select);
	w->timeout = a[4];
	err = read_timeout(t, w);
	if (err)
		return err;
	if (!w->usec && a[5]) {
		err = tracee_read(t, a[5], mask, sizeof(mask));
		w->mask = err ? 0 : mask[0];
		w->mask_size = err ? 0 : mask[1];
		if (!err)
			err = check_mask(t, w);
		if (err) {
			w->timeout = 0;
			return err;
		}
	}
	if (n < 0)
		return -EINVAL;
	w->n_bits = (unsigned)n;
	if (n > SMALLEST_TABLE && w->n_bits > table_size(t))
		w->n_bits = table_size(t);
	return read_sets(t, w, w->n_bits);
}

int pollset_read(struct tracee *t, struct pollset *w)
{
	const struct rsx_syscall *row = t->call.row;

	return row == ROW(poll) || row == ROW(ppoll) ? read_poll(t, w) : read_select(t, w);
}

/* --- answering --- */

struct timespec pollset_left(const struct pollset *w, int64_t now)
{
	int64_t ns = w->deadline > now ? w->deadline - now : 0;

	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

void pollset_write_timeout(struct tracee *t, const struct pollset *w)
{
	struct timespec ts = pollset_left(w, now_ns());
	int64_t tv[2] = { ts.tv_sec, w->usec ? ts.tv_nsec / 1000 : ts.tv_nsec };

	if (w->timeout && w->deadline != INT64_MAX)
		tracee_write(t, w->timeout, tv, sizeof(tv));
}

/* The events alone are written: the rest may be in memory that others change. */
static int64_t answer_poll(struct tracee *t, const struct pollset *w)
{
	struct rsx_mem mem = tracee_mem(t);
	_rsx_free_ struct iovec *to = calloc(w->n + 1, sizeof(*to));
	_rsx_free_ short *revents = calloc(w->n + 1, sizeof(*revents));
	int64_t n = 0;

	if (!to || !revents)
		return -ENOMEM;
	for (unsigned i = 0; i < w->n; i++) {
		n += w->fd[i].revents != 0;
		revents[i] = w->fd[i].revents;
		to[i].iov_base = (void *)(uintptr_t)(t->call.args[0] + i * sizeof(*w->fd) +
						     offsetof(struct pollfd, revents));
		to[i].iov_len = sizeof(*revents);
	}
	if (mem.writev(mem.ctx, to, w->n, revents, w->n * sizeof(*revents)) !=
	    (ssize_t)(w->n * sizeof(*revents)))
		return -EFAULT;
	return n;
}

static bool is_open(const struct tracee *t, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int64_t answer_select(struct tracee *t, const struct pollset *w)
{
	static const short events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };
	size_t words = set_words(w->n_bits);
	_rsx_free_ uint64_t *set = calloc(3 * words + 1, sizeof(*set));
	int64_t count = 0;

	if (!set)
		return -ENOMEM;
	for (unsigned i = 0; i < w->n; i++) {
		const struct pollfd *p = &w->fd[i];

		/* one of O_PATH is open, but no file to ask: ready for all */
		if ((p->revents & POLLNVAL) && !is_open(t, p->fd))
			return -EBADF;
		for (unsigned s = 0; s < 3; s++) {
			if (!(p->events & events[s] & ~(POLLERR | POLLHUP)))
				continue;
			if (!(p->revents & (events[s] | POLLNVAL)))
				continue;
			set[s * words + (unsigned)p->fd / 64] |= 1ULL << (p->fd % 64);
			count++;
		}
	}
	for (unsigned s = 0; s < 3; s++)
		if (w->sets[s] && tracee_write(t, w->sets[s], set + s * words, words * 8))
			return -EFAULT;
	return count;
}

int64_t pollset_answer(struct tracee *t, const struct pollset *w)
{
	return w->select ? answer_select(t, w) : answer_poll(t, w);
}
