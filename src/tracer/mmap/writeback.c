/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mappings changed goes back to the server: the bytes in which an image
 * differs from its pristine copy, through the keeper's descriptor, never
 * beyond the file's end. See image.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmap/image.h"
#include "passing/keeper.h"
#include "passing/parcel.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE ((uint64_t)RSX_MAX_PIECE)

/* --- getting ready --- */

static int copy_data(int from, int to, uint64_t size)
{
	_rsx_free_ char *buf = malloc(PIECE);
	off_t at = 0;

	if (!buf)
		return -ENOMEM;
	while ((at = lseek(from, at, SEEK_DATA)) >= 0 && (uint64_t)at < size) {
		ssize_t n = pread(from, buf, PIECE, at);

		if (n <= 0 || pwrite(to, buf, (size_t)n, at) != n)
			return -ENOSPC;
		at += n;
	}
	return 0;
}

int image_make_pristine(struct image *im)
{
	_rsx_close_ int fd = -1;
	int err;

	if (im->pristine >= 0)
		return 0;
	fd = memfd_create("rsx pristine", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)im->size))
		return -errno;
	err = copy_data(im->memfd, fd, im->size);
	if (err)
		return err;
	im->pristine = rsx_steal_fd(fd);
	im->tracer->n_pristine++;
	return 0;
}

static struct file_id id_of_kept(struct image *im, int64_t fd)
{
	struct statx stx = { 0 };
	int64_t err = keeper_call(im->tracer, ROW(statx),
				  OP_ARGS((uint64_t)fd, (uintptr_t) "", AT_EMPTY_PATH,
					  STATX_BASIC_STATS | STATX_BTIME, (uintptr_t)&stx));

	return err ? (struct file_id){ 0 } : image_id(&stx);
}

/* Who has t's descriptors over there: a lane's thread may have a table of its own. */
static int thread_there(struct tracee *t)
{
	char link[64];
	int tid = 0;
	int64_t n;

	if (t->lane->tid)
		return t->lane->tid;
	n = op_remote(t, ROW(readlinkat),
		      OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t) "/proc/thread-self",
			      (uintptr_t)link, sizeof(link) - 1));
	if (n == -ESRCH)
		return 0;
	link[n > 0 ? n : 0] = '\0';
	if (sscanf(link, "%*d/task/%d", &tid) != 1)
		tid = t->process->twin->pid;
	t->lane->tid = tid;
	return tid;
}

/*
 * Opened anew it has flags and an offset of its own, and the reads of ours are no
 * access of the program's (O_NOATIME, which only an owner may say).
 */
static int64_t reopen(struct tracee *t, int twin, bool write)
{
	uint64_t flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	char path[64];
	int64_t fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", thread_there(t), twin);
	fd = keeper_call(t->tracer, ROW(openat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD,
							 (uintptr_t)path, flags | O_NOATIME));
	if (fd == -EPERM)
		fd = keeper_call(t->tracer, ROW(openat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD,
								 (uintptr_t)path, flags));
	return fd;
}

/*
 * Who opened the file may have been another user than the program is now: then
 * its descriptor itself. But one that appends cannot write in the middle.
 */
static int64_t pass_on(struct tracee *t, int twin, bool write)
{
	uint64_t args[RSX_MAX_ARGS] = { 0, F_GETFL };
	int64_t fd = parcel_give(t, twin), flags;

	if (fd < 0 || !write)
		return fd;
	args[0] = (uint64_t)fd;
	flags = keeper_call(t->tracer, rsx_syscall_variant(ROW(fcntl), args), args);
	if (flags >= 0 && !(flags & O_APPEND))
		return fd;
	keeper_call(t->tracer, ROW(close), OP_ARGS((uint64_t)fd));
	return -EACCES;
}

int64_t image_keep(struct tracee *t, struct image *im, int twin, bool write)
{
	struct tracer *tr = t->tracer;
	struct file_id id;
	int64_t err, fd;

	if (im->keep >= 0 && (im->keep_write || !write))
		return 0;
	err = keeper_need(t);
	if (err)
		return err;
	fd = reopen(t, twin, write);
	if (fd == -EACCES || fd == -EPERM || fd == -ENOENT)
		fd = pass_on(t, twin, write);
	if (fd < 0)
		return fd;
	/* another thread may have closed or replaced it meanwhile */
	id = id_of_kept(im, fd);
	if (id.ino != im->id.ino || id.dev != im->id.dev || id.birth != im->id.birth) {
		keeper_call(tr, ROW(close), OP_ARGS((uint64_t)fd));
		return -EBADF;
	}
	if (im->keep >= 0)
		keeper_call(tr, ROW(close), OP_ARGS((uint64_t)im->keep));
	im->keep = (int)fd;
	im->keep_write = write;
	return 0;
}

/* --- writing back --- */

