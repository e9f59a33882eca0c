/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image.h. Registry and memory. Filling is imagefill.c's, writing back writeback.c's. */
#include "mmap/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "passing/keeper.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

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

/* --- which blocks are there --- */

/* What lies beyond the end that was seen came by us and is known. */
bool image_has(const struct image *im, uint64_t block)
{
	return block * IMAGE_BLOCK >= im->fresh ||
	       (block < im->blocks && im->loaded[block / 8] >> block % 8 & 1);
}

bool image_covers(const struct image *im, uint64_t off, uint64_t len)
{
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;

	for (uint64_t b = off / IMAGE_BLOCK; b * IMAGE_BLOCK < end && b * IMAGE_BLOCK < im->size; b++) {
		if (b * IMAGE_BLOCK >= im->fresh)
			break;
		if (!image_has(im, b))
			return false;
	}
	return true;
}

static int mark(struct image *im, uint64_t block)
{
	if (block >= im->blocks) {
		uint64_t n = (block + block / 2 + 512) / 8 * 8;
		uint8_t *p = realloc(im->loaded, n / 8);

		if (!p)
			return -ENOMEM;
		memset(p + im->blocks / 8, 0, (n - im->blocks) / 8);
		im->loaded = p;
		im->blocks = n;
	}
	im->loaded[block / 8] |= (uint8_t)(1u << block % 8);
	im->loaded_bytes += IMAGE_BLOCK;
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

/* A block that was not there before: what is zero may stay a hole. */
static int add_block(struct image *im, uint64_t block, const char *data, uint64_t n)
{
	uint64_t off = block * IMAGE_BLOCK;
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
	return err ? err : mark(im, block);
}

int image_add(struct image *im, uint64_t off, const char *data, uint64_t n, uint64_t len)
{
	int err = 0;

	for (uint64_t at = 0; at < len && !err; at += IMAGE_BLOCK) {
		uint64_t block = (off + at) / IMAGE_BLOCK, part = at < n ? n - at : 0;

		if (!image_has(im, block))
			err = add_block(im, block, data + at, part < IMAGE_BLOCK ? part : IMAGE_BLOCK);
	}
	return err;
}

/* The bytes of [off, off + len) that are loaded, replaced. */
void image_put(struct image *im, uint64_t off, const void *data, uint64_t len, bool pristine)
{
	for (uint64_t at = off, end = off + len, next; at < end; at = next) {
		const char *from = (const char *)data + (at - off);

		next = (at / IMAGE_BLOCK + 1) * IMAGE_BLOCK;
		next = next < end ? next : end;
		if (!image_has(im, at / IMAGE_BLOCK))
			continue;
		put(im->memfd, at, from, next - at);
		if (pristine && im->pristine >= 0)
			put(im->pristine, at, from, next - at);
	}
}

void image_store(struct image *im, uint64_t off, const void *data, uint64_t len)
{
	im->changes++;
	im->stamped = false;
	if (off + len > im->size)
		image_resize(im, off + len);
	image_put(im, off, data, len, true);
}

/* Stores behind the end, in its last page, must not come to light. */
static void clear_tail(struct image *im)
{
	static const char zero[65536];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rest = im->size % page;

	if (rest && page <= sizeof(zero) && image_has(im, im->size / IMAGE_BLOCK))
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

/* --- memory of images that are mapped by need --- */

int image_materialize(struct image *im, uint64_t off, uint64_t len)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t stop = (im->size + page - 1) & ~(page - 1), end = off + len;

	off &= ~(page - 1);
	end = (end + page - 1) & ~(page - 1);
	end = end < stop ? end : stop;
	if (off >= end)
		return 0;
	return fallocate(im->memfd, FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)(end - off)) ? -errno : 0;
}

static void drop(struct image *im, uint64_t block)
{
	im->loaded[block / 8] &= (uint8_t)~(1u << block % 8);
	im->loaded_bytes -= IMAGE_BLOCK;
	fallocate(im->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		  (off_t)(block * IMAGE_BLOCK), IMAGE_BLOCK);
}

void image_make_room(struct image *im, uint64_t more)
{
	uint64_t last = im->fresh / IMAGE_BLOCK < im->blocks ? im->fresh / IMAGE_BLOCK : im->blocks;

	if (im->eager || im->pristine >= 0)
		return;
	for (uint64_t seen = 0; seen < last && im->loaded_bytes + more > RSX_MAX_MAPPED; seen++) {
		if (im->hand >= last)
			im->hand = 0;
		if (image_has(im, im->hand))
			drop(im, im->hand);
		im->hand++;
	}
}
