/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path decisions. A path is made absolute in text, /proc/self and /dev/fd are
 * taken apart, and a rule is looked up. A local path is then followed here,
 * component by component: a symlink that leads out of the local trees is
 * decided anew with what it points to, unless it is a library (the loader's
 * links, often through /etc/alternatives, are code). The server resolves
 * remote paths by itself.
 */
#include "paths/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "paths/own.h"
#include "paths/policy.h"
#include "paths/root.h"
#include "paths/through.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_LINKS 40
#define CONFINED (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

const char *path_keep(struct tracee *t, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = rsx_arena_alloc(&t->call.arena, n);

	return p ? memcpy(p, s, n) : NULL;
}

void path_by_descriptor(struct tracee *t)
{
	if (t->call.stays)
		t->call.chosen = CHOSEN_BY_FD;
}

/* What a relative path is relative to, as text; -errno if unknown. */
static int base(struct tracee *t, int dirfd, char to[RSX_MAX_PATH], enum side *ret_side)
{
	const struct fdentry *e;
	char link[64];
	struct stat st;
	ssize_t n;

	if (dirfd == AT_FDCWD) {
		*ret_side = t->fs->side;
		snprintf(to, RSX_MAX_PATH, "%s", t->fs->path);
		return 0;
	}
	e = fdtable_get(t->fds, dirfd);
	if (e) {
		*ret_side = SIDE_REMOTE;
		snprintf(to, RSX_MAX_PATH, "%s", e->path ? e->path : "/");
		return !(e->mode & S_IFMT) || S_ISDIR(e->mode) ? 0 : -ENOTDIR;
	}
	*ret_side = SIDE_LOCAL;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", t->tid, dirfd);
	n = readlink(link, to, RSX_MAX_PATH - 1);
	if (n < 0)
		return -EBADF;
	to[n] = '\0';
	return stat(link, &st) || S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* --- local paths --- */

static bool no_links(const char *path, bool nofollow)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0),
				.resolve = RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR;
	close(fd);
	return true;
}

/*
 * Follow the links of a local path until it leaves the local trees. True if it
 * does: `path` (RSX_MAX_PATH) is then what it leads to.
 */
static bool leads_out(struct tracee *t, char *path, bool nofollow)
{
	const struct policy *policy = &t->tracer->policy;
	char target[RSX_MAX_PATH], next[3 * RSX_MAX_PATH];
	enum rule_kind kind;
	size_t at = 1;
	int links = 0;

	while (path[at] && links < MAX_LINKS) {
		size_t end = at + strcspn(path + at, "/");
		char saved = path[end];
		ssize_t n;

		if (!saved && nofollow)
			return false;
		path[end] = '\0';
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0) {
			path[end] = saved;
			if (errno != EINVAL)
				return false;
			at = saved ? end + 1 : end;
			continue;
		}
		target[n] = '\0';
		links++;
		path[at - 1] = '\0';
		if (target[0] == '/')
			snprintf(next, sizeof(next), "%s%s%s", target, saved ? "/" : "",
				 saved ? path + end + 1 : "");
		else
			snprintf(next, sizeof(next), "%s/%s%s%s", path, target, saved ? "/" : "",
				 saved ? path + end + 1 : "");
		if (path_normal(path, next))
			return false;
		kind = policy_rule(policy, path)->kind;
		if (t->call.stays ? kind == RULE_DENY : kind != RULE_LOCAL)
			return true;
		at = 1;
	}
	return false;
}

/* d->name for the twin, whose root may be another. */
static void use_there(struct tracee *t, struct path_decision *d)
{
	d->use = root_inner(t->fs, d->name);
	if (!d->use)
		d->err = -ENOENT; /* it cannot be named from there */
}

