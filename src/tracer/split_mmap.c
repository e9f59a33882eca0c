/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap of remote files, and munmap, mremap, mprotect and msync where they
 * touch what it made.
 *
 * mmap: find or make the file's image, load what will be mapped, let the
 * tracee open the image's memfd by way of /proc and map it with the program's
 * own arguments. The kernel then gives every other error as it always does.
 *
 * Entries leave mm->maps before the kernel unmaps, because another thread may
 * get the addresses at once, and come back if it refuses.
 */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "image.h"
#include "maps.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define TRUST_NS 50000000LL /* for so long the server is not asked again */
#define SCRATCH_LEN ((uint64_t)SCRATCH_SLOTS * SCRATCH_SLOT_SIZE)
#define MAX_ERRNO 4095

static bool is_error(int64_t ret)
{
	return ret < 0 && ret >= -MAX_ERRNO;
}

/* --- is there anything to do? --- */

static bool on_scratch(const struct tracee *t, uint64_t start, uint64_t len)
{
	uint64_t at = t->mm->scratch;

	return at && len && start < at + SCRATCH_LEN && (start + len < start || start + len > at);
}

static bool touches(const struct tracee *t, uint64_t start, uint64_t len)
{
	return on_scratch(t, start, len) || maps_find(t->mm->maps, start, len);
}

bool split_mmap_concerns(const struct tracee *t)
{
	const uint64_t *a = t->call.args;

	if (!(a[3] & MAP_ANONYMOUS) && fdtable_get(t->fds, (int)a[4]))
		return true;
	return (a[3] & MAP_FIXED) && touches(t, a[0], a[1]);
}

/* A writable shared mapping in the range, or NULL. */
static struct mapping *find_writable(const struct tracee *t, uint64_t start, uint64_t len)
{
	struct maps *m = t->mm->maps;
	struct mapping *e = maps_find(m, start, len);

	while (e && !e->writable)
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
		return touches(t, a[0], a[1]);
	if (row == ROW(mremap))
		return touches(t, a[0], a[1] ? a[1] : 1) ||
		       ((a[3] & MREMAP_FIXED) && touches(t, a[4], a[2]));
	return on_scratch(t, a[0], a[1]) ||
	       ((a[2] & PROT_WRITE) && find_writable(t, a[0], a[1]));
}

bool split_msync_concerns(const struct tracee *t)
{
	return t->tracer->n_pristine && find_writable(t, t->call.args[0], t->call.args[1]);
}

/* --- mmap --- */

struct want {
	int fd;
	int twin;
	uint64_t len, prot, flags, off;
	bool shared;
	bool writable; /* shared, and the descriptor may write */
	struct image *image;
};

static int64_t stat_twin(struct tracee *t, int twin, struct statx *stx)
{
	return op_remote(t, ROW(statx),
			 OP_ARGS((uint64_t)twin, (uintptr_t) "", AT_EMPTY_PATH,
				 STATX_BASIC_STATS | STATX_BTIME, (uintptr_t)stx));
}

/* How the descriptor was opened: O_RDONLY, O_WRONLY or O_RDWR. */
static int64_t access_mode(struct tracee *t, int twin)
{
	const uint64_t args[RSX_MAX_ARGS] = { (uint64_t)twin, F_GETFL };
	int64_t flags = op_remote(t, rsx_syscall_variant(ROW(fcntl), args), args);

	if (flags < 0)
		return flags;
	return flags & O_PATH ? -EBADF : flags & O_ACCMODE;
}

/* Files of /proc and /sys have no pages. */
static int64_t check_mappable(struct tracee *t, int twin, const struct statx *stx)
{
	struct statfs fs;

	if (!S_ISREG(stx->stx_mode))
		return -ENODEV;
	if (stx->stx_blocks || op_remote(t, ROW(fstatfs), OP_ARGS((uint64_t)twin, (uintptr_t)&fs)))
		return 0;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ? -ENODEV : 0;
}

/* May this mapping be made? As do_mmap() says, in its order. */
static int64_t check_access(struct tracee *t, struct want *w)
{
	int64_t mode = access_mode(t, w->twin);

	if (mode < 0)
		return mode;
	if (mode == O_WRONLY || mode == O_ACCMODE)
		return -EACCES;
	w->writable = w->shared && mode == O_RDWR;
	if (w->shared && (w->prot & PROT_WRITE) && !w->writable)
		return -EACCES;
	return 0;
}

