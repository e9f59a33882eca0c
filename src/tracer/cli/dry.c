/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See dry.h. Called by call.c where a call would be sent or split. */
#include "cli/dry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "intercept/intercept.h"
#include "paths/path.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

int dry_start(struct tracer *tr, const char *path)
{
	struct tracee *t;
	char cwd[PATH_MAX];

	tr->epoll = epoll_create1(EPOLL_CLOEXEC);
	t = intercept_launch(tr, path);
	if (!t)
		return RSX_EXIT_PTRACE;
	tr->first = t->tid;
	t->process = process_new(tr, t->tid, twin_new(0, 0));
	t->mm = mm_new();
	t->fs = fs_new(SIDE_REMOTE, getcwd(cwd, sizeof(cwd)) ? cwd : "/");
	t->fds = fdtable_new();
	if (!t->process || !t->mm || !t->fs || !t->fds) {
		rsx_error("out of memory");
		return RSX_EXIT_FAILED;
	}
	t->process->threads = t->process->tasks = 1;
	intercept_resume(t, RESUME_SYSCALL, 0);
	return 0;
}

/* --- would it go? --- */

static bool remote(const struct tracee *t, int fd)
{
	return fdtable_any(t->fds, fd) != NULL;
}

static bool any_fd_remote(const struct tracee *t)
{
	const struct call *c = &t->call;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		unsigned kind = c->row->arg[i].kind;

		if ((kind == RSX_KIND_FD || kind == RSX_KIND_DIRFD) && remote(t, (int)c->args[i]))
			return true;
	}
	return false;
}

static bool poll_goes(struct tracee *t)
{
	uint64_t n = t->call.args[1];
	struct pollfd p;

	for (uint64_t i = 0; i < n; i++) {
		if (tracee_read(t, t->call.args[0] + i * sizeof(p), &p, sizeof(p)))
			return false;
		if (p.fd >= 0 && remote(t, p.fd))
			return true;
	}
	return false;
}

static bool select_goes(struct tracee *t)
{
	int n = (int)t->call.args[0] < FD_SETSIZE ? (int)t->call.args[0] : FD_SETSIZE;
	fd_set set;

	for (unsigned i = 1; i <= 3; i++) {
		size_t len = (size_t)(n > 0 ? n + 63 : 0) / 64 * 8;

		FD_ZERO(&set);
		if (!t->call.args[i] || tracee_read(t, t->call.args[i], &set, len))
			continue;
		for (int fd = 0; fd < n; fd++)
			if (FD_ISSET(fd, &set) && remote(t, fd))
				return true;
	}
	return false;
}

static bool wait_goes(struct tracee *t)
{
	const struct rsx_syscall *made = t->call.made;

	return made == ROW(select) || made == ROW(pselect6) ? select_goes(t) : poll_goes(t);
}

/* Is the address of bind(2) or connect(2) a path of the server's? */
static bool address_goes(struct tracee *t)
{
	const struct call *c = &t->call;
	struct sockaddr_un un = { 0 };
	struct path_question q = { .dirfd = AT_FDCWD, .path = un.sun_path };
	struct path_decision d = { 0 };
	size_t len = c->args[2] < sizeof(un) ? (size_t)c->args[2] : sizeof(un) - 1;

	if (c->made != ROW(connect) && c->made != ROW(bind))
		return false;
	if (tracee_read(t, c->args[1], &un, len) || un.sun_family != AF_UNIX ||
	    !un.sun_path[0])
		return false;
	path_decide(t, &q, &d);
	return !d.err && d.side == SIDE_REMOTE;
}

/* A unix socket is local until its path says otherwise; other families all go. */
static bool socket_goes(struct tracee *t)
{
	const struct call *c = &t->call;

	if (c->row->ret == RSX_RET_FD && c->row->arg[0].kind != RSX_KIND_FD)
		return c->args[0] != AF_UNIX;
	return any_fd_remote(t) || address_goes(t);
}

/* As the paths say, though not by way of the handler. */
static enum verdict by_path(struct tracee *t, int64_t *ret)
{
	enum verdict v = dispatch_as(t, RSX_WHERE_BYPATH, ret);

	/* a name that cannot be read or is refused; the rest is the kernel's */
	return v == VERDICT_RETURN && *ret != -EACCES ? VERDICT_HERE : v;
}

