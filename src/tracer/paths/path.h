/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One decision per path: which side, and under which name there.
 */
#ifndef RSX_TRACER_PATH_H
#define RSX_TRACER_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "tracee.h"

/*
 * A descriptor by name, over there. Not /proc/self: a lane's thread may have a
 * table of its own, as clone(2) without CLONE_FILES gives.
 */
#define PATH_TWIN_FD "/proc/thread-self/fd/%d"

struct path_decision {
	enum side side;
	int err;	  /* negative: the call fails with it */
	int fault;	  /* negative: what is wrong with the dirfd */
	const char *use;  /* the path to use there instead; NULL: as given.
			   * Absolute, so that a dirfd no longer matters. */
	const char *name; /* absolute normal path, for the descriptor and rules */
	int dirfd;	  /* remote: the twin's dirfd, or AT_FDCWD */
	bool code;	  /* local because code is local (not a file rule) */
};

struct path_question {
	const char *path;
	int dirfd;	 /* the program's number, or AT_FDCWD */
	bool nofollow;	 /* the last component is not followed */
	bool empty;	 /* AT_EMPTY_PATH is given: "" means dirfd */
	bool exec;	 /* the kernel here resolves the links of a program */
	uint64_t resolve; /* RESOLVE_* of openat2(2) */
};

/* Decide. Strings live in t's call arena. */
void path_decide(struct tracee *t, const struct path_question *q, struct path_decision *ret);

/* --- for own.c --- */

/* A copy in t's call arena, or NULL. */
const char *path_keep(struct tracee *t, const char *s);
/* A descriptor over there decides, whatever -e says. */
void path_by_descriptor(struct tracee *t);

#endif
