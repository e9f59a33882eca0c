/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapped remote file and the program's own reads and writes of it are one:
 * what mappings changed goes to the server before a read, and what a write
 * changed there is put into the image. Nothing of this is looked at unless a
 * remote file is mapped (tracer->n_images).
 */
#ifndef RSX_TRACER_COHERENT_H
#define RSX_TRACER_COHERENT_H

#include <stdbool.h>
#include <stdint.h>

struct tracee;

/* Has the call, about to be forwarded, to do with a file that may be mapped? */
bool coherent_concerns(const struct tracee *t);

/* The op that forwards such a call; c->frame is captured. */
int64_t coherent_forward(struct tracee *t);

/* In an op: forward c->frame, a call that moves data between two remote files. */
int64_t coherent_copy(struct tracee *t);

/* In an op: the descriptor is about to be closed. */
void coherent_close(struct tracee *t, int fd);

/* In an op: a file was opened and cut to nothing; its twin's number. */
void coherent_truncated(struct tracee *t, int twin);

#endif