/* Its next mapping need not ask which file it is. */
static void remember(struct tracee *t, const struct want *w, const struct file_id *id)
{
	struct fdentry *e = fdtable_get(t->fds, w->fd);

	if (!e || e->twin != w->twin)
		return;
	e->file = *id;
	e->file_known = e->mappable = true;
}

/* Read-only descriptors are mapped in quick succession: the loader's libraries. */
static bool known_image(struct tracee *t, const struct fdentry *e, struct want *w)
{
	struct image *im;

	if (!e->mappable || !e->readonly || (w->shared && (w->prot & PROT_WRITE)))
		return false;
	im = image_find(t->tracer, &e->file);
	if (!im || now_ns() - im->checked_ns > TRUST_NS)
		return false;
	w->image = image_ref(im);
	return true;
}

/* The image, with a reference; made, or refreshed if the file has changed. */
static int64_t get_image(struct tracee *t, struct want *w)
{
	const struct fdentry *e;
	struct statx stx = { 0 };
	struct file_id id;
	struct image *im;
	int64_t err = stat_twin(t, w->twin, &stx);

	if (!err)
		err = check_mappable(t, w->twin, &stx);
	if (err)
		return err;
	id = image_id(&stx);
	remember(t, w, &id);
	im = image_find(t->tracer, &id);
	if (im && !id.birth && im->pristine < 0 && image_differs(im, &stx)) {
		/* maybe another file with a number that was free again */
		im->detached = true;
		im = NULL;
	}
	if (!im) {
		e = fdtable_get(t->fds, w->fd);
		w->image = image_new(t->tracer, &id, &stx, e ? e->path : NULL);
		return w->image ? 0 : -ENOMEM;
	}
	w->image = image_ref(im);
	if (im->pristine >= 0 || !image_differs(im, &stx)) {
		image_stamp(im, &stx);
		return 0;
	}
	return image_reload(t, im, w->twin, &stx);
}

/* What a writable shared mapping needs. Without PROT_WRITE it can do without. */
static int64_t prepare_writing(struct tracee *t, struct want *w)
{
	int64_t err = image_keep(t, w->image, w->twin, true);

	if (err == -ESRCH)
		return err;
	if (err && !(w->prot & PROT_WRITE)) {
		w->writable = false;
		return 0;
	}
	if (err) {
		rsx_note("%s: cannot be opened for writing back: %s; mmap fails with EACCES",
			 w->image->name, strerror((int)-err));
		return -EACCES;
	}
	return w->prot & PROT_WRITE ? image_make_pristine(w->image) : 0;
}

/*
 * Put a text where the tracee can read it: its scratch slot, or, if so many
 * threads have none left, far below its stack pointer.
 */
static uint64_t put_text(struct tracee *t, const char *text)
{
	size_t len = strlen(text) + 1;
	uint64_t at = scratch_put(t, 0, text, len);

	if (at)
		return at;
	at = t->call.entry.sp - 512;
	return tracee_poke(t, at, text, len) ? 0 : at;
}

