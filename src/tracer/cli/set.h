/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of system calls in strace's words: "openat,close", "%file,%desc",
 * "!%memory,brk", "/^get.*id$", "?renameat3", "all", "none".
 */
#ifndef RSX_TRACER_SET_H
#define RSX_TRACER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsx/limits.h"

struct rsx_syscall;

struct callset {
	bool negated; /* "!": the calls that are not listed */
	uint8_t listed[RSX_MAX_ROWS / 8]; /* by place in rsx_syscalls[] */
};

/*
 * Fill `set` from `text`. 0, or -EINVAL with the word that is wrong in
 * ret_word (of `room` bytes).
 */
int callset_parse(struct callset *set, const char *text, char *ret_word, size_t room);

/*
 * What may have been meant by a wrong word: up to three names, "open, openat",
 * or "" if nothing resembles it.
 */
void callset_nearest(const char *word, char *to, size_t room);

/*
 * Is the call in it? `made` is the row of what the program called, `row` what
 * that is lowered to (open, openat); either name will do. A variant counts as
 * its call.
 */
bool callset_has(const struct callset *set, const struct rsx_syscall *made,
		 const struct rsx_syscall *row);

/* The class bits (RSX_CLASS_*) of a class's name without "%", or 0. */
unsigned callset_class(const char *name);

/* The name of class number `i`, without "%", or NULL behind the last one. */
const char *callset_class_name(size_t i);

#endif
