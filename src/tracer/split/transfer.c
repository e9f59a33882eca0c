/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See transfer.h. The kernel's rules in its order: fs/read_write.c, fs/splice.c. */
#include "split/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif
#define SPLICE_ALL (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

void transfer_read(const struct tracee *t, struct transfer *x)
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
	x->in.twin = x->out.twin = -1;
}

/* --- the two ends --- */

/* F_GETFL of a local descriptor, and what kind of file it is. */
static void look_here(const struct tracee *t, struct end *e)
{
	char path[64];
	struct stat st;

	e->flags = -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, e->fd);
	if (stat(path, &st))
		return;
	e->mode = st.st_mode;
	e->dev = st.st_rdev;
	e->flags = tracee_fd_flags(t, e->fd);
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
	e->twin = entry->twin;
	ret = op_remote(t, row, OP_ARGS((uint64_t)entry->twin, F_GETFL));
	e->flags = ret < 0 ? -1 : (int)ret;
	return ret == -ESRCH ? -ESRCH : 0;
}

bool transfer_is_remote(const struct end *e)
{
	return e->twin >= 0;
}

int64_t transfer_twin(const struct tracee *t, const struct end *e)
{
	const struct fdentry *entry = fdtable_get(t->fds, e->fd);

	return entry && entry->twin == e->twin ? e->twin : -EBADF;
}

int64_t transfer_pipe(struct tracee *t, int p[2], int flags)
{
	return op_remote(t, ROW(pipe2), OP_ARGS((uintptr_t)p, (uint64_t)(flags | O_CLOEXEC)));
}

void transfer_pipe_close(struct tracee *t, const int p[2])
{
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)p[0]));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)p[1]));
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

bool transfer_is_pipe(const struct end *e)
{
	return S_ISFIFO(e->mode) && !(e->flags & O_PATH);
}

/* A copy of a local descriptor, of rsx-trace's own; -1: there is none. */
static int copy_here(const struct tracee *t, const struct end *e)
{
	int pid = (int)syscall(SYS_pidfd_open, t->tid, PIDFD_THREAD), fd = -1;

	if (pid < 0) /* before Linux 6.9; a thread with a table of its own is rare */
		pid = (int)syscall(SYS_pidfd_open, t->process->pid, 0);
	if (pid >= 0) {
		fd = (int)syscall(SYS_pidfd_getfd, pid, e->fd, 0);
		close(pid);
	}
	return fd;
}

/*
 * Anonymous files (eventfd, pidfd and the like) have no type at all. One of them
 * can be read at an offset and the other cannot: a read of nothing says so.
 */
static bool has_offsets(const struct tracee *t, const struct end *e)
{
	bool can;
	int fd;

	if ((e->mode & S_IFMT) || fdtable_get(t->fds, e->fd))
		return S_ISREG(e->mode) || S_ISDIR(e->mode) || S_ISBLK(e->mode) || S_ISCHR(e->mode);
	fd = copy_here(t, e);
	can = fd >= 0 && (pread(fd, &fd, 0, 0) >= 0 || errno != ESPIPE);
	if (fd >= 0)
		close(fd);
	return can;
}

/* ... and one has a position, if it means nothing. */
static bool has_position(const struct tracee *t, const struct end *e)
{
	bool has;
	int fd;

	if ((e->mode & S_IFMT) || fdtable_get(t->fds, e->fd))
		return !S_ISFIFO(e->mode) && !S_ISSOCK(e->mode);
	fd = copy_here(t, e);
	has = fd >= 0 && (lseek(fd, 0, SEEK_CUR) >= 0 || errno != ESPIPE);
	if (fd >= 0)
		close(fd);
	return has;
}

bool transfer_moves(const struct end *e)
{
	return (e->mode & S_IFMT) && !S_ISDIR(e->mode);
}

bool transfer_gives(const struct end *e)
{
	return transfer_moves(e) && !(S_ISCHR(e->mode) && e->dev == makedev(1, 3));
}

/*
 * What a local descriptor takes is its driver's affair (/dev/zero does,
 * /dev/full does not): asked with a pipe that has nothing to give.
 */
bool transfer_takes(const struct tracee *t, const struct end *e)
{
	int fd, p[2];
	bool takes = true;

	if (!transfer_moves(e))
		return false;
	fd = copy_here(t, e);
	if (fd >= 0 && !pipe2(p, O_CLOEXEC)) {
		takes = splice(p[0], NULL, fd, NULL, 1, SPLICE_F_NONBLOCK) >= 0 || errno != EINVAL;
		close(p[0]);
		close(p[1]);
	}
	if (fd >= 0)
		close(fd);
	return takes;
}

/* --- the kernel's rules, in its order: fs/read_write.c, fs/splice.c --- */

static int check_sendfile_ends(const struct tracee *t, const struct transfer *x, int64_t in_off)
{
	if (x->in.flags < 0 || !readable(&x->in))
		return -EBADF;
	if (x->in.off && !has_offsets(t, &x->in))
		return -ESPIPE;
	if (in_off < 0 || (int64_t)x->len < 0 || in_off > INT64_MAX - (int64_t)x->len)
		return -EINVAL;
	return x->out.flags < 0 || !writable(&x->out) ? -EBADF : 0;
}

