/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is behind a call's descriptors (-y), and whether the call touches a
 * path (-P). A remote file's path is known since it was opened; what a remote
 * socket is connected to the server says with each reply, as the Hello asked
 * it to. Local descriptors are looked up in /proc; a local socket is copied
 * by pidfd_getfd(2) and asked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../tracee.h"
#include "../tracer.h"
#include "paths/policy.h"
#include "report/trace.h"
#include "rsx/cleanup.h"
#include "rsx/fdname.h"

/* The socket `fd` of t in words. */
static bool local_socket(const struct tracee *t, int fd, char to[RSX_MAX_FD_NAME])
{
	_rsx_close_ int pidfd = (int)syscall(SYS_pidfd_open, t->process->pid, 0);
	_rsx_close_ int copy = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return copy >= 0 && rsx_fd_name_socket(copy, to);
}

static bool link_text(const struct tracee *t, const char *what, char *to, size_t room)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/%s", t->tid, what);
	n = readlink(link, to, room - 1);
	if (n < 0)
		return false;
	to[n] = '\0';
	return true;
}

static void local_text(const struct tracee *t, int fd, char *to, size_t room)
{
	char what[32], name[RSX_MAX_FD_NAME];

	snprintf(what, sizeof(what), "fd/%d", fd);
	if (!link_text(t, what, to, room))
		to[0] = '\0';
	else if (!strncmp(to, "socket:", 7) && local_socket(t, fd, name))
		snprintf(to, room, "%s", name);
}

static void cwd_text(const struct tracee *t, char *to, size_t room)
{
	if (t->fs->side == SIDE_REMOTE || !link_text(t, "cwd", to, room))
		snprintf(to, room, "%s", t->fs->path);
}

/* What is known here: not what a remote socket is connected to. */
static void known_text(const struct tracee *t, int fd, char *to, size_t room)
{
	const struct fdentry *e = fdtable_any(t->fds, fd);

	to[0] = '\0';
	if (fd == AT_FDCWD)
		cwd_text(t, to, room);
	else if (fd >= 0 && e && e->path && !S_ISSOCK(e->mode))
		snprintf(to, room, "%s", e->path);
	else if (fd >= 0 && !e)
		local_text(t, fd, to, room);
}

void names_enter(const struct tracee *t, struct watch *w, const struct rsx_syscall *row,
		 const uint64_t args[RSX_MAX_ARGS])
{
	char text[RSX_MAX_PATH];

	for (unsigned i = 0; i < row->nargs; i++) {
		if (row->arg[i].kind != RSX_KIND_FD && row->arg[i].kind != RSX_KIND_DIRFD)
			continue;
		known_text(t, (int)args[i], text, sizeof(text));
		if (text[0])
			w->name[i] = strdup(text);
	}
}

void names_text(const struct report_call *c, unsigned arg, int fd, char *to, size_t room)
{
	if (c->w->name[arg])
		snprintf(to, room, "%s", c->w->name[arg]);
	else if (arg == RSX_FD_NAME_RET)
		known_text(c->t, fd, to, room);
	else
		to[0] = '\0';
}

/* -yy: which device a file is. */
static void device(const struct report_call *c, struct rsx_buf *b, int fd)
{
	char path[64];
	struct stat st;

	if (fdtable_any(c->t->fds, fd)) /* a placeholder; its device is over there */
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->t->tid, fd);
	if (!stat(path, &st) && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		rsx_buf_addf(b, "<%s %u:%u>", S_ISCHR(st.st_mode) ? "char" : "block",
			     major(st.st_rdev), minor(st.st_rdev));
}

void names_print(void *ctx, struct rsx_buf *b, unsigned arg, int fd)
{
	const struct report_call *c = ctx;
	char text[RSX_MAX_PATH];

	names_text(c, arg, fd, text, sizeof(text));
	if (!text[0])
		return;
	rsx_buf_addc(b, '<');
	for (const char *p = text; *p; p++) {
		if (*p < ' ' || *p == 0x7f || *p == '<' || *p == '>')
			rsx_buf_addf(b, *p == '>' && p > text && p[-1] == '-' ? ">" : "\\%o",
				     (unsigned char)*p);
		else
			rsx_buf_addc(b, *p);
	}
	if (fd >= 0 && c->t->tracer->trace.opt->names > 1)
		device(c, b, fd);
	rsx_buf_addc(b, '>');
}

/* --- -P --- */

static bool one_of(const char *text, char *const *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(path[i], text))
			return true;
	return false;
}

/* A name as the program gave it, absolute. */
static bool path_matches(const struct report_call *c, unsigned i, char *const *path, unsigned n)
{
	char dir[RSX_MAX_PATH] = "", text[2 * RSX_MAX_PATH + 2], normal[RSX_MAX_PATH];
	const uint8_t *name;
	size_t len;

	if (!rsx_print_memory(c->f, i, false, &name, &len) || !len)
		return false;
	if (name[0] != '/') {
		if (i && c->f->row->arg[i - 1].kind == RSX_KIND_DIRFD)
			names_text(c, i - 1, (int)c->native[i - 1], dir, sizeof(dir));
		else
			cwd_text(c->t, dir, sizeof(dir));
		if (dir[0] != '/')
			return false;
	}
	snprintf(text, sizeof(text), "%s/%.*s", dir, (int)strnlen((const char *)name, len),
		 (const char *)name);
	return !path_normal(normal, text) && one_of(normal, path, n);
}

static bool fd_matches(const struct report_call *c, unsigned arg, int fd, char *const *path,
		       unsigned n)
{
	char text[RSX_MAX_PATH];

	names_text(c, arg, fd, text, sizeof(text));
	return one_of(text, path, n);
}

bool names_match(const struct report_call *c, char *const *path, unsigned n)
{
	const struct rsx_syscall *row = c->f->row;

	for (unsigned i = 0; i < row->nargs; i++) {
		unsigned kind = row->arg[i].kind;

		if (kind == RSX_KIND_PATH && path_matches(c, i, path, n))
			return true;
		if (kind == RSX_KIND_FD && fd_matches(c, i, (int)c->native[i], path, n))
			return true;
		if (kind == RSX_KIND_DIRFD && (int)c->native[i] >= 0 &&
		    fd_matches(c, i, (int)c->native[i], path, n))
			return true;
	}
	return false;
}
