/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * munmap, mremap, mprotect and remap_file_pages where they touch mappings of
 * remote files: maps.h is kept in step with the kernel.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmap/faults.h"
#include "mmap/image.h"
#include "mmap/range.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/* A shared mapping in the range that is writable, or must not become it; or NULL. */
static struct mapping *find_writable(const struct tracee *t, uint64_t start, uint64_t len)
{
	struct maps *m = t->mm->maps;
	struct mapping *e = maps_find(m, start, len);

	while (e && !e->writable && !e->readonly)
		e = maps_next(m, e, start, len);
	return e;
}

bool split_munmap_concerns(const struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;
	const uint64_t *a = t->call.args;

	if (!t->mm->maps && !t->mm->scratch)
		return false;
	if (row == ROW(munmap))
		return range_touches(t, a[0], a[1]);
	if (row == ROW(mremap))
		return range_touches(t, a[0], a[1] ? a[1] : 1) ||
		       ((a[3] & MREMAP_FIXED) && range_touches(t, a[4], a[2]));
	if (row == ROW(remap_file_pages))
		return range_touches(t, a[0], 1);
	return range_on_scratch(t, a[0], a[1]) ||
	       ((a[2] & PROT_WRITE) && find_writable(t, a[0], a[1]));
}

/* Around the scratch pages: the program never knew of them. */
static int64_t unmap_around_scratch(struct tracee *t, uint64_t start, uint64_t len)
{
	uint64_t low = t->mm->scratch, high = low + SCRATCH_LEN, end = start + len;
	int64_t ret = 0;

	if (start % (uint64_t)sysconf(_SC_PAGESIZE) || end < start)
		return -EINVAL;
	if (start < low)
		ret = op_native(t, arch_nr.munmap, OP_ARGS(start, low - start));
	if (!ret && end > high)
		ret = op_native(t, arch_nr.munmap, OP_ARGS(high, end - high));
	return ret;
}

static int64_t unmap(struct tracee *t)
{
	const uint64_t start = t->call.args[0], len = t->call.args[1];
	struct maps cut;
	int64_t ret;

	if (start % (uint64_t)sysconf(_SC_PAGESIZE))
		return -EINVAL;
	ret = range_take_out(t, start, len, &cut);
	if (ret)
		return ret;
	if (range_on_scratch(t, start, len))
		ret = unmap_around_scratch(t, start, len);
	else
		ret = op_native_original(t);
	range_settle(t, &cut, range_is_error(ret));
	return ret;
}

/* A descriptor of t's through which the image can be read: the twin's number, or -errno. */
static int64_t find_reader(struct tracee *t, struct image *im)
{
	struct statx stx;

	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1)) {
		const struct fdentry *e = fdtable_any(t->fds, fd);
		int twin = e->twin;
		struct file_id id;

		if (!S_ISREG(e->mode) || range_stat(t, twin, &stx))
			continue;
		id = image_id(&stx);
		if (image_find(t->tracer, &id) == im && range_access_mode(t, twin) != O_WRONLY)
			return twin;
	}
	rsx_note("%s: no descriptor of it is left: its mapping cannot grow", im->name);
	return -ENOMEM;
}

/* What a grown mapping shows of the file must be there. */
static int64_t load_growth(struct tracee *t, uint64_t start, uint64_t old_len, uint64_t len)
{
	const struct mapping *e = maps_find(t->mm->maps, start, 1);
	int64_t err = 0, twin = -1;
	struct image *im;
	uint64_t off;

	if (!e || len <= old_len)
		return 0;
	im = image_ref(e->image);
	off = e->off + (start - e->start);
	if (!e->lazy && !image_covers(im, off, len)) {
		twin = im->keep >= 0 ? -1 : find_reader(t, im);
		err = twin < -1 ? twin : image_load(t, im, (int)twin, off, len);
	}
	image_unref(im);
	return err;
}

/* The kernel has forgotten that pages of the range come by need. */
static void watch_again(struct tracee *t, uint64_t start, uint64_t len)
{
	struct maps *m = t->mm->maps;

	for (struct mapping *e = maps_find(m, start, len); e; e = maps_next(m, e, start, len)) {
		int err = e->lazy ? faults_watch(t->mm, e->start, e->end - e->start) : 0;

		if (!err || err == -ESRCH)
			continue;
		rsx_error("%s: its mapping cannot be filled: %s; the program is killed",
			  e->image->name, strerror(-err));
		kill(t->process->pid, SIGKILL);
	}
}

/* The entries of the old place, at the new one. */
static void move_entries(struct tracee *t, struct maps *cut, uint64_t from, uint64_t to,
			 uint64_t len)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	len = (len + page - 1) & ~(page - 1);
	if (maps_reserve(&t->mm->maps, cut->n)) {
		rsx_error("out of memory: moved mappings of remote files are not followed");
		maps_drop(cut);
		return;
	}
	for (unsigned i = 0; i < cut->n; i++) {
		struct mapping e = cut->m[i];
		uint64_t at = e.start - from;

		if (at >= len) {
			mapping_unref(&e);
			continue;
		}
		e.start = to + at;
		e.end = i + 1 == cut->n || cut->m[i].end - from > len ? to + len :
									cut->m[i].end - from + to;
		maps_put(t->mm->maps, &e);
	}
	cut->n = 0;
	maps_drop(cut);
	watch_again(t, to, len);
}

