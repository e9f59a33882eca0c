/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendfile, splice, tee, copy_file_range: calls with two descriptors. Where
 * both live on one side they run there, whole. Across sides copy_file_range
 * is EXDEV, as between file systems, and sendfile and splice move one piece
 * through a mapping in the program: the remote end is read or written by a
 * remote call, the local end by the program itself, so that it blocks and is
 * interrupted as it would be.
 */
#include "split.h"

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
#include <sys/syscall.h>
#include <unistd.h>

#include "coherent.h"
#include "dispatch.h"
#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE (256u << 10)
#define SPLICE_ALL (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* One end: what the kernel would look at first. */
struct end {
	int fd; /* the program's number */
	int flags; /* F_GETFL's; -1: not open */
	mode_t mode;
	uint64_t off; /* address of its offset, 0: the file's own */
};

/* The transfer, whatever it is called. */
struct transfer {
	struct end in, out;
	uint64_t len;
	uint64_t flags; /* of splice */
	uint8_t *here;	 /* PIECE bytes of ours */
	uint64_t there;	 /* PIECE bytes in the program */
};

static void read_transfer(const struct tracee *t, struct transfer *x)
{
	const uint64_t *a = t->call.args;

	if (t->call.row == ROW(sendfile))
		*x = (struct transfer){ .out.fd = (int)a[0], .in.fd = (int)a[1], .in.off = a[2],
					.len = a[3] };
	else if (t->call.row == ROW(tee))
		*x = (struct transfer){ .in.fd = (int)a[0], .out.fd = (int)a[1], .len = a[2],
					.flags = a[3] };
	else
		*x = (struct transfer){ .in.fd = (int)a[0], .in.off = a[1], .out.fd = (int)a[2],
					.out.off = a[3], .len = a[4], .flags = a[5] };
}

/* --- the two ends --- */

/* F_GETFL of a local descriptor, and what kind of file it is. */
static void look_here(const struct tracee *t, struct end *e)
{
	char path[64], line[64];
	struct stat st;
	FILE *info;

	e->flags = -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, e->fd);
	if (stat(path, &st))
		return;
	e->mode = st.st_mode;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", t->tid, e->fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info)) {
		if (sscanf(line, "flags: %o", (unsigned int *)&e->flags) == 1)
			break;
	}
	if (info)
		fclose(info);
}

/* 0, or -ESRCH. */
static int look(struct tracee *t, struct end *e)
{
	const struct fdentry *entry = fdtable_get(t->fds, e->fd);
	const struct rsx_syscall *row = rsx_syscall_variant(ROW(fcntl), OP_ARGS(0, F_GETFL));
	int64_t ret;

	if (!entry) {
		look_here(t, e);
		return 0;
	}
	e->mode = entry->mode;
	ret = op_remote(t, row, OP_ARGS((uint64_t)entry->twin, F_GETFL));
	e->flags = ret < 0 ? -1 : (int)ret;
	return ret == -ESRCH ? -ESRCH : 0;
}

static bool readable(const struct end *e)
{
	int access = e->flags & O_ACCMODE;

	return !(e->flags & O_PATH) && (access == O_RDONLY || access == O_RDWR);
}

static bool writable(const struct end *e)
{
	int access = e->flags & O_ACCMODE;

	return !(e->flags & O_PATH) && (access == O_WRONLY || access == O_RDWR);
}

static bool is_pipe(const struct end *e)
{
	return S_ISFIFO(e->mode) && !(e->flags & O_PATH);
}

/* Anonymous files (eventfd and the like) have no type at all. */
static bool has_offsets(const struct end *e)
{
	return S_ISREG(e->mode) || S_ISDIR(e->mode) || S_ISBLK(e->mode) || S_ISCHR(e->mode);
}

/* What can be spliced from and to: not a directory, not an eventfd. */
static bool moves_data(const struct end *e)
{
	return (e->mode & S_IFMT) && !S_ISDIR(e->mode);
}

/*
 * What a local descriptor takes is its driver's affair (/dev/zero does,
 * /dev/full does not): asked with a pipe that has nothing to give.
 */
static bool takes_data(const struct tracee *t, const struct end *e)
{
	int pid = (int)syscall(SYS_pidfd_open, t->process->pid, 0), fd = -1, p[2];
	bool takes = true;

	if (!moves_data(e))
		takes = false;
	else if (pid >= 0)
		fd = (int)syscall(SYS_pidfd_getfd, pid, e->fd, 0);
	if (fd >= 0 && !pipe2(p, O_CLOEXEC)) {
		takes = splice(p[0], NULL, fd, NULL, 1, SPLICE_F_NONBLOCK) >= 0 || errno != EINVAL;
		close(p[0]);
		close(p[1]);
	}
	if (fd >= 0)
		close(fd);
	if (pid >= 0)
		close(pid);
	return takes;
}

/* --- the kernel's rules, in its order: fs/read_write.c, fs/splice.c --- */

static int check_sendfile(const struct transfer *x, int64_t in_off)
{
	if (x->in.flags < 0 || !readable(&x->in))
		return -EBADF;
	if (x->in.off && !has_offsets(&x->in))
		return -ESPIPE;
	if (in_off < 0 || (int64_t)x->len < 0 || in_off > INT64_MAX - (int64_t)x->len)
		return -EINVAL;
	if (x->out.flags < 0 || !writable(&x->out))
		return -EBADF;
	if (is_pipe(&x->out))
		return 0;
	if ((x->out.flags & O_APPEND) || S_ISFIFO(x->in.mode) || S_ISSOCK(x->in.mode))
		return -EINVAL;
	return moves_data(&x->in) || !x->len ? 0 : -EINVAL;
}

