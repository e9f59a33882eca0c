/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and channels. A transport is one row of a table (tcp, vsock,
 * unix); nothing outside src/transport/ knows which one a connection uses.
 *
 *   tcp:HOST:PORT    tcp:[::1]:PORT
 *   vsock:CID:PORT   vsock:any:PORT  vsock:host:PORT  vsock:self:PORT
 *   unix:PATH        unix:@NAME (abstract)
 */
#ifndef RSX_TRANSPORT_H
#define RSX_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct rsx_transport;

struct rsx_endpoint {
	const struct rsx_transport *transport;
	char text[256];	     /* as the user wrote it, for messages */
	char host[192];	     /* tcp: name or number; unix: path */
	uint32_t cid;	     /* vsock */
	uint32_t port;	     /* tcp (0: any, listening only), vsock */
};

/* 0, or -EINVAL with *ret_why set to a sentence part such as "port 70000 is above 65535". */
int rsx_endpoint_parse(struct rsx_endpoint *ep, const char *text, const char **ret_why);

/* A connected, CLOEXEC, blocking socket, or a negative errno. Waits at most
 * timeout_ms. *ret_why may be set to a hint ("no such host", "module
 * vhost_vsock is not loaded"). */
int rsx_endpoint_connect(const struct rsx_endpoint *ep, int timeout_ms, const char **ret_why);

/* A listening, CLOEXEC, non-blocking socket, or a negative errno. A stale unix
 * socket nobody listens on is replaced; a live one is -EADDRINUSE. */
int rsx_endpoint_listen(const struct rsx_endpoint *ep, const char **ret_why);

/* Remove what listening left in the file system (a unix socket's file). */
void rsx_endpoint_unlisten(const struct rsx_endpoint *ep);

/* The address really bound (port 0 resolved), in the address syntax. */
int rsx_endpoint_bound(const struct rsx_endpoint *ep, int fd, char *to, size_t room);

/* Does only this machine reach it (loopback, unix)? */
bool rsx_endpoint_is_loopback(const struct rsx_endpoint *ep, int fd);

/* Must a listener have a key (tcp), or are peers known (unix, vsock)? */
bool rsx_endpoint_needs_key(const struct rsx_endpoint *ep);

/* Accepted connection: set options (TCP_NODELAY), check the peer: unix: same
 * uid or root; vsock: CID among allow (n; default host and self). 0 or
 * -EACCES with *ret_peer describing it. `peer` gets a text for the log. */
int rsx_endpoint_admit(const struct rsx_endpoint *ep, int fd,
		       const uint32_t *allow_cid, unsigned n,
		       char *ret_peer, size_t room, bool *ret_same_host);

#endif
