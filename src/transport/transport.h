/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a transport is to endpoint.c: one row of functions. Everything is in
 * terms of socket addresses, so that connecting and listening exist once.
 */
#ifndef RSX_TRANSPORT_INTERNAL_H
#define RSX_TRANSPORT_INTERNAL_H

#include <stddef.h>

#include "rsx/transport.h"

#define RSX_MAX_SOCKADDRS 8 /* addresses tried for one name */

struct rsx_sockaddr {
	struct sockaddr_storage ss;
	socklen_t len;
};

struct rsx_admission {
	const uint32_t *allow_cid;
	unsigned nallow;
	char *peer; /* text for the log */
	size_t room;
	bool same_host;
};

struct rsx_transport {
	const char *name; /* what stands before the first colon */
	bool needs_key;

	/* The rest of the address. 0 or -EINVAL with *ret_why. */
	int (*parse)(struct rsx_endpoint *ep, const char *rest, const char **ret_why);
	/* Socket addresses, best first: how many, or a negative errno. */
	int (*resolve)(const struct rsx_endpoint *ep, bool listening,
		       struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why);
	/* Options of a new connection; may be NULL. */
	void (*tune)(int fd);
	/* bind(2), with what this transport needs around it; NULL: plain. */
	int (*bind)(int fd, const struct rsx_sockaddr *sa);
	/* The listener is closed: clean up behind it; may be NULL. */
	void (*unlisten)(const struct rsx_endpoint *ep);
	/* The address syntax for a bound address. */
	int (*format)(const struct rsx_sockaddr *sa, char *to, size_t room);
	bool (*is_loopback)(const struct rsx_sockaddr *sa);
	/* 0 or -EACCES. */
	int (*admit)(int fd, struct rsx_admission *a);
	/* What a failure means to a person, or NULL. */
	const char *(*explain)(const struct rsx_endpoint *ep, int err, bool listening);
};

extern const struct rsx_transport rsx_transport_tcp, rsx_transport_vsock, rsx_transport_unix;

/* lookup/: a host's socket addresses. How many, or a negative errno with *ret_why. */
int rsx_tcp_lookup(const char *host, uint32_t port, bool listening,
		   struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why);

/* A decimal number of at most `max`. 0 or -EINVAL. */
int rsx_parse_number(const char *s, size_t len, uint64_t max, uint32_t *ret);

#endif
