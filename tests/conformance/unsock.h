/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unsock.h - what the programs about unix sockets share: names and messages. */
#ifndef RSX_TESTS_UNSOCK_H
#define RSX_TESTS_UNSOCK_H

#include "sock.h"
#include <stddef.h>
#include <sys/un.h>

#define HEAD offsetof(struct sockaddr_un, sun_path)

static CONF_UNUSED struct sockaddr_un un(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strncpy(a.sun_path, path, sizeof(a.sun_path));
	return a;
}

static CONF_UNUSED int bind_un(int s, const char *path)
{
	struct sockaddr_un a = un(path);

	return bind(s, SA(&a), sizeof(a));
}

static CONF_UNUSED int connect_un(int s, const char *path)
{
	struct sockaddr_un a = un(path);

	return connect(s, SA(&a), sizeof(a));
}

static CONF_UNUSED int listener_un(const char *path, int type)
{
	int l = (int)MUST(socket(AF_UNIX, type, 0));

	MUST(bind_un(l, path));
	MUST(listen(l, 8));
	return l;
}

/* Two ends of a connection without names, */
static CONF_UNUSED void pair_un(int s[2])
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
}

/* and by way of a name in the file system. */
static CONF_UNUSED void named_un(int s[2])
{
	int l = listener_un("sock", SOCK_STREAM);

	s[0] = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect_un(s[0], "sock"));
	s[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
	MUST(unlink("sock"));
}

static CONF_UNUSED void show_un(const char *what, const struct sockaddr_un *a, socklen_t len)
{
	printf("%s: family %d, length %u, ", what, len >= 2 ? a->sun_family : -1, len);
	dump("name", a->sun_path, len > HEAD ? (long)(len - HEAD) : 0);
}

static CONF_UNUSED void show_names(int s)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (!T(getsockname(s, SA(&a), &len)))
		show_un("here", &a, len);
	len = sizeof(a);
	if (!T(getpeername(s, SA(&a), &len)))
		show_un("peer", &a, len);
}

/* Send a byte with n descriptors. */
static CONF_UNUSED ssize_t pass_fds(int s, const int *fds, size_t n)
{
	char room[CMSG_SPACE(300 * sizeof(int))] = { 0 };
	struct iovec iov = { "f", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(s, &m, 0);
}

/* Receive with `room` bytes for control data, print all but numbers; up to n descriptors. */
static CONF_UNUSED size_t take_fds(int s, int flags, size_t room, int *fds, size_t n)
{
	char *control = guard(room), data[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = room };
	size_t got = 0;

	T(recvmsg(s, &m, flags));
	printf("control %zu of %zu, flags %#x\n", m.msg_controllen, room,
	       (unsigned int)m.msg_flags);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		size_t k = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		printf("level %d, type %d, length %zu\n", c->cmsg_level, c->cmsg_type,
		       (size_t)c->cmsg_len);
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < k && got < n; i++)
			memcpy(&fds[got++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return got;
}

#endif
