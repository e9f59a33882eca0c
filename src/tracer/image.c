/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See image.h. Registry, memory, filling. Filling happens in ops: the event
 * loop goes on meanwhile, so several ops may fill one image together, and what
 * was read before a write of the program's own is read again (im->changes).
 * Writing back is writeback.c's.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split.h"
#include "tracee.h"
#include "tracer.h"

#define PIECE ((uint64_t)RSX_MAX_PIECE)

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* --- registry --- */

struct file_id image_id(const struct statx *stx)
{
	struct file_id id = {
		.dev = (uint64_t)stx->stx_dev_major << 32 | stx->stx_dev_minor,
		.ino = stx->stx_ino,
	};

	if (stx->stx_mask & STATX_BTIME)
		id.birth = (uint64_t)stx->stx_btime.tv_sec * 1000000000 + stx->stx_btime.tv_nsec;
	return id;
}

struct image *image_find(const struct tracer *tr, const struct file_id *id)
{
	struct image *im = tr->images;

	while (im && (im->detached || im->id.ino != id->ino || im->id.dev != id->dev ||
		      im->id.birth != id->birth))
		im = im->next;
	return im;
}

/* Shown in /proc/PID/maps as /memfd:NAME. */
static int new_memfd(const char *name, uint64_t size)
{
	char label[200];
	int fd, err;

	snprintf(label, sizeof(label), "%s", name);
	fd = memfd_create(label, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(label, MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, (off_t)size))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

struct image *image_new(struct tracer *tr, const struct file_id *id, const struct statx *stx,
			const char *name)
{
	struct image *im = calloc(1, sizeof(*im));

	if (!im)
		return NULL;
	im->name = strdup(name ? name : "a mapped file");
	im->memfd = im->name ? new_memfd(im->name, stx->stx_size) : -1;
	if (im->memfd < 0) {
		free(im->name);
		free(im);
		return NULL;
	}
	im->tracer = tr;
	im->refs = 1;
	im->id = *id;
	im->size = im->fresh = stx->stx_size;
	im->pristine = im->keep = -1;
	image_stamp(im, stx);
	im->next = tr->images;
	tr->images = im;
	tr->n_images++;
	return im;
}

struct image *image_ref(struct image *im)
{
	im->refs++;
	return im;
}

void image_unref(struct image *im)
{
	struct image **at;

	if (!im || --im->refs)
		return;
	image_flush(im, 0, IMAGE_ALL);
	at = &im->tracer->images;
	while (*at != im)
		at = &(*at)->next;
	*at = im->next;
	im->tracer->n_images--;
	if (im->pristine >= 0) {
		close(im->pristine);
		im->tracer->n_pristine--;
	}
	if (im->keep >= 0)
		keeper_call(im->tracer, ROW(close), OP_ARGS((uint64_t)im->keep));
	close(im->memfd);
	free(im->loaded);
	free(im->name);
	free(im);
}

static int64_t ns(struct statx_timestamp ts)
{
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void image_stamp(struct image *im, const struct statx *stx)
{
	im->mtime = ns(stx->stx_mtime);
	im->ctime = ns(stx->stx_ctime);
	im->stamped = true;
	im->checked_ns = now_ns();
}

bool image_differs(const struct image *im, const struct statx *stx)
{
	if (im->size != stx->stx_size)
		return true;
	return im->stamped && (im->mtime != ns(stx->stx_mtime) || im->ctime != ns(stx->stx_ctime));
}

/* --- which pieces are there --- */

/* What lies beyond the end that was seen came by us and is known. */
bool image_has(const struct image *im, uint64_t piece)
{
	return piece * PIECE >= im->fresh ||
	       (piece < im->pieces && im->loaded[piece / 8] >> piece % 8 & 1);
}

bool image_covers(const struct image *im, uint64_t off, uint64_t len)
{
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;

	for (uint64_t piece = off / PIECE; piece * PIECE < end && piece * PIECE < im->size; piece++) {
		if (piece * PIECE >= im->fresh)
			break;
		if (!image_has(im, piece))
			return false;
	}
	return true;
}

static int mark(struct image *im, uint64_t piece)
{
	if (piece >= im->pieces) {
		uint64_t n = (piece + piece / 2 + 64) / 8 * 8;
		uint8_t *p = realloc(im->loaded, n / 8);

		if (!p)
			return -ENOMEM;
		memset(p + im->pieces / 8, 0, (n - im->pieces) / 8);
		im->loaded = p;
		im->pieces = n;
	}
	im->loaded[piece / 8] |= (uint8_t)(1u << piece % 8);
	im->loaded_bytes += PIECE;
	return 0;
}

static bool all_zero(const char *p, uint64_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

static int put(int fd, uint64_t off, const void *data, uint64_t n)
{
	while (n) {
		ssize_t done = pwrite(fd, data, n, (off_t)off);

		if (done <= 0)
			return done ? -errno : -EIO;
		data = (const char *)data + done;
		off += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

/* A piece that was not there before: what is zero may stay a hole. */
static int add_piece(struct image *im, uint64_t piece, const char *data, uint64_t n)
{
	uint64_t off = piece * PIECE;
	int err = 0;

	if (off >= im->size)
		return 0;
	if (n > im->size - off)
		n = im->size - off;
	if (!all_zero(data, n)) {
		err = put(im->memfd, off, data, n);
		if (!err && im->pristine >= 0)
			err = put(im->pristine, off, data, n);
	}
	return err ? err : mark(im, piece);
}

void image_store(struct image *im, uint64_t off, const void *data, uint64_t len)
{
	im->changes++;
	im->stamped = false;
	if (off + len > im->size)
		image_resize(im, off + len);
	put(im->memfd, off, data, len);
	if (im->pristine >= 0)
		put(im->pristine, off, data, len);
}

/* Stores behind the end, in its last page, must not come to light. */
static void clear_tail(struct image *im)
{
	static const char zero[65536];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rest = im->size % page;

	if (rest && page <= sizeof(zero))
		put(im->memfd, im->size, zero, page - rest);
}

void image_resize(struct image *im, uint64_t size)
{
	im->changes++;
	im->stamped = false;
	if (size > im->size)
		clear_tail(im);
	if (ftruncate(im->memfd, (off_t)size) ||
	    (im->pristine >= 0 && ftruncate(im->pristine, (off_t)size)))
		rsx_error("%s: cannot resize its image: %s", im->name, strerror(errno));
	if (size < im->fresh)
		im->fresh = size;
	im->size = size;
}

/* --- reading from the server --- */

/* A whole piece, or what there is of it. Bytes, or -errno. */
static int64_t read_piece(struct tracee *t, struct image *im, int twin, uint64_t piece, char *to)
{
	uint64_t n = 0;

	while (n < PIECE) {
		const uint64_t args[RSX_MAX_ARGS] = {
			(uint64_t)(twin < 0 ? im->keep : twin), (uintptr_t)to + n, PIECE - n,
			piece * PIECE + n,
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
		n = read_piece(t, im, twin, piece, to);
	} while (n >= 0 && changes != im->changes);
	return n;
}

int64_t image_load(struct tracee *t, struct image *im, int twin, uint64_t off, uint64_t len)
{
	_rsx_free_ char *buf = NULL;
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;

	for (uint64_t piece = off / PIECE; piece * PIECE < end && piece * PIECE < im->size; piece++) {
		int64_t n;

		if (piece * PIECE >= im->fresh)
			break;
		if (image_has(im, piece))
			continue;
		if (im->loaded_bytes + PIECE > RSX_MAX_MAPPED) {
			rsx_note("%s: more than %llu MiB of it cannot be mapped: mmap fails with ENOMEM",
				 im->name, RSX_MAX_MAPPED >> 20);
			return -ENOMEM;
		}
		if (!buf)
			buf = malloc(PIECE);
		if (!buf)
			return -ENOMEM;
		n = read_settled(t, im, twin, piece, buf);
		if (n >= 0 && !image_has(im, piece))
			n = add_piece(im, piece, buf, (uint64_t)n);
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

		if (!image_has(im, piece))
			continue;
		n = read_settled(t, im, twin, piece, buf);
		if (n < 0)
			return n;
		if (off < im->size)
			put(im->memfd, off, buf,
			    (uint64_t)n < im->size - off ? (uint64_t)n : im->size - off);
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
		uint64_t piece = off / PIECE, stop = (piece + 1) * PIECE;
		int64_t n;

		stop = stop < end ? stop : end;
		if (image_has(im, piece)) {
			n = keeper_call(im->tracer, ROW(pread64),
					OP_ARGS((uint64_t)im->keep, (uintptr_t)buf, stop - off, off));
			if (n <= 0)
				return (int)n;
			image_store(im, off, buf, (uint64_t)n);
			stop = off + (uint64_t)n;
		}
		off = stop;
	}
	return 0;
}