/* The tracee opens the memfd and maps it. The address, or -errno. */
static int64_t map_here(struct tracee *t, const struct want *w, const uint64_t args[RSX_MAX_ARGS])
{
	char path[64];
	uint64_t at;
	int64_t fd, ret;

	if (!t->mm->scratch && (ret = scratch_map(t)))
		return ret;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), w->image->memfd);
	at = put_text(t, path);
	if (!at)
		return -ENOMEM;
	fd = op_native(t, arch_nr.openat,
		       OP_ARGS((uint64_t)(int64_t)AT_FDCWD, at,
			       (w->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
	if (fd == -EACCES || fd == -EPERM || fd == -ENOENT) {
		rsx_note("%s: the program may not open rsx-trace's memory (has it changed its user?): mmap fails with EACCES",
			 w->image->name);
		return -EACCES;
	}
	if (fd < 0)
		return fd;
	ret = op_native(t, arch_nr.mmap,
			OP_ARGS(args[0], w->len, w->prot, w->flags, (uint64_t)fd, w->off));
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
	return ret;
}

/* Take a range out of mm->maps; what it was is put back by give_back(). */
static int take_out(struct tracee *t, uint64_t start, uint64_t len, struct maps *cut)
{
	int err;

	*cut = (struct maps){ 0 };
	if (!maps_find(t->mm->maps, start, len))
		return 0;
	err = maps_flush(t->mm->maps, start, len);
	(void)err; /* one line was written; the program goes on as after a failed write-back */
	return maps_cut(t->mm->maps, start, len, cut);
}

/* The kernel refused, or did not: `failed`. */
static void settle(struct tracee *t, struct maps *cut, bool failed)
{
	if (failed && cut->n && !maps_reserve(&t->mm->maps, cut->n)) {
		for (unsigned i = 0; i < cut->n; i++)
			maps_put(t->mm->maps, &cut->m[i]);
		cut->n = 0;
	}
	maps_drop(cut);
}

/* The mapping proper, with the entries of mm->maps kept in step. */
static int64_t map_and_record(struct tracee *t, struct want *w)
{
	const uint64_t *args = t->call.args;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct maps cut = { 0 };
	int64_t ret = 0;

	if (args[3] & MAP_FIXED) {
		if (on_scratch(t, args[0], w->len))
			return -ENOMEM;
		ret = take_out(t, args[0], w->len, &cut);
	}
	if (!ret)
		ret = map_here(t, w, args);
	settle(t, &cut, is_error(ret));
	if (is_error(ret))
		return ret;
	if (maps_reserve(&t->mm->maps, 1)) {
		rsx_error("out of memory: a mapping of %s is not followed", w->image->name);
		return ret;
	}
	maps_put(t->mm->maps, &(struct mapping){
		.start = (uint64_t)ret, .end = (uint64_t)ret + ((w->len + page - 1) & ~(page - 1)),
		.off = w->off, .image = image_ref(w->image), .writable = w->writable,
	});
	return ret;
}

static int64_t map_remote(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	const struct fdentry *e = fdtable_get(t->fds, (int)a[4]);
	struct want w = {
		.fd = (int)a[4], .twin = e->twin,
		.len = a[1], .prot = a[2], .flags = a[3], .off = a[5],
		.shared = (a[3] & MAP_TYPE) != MAP_PRIVATE,
	};
	uint64_t type = w.flags & MAP_TYPE, page = (uint64_t)sysconf(_SC_PAGESIZE);
	int64_t ret;

	if (w.off % page)
		return -EINVAL;
	if (!w.len || (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)) {
		ret = access_mode(t, w.twin);
		return ret < 0 ? ret : -EINVAL;
	}
	if (w.len > INT64_MAX || w.off + w.len < w.off)
		return w.len > INT64_MAX ? -ENOMEM : -EOVERFLOW;
	ret = 0;
	if (!known_image(t, e, &w)) {
		ret = check_access(t, &w);
		if (!ret)
			ret = get_image(t, &w);
	}
	if (!ret)
		ret = image_load(t, w.image, w.twin, w.off, w.len);
	if (!ret && w.writable)
		ret = prepare_writing(t, &w);
	if (!ret)
		ret = map_and_record(t, &w);
	image_unref(w.image);
	return ret;
}

/* Something local, over what was remote. */
static int64_t map_over(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps cut;
	int64_t ret;

	if (on_scratch(t, a[0], a[1]))
		return -ENOMEM;
	ret = take_out(t, a[0], a[1], &cut);
	if (ret)
		return ret;
	ret = op_native_original(t);
	settle(t, &cut, is_error(ret));
	return ret;
}

int64_t split_mmap(struct tracee *t)
{
	const uint64_t *a = t->call.args;

	if (!(a[3] & MAP_ANONYMOUS) && fdtable_get(t->fds, (int)a[4]))
		return map_remote(t);
	return map_over(t);
}

/* --- munmap, mremap, mprotect --- */

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
	ret = take_out(t, start, len, &cut);
	if (ret)
		return ret;
	if (on_scratch(t, start, len))
		ret = unmap_around_scratch(t, start, len);
	else
		ret = op_native_original(t);
	settle(t, &cut, is_error(ret));
	return ret;
}

/* A descriptor of t's through which the image can be read: the twin's number, or -errno. */
static int64_t find_reader(struct tracee *t, struct image *im)
{
	struct statx stx;

	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1)) {
		const struct fdentry *e = fdtable_get(t->fds, fd);
		int twin = e->twin;
		struct file_id id;

		if (!S_ISREG(e->mode) || stat_twin(t, twin, &stx))
			continue;
		id = image_id(&stx);
		if (image_find(t->tracer, &id) == im && access_mode(t, twin) != O_WRONLY)
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
	if (!image_covers(im, off, len)) {
		twin = im->keep >= 0 ? -1 : find_reader(t, im);
		err = twin < -1 ? twin : image_load(t, im, (int)twin, off, len);
	}
	image_unref(im);
	return err;
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
			image_unref(e.image);
			continue;
		}
		e.start = to + at;
		e.end = i + 1 == cut->n || cut->m[i].end - from > len ? to + len :
									cut->m[i].end - from + to;
		maps_put(t->mm->maps, &e);
	}
	cut->n = 0;
	maps_drop(cut);
}

