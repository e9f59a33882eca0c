/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors in messages. Between traced processes on local sockets the
 * kernel here passes placeholders and transit.c what they stand for. On the
 * server's sockets the twin's descriptors are passed: the engine translates
 * those that are sent (rsx_mem.fd), and those received get placeholders here.
 * unix(7), cmsg(3).
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "dispatch.h"
#include "paths/path.h"
#include "paths/root.h"
#include "ready/epoll.h"
#include "rsx/control.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_CONTROL (RSX_MAX_SMALL_BUF / 2)

/* A message's control data, in the call's arena. *ret_len 0: it has none. */
static uint8_t *read_control(struct tracee *t, uint64_t msg, size_t *ret_len)
{
	struct msghdr m;
	uint8_t *p;

	*ret_len = 0;
	if (tracee_read(t, msg, &m, sizeof(m)) || !m.msg_control ||
	    m.msg_controllen < sizeof(struct cmsghdr) || m.msg_controllen > MAX_CONTROL)
		return NULL;
	p = rsx_arena_alloc(&t->call.arena, m.msg_controllen);
	if (!p || tracee_read(t, (uintptr_t)m.msg_control, p, m.msg_controllen))
		return NULL;
	*ret_len = m.msg_controllen;
	return p;
}

/* --- local sockets --- */

/* Is the other end a process that is not traced? To it a placeholder means nothing. */
static bool peer_is_foreign(struct tracee *t, int fd)
{
	uint64_t at = scratch_rw(t);
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	if (!at || tracee_write(t, at, &len, sizeof(len)) ||
	    op_native(t, ROW(getsockopt)->nr[RSX_ARCH_NATIVE],
		      OP_ARGS((uint64_t)fd, SOL_SOCKET, SO_PEERCRED, at + sizeof(len), at)) ||
	    tracee_read(t, at + sizeof(len), &cred, sizeof(cred)))
		return false;
	if (cred.pid <= 0 || process_named(t, cred.pid))
		return false;
	if (t->process->pidns)
		return true;
	return !kill(cred.pid, 0) || errno == EPERM; /* else it has ended: who knows */
}

/* One message's descriptors. 0 or -errno. */
static int post_message(struct tracee *t, uint64_t msg, uint32_t number, struct posted *p)
{
	struct rsx_cmsg c = { 0 };
	size_t len;
	uint8_t *control = read_control(t, msg, &len);
	int err = 0;

	while (control && rsx_cmsg_next(control, len, &c)) {
		if (rsx_cmsg_fds(&c) > RSX_SCM_MAX_FD)
			return -EINVAL;
		for (size_t i = 0; i < rsx_cmsg_fds(&c); i++) {
			int fd = rsx_cmsg_fd(&c, i);
			struct transit *x;

			if (!fdtable_any(t->fds, fd))
				continue;
			if (p->n == RSX_SCM_MAX_FD)
				return -ETOOMANYREFS;
			if (fdtable_epoll(t->fds, fd) && !fdtable_epoll(t->fds, fd)->there &&
			    peer_is_foreign(t, (int)t->call.args[0]))
				continue; /* it has nothing that is the server's */
			if (!p->n && peer_is_foreign(t, (int)t->call.args[0])) {
				rsx_note("descriptor %d is the server's: it cannot be passed to a "
					 "program of this machine", fd);
				return -EPERM;
			}
			x = transit_send(t, fd, &err);
			if (!x)
				return err;
			p->message[p->n] = number;
			p->id[p->n++] = transit_id(x);
		}
	}
	return 0;
}

int split_post(struct tracee *t, uint64_t msg, uint32_t n, struct posted *p)
{
	int err = 0;

	p->n = 0;
	for (uint32_t i = 0; !err && i < n; i++)
		err = post_message(t, msg + i * sizeof(struct mmsghdr), i, p);
	if (err)
		split_posted(t, p, 0);
	return err;
}

void split_posted(struct tracee *t, const struct posted *p, int64_t sent)
{
	for (unsigned i = 0; i < p->n; i++)
		transit_sent(t->tracer, p->id[i], (int64_t)p->message[i] < sent);
}

