/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See coherent.h. Which calls matter, and how, is the table `calls`. Files are
 * told apart by asking the twin once per descriptor (fdentry.file).
 */
#include "mmap/coherent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmap/image.h"
#include "op.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20 /* Linux 6.9 */
#endif
#define SMALL ((uint64_t)1 << 20) /* an image of which all is compared rather than asking where a read is */

enum effect {
	NOTHING,
	READS,	   /* data, at the descriptor's offset */
	READS_AT,  /* data, at argument 3 */
	SYNCS,	   /* wants the file's stores over there */
	SYNCS_ALL, /* every file's */
	WRITES,
	WRITES_AT,
	SIZES,	   /* sets the size, argument 1 */
	SIZES_NAME, /* of the file named by argument 0 */
	CHANGES,   /* somehow */
};

static const struct {
	const char *name;
	enum effect effect;
} calls[] = {
	{ "read", READS }, { "readv", READS },
	{ "pread64", READS_AT }, { "preadv", READS_AT }, { "preadv2", READS_AT },
	{ "fsync", SYNCS }, { "fdatasync", SYNCS }, { "sync_file_range", SYNCS },
	{ "sync", SYNCS_ALL }, { "syncfs", SYNCS_ALL },
	{ "write", WRITES }, { "writev", WRITES },
	{ "pwrite64", WRITES_AT }, { "pwritev", WRITES_AT }, { "pwritev2", WRITES_AT },
	{ "ftruncate", SIZES }, { "truncate", SIZES_NAME },
	{ "fallocate", CHANGES }, { "ioctl", CHANGES },
};

static enum effect effect_of(const struct rsx_syscall *row)
{
	static uint8_t by_nr[RSX_MAX_ROWS];
	static bool filled;
	int nr = row->nr[RSX_ARCH_GENERIC];

	if (!filled) {
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			const struct rsx_syscall *r = rsx_syscall_by_name(calls[i].name);

			if (r && r->nr[RSX_ARCH_GENERIC] >= 0)
				by_nr[r->nr[RSX_ARCH_GENERIC]] = calls[i].effect;
		}
		filled = true;
	}
	return nr >= 0 && nr < RSX_MAX_ROWS ? by_nr[nr] : NOTHING;
}

static bool may_be_mapped(const struct fdentry *e)
{
	return e && (!e->mode || S_ISREG(e->mode));
}

bool coherent_concerns(const struct tracee *t)
{
	const struct call *c = &t->call;
	const struct tracer *tr = t->tracer;
	enum effect effect = effect_of(c->row);
	const struct fdentry *e;

	switch (effect) {
	case NOTHING:
		return false;
	case SIZES_NAME:
		return true;
	case SYNCS_ALL:
		return tr->n_pristine;
	default:
		break;
	}
	e = fdtable_get(t->fds, (int)c->args[0]);
	if (!may_be_mapped(e))
		return false;
	if (effect == READS || effect == READS_AT || effect == SYNCS) {
		if (!tr->n_pristine)
			return false;
	} else if (e->readonly) {
		return false;
	}
	return !e->file_known || image_find(tr, &e->file);
}

/* --- which file --- */

static int64_t stat_there(struct tracee *t, int twin, struct statx *stx)
{
	return op_remote(t, ROW(statx),
			 OP_ARGS((uint64_t)twin, (uintptr_t) "", AT_EMPTY_PATH,
				 STATX_BASIC_STATS | STATX_BTIME, (uintptr_t)stx));
}

/* The image of fd's file, with a reference, or NULL. */
static struct image *image_of(struct tracee *t, int fd)
{
	struct fdentry *e = fdtable_get(t->fds, fd);
	struct statx stx = { 0 };
	struct image *im;
	int twin;

	if (!may_be_mapped(e))
		return NULL;
	if (!e->file_known) {
		twin = e->twin;
		if (stat_there(t, twin, &stx))
			return NULL;
		e = fdtable_get(t->fds, fd);
		if (!e || e->twin != twin)
			return NULL;
		e->file = image_id(&stx);
		e->file_known = true;
	}
	im = image_find(t->tracer, &e->file);
	return im ? image_ref(im) : NULL;
}

