/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's ways to memory: a tracee's, by process_vm_readv(2) and
 * process_vm_writev(2), and the tracer's own, for calls made on a tracee's
 * behalf.
 */
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dispatch.h"
#include "mmap/faults.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define IOV_BATCH 64

static pid_t tid_of(void *ctx)
{
	return ((struct tracee *)ctx)->tid;
}

/* Pages that the program has not touched yet may be missing. True: try again. */
static bool fill(struct tracee *t, const struct iovec *v, size_t n)
{
	bool any = false;

	for (size_t i = 0; t->mm && t->mm->uffd >= 0 && i < n; i++)
		any |= faults_fill(t->mm, (uintptr_t)v[i].iov_base, v[i].iov_len);
	return any;
}

static int vm_read(void *ctx, struct rsx_addr from, void *to, size_t len)
{
	struct iovec l = { to, len };
	struct iovec r = { (void *)(uintptr_t)from.v, len };
	ssize_t n;

	if (!len)
		return 0;
	n = process_vm_readv(tid_of(ctx), &l, 1, &r, 1, 0);
	if (n != (ssize_t)len && fill(ctx, &r, 1))
		n = process_vm_readv(tid_of(ctx), &l, 1, &r, 1, 0);
	return n == (ssize_t)len ? 0 : -EFAULT;
}

static int vm_write(void *ctx, struct rsx_addr to, const void *from, size_t len)
{
	struct iovec l = { (void *)from, len };
	struct iovec r = { (void *)(uintptr_t)to.v, len };
	ssize_t n;

	if (!len)
		return 0;
	n = process_vm_writev(tid_of(ctx), &l, 1, &r, 1, 0);
	if (n != (ssize_t)len && fill(ctx, &r, 1))
		n = process_vm_writev(tid_of(ctx), &l, 1, &r, 1, 0);
	return n == (ssize_t)len ? 0 : -EFAULT;
}

typedef ssize_t vm_fn(pid_t, const struct iovec *, unsigned long, const struct iovec *,
		      unsigned long, unsigned long);

/* The next parts, `len` bytes at most: how many, and how long they are. */
static size_t batch(const struct iovec *there, size_t n, size_t len, struct iovec to[IOV_BATCH],
		    size_t *ret_len)
{
	size_t k = 0;

	for (*ret_len = 0; k < IOV_BATCH && k < n && *ret_len < len; k++) {
		to[k] = there[k];
		if (to[k].iov_len > len - *ret_len)
			to[k].iov_len = len - *ret_len;
		*ret_len += to[k].iov_len;
	}
	return k;
}

/* Move `len` bytes between `here` and the parts `there`, in batches. */
static ssize_t vm_move(vm_fn *move, pid_t tid, void *here, const struct iovec *there,
		       size_t n, size_t len)
{
	size_t done = 0;

	while (done < len && n) {
		struct iovec r[IOV_BATCH], l = { (char *)here + done, 0 };
		size_t k = batch(there, n, len - done, r, &l.iov_len);
		ssize_t got = l.iov_len ? move(tid, &l, 1, r, k, 0) : 0;

		if (got < 0)
			break;
		done += (size_t)got;
		if ((size_t)got < l.iov_len)
			break;
		there += k;
		n -= k;
	}
	return done || !len ? (ssize_t)done : -EFAULT;
}

static ssize_t vm_readv(void *ctx, const struct iovec *from, size_t n, void *to, size_t len)
{
	ssize_t done = vm_move(process_vm_readv, tid_of(ctx), to, from, n, len);

	if (done != (ssize_t)len && fill(ctx, from, n))
		done = vm_move(process_vm_readv, tid_of(ctx), to, from, n, len);
	return done;
}

static ssize_t vm_writev(void *ctx, const struct iovec *to, size_t n, const void *from, size_t len)
{
	ssize_t done = vm_move(process_vm_writev, tid_of(ctx), (void *)from, to, n, len);

	if (done != (ssize_t)len && fill(ctx, to, n))
		done = vm_move(process_vm_writev, tid_of(ctx), (void *)from, to, n, len);
	return done;
}

static bool asks_of_locks(const struct rsx_syscall *row)
{
	return row && row->nargs > 2 && row->arg[2].layout == &rsx_layout_flock;
}

/* Of processes that share their descriptors over there is but one. */
static int pid_here(void *ctx, int there)
{
	struct tracee *t = ctx;
	const struct process *p = t->tracer->processes;

	while (p && p->twin->pid != there)
		p = p->next;
	if (!p || there <= 0)
		return there;
	return p->twin->locker && asks_of_locks(t->call.row) ? p->twin->locker : p->own;
}