/* A second mapping of shared pages: old_size is 0. */
static int64_t remap_twice(struct tracee *t, uint64_t start, uint64_t len)
{
	struct maps cut = { 0 }, *to = &cut;
	int64_t ret = op_native_original(t);
	const struct mapping *e;

	e = maps_find(t->mm->maps, start, 1);
	if (range_is_error(ret) || !e || maps_reserve(&to, 1))
		return ret;
	cut.m[cut.n++] = (struct mapping){
		.start = start, .end = start + len, .off = e->off + (start - e->start),
		.image = e->image, .of = e->of, .writable = e->writable,
		.readonly = e->readonly, .lazy = e->lazy,
	};
	mapping_ref(&cut.m[0]);
	move_entries(t, &cut, start, (uint64_t)ret, len);
	return ret;
}

static int64_t remap(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps cut, over = { 0 };
	int64_t ret;

	if (range_on_scratch(t, a[0], a[1] ? a[1] : 1))
		return -EFAULT;
	if ((a[3] & MREMAP_FIXED) && range_on_scratch(t, a[4], a[2]))
		return -ENOMEM;
	ret = load_growth(t, a[0], a[1], a[2]);
	if (ret)
		return ret;
	if (!a[1])
		return remap_twice(t, a[0], a[2]);
	ret = range_take_out(t, a[0], a[1], &cut);
	if (!ret && (a[3] & MREMAP_FIXED))
		ret = range_take_out(t, a[4], a[2], &over);
	if (!ret)
		ret = op_native_original(t);
	range_settle(t, &over, range_is_error(ret));
	if (range_is_error(ret)) {
		range_settle(t, &cut, true);
		return ret;
	}
	if ((a[3] & MREMAP_DONTUNMAP) && !maps_reserve(&t->mm->maps, cut.n))
		for (unsigned i = 0; i < cut.n; i++) {
			mapping_ref(&cut.m[i]);
			maps_put(t->mm->maps, &cut.m[i]);
		}
	move_entries(t, &cut, a[0], (uint64_t)ret, a[2]);
	return ret;
}

/* Where the program's descriptor forbids what the kernel would allow. */
static int64_t protect_before(struct tracee *t, const struct mapping *e)
{
	const uint64_t *a = t->call.args;
	uint64_t start = e->start;
	int64_t ret;

	if (start <= a[0])
		return -EACCES;
	/* up to there the kernel has done it when it finds out */
	ret = op_native(t, t->call.entry.nr, OP_ARGS(a[0], start - a[0], a[2], a[3]));
	return ret ? ret : -EACCES;
}

static int64_t protect(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps *m = t->mm->maps;

	if (range_on_scratch(t, a[0], a[1]))
		return -ENOMEM;
	if (a[0] % (uint64_t)sysconf(_SC_PAGESIZE))
		return OP_RUN_HERE;
	for (struct mapping *e = maps_find(m, a[0], a[1]); e; e = maps_next(m, e, a[0], a[1])) {
		int err = e->writable ? image_make_pristine(e->image) : 0;

		if (err)
			return err;
		if (e->readonly)
			return protect_before(t, e);
	}
	return OP_RUN_HERE;
}

/* The pages of a shared mapping in another order: as mmap over a part of it. */
static int64_t reorder(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t start = a[0] & ~(page - 1), len = a[1] & ~(page - 1), off = a[3] * page;
	struct mapping new, *e = maps_find(t->mm->maps, start, 1);
	struct maps cut;
	int64_t ret = 0;

	if (!e)
		return OP_RUN_HERE;
	new = *e;
	mapping_ref(&new);
	if (!new.lazy && !image_covers(new.image, off, len)) {
		ret = new.image->keep >= 0 ? -1 : find_reader(t, new.image);
		ret = ret < -1 ? ret : image_load(t, new.image, (int)ret, off, len);
	}
	if (!ret)
		ret = range_take_out(t, start, len, &cut);
	if (!ret) {
		ret = op_native_original(t);
		range_settle(t, &cut, range_is_error(ret));
	}
	if (ret || !len || maps_reserve(&t->mm->maps, 1)) {
		mapping_unref(&new);
		return ret;
	}
	new.start = start;
	new.end = start + len;
	new.off = off;
	maps_put(t->mm->maps, &new);
	watch_again(t, start, len);
	return 0;
}

int64_t split_munmap(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;

	if (row == ROW(munmap))
		return unmap(t);
	if (row == ROW(mremap))
		return remap(t);
	if (row == ROW(remap_file_pages))
		return reorder(t);
	return protect(t);
}