/* A second mapping of shared pages: old_size is 0. */
static int64_t remap_twice(struct tracee *t, uint64_t start, uint64_t len)
{
	const struct mapping *e = maps_find(t->mm->maps, start, 1);
	struct maps cut = { 0 }, *to = &cut;
	int64_t ret = op_native_original(t);

	e = maps_find(t->mm->maps, start, 1);
	if (is_error(ret) || !e || maps_reserve(&to, 1))
		return ret;
	cut.m[cut.n++] = (struct mapping){
		.start = start, .end = start + len, .off = e->off + (start - e->start),
		.image = image_ref(e->image), .writable = e->writable,
	};
	move_entries(t, &cut, start, (uint64_t)ret, len);
	return ret;
}

static int64_t remap(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps cut, over = { 0 };
	int64_t ret;

	if (on_scratch(t, a[0], a[1] ? a[1] : 1))
		return -EFAULT;
	if ((a[3] & MREMAP_FIXED) && on_scratch(t, a[4], a[2]))
		return -ENOMEM;
	ret = load_growth(t, a[0], a[1], a[2]);
	if (ret)
		return ret;
	if (!a[1])
		return remap_twice(t, a[0], a[2]);
	ret = take_out(t, a[0], a[1], &cut);
	if (!ret && (a[3] & MREMAP_FIXED))
		ret = take_out(t, a[4], a[2], &over);
	if (!ret)
		ret = op_native_original(t);
	settle(t, &over, is_error(ret));
	if (is_error(ret)) {
		settle(t, &cut, true);
		return ret;
	}
	if ((a[3] & MREMAP_DONTUNMAP) && !maps_reserve(&t->mm->maps, cut.n))
		for (unsigned i = 0; i < cut.n; i++) {
			image_ref(cut.m[i].image);
			maps_put(t->mm->maps, &cut.m[i]);
		}
	move_entries(t, &cut, a[0], (uint64_t)ret, a[2]);
	return ret;
}

static int64_t protect(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps *m = t->mm->maps;

	if (on_scratch(t, a[0], a[1]))
		return -ENOMEM;
	for (struct mapping *e = maps_find(m, a[0], a[1]); e; e = maps_next(m, e, a[0], a[1])) {
		int err = e->writable ? image_make_pristine(e->image) : 0;

		if (err)
			return err;
	}
	return OP_RUN_HERE;
}

int64_t split_munmap(struct tracee *t)
{
	const struct rsx_syscall *row = t->call.row;

	if (row == ROW(munmap))
		return unmap(t);
	if (row == ROW(mremap))
		return remap(t);
	return protect(t);
}

/* The kernel then checks the arguments and finds the memfd clean. */
int64_t split_msync(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	bool valid = !(a[2] & ~(uint64_t)(MS_ASYNC | MS_SYNC | MS_INVALIDATE)) &&
		     (a[2] & (MS_ASYNC | MS_SYNC)) != (MS_ASYNC | MS_SYNC) &&
		     a[0] % (uint64_t)sysconf(_SC_PAGESIZE) == 0;

	if (valid && maps_flush(t->mm->maps, a[0], a[1]))
		return -EIO;
	return OP_RUN_HERE;
}
