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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coherent.h"
#include "dispatch.h"
#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE (256u << 10)

/* The transfer, whatever it is called. */
struct transfer {
	int in, out;	 /* the program's numbers */
	uint64_t off_in; /* addresses of offsets, 0: the file's own */
	uint64_t off_out;
	uint64_t len;
	bool splice;
	uint8_t *here;	 /* PIECE bytes of ours */
	uint64_t there;	 /* PIECE bytes in the program */
};

static int read_transfer(struct tracee *t, struct transfer *x)
{
	const uint64_t *a = t->call.args;

	if (t->call.row == ROW(sendfile)) {
		*x = (struct transfer){ .out = (int)a[0], .in = (int)a[1], .off_in = a[2], .len = a[3] };
	} else if (t->call.row == ROW(splice)) {
		*x = (struct transfer){ .in = (int)a[0], .off_in = a[1], .out = (int)a[2],
					.off_out = a[3], .len = a[4], .splice = true };
	} else {
		return t->call.row == ROW(copy_file_range) ? -EXDEV : -EINVAL;
	}
	if (x->len > PIECE)
		x->len = PIECE;
	return 0;
}

/* What kind of file a local descriptor is. */
static mode_t local_mode(const struct tracee *t, int fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	return stat(path, &st) ? 0 : st.st_mode;
}

static mode_t mode_of(const struct tracee *t, int fd)
{
	const struct fdentry *e = fdtable_get(t->fds, fd);

	return e ? e->mode : local_mode(t, fd);
}

/* The rules of sendfile(2) and splice(2) on what may be an end. */
static int check(const struct tracee *t, const struct transfer *x)
{
	mode_t in = mode_of(t, x->in), out = mode_of(t, x->out);

	if (!x->splice)
		return S_ISREG(in) || S_ISBLK(in) ? 0 : -EINVAL;
	if ((S_ISFIFO(in) && x->off_in) || (S_ISFIFO(out) && x->off_out))
		return -ESPIPE;
	return S_ISFIFO(in) || S_ISFIFO(out) ? 0 : -EINVAL;
}

static int64_t read_remote(struct tracee *t, const struct transfer *x, int64_t off)
{
	uint64_t fd = (uint64_t)fdtable_get(t->fds, x->in)->twin;

	if (x->off_in)
		return op_remote(t, ROW(pread64),
				 OP_ARGS(fd, (uintptr_t)x->here, x->len, (uint64_t)off));
	return op_remote(t, ROW(read), OP_ARGS(fd, (uintptr_t)x->here, x->len));
}

/* Write all of it over there: what left the local end must not be lost. */
static int64_t write_remote(struct tracee *t, const struct transfer *x, int64_t len, int64_t off)
{
	int64_t done = 0;

	while (done < len) {
		const struct fdentry *e = fdtable_get(t->fds, x->out);
		int64_t n;

		if (!e)
			return done ? done : -EBADF;
		if (x->off_out)
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

/* Remote file, local end: what the local end does not take is put back. */
static int64_t to_local(struct tracee *t, const struct transfer *x, int64_t off)
{
	int64_t n = read_remote(t, x, off), w;
	const struct fdentry *e;

	if (n <= 0)
		return n;
	if (tracee_poke(t, x->there, x->here, (size_t)n))
		return -EFAULT;
	w = op_native_blocking(t, ROW(write)->nr[RSX_ARCH_NATIVE],
			       OP_ARGS((uint64_t)x->out, x->there, (uint64_t)n));
	e = fdtable_get(t->fds, x->in);
	if (w < n && !x->off_in && e)
		op_remote(t, ROW(lseek), OP_ARGS((uint64_t)e->twin,
						 (uint64_t)((w > 0 ? w : 0) - n), SEEK_CUR));
	return w;
}

static int64_t to_remote(struct tracee *t, const struct transfer *x, int64_t in_off, int64_t off)
{
	struct rsx_mem mem = tracee_mem(t);
	int64_t n;

	if (x->off_in)
		n = op_native_blocking(t, ROW(pread64)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in, x->there, x->len, (uint64_t)in_off));
	else
		n = op_native_blocking(t, ROW(read)->nr[RSX_ARCH_NATIVE],
				       OP_ARGS((uint64_t)x->in, x->there, x->len));
	if (n <= 0)
		return n;
	if (mem.read(mem.ctx, rsx_addr(x->there), x->here, (size_t)n))
		return -EFAULT;
	return write_remote(t, x, n, off);
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

static int64_t across(struct tracee *t, struct transfer *x)
{
	_rsx_free_ uint8_t *here = malloc(PIECE);
	int64_t in_off = 0, out_off = 0, ret;

	if (get_offset(t, x->off_in, &in_off) || get_offset(t, x->off_out, &out_off))
		return -EFAULT;
	if (!here)
		return -ENOMEM;
	if (!x->len)
		return 0;
	x->here = here;
	ret = op_native(t, arch_nr.mmap,
			OP_ARGS(0, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				(uint64_t)-1, 0));
	if (ret < 0 && ret >= -4095)
		return ret;
	x->there = (uint64_t)ret;
	if (fdtable_get(t->fds, x->in))
		ret = to_local(t, x, in_off);
	else
		ret = to_remote(t, x, in_off, out_off);
	op_native(t, arch_nr.munmap, OP_ARGS(x->there, PIECE));
	if (ret > 0) {
		put_offset(t, x->off_in, in_off + ret);
		put_offset(t, x->off_out, out_off + ret);
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
		if (c->row->arg[i].kind != RSX_KIND_FD || fdtable_get(t->fds, (int)c->args[i]))
			continue;
		mixed = true;
		if (dispatch_foreign_fd(t, (int)c->args[i]) == -EBADF)
			return -EBADF;
	}
	if (!mixed) {
		if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
			return ret;
		return t->tracer->n_images ? coherent_copy(t) : op_forward(t);
	}
	ret = read_transfer(t, &x);
	if (!ret)
		ret = check(t, &x);
	return ret ? ret : across(t, &x);
}
