/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that a tracee at an event stop is made to do, here and now, wherever
 * it is in its program. For the end of tracing only: nothing else is heard of
 * meanwhile. Its registers, signal mask and memory are put back.
 */
#ifndef RSX_TRACER_INJECT_H
#define RSX_TRACER_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "arch.h"

struct tracee;

#define INJECT_ROOM 64 /* bytes of the program's stack that are borrowed */

struct injection {
	struct tracee *t;
	struct rsx_regs saved;
	uint64_t mask;
	uint64_t site; /* of a syscall instruction */
	uint64_t room;
	char kept[INJECT_ROOM];
	bool dead;
	bool stopped; /* SIGSTOP came meanwhile */
};

/* 0 or -errno. */
int inject_begin(struct injection *in, struct tracee *t);

/* The call's result. */
int64_t inject(struct injection *in, long nr, const uint64_t args[RSX_MAX_ARGS]);

enum dead_fd {
	DEAD_READER, /* reading is EIO, anything else some error */
	DEAD_FILE,   /* everything is EBADF */
	DEAD_SOCKET, /* closed by its peer: end of file, EPIPE */
};

/* Put in the place of `fd` one that is of no use. 0 or -errno. */
int inject_dead_fd(struct injection *in, int fd, enum dead_fd kind);

void inject_end(struct injection *in);

#endif