/* A SPLIT row: VERDICT_THERE if it would go. */
static enum verdict judge_split(struct tracee *t, int64_t *ret)
{
	switch ((enum rsx_split)t->call.row->split) {
	case RSX_SPLIT_chdir:
	case RSX_SPLIT_exec:
		return by_path(t, ret);
	case RSX_SPLIT_poll:
		return wait_goes(t) ? VERDICT_THERE : VERDICT_HERE;
	case RSX_SPLIT_socket:
		return socket_goes(t) ? VERDICT_THERE : VERDICT_HERE;
	case RSX_SPLIT_getcwd:
	case RSX_SPLIT_close_range: /* there are descriptors, but are they closed? */
		return VERDICT_THERE;
	case RSX_SPLIT_clone:
		if (split_prepare_dry(t))
			return VERDICT_HERE;
		*ret = -EPERM;
		return VERDICT_RETURN;
	case RSX_SPLIT_kill:
	case RSX_SPLIT_seccomp:
		return VERDICT_SPLIT; /* handlers that need no server */
	case RSX_SPLIT_prctl:
		return credentials_option(t->call.args[0]) ? VERDICT_THERE : VERDICT_SPLIT;
	case RSX_SPLIT_unshare:
	case RSX_SPLIT_rlimit:
	case RSX_SPLIT_exit:
	case RSX_SPLIT_pipe:
		return VERDICT_HERE;
	default:
		return any_fd_remote(t) ? VERDICT_THERE : VERDICT_HERE;
	}
}

static bool takes_message(const struct rsx_syscall *row)
{
	for (unsigned i = 0; i < row->nargs; i++)
		if (row->arg[i].kind == RSX_KIND_MSGHDR)
			return true;
	return false;
}

enum verdict dry_judge(struct tracee *t, enum verdict v, int64_t *ret)
{
	struct call *c = &t->call;

	if (v == VERDICT_SPLIT)
		v = judge_split(t, ret);
	/* which descriptors came in messages is not followed: one may seem to be local */
	if (v == VERDICT_RETURN && *ret == -EPERM && c->row && takes_message(c->row))
		v = VERDICT_THERE;
	c->would_go = v == VERDICT_THERE;
	if (!c->would_go)
		return v;
	/* what it would be called over there is of no use here */
	memset(c->use_path, 0, sizeof(c->use_path));
	return VERDICT_HERE;
}

/* --- what came of it --- */

static void new_fd(struct tracee *t, int fd, const char *name, bool readonly)
{
	char path[64];
	struct stat st = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	if (stat(path, &st))
		return;
	fdtable_take(t->fds, fd);
	fdtable_set(t->fds, fd, fd, st.st_mode & S_IFMT, readonly, name);
}

static void copy_fd(struct tracee *t, int from, int to)
{
	const struct fdentry *e = fdtable_any(t->fds, from);
	char name[RSX_MAX_PATH] = "";

	if (from == to)
		return;
	if (!e) {
		fdtable_take(t->fds, to);
		return;
	}
	if (e->path)
		snprintf(name, sizeof(name), "%s", e->path);
	new_fd(t, to, e->path ? name : NULL, e->readonly);
}

static void close_fds(struct tracee *t)
{
	const struct call *c = &t->call;
	unsigned first = (unsigned)c->args[0], last = (unsigned)c->args[1];
	bool stays = c->args[2] & 4; /* CLOSE_RANGE_CLOEXEC */

	if (first > INT_MAX || stays)
		return;
	for (int fd = fdtable_next(t->fds, (int)first); fd >= 0 && (unsigned)fd <= last;
	     fd = fdtable_next(t->fds, fd + 1))
		fdtable_take(t->fds, fd);
}

void dry_done(struct tracee *t, int64_t ret)
{
	const struct call *c = &t->call;

	if (ret < 0 && ret >= -4095)
		return;
	switch ((enum rsx_split)c->row->split) {
	case RSX_SPLIT_close:
		fdtable_take(t->fds, (int)c->args[0]);
		return;
	case RSX_SPLIT_close_range:
		close_fds(t);
		return;
	case RSX_SPLIT_dup:
	case RSX_SPLIT_dup3:
		copy_fd(t, (int)c->args[0], (int)ret);
		return;
	case RSX_SPLIT_chdir:
	case RSX_SPLIT_fchdir:
		tracee_note_cwd(t, c->would_go ? SIDE_REMOTE : SIDE_LOCAL);
		return;
	case RSX_SPLIT_socket: /* one that was local so far */
		if (c->would_go && c->row->ret != RSX_RET_FD && !remote(t, (int)c->args[0]))
			new_fd(t, (int)c->args[0], NULL, false);
		break;
	default:
		break;
	}
	if (c->would_go && c->row->ret == RSX_RET_FD)
		new_fd(t, (int)ret, c->path_name, false);
}