static int twin_of(struct tracee *t, int fd)
{
	const struct fdentry *e = fdtable_get(t->fds, fd);

	return e ? e->twin : -1;
}

/* --- before and after --- */

static int64_t offset_of(struct tracee *t, int fd)
{
	return op_remote(t, ROW(lseek), OP_ARGS((uint64_t)twin_of(t, fd), 0, SEEK_CUR));
}

static int flush_for_read(struct tracee *t, struct image *im, const struct rsx_frame *f,
			  enum effect effect)
{
	int64_t off = -1;

	if (im->pristine < 0)
		return 0;
	if (effect == READS_AT)
		off = (int64_t)f->args[3];
	else if (im->size > SMALL)
		off = offset_of(t, (int)t->call.args[0]);
	if (off < 0)
		return image_flush(im, 0, IMAGE_ALL);
	return image_flush(im, (uint64_t)off, f->data_total);
}

static int before(struct tracee *t, struct image *im, const struct rsx_frame *f,
		  enum effect effect)
{
	int err;

	switch (effect) {
	case READS:
	case READS_AT:
		flush_for_read(t, im, f, effect); /* the read itself can still be made */
		return 0;
	case SYNCS:
		return image_flush(im, 0, IMAGE_ALL);
	case CHANGES:
		err = im->pristine >= 0 ? image_flush(im, 0, IMAGE_ALL) : 0;
		return err;
	default:
		return 0;
	}
}

/* Whatever happened to the file over there: have it here too. */
static void reread(struct tracee *t, struct image *im, int fd)
{
	int twin = twin_of(t, fd);
	struct statx stx = { 0 };

	if (twin < 0 || stat_there(t, twin, &stx))
		return;
	if (stx.stx_size != im->size)
		image_resize(im, stx.stx_size);
	if (!image_keep(t, im, twin, false))
		image_reread(im, 0, IMAGE_ALL);
}

/* Does a write at an offset append all the same? Asked once per descriptor. */
static bool appends(struct tracee *t, int fd)
{
	struct fdentry *e = fdtable_get(t->fds, fd);
	uint64_t args[RSX_MAX_ARGS] = { 0 };
	int64_t flags;

	if (!e)
		return false;
	if (!e->append_known) {
		args[0] = (uint64_t)e->twin;
		args[1] = F_GETFL;
		flags = op_remote(t, rsx_syscall_variant(ROW(fcntl), args), args);
		e = fdtable_get(t->fds, fd);
		if (flags < 0 || !e)
			return false;
		e->append_known = true;
		e->append = flags & O_APPEND;
	}
	return e->append;
}

/* A write at an offset: does it go to the file's end all the same? pwritev2(2) may say. */
static bool goes_to_end(struct tracee *t, int fd, const struct rsx_frame *f)
{
	uint64_t flags = f->row == ROW(pwritev2) ? f->args[5] : 0;

	return flags & RWF_APPEND || (!(flags & RWF_NOAPPEND) && appends(t, fd));
}

/* `n` bytes were written: where do they begin? -errno if nobody knows. */
static int64_t written_at(struct tracee *t, int fd, const struct rsx_frame *f, enum effect effect,
			  int64_t n)
{
	struct statx stx = { 0 };
	int64_t end;

	if (effect == WRITES_AT && (int64_t)f->args[3] >= 0) {
		if (!goes_to_end(t, fd, f))
			return (int64_t)f->args[3];
		end = stat_there(t, twin_of(t, fd), &stx);
		return end ? end : (int64_t)stx.stx_size - n;
	}
	end = offset_of(t, fd);
	return end < 0 ? end : end - n;
}

static void after(struct tracee *t, struct image *im, struct rsx_frame *f, enum effect effect,
		  int64_t ret)
{
	int fd = (int)t->call.args[0];
	const struct rsx_blob *b;
	int64_t at;

	switch (effect) {
	case WRITES:
	case WRITES_AT:
		b = rsx_frame_blob(f, 1);
		if (ret <= 0 || !b || (uint64_t)ret > b->in_len)
			return;
		at = written_at(t, fd, f, effect, ret);
		if (at >= 0)
			image_store(im, (uint64_t)at, b->in, (uint64_t)ret);
		break;
	case SIZES:
		image_resize(im, f->args[1]);
		break;
	case CHANGES:
		reread(t, im, fd);
		break;
	default:
		break;
	}
}

