/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ranges of an address space are mappings of remote files: a sorted
 * array, kept in step with what the kernel does by split_mmap.c. Each entry
 * holds a reference to its file's image, and one to the description that it was
 * made by.
 */
#ifndef RSX_TRACER_MAPS_H
#define RSX_TRACER_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct description;
struct image;
struct mm;
struct tracee;

struct mapping {
	uint64_t start, end;
	uint64_t off; /* in the file, of start */
	struct image *image;
	struct description *of; /* of the descriptor that it was made by; or NULL */
	bool writable; /* shared, and it is or may become writable */
	bool readonly; /* shared, and must not become writable, though the kernel would let it */
	bool lazy;     /* filled by need: faults.h */
};

struct maps {
	unsigned n, room;
	struct mapping *m;
};

/* One mapping more, or less, that has m's image and description. */
void mapping_ref(struct mapping *m);
void mapping_unref(struct mapping *m);

void maps_free(struct maps *m);
struct maps *maps_copy(const struct maps *m);

/* The address space ends: write back what its shared mappings changed. */
void maps_exit(struct tracee *t);

/* The first mapping that overlaps [start, start + len), or NULL. */
struct mapping *maps_find(const struct maps *m, uint64_t start, uint64_t len);

/* The next one after `at` that does, or NULL. */
struct mapping *maps_next(const struct maps *m, const struct mapping *at, uint64_t start,
			  uint64_t len);

/* Have room for `more` entries, so that maps_put() cannot fail. 0 or -ENOMEM. */
int maps_reserve(struct maps **m, unsigned more);

/* Add an entry; its references are handed over. */
void maps_put(struct maps *m, const struct mapping *new);

/*
 * Take [start, start + len) out, splitting entries at its ends. What was there
 * goes to *ret_cut, to be put back or freed. 0 or -ENOMEM.
 */
int maps_cut(struct maps *m, uint64_t start, uint64_t len, struct maps *ret_cut);

/* Give up the entries of a cut. */
void maps_drop(struct maps *cut);

/* Write back the changed pages of [start, start + len). 0 or -errno. */
int maps_flush(const struct maps *m, uint64_t start, uint64_t len);

#endif
