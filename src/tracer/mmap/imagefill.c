/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images get their bytes. image_load() and image_reload() run in ops: the event
 * loop goes on meanwhile, so several ops may fill one image together, and what
 * was read before a write of the program's own is read again (im->changes).
 * image_fill() and image_reread() use the keeper and wait for it.
 */
#include <errno.h>
#include <stdlib.h>

#include "mmap/image.h"
#include "passing/keeper.h"
#include "report/summary.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE ((uint64_t)RSX_MAX_PIECE)

/* `len` bytes, or what there is of them. Bytes, or -errno. Twin -1: by the keeper. */
static int64_t read_there(struct tracee *t, struct image *im, int64_t twin, uint64_t off,
			  uint64_t len, char *to)
{
	uint64_t n = 0;

	while (n < len) {
		const uint64_t args[RSX_MAX_ARGS] = {
			(uint64_t)(twin < 0 ? im->keep : twin), (uintptr_t)to + n, len - n, off + n,
		};
		int64_t got = twin < 0 ? keeper_call(im->tracer, ROW(pread64), args) :
					 op_remote(t, ROW(pread64), args);

		if (got < 0)
			return got;
		if (!got)
			break;
		n += (uint64_t)got;
	}
	return (int64_t)n;
}

/* A piece as it is after every write the program is known to have made. */
static int64_t read_settled(struct tracee *t, struct image *im, int twin, uint64_t piece, char *to)
{
	unsigned changes;
	int64_t n;

	do {
		changes = im->changes;
		n = read_there(t, im, twin, piece * PIECE, PIECE, to);
	} while (n >= 0 && changes != im->changes);
	return n;
}

static int64_t too_much(const struct image *im)
{
	rsx_note("%s: more than %llu MiB of it cannot be mapped at once: mmap fails with ENOMEM",
		 im->name, RSX_MAX_MAPPED >> 20);
	return -ENOMEM;
}

int64_t image_load(struct tracee *t, struct image *im, int twin, uint64_t off, uint64_t len)
{
	_rsx_free_ char *buf = NULL;
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;
	uint64_t stop = end < im->fresh ? end : im->fresh;

	if (off < stop && stop - off > RSX_MAX_MAPPED && !image_covers(im, off, len))
		return too_much(im);
	im->eager = true;
	for (uint64_t piece = off / PIECE; piece * PIECE < end && piece * PIECE < im->size; piece++) {
		int64_t n;

		if (piece * PIECE >= im->fresh)
			break;
		if (image_covers(im, piece * PIECE, PIECE))
			continue;
		if (im->loaded_bytes + PIECE > RSX_MAX_MAPPED)
			return too_much(im);
		if (!buf)
			buf = malloc(PIECE);
		if (!buf)
			return -ENOMEM;
		n = read_settled(t, im, twin, piece, buf);
		if (n >= 0)
			n = image_add(im, piece * PIECE, buf, (uint64_t)n, PIECE);
		if (n < 0)
			return n;
	}
	return 0;
}

int64_t image_reload(struct tracee *t, struct image *im, int twin, const struct statx *stx)
{
	_rsx_free_ char *buf = malloc(PIECE);

	if (!buf)
		return -ENOMEM;
	if (stx->stx_size != im->size)
		image_resize(im, stx->stx_size);
	for (uint64_t piece = 0; piece * PIECE < im->size; piece++) {
		uint64_t off = piece * PIECE;
		int64_t n;

		if (!image_has_any(im, off, PIECE))
			continue;
		n = read_settled(t, im, twin, piece, buf);
		if (n < 0)
			return n;
		if (off < im->size)
			image_put(im, off, buf,
				  (uint64_t)n < im->size - off ? (uint64_t)n : im->size - off, false);
	}
	image_stamp(im, stx);
	return 0;
}

int image_reread(struct image *im, uint64_t off, uint64_t len)
{
	_rsx_free_ char *buf = malloc(PIECE);
	uint64_t end = off >= im->size ? off : len > im->size - off ? im->size : off + len;

	if (!buf || im->keep < 0)
		return buf ? -EIO : -ENOMEM;
	while (off < end) {
		uint64_t stop = (off / PIECE + 1) * PIECE;
		int64_t n;

		stop = stop < end ? stop : end;
		if (image_has_any(im, off, stop - off)) {
			n = read_there(NULL, im, -1, off, stop - off, buf);
			if (n <= 0)
				return (int)n;
			image_store(im, off, buf, (uint64_t)n);
		}
		off = stop;
	}
	return 0;
}

/*
 * How much to read from `block` on: what is missing there, and the more, the
 * more has been read just before it. So a walk through the file doubles its
 * step up to a piece, and a touch here and there stays small.
 */
static uint64_t window(const struct image *im, uint64_t block)
{
	const uint64_t most = PIECE / IMAGE_BLOCK;
	uint64_t before = 0, n = 1;

	while (before < most && before < block && image_has(im, block - before - 1))
		before++;
	while (n < before && (block + n) * IMAGE_BLOCK < im->size && !image_has(im, block + n))
		n++;
	return n * IMAGE_BLOCK;
}

