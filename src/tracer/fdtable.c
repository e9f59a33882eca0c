/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fdtable.h. An array by number: tables are small and lookups are hot. */
#include "fdtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "description.h"
#include "ready/epoll.h"

struct fdtable *fdtable_new(void)
{
	struct fdtable *t = calloc(1, sizeof(*t));

	if (t)
		t->refs = 1;
	return t;
}

void fdentry_drop(struct fdentry *e)
{
	free(e->path);
	epoll_unref(e->epoll);
	description_unref(e->of);
}

int fdentry_keep(const struct fdentry *e, struct fdentry *ret)
{
	char *path = e->path ? strdup(e->path) : NULL;

	if (e->path && !path)
		return -ENOMEM;
	*ret = *e;
	ret->path = path;
	epoll_ref(ret->epoll);
	description_ref(ret->of);
	return 0;
}

static int grow(struct fdtable *t, int n)
{
	int room = t->n ? t->n : 16;
	struct fdentry *e;

	if (n <= t->n)
		return 0;
	while (room < n)
		room *= 2;
	e = realloc(t->entry, (size_t)room * sizeof(*e));
	if (!e)
		return -ENOMEM;
	for (int i = t->n; i < room; i++)
		e[i] = (struct fdentry){ .twin = -1 };
	t->entry = e;
	t->n = room;
	return 0;
}

struct fdtable *fdtable_copy(const struct fdtable *from)
{
	struct fdtable *t = fdtable_new();

	if (!t)
		return NULL;
	t->locks = false; /* POSIX locks are not inherited, but flock is */
	for (int i = 0; i < from->n; i++) {
		const struct fdentry *e = &from->entry[i];

		if (e->twin >= 0 && fdtable_set_dup(t, i, e->twin, e)) {
			fdtable_unref(t);
			return NULL;
		}
		if (e->twin >= 0) {
			t->entry[i].file_known = e->file_known;
			t->entry[i].mappable = e->mappable;
			t->entry[i].file = e->file;
		}
	}
	t->locks = from->locks;
	return t;
}

struct fdtable *fdtable_ref(struct fdtable *t)
{
	t->refs++;
	return t;
}

void fdtable_unref(struct fdtable *t)
{
	if (!t || --t->refs)
		return;
	for (int i = 0; i < t->n; i++)
		fdentry_drop(&t->entry[i]);
	free(t->entry);
	free(t);
}

void fdtable_unshare(struct fdtable **t)
{
	struct fdtable *own = (*t)->refs > 1 ? fdtable_copy(*t) : NULL;

	if (own) {
		fdtable_unref(*t);
		*t = own;
	}
}

struct fdentry *fdtable_get(const struct fdtable *t, int64_t fd)
{
	struct fdentry *e = fdtable_any(t, fd);

	return e && e->mode != FD_MODE_EPOLL ? e : NULL;
}

struct fdentry *fdtable_any(const struct fdtable *t, int64_t fd)
{
	if (fd < 0 || fd >= t->n || t->entry[fd].twin < 0)
		return NULL;
	return &t->entry[fd];
}

/* With a reference to its description, which is handed over. */
static int set(struct fdtable *t, int fd, int twin, uint32_t mode, bool readonly,
	       const char *path, struct description *of)
{
	char *copy = NULL;
	int err = grow(t, fd + 1);

	if (err)
		return err;
	if (path) {
		copy = strdup(path);
		if (!copy)
			return -ENOMEM;
	}
	if (fd > t->top)
		t->top = fd;
	fdentry_drop(&t->entry[fd]);
	t->entry[fd] = (struct fdentry){
		.twin = twin, .mode = mode, .readonly = readonly, .path = copy, .of = of,
	};
	return 0;
}

int fdtable_set(struct fdtable *t, int fd, int twin, uint32_t mode, bool readonly,
		const char *path)
{
	struct description *of = description_new();
	int err = set(t, fd, twin, mode, readonly, path, of);

	if (err)
		description_unref(of);
	return err;
}

int fdtable_set_dup(struct fdtable *t, int fd, int twin, const struct fdentry *from)
{
	struct epoll *ep = epoll_ref(from->epoll);
	struct description *of = description_ref(from->of);
	int err = set(t, fd, twin, from->mode, from->readonly, from->path, of);

	if (err) {
		epoll_unref(ep);
		description_unref(of);
	} else {
		t->entry[fd].epoll = ep;
	}
	return err;
}

int fdtable_set_epoll(struct fdtable *t, int fd, int twin, struct epoll *ep)
{
	const struct fdentry e = { .mode = FD_MODE_EPOLL, .readonly = true, .epoll = ep };

	return fdtable_set_dup(t, fd, twin, &e);
}

struct epoll *fdtable_epoll(const struct fdtable *t, int64_t fd)
{
	const struct fdentry *e = fdtable_any(t, fd);

	return e ? e->epoll : NULL;
}

int fdtable_take(struct fdtable *t, int fd)
{
	struct fdentry *e = fdtable_any(t, fd);
	int twin;

	if (!e)
		return -1;
	twin = e->twin;
	fdentry_drop(e);
	*e = (struct fdentry){ .twin = -1 };
	return twin;
}

int fdtable_next(const struct fdtable *t, int from)
{
	for (int i = from < 0 ? 0 : from; i < t->n; i++)
		if (t->entry[i].twin >= 0)
			return i;
	return -1;
}
