/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A remote path that the server did not find may lead, by its symlinks, to
 * what a rule keeps here: a virtual environment's bin/python3 is a link to
 * /usr/bin/python3. The reply says so, and the call is decided once more, with
 * the name that the link leads to in the path's place.
 */
#ifndef RSX_TRACER_DETOUR_H
#define RSX_TRACER_DETOUR_H

#include <stdbool.h>

struct tracee;

/* Part of a call, until its end. Both NULL: none. */
struct detour {
	char *from; /* the path as the server was asked for it */
	char *to;   /* what it stands for, absolute */
};

/* A reply has come, c->frame: keep what it says of links, if that concerns us. */
void detour_note(struct tracee *t);

/*
 * The server asks about a name that is to be made: is it one of this side's, and is there
 * something by it? Then that is meant, and kept as above.
 */
bool detour_asked(struct tracee *t);

/* What is to be asked for instead of `path`, or NULL. */
const char *detour_of(const struct tracee *t, const char *path);

void detour_drop(struct detour *d);

#endif
