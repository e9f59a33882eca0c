/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock.h - what the socket programs share: loopback addresses whose ports the
 * kernel chooses, and are never printed.
 */
#ifndef RSX_TESTS_SOCK_H
#define RSX_TESTS_SOCK_H

#include "conf.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#define SA(p) ((struct sockaddr *)(p))

static CONF_UNUSED struct sockaddr_in loop4(void)
{
	return (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A socket bound to a port of 127.0.0.1 that the kernel chose. */
static CONF_UNUSED int bound4(int type, struct sockaddr_in *where)
{
	int s = (int)MUST(socket(AF_INET, type, 0));
	socklen_t len = sizeof(*where);

	*where = loop4();
	MUST(bind(s, SA(where), len));
	MUST(getsockname(s, SA(where), &len));
	return s;
}

static CONF_UNUSED int listener4(struct sockaddr_in *where)
{
	int s = bound4(SOCK_STREAM, where);

	MUST(listen(s, 8));
	return s;
}

/* fd[0] has connected to fd[1]; the listener is gone. */
static CONF_UNUSED void tcp_pair(int fd[2])
{
	struct sockaddr_in at;
	int l = listener4(&at);

	fd[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(fd[0], SA(&at), sizeof(at)));
	fd[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
}

/* fd[0] and fd[1] are UDP sockets that are connected with each other. */
static CONF_UNUSED void udp_pair(int fd[2])
{
	struct sockaddr_in a, b;

	fd[0] = bound4(SOCK_DGRAM, &a);
	fd[1] = bound4(SOCK_DGRAM, &b);
	MUST(connect(fd[0], SA(&b), sizeof(b)));
	MUST(connect(fd[1], SA(&a), sizeof(a)));
}

static CONF_UNUSED int get_int(int s, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(s, level, name, &v, &len) ? -1 : v;
}

static CONF_UNUSED void set_int(int s, int level, int name, int v)
{
	MUST(setsockopt(s, level, name, &v, sizeof(v)));
}

/* SO_ERROR by name: it is an errno, not a number. */
static CONF_UNUSED void show_error(const char *what, int s)
{
	int err = get_int(s, SOL_SOCKET, SO_ERROR);

	printf("%s: SO_ERROR %s\n", what, err ? conf_errname(err) : "none");
}

static CONF_UNUSED long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static CONF_UNUSED void set_timeout(int s, int name, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	MUST(setsockopt(s, SOL_SOCKET, name, &tv, sizeof(tv)));
}

#endif