/* Read from `off`, a block's begin that is missing; bytes dealt with, or -errno. */
static int64_t fill_window(struct image *im, uint64_t off, uint64_t want, char *buf)
{
	uint64_t len = window(im, off / IMAGE_BLOCK);
	int64_t n;

	while (len < want && len < PIECE && !image_has(im, (off + len) / IMAGE_BLOCK))
		len += IMAGE_BLOCK;
	image_make_room(im, len);
	n = read_there(NULL, im, -1, off, len, buf);
	if (n >= 0)
		n = image_add(im, off, buf, (uint64_t)n, len);
	if (n >= 0)
		n = image_materialize(im, off, len); /* zeroes would be missed one by one */
	if (n >= 0 && im->tracer->trace.summary)
		summary_fetched(im->tracer->trace.summary, len);
	return n < 0 ? n : (int64_t)len;
}

int image_fill(struct image *im, uint64_t off, uint64_t len)
{
	_rsx_free_ char *buf = NULL;
	uint64_t end = off >= im->size ? off : len > im->size - off ? im->size : off + len;
	uint64_t start = off - off % IMAGE_BLOCK, at = start;
	int64_t n = 0;

	while (at < end && n >= 0) {
		n = IMAGE_BLOCK;
		if (!image_has(im, at / IMAGE_BLOCK)) {
			if (!buf)
				buf = malloc(PIECE);
			n = !buf ? -ENOMEM : fill_window(im, at, end - at, buf);
		}
		at += n > 0 ? (uint64_t)n : 0;
	}
	return n < 0 ? (int)n : image_materialize(im, start, at > start ? at - start : 0);
}

/* --- without waiting --- */

struct waiter {
	struct waiter *next;
	image_done *done;
	void *ctx;
};

/* Blocks that were asked for. Holds a reference to its image. */
struct fetch {
	struct fetch *next;
	struct image *im;
	uint64_t off, len;
	unsigned changes; /* im->changes when it was asked for */
	struct waiter *waiters;
	char *buf;
};

static void fetch_free(struct fetch *f)
{
	struct fetch **at = &f->im->fetches;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	image_unref(f->im);
	free(f->buf);
	free(f);
}

static void tell(struct fetch *f, int err)
{
	while (f->waiters) {
		struct waiter *w = f->waiters;

		f->waiters = w->next;
		w->done(w->ctx, err);
		free(w);
	}
}

static int take(struct fetch *f, uint64_t n)
{
	struct image *im = f->im;
	int err;

	/* a short answer is the file's end, or is made whole */
	if (n < f->len && f->off + n < im->size) {
		int64_t rest = read_there(NULL, im, -1, f->off + n, f->len - n, f->buf + n);

		if (rest < 0)
			return (int)rest;
		n += (uint64_t)rest;
	}
	image_make_room(im, f->len);
	err = image_add(im, f->off, f->buf, n, f->len);
	if (!err)
		err = image_materialize(im, f->off, f->len);
	if (!err && im->tracer->trace.summary)
		summary_fetched(im->tracer->trace.summary, f->len);
	return err;
}

static int ask(struct fetch *f);

/* What was read before a write of the program's own is read again. */
static void fetched(void *ctx, int64_t ret)
{
	struct fetch *f = ctx;
	int err = ret < 0 ? (int)ret : 0;

	if (!err && f->changes != f->im->changes) {
		err = ask(f);
		if (!err)
			return;
	}
	if (!err)
		err = take(f, (uint64_t)ret);
	tell(f, err);
	fetch_free(f);
}

static int ask(struct fetch *f)
{
	f->changes = f->im->changes;
	return keeper_ask(f->im->tracer, ROW(pread64),
			  OP_ARGS((uint64_t)f->im->keep, (uintptr_t)f->buf, f->len, f->off),
			  fetched, f);
}

static struct fetch *fetch_new(struct image *im, uint64_t block)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->off = block * IMAGE_BLOCK;
	f->len = window(im, block);
	f->buf = malloc(f->len);
	if (!f->buf) {
		free(f);
		return NULL;
	}
	f->im = image_ref(im);
	f->next = im->fetches;
	im->fetches = f;
	return f;
}

static struct fetch *fetch_of(const struct image *im, uint64_t off)
{
	struct fetch *f = im->fetches;

	while (f && (off < f->off || off - f->off >= f->len))
		f = f->next;
	return f;
}

void image_fetch(struct image *im, uint64_t off, image_done *done, void *ctx)
{
	uint64_t block = off / IMAGE_BLOCK;
	struct fetch *f = fetch_of(im, off);
	struct waiter *w = NULL;
	bool new = !f;
	int err = 0;

	if (image_has(im, block)) {
		done(ctx, image_materialize(im, block * IMAGE_BLOCK, IMAGE_BLOCK));
		return;
	}
	if (!f)
		f = fetch_new(im, block);
	if (f)
		w = malloc(sizeof(*w));
	if (!w)
		err = -ENOMEM;
	if (w) {
		*w = (struct waiter){ f->waiters, done, ctx };
		f->waiters = w;
		err = new ? ask(f) : 0;
	}
	if (!err)
		return;
	if (!w)
		done(ctx, err);
	if (f && new) {
		tell(f, err);
		fetch_free(f);
	}
}