/* A rule says: here. Is that the last word? */
static void decide_local(struct tracee *t, const struct path_question *q, const struct rule *rule,
			 char name[RSX_MAX_PATH], enum side from, struct path_decision *d)
{
	char path[RSX_MAX_PATH];

	d->side = SIDE_LOCAL;
	if (rule->kind == RULE_MAP) {
		if ((size_t)snprintf(path, sizeof(path), "%s%s", rule->to, name + rule->len) >=
		    sizeof(path))
			d->err = -ENAMETOOLONG;
		d->use = path_keep(t, path);
		return;
	}
	/* openat2(2) may ask for what only the kernel knows: where the path has been */
	if (!q->exec && !q->resolve && !path_is_library(name) && !no_links(name, q->nofollow)) {
		snprintf(path, sizeof(path), "%s", name);
		if (leads_out(t, path, q->nofollow)) {
			const struct rule *r = policy_rule(&t->tracer->policy, path);

			d->name = path_keep(t, path);
			if (r->kind == RULE_DENY) {
				d->err = -EACCES;
			} else if (r->kind == RULE_REMOTE) {
				d->side = SIDE_REMOTE;
				d->dirfd = AT_FDCWD;
				use_there(t, d);
			}
			return;
		}
	}
	/*
	 * A relative path from a remote directory means nothing to the kernel here,
	 * nor does one from another root.
	 */
	if (q->path[0] == '/' ? t->fs->root[0] != 0 : from == SIDE_REMOTE)
		d->use = d->name;
}

static void decide_remote(struct tracee *t, const struct path_question *q, enum side from,
			  struct path_decision *d)
{
	const struct fdentry *e = q->dirfd == AT_FDCWD ? NULL : fdtable_get(t->fds, q->dirfd);

	d->side = SIDE_REMOTE;
	d->dirfd = AT_FDCWD;
	/* openat2 with RESOLVE_IN_ROOT wants it even for an absolute path */
	if (q->dirfd != AT_FDCWD)
		d->dirfd = e ? e->twin : -1;
	if (q->path[0] != '/' && from == SIDE_LOCAL)
		use_there(t, d);
}

/* "" or NULL: the descriptor itself. */
static void decide_empty(struct tracee *t, const struct path_question *q, struct path_decision *d)
{
	const struct fdentry *e = q->dirfd == AT_FDCWD ? NULL : fdtable_get(t->fds, q->dirfd);

	if (q->dirfd == AT_FDCWD && t->call.stays && t->fs->side == SIDE_REMOTE) {
		t->call.chosen = CHOSEN_HERE;
		d->side = SIDE_LOCAL;
		d->use = t->fs->path;
	} else if (q->dirfd == AT_FDCWD) {
		d->side = t->fs->side;
	} else {
		if (e)
			path_by_descriptor(t);
		d->side = e ? SIDE_REMOTE : SIDE_LOCAL;
		d->dirfd = e ? e->twin : q->dirfd;
	}
	/* what a local descriptor is called is the kernel's affair: it is there */
	if (q->dirfd == AT_FDCWD)
		d->name = t->fs->path;
	else if (e && e->path)
		d->name = path_keep(t, e->path);
}

/*
 * The path is the server's: does -e keep the call here? What is relative to a
 * descriptor over there is not kept; the working directory is but a text.
 */
static bool stays_here(struct tracee *t, const struct path_question *q)
{
	if (!t->call.stays)
		return false;
	if (q->path[0] != '/' && q->dirfd != AT_FDCWD && fdtable_get(t->fds, q->dirfd)) {
		path_by_descriptor(t);
		return false;
	}
	t->call.chosen = CHOSEN_HERE;
	return true;
}

/* What the path was found to lead to is asked for instead. */
static bool by_detour(struct tracee *t, const struct path_question *q, const char *name,
		      struct path_decision *d)
{
	struct path_question inner = *q;

	inner.path = detour_of(t, q->path);
	if (!inner.path)
		inner.path = detour_of(t, name);
	if (!inner.path || !strcmp(inner.path, name))
		return false;
	inner.dirfd = AT_FDCWD;
	path_decide(t, &inner, d);
	if (!d->use)
		d->use = path_keep(t, inner.path);
	return true;
}

/*
 * openat2(2) with RESOLVE_IN_ROOT: the directory is the root, for an absolute
 * path and for "..", too. The path goes as it is, to where the directory is.
 */