int64_t split_send_here(struct tracee *t, uint64_t msg, uint32_t n)
{
	bool one = t->call.row == ROW(sendmsg);
	struct posted p;
	int64_t ret = split_post(t, msg, n, &p);

	if (ret || !p.n)
		return ret ? ret : OP_RUN_HERE;
	ret = split_native(t);
	split_posted(t, &p, one && ret >= 0 ? 1 : ret);
	return ret;
}

int64_t split_receive_here(struct tracee *t, uint64_t msg, uint64_t flags, int64_t ret)
{
	struct rsx_cmsg c = { 0 };
	uint8_t *control;
	size_t len;

	if (ret < 0 || !transit_any(t->tracer))
		return ret;
	control = read_control(t, msg, &len);
	while (control && rsx_cmsg_next(control, len, &c)) {
		for (size_t i = 0; i < rsx_cmsg_fds(&c); i++) {
			int err = transit_arrive(t, rsx_cmsg_fd(&c, i), flags & MSG_PEEK);

			if (err == -ESRCH)
				return err;
			if (err < 0)
				rsx_note("a descriptor of the server's was lost on its way: %s",
					 strerror(-err));
		}
	}
	return ret;
}

/* --- sockets of the server's --- */

static void close_there(struct tracee *t, int twin)
{
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
}

static int ask_there(struct tracee *t, int twin, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	op_remote(t, ROW(getsockopt), OP_ARGS((uint64_t)twin, SOL_SOCKET, (uint64_t)name,
					      (uintptr_t)&value, (uintptr_t)&len));
	return value;
}

/* The mode of a descriptor that came, with what fdtable.h adds to st_mode. */
static uint32_t learn_mode(struct tracee *t, int twin, const struct stat *st)
{
	if (S_ISSOCK(st->st_mode) && ask_there(t, twin, SO_DOMAIN) == AF_UNIX)
		return st->st_mode | FD_MODE_UNIX;
	return st->st_mode;
}

/* Of a directory or file: what paths are relative to. NULL: it has none. */
static const char *learn_path(struct tracee *t, int twin, const struct stat *st,
			      char full[RSX_MAX_PATH])
{
	char link[64], path[RSX_MAX_PATH];
	int64_t n;

	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return NULL;
	snprintf(link, sizeof(link), PATH_TWIN_FD, twin);
	n = op_remote(t, ROW(readlinkat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)link,
						  (uintptr_t)path, RSX_MAX_PATH - 1));
	if (n <= 0 || path[0] != '/')
		return NULL;
	path[n] = '\0';
	return root_full(t->fs, path, full) ? NULL : full;
}

/* A number here for one that came to the twin, or -errno and it is closed. */
static int64_t adopt(struct tracee *t, int twin, bool cloexec)
{
	struct stat st = { 0 };
	char path[RSX_MAX_PATH];
	const char *name;
	uint32_t mode;
	int64_t fd;

	op_remote(t, ROW(fstat), OP_ARGS((uint64_t)twin, (uintptr_t)&st));
	if (standin_is(t->tracer, &st)) {
		fd = standin_take(t, &st, cloexec);
		op_remote(t, ROW(close), OP_ARGS((uint64_t)twin));
		standin_sweep(t->tracer);
		return fd;
	}
	mode = learn_mode(t, twin, &st);
	name = learn_path(t, twin, &st, path);
	return split_adopt(t, twin, mode, cloexec, name);
}

/*
 * Numbers for the descriptors of one header, as many as there is room for; the
 * others are closed, as the kernel does. Returns how many there are.
 */
static size_t adopt_all(struct tracee *t, const struct rsx_cmsg *c, bool cloexec)
{
	size_t n = rsx_cmsg_fds(c), done = 0;

	for (size_t i = 0; i < n; i++) {
		int twin = rsx_cmsg_fd(c, i);
		int64_t fd = -EMFILE;

		if (done == i)
			fd = adopt(t, twin, cloexec);
		else
			close_there(t, twin);
		if (fd >= 0)
			rsx_cmsg_set_fd(c, done++, (int)fd);
	}
	return done;
}

