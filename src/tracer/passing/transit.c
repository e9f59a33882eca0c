/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See transit.h. A message that nobody will ever receive would keep its descriptors open over
 * there. So when a process ends, or a message is cut, and no traced socket has
 * descriptors queued (scm_fds in fdinfo), all that is under way is dropped.
 */
#include "passing/transit.h"

#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "op.h"
#include "passing/parcel.h"
#include "passing/standin.h"
#include "ready/epoll.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define KEY_SOCKET (1ULL << 62)
#define KEY_EVENT (1ULL << 61)
#define KEY_EPOLL (1ULL << 60)

struct transit {
	struct transit *next;
	uint64_t id;
	uint64_t key;
	int kept;	/* the keeper's number */
	uint32_t mode;
	char *path;
	struct epoll *epoll; /* an instance: what is known of it, */
	int same;	/* and a descriptor of it that the tracer has; or NULL and -1 */
	bool in_message; /* else: for tables that share the open file */
	bool sending;	/* the sender's call is not over */
	unsigned refs;	/* tables that wait */
};

/* A table with a descriptor that is to be claimed. */
struct waiting_table {
	struct waiting_table *next;
	const struct fdtable *fds;
	int fd;
	struct transit *x;
};

/* --- keys --- */

/* An epoll instance has no number that could be read: is it one that is under way? */
static uint64_t epoll_key(const struct tracee *t, int fd)
{
	const struct transit *x = t->tracer->transits.list;

	while (x && (!x->epoll || syscall(SYS_kcmp, getpid(), t->tid, KCMP_FILE, x->same, fd)))
		x = x->next;
	return x ? x->key : 0;
}

uint64_t transit_key(const struct tracee *t, int fd)
{
	char path[64], link[64], line[128];
	unsigned long long n = 0;
	ssize_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return 0;
	link[len] = '\0';
	if (sscanf(link, "socket:[%llu]", &n) == 1)
		return KEY_SOCKET | n;
	if (!strcmp(link, "anon_inode:[eventpoll]"))
		return epoll_key(t, fd);
	if (strcmp(link, "anon_inode:[eventfd]"))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", t->tid, fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "eventfd-count: %llx", &n) == 1)
			break;
	fclose(f);
	return n ? KEY_EVENT | n : 0;
}

/* --- the list --- */

static struct transit *add(struct tracer *tr, uint64_t key, int kept, const struct fdentry *e)
{
	struct transit *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	*x = (struct transit){ .next = tr->transits.list, .id = ++tr->transits.last_id,
			       .key = key, .kept = kept, .mode = e->mode,
			       .path = e->path ? strdup(e->path) : NULL,
			       .epoll = epoll_ref(e->epoll), .same = -1 };
	tr->transits.list = x;
	return x;
}

static void transit_free(struct transit *x)
{
	if (x->same >= 0)
		close(x->same);
	epoll_unref(x->epoll);
	free(x->path);
	free(x);
}

static void drop(struct tracer *tr, struct transit *x)
{
	struct transit **at = &tr->transits.list;

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	parcel_close(tr, x->kept);
	transit_free(x);
}

struct transit *transit_send(struct tracee *t, int fd, int *ret_err)
{
	const struct fdentry *e = fdtable_any(t->fds, fd);
	uint64_t key = e && !e->epoll ? transit_key(t, fd) : 0;
	struct transit *x;
	int64_t kept;
	int same = -1;

	if (e && e->epoll) {
		same = (int)standin_copy(t, fd);
		key = same < 0 ? 0 : KEY_EPOLL | ++t->tracer->transits.last_id;
		e = fdtable_any(t->fds, fd);
	}
	*ret_err = same < -1 ? same : -EPERM;
	if (!key || !e)
		return NULL;
	kept = parcel_give(t, e->twin);
	*ret_err = (int)kept;
	e = fdtable_any(t->fds, fd); /* other threads went on meanwhile */
	x = e && kept >= 0 ? add(t->tracer, key, (int)kept, e) : NULL;
	if (!x) {
		if (kept >= 0)
			parcel_close(t->tracer, (int)kept);
		if (kept >= 0)
			*ret_err = e ? -ENOMEM : -EBADF;
		if (same >= 0)
			close(same);
		return NULL;
	}
	x->same = same;
	x->in_message = x->sending = true;
	return x;
}

uint64_t transit_id(const struct transit *x)
{
	return x->id;
}

static struct transit *by_id(struct tracer *tr, uint64_t id)
{
	struct transit *x = tr->transits.list;

	while (x && x->id != id)
		x = x->next;
	return x;
}

void transit_sent(struct tracer *tr, uint64_t id, bool gone)
{
	struct transit *x = by_id(tr, id);

	if (!x)
		return; /* it has arrived already */
	x->sending = false;
	if (!gone)
		drop(tr, x);
}

