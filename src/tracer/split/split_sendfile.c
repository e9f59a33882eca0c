/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendfile, splice, tee, copy_file_range: calls with two descriptors. Where
 * both live on one side they run there, whole. Across sides copy_file_range
 * is EXDEV, as between file systems, and the others move one piece through a
 * mapping in the program: the remote end is read or written by a remote call,
 * the local end by the program itself, so that it blocks and is interrupted as
 * it would be. What a pipe holds is looked at with tee(2) into another one.
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

static int64_t read_remote(struct tracee *t, const struct transfer *x, int64_t off)
{
	uint64_t fd = (uint64_t)fdtable_get(t->fds, x->in.fd)->twin;

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
		const struct fdentry *e = fdtable_get(t->fds, x->out.fd);
		int64_t n;

		if (!e)
			return done ? done : -EBADF;
		if (x->out.off)
			n = op_remote(t, ROW(pwrite64),
				      OP_ARGS((uint64_t)e->twin, (uintptr_t)x->here + (uint64_t)done,
					      (uint64_t)(len - done), (uint64_t)(off + done)));
		else
			n = op_remote(t, ROW(write),
				      OP_ARGS((uint64_t)e->twin, (uintptr_t)x->here + (uint64_t)done,
					      (uint64_t)(len - done)));
		if (n <= 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

/*
 * The kernel looks at a pipe before it reads what is to go into it: without a
 * reader it is EPIPE, which the tracee's own write says, and full it is EAGAIN.
 * What comes from a socket cannot be put back, so no more of it is read than
 * will go in. 0: go on.
 */
static int64_t await_pipe(struct tracee *t, struct transfer *x)
{
	bool wait = !(x->out.flags & O_NONBLOCK) && !(x->flags & SPLICE_F_NONBLOCK);
	char path[64];
	int fd, held = 0, size = 0;
	struct pollfd p = { .events = POLLOUT };

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, x->out.fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno != ENXIO)
		return 0;
	p.fd = fd;
	if (fd >= 0) {
		poll(&p, 1, 0);
		ioctl(fd, FIONREAD, &held);
		size = fcntl(fd, F_GETPIPE_SZ);
		close(fd);
	}
	if (fd < 0 || (p.revents & POLLERR))
		return op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE],
					  OP_ARGS((uint64_t)x->out.fd, x->there, 1));
	if (wait)
		return 0;
	if (!(p.revents & POLLOUT))
		return -EAGAIN;
	/* a page is sure to fit, all of it into an empty one only */
	size = held ? PIPE_BUF : size;
	if (size > 0 && x->len > (uint64_t)size)
		x->len = (uint64_t)size;
	return 0;
}

/* n bytes of x->here, by the program. */
static int64_t write_local(struct tracee *t, const struct transfer *x, int64_t n, int64_t off)
{
	const uint64_t fd = (uint64_t)x->out.fd, len = (uint64_t)n;

	if (tracee_poke(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	if (x->out.off)
		return op_native_blocking(t, ROW(pwrite64)->nr[RSX_ARCH_NATIVE],
					  OP_ARGS(fd, x->there, len, (uint64_t)off));
	return op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE], OP_ARGS(fd, x->there, len));
}

