/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A local unix socket of a traced program's, looked at before it goes there. */
#ifndef RSX_TRACER_LOOK_H
#define RSX_TRACER_LOOK_H

#include <stdbool.h>

struct tracee;

/*
 * The socket that is looked at: the tracer's own copy, which spares the tracee
 * its stops, or -1 where pidfd_getfd(2) is not to be had (before Linux 5.6, in
 * many containers). Then the tracee asks.
 */
struct look {
	struct tracee *t;
	int fd;
	int copy;
};

struct look look_at(struct tracee *t, int fd);
void look_done(struct look *l);

/* In an op, all of them. An option of SOL_SOCKET, or -1. */
int look_int(const struct look *l, int name);
bool look_bound(const struct look *l);
bool look_peer(const struct look *l);
bool look_nonblocking(const struct look *l);

/*
 * Give a new socket of the twin's the options that this one has. True if there
 * is a time limit among them.
 */
bool look_carry(const struct look *l, int twin, int type);

#endif
