/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets. A unix socket joins programs of one machine and is local; every
 * other family is the server's network. A unix socket whose path is on the
 * server cannot be reached yet: that is said, and never tried here instead.
 * sendmmsg and recvmmsg are their single forms, one after another.
 */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "dispatch.h"
#include "path.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_VLEN 1024 /* UIO_MAXIOV, sendmmsg(2) */

static int64_t here(const struct tracee *t)
{
	return t->pos == POS_ENTRY ? OP_RUN_HERE : OP_AGAIN;
}

/*
 * signal(7): on a socket with a time limit no call is made again. EINTR is then
 * the result, SA_RESTART or not.
 */
static void look_for_limit(struct tracee *t)
{
	struct call *c = &t->call;
	const struct fdentry *e = fdtable_get(t->fds, (int)c->args[0]);
	const struct rsx_frame f = c->frame;
	struct timeval limit = { 0 };
	socklen_t len = sizeof(limit);
	bool sends = f.data_in || c->row == ROW(connect);

	if (!e || !S_ISSOCK(e->mode))
		return;
	if (!op_remote(t, ROW(getsockopt),
		       OP_ARGS((uint64_t)e->twin, SOL_SOCKET, sends ? SO_SNDTIMEO : SO_RCVTIMEO,
			       (uintptr_t)&limit, (uintptr_t)&len)) &&
	    (limit.tv_sec || limit.tv_usec))
		c->restartable = false;
	c->frame = f;
	c->mem = tracee_mem(t);
}

bool split_may_have_limit(const struct tracee *t, int64_t ret)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);

	return ret == -EINTR && t->call.restartable && e && S_ISSOCK(e->mode) &&
	       t->call.row->restart == RSX_RESTART_SYS;
}

int64_t split_interrupted(struct tracee *t)
{
	look_for_limit(t);
	return -EINTR;
}

/* Piece by piece, as call.c does it for calls without an op. */
static int64_t forward(struct tracee *t)
{
	struct call *c = &t->call;
	int64_t ret;

	do {
		ret = op_forward(t);
		if (ret == -ESRCH)
			return ret;
	} while (t->pos != POS_SIGNAL && call_next_piece(t, ret));
	if (c->done)
		ret = ret < 0 ? (int64_t)c->done : (int64_t)(c->done + (uint64_t)ret);
	c->done = 0;
	if (split_may_have_limit(t, ret))
		look_for_limit(t);
	return ret;
}

/* The call as any other one, by its descriptor. */
static int64_t by_fd(struct tracee *t)
{
	int64_t ret = 0;

	switch (dispatch_as(t, RSX_WHERE_BYFD, &ret)) {
	case VERDICT_THERE:
		return forward(t);
	case VERDICT_HERE:
		return here(t);
	default:
		return ret;
	}
}

static int64_t make_socket(struct tracee *t)
{
	int64_t ret = 0;

	if ((int)t->call.args[0] == AF_UNIX)
		return here(t);
	if (t->call.stays) {
		t->call.chosen = CHOSEN_HERE;
		return here(t);
	}
	if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
		return ret;
	return split_new_descriptor(t);
}

/* The path in a unix socket address, or NULL if it has none (abstract, unnamed). */
static const char *unix_path(struct tracee *t, char room[sizeof(struct sockaddr_un) + 1])
{
	struct rsx_mem mem = tracee_mem(t);
	struct sockaddr_un sun = { 0 };
	size_t len = (uint32_t)t->call.args[2];
	const size_t head = offsetof(struct sockaddr_un, sun_path);

	if (len <= head || len > sizeof(sun) ||
	    mem.read(mem.ctx, rsx_addr(t->call.args[1]), &sun, len))
		return NULL;
	if (sun.sun_family != AF_UNIX || !sun.sun_path[0])
		return NULL;
	memcpy(room, sun.sun_path, len - head);
	room[len - head] = '\0';
	return room;
}

/* bind, connect: a local socket's path decides whether it may be used. */
static int64_t name_socket(struct tracee *t)
{
	char room[sizeof(struct sockaddr_un) + 1];
	struct path_decision d;
	const char *path;
	int64_t err;

	if (fdtable_get(t->fds, (int)t->call.args[0]))
		return by_fd(t);
	path = unix_path(t, room);
	if (!path)
		return here(t);
	path_decide(t, &(struct path_question){ .path = path, .dirfd = AT_FDCWD }, &d);
	if (d.err)
		return d.err;
	if (d.side == SIDE_LOCAL)
		return here(t);
	err = op_remote(t, ROW(faccessat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD,
						   (uintptr_t)(d.use ? d.use : path), F_OK));
	if (t->call.row == ROW(connect) && err)
		return err; /* nobody listens there: nothing is missed */
	rsx_note("unix socket %s: sockets in the server's directories are not possible yet; "
		 "--local PATH makes the directory this machine's", path);
	return t->call.row == ROW(connect) ? -ECONNREFUSED : -EOPNOTSUPP;
}

