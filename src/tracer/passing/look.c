/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See look.h. socket(7), unix(7). */
#include "passing/look.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "op.h"
#include "rsx/cleanup.h"
#include "scratch.h"
#include "split/split.h"
#include "tracee.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)

struct look look_at(struct tracee *t, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, t->process->pid, 0);
	struct look l = { t, fd, -1 };

	if (pidfd >= 0) {
		l.copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		close(pidfd);
	}
	return l;
}

void look_done(struct look *l)
{
	if (l->copy >= 0)
		close(l->copy);
	l->copy = -1;
}

static int64_t ask_copy(const struct look *l, const struct rsx_syscall *row, int name, void *value,
			socklen_t *len)
{
	int ret;

	if (row == ROW(getsockopt))
		ret = getsockopt(l->copy, SOL_SOCKET, name, value, len);
	else if (row == ROW(getsockname))
		ret = getsockname(l->copy, value, len);
	else
		ret = getpeername(l->copy, value, len);
	return ret ? -errno : 0;
}

/* getsockopt(2), getsockname(2) or getpeername(2): the result, and *len bytes. */
static int64_t ask(const struct look *l, const struct rsx_syscall *row, int name, void *value,
		   socklen_t *len)
{
	uint64_t at = l->copy < 0 ? scratch_rw(l->t) : 0, room = at + sizeof(*len);
	socklen_t size = *len;
	int64_t ret;

	if (l->copy >= 0)
		return ask_copy(l, row, name, value, len);
	if (!at || tracee_write(l->t, at, len, sizeof(*len)))
		return -ENOMEM;
	if (row == ROW(getsockopt))
		ret = op_native(l->t, row->nr[RSX_ARCH_NATIVE],
				OP_ARGS((uint64_t)l->fd, SOL_SOCKET, (uint64_t)name, room, at));
	else
		ret = op_native(l->t, row->nr[RSX_ARCH_NATIVE], OP_ARGS((uint64_t)l->fd, room, at));
	if (ret)
		return ret;
	if (tracee_read(l->t, at, len, sizeof(*len)) ||
	    tracee_read(l->t, room, value, *len < size ? *len : size))
		return -EFAULT;
	return 0;
}

int look_int(const struct look *l, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return ask(l, ROW(getsockopt), name, &value, &len) ? -1 : value;
}

bool look_bound(const struct look *l)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);

	return !ask(l, ROW(getsockname), 0, &sun, &len) && len > HEAD;
}

bool look_peer(const struct look *l)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);

	return !ask(l, ROW(getpeername), 0, &sun, &len);
}

bool look_nonblocking(const struct look *l)
{
	return tracee_fd_has(l->t, l->fd, O_NONBLOCK);
}

/*
 * What a program may have set by now: carried over if it is not what a new
 * socket has here. The kernel doubles the sizes of buffers, and shows that.
 */
static const struct option {
	int name;
	socklen_t len;
	bool doubled;
} options[] = {
	{ SO_PASSCRED, sizeof(int), false },
	{ SO_PASSSEC, sizeof(int), false },
	{ SO_SNDBUF, sizeof(int), true },
	{ SO_RCVBUF, sizeof(int), true },
	{ SO_RCVTIMEO, sizeof(struct timeval), false },
	{ SO_SNDTIMEO, sizeof(struct timeval), false },
	{ SO_RCVLOWAT, sizeof(int), false },
	{ SO_PEEK_OFF, sizeof(int), false },
	{ SO_TIMESTAMP, sizeof(int), false },
	{ SO_TIMESTAMPNS, sizeof(int), false },
	{ SO_REUSEADDR, sizeof(int), false },
	{ SO_KEEPALIVE, sizeof(int), false },
	{ SO_LINGER, sizeof(struct linger), false },
};

union value {
	int number;
	struct timeval time;
	struct linger linger;
	uint8_t bytes[16];
};

bool look_carry(const struct look *l, int twin, int type)
{
	int plain = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	bool limit = false;

	for (size_t i = 0; plain >= 0 && i < RSX_ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		union value is = { .number = 0 }, was = { .number = 0 };
		socklen_t len = o->len, size = o->len;

		if (ask(l, ROW(getsockopt), o->name, &is, &len) || len != o->len ||
		    getsockopt(plain, SOL_SOCKET, o->name, &was, &size) ||
		    !memcmp(&is, &was, o->len))
			continue;
		if (o->doubled)
			is.number /= 2;
		if (o->name == SO_RCVTIMEO || o->name == SO_SNDTIMEO)
			limit = true;
		op_remote(l->t, ROW(setsockopt), OP_ARGS((uint64_t)twin, SOL_SOCKET,
							 (uint64_t)o->name, (uintptr_t)&is,
							 o->len));
	}
	if (plain >= 0)
		close(plain);
	return limit;
}
