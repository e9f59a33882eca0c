/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp:HOST:PORT. Names are resolved by one of the files in lookup/; IPv6
 * numbers stand in brackets. Anybody may reach a tcp port, so its peers prove a key.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "transport.h"

static int tcp_parse(struct rsx_endpoint *ep, const char *rest, const char **ret_why)
{
	const char *colon = strrchr(rest, ':');
	size_t len;

	*ret_why = "a tcp address is tcp:HOST:PORT";
	if (!colon)
		return -EINVAL;
	len = (size_t)(colon - rest);
	if (len && rest[0] == '[') {
		if (rest[len - 1] != ']')
			return -EINVAL;
		rest++;
		len -= 2;
	} else if (memchr(rest, ':', len)) {
		*ret_why = "an IPv6 address stands in brackets: tcp:[::1]:PORT";
		return -EINVAL;
	}
	if (!len) {
		*ret_why = "the host is missing: tcp:HOST:PORT";
		return -EINVAL;
	}
	if (len >= sizeof(ep->host)) {
		*ret_why = "the host name is too long";
		return -EINVAL;
	}
	memcpy(ep->host, rest, len);
	*ret_why = "the port is not a number from 0 to 65535";
	return rsx_parse_number(colon + 1, strlen(colon + 1), 65535, &ep->port);
}

static int tcp_resolve(const struct rsx_endpoint *ep, bool listening,
		       struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why)
{
	if (!listening && !ep->port) {
		*ret_why = "port 0 is only good for listening";
		return -EINVAL;
	}
	return rsx_tcp_lookup(ep->host, ep->port, listening, to, ret_why);
}

/*
 * The heartbeat finds out about a peer that is gone; keepalive does while a
 * session is paused and has none.
 */
static void tcp_tune(int fd)
{
	int on = 1, idle = 30, every = 10, tries = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

/* A server that is started again must not wait for old connections' ends. */
static int tcp_bind(int fd, const struct rsx_sockaddr *sa)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, (const struct sockaddr *)&sa->ss, sa->len) ? -errno : 0;
}

static int tcp_format(const struct rsx_sockaddr *sa, char *to, size_t room)
{
	char host[INET6_ADDRSTRLEN];
	int n;

	if (sa->ss.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&sa->ss;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		n = snprintf(to, room, "tcp:%s:%u", host, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 = (const void *)&sa->ss;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		n = snprintf(to, room, "tcp:[%s]:%u", host, ntohs(in6->sin6_port));
	}
	return (size_t)n < room ? 0 : -ENOSPC;
}

static bool tcp_is_loopback(const struct rsx_sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)&sa->ss;
	const struct sockaddr_in6 *in6 = (const void *)&sa->ss;

	if (sa->ss.ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	if (sa->ss.ss_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return in6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* A peer whose address is the one it reached us at is on this machine. */
static bool tcp_same_host(const struct rsx_sockaddr *peer, const struct rsx_sockaddr *self)
{
	const struct sockaddr_in6 *p6 = (const void *)&peer->ss, *s6 = (const void *)&self->ss;
	const struct sockaddr_in *p = (const void *)&peer->ss, *s = (const void *)&self->ss;

	if (tcp_is_loopback(peer))
		return true;
	if (peer->ss.ss_family != self->ss.ss_family)
		return false;
	if (peer->ss.ss_family == AF_INET)
		return p->sin_addr.s_addr == s->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&p6->sin6_addr, &s6->sin6_addr);
}

static int tcp_admit(int fd, struct rsx_admission *a)
{
	struct rsx_sockaddr peer = { .len = sizeof(peer.ss) }, self = { .len = sizeof(self.ss) };

	if (getpeername(fd, (struct sockaddr *)&peer.ss, &peer.len) ||
	    getsockname(fd, (struct sockaddr *)&self.ss, &self.len))
		return -errno;
	tcp_format(&peer, a->peer, a->room);
	a->same_host = tcp_same_host(&peer, &self);
	return 0;
}

static const char *tcp_explain(const struct rsx_endpoint *ep, int err, bool listening)
{
	(void)ep;
	switch (err) {
	case -ECONNREFUSED:
		return "no server listens there";
	case -ETIMEDOUT:
		return "no answer";
	case -EADDRINUSE:
		return "the port is taken";
	case -EADDRNOTAVAIL:
		return listening ? "the address is not one of this machine's" : NULL;
	case -EACCES:
		return listening ? "ports below 1024 need privilege" : NULL;
	default:
		return NULL;
	}
}

const struct rsx_transport rsx_transport_tcp = {
	.name = "tcp",
	.needs_key = true,
	.parse = tcp_parse,
	.resolve = tcp_resolve,
	.tune = tcp_tune,
	.bind = tcp_bind,
	.format = tcp_format,
	.is_loopback = tcp_is_loopback,
	.admit = tcp_admit,
	.explain = tcp_explain,
};
