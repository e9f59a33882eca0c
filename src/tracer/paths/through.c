/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See through.h. */
#include "paths/through.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "paths/own.h"
#include "paths/path.h"
#include "paths/policy.h"
#include "paths/root.h"
#include "tracee.h"
#include "tracer.h"

enum which {
	CWD,
	ROOT,
	FD,
};

struct link {
	struct tracee *of;
	enum which which;
	long fd;	  /* FD: by of's number */
	const char *rest; /* what is behind it, not empty */
};

/* To the next component that is a name. */
static const char *next_name(const char *at)
{
	while (*at == '/' || (at[0] == '.' && (at[1] == '/' || !at[1])))
		at++;
	return at;
}

/* Is the next one `word`? What is behind it, or NULL. */
static const char *skip(const char *at, const char *word)
{
	size_t n = strlen(word);

	at = next_name(at);
	return !strncmp(at, word, n) && (!at[n] || at[n] == '/') ? at + n : NULL;
}

static const char *skip_number(const char *at, long *ret)
{
	const char *end;

	return own_fd_of(next_name(at), ret, &end) ? end : NULL;
}

/* Whose /proc/PID/ or /proc/PID/task/TID/ is it? What is behind that, or NULL. */
static const char *find_task(struct tracee *t, const char *at, struct link *l)
{
	const char *next;
	long id;

	if ((next = skip(at, "self"))) {
		l->of = own_self(t);
	} else if ((next = skip(at, "thread-self"))) {
		l->of = t;
	} else if ((next = skip_number(at, &id))) {
		l->of = tracee_named(t, (pid_t)id);
	}
	if (!next || !l->of)
		return NULL;
	at = next;
	next = skip(at, "task");
	if (!next)
		return at;
	next = skip_number(next, &id);
	l->of = next ? tracee_named(t, (pid_t)id) : NULL;
	return l->of ? next : NULL;
}

static bool take_apart(struct tracee *t, const char *path, struct link *l)
{
	const char *at = skip(path, "dev"), *next;

	l->fd = AT_FDCWD;
	if (at) {
		l->of = own_self(t);
		next = skip(at, "fd");
	} else {
		at = skip(path, "proc");
		at = at ? find_task(t, at, l) : NULL;
		if (!at)
			return false;
		l->which = CWD;
		next = skip(at, "cwd");
		if (!next) {
			l->which = ROOT;
			next = skip(at, "root");
		}
		if (next) {
			l->rest = next + strspn(next, "/");
			return *l->rest != 0;
		}
		next = skip(at, "fd");
	}
	l->which = FD;
	next = next ? skip_number(next, &l->fd) : NULL;
	l->rest = next ? next + strspn(next, "/") : "";
	return *l->rest != 0;
}

/* Where the link leads, as text, and on which side; false: nowhere that is known. */
static bool leads_to(const struct link *l, char to[RSX_MAX_PATH], enum side *ret_side)
{
	const struct tracee *o = l->of;
	const struct fdentry *e;
	char link[64];
	ssize_t n;

	if (l->which == CWD) {
		*ret_side = o->fs->side;
		snprintf(to, RSX_MAX_PATH, "%s", o->fs->path);
		return true;
	}
	e = fdtable_get(o->fds, l->fd);
	*ret_side = e ? SIDE_REMOTE : SIDE_LOCAL;
	if (e) {
		snprintf(to, RSX_MAX_PATH, "%s", e->path ? e->path : "");
		return e->path != NULL;
	}
	snprintf(link, sizeof(link), "/proc/%d/fd/%ld", o->tid, l->fd);
	n = readlink(link, to, RSX_MAX_PATH - 1);
	if (n <= 0)
		return false;
	to[n] = '\0';
	return to[0] == '/';
}

/* The same path, as the twin that t has must name it. */
static const char *name_there(struct tracee *t, const struct link *l)
{
	const char *const name[] = { [CWD] = "cwd", [ROOT] = "root", [FD] = "fd" };
	const struct fdentry *e = l->which == FD ? fdtable_get(l->of->fds, l->fd) : NULL;
	char text[RSX_MAX_PATH + 64], number[16] = "";
	int n;

	if (e)
		snprintf(number, sizeof(number), "/%d", e->twin);
	n = l->of == t ? snprintf(text, sizeof(text), "/proc/thread-self/%s%s/%s", name[l->which],
				  number, l->rest) :
			 snprintf(text, sizeof(text), "/proc/%d/%s%s/%s", own_pid_there(l->of),
				  name[l->which], number, l->rest);
	return n > 0 && n < RSX_MAX_PATH ? path_keep(t, text) : NULL;
}

/* Its own root is the server's, whatever the rules say of names in it. */
static bool through_root(struct tracee *t, const struct link *l, struct path_decision *d)
{
	char whole[2 * RSX_MAX_PATH], name[RSX_MAX_PATH];

	snprintf(whole, sizeof(whole), "%s/%s", l->of->fs->root, l->rest);
	if (t->call.stays || path_normal(name, whole))
		return false;
	*d = (struct path_decision){ .side = SIDE_REMOTE, .dirfd = AT_FDCWD };
	d->name = path_keep(t, name);
	d->use = name_there(t, l);
	return d->use && d->name;
}

/* Another task's directory: by its name for the rules, and through the link for the kernel. */
static bool through_other(struct tracee *t, const struct path_question *q, const struct link *l,
			  struct path_decision *d)
{
	char to[RSX_MAX_PATH], whole[2 * RSX_MAX_PATH];
	struct path_question inner = *q;
	const char *from_root;
	enum side side;

	if (!leads_to(l, to, &side))
		return false;
	from_root = root_inner(t->fs, to);
	if (!from_root)
		return false;
	snprintf(whole, sizeof(whole), "%s/%s", from_root, l->rest);
	inner.path = path_keep(t, whole);
	inner.dirfd = AT_FDCWD;
	if (!inner.path || strlen(inner.path) >= RSX_MAX_PATH)
		return false;
	path_decide(t, &inner, d);
	if (d->err)
		return true;
	if (d->side == SIDE_REMOTE && side == SIDE_REMOTE && !t->call.detour.to)
		d->use = name_there(t, l);
	else if (!d->use && d->side == SIDE_REMOTE)
		d->use = inner.path;
	else if (!d->use && side == SIDE_REMOTE) /* ".." of a directory that is not here */
		d->use = d->name;
	return true;
}

/* t's own: relative to a directory that the kernel of its side knows. */
static bool through_own(struct tracee *t, const struct path_question *q, const struct link *l,
			struct path_decision *d)
{
	struct path_question inner = *q;

	inner.path = l->rest;
	inner.dirfd = (int)l->fd;
	path_decide(t, &inner, d);
	/* a link that is not there, and not a bad descriptor */
	if (d->fault == -EBADF)
		d->err = -ENOENT;
	/* here, the path as given leads the kernel to the same place */
	if (!d->use && d->side == SIDE_REMOTE)
		d->use = path_keep(t, l->rest);
	return true;
}

bool path_through_link(struct tracee *t, const struct path_question *q, struct path_decision *d)
{
	struct link l = { 0 };

	if (!q->path || q->path[0] != '/' || !root_has_tree(t->fs, q->path) ||
	    !take_apart(t, q->path, &l))
		return false;
	if (l.which == ROOT)
		return through_root(t, &l, d);
	if (l.which == CWD ? l.of->fs == t->fs : l.of->fds == t->fds)
		return through_own(t, q, &l, d);
	return through_other(t, q, &l, d);
}
