/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root directory of a process, which chroot(2) may have moved on the
 * server. Rules, and what the tracer remembers of a path, are in full names:
 * from the server's own root. The program's names are what the twin is given.
 */
#ifndef RSX_TRACER_ROOT_H
#define RSX_TRACER_ROOT_H

#include <stdbool.h>

#include "rsx/limits.h"

struct fs;
struct policy;
struct rule;

/* The full name of `inner`, an absolute normal path in fs's root. 0, -ENAMETOOLONG. */
int root_full(const struct fs *fs, const char *inner, char full[RSX_MAX_PATH]);

/*
 * The same for any absolute path, whose normal form goes to `inner`. `outside`: it
 * begins outside of fs's root, and is a full name already.
 */
int root_full_name(const struct fs *fs, const char *path, bool outside, char inner[RSX_MAX_PATH],
		   char full[RSX_MAX_PATH]);

/*
 * The rule for a full name; or, if its name in fs's root means the same in every root
 * that has it (/dev/tty), the rule for that, which `full` then becomes.
 */
const struct rule *root_rule(const struct fs *fs, const struct policy *p, char full[RSX_MAX_PATH],
			     const char *inner);

/* What a full name is in fs's root; NULL: it is outside. */
const char *root_inner(const struct fs *fs, const char *full);

/*
 * Is `inner` in a tree that shows the process or the devices here, as /proc, /dev
 * and /sys do, and that the root has?
 */
bool root_has_tree(const struct fs *fs, const char *inner);

#endif
