/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See description.h. */
#include "description.h"

#include <stdlib.h>

#include "passing/parcel.h"
#include "tracee.h"

struct description *description_new(void)
{
	struct description *d = calloc(1, sizeof(*d));

	if (d) {
		d->refs = 1;
		d->kept = -1;
	}
	return d;
}

struct description *description_ref(struct description *d)
{
	if (d)
		d->refs++;
	return d;
}

void description_unref(struct description *d)
{
	if (d && !--d->refs)
		free(d);
}

void description_map(struct description *d)
{
	if (description_ref(d))
		d->mapped++;
}

void description_unmap(struct description *d)
{
	if (!d)
		return;
	if (!--d->mapped && d->kept >= 0) {
		parcel_close(d->tracer, d->kept);
		d->kept = -1;
	}
	description_unref(d);
}

void description_keep(struct tracee *t, struct description *d, int twin)
{
	int64_t kept;

	if (!description_to_keep(d))
		return;
	description_ref(d);
	kept = parcel_give(t, twin);
	if (kept >= 0 && description_to_keep(d)) {
		d->tracer = t->tracer;
		d->kept = (int)kept;
	} else if (kept >= 0) {
		parcel_close(t->tracer, (int)kept); /* another thread was faster */
	}
	description_unref(d);
}
