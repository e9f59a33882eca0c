/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of poll, ppoll, select and pselect6 as one thing: read from the
 * program and answered into it. What is between is split_poll.c's.
 */
#ifndef RSX_TRACER_POLLSET_H
#define RSX_TRACER_POLLSET_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct tracee;

struct pollset {
	unsigned n;
	struct pollfd *fd;	/* as the program gave them, with results */
	int64_t deadline;	/* monotonic; INT64_MAX: none */
	uint64_t mask, mask_size; /* the program's signal mask argument */
	uint64_t timeout;	/* address of the timeout, 0: none or poll's */
	bool usec;		/* it is a struct timeval */
	bool select;
	uint64_t sets[3];	/* select: addresses of the sets */
	unsigned n_bits;	/* select: how long they are */

	/* split_poll.c's: room for n of each */
	uint8_t *place;		/* enum place of each of fd */
	struct pollfd *there;	/* the remote ones, with the twin's numbers */
	unsigned n_there;
	struct pollfd *here;
	unsigned n_here;
	bool ready;		/* something is ready without waiting */
	uint64_t map, map_size; /* in the program, if the scratch slot is too small */
};

/*
 * Read the call that t makes, in the kernel's order of refusing it: 0, or the
 * -errno that it fails with. pollset_done() in any case.
 */
int pollset_read(struct tracee *t, struct pollset *w);
void pollset_done(struct pollset *w);

/* Write the events of w->fd into the program. The call's result. */
int64_t pollset_answer(struct tracee *t, const struct pollset *w);

/* What is left of the program's timeout is written there. poll(2) has none. */
void pollset_write_timeout(struct tracee *t, const struct pollset *w);

/* The time until w->deadline. */
struct timespec pollset_left(const struct pollset *w, int64_t now);

#endif
