/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap of remote files: find or make the file's image, load what will be mapped
 * or see that it is loaded by need (faults.h), let the tracee open the image's
 * memfd by way of /proc and map it with the program's own arguments. The kernel
 * then gives every other error as it always does. What happens to a mapping later
 * is split_remap.c's and split_madvise.c's.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "description.h"
#include "mmap/faults.h"
#include "mmap/image.h"
#include "mmap/maps.h"
#include "mmap/range.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define TRUST_NS 50000000LL /* for so long the server is not asked again */
#define SPARE_FDS 8
#define AT_ONCE ((uint64_t)4 << 20) /* what is larger is filled by need */

/* --- is there anything to do? --- */

bool range_on_scratch(const struct tracee *t, uint64_t start, uint64_t len)
{
	uint64_t at = t->mm->scratch;

	return at && len && start < at + SCRATCH_LEN && (start + len < start || start + len > at);
}

bool range_touches(const struct tracee *t, uint64_t start, uint64_t len)
{
	return range_on_scratch(t, start, len) || maps_find(t->mm->maps, start, len);
}

bool split_mmap_concerns(const struct tracee *t)
{
	const uint64_t *a = t->call.args;

	if (!(a[3] & MAP_ANONYMOUS) && fdtable_get(t->fds, (int)a[4]))
		return true;
	return (a[3] & MAP_FIXED) && range_touches(t, a[0], a[1]);
}

/* --- mmap --- */

struct want {
	int fd;
	int twin;
	uint64_t len, prot, flags, off;
	bool shared;
	bool writable; /* shared, and the descriptor may write */
	bool lazy;     /* filled by need */
	struct image *image;
	struct description *of;
};

int64_t range_stat(struct tracee *t, int twin, struct statx *stx)
{
	return op_remote(t, ROW(statx),
			 OP_ARGS((uint64_t)twin, (uintptr_t) "", AT_EMPTY_PATH,
				 STATX_BASIC_STATS | STATX_BTIME, (uintptr_t)stx));
}

/* How the descriptor was opened: O_RDONLY, O_WRONLY or O_RDWR. */
int64_t range_access_mode(struct tracee *t, int twin)
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

	if (S_ISCHR(stx->stx_mode) || S_ISBLK(stx->stx_mode))
		rsx_note("a device of the server's cannot be mapped: mmap fails with ENODEV");
	if (!S_ISREG(stx->stx_mode))
		return -ENODEV;
	if (stx->stx_blocks || op_remote(t, ROW(fstatfs), OP_ARGS((uint64_t)twin, (uintptr_t)&fs)))
		return 0;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ? -ENODEV : 0;
}

/* --mmap-shared=deny: what may be written back is not mapped for that. */
static int64_t deny(struct tracee *t, struct want *w)
{
	const struct fdentry *e = fdtable_get(t->fds, w->fd);

	w->writable = false;
	if (!(w->prot & PROT_WRITE))
		return 0;
	if (!t->tracer->told_shared)
		rsx_note("%s: --mmap-shared=deny: a writable shared mapping of it fails with ENODEV",
			 e && e->path ? e->path : "a file");
	t->tracer->told_shared = true;
	return -ENODEV;
}

/* May this mapping be made? As do_mmap() says, in its order. */
static int64_t check_access(struct tracee *t, struct want *w)
{
	int64_t mode = range_access_mode(t, w->twin);

	if (mode < 0)
		return mode;
	if (mode == O_WRONLY || mode == O_ACCMODE)
		return -EACCES;
	w->writable = w->shared && mode == O_RDWR;
	if (w->shared && (w->prot & PROT_WRITE) && !w->writable)
		return -EACCES;
	return w->writable && t->tracer->opt.mmap_shared == MMAP_SHARED_DENY ? deny(t, w) : 0;
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
	int64_t err = range_stat(t, w->twin, &stx);

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

int64_t range_open(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	int64_t fd = op_native(t, nr, args);
	struct rlimit old, more;

	if (fd != -EMFILE || prlimit(t->tid, RLIMIT_NOFILE, NULL, &old))
		return fd;
	more.rlim_cur = old.rlim_cur + SPARE_FDS;
	more.rlim_max = old.rlim_max > more.rlim_cur ? old.rlim_max : more.rlim_cur;
	if (prlimit(t->tid, RLIMIT_NOFILE, &more, NULL))
		return fd;
	fd = op_native(t, nr, args);
	prlimit(t->tid, RLIMIT_NOFILE, &old, NULL);
	return fd;
}

/* userfaultfd(2) wants mappings that might become writable; mprotect(2) sees to it. */
static bool may_write(const struct want *w)
{
	return w->writable || (w->lazy && w->shared);
}

/* The tracee opens the memfd and maps it. The address, or -errno. */
static int64_t map_here(struct tracee *t, const struct want *w, const uint64_t args[RSX_MAX_ARGS])
{
	char path[64];
	uint64_t at;
	int64_t fd, ret;

	ret = scratch_map(t);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), w->image->memfd);
	at = put_text(t, path);
	if (!at)
		return -ENOMEM;
	fd = range_open(t, arch_nr.openat,
			OP_ARGS((uint64_t)(int64_t)AT_FDCWD, at,
				(may_write(w) ? O_RDWR : O_RDONLY) | O_CLOEXEC));
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

