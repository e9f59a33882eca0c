/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A path that was not found may lead through a symlink to what the tracer has
 * and the server has not: a virtual environment's bin/python3, or /dev/stdout. Only the tracer
 * knows what lies where, so it is told the name after each link of the way.
 *
 * A name that is to be made is asked about before, if links lead to it: what the
 * tracer has by that name is meant, as for an open that makes nothing.
 *
 * A name without links costs one openat2(2) that fails, and only if the call
 * failed, makes a name, or found a socket that has no name: one of the twin's own descriptors 0, 1
 * and 2, which only /proc/self/fd leads to.
 */
#include "twin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "rsx/abi.h"
#include "rsx/limits.h"
#include "rsx/xlat.h"

struct way {
	char done[RSX_MAX_PATH];      /* resolved: no links in it; "" is the root */
	char rest[2 * RSX_MAX_PATH];  /* still to go, no slash in front */
};

/* The name of what a relative path is relative to. 0 or -errno. */
static int where(int dirfd, char to[RSX_MAX_PATH])
{
	char link[64];
	ssize_t n;

	if (dirfd == AT_FDCWD) {
		if (syscall(SYS_getcwd, to, RSX_MAX_PATH) < 0)
			return -errno;
		return to[0] == '/' ? 0 : -ENOENT;
	}
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", dirfd);
	n = readlink(link, to, RSX_MAX_PATH - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	return to[0] == '/' ? 0 : -ENOENT;
}

/* Put a link's target in front of what is still to go. */
static int turn(struct way *w, const char *target)
{
	char next[2 * RSX_MAX_PATH];
	int n;

	if (target[0] == '/')
		w->done[0] = '\0';
	target += strspn(target, "/");
	n = snprintf(next, sizeof(next), "%s%s%s", target, w->rest[0] ? "/" : "", w->rest);
	if (n < 0 || (size_t)n >= sizeof(next))
		return -ENAMETOOLONG;
	memcpy(w->rest, next, (size_t)n + 1);
	return 0;
}

/* One component further. 1: it was a link, 0: it was not, negative: here the way ends. */
static int step(struct way *w, bool nofollow)
{
	char name[RSX_MAX_PATH], target[RSX_MAX_PATH];
	size_t n = strcspn(w->rest, "/"), after = n + strspn(w->rest + n, "/"), len;
	ssize_t got;

	if (n >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, w->rest, n);
	name[n] = '\0';
	if (nofollow && !w->rest[n])
		return -ENOENT;
	memmove(w->rest, w->rest + after, strlen(w->rest + after) + 1);
	if (!n || !strcmp(name, "."))
		return 0;
	len = strlen(w->done);
	if (!strcmp(name, "..")) {
		while (len && w->done[--len] != '/')
			;
		w->done[len] = '\0';
		return 0;
	}
	if (len + 1 + n >= sizeof(w->done))
		return -ENAMETOOLONG;
	w->done[len] = '/';
	memcpy(w->done + len + 1, name, n + 1);
	got = readlink(w->done, target, sizeof(target) - 1);
	if (got < 0)
		return errno == EINVAL ? 0 : -errno;
	target[got] = '\0';
	w->done[len] = '\0';
	got = turn(w, target);
	return got ? (int)got : 1;
}

static void say(struct rsx_frame *f, unsigned arg, const struct way *w, struct rsx_arena *arena)
{
	size_t room = strlen(w->done) + strlen(w->rest) + 2;
	char *text = room <= RSX_MAX_PATH ? rsx_arena_alloc(arena, room) : NULL;

	if (!text)
		return;
	stpcpy(stpcpy(stpcpy(text, w->done), "/"), w->rest);
	f->link[f->nlinks++] = (struct rsx_frame_name){ (uint8_t)arg, text };
}

static void follow(struct rsx_frame *f, unsigned arg, int dirfd, const char *path, bool nofollow,
		   struct rsx_arena *arena)
{
	struct way *w = rsx_arena_alloc(arena, sizeof(*w));
	const unsigned before = f->nlinks;
	int kind = 0;

	if (!w || strlen(path) >= RSX_MAX_PATH)
		return;
	w->done[0] = '\0';
	if (path[0] != '/' && where(dirfd, w->done))
		return;
	if (!strcmp(w->done, "/"))
		w->done[0] = '\0';
	strcpy(w->rest, path + strspn(path, "/"));
	while (w->rest[0] && kind >= 0 && f->nlinks < RSX_MAX_LINKS) {
		kind = step(w, nofollow);
		if (kind == 1)
			say(f, arg, w, arena);
	}
	/* what is there, but may not be used, is what was meant */
	if (f->ret == -EACCES && kind != -ENOENT)
		f->nlinks = before;
}

/* Is there a link on the way? Where the kernel cannot be asked, perhaps. */
static bool has_link(int dirfd, const char *path, bool nofollow)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0),
				.resolve = RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	if (fd < 0)
		return errno == ELOOP || errno == ENOSYS;
	close((int)fd);
	return false;
}

/* openat2(2) may say that links mean something else. Only to have none is no meaning. */
static bool links_as_ever(const struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS])
{
	for (unsigned i = 0; i < f->row->nargs; i++) {
		const struct open_how *how = (const void *)(uintptr_t)native[i];

		if (f->row->arg[i].layout == &rsx_layout_open_how && f->args[i] == RSX_POINTER_BLOB)
			return !(how->resolve & ~(uint64_t)RESOLVE_NO_SYMLINKS);
	}
	return true;
}

