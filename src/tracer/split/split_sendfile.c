/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendfile, splice, tee, copy_file_range: calls with two descriptors. Where
 * both live on one side they run there, whole. Across sides copy_file_range
 * is EXDEV, as between file systems, and the others move one piece through a
 * mapping in the program: the remote end is read or written by a remote call,
 * the local end by the program itself, so that it blocks and is interrupted as
 * it would be. Nothing is lost that the other end does not take: a file's
 * position is put back; what is in a pipe or a socket is looked at (by tee(2)
 * into another pipe, by MSG_PEEK) and leaves it only when it has been written.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.h"
#include "mmap/coherent.h"
#include "rsx/cleanup.h"
#include "split/transfer.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE (256u << 10)

/* --- moving --- */

/* The twin's descriptor to read from; if another thread has closed it, one that is none. */
static uint64_t source(const struct tracee *t, const struct transfer *x)
{
	return (uint64_t)transfer_twin(t, &x->in);
}

static int64_t read_remote(struct tracee *t, const struct transfer *x, int64_t off)
{
	const uint64_t fd = source(t, x);

	if (x->in.off)
		return op_remote(t, ROW(pread64),
				 OP_ARGS(fd, (uintptr_t)x->here, x->len, (uint64_t)off));
	return op_remote(t, ROW(read), OP_ARGS(fd, (uintptr_t)x->here, x->len));
}

/* Write all of it over there: what left the local end must not be lost. */
static int64_t write_remote(struct tracee *t, const struct transfer *x, int64_t len, int64_t off)
{
	int64_t done = 0;

	while (done < len) {
		const uint64_t from = (uintptr_t)x->here + (uint64_t)done;
		int64_t n = transfer_twin(t, &x->out);

		if (n >= 0 && x->out.off)
			n = op_remote(t, ROW(pwrite64),
				      OP_ARGS((uint64_t)n, from, (uint64_t)(len - done),
					      (uint64_t)(off + done)));
		else if (n >= 0)
			n = op_remote(t, ROW(write),
				      OP_ARGS((uint64_t)n, from, (uint64_t)(len - done)));
		if (n <= 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

/* O_NONBLOCK counts where it is a pipe's. */
static bool waits(const struct transfer *x)
{
	return !(x->flags & SPLICE_F_NONBLOCK) &&
	       !(transfer_is_pipe(&x->in) && (x->in.flags & O_NONBLOCK)) &&
	       !(transfer_is_pipe(&x->out) && (x->out.flags & O_NONBLOCK));
}

/* The program waits until its descriptor is ready, or broken. 0: go on. */
static int64_t await_here(struct tracee *t, const struct transfer *x, int fd, short events)
{
	const struct pollfd p = { .fd = fd, .events = events };
	int64_t n;

	if (!waits(x))
		return -EAGAIN;
	if (tracee_poke(t, x->there, &p, sizeof(p)))
		return -EFAULT;
	n = op_native_blocking(t, ROW(ppoll)->nr[RSX_ARCH_NATIVE], OP_ARGS(x->there, 1, 0, 0, 0));
	return n < 0 ? n : 0;
}

static void cut_to_room(struct transfer *x, int64_t room)
{
	if (room > 0 && x->len > (uint64_t)room)
		x->len = (uint64_t)room;
}

/*
 * The kernel looks at a pipe before it reads what is to go into it: without a
 * reader it is EPIPE, which the tracee's own write says, and full it is EAGAIN,
 * or waited for. No more is moved than is sure to go in. 0: go on.
 */
static int64_t await_pipe(struct tracee *t, struct transfer *x)
{
	struct pollfd p = { .events = POLLOUT };
	int held = 0, size = 0;
	int64_t ret;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, x->out.fd);
	do {
		p.fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (p.fd < 0 && errno != ENXIO)
			return 0;
		p.revents = POLLERR;
		if (p.fd >= 0) {
			poll(&p, 1, 0);
			ioctl(p.fd, FIONREAD, &held);
			size = fcntl(p.fd, F_GETPIPE_SZ);
			close(p.fd);
		}
		if (p.revents & POLLERR)
			return op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE],
						  OP_ARGS((uint64_t)x->out.fd, x->there, 1));
		ret = p.revents & POLLOUT ? 0 : await_here(t, x, x->out.fd, POLLOUT);
	} while (!ret && !(p.revents & POLLOUT));
	/* a page is sure to fit, all of it into an empty one only */
	cut_to_room(x, held ? PIPE_BUF : size);
	return ret;
}