static void in_root(struct tracee *t, const struct path_question *q, struct path_decision *d)
{
	char whole[2 * RSX_MAX_PATH], inside[RSX_MAX_PATH], name[RSX_MAX_PATH], at[RSX_MAX_PATH];
	const struct fdentry *e = q->dirfd == AT_FDCWD ? NULL : fdtable_get(t->fds, q->dirfd);
	int err = base(t, q->dirfd, at, &d->side);

	d->dirfd = e ? e->twin : AT_FDCWD;
	d->fault = err;
	if (err)
		d->side = SIDE_LOCAL; /* the kernel here says what is wrong with it */
	snprintf(whole, sizeof(whole), "/%s", q->path);
	if (!err && !path_normal(inside, whole)) {
		snprintf(whole, sizeof(whole), "%s/%s", at, inside);
		if (!path_normal(name, whole) &&
		    policy_rule(&t->tracer->policy, name)->kind == RULE_DENY)
			d->err = -EACCES;
		d->name = path_keep(t, name);
	}
	if (!d->name)
		d->name = "/";
}

/*
 * The path from the root, as text; whether it begins outside of the program's root,
 * and on which side. False: it begins nowhere, and d says so.
 */
static bool begin(struct tracee *t, const struct path_question *q, char whole[2 * RSX_MAX_PATH],
		  bool *ret_outside, enum side *ret_from, struct path_decision *d)
{
	const struct fdentry *e;
	char at[RSX_MAX_PATH];
	const char *from_root;

	*ret_outside = false;
	*ret_from = SIDE_REMOTE;
	if (q->path[0] == '/') {
		snprintf(whole, 2 * RSX_MAX_PATH, "%s", q->path);
		return true;
	}
	d->fault = base(t, q->dirfd, at, ret_from);
	if (d->fault) {
		/* the server's kernel says so, in its order; or the one here */
		e = fdtable_get(t->fds, q->dirfd);
		d->side = d->fault == -EBADF ? SIDE_REMOTE : *ret_from;
		d->dirfd = e ? e->twin : -1;
		return false;
	}
	from_root = root_inner(t->fs, at);
	*ret_outside = !from_root;
	snprintf(whole, 2 * RSX_MAX_PATH, "%s/%s", from_root ? from_root : at, q->path);
	return true;
}

/* /proc/self and the like: true, and the path is decided. */
static bool decide_own(struct tracee *t, const struct path_question *q, const char *inner,
		       enum side from, struct path_decision *d)
{
	char there[OWN_NAME_ROOM];
	bool remote;

	if (!root_has_tree(t->fs, inner) || !own_name(t, inner, q->nofollow, &remote, there))
		return false;
	d->side = remote ? SIDE_REMOTE : SIDE_LOCAL;
	if (remote || *there)
		d->use = path_keep(t, there);
	else if (q->path[0] != '/' && from == SIDE_REMOTE)
		d->use = d->name;
	d->name = own_real_name(t, there, d->name);
	return true;
}

void path_decide(struct tracee *t, const struct path_question *q, struct path_decision *d)
{
	char whole[2 * RSX_MAX_PATH], name[RSX_MAX_PATH], inner[RSX_MAX_PATH];
	const struct rule *rule;
	enum side from;
	bool outside;

	/* openat2(2) may forbid such links: then whose they are must see them */
	if (!(q->resolve & (CONFINED | RESOLVE_IN_ROOT)) && path_through_link(t, q, d))
		return;
	*d = (struct path_decision){ .dirfd = AT_FDCWD };
	if (!q->path || (!*q->path && q->empty)) {
		decide_empty(t, q, d);
		return;
	}
	if (q->resolve & RESOLVE_IN_ROOT) {
		in_root(t, q, d);
		return;
	}
	if (!begin(t, q, whole, &outside, &from, d))
		return;
	if (root_full_name(t->fs, whole, outside, inner, name)) {
		/* too long to be looked up as a whole, but maybe not for the server */
		d->name = "/";
		decide_remote(t, q, from, d);
		return;
	}
	d->name = path_keep(t, name);
	if (t->call.detour.to && by_detour(t, q, name, d))
		return;
	if (decide_own(t, q, inner, from, d))
		return;
	rule = root_rule(t->fs, &t->tracer->policy, name, inner);
	if (t->fs->root[0])
		d->name = path_keep(t, name);
	if (rule->kind == RULE_DENY)
		d->err = -EACCES;
	else if (rule->kind == RULE_REMOTE && !stays_here(t, q))
		decide_remote(t, q, from, d);
	else
		decide_local(t, q, rule, name, from, d);
}
