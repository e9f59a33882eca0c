/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image of a remote file: a memfd of the file's size that every mapping of
 * it in the traced tree maps, whoever made it. Kept as long as a mapping, or
 * an op under way, holds a reference.
 *
 * It is filled block by block: where somebody maps it, or, if that is much,
 * where somebody touches it (faults.h). Once a page may be changed through a
 * mapping there is a second memfd with what the server has (the "pristine" one):
 * what differs is what has to go back.
 */
#ifndef RSX_TRACER_IMAGE_H
#define RSX_TRACER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fdtable.h"

#define IMAGE_BLOCK ((uint64_t)64 << 10) /* no architecture's pages are larger */

struct fetch;
struct statx;
struct tracee;
struct tracer;

struct image {
	struct tracer *tracer;
	struct image *next;
	unsigned refs;
	struct file_id id;
	bool detached;	    /* another file has its id now: not to be found any more */
	uint64_t size;	    /* of the file, as far as known */
	uint64_t fresh;	    /* blocks from here on need no loading: they came by us */
	int64_t mtime, ctime; /* ns; what the server said last */
	bool stamped;	    /* the two are of now: nobody of ours wrote since */
	int64_t checked_ns; /* when the server was asked last */
	int memfd;
	int pristine;	    /* -1: no page can have been changed */
	int keep;	    /* the keeper's descriptor of the file, or -1 */
	bool keep_write;
	bool told;	    /* a failed write-back was reported */
	unsigned changes;   /* counts refreshes: what was asked for before is stale */
	uint8_t *loaded;    /* bitmap of blocks */
	uint64_t blocks;    /* bits in it */
	uint64_t loaded_bytes;
	uint64_t hand;	    /* the block that is dropped next */
	struct fetch *fetches; /* asked for, imagefill.c */
	bool eager;	    /* some mapping needs its pages to stay: nothing is dropped */
	char *name;	    /* for messages */
};

/* The image with this id, or NULL. Takes no reference. */
struct image *image_find(const struct tracer *tr, const struct file_id *id);

/* A new one, with one reference; NULL: no memory. */
struct image *image_new(struct tracer *tr, const struct file_id *id, const struct statx *stx,
			const char *name);

struct image *image_ref(struct image *im);

/* The last one writes back what is left to be written. Takes NULL. */
void image_unref(struct image *im);

struct file_id image_id(const struct statx *stx);

/* The server has just said this of the file. */
void image_stamp(struct image *im, const struct statx *stx);
/* Has somebody else changed the file since? */
bool image_differs(const struct image *im, const struct statx *stx);
/* Is all that the file has of [off, off + len) in memory? */
bool image_covers(const struct image *im, uint64_t off, uint64_t len);
/* Is block number `block` in memory? */
bool image_has(const struct image *im, uint64_t block);

/* Is any block of [off, off + len)? */
static inline bool image_has_any(const struct image *im, uint64_t off, uint64_t len)
{
	uint64_t b = off / IMAGE_BLOCK;

	while (b * IMAGE_BLOCK < off + len && !image_has(im, b))
		b++;
	return b * IMAGE_BLOCK < off + len;
}

/*
 * In an op: have the bytes of [off, off + len) in the image, by the twin's
 * readable descriptor; twin -1: by the keeper's. 0 or -errno; -ENOMEM after one
 * line if it is too much.
 */
int64_t image_load(struct tracee *t, struct image *im, int twin, uint64_t off, uint64_t len);

/*
 * Have the pages of [off, off + len), as far as the file goes, in the memfd, not
 * as holes: by the keeper's descriptor, waiting for it. 0 or -errno.
 */
int image_fill(struct image *im, uint64_t off, uint64_t len);

/* In an op: the server's file has changed: read again what was loaded. */
int64_t image_reload(struct tracee *t, struct image *im, int twin, const struct statx *stx);

/* From now on mappings may change pages. 0 or -errno. */
int image_make_pristine(struct image *im);

/* The keeper has a descriptor of the file, by the twin's. In an op. 0 or -errno. */
int64_t image_keep(struct tracee *t, struct image *im, int twin, bool write);

/* Write the changed bytes of [off, off + len) back. 0 or -errno, after one line. */
int image_flush(struct image *im, uint64_t off, uint64_t len);
#define IMAGE_ALL UINT64_MAX

/* Flush every image. The first error. */
int image_flush_all(struct tracer *tr);

/* What msync(2) or fsync(2) says after that: what a disk would, else -EIO. */
int image_sync_error(int err);

/* The file over there has got these bytes, or this size, by another way. */
void image_store(struct image *im, uint64_t off, const void *data, uint64_t len);
void image_resize(struct image *im, uint64_t size);

/* Read [off, off + len) again through the keeper's descriptor. */
int image_reread(struct image *im, uint64_t off, uint64_t len);

/*
 * The same for the page at `off`, without waiting: done() is called, perhaps before
 * this returns, with 0 or -errno.
 */
typedef void image_done(void *ctx, int err);
void image_fetch(struct image *im, uint64_t off, image_done *done, void *ctx);

/* --- between image.c and imagefill.c --- */

/* `n` bytes were read of the blocks of [off, off + len): those that are missing get them. */
int image_add(struct image *im, uint64_t off, const char *data, uint64_t n, uint64_t len);
/* Bytes of loaded blocks, replaced; the others keep what they have: nothing. */
void image_put(struct image *im, uint64_t off, const void *data, uint64_t len, bool pristine);
/* Have real pages in [off, off + len), zero where there was nothing. */
int image_materialize(struct image *im, uint64_t off, uint64_t len);
/* Drop blocks that can be read again, if with `more` bytes it would be too much. */
void image_make_room(struct image *im, uint64_t more);

#endif
