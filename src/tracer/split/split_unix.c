/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AF_UNIX sockets. A socket is local until it is bound or connected, or sends
 * to a name: the name shows the side (unixname.h). If it is the server's, a socket is made
 * over there with the type, flags and options that this one has, the call is
 * made with it, and only if it succeeds does the descriptor become remote, in
 * every table that has the open file. The local socket stays as the
 * placeholder. After a failure nothing has changed here. unix(7).
 */
#include "split/split.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dispatch.h"
#include "passing/look.h"
#include "paths/unixname.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)
#define SAME_MAX 64 /* descriptors of one table that are the same open file */

static bool link_of(pid_t tid, int fd, char link[64])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	n = readlink(path, link, 63);
	link[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* --- becoming remote --- */

/* The numbers in t's table that are this socket. */
static unsigned same_file(pid_t tid, const char *link, int fds[SAME_MAX])
{
	char path[64], other[64];
	unsigned n = 0;
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	dir = opendir(path);
	while (dir && n < SAME_MAX && (d = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), d->d_name, other, sizeof(other) - 1);

		if (len <= 0)
			continue;
		other[len] = '\0';
		if (!strcmp(link, other))
			fds[n++] = atoi(d->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Duplicates in t's own table. */
static void map_duplicates(struct tracee *t, int fd, const char *link, uint32_t mode)
{
	int fds[SAME_MAX];
	unsigned n = same_file(t->tid, link, fds);

	for (unsigned i = 0; i < n; i++) {
		const struct fdentry *e = fdtable_get(t->fds, fd);
		char now[64];
		int64_t twin;

		if (fds[i] == fd || fdtable_any(t->fds, fds[i]) || !e)
			continue;
		twin = op_remote(t, ROW(dup), OP_ARGS((uint64_t)e->twin));
		if (twin < 0)
			return;
		if (!link_of(t->tid, fds[i], now) || strcmp(now, link) ||
		    fdtable_set(t->fds, fds[i], (int)twin, mode, false, NULL))
			call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
	}
}

struct elsewhere {
	const struct fdtable *fds;
	int fd;
};

/* Where else this socket is: in tables of other processes, by fork or SCM_RIGHTS. */
static unsigned find_elsewhere(const struct tracee *t, const char *link,
			       struct elsewhere found[SAME_MAX])
{
	unsigned n = 0;

	for (const struct tracee *o = t->tracer->tracees; o; o = o->next) {
		int fds[SAME_MAX];
		unsigned k, seen = 0;

		while (seen < n && found[seen].fds != o->fds)
			seen++;
		if (o->fds == t->fds || seen < n)
			continue;
		k = same_file(o->tid, link, fds);
		for (unsigned i = 0; i < k && n < SAME_MAX; i++)
			if (!fdtable_any(o->fds, fds[i]))
				found[n++] = (struct elsewhere){ o->fds, fds[i] };
	}
	return n;
}

/* Other processes claim it at their next call. */
static void tell_others(struct tracee *t, int fd, const char *link)
{
	struct elsewhere found[SAME_MAX];
	unsigned n = find_elsewhere(t, link, found);
	struct transit *x;
	int err;

	if (!n)
		return;
	x = transit_send(t, fd, &err);
	/* and again: they went on meanwhile */
	n = x ? find_elsewhere(t, link, found) : 0;
	for (unsigned i = 0; i < n; i++)
		transit_wait_for(t->tracer, x, found[i].fds, found[i].fd);
	if (x)
		transit_sent(t->tracer, transit_id(x), n > 0);
}

/* The epoll instances in t's table that wait for it here: let them wait there. */
static void move_epoll(struct tracee *t, const char *link)
{
	static const char all[] = "anon_inode:[eventpoll]";
	int epfds[SAME_MAX];
	unsigned n = same_file(t->tid, all, epfds);

	for (unsigned i = 0; i < n; i++) {
		unsigned long long data, ino, mine = strtoull(link + strcspn(link, "[") + 1, NULL, 10);
		char path[64], line[256];
		unsigned events;
		int tfd;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", t->tid, epfds[i]);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			struct epoll_event event;

			if (sscanf(line, "tfd: %d events: %x data: %llx pos:%*d ino:%llx", &tfd,
				   &events, &data, &ino) != 4 ||
			    ino != mine || !fdtable_get(t->fds, tfd))
				continue;
			event = (struct epoll_event){ .events = events, .data.u64 = data };
			split_epoll_move(t, epfds[i], tfd, &event);
		}
		if (f)
			fclose(f);
	}
}

static void become_remote(struct tracee *t, int fd, const char *link, int twin, uint32_t mode)
{
	char now[64];

	if (!link_of(t->tid, fd, now) || strcmp(now, link) || fdtable_any(t->fds, fd) ||
	    fdtable_set(t->fds, fd, twin, mode, false, NULL)) {
		/* closed by another thread meanwhile */
		call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
		return;
	}
	map_duplicates(t, fd, link, mode);
	tell_others(t, fd, link);
	move_epoll(t, link);
}

/* --- the calls --- */

/* The socket address in c->frame is another one. */
static int replace_name(struct tracee *t, const struct unixname *n)
{
	struct call *c = &t->call;
	unsigned arg = c->row == ROW(sendto) ? 4 : 1;
	struct rsx_blob *b = rsx_frame_blob(&c->frame, arg);

	if (!n->changed)
		return 0;
	if (!b)
		return -EFAULT; /* another thread has unmapped it */
	if (c->row == ROW(sendmsg))
		return rsx_msghdr_rename(b, &n->sun, n->len, &c->arena);
	b->in = rsx_arena_alloc(&c->arena, n->len);
	if (!b->in)
		return -ENOMEM;
	memcpy(b->in, &n->sun, n->len);
	b->in_len = n->len;
	c->frame.args[arg + 1] = n->len;
	return 0;
}

/* Make the program's call with a socket of the twin's. */
static int64_t call_there(struct tracee *t, int twin, const struct unixname *n)
{
	struct call *c = &t->call;
	uint64_t args[RSX_MAX_ARGS];
	int64_t ret;

	memcpy(args, c->args, sizeof(args));
	args[0] = (uint64_t)twin;
	c->mem = tracee_mem(t);
	ret = rsx_capture(&c->frame, c->row, args, 0, &c->mem, &c->arena);
	if (!ret)
		ret = replace_name(t, n);
	return ret ? ret : op_forward(t);
}

/* The name is here: make the call with a copy that no thread can change. */
static int64_t call_here(struct tracee *t, const struct unixname *n)
{
	const struct call *c = &t->call;
	uint64_t args[RSX_MAX_ARGS], at;
	bool message = c->row == ROW(sendmsg);
	struct posted posted = { 0 };
	struct msghdr m;
	int64_t ret;

	if (!n->changed && t->mm->refs == 1)
		return message ? split_send_here(t, c->args[1], 1) : OP_RUN_HERE;
	memcpy(args, c->args, sizeof(args));
	ret = message ? split_post(t, args[1], 1, &posted) : 0;
	if (ret)
		return ret;
	at = scratch_rw(t); /* which posting used, too */
	if (!at || tracee_write(t, at, &n->sun, n->len))
		return -ENOMEM;
	if (message) {
		if (tracee_read(t, args[1], &m, sizeof(m)))
			return -EFAULT;
		m.msg_name = (void *)(uintptr_t)at;
		m.msg_namelen = n->len;
		args[1] = at + sizeof(n->sun) + 2;
		if (tracee_write(t, args[1], &m, sizeof(m)))
			return -EFAULT;
	} else {
		unsigned arg = c->row == ROW(sendto) ? 4 : 1;

		args[arg] = at;
		args[arg + 1] = n->len;
	}
	ret = op_native_blocking(t, c->row->nr[RSX_ARCH_NATIVE], args);
	split_posted(t, &posted, ret >= 0);
	return ret;
}

static int64_t two_sides(const char *name, const char *where)
{
	rsx_note("unix socket %s: the name is %s, the socket is not", name, where);
	return -ECONNREFUSED;
}

/* A local socket that has come too far to go over there, or 0. */
static int64_t settled(const struct look *l, int type, const struct unixname *n)
{
	const struct rsx_syscall *row = l->t->call.row;
	bool stream = type != SOCK_DGRAM;

	if (look_peer(l))
		return row == ROW(connect) && stream ? -EISCONN : two_sides(n->text, "the server's");
	if (!look_bound(l))
		return 0;
	if (row == ROW(bind) || (stream && look_int(l, SO_ACCEPTCONN) > 0))
		return -EINVAL;
	return two_sides(n->text, "the server's");
}

/*
 * Nothing has that name: the kernel looks it up before all else, and programs
 * often ask for services that are not there.
 */
static int64_t missing(struct tracee *t, const struct unixname *n)
{
	char path[sizeof(n->sun.sun_path) + 1] = "";
	int64_t err;

	if (t->call.row != ROW(connect) || !n->sun.sun_path[0] || n->len <= HEAD)
		return 0;
	memcpy(path, n->sun.sun_path, n->len - HEAD);
	err = op_remote(t, ROW(faccessat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)path, F_OK));
	return err == -ENOENT || err == -ENOTDIR ? err : 0;
}

/* Make the socket over there, and the call with it. */
static int64_t move_there(struct look *l, int type, const struct unixname *n,
			  const char link[64])
{
	struct tracee *t = l->t;
	int64_t twin, ret;
	bool limit;

	twin = op_remote(t, ROW(socket), OP_ARGS(AF_UNIX, (uint64_t)type | SOCK_CLOEXEC |
						 (look_nonblocking(l) ? SOCK_NONBLOCK : 0u)));
	if (twin < 0)
		return twin;
	limit = look_carry(l, (int)twin, type);
	look_done(l);
	ret = call_there(t, (int)twin, n);
	if (ret < 0) {
		if (limit)
			t->call.restartable = false;
		call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
		return ret;
	}
	become_remote(t, l->fd, link, (int)twin, S_IFSOCK | FD_MODE_UNIX);
	return ret;
}

static int64_t go_there(struct tracee *t, const struct unixname *n)
{
	bool sends = t->call.row == ROW(sendto) || t->call.row == ROW(sendmsg);
	int fd = (int)t->call.args[0], type;
	struct look l;
	char link[64];
	int64_t ret;

	if (!link_of(t->tid, fd, link) || strncmp(link, "socket:", 7))
		return split_native(t); /* the kernel says what is wrong */
	ret = missing(t, n);
	if (ret)
		return ret;
	l = look_at(t, fd);
	type = look_int(&l, SO_TYPE);
	if (look_int(&l, SO_DOMAIN) != AF_UNIX || (sends && type != SOCK_DGRAM)) {
		look_done(&l);
		return split_native(t);
	}
	ret = settled(&l, type, n);
	if (!ret)
		ret = move_there(&l, type, n, link);
	look_done(&l);
	return ret;
}

/* The socket is the server's already. */
static int64_t is_there(struct tracee *t, const struct unixname *n)
{
	int64_t ret = 0;

	if (n->given && n->side == SIDE_LOCAL)
		return two_sides(n->text, "this machine's");
	if (dispatch_as(t, RSX_WHERE_BYFD, &ret) != VERDICT_THERE)
		return ret;
	if (n->given)
		ret = replace_name(t, n);
	if (ret)
		return ret;
	/* a name that was replaced goes with the first piece, as control data does */
	return n->changed ? op_forward(t) : split_socket_forward(t);
}

int64_t split_unix(struct tracee *t, uint64_t at, uint32_t len)
{
	struct unixname n;
	int64_t err = unixname_read(t, at, len, &n);

	if (err)
		return err;
	if (fdtable_get(t->fds, (int)t->call.args[0]))
		return is_there(t, &n);
	if (!n.given)
		return OP_RUN_HERE;
	return n.side == SIDE_LOCAL ? call_here(t, &n) : go_there(t, &n);
}