static int check_sendfile_kinds(const struct tracee *t, const struct transfer *x)
{
	if (transfer_is_pipe(&x->out))
		return 0;
	if ((x->out.flags & O_APPEND) || !has_position(t, &x->in))
		return -EINVAL;
	return transfer_gives(&x->in) || !x->len ? 0 : -EINVAL;
}

static int check_splice(const struct tracee *t, const struct transfer *x, int64_t in_off,
			int64_t out_off)
{
	const struct end *file = transfer_is_pipe(&x->in) ? &x->out : &x->in;

	if (x->in.flags < 0 || x->out.flags < 0 || (x->in.flags & O_PATH) ||
	    (x->out.flags & O_PATH))
		return -EBADF;
	if ((transfer_is_pipe(&x->in) && x->in.off) || (transfer_is_pipe(&x->out) && x->out.off))
		return -ESPIPE;
	if (!readable(&x->in) || !writable(&x->out))
		return -EBADF;
	if (!transfer_is_pipe(&x->in) && !transfer_is_pipe(&x->out))
		return -EINVAL;
	if ((file->off && !has_offsets(t, file)) || in_off < 0 || out_off < 0 ||
	    (int64_t)x->len < 0)
		return -EINVAL;
	if (file == &x->in)
		return 0;
	return (file->flags & O_APPEND) || !transfer_moves(file) ? -EINVAL : 0;
}

/*
 * Does it begin where no file of its file system goes? A directory that was
 * read stands anywhere. The kernel over there is asked, with a pipe.
 */
static int check_place(struct tracee *t, const struct transfer *x, int64_t in_off)
{
	int64_t n;
	int p[2];

	if (!fdtable_get(t->fds, x->in.fd) || !has_offsets(t, &x->in) ||
	    in_off <= INT32_MAX - (int64_t)x->len)
		return 0;
	n = transfer_pipe(t, p, O_NONBLOCK);
	if (n)
		return (int)n;
	n = op_remote(t, ROW(sendfile), OP_ARGS((uint64_t)p[1], (uint64_t)x->in.twin,
						(uintptr_t)&in_off, x->len));
	transfer_pipe_close(t, p);
	return n == -EOVERFLOW || n == -ESRCH ? (int)n : 0;
}

static int check_sendfile(struct tracee *t, const struct transfer *x, int64_t in_off)
{
	int err = check_sendfile_ends(t, x, in_off);

	if (!err)
		err = check_place(t, x, in_off);
	return err ? err : check_sendfile_kinds(t, x);
}

/*
 * To copy_file_range(2) some of what has no type is a regular file all the same
 * (a pidfd, since Linux 6.16, but no eventfd): asked of the kernel, for nothing.
 */
static bool is_regular(const struct tracee *t, const struct end *e)
{
	int fd, to;
	bool regular;

	if ((e->mode & S_IFMT) || fdtable_get(t->fds, e->fd))
		return S_ISREG(e->mode);
	fd = copy_here(t, e);
	to = memfd_create("rsx", MFD_CLOEXEC);
	regular = fd >= 0 && to >= 0 &&
		  (copy_file_range(fd, NULL, to, NULL, 0, 0) == 0 || errno != EINVAL);
	if (fd >= 0)
		close(fd);
	if (to >= 0)
		close(to);
	return regular;
}

/* Across sides it is between file systems, if it is between files at all. */
static int check_copy(const struct tracee *t, const struct transfer *x)
{
	if (x->in.flags < 0 || x->out.flags < 0 || (x->in.flags & O_PATH) ||
	    (x->out.flags & O_PATH))
		return -EBADF;
	if (x->flags)
		return -EINVAL;
	if (S_ISDIR(x->in.mode) || S_ISDIR(x->out.mode))
		return -EISDIR;
	if (!is_regular(t, &x->in) || !is_regular(t, &x->out))
		return -EINVAL;
	if (!readable(&x->in) || !writable(&x->out) || (x->out.flags & O_APPEND))
		return -EBADF;
	return -EXDEV;
}

static int get_offset(struct tracee *t, uint64_t at, int64_t *off)
{
	return at ? tracee_read(t, at, off, sizeof(*off)) : 0;
}

/* 0: go on with it. What else it is, is the call's result. */
int64_t transfer_judge(struct tracee *t, struct transfer *x, int64_t *in_off, int64_t *out_off)
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
		return check_copy(t, x);
	if (get_offset(t, x->in.off, in_off) || get_offset(t, x->out.off, out_off))
		return -EFAULT;
	/* a directory that was read to its end stands where no file ends */
	if (S_ISDIR(x->in.mode) && !x->in.off && transfer_twin(t, &x->in) >= 0)
		*in_off = op_remote(t, ROW(lseek), OP_ARGS((uint64_t)x->in.twin, 0, SEEK_CUR));
	if (row == ROW(sendfile))
		return check_sendfile(t, x, *in_off);
	if (row == ROW(splice))
		return check_splice(t, x, *in_off, *out_off);
	if (x->in.flags < 0 || x->out.flags < 0 || !readable(&x->in) || !writable(&x->out))
		return -EBADF;
	return transfer_is_pipe(&x->in) && transfer_is_pipe(&x->out) ? 0 : -EINVAL;
}