/* Remote file, local end: what the local end does not take is put back. */
static int64_t to_local(struct tracee *t, struct transfer *x, int64_t off, int64_t out_off)
{
	int64_t n = transfer_is_pipe(&x->out) ? await_pipe(t, x) : 0, w;
	const struct fdentry *e;

	if (!n && !transfer_moves(&x->in))
		n = -EINVAL;
	if (n)
		return n;
	n = read_remote(t, x, off);
	if (n <= 0)
		return n;
	w = !transfer_takes(t, &x->out) ? -EINVAL : write_local(t, x, n, out_off);
	e = fdtable_get(t->fds, x->in.fd);
	if (w < n && !x->in.off && e)
		op_remote(t, ROW(lseek), OP_ARGS((uint64_t)e->twin,
						 (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

/* The program waits until its pipe has something, or nobody writes to it. 0: go on. */
static int64_t await_data(struct tracee *t, const struct transfer *x)
{
	const struct pollfd p = { .fd = x->in.fd, .events = POLLIN };
	int64_t n;

	if ((x->in.flags & O_NONBLOCK) || (x->flags & SPLICE_F_NONBLOCK))
		return -EAGAIN;
	if (tracee_poke(t, x->there, &p, sizeof(p)))
		return -EFAULT;
	n = op_native_blocking(t, ROW(ppoll)->nr[RSX_ARCH_NATIVE], OP_ARGS(x->there, 1, 0, 0, 0));
	return n < 0 ? n : 0;
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
		n = await_data(t, x);
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

/* Local end, remote file: what that does not take is put back. */
static int64_t to_remote(struct tracee *t, const struct transfer *x, int64_t in_off, int64_t off)
{
	int64_t n, w;

	if (transfer_is_pipe(&x->in))
		return pipe_to_remote(t, x, off);
	if (!transfer_gives(&x->in))
		return -EINVAL;
	if (x->in.off)
		n = op_native_blocking(t, ROW(pread64)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in.fd, x->there, x->len, (uint64_t)in_off));
	else
		n = op_native_blocking(t, ROW(read)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in.fd, x->there, x->len));
	if (n <= 0)
		return n;
	if (tracee_read(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	w = write_remote(t, x, n, off);
	if (w < n && !x->in.off && S_ISREG(x->in.mode))
		op_native(t, ROW(lseek)->nr[RSX_ARCH_NATIVE],
			  OP_ARGS((uint64_t)x->in.fd, (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

/* --- tee: what is in a pipe, and stays there --- */

static int64_t tee_to_remote(struct tracee *t, struct transfer *x)
{
	bool wait = !(x->out.flags & O_NONBLOCK) && !(x->flags & SPLICE_F_NONBLOCK);
	int64_t n = split_pipe_room(t, fdtable_get(t->fds, x->out.fd)->twin, wait);

	if (n < 0)
		return n;
	if (x->len > (uint64_t)n)
		x->len = (uint64_t)n;
	while ((n = peek(t, x)) == -EAGAIN) {
		n = await_data(t, x);
		if (n)
			return n;
	}
	return n > 0 ? write_remote(t, x, n, 0) : n;
}

static int64_t tee_to_local(struct tracee *t, struct transfer *x)
{
	int64_t n = await_pipe(t, x);
	int p[2];

	if (!n)
		n = op_remote(t, ROW(pipe2), OP_ARGS((uintptr_t)p, O_CLOEXEC | O_NONBLOCK));
	if (n)
		return n;
	/* another thread may have closed it meanwhile: the twin's number says so */
	n = op_remote(t, ROW(tee), OP_ARGS((uint64_t)x->in.twin, (uint64_t)p[1], x->len, x->flags));
	if (n > 0)
		n = op_remote(t, ROW(read), OP_ARGS((uint64_t)p[0], (uintptr_t)x->here, (uint64_t)n));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)p[0]));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)p[1]));
	return n > 0 ? write_local(t, x, n, 0) : n;
}

static void put_offset(struct tracee *t, uint64_t at, int64_t off)
{
	if (at)
		tracee_write(t, at, &off, sizeof(off));
}

static int64_t move(struct tracee *t, struct transfer *x, int64_t in_off, int64_t out_off)
{
	bool from_there = fdtable_get(t->fds, x->in.fd) != NULL;

	if (t->call.row == ROW(tee))
		return from_there ? tee_to_local(t, x) : tee_to_remote(t, x);
	return from_there ? to_local(t, x, in_off, out_off) : to_remote(t, x, in_off, out_off);
}

static int64_t across(struct tracee *t, struct transfer *x)
{
	_rsx_free_ uint8_t *here = malloc(PIECE);
	int64_t in_off = 0, out_off = 0, ret = transfer_judge(t, x, &in_off, &out_off);

	/* sendfile looks at a pipe even for nothing */
	if (ret || (!x->len && !(t->call.row == ROW(sendfile) && transfer_is_pipe(&x->out))))
		return ret;
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
