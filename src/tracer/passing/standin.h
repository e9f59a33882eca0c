/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local descriptors in messages on the server's sockets, from one traced
 * program to another. Over there a stand-in goes in its place, one end of a
 * pair of sockets; where it arrives it is known by its inode, and the receiver
 * gets the local descriptor. The keeper has the other end: it hears when
 * nobody has the stand-in any more, received or not.
 */
#ifndef RSX_TRACER_STANDIN_H
#define RSX_TRACER_STANDIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct standin;
struct tracee;
struct tracer;

/* Part of struct tracer. */
struct standins {
	struct standin *list;
	int box; /* where the tracer receives, plus 1; 0: none yet */
	struct sockaddr_un name;
	socklen_t name_len;
	uint64_t last_id;
};

/* In an op: a stand-in in t's twin for t's local descriptor, or -errno. */
int64_t standin_make(struct tracee *t, int fd);

/* In an op: a copy of t's descriptor for the tracer itself, or -errno. */
int64_t standin_copy(struct tracee *t, int fd);

/* Is this a stand-in that came out of a message? */
bool standin_is(const struct tracer *tr, const struct stat *st);

/* In an op: give t what it stands for. The number in t's own table, or -errno. */
int64_t standin_take(struct tracee *t, const struct stat *st, bool cloexec);

/* Drop those that nobody has any more. */
void standin_sweep(struct tracer *tr);
void standin_end(struct tracer *tr);

#endif