bool transit_any(const struct tracer *tr)
{
	return tr->transits.list != NULL;
}

/* Map t's fd, whose placeholder is there already. 1 or -errno. */
static int map_here(struct tracee *t, int fd, const struct transit *x)
{
	struct fdentry like = { .mode = x->mode, .path = x->path ? strdup(x->path) : NULL,
				.epoll = epoll_ref(x->epoll) };
	int64_t twin = parcel_take(t, x->kept);
	int err = (int)twin;

	if (twin >= 0) {
		split_drop_fd(t, fd);
		err = fdtable_set_dup(t->fds, fd, (int)twin, &like);
	}
	free(like.path);
	epoll_unref(like.epoll);
	return err < 0 ? err : 1;
}

int transit_arrive(struct tracee *t, int fd, bool keep)
{
	uint64_t key = transit_any(t->tracer) ? transit_key(t, fd) : 0;
	struct transit *x = t->tracer->transits.list, *oldest = NULL;
	uint64_t id;
	int ret;

	for (; key && x; x = x->next)
		if (x->key == key && x->in_message)
			oldest = x;
	if (!oldest)
		return 0;
	id = oldest->id;
	oldest->refs++; /* while it is being taken */
	ret = map_here(t, fd, oldest);
	x = by_id(t->tracer, id);
	if (x && !--x->refs && !keep)
		drop(t->tracer, x);
	return ret;
}

/* --- other tables with the same open file --- */

void transit_wait_for(struct tracer *tr, struct transit *x, const struct fdtable *fds, int fd)
{
	struct waiting_table *w = calloc(1, sizeof(*w));

	if (!w)
		return;
	x->in_message = false;
	x->refs++;
	*w = (struct waiting_table){ tr->transits.waiting, fds, fd, x };
	tr->transits.waiting = w;
}

static void unref(struct tracer *tr, struct transit *x)
{
	if (!--x->refs)
		drop(tr, x);
}

bool transit_waits(const struct tracee *t)
{
	const struct waiting_table *w = t->tracer->transits.waiting;

	while (w && w->fds != t->fds)
		w = w->next;
	return w != NULL;
}

/* Take the first waiting entry of this table out of the list. */
static struct waiting_table *next_of(struct tracer *tr, const struct fdtable *fds)
{
	struct waiting_table **at = &tr->transits.waiting, *w;

	while (*at && (*at)->fds != fds)
		at = &(*at)->next;
	w = *at;
	if (w)
		*at = w->next;
	return w;
}

int64_t transit_claim(struct tracee *t)
{
	struct waiting_table *w;

	while ((w = next_of(t->tracer, t->fds))) {
		struct transit *x = w->x;
		int fd = w->fd;

		free(w);
		if (transit_key(t, fd) == x->key && !fdtable_any(t->fds, fd))
			map_here(t, fd, x);
		unref(t->tracer, x);
	}
	return OP_AGAIN;
}

void transit_forget_table(struct tracer *tr, const struct fdtable *fds)
{
	struct waiting_table *w;

	while ((w = next_of(tr, fds))) {
		unref(tr, w->x);
		free(w);
	}
}

/* --- what nobody will receive --- */

/* Descriptors queued at socket `fd`; -1: this kernel does not say. */
static int queued(pid_t tid, const char *fd)
{
	char path[64], line[128];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", tid, fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (n < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "scm_fds: %d", &n) != 1)
			n = -1;
	fclose(f);
	return n;
}

/* Has a socket of t's descriptors queued, or may it have some? */
static bool has_queued(const struct tracee *t)
{
	char path[64], link[64];
	struct dirent *d;
	bool yes = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", t->tid);
	dir = opendir(path);
	while (dir && !yes && (d = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, link, sizeof(link));

		if (n > 7 && !strncmp(link, "socket:", 7))
			yes = queued(t->tid, d->d_name) != 0;
	}
	if (dir)
		closedir(dir);
	return yes;
}

void transit_sweep(struct tracer *tr)
{
	struct transit *x, *next;

	if (!tr->transits.list)
		return;
	for (const struct tracee *t = tr->tracees; t; t = t->next)
		if (has_queued(t))
			return;
	for (x = tr->transits.list; x; x = next) {
		next = x->next;
		if (x->in_message && !x->sending && !x->refs)
			drop(tr, x);
	}
}

void transit_end(struct tracer *tr)
{
	struct transits *all = &tr->transits;

	while (all->waiting) {
		struct waiting_table *w = all->waiting;

		all->waiting = w->next;
		free(w);
	}
	while (all->list) {
		struct transit *x = all->list;

		all->list = x->next;
		transit_free(x);
	}
	parcel_end(tr);
}