/*
 * n bytes of x->here, by the program. The kernel goes on after a short write, and so
 * meets what ended it; with a pipe it has moved what there was room for.
 */
static int64_t write_local(struct tracee *t, const struct transfer *x, int64_t n, int64_t off)
{
	const uint64_t fd = (uint64_t)x->out.fd;
	int64_t done = 0, w;

	if (tracee_poke(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	do {
		const uint64_t from = x->there + (uint64_t)done, len = (uint64_t)(n - done);

		if (x->out.off)
			w = op_native_blocking(t, ROW(pwrite64)->nr[RSX_ARCH_NATIVE],
					       OP_ARGS(fd, from, len, (uint64_t)(off + done)));
		else
			w = op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE],
					       OP_ARGS(fd, from, len));
		done += w > 0 ? w : 0;
	} while (w > 0 && done < n && !transfer_is_pipe(&x->out));
	return done ? done : w;
}

/*
 * What a remote pipe holds, into x->here: as much of it as the local end is sure to
 * take, once something is there. It stays in the pipe: by way of another one of the
 * twin's.
 */
static int64_t peek_there(struct tracee *t, struct transfer *x)
{
	int p[2];
	int64_t err, n = transfer_pipe(t, p, 0);

	if (n)
		return n;
	n = op_remote(t, ROW(tee), OP_ARGS(source(t, x), (uint64_t)p[1], x->len,
					   waits(x) ? 0 : SPLICE_F_NONBLOCK));
	err = n >= 0 && transfer_is_pipe(&x->out) ? await_pipe(t, x) : 0;
	if (n > 0 && !err)
		n = op_remote(t, ROW(read), OP_ARGS((uint64_t)p[0], (uintptr_t)x->here,
						    (uint64_t)n < x->len ? (uint64_t)n : x->len));
	transfer_pipe_close(t, p);
	return err ? err : n;
}

/* The first n bytes of a remote pipe have gone elsewhere. */
static void discard_there(struct tracee *t, const struct transfer *x, int64_t n)
{
	int p[2];

	if (transfer_pipe(t, p, 0))
		return;
	op_remote(t, ROW(splice), OP_ARGS(source(t, x), 0, (uint64_t)p[1], 0, (uint64_t)n,
					  SPLICE_F_NONBLOCK));
	transfer_pipe_close(t, p);
}

/* Remote pipe, local end: only what that has taken leaves the pipe. */
static int64_t pipe_to_local(struct tracee *t, struct transfer *x, int64_t out_off)
{
	int64_t n;

	if (!transfer_is_pipe(&x->out) && !transfer_takes(t, &x->out))
		return -EINVAL;
	n = peek_there(t, x);
	if (n > 0)
		n = write_local(t, x, n, out_off);
	if (n > 0 && t->call.row != ROW(tee))
		discard_there(t, x, n);
	return n;
}

/* Unix sockets look at SPLICE_F_NONBLOCK, others do not. */
static uint64_t peek_flags(struct tracee *t, const struct transfer *x)
{
	int domain = AF_UNIX;
	uint32_t len = sizeof(domain);

	if (!(x->flags & SPLICE_F_NONBLOCK))
		return MSG_PEEK;
	if (fdtable_get(t->fds, x->in.fd))
		op_remote(t, ROW(getsockopt), OP_ARGS(source(t, x), SOL_SOCKET, SO_DOMAIN,
						      (uintptr_t)&domain, (uintptr_t)&len));
	return domain == AF_UNIX ? MSG_PEEK | MSG_DONTWAIT : MSG_PEEK;
}

