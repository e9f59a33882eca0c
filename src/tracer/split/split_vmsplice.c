/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmsplice(2) with a pipe of the server's. The program's pages cannot be in it,
 * so their bytes go: as much as is sure to fit, which is the short count that a
 * full pipe gives. It waits as vmsplice does: O_NONBLOCK does not matter,
 * SPLICE_F_NONBLOCK does.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

#define SPLICE_ALL (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)
#define MOST (64u << 10) /* what a pipe holds by default */

struct pages {
	int twin;
	bool wait;
	struct iovec *iov;
	size_t n;
	uint64_t len; /* of all of them, at most MOST */
	uint8_t *data;
};

static int64_t control(struct tracee *t, int twin, const struct rsx_syscall *row, uint64_t what,
		       void *arg)
{
	const struct rsx_syscall *v = rsx_syscall_variant(row, OP_ARGS(0, what));

	return op_remote(t, v, OP_ARGS((uint64_t)twin, what, (uintptr_t)arg));
}

/* The parts, as the kernel reads them: 0 or -errno. */
static int read_parts(struct tracee *t, struct pages *p, uint64_t at, uint64_t n)
{
	if (n > RSX_MAX_IOV)
		return -EINVAL;
	p->n = n;
	p->iov = rsx_arena_alloc(&t->call.arena, (n + 1) * sizeof(*p->iov));
	p->data = rsx_arena_alloc(&t->call.arena, MOST);
	if (!p->iov || !p->data)
		return -ENOMEM;
	if (n && tracee_read(t, at, p->iov, n * sizeof(*p->iov)))
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		uint64_t base = (uintptr_t)p->iov[i].iov_base, len = p->iov[i].iov_len;

		if ((int64_t)len < 0)
			return -EINVAL;
		if (len && (base > rsx_user_end() || len > rsx_user_end() - base))
			return -EFAULT;
		if (len > MOST - p->len)
			p->iov[i].iov_len = len = MOST - p->len;
		p->len += len;
	}
	return 0;
}

/* Until the pipe is ready for `events`, or broken. */
static int64_t await_ready(struct tracee *t, int twin, bool wait, short events)
{
	struct pollfd fd = { twin, events, 0 };
	struct timespec now = { 0 };
	int64_t n = op_remote(t, ROW(ppoll), OP_ARGS((uintptr_t)&fd, 1,
						     wait ? 0 : (uintptr_t)&now, 0, 0));

	return n < 0 ? n : n ? 0 : -EAGAIN;
}

int64_t split_pipe_room(struct tracee *t, int twin, bool wait)
{
	int64_t ret = await_ready(t, twin, wait, POLLOUT), size;
	int held = 0;

	if (ret)
		return ret;
	size = control(t, twin, ROW(fcntl), F_GETPIPE_SZ, NULL);
	if (size < 0 || control(t, twin, ROW(ioctl), FIONREAD, &held) < 0)
		return size < 0 ? size : -EBADF;
	/* a page is sure to fit, all of it into an empty one only */
	return held ? PIPE_BUF : size;
}

static int64_t to_pipe(struct tracee *t, struct pages *p)
{
	struct rsx_mem mem = tracee_mem(t);
	int64_t size = split_pipe_room(t, p->twin, p->wait);
	ssize_t n;

	if (size < 0)
		return size;
	n = mem.readv(mem.ctx, p->iov, p->n, p->data, p->len < (uint64_t)size ? p->len : (size_t)size);
	if (n <= 0)
		return -EFAULT;
	return op_remote(t, ROW(write), OP_ARGS((uint64_t)p->twin, (uintptr_t)p->data, (uint64_t)n));
}

/* What has been read cannot be put back: the program must have room for it. */
static int64_t from_pipe(struct tracee *t, struct pages *p)
{
	struct rsx_mem mem = tracee_mem(t);
	int64_t ret = await_ready(t, p->twin, p->wait, POLLIN);
	ssize_t room;

	if (ret)
		return ret;
	room = mem.readv(mem.ctx, p->iov, p->n, p->data, p->len);
	if (room <= 0 || mem.writev(mem.ctx, p->iov, p->n, p->data, (size_t)room) <= 0)
		return -EFAULT;
	ret = op_remote(t, ROW(read), OP_ARGS((uint64_t)p->twin, (uintptr_t)p->data,
					      (uint64_t)room));
	return ret > 0 ? mem.writev(mem.ctx, p->iov, p->n, p->data, (size_t)ret) : ret;
}

int64_t split_vmsplice(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	const struct fdentry *e = fdtable_get(t->fds, (int)a[0]);
	struct pages p = { .twin = e->twin, .wait = !(a[3] & SPLICE_F_NONBLOCK) };
	bool pipe = S_ISFIFO(e->mode) && !(e->mode & FD_MODE_PATH);
	int64_t flags, ret;

	if (a[3] & ~(uint64_t)SPLICE_ALL & UINT32_MAX)
		return -EINVAL;
	flags = control(t, p.twin, ROW(fcntl), F_GETFL, NULL);
	if (flags < 0)
		return flags;
	if ((flags & O_PATH) || (flags & O_ACCMODE) == O_ACCMODE)
		return -EBADF;
	ret = read_parts(t, &p, a[1], a[2]);
	if (ret || !p.len)
		return ret;
	if (!pipe)
		return -EBADF;
	return (flags & O_ACCMODE) == O_RDONLY ? from_pipe(t, &p) : to_pipe(t, &p);
}