/* --- forwarding --- */

/* Piece by piece, as reply.c does it for calls without an op. */
static int64_t forward(struct tracee *t, struct image *im, enum effect effect)
{
	struct call *c = &t->call;
	int64_t ret;

	do {
		struct rsx_frame f;

		ret = op_forward(t);
		if (ret == -ESRCH)
			return ret;
		if (call_moved_too_far(t, ret))
			return split_unread(t);
		if (im && ret >= 0) {
			f = c->frame;
			after(t, im, &f, effect, ret);
			c->frame = f;
		}
	} while (t->pos != POS_SIGNAL && call_next_piece(t, ret));
	if (c->done)
		ret = ret < 0 ? (int64_t)c->done : (int64_t)(c->done + (uint64_t)ret);
	return ret;
}

/* The size of a file was set by name: ask for it by the same name. */
static int64_t forward_truncate(struct tracee *t)
{
	struct rsx_frame f = t->call.frame;
	const struct rsx_blob *b = rsx_frame_blob(&f, 0);
	char path[RSX_MAX_PATH];
	int64_t ret = op_forward(t);
	struct statx stx = { 0 };
	struct file_id id;
	struct image *im;

	if (ret || !b || b->in_len > RSX_MAX_PATH)
		return ret;
	memcpy(path, b->in, b->in_len);
	if (!op_remote(t, ROW(statx), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)path, 0,
					      STATX_BASIC_STATS | STATX_BTIME, (uintptr_t)&stx))) {
		id = image_id(&stx);
		im = image_find(t->tracer, &id);
		if (im)
			image_resize(im, stx.stx_size);
	}
	t->call.frame = f;
	return ret;
}

int64_t coherent_forward(struct tracee *t)
{
	struct call *c = &t->call;
	enum effect effect = effect_of(c->row);
	struct rsx_frame f = c->frame;
	struct image *im;
	int64_t ret;

	if (effect == SIZES_NAME)
		return forward_truncate(t);
	if (effect == SYNCS_ALL) {
		ret = image_flush_all(t->tracer);
		return ret && c->row != ROW(sync) ? image_sync_error((int)ret) : op_forward(t);
	}
	im = image_of(t, (int)c->args[0]);
	ret = im ? before(t, im, &f, effect) : 0;
	c->frame = f;
	c->mem = tracee_mem(t);
	if (ret)
		ret = effect == SYNCS ? image_sync_error((int)ret) : -EIO;
	else
		ret = forward(t, im, effect);
	image_unref(im);
	return ret;
}

int64_t coherent_copy(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_frame f = c->frame;
	struct image *im[RSX_MAX_ARGS] = { 0 };
	int64_t ret;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		if (c->row->arg[i].kind == RSX_KIND_FD)
			im[i] = image_of(t, (int)c->args[i]);
		if (im[i])
			image_flush(im[i], 0, IMAGE_ALL);
	}
	c->frame = f;
	c->mem = tracee_mem(t);
	ret = op_forward(t);
	f = c->frame;
	for (unsigned i = 0; i < c->row->nargs; i++) {
		const struct fdentry *e = fdtable_get(t->fds, (int)c->args[i]);

		if (im[i] && ret > 0 && e && !e->readonly)
			reread(t, im[i], (int)c->args[i]);
		image_unref(im[i]);
	}
	c->frame = f;
	return ret;
}

void coherent_close(struct tracee *t, int fd)
{
	const struct fdentry *e = fdtable_get(t->fds, fd);
	struct image *im;

	if (!e || e->readonly)
		return;
	im = image_of(t, fd);
	if (im)
		image_flush(im, 0, IMAGE_ALL);
	image_unref(im);
}

void coherent_truncated(struct tracee *t, int twin)
{
	struct statx stx = { 0 };
	struct file_id id;
	struct image *im;

	if (stat_there(t, twin, &stx))
		return;
	id = image_id(&stx);
	im = image_find(t->tracer, &id);
	if (im)
		image_resize(im, stx.stx_size);
}
