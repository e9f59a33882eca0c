/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints: the address syntax, and connecting, listening and admitting in
 * terms of the table of transports below. Used by the tracer to connect and
 * by the server's main process to listen. Knows no transport by name.
 */
#include "rsx/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "transport.h"

#define BACKLOG	 512
#define RETRY_MS 5

static const struct rsx_transport *const transports[] = {
	&rsx_transport_tcp,
	&rsx_transport_vsock,
	&rsx_transport_unix,
};

int rsx_parse_number(const char *s, size_t len, uint64_t max, uint32_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(s[i] - '0');
		if (v > max)
			return -EINVAL;
	}
	*ret = (uint32_t)v;
	return 0;
}

int rsx_endpoint_parse(struct rsx_endpoint *ep, const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ep = (struct rsx_endpoint) { .transport = NULL };
	*ret_why = "it is too long";
	if (len >= sizeof(ep->text))
		return -EINVAL;
	memcpy(ep->text, text, len + 1);
	for (size_t i = 0; i < RSX_ARRAY_SIZE(transports); i++) {
		size_t n = strlen(transports[i]->name);

		if (strncmp(text, transports[i]->name, n) || text[n] != ':')
			continue;
		ep->transport = transports[i];
		return transports[i]->parse(ep, text + n + 1, ret_why);
	}
	*ret_why = "an address is tcp:HOST:PORT, vsock:CID:PORT or unix:PATH";
	return -EINVAL;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void set_nonblock(int fd, bool on)
{
	int fl = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? fl | O_NONBLOCK : fl & ~O_NONBLOCK);
}

/* The outcome of a connect that goes on by itself. */
static int connect_wait(int fd, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0, n;

	do {
		int64_t left = deadline - now_ms();

		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

/* Connect to one address. A unix listener with a full backlog says EAGAIN. */
static int connect_one(const struct rsx_transport *t, const struct rsx_sockaddr *sa,
		       int64_t deadline)
{
	_rsx_close_ int fd =
		socket(sa->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	for (;;) {
		err = connect(fd, (const struct sockaddr *)&sa->ss, sa->len) ? -errno : 0;
		if (err != -EAGAIN || now_ms() >= deadline)
			break;
		poll(NULL, 0, RETRY_MS);
	}
	if (err == -EINPROGRESS || err == -EINTR)
		err = connect_wait(fd, deadline);
	if (err)
		return err == -EAGAIN ? -ETIMEDOUT : err;
	set_nonblock(fd, false);
	if (t->tune)
		t->tune(fd);
	return rsx_steal_fd(fd);
}

int rsx_endpoint_connect(const struct rsx_endpoint *ep, int timeout_ms, const char **ret_why)
{
	const struct rsx_transport *t = ep->transport;
	int64_t deadline = now_ms() + timeout_ms;
	struct rsx_sockaddr sa[RSX_MAX_SOCKADDRS];
	const char *why;
	int n = t->resolve(ep, false, sa, ret_why);
	int fd = -EADDRNOTAVAIL;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		fd = connect_one(t, &sa[i], deadline);
		if (fd >= 0)
			return fd;
	}
	why = t->explain(ep, fd, false);
	if (why)
		*ret_why = why;
	return fd;
}

static int listen_one(const struct rsx_transport *t, const struct rsx_sockaddr *sa)
{
	_rsx_close_ int fd =
		socket(sa->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (t->bind)
		err = t->bind(fd, sa);
	else
		err = bind(fd, (const struct sockaddr *)&sa->ss, sa->len) ? -errno : 0;
	if (!err && listen(fd, BACKLOG))
		err = -errno;
	return err ? err : rsx_steal_fd(fd);
}

int rsx_endpoint_listen(const struct rsx_endpoint *ep, const char **ret_why)
{
	const struct rsx_transport *t = ep->transport;
	struct rsx_sockaddr sa[RSX_MAX_SOCKADDRS];
	const char *why;
	int n = t->resolve(ep, true, sa, ret_why);
	int fd = -EADDRNOTAVAIL;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		fd = listen_one(t, &sa[i]);
		if (fd >= 0)
			return fd;
	}
	why = t->explain(ep, fd, true);
	if (why)
		*ret_why = why;
	return fd;
}

void rsx_endpoint_unlisten(const struct rsx_endpoint *ep)
{
	if (ep->transport->unlisten)
		ep->transport->unlisten(ep);
}

static int local_address(int fd, struct rsx_sockaddr *sa)
{
	sa->len = sizeof(sa->ss);
	return getsockname(fd, (struct sockaddr *)&sa->ss, &sa->len) ? -errno : 0;
}

int rsx_endpoint_bound(const struct rsx_endpoint *ep, int fd, char *to, size_t room)
{
	struct rsx_sockaddr sa;
	int err = local_address(fd, &sa);

	return err ? err : ep->transport->format(&sa, to, room);
}

bool rsx_endpoint_is_loopback(const struct rsx_endpoint *ep, int fd)
{
	struct rsx_sockaddr sa;

	return !local_address(fd, &sa) && ep->transport->is_loopback(&sa);
}

bool rsx_endpoint_needs_key(const struct rsx_endpoint *ep)
{
	return ep->transport->needs_key;
}

int rsx_endpoint_admit(const struct rsx_endpoint *ep, int fd, const uint32_t *allow_cid, unsigned n,
		       char *ret_peer, size_t room, bool *ret_same_host)
{
	struct rsx_admission a = {
		.allow_cid = allow_cid,
		.nallow = n,
		.peer = ret_peer,
		.room = room,
	};
	int err;

	snprintf(ret_peer, room, "%s", ep->transport->name);
	if (ep->transport->tune)
		ep->transport->tune(fd);
	err = ep->transport->admit(fd, &a);
	*ret_same_host = !err && a.same_host;
	return err;
}
