/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which side a call runs on, and what its arguments are there.
 */
#ifndef RSX_TRACER_DISPATCH_H
#define RSX_TRACER_DISPATCH_H

#include <stdint.h>

#include "tracee.h"

/* What becomes of a call. */
enum verdict {
	VERDICT_HERE,	/* run it here; c->use_path may name rewritten paths */
	VERDICT_THERE,	/* forward it; c->frame is captured */
	VERDICT_SPLIT,	/* its handler decides */
	VERDICT_RETURN, /* it returns *ret_value at once */
};

/*
 * Decide about t's current call (c->entry, c->made). Fills c->row and c->args
 * and, for VERDICT_THERE, captures c->frame.
 */
enum verdict dispatch(struct tracee *t, int64_t *ret_value);

/*
 * For handlers whose row is decided like any other after all: by descriptor
 * or path, as `where` says.
 */
enum verdict dispatch_as(struct tracee *t, uint8_t where, int64_t *ret_value);

/* A remote call that also takes a descriptor of this side: -EXDEV, or -EBADF. */
int dispatch_foreign_fd(struct tracee *t, int fd);

/* Translate descriptors, decide paths and capture c->row as a remote call. */
int64_t dispatch_capture(struct tracee *t);

#endif
