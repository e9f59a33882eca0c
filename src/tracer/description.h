/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of an open file description over there: one for all descriptors that
 * dup(2) and fork(2) make of it, in whatever tables they are, and for all mappings that
 * were made by one of them. The kernel's lives as long as any of these, and with it the
 * locks that belong to it: flock(2), F_OFD_SETLK of fcntl(2). Of a mapping the twin knows
 * nothing: so when there is a lock, the keeper holds the description for it.
 */
#ifndef RSX_TRACER_DESCRIPTION_H
#define RSX_TRACER_DESCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

struct tracee;
struct tracer;

struct description {
	int refs;
	unsigned mapped; /* by so many mappings, of all address spaces */
	bool locked;	 /* such a lock was asked for */
	int kept;	 /* the keeper's descriptor of it, or -1 */
	struct tracer *tracer;
};

/* With one reference; NULL: no memory. The others take NULL and do nothing. */
struct description *description_new(void);
struct description *description_ref(struct description *d);
void description_unref(struct description *d);

/* A mapping comes, or goes: the last one lets go of what was kept for it. */
void description_map(struct description *d);
void description_unmap(struct description *d);

/*
 * In an op: have it kept, if a mapping needs that; `twin` is a descriptor of it in t's
 * twin. Uses the frame.
 */
void description_keep(struct tracee *t, struct description *d, int twin);
static inline bool description_to_keep(const struct description *d)
{
	return d && d->locked && d->mapped && d->kept < 0;
}

#endif