/* Remote socket, local pipe: only what that has taken leaves the socket. */
static int64_t socket_to_local(struct tracee *t, struct transfer *x)
{
	const uint64_t to = (uintptr_t)x->here;
	int64_t n = await_pipe(t, x);

	if (n || !x->len)
		return n;
	n = op_remote(t, ROW(recvfrom), OP_ARGS(source(t, x), to, x->len, peek_flags(t, x), 0, 0));
	if (n > 0)
		n = write_local(t, x, n, 0);
	if (n > 0)
		op_remote(t, ROW(recvfrom),
			  OP_ARGS(source(t, x), to, (uint64_t)n, MSG_DONTWAIT, 0, 0));
	return n;
}

/* Remote file, local end: what the local end does not take is put back. */
static int64_t to_local(struct tracee *t, struct transfer *x, int64_t off, int64_t out_off)
{
	int64_t n, w;

	if (transfer_is_pipe(&x->in))
		return pipe_to_local(t, x, out_off);
	if (S_ISSOCK(x->in.mode))
		return socket_to_local(t, x);
	n = transfer_is_pipe(&x->out) ? await_pipe(t, x) : 0;
	/* of nothing the kernel asks no more than that */
	if (!n && x->len && !transfer_moves(&x->in))
		n = -EINVAL;
	if (n || !x->len)
		return n;
	n = read_remote(t, x, off);
	if (n <= 0)
		return n;
	w = !transfer_takes(t, &x->out) ? -EINVAL : write_local(t, x, n, out_off);
	if (w < n && !x->in.off && transfer_twin(t, &x->in) >= 0)
		op_remote(t, ROW(lseek), OP_ARGS((uint64_t)x->in.twin,
						 (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

/* What the program's pipe holds, into x->here; it stays in the pipe. */
static int64_t peek(const struct tracee *t, const struct transfer *x)
{
	char path[64];
	int from, p[2];
	int64_t n = -ENOMEM;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, x->in.fd);
	from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return -errno;
	if (!pipe2(p, O_CLOEXEC | O_NONBLOCK)) {
		n = tee(from, p[1], x->len, SPLICE_F_NONBLOCK);
		n = n < 0 ? -errno : n ? read(p[0], x->here, (size_t)n) : 0;
		close(p[0]);
		close(p[1]);
	}
	close(from);
	return n;
}

/* A pipe gives up only what has arrived: nothing can be put back into it. */
static int64_t pipe_to_remote(struct tracee *t, const struct transfer *x, int64_t off)
{
	int64_t n, w;

	while ((n = peek(t, x)) == -EAGAIN) {
		n = await_here(t, x, x->in.fd, POLLIN);
		if (n)
			return n;
	}
	if (n <= 0)
		return n;
	w = write_remote(t, x, n, off);
	if (w > 0)
		op_native(t, ROW(read)->nr[RSX_ARCH_NATIVE],
			  OP_ARGS((uint64_t)x->in.fd, x->there, (uint64_t)w));
	return w;
}

/* A pipe of the server's has room, of which x->len is sure to fit. 0: go on. */
static int64_t await_room(struct tracee *t, struct transfer *x)
{
	int64_t n = transfer_twin(t, &x->out);

	if (n >= 0)
		n = split_pipe_room(t, x->out.twin, waits(x));
	cut_to_room(x, n);
	return n < 0 ? n : 0;
}

/* What the local end has, at x->there. A socket keeps it until it is known to be taken. */
static int64_t read_local(struct tracee *t, const struct transfer *x, int64_t off)
{
	const uint64_t fd = (uint64_t)x->in.fd, len = x->len;

	if (S_ISSOCK(x->in.mode))
		return op_native_blocking(t, ROW(recvfrom)->nr[RSX_ARCH_NATIVE],
					  OP_ARGS(fd, x->there, len, peek_flags(t, x), 0, 0));
	if (x->in.off)
		return op_native_blocking(t, ROW(pread64)->nr[RSX_ARCH_NATIVE],
					  OP_ARGS(fd, x->there, len, (uint64_t)off));
	return op_native_blocking(t, ROW(read)->nr[RSX_ARCH_NATIVE], OP_ARGS(fd, x->there, len));
}

/* Local end, remote file: what that does not take is put back, or was not taken. */
static int64_t to_remote(struct tracee *t, struct transfer *x, int64_t in_off, int64_t off)
{
	int64_t n, w;

	if (transfer_is_pipe(&x->in))
		return pipe_to_remote(t, x, off);
	n = transfer_is_pipe(&x->out) ? await_room(t, x) : 0;
	if (!n && x->len && !transfer_gives(&x->in))
		n = -EINVAL;
	if (!n && x->len)
		n = read_local(t, x, in_off);
	if (n <= 0)
		return n;
	if (tracee_read(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	w = write_remote(t, x, n, off);
	if (w > 0 && S_ISSOCK(x->in.mode))
		op_native(t, ROW(recvfrom)->nr[RSX_ARCH_NATIVE],
			  OP_ARGS((uint64_t)x->in.fd, x->there, (uint64_t)w, MSG_DONTWAIT, 0, 0));
	if (w < n && !x->in.off && S_ISREG(x->in.mode))
		op_native(t, ROW(lseek)->nr[RSX_ARCH_NATIVE],
			  OP_ARGS((uint64_t)x->in.fd, (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

/* --- tee: what is in a pipe, and stays there --- */

static int64_t tee_to_remote(struct tracee *t, struct transfer *x)
{
	int64_t n = await_room(t, x);

	if (n)
		return n;
	while ((n = peek(t, x)) == -EAGAIN) {
		n = await_here(t, x, x->in.fd, POLLIN);
		if (n)
			return n;
	}
	return n > 0 ? write_remote(t, x, n, 0) : n;
}

static void put_offset(struct tracee *t, uint64_t at, int64_t off)
{
	if (at)
		tracee_write(t, at, &off, sizeof(off));
}

static int64_t move(struct tracee *t, struct transfer *x, int64_t in_off, int64_t out_off)
{
	bool from_there = transfer_is_remote(&x->in);

	/* between pipes it waits for room before it is refused */
	if (t->call.row == ROW(sendfile) && transfer_is_pipe(&x->in)) {
		int64_t ret = from_there ? await_pipe(t, x) : await_room(t, x);

		return ret ? ret : -EINVAL;
	}
	if (t->call.row == ROW(tee) && !from_there)
		return tee_to_remote(t, x);
	return from_there ? to_local(t, x, in_off, out_off) : to_remote(t, x, in_off, out_off);
}

static int64_t across(struct tracee *t, struct transfer *x)
{
	_rsx_free_ uint8_t *here = malloc(PIECE);
	int64_t in_off = 0, out_off = 0, ret = transfer_judge(t, x, &in_off, &out_off);

	/* sendfile looks at a pipe even for nothing */
	if (ret || (!x->len && !(t->call.row == ROW(sendfile) && transfer_is_pipe(&x->out))))
		return ret;
	if (transfer_is_remote(&x->in) == transfer_is_remote(&x->out))
		return -EBADF; /* another thread has put something else there meanwhile */
	if (!here)
		return -ENOMEM;
	if (x->len > PIECE)
		x->len = PIECE;
	x->here = here;
	ret = op_native(t, arch_nr.mmap,
			OP_ARGS(0, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				(uint64_t)-1, 0));
	if (ret < 0 && ret >= -4095)
		return ret;
	x->there = (uint64_t)ret;
	ret = move(t, x, in_off, out_off);
	op_native(t, arch_nr.munmap, OP_ARGS(x->there, PIECE));
	if (ret > 0) {
		/* /dev/zero has no position */
		if (!S_ISCHR(x->in.mode))
			put_offset(t, x->in.off, in_off + ret);
		put_offset(t, x->out.off, out_off + ret);
	}
	return ret;
}

int64_t split_sendfile(struct tracee *t)
{
	struct call *c = &t->call;
	struct transfer x;
	bool mixed = false;
	int64_t ret;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		if (c->row->arg[i].kind == RSX_KIND_FD && !fdtable_get(t->fds, (int)c->args[i]))
			mixed = true;
	}
	if (!mixed) {
		if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
			return ret;
		return t->tracer->n_images ? coherent_copy(t) : op_forward(t);
	}
	transfer_read(t, &x);
	return across(t, &x);
}