int range_take_out(struct tracee *t, uint64_t start, uint64_t len, struct maps *cut)
{
	int err;

	*cut = (struct maps){ 0 };
	if (!maps_find(t->mm->maps, start, len))
		return 0;
	err = maps_flush(t->mm->maps, start, len);
	(void)err; /* one line was written; the program goes on as after a failed write-back */
	return maps_cut(t->mm->maps, start, len, cut);
}

void range_settle(struct tracee *t, struct maps *cut, bool failed)
{
	if (failed && cut->n && !maps_reserve(&t->mm->maps, cut->n)) {
		for (unsigned i = 0; i < cut->n; i++)
			maps_put(t->mm->maps, &cut->m[i]);
		cut->n = 0;
	}
	maps_drop(cut);
}

/* What of the file will be seen. */
static uint64_t seen(const struct want *w)
{
	uint64_t size = w->image->size;

	return w->off >= size ? 0 : w->len < size - w->off ? w->len : size - w->off;
}

/*
 * Fill by need? The keeper must be able to read the file, and the kernel to tell.
 * What is to be there at once is loaded at once.
 */
static int64_t choose_lazy(struct tracee *t, struct want *w)
{
	bool at_once = w->flags & (MAP_POPULATE | MAP_LOCKED);
	uint64_t n = seen(w);
	int64_t err;

	if (n <= AT_ONCE || (at_once && n <= RSX_MAX_MAPPED) || image_covers(w->image, w->off, n))
		return 0;
	err = faults_need(t);
	if (!err)
		err = image_keep(t, w->image, w->twin, false);
	w->lazy = !err;
	return err == -ESRCH ? err : 0;
}

/* The range at `at` was mapped: be told of its pages, or load them after all. */
static int64_t begin_lazy(struct tracee *t, struct want *w, uint64_t at, uint64_t len)
{
	int64_t err = faults_watch(t->mm, at, len);

	if (!err)
		return 0;
	w->lazy = false;
	err = image_load(t, w->image, w->twin, w->off, w->len);
	if (err)
		op_native(t, arch_nr.munmap, OP_ARGS(at, len));
	return err;
}

/* The mapping proper, with the entries of mm->maps kept in step. */
static int64_t map_and_record(struct tracee *t, struct want *w)
{
	const uint64_t *args = t->call.args;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t len = (w->len + page - 1) & ~(page - 1);
	struct maps cut = { 0 };
	struct mapping new;
	int64_t ret = 0, err = 0;

	if (args[3] & MAP_FIXED) {
		if (range_on_scratch(t, args[0], w->len))
			return -ENOMEM;
		ret = range_take_out(t, args[0], w->len, &cut);
	}
	if (!ret)
		ret = map_here(t, w, args);
	range_settle(t, &cut, range_is_error(ret));
	if (!range_is_error(ret) && w->lazy)
		err = begin_lazy(t, w, (uint64_t)ret, len);
	if (range_is_error(ret) || err)
		return err ? err : ret;
	if (maps_reserve(&t->mm->maps, 1)) {
		rsx_error("out of memory: a mapping of %s is not followed", w->image->name);
		return ret;
	}
	new = (struct mapping){
		.start = (uint64_t)ret, .end = (uint64_t)ret + len, .off = w->off,
		.image = w->image, .of = w->of, .writable = w->writable,
		.readonly = may_write(w) && !w->writable, .lazy = w->lazy,
	};
	mapping_ref(&new);
	maps_put(t->mm->maps, &new);
	return ret;
}

/* mmap(2) is an access to the file, whatever of it is known or read for that. */
static void note_access(struct tracee *t, int twin)
{
	uint8_t byte;

	call_send_noreply(t, ROW(pread64), OP_ARGS((uint64_t)twin, (uintptr_t)&byte, 1, 0));
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
		ret = range_access_mode(t, w.twin);
		return ret < 0 ? ret : -EINVAL;
	}
	if (w.len > INT64_MAX || w.off + w.len < w.off)
		return w.len > INT64_MAX ? -ENOMEM : -EOVERFLOW;
	ret = 0;
	w.of = description_ref(e->of);
	if (!known_image(t, e, &w)) {
		ret = check_access(t, &w);
		if (!ret)
			ret = get_image(t, &w);
	}
	if (!ret)
		ret = choose_lazy(t, &w);
	if (!ret && !w.lazy)
		ret = image_load(t, w.image, w.twin, w.off, w.len);
	if (!ret && w.writable)
		ret = prepare_writing(t, &w);
	if (!ret)
		ret = map_and_record(t, &w);
	if (!range_is_error(ret)) {
		note_access(t, w.twin);
		description_keep(t, w.of, w.twin);
	}
	image_unref(w.image);
	description_unref(w.of);
	return ret;
}

/* Something local, over what was remote. */
static int64_t map_over(struct tracee *t)
{
	const uint64_t *a = t->call.args;
	struct maps cut;
	int64_t ret;

	if (range_on_scratch(t, a[0], a[1]))
		return -ENOMEM;
	ret = range_take_out(t, a[0], a[1], &cut);
	if (ret)
		return ret;
	ret = op_native_original(t);
	range_settle(t, &cut, range_is_error(ret));
	return ret;
}

int64_t split_mmap(struct tracee *t)
{
	const uint64_t *a = t->call.args;

	if (!(a[3] & MAP_ANONYMOUS) && fdtable_get(t->fds, (int)a[4]))
		return map_remote(t);
	return map_over(t);
}

