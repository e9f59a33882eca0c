/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image of a remote file: a memfd of the file's size that every mapping of
 * it in the traced tree maps, whoever made it. Kept as long as a mapping, or
 * an op under way, holds a reference.
 *
 * It is filled piece by piece (RSX_MAX_PIECE), and only where somebody maps
 * it. Once a page may be changed through a mapping there is a second memfd with
 * what the server has (the "pristine" one): what differs is what has to go back.
 */
#ifndef RSX_TRACER_IMAGE_H
#define RSX_TRACER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fdtable.h"

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
	uint64_t fresh;	    /* pieces from here on need no loading: they came by us */
	int64_t mtime, ctime; /* ns; what the server said last */
	bool stamped;	    /* the two are of now: nobody of ours wrote since */
	int64_t checked_ns; /* when the server was asked last */
	int memfd;
	int pristine;	    /* -1: no page can have been changed */
	int keep;	    /* the keeper's descriptor of the file, or -1 */
	bool keep_write;
	bool told;	    /* a failed write-back was reported */
	unsigned changes;   /* counts refreshes: what was asked for before is stale */
	uint8_t *loaded;    /* bitmap of pieces */
	uint64_t pieces;    /* bits in it */
	uint64_t loaded_bytes;
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
/* Is this piece (of RSX_MAX_PIECE bytes) in memory? */
bool image_has(const struct image *im, uint64_t piece);

/*
 * In an op: have the bytes of [off, off + len) in the image, by the twin's
 * readable descriptor; twin -1: by the keeper's. 0 or -errno; -ENOMEM after one line if it is too much.
 */
int64_t image_load(struct tracee *t, struct image *im, int twin, uint64_t off, uint64_t len);

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

/* The file over there has got these bytes, or this size, by another way. */
void image_store(struct image *im, uint64_t off, const void *data, uint64_t len);
void image_resize(struct image *im, uint64_t size);

/* Read [off, off + len) again through the keeper's descriptor. */
int image_reread(struct image *im, uint64_t off, uint64_t len);

#endif