/* A local sendmsg that passes a placeholder would pass something meaningless. */
static int64_t send_local(struct tracee *t)
{
	struct rsx_mem mem = tracee_mem(t);
	uint8_t control[4096];
	struct msghdr m;
	size_t at = 0;

	if (mem.read(mem.ctx, rsx_addr(t->call.args[1]), &m, sizeof(m)) || !m.msg_control ||
	    m.msg_controllen > sizeof(control) ||
	    mem.read(mem.ctx, rsx_addr((uintptr_t)m.msg_control), control, m.msg_controllen))
		return here(t);
	while (m.msg_controllen - at >= sizeof(struct cmsghdr)) {
		struct cmsghdr c;

		memcpy(&c, control + at, sizeof(c));
		if (c.cmsg_len < sizeof(c) || c.cmsg_len > m.msg_controllen - at)
			break;
		for (size_t i = CMSG_LEN(0); c.cmsg_level == SOL_SOCKET &&
		     c.cmsg_type == SCM_RIGHTS && i + sizeof(int) <= c.cmsg_len; i += sizeof(int)) {
			int fd;

			memcpy(&fd, control + at + i, sizeof(fd));
			if (!fdtable_get(t->fds, fd))
				continue;
			rsx_note("a remote descriptor cannot be passed over a unix socket yet");
			return -EPERM;
		}
		at += CMSG_ALIGN(c.cmsg_len);
		if (at > m.msg_controllen)
			break;
	}
	return here(t);
}

/* One message of a vector: the single call with its own arguments. */
static int64_t one_of_many(struct tracee *t, const struct rsx_syscall *row, uint64_t fd,
			   uint64_t msg, uint64_t flags)
{
	struct call *c = &t->call;
	struct rsx_mem mem = tracee_mem(t);
	uint32_t len;
	int64_t ret = 0;

	c->row = row;
	memcpy(c->args, OP_ARGS(fd, msg, flags), sizeof(c->args));
	if (dispatch_as(t, RSX_WHERE_BYFD, &ret) != VERDICT_THERE)
		return ret ? ret : -EBADF;
	ret = forward(t);
	if (ret < 0)
		return ret;
	len = (uint32_t)ret;
	if (mem.write(mem.ctx, rsx_addr(msg + sizeof(struct msghdr)), &len, sizeof(len)))
		return -EFAULT;
	return ret;
}

/* The end of a relative struct timespec at `at` in the program's memory; 0: no time. */
static int read_end(struct tracee *t, uint64_t at, int64_t *ret)
{
	struct rsx_mem mem = tracee_mem(t);
	int64_t ts[2];

	if (mem.read(mem.ctx, rsx_addr(at), ts, sizeof(ts)))
		return -EFAULT;
	if (ts[0] < 0 || ts[1] < 0 || ts[1] >= 1000000000)
		return -EINVAL;
	*ret = ts[0] < INT64_MAX / 2000000000 ? now_ns() + ts[0] * 1000000000 + ts[1] : INT64_MAX;
	return 0;
}

static int write_left(struct tracee *t, uint64_t at, int64_t left)
{
	struct rsx_mem mem = tracee_mem(t);
	int64_t ts[2] = { left / 1000000000, left % 1000000000 };

	return mem.write(mem.ctx, rsx_addr(at), ts, sizeof(ts));
}

/* recvmmsg(2) begins with the error that is pending, and takes it. */
static int64_t pending_error(struct tracee *t, uint64_t fd)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)fd);
	socklen_t len = sizeof(int);
	int error = 0;
	int64_t ret;

	if (!e || !S_ISSOCK(e->mode))
		return 0;
	ret = op_remote(t, ROW(getsockopt), OP_ARGS((uint64_t)e->twin, SOL_SOCKET, SO_ERROR,
						    (uintptr_t)&error, (uintptr_t)&len));
	return ret < 0 ? ret : -error;
}

/* recvmmsg(2): the time is looked at after each message only, and never ends a wait. */
static int64_t many(struct tracee *t, const struct rsx_syscall *row)
{
	uint64_t fd = t->call.args[0], vec = t->call.args[1], flags = t->call.args[3];
	bool receive = row == ROW(recvmsg);
	uint64_t timeout = receive ? t->call.args[4] : 0;
	uint32_t n = (uint32_t)t->call.args[2], done = 0;
	int64_t ret = 0, end = 0, left = 1;

	if (n > MAX_VLEN)
		n = MAX_VLEN;
	if (timeout)
		ret = read_end(t, timeout, &end);
	if (!ret && receive && !(flags & MSG_ERRQUEUE))
		ret = pending_error(t, fd);
	if (ret)
		return ret;
	/* held at a signal, the next one could not be interrupted any more */
	while (done < n && left > 0 && t->pos != POS_SIGNAL) {
		ret = one_of_many(t, row, fd, vec + done * sizeof(struct mmsghdr),
				  flags & ~(uint64_t)MSG_WAITFORONE);
		if (ret < 0)
			break;
		done++;
		if (receive && (flags & MSG_WAITFORONE))
			flags |= MSG_DONTWAIT;
		if (timeout)
			left = end - now_ns();
	}
	if (timeout && done && write_left(t, timeout, left > 0 ? left : 0))
		return -EFAULT;
	return done ? done : ret;
}

int64_t split_socket(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	bool remote = fdtable_get(t->fds, (int)t->call.args[0]) != NULL;

	if (row == ROW(socket))
		return make_socket(t);
	if (row == ROW(bind) || row == ROW(connect))
		return name_socket(t);
	if (!remote)
		return row == ROW(sendmsg) ? send_local(t) : here(t);
	if (row == ROW(sendmmsg))
		return many(t, ROW(sendmsg));
	if (row == ROW(recvmmsg))
		return many(t, ROW(recvmsg));
	return by_fd(t);
}