static int pid_there(void *ctx, int here)
{
	struct tracee *t = ctx;
	const struct process *p = process_named(t, here);

	return p ? p->twin->pid : here;
}

/* What a message to the server's sockets passes must be over there. */
static int fd_there(void *ctx, int here)
{
	struct tracee *t = ctx;
	const struct fdentry *sock = fdtable_get(t->fds, (int)t->call.args[0]);
	const struct fdentry *e = fdtable_get(t->fds, here);

	if (sock && !(sock->mode & FD_MODE_UNIX))
		return INT_MAX; /* no descriptor: other sockets do not look at it, cmsg(3) */
	if (e)
		return e->twin;
	for (unsigned i = 0; i < t->call.n_stand_ins; i++)
		if (t->call.stand_ins[i].fd == here)
			return t->call.stand_ins[i].twin;
	if (dispatch_foreign_fd(t, here) == -EBADF)
		return -EBADF;
	rsx_note("descriptor %d is this machine's: it cannot be passed to a program of the "
		 "server's", here);
	return -EPERM;
}

static int fd_in_struct(void *ctx, int here)
{
	struct tracee *t = ctx;
	const struct fdentry *e = fdtable_get(t->fds, here);

	return e ? e->twin : dispatch_foreign_fd(t, here);
}

struct rsx_mem tracee_mem(struct tracee *t)
{
	return (struct rsx_mem){
		.ctx = t, .pid = pid_here, .pid_there = pid_there, .fd = fd_there,
		.fd_in_struct = fd_in_struct,
		.read = vm_read, .write = vm_write, .readv = vm_readv, .writev = vm_writev,
	};
}

static void *ptr(struct rsx_addr a)
{
	return (void *)(uintptr_t)a.v;
}

static int self_read(void *ctx, struct rsx_addr from, void *to, size_t len)
{
	(void)ctx;
	if (len) /* a pointer to nothing may be NULL */
		memcpy(to, ptr(from), len);
	return 0;
}

static int self_write(void *ctx, struct rsx_addr to, const void *from, size_t len)
{
	(void)ctx;
	if (len)
		memcpy(ptr(to), from, len);
	return 0;
}

static ssize_t self_readv(void *ctx, const struct iovec *from, size_t n, void *to, size_t len)
{
	size_t done = 0;

	(void)ctx;
	for (size_t i = 0; i < n && done < len; i++) {
		size_t part = from[i].iov_len < len - done ? from[i].iov_len : len - done;

		memcpy((char *)to + done, from[i].iov_base, part);
		done += part;
	}
	return (ssize_t)done;
}

static ssize_t self_writev(void *ctx, const struct iovec *to, size_t n, const void *from, size_t len)
{
	size_t done = 0;

	(void)ctx;
	for (size_t i = 0; i < n && done < len; i++) {
		size_t part = to[i].iov_len < len - done ? to[i].iov_len : len - done;

		memcpy(to[i].iov_base, (const char *)from + done, part);
		done += part;
	}
	return (ssize_t)done;
}

const struct rsx_mem self_mem = {
	.read = self_read, .write = self_write, .readv = self_readv, .writev = self_writev,
};

void self_strings(struct rsx_frame *f, const struct rsx_syscall *row,
		  const uint64_t args[RSX_MAX_ARGS])
{
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++) {
		bool string = i < row->nargs && (row->arg[i].kind == RSX_KIND_PATH ||
						 row->arg[i].kind == RSX_KIND_STR);

		f->preset[i] = string ? ptr(rsx_addr(args[i])) : NULL;
	}
}

int tracee_read(struct tracee *t, uint64_t from, void *to, size_t len)
{
	return vm_read(t, rsx_addr(from), to, len);
}

int tracee_write(struct tracee *t, uint64_t to, const void *from, size_t len)
{
	return vm_write(t, rsx_addr(to), from, len);
}

int tracee_poke(struct tracee *t, uint64_t to, const void *from, size_t len)
{
	struct mm *mm = t->mm;

	if (mm->memfd < 0) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/mem", t->tid);
		mm->memfd = open(path, O_RDWR | O_CLOEXEC);
		if (mm->memfd < 0)
			return -errno;
	}
	return pwrite(mm->memfd, from, len, (off_t)to) == (ssize_t)len ? 0 : -EFAULT;
}