static int check_splice(const struct transfer *x, int64_t in_off, int64_t out_off)
{
	const struct end *file = is_pipe(&x->in) ? &x->out : &x->in;

	if (x->in.flags < 0 || x->out.flags < 0 || (x->in.flags & O_PATH) ||
	    (x->out.flags & O_PATH))
		return -EBADF;
	if ((is_pipe(&x->in) && x->in.off) || (is_pipe(&x->out) && x->out.off))
		return -ESPIPE;
	if (!readable(&x->in) || !writable(&x->out))
		return -EBADF;
	if (!is_pipe(&x->in) && !is_pipe(&x->out))
		return -EINVAL;
	if ((file->off && !has_offsets(file)) || in_off < 0 || out_off < 0 ||
	    (int64_t)x->len < 0)
		return -EINVAL;
	if (file == &x->in)
		return 0;
	return (file->flags & O_APPEND) || !moves_data(file) ? -EINVAL : 0;
}

/* Across sides it is between file systems, if it is between files at all. */
static int check_copy(const struct transfer *x)
{
	if (x->in.flags < 0 || x->out.flags < 0 || (x->in.flags & O_PATH) ||
	    (x->out.flags & O_PATH))
		return -EBADF;
	if (x->flags)
		return -EINVAL;
	if (S_ISDIR(x->in.mode) || S_ISDIR(x->out.mode))
		return -EISDIR;
	if (!S_ISREG(x->in.mode) || !S_ISREG(x->out.mode))
		return -EINVAL;
	if (!readable(&x->in) || !writable(&x->out) || (x->out.flags & O_APPEND))
		return -EBADF;
	return -EXDEV;
}

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

/* Remote file, local end: what the local end does not take is put back. */
static int64_t to_local(struct tracee *t, struct transfer *x, int64_t off)
{
	int64_t n = is_pipe(&x->out) ? await_pipe(t, x) : 0, w;
	const struct fdentry *e;

	if (!n && !moves_data(&x->in))
		n = -EINVAL;
	if (n)
		return n;
	n = read_remote(t, x, off);
	if (n <= 0)
		return n;
	if (tracee_poke(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	w = !takes_data(t, &x->out) ? -EINVAL :
	    op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE],
			       OP_ARGS((uint64_t)x->out.fd, x->there, (uint64_t)n));
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
	struct rsx_mem mem = tracee_mem(t);
	int64_t n, w;

	if (is_pipe(&x->in))
		return pipe_to_remote(t, x, off);
	if (x->in.off)
		n = op_native_blocking(t, ROW(pread64)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in.fd, x->there, x->len, (uint64_t)in_off));
	else
		n = op_native_blocking(t, ROW(read)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in.fd, x->there, x->len));
	if (n <= 0)
		return n;
	if (mem.read(mem.ctx, rsx_addr(x->there), x->here, (size_t)n))
		return -EFAULT;
	w = write_remote(t, x, n, off);
	if (w < n && !x->in.off && S_ISREG(x->in.mode))
		op_native(t, ROW(lseek)->nr[RSX_ARCH_NATIVE],
			  OP_ARGS((uint64_t)x->in.fd, (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

static int get_offset(struct tracee *t, uint64_t at, int64_t *off)
{
	struct rsx_mem mem = tracee_mem(t);

	return at ? mem.read(mem.ctx, rsx_addr(at), off, sizeof(*off)) : 0;
}

static void put_offset(struct tracee *t, uint64_t at, int64_t off)
{
	struct rsx_mem mem = tracee_mem(t);

	if (at)
		mem.write(mem.ctx, rsx_addr(at), &off, sizeof(off));
}

/* 0: go on with it. What else it is, is the call's result. */
static int64_t judge(struct tracee *t, struct transfer *x, int64_t *in_off, int64_t *out_off)
{
	const struct rsx_syscall *row = t->call.row;

	if (row != ROW(sendfile) && row != ROW(copy_file_range)) {
		if (!x->len)
			return 0;
		if (x->flags & ~SPLICE_ALL)
			return -EINVAL;
	}
	if (look(t, &x->in) || look(t, &x->out))
		return -ESRCH;
	if (row == ROW(copy_file_range))
		return check_copy(x);
	if (get_offset(t, x->in.off, in_off) || get_offset(t, x->out.off, out_off))
		return -EFAULT;
	/* a directory that was read to its end stands where no file ends */
	if (S_ISDIR(x->in.mode) && !x->in.off && fdtable_get(t->fds, x->in.fd))
		*in_off = op_remote(t, ROW(lseek),
				    OP_ARGS((uint64_t)fdtable_get(t->fds, x->in.fd)->twin, 0,
					    SEEK_CUR));
	if (row == ROW(sendfile))
		return check_sendfile(x, *in_off);
	if (row == ROW(splice))
		return check_splice(x, *in_off, *out_off);
	/* tee: both are pipes, and on one side */
	return x->in.flags < 0 || x->out.flags < 0 || !readable(&x->in) || !writable(&x->out) ?
		       -EBADF : -EINVAL;
}

static int64_t across(struct tracee *t, struct transfer *x)
{
	_rsx_free_ uint8_t *here = malloc(PIECE);
	int64_t in_off = 0, out_off = 0, ret = judge(t, x, &in_off, &out_off);

	/* sendfile looks at a pipe even for nothing */
	if (ret || (!x->len && !(t->call.row == ROW(sendfile) && is_pipe(&x->out))))
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
	if (fdtable_get(t->fds, x->in.fd))
		ret = to_local(t, x, in_off);
	else
		ret = to_remote(t, x, in_off, out_off);
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
	read_transfer(t, &x);
	return across(t, &x);
}