static bool is_nowhere(const struct stat *st)
{
	struct stat own;

	return S_ISSOCK(st->st_mode) && !fstat(STDIN_FILENO, &own) && st->st_dev == own.st_dev;
}

/* What stat(2), statx(2) or an open with O_PATH found by a name, if it found a socket. */
static bool found_nowhere(const struct rsx_frame *f)
{
	struct stat st = { 0 };

	if (f->ret < 0)
		return false;
	if (f->row->ret == RSX_RET_FD)
		return S_ISSOCK(f->fd_mode) && !fstat((int)f->ret, &st) && is_nowhere(&st);
	for (unsigned i = 0; i < f->nblobs; i++) {
		const struct rsx_layout *l = f->row->arg[f->blob[i].arg].layout;
		const struct statx *x = (const void *)f->blob[i].out;

		if (l == &rsx_layout_stat)
			return is_nowhere((const void *)f->blob[i].out);
		if (l != &rsx_layout_statx)
			continue;
		st.st_mode = x->stx_mode;
		st.st_dev = makedev(x->stx_dev_major, x->stx_dev_minor);
		return is_nowhere(&st);
	}
	return false;
}

/* EACCES: O_CREAT of a name in a file system that has only its own, as devpts. */
static bool may_be_elsewhere(int64_t ret)
{
	return ret == -ENOENT || ret == -ELOOP || ret == -ENXIO || ret == -EACCES;
}

static int dirfd_of(const struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS], unsigned arg)
{
	return arg && f->row->arg[arg - 1].kind == RSX_KIND_DIRFD ? (int)native[arg - 1] : AT_FDCWD;
}

static void collect(struct rsx_frame *f, unsigned arg, const uint64_t native[RSX_MAX_ARGS],
		    bool nofollow, struct rsx_arena *arena)
{
	if (!f->link)
		f->link = rsx_arena_alloc(arena, RSX_MAX_LINKS * sizeof(*f->link));
	if (f->link)
		follow(f, arg, dirfd_of(f, native, arg), (const char *)(uintptr_t)native[arg], nofollow,
		       arena);
}

void rsx_links_tell(struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS],
		    struct rsx_arena *arena)
{
	if (!may_be_elsewhere(f->ret) && !found_nowhere(f))
		return;
	if (!links_as_ever(f, native))
		return;
	for (unsigned i = 0; i < f->row->nargs; i++) {
		const struct rsx_arg *a = &f->row->arg[i];
		const char *path = (const char *)(uintptr_t)native[i];
		bool nofollow = rsx_arg_nofollow(a, f->args[a->flagarg]);

		if (a->kind == RSX_KIND_PATH && f->args[i] == RSX_POINTER_BLOB && *path &&
		    has_link(dirfd_of(f, native, i), path, nofollow))
			collect(f, i, native, nofollow, arena);
	}
}

/* --- before a name is made --- */

/* An open's flags; 0 of other calls. O_CREAT and O_EXCL are the same on the wire. */
static uint64_t flags_of_open(const struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS])
{
	for (unsigned i = 0; i < f->row->nargs; i++) {
		const struct open_how *how = (const void *)(uintptr_t)native[i];

		if (f->row->arg[i].layout == &rsx_layout_open_how)
			return f->args[i] == RSX_POINTER_BLOB ? how->flags : 0;
		if (f->row->arg[i].xlat == &rsx_xlat_open_flags)
			return native[i];
	}
	return 0;
}

static bool is_there(int dirfd, const char *path, bool nofollow)
{
	struct stat st;

	return !fstatat(dirfd, path, &st, nofollow ? AT_SYMLINK_NOFOLLOW : 0) || errno != ENOENT;
}

/* The directory of the name that the last link led to. */
static bool has_parent(const struct rsx_frame *f)
{
	char parent[RSX_MAX_PATH];
	size_t n;

	snprintf(parent, sizeof(parent), "%s", f->link[f->nlinks - 1].text);
	for (n = strlen(parent); n > 1 && parent[n - 1] == '/';)
		n--;
	while (n > 1 && parent[n - 1] != '/')
		n--;
	parent[n] = '\0';
	return is_there(AT_FDCWD, parent, false);
}

bool rsx_links_ask(struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS],
		   struct rsx_arena *arena)
{
	const char *path = NULL;
	uint64_t flags = 0;
	int last = -1, dirfd = AT_FDCWD;
	bool nofollow;

	for (unsigned i = 0; !f->sure && i < f->row->nargs; i++) {
		const struct rsx_arg *a = &f->row->arg[i];

		if (a->kind != RSX_KIND_PATH || f->args[i] != RSX_POINTER_BLOB)
			continue;
		/* what is to be renamed is not there: that is all */
		if (last >= 0 && !is_there(dirfd, path, true))
			return false;
		flags = flags_of_open(f, native); /* few calls have a path at all */
		last = a->creates || (flags & O_CREAT) ? (int)i : -1;
		dirfd = dirfd_of(f, native, i);
		path = (const char *)(uintptr_t)native[i];
	}
	if (last < 0 || !links_as_ever(f, native))
		return false;
	nofollow = f->row->arg[last].creates || (flags & (O_EXCL | O_NOFOLLOW));
	/* in this order no descriptor is made, which a fork in another lane would copy */
	if (is_there(dirfd, path, nofollow) || !has_link(dirfd, path, nofollow))
		return false;
	collect(f, (unsigned)last, native, nofollow, arena);
	if (f->nlinks && has_parent(f))
		return true;
	f->nlinks = 0;
	return false;
}
