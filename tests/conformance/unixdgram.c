/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagram sockets with paths: names both ways, senders without one, connected
 * ones, messages of many parts, and what is wrong with a destination.
 */
#include "unsock.h"

static void from(int s)
{
	char *buf = guard(16);
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	long n;

	memset(&a, 0, sizeof(a));
	n = T(recvfrom(s, buf, 16, 0, SA(&a), &len));
	if (n >= 0) {
		dump("data", buf, n);
		show_un("from", &a, len);
	}
}

static void both_ways(void)
{
	struct sockaddr_un a = un("a"), b = un("b");
	int s = T(socket(AF_UNIX, SOCK_DGRAM, 0)), c = T(socket(AF_UNIX, SOCK_DGRAM, 0));

	T(sendto(c, "early", 5, 0, SA(&a), sizeof(a)));
	T(bind_un(s, "a"));
	T(sendto(c, "nobody", 6, 0, SA(&a), sizeof(a)));
	from(s);
	T(bind_un(c, "b"));
	T(sendto(c, "somebody", 8, 0, SA(&a), sizeof(a)));
	from(s);
	T(sendto(s, "back", 4, 0, SA(&b), sizeof(b)));
	from(c);
	T(sendto(c, "", 0, 0, SA(&a), sizeof(a)));
	from(s);
	T(recv(s, NIL, 0, MSG_DONTWAIT));
	T(send(c, "x", 1, 0));
	T(connect_un(c, "a"));
	show_names(c);
	T(send(c, "connected", 9, 0));
	from(s);
	T(sendto(s, "x", 1, 0, SA(&b), sizeof(b)));
	from(c);
	T(connect_un(s, "a"));
	T(send(s, "self", 4, 0));
	from(s);
	a.sun_family = AF_UNSPEC;
	T(connect(c, SA(&a), sizeof(a)));
	T(send(c, "x", 1, 0));
	T(listen(c, 1));
	T(accept(c, NULL, NULL));
	T(unlink("a"));
	a = un("a");
	T(sendto(c, "x", 1, 0, SA(&a), sizeof(a)));
	closefrom(3);
	T(unlink("b"));
}

static void errors(void)
{
	struct sockaddr_un a = un("sock");
	int s, c = T(socket(AF_UNIX, SOCK_DGRAM, 0));

	put("file", "");
	T(sendto(c, "x", 1, 0, SA(&a), sizeof(a)));
	s = listener_un("sock", SOCK_STREAM);
	T(sendto(c, "x", 1, 0, SA(&a), sizeof(a)));
	a = un("file");
	T(sendto(c, "x", 1, 0, SA(&a), sizeof(a)));
	T(sendto(c, "x", 1, 0, SA(&a), 2));
	T(sendto(c, "x", 1, 0, SA(&a), 1));
	T(sendto(c, "x", 1, 0, SA(&a), 111));
	T(sendto(c, "x", 1, 0, BAD, sizeof(a)));
	T(sendto(c, "x", 1, 0, NIL, 0));
	T(sendto(c, BAD, 1, 0, SA(&a), sizeof(a)));
	T(sendto(c, "x", 1, MSG_OOB, SA(&a), sizeof(a)));
	close(s);
	T(unlink("sock"));
	s = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(bind_un(s, "sock"));
	close(s);
	a = un("sock");
	T(sendto(c, "x", 1, 0, SA(&a), sizeof(a)));
	T(bind_un(c, "sock"));
	closefrom(3);
	T(unlink("sock"));
}

/* sendmsg, sendmmsg, recvmmsg with names; the first one settles the side. */
static void messages(void)
{
	struct sockaddr_un a = un("many");
	struct iovec parts[2] = { { "ab", 2 }, { "cde", 3 } };
	struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = parts,
			    .msg_iovlen = 2 };
	struct mmsghdr out[3] = { { .msg_hdr = m }, { .msg_hdr = m }, { .msg_hdr = m } }, in[4];
	char buf[4][8];
	struct iovec rooms[4];
	int s = T(socket(AF_UNIX, SOCK_DGRAM, 0)), c = T(socket(AF_UNIX, SOCK_DGRAM, 0));

	T(bind_un(s, "many"));
	T(sendmsg(c, &m, 0));
	from(s);
	T(sendmmsg(c, out, 3, 0));
	memset(in, 0, sizeof(in));
	for (int i = 0; i < 4; i++) {
		rooms[i] = (struct iovec){ buf[i], i == 1 ? 3 : 8 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &rooms[i], .msg_iovlen = 1,
						 .msg_name = &a, .msg_namelen = sizeof(a) };
	}
	T(recvmmsg(s, in, 4, MSG_WAITFORONE, NULL));
	for (int i = 0; i < 3; i++)
		printf("%u bytes, flags %#x, name %u\n", in[i].msg_len,
		       (unsigned int)in[i].msg_hdr.msg_flags, in[i].msg_hdr.msg_namelen);
	close(c);
	/* a vector on a socket that is on no side yet */
	c = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	a = un("many");
	for (int i = 0; i < 3; i++)
		out[i].msg_hdr = m;
	T(sendmmsg(c, out, 2, 0));
	from(s);
	from(s);
	T(recvmsg(s, &m, MSG_DONTWAIT));
	closefrom(3);
	T(unlink("many"));
}

/* A sender that waits for room, and a signal while it does. */
static void full(void)
{
	int s = T(socket(AF_UNIX, SOCK_DGRAM, 0)), c = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	char buf[8];
	long n = 0;
	pid_t pid;

	T(bind_un(s, "full"));
	T(connect_un(c, "full"));
	while (send(c, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	TF(errno == EAGAIN && n > 0);
	set_timeout(c, SO_SNDTIMEO, 30);
	T(send(c, "x", 1, 0));
	set_timeout(c, SO_SNDTIMEO, 0);
	pid = conf_fork();
	if (!pid)
		_exit(send(c, "last", 4, 0) != 4);
	for (; n > 0; n--)
		if (recv(s, buf, 8, 0) != 1)
			puts("lost");
	T(recv(s, buf, 8, 0));
	conf_reap("sender", pid);
	close(s);
	T(send(c, "x", 1, MSG_NOSIGNAL));
	closefrom(3);
	T(unlink("full"));
}

int main(void)
{
	conf_init();
	both_ways();
	errors();
	messages();
	full();
	return 0;
}
