/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of an epoll instance. The program's descriptor is a real epoll
 * with the local members, the twin's is its companion with the remote ones. An
 * instance is an open file description: one struct epoll for all descriptors
 * that dup(2) and fork(2) make of it, in whatever tables they are.
 */
#ifndef RSX_TRACER_EPOLL_H
#define RSX_TRACER_EPOLL_H

#include <stdbool.h>
#include <stdint.h>

struct epoll_event;

/*
 * An instance that is a member of another is one on both sides. There, it is
 * registered with a token of ours instead of the program's data, so that what
 * both sides say of it is known to be one event.
 */
struct nested {
	const struct epoll *in; /* the inner instance, */
	int fd;			/* by this number */
	uint64_t token;
	uint64_t data;	 /* the program's */
	uint32_t events; /* the interest, with its EPOLLONESHOT */
	bool fired;	 /* EPOLLONESHOT: reported since it was last armed */
};

struct epoll {
	int refs; /* descriptors, of all tables */
	bool here;  /* there has been a local member */
	bool there; /* there has been one that the twin must be asked for */
	bool local_first; /* the side whose events come first in the next wait */
	bool local_fired; /* the last wait was ended from this side */
	struct nested *nested;
	unsigned n_nested;
	struct epoll *next;
};

/* With one reference, or NULL. */
struct epoll *epoll_new(void);
struct epoll *epoll_ref(struct epoll *ep); /* NULL stays NULL */
void epoll_unref(struct epoll *ep);

/* The nested member `in` with number fd, or NULL. Valid until the next change. */
struct nested *epoll_nested(const struct epoll *ep, const struct epoll *in, int fd);

/* Make or find that member, with a token of its own. NULL: no memory. */
struct nested *epoll_nest(struct epoll *ep, const struct epoll *in, int fd);
void epoll_unnest(struct epoll *ep, struct nested *m);

/*
 * Put the program's data in the place of tokens, and make one of what both
 * sides say of a nested member. Returns how many of the n events are left.
 */
int epoll_resolve(struct epoll *ep, struct epoll_event *event, int n);

#endif
