/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets. Those of other families than AF_UNIX are the server's; a unix
 * socket's name decides (split_unix.c). Messages may pass descriptors
 * (split_rights.c). sendmmsg and recvmmsg are their single forms, one after
 * another.
 */
#include "split/split.h"

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
#include "paths/path.h"
#include "paths/unixname.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_VLEN 1024 /* UIO_MAXIOV, sendmmsg(2) */

/* ERESTARTSYS and its kin are the kernel's own business. */
int64_t split_native(struct tracee *t)
{
	const struct call *c = &t->call;
	int64_t ret;

	if (t->pos != POS_ENTRY || c->touched)
		return op_native_blocking(t, c->entry.nr, c->entry.args);
	ret = op_native_original(t);
	return ret <= -512 && ret >= -516 ? OP_NATIVE_DONE : ret;
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

/* Piece by piece, as reply.c does it for calls without an op. */
int64_t split_socket_forward(struct tracee *t)
{
	struct call *c = &t->call;
	int64_t ret, err = 0;

	do {
		c->frame.hold_control = c->row == ROW(recvmsg);
		ret = op_forward(t);
		if (ret >= 0 && c->frame.hold_control)
			err = split_settle_control(t);
		if (ret == -ESRCH || err)
			return err ? err : ret;
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
		return split_socket_forward(t);
	case VERDICT_HERE:
		return OP_RUN_HERE;
	default:
		return ret;
	}
}

static int64_t make_socket(struct tracee *t)
{
	int64_t ret = 0;

	if ((int)t->call.args[0] == AF_UNIX)
		return OP_RUN_HERE;
	if (t->call.stays) {
		t->call.chosen = CHOSEN_HERE;
		return OP_RUN_HERE;
	}
	if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
		return ret;
	return split_new_descriptor(t);
}

/* SO_PEERCRED: the peer may be the twin of a traced process. */
static int64_t peer_credentials(struct tracee *t)
{
	const uint64_t at = t->call.args[3], len_at = t->call.args[4];
	int64_t ret = by_fd(t);
	struct rsx_mem mem = tracee_mem(t);
	socklen_t len;
	int pid;

	if (ret || tracee_read(t, len_at, &len, sizeof(len)) || len < sizeof(pid) ||
	    tracee_read(t, at, &pid, sizeof(pid)))
		return ret;
	pid = mem.pid(mem.ctx, pid);
	return tracee_write(t, at, &pid, sizeof(pid)) ? -EFAULT : ret;
}

/* The name in a message, as sendto has it among its arguments. */
static uint64_t name_of(struct tracee *t, uint64_t msg, uint32_t *ret_len)
{
	struct msghdr m;

	if (tracee_read(t, msg, &m, sizeof(m)) || !m.msg_namelen)
		return 0;
	*ret_len = m.msg_namelen;
	return (uintptr_t)m.msg_name;
}

static int64_t send_message(struct tracee *t)
{
	bool remote = fdtable_get(t->fds, (int)t->call.args[0]);
	uint32_t len = 0;
	uint64_t name = name_of(t, t->call.args[1], &len);

	if (name)
		return split_unix(t, name, len);
	if (remote)
		return split_send_there(t, by_fd);
	return split_send_here(t, t->call.args[1], 1);
}

static int64_t receive_message(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct msghdr m;

	if (fdtable_get(t->fds, (int)a[0]))
		return by_fd(t);
	if (tracee_read(t, a[1], &m, sizeof(m)) || !m.msg_controllen)
		return OP_RUN_HERE;
	return split_receive_here(t, a[1], a[2], split_native(t));
}

static int64_t one_there(struct tracee *t)
{
	int64_t ret = 0;

	if (dispatch_as(t, RSX_WHERE_BYFD, &ret) != VERDICT_THERE)
		return ret ? ret : -EBADF;
	return split_socket_forward(t);
}

/* One message of a vector: the single call with its own arguments. */
static int64_t one_of_many(struct tracee *t, const struct rsx_syscall *row, uint64_t fd,
			   uint64_t msg, uint64_t flags)
{
	struct call *c = &t->call;
	uint32_t len;
	int64_t ret = 0;

	c->row = row;
	memcpy(c->args, OP_ARGS(fd, msg, flags), sizeof(c->args));
	ret = row == ROW(sendmsg) ? split_send_there(t, one_there) : one_there(t);
	if (ret < 0)
		return ret;
	len = (uint32_t)ret;
	if (tracee_write(t, msg + sizeof(struct msghdr), &len, sizeof(len)))
		return -EFAULT;
	return ret;
}

/* The end of a relative struct timespec at `at` in the program's memory; 0: no time. */
static int read_end(struct tracee *t, uint64_t at, int64_t *ret)
{
	int64_t ts[2];

	if (tracee_read(t, at, ts, sizeof(ts)))
		return -EFAULT;
	if (ts[0] < 0 || ts[1] < 0 || ts[1] >= 1000000000)
		return -EINVAL;
	*ret = ts[0] < INT64_MAX / 2000000000 ? now_ns() + ts[0] * 1000000000 + ts[1] : INT64_MAX;
	return 0;
}

static int write_left(struct tracee *t, uint64_t at, int64_t left)
{
	int64_t ts[2] = { left / 1000000000, left % 1000000000 };

	return tracee_write(t, at, ts, sizeof(ts));
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
	const struct fdentry *e = fdtable_get(t->fds, (int)fd);

	if (n > MAX_VLEN)
		n = MAX_VLEN;
	if (timeout)
		ret = read_end(t, timeout, &end);
	if (!ret && e && !S_ISSOCK(e->mode))
		ret = -ENOTSOCK; /* even for no message at all */
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

/* Local vectors: the descriptors of all messages go and come at once. */
static int64_t many_here(struct tracee *t, bool receive)
{
	const uint64_t *a = t->call.args;
	uint32_t n = (uint32_t)a[2] < MAX_VLEN ? (uint32_t)a[2] : MAX_VLEN;
	int64_t ret;

	if (!receive)
		return split_send_here(t, a[1], n);
	ret = split_native(t);
	for (int64_t i = 0; i < ret; i++)
		split_receive_here(t, a[1] + (uint64_t)i * sizeof(struct mmsghdr), a[3], ret);
	return ret;
}

/*
 * sendmmsg on a socket of this machine: if its first message goes to a name of
 * the server's, that settles the side, and the rest follows it.
 */
static int64_t many_from_here(struct tracee *t)
{
	struct call *c = &t->call;
	uint64_t fd = c->args[0], vec = c->args[1], n = (uint32_t)c->args[2], flags = c->args[3];
	uint32_t namelen = 0, len;
	uint64_t name = n ? name_of(t, vec, &namelen) : 0;
	struct unixname to;
	int64_t ret;

	if (!name || unixname_read(t, name, namelen, &to) || !to.given || to.side == SIDE_LOCAL)
		return many_here(t, false);
	c->row = ROW(sendmsg);
	memcpy(c->args, OP_ARGS(fd, vec, flags), sizeof(c->args));
	ret = split_unix(t, name, namelen);
	if (ret < 0 || !fdtable_get(t->fds, (int)fd))
		return ret; /* it stayed here: all of the vector went from here */
	len = (uint32_t)ret;
	if (tracee_write(t, vec + sizeof(struct msghdr), &len, sizeof(len)))
		return -EFAULT;
	memcpy(c->args, OP_ARGS(fd, vec + sizeof(struct mmsghdr), n - 1, flags), sizeof(c->args));
	ret = many(t, ROW(sendmsg));
	return ret == -ESRCH ? ret : 1 + (ret > 0 ? ret : 0);
}

/* What makes a descriptor here, or is about a local one, needs no rewinding then. */
bool split_socket_at_entry(const struct tracee *t)
{
	return t->call.row->ret == RSX_RET_FD || !fdtable_get(t->fds, (int)t->call.args[0]);
}

bool split_socket_concerns(const struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);
	bool may_be_unix = !e || (e->mode & FD_MODE_UNIX);

	if (row == ROW(bind) || row == ROW(connect) || row == ROW(sendmsg))
		return may_be_unix;
	if (row == ROW(socketpair))
		return false;
	if (row == ROW(sendto))
		return may_be_unix && t->call.args[4];
	if (row == ROW(getsockopt))
		return e && may_be_unix && t->call.args[1] == SOL_SOCKET &&
		       t->call.args[2] == SO_PEERCRED;
	return true;
}

int64_t split_socket(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	const uint64_t *a = t->call.args;
	bool remote = fdtable_get(t->fds, (int)a[0]) != NULL;

	if (row == ROW(socket))
		return make_socket(t);
	if (row == ROW(bind) || row == ROW(connect))
		return split_unix(t, a[1], (uint32_t)a[2]);
	if (row == ROW(sendto))
		return split_unix(t, a[4], (uint32_t)a[5]);
	if (row == ROW(sendmsg))
		return send_message(t);
	if (row == ROW(recvmsg))
		return receive_message(t);
	if (row == ROW(getsockopt))
		return peer_credentials(t);
	if (!remote)
		return row == ROW(recvmmsg) ? many_here(t, true) : many_from_here(t);
	return many(t, row == ROW(sendmmsg) ? ROW(sendmsg) : ROW(recvmsg));
}