/* Leave `n` descriptors of this header; its bytes shrink, what follows moves. */
static void cut(uint8_t *control, uint32_t *len, struct rsx_cmsg *c, size_t n)
{
	size_t old = c->next < *len ? c->next - c->at : *len - c->at;
	size_t now = n ? CMSG_SPACE(n * sizeof(int)) : 0;
	struct cmsghdr h;

	if (n) {
		memcpy(&h, control + c->at, sizeof(h));
		h.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(control + c->at, &h, sizeof(h));
	}
	if (now > old)
		now = old;
	memmove(control + c->at + now, control + c->at + old, *len - c->at - old);
	*len -= (uint32_t)(old - now);
	c->next = c->at + now;
}

int64_t split_settle_control(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_frame f = c->frame; /* the calls below have frames of their own */
	struct rsx_blob *b = rsx_frame_blob(&f, 1);
	bool cloexec = c->args[2] & MSG_CMSG_CLOEXEC;
	struct rsx_cmsg m = { 0 };
	struct rsx_mem mem = tracee_mem(t);
	uint8_t *copy;
	int64_t err;

	if (!b || !b->control_got)
		return 0;
	/* the next reply takes the place of this one */
	copy = rsx_arena_alloc(&c->arena, b->control_len + 1);
	if (!copy)
		return -ENOMEM;
	b->control_got = memcpy(copy, b->control_got, b->control_len);
	while (rsx_cmsg_next(b->control_got, b->control_len, &m)) {
		size_t n = rsx_cmsg_fds(&m), done = n ? adopt_all(t, &m, cloexec) : 0;

		if (done == n)
			continue;
		cut(b->control_got, &b->control_len, &m, done);
		b->msg_flags |= MSG_CTRUNC;
	}
	err = rsx_commit_control(b, &mem);
	c->frame = f;
	c->mem = mem;
	return err;
}

/* Is the other end of the server's socket a traced program? */
static bool peer_is_traced(struct tracee *t, int twin)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	return !op_remote(t, ROW(getsockopt), OP_ARGS((uint64_t)twin, SOL_SOCKET, SO_PEERCRED,
						      (uintptr_t)&cred, (uintptr_t)&len)) &&
	       parcel_is_twin(t->tracer, cred.pid);
}

/* Make stand-ins for the local descriptors of a message. 0, -errno. */
static int stand_in(struct tracee *t, uint8_t *control, size_t len, struct stand_in *all,
		    unsigned *n)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);
	struct rsx_cmsg c = { 0 };
	bool asked = false;

	while (rsx_cmsg_next(control, len, &c)) {
		for (size_t i = 0; i < rsx_cmsg_fds(&c); i++) {
			int fd = rsx_cmsg_fd(&c, i);
			int64_t twin;

			if (fdtable_get(t->fds, fd) || dispatch_foreign_fd(t, fd) == -EBADF ||
			    *n == RSX_SCM_MAX_FD)
				continue;
			if (!asked && (!e || !peer_is_traced(t, e->twin)))
				return 0; /* the engine refuses them */
			asked = true;
			twin = standin_make(t, fd);
			if (twin < 0)
				return (int)twin;
			all[(*n)++] = (struct stand_in){ fd, (int)twin };
		}
	}
	return 0;
}

int64_t split_send_there(struct tracee *t, int64_t (*send)(struct tracee *t))
{
	struct call *c = &t->call;
	struct stand_in all[RSX_SCM_MAX_FD];
	unsigned n = 0;
	size_t len;
	const struct fdentry *e = fdtable_get(t->fds, (int)c->args[0]);
	/* other sockets do not look at descriptors */
	uint8_t *control = e && e->mode & FD_MODE_UNIX ? read_control(t, c->args[1], &len) : NULL;
	int64_t ret = control ? stand_in(t, control, len, all, &n) : 0;

	c->stand_ins = all;
	c->n_stand_ins = n;
	if (!ret)
		ret = send(t);
	c->n_stand_ins = 0;
	for (unsigned i = 0; i < n; i++)
		close_there(t, all[i].twin);
	return ret;
}