/* One flush under way. */
struct flush {
	struct image *im;
	char *now, *old;   /* PIECE bytes each */
	uint64_t limit;	   /* the file's size over there */
	bool limit_known;
};

/* Asked when something is to be written: a file may have been cut behind our back. */
static int find_limit(struct flush *f)
{
	struct stat st;
	int64_t err;

	if (f->limit_known)
		return 0;
	err = keeper_call(f->im->tracer, ROW(fstat),
			  OP_ARGS((uint64_t)f->im->keep, (uintptr_t)&st));
	if (err)
		return (int)err;
	f->limit = (uint64_t)st.st_size;
	f->limit_known = true;
	return 0;
}

static int write_run(struct flush *f, uint64_t off, const char *data, uint64_t n)
{
	struct image *im = f->im;
	int err = find_limit(f);

	if (err)
		return err;
	if (off >= f->limit)
		return 0;
	if (n > f->limit - off)
		n = f->limit - off;
	im->changes++;
	im->stamped = false;
	while (n) {
		int64_t done = keeper_call(im->tracer, ROW(pwrite64),
					   OP_ARGS((uint64_t)im->keep, (uintptr_t)data, n, off));

		if (done <= 0)
			return done ? (int)done : -EIO;
		if (pwrite(im->pristine, data, (size_t)done, (off_t)off) != done)
			return -errno;
		data += done;
		off += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

/* The next run of changed pages at or after `at`, cut to the changed bytes. */
static bool next_run(const struct flush *f, uint64_t n, uint64_t at, uint64_t *ret_from,
		     uint64_t *ret_to)
{
	const uint64_t page = 4096;
	uint64_t from, to;

	for (from = at; from < n; from += page)
		if (memcmp(f->now + from, f->old + from, n - from < page ? n - from : page))
			break;
	if (from >= n)
		return false;
	for (to = from + page; to < n; to += page)
		if (!memcmp(f->now + to, f->old + to, n - to < page ? n - to : page))
			break;
	to = to < n ? to : n;
	while (f->now[from] == f->old[from])
		from++;
	while (f->now[to - 1] == f->old[to - 1])
		to--;
	*ret_from = from;
	*ret_to = to;
	return true;
}

/* At most a piece from `off` on. */
static int flush_piece(struct flush *f, uint64_t off, uint64_t n)
{
	struct image *im = f->im;
	uint64_t at = 0, from, to;

	if (pread(im->memfd, f->now, n, (off_t)off) != (ssize_t)n ||
	    pread(im->pristine, f->old, n, (off_t)off) != (ssize_t)n)
		return -EIO;
	if (!memcmp(f->now, f->old, n))
		return 0;
	while (at < n && next_run(f, n, at, &from, &to)) {
		int err = write_run(f, off + from, f->now + from, to - from);

		if (err)
			return err;
		at = (to + 4095) & ~4095ULL;
	}
	return 0;
}

/* Bytes from `off` on, at most to the end of its piece, in loaded blocks. */
static uint64_t loaded_run(const struct image *im, uint64_t off)
{
	uint64_t stop = (off / PIECE + 1) * PIECE, at = off;

	while (at < stop && image_has(im, at / IMAGE_BLOCK))
		at = (at / IMAGE_BLOCK + 1) * IMAGE_BLOCK;
	return at - off;
}

static int flush_range(struct image *im, uint64_t off, uint64_t end)
{
	_rsx_free_ char *now = malloc(PIECE), *old = malloc(PIECE);
	struct flush f = { .im = im, .now = now, .old = old };
	int err = now && old ? 0 : -ENOMEM;

	while (!err && off < end) {
		off_t data = lseek(im->memfd, (off_t)off, SEEK_DATA);
		uint64_t n;

		if (data < 0 || (uint64_t)data >= end)
			break;
		off = (uint64_t)data;
		n = loaded_run(im, off);
		if (!n) {
			off = (off / IMAGE_BLOCK + 1) * IMAGE_BLOCK;
			continue;
		}
		if (n > end - off)
			n = end - off;
		err = flush_piece(&f, off, n);
		off += n;
	}
	return err;
}

int image_flush(struct image *im, uint64_t off, uint64_t len)
{
	uint64_t end;
	int err;

	if (im->pristine < 0 || off >= im->size)
		return 0;
	end = len > im->size - off ? im->size : off + len;
	err = im->keep_write ? flush_range(im, off, end) : -EBADF;
	if (err && !im->told && !im->tracer->session.lost) {
		rsx_error("%s: what a shared mapping changed cannot be written back: %s", im->name,
			  strerror(-err));
		im->told = true;
	}
	if (!err)
		im->told = false;
	return err;
}

int image_sync_error(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG ? err : -EIO;
}

int image_flush_all(struct tracer *tr)
{
	int first = 0;

	for (struct image *im = tr->images; im; im = im->next) {
		int err = image_flush(im, 0, IMAGE_ALL);

		if (err && !first)
			first = err;
	}
	return first;
}
