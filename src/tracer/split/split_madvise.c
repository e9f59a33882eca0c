/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msync, and what is said of memory (madvise, mlock) or done with another's
 * (process_vm_readv), where it touches mappings of remote files.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mmap/faults.h"
#include "mmap/image.h"
#include "mmap/maps.h"
#include "mmap/range.h"
#include "passing/keeper.h"
#include "tracee.h"
#include "tracer.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

/* Does madvise want something of the pages, or of the file? */
static bool is_about_pages(uint64_t advice)
{
	return advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE ||
	       advice == MADV_REMOVE;
}

bool split_msync_concerns(const struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	const uint64_t *a = t->call.args;

	if (!t->mm->maps || (row == ROW(msync) && !t->tracer->n_pristine) ||
	    (row == ROW(madvise) && !is_about_pages(a[2])))
		return false;
	return maps_find(t->mm->maps, a[0], a[1]);
}

/* MADV_REMOVE in one mapping: a hole in the file over there, and in the image. */
static int64_t remove_in(struct tracee *t, struct image *im, uint64_t at, uint64_t off,
			 uint64_t len)
{
	int64_t ret = 0;
	int err;

	/* what is not known need not be: but the last blocks may be hit in part */
	err = image_fill(im, off, 1);
	if (!err && len > 1)
		err = image_fill(im, off + len - 1, 1);
	if (!err)
		err = image_flush(im, off, len);
	if (!err)
		ret = op_native(t, t->call.entry.nr, OP_ARGS(at, len, MADV_REMOVE));
	if (err || ret)
		return err ? -EIO : ret;
	ret = keeper_call(t->tracer, ROW(fallocate),
			  OP_ARGS((uint64_t)im->keep, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  off, len));
	return image_reread(im, off, len) ? -EIO : ret;
}

static int64_t remove_pages(struct tracee *t)
{
	uint64_t start = t->call.args[0], end = start + t->call.args[1], page;
	struct mapping *e = maps_find(t->mm->maps, start, end - start);
	struct image *im;
	int64_t ret;

	page = (uint64_t)sysconf(_SC_PAGESIZE);
	end = (end + page - 1) & ~(page - 1);
	/* whatever the kernel would refuse, it refuses */
	if (start % page || !e || e->start > start || e->end < end || !e->writable ||
	    e->image->keep < 0)
		return OP_RUN_HERE;
	im = e->image;
	image_ref(im);
	ret = remove_in(t, im, start, e->off + (start - e->start), end - start);
	image_unref(im);
	return ret;
}

/* The kernel finds no pages that are filled by need. */
static int64_t want_pages(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	int64_t err = t->mm->uffd < 0 ? 0 : faults_fill_much(t, t->mm, a[0], a[1]);

	return err ? err : op_native_original(t);
}

/* The kernel then checks the arguments and finds the memfd clean. */
static int64_t sync_pages(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	bool valid = !(a[2] & ~(uint64_t)(MS_ASYNC | MS_SYNC | MS_INVALIDATE)) &&
		     (a[2] & (MS_ASYNC | MS_SYNC)) != (MS_ASYNC | MS_SYNC) &&
		     a[0] % (uint64_t)sysconf(_SC_PAGESIZE) == 0;
	int err = valid ? maps_flush(t->mm->maps, a[0], a[1]) : 0;

	return err ? image_sync_error(err) : OP_RUN_HERE;
}

int64_t split_msync(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;

	if (row == ROW(msync))
		return sync_pages(t);
	if (row == ROW(mlock2) && (t->call.args[2] & MLOCK_ONFAULT))
		return OP_RUN_HERE;
	return row == ROW(madvise) && t->call.args[2] == MADV_REMOVE ? remove_pages(t) :
								       want_pages(t);
}

/* --- another process's memory --- */

bool split_vmem_concerns(const struct tracee *t)
{
	return t->tracer->n_watched;
}

/* What an array of parts, in t's memory, says of `mm`. 0 or -ESRCH. */
static int64_t fill_parts(struct tracee *t, struct mm *mm, uint64_t at, uint64_t n)
{
	struct iovec v;
	int64_t err = 0;

	for (uint64_t i = 0; !err && i < n && i < RSX_MAX_IOV; i++) {
		if (tracee_read(t, at + i * sizeof(v), &v, sizeof(v)))
			return 0;
		if (maps_find(mm->maps, (uintptr_t)v.iov_base, v.iov_len))
			err = faults_fill_much(t, mm, (uintptr_t)v.iov_base, v.iov_len);
	}
	return err;
}

/* The kernel finds no pages that are filled by need, on neither side. */
int64_t split_vmem(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	const struct tracee *o = tracee_named(t, (pid_t)a[0]);
	struct mm *mm = o && o->mm ? mm_ref(o->mm) : NULL;
	int64_t err = fill_parts(t, t->mm, a[1], a[2]);

	if (!err && mm)
		err = fill_parts(t, mm, a[3], a[4]);
	mm_unref(mm);
	return err ? err : op_native_original(t);
}
