/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes beside the data: timestamps, hop limits, packet information, of
 * both address families; scopes of IPv6 addresses; out-of-band data; what a
 * connect to AF_UNSPEC forgets.
 */
#include "sock.h"
#include <linux/net_tstamp.h>

static const struct { int level, type; const char *name; } known[] = {
	{ SOL_SOCKET, SO_TIMESTAMP, "SO_TIMESTAMP" },
	{ SOL_SOCKET, SO_TIMESTAMPNS, "SO_TIMESTAMPNS" },
	{ SOL_SOCKET, SO_TIMESTAMPING, "SO_TIMESTAMPING" },
	{ SOL_SOCKET, SO_RXQ_OVFL, "SO_RXQ_OVFL" },
	{ IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO" },
	{ IPPROTO_IP, IP_TTL, "IP_TTL" },
	{ IPPROTO_IP, IP_TOS, "IP_TOS" },
	{ IPPROTO_IPV6, IPV6_PKTINFO, "IPV6_PKTINFO" },
	{ IPPROTO_IPV6, IPV6_HOPLIMIT, "IPV6_HOPLIMIT" },
	{ IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS" },
};

static const char *name_of(const struct cmsghdr *c)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].level == c->cmsg_level && known[i].type == c->cmsg_type)
			return known[i].name;
	return "something else";
}

/* Not its value if that is a time, by the clock of the socket's machine. */
static void show_all(struct msghdr *m)
{
	printf("flags %#x, control %zu:", (unsigned)m->msg_flags, (size_t)m->msg_controllen);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec now, then = { 0, 0 };

		printf(" %s (%zu)", name_of(c), (size_t)c->cmsg_len - sizeof(*c));
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_len >= CMSG_LEN(16)) {
			clock_gettime(CLOCK_REALTIME, &now);
			memcpy(&then, CMSG_DATA(c), 16);
			printf(" %s", labs(now.tv_sec - then.tv_sec) <= 20 ?
			       "now" : "at another time");
		} else if (c->cmsg_level != SOL_SOCKET && c->cmsg_len == CMSG_LEN(1)) {
			printf(" %d", *CMSG_DATA(c));
		} else if (c->cmsg_level != SOL_SOCKET && c->cmsg_len == CMSG_LEN(4)) {
			printf(" %d", *(int *)CMSG_DATA(c));
		}
	}
	printf("\n");
}

static void receive(int s)
{
	static const size_t rooms[] = { 256, 64, 40, 33, 32, 17, 16, 15, 1, 0 };
	char room[256], buf[8];
	struct iovec iov = { buf, sizeof(buf) };

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
				    .msg_controllen = rooms[i] };

		printf("room %zu: ", rooms[i]);
		T(recvmsg(s, &m, MSG_PEEK));
		show_all(&m);
	}
	T(recv(s, buf, sizeof(buf), 0));
}

static bool is_stamped(int s)
{
	char room[256], c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *h;

	if (recvmsg(s, &m, MSG_PEEK | MSG_DONTWAIT) < 0)
		return false;
	h = CMSG_FIRSTHDR(&m);
	return h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SO_TIMESTAMPING;
}

static void datagrams4(void)
{
	struct sockaddr_in a, b;
	int x = bound4(SOCK_DGRAM, &a), y = bound4(SOCK_DGRAM, &b), v;

	set_int(y, SOL_SOCKET, SO_TIMESTAMP, 1);
	set_int(y, IPPROTO_IP, IP_RECVTTL, 1);
	set_int(y, IPPROTO_IP, IP_RECVTOS, 1);
	set_int(x, IPPROTO_IP, IP_TTL, 9);
	set_int(x, IPPROTO_IP, IP_TOS, 0x10);
	T(sendto(x, "ip", 2, 0, SA(&b), sizeof(b)));
	receive(y);
	set_int(y, SOL_SOCKET, SO_TIMESTAMP, 0);
	set_int(y, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	set_int(y, SOL_SOCKET, SO_RXQ_OVFL, 1);
	set_int(y, IPPROTO_IP, IP_PKTINFO, 1);
	T(sendto(x, "ns", 2, 0, SA(&b), sizeof(b)));
	receive(y);
	v = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	set_int(y, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	T(setsockopt(y, SOL_SOCKET, SO_TIMESTAMPING, &v, sizeof(v)));
	/* the kernel begins to take the time a little later */
	for (int i = 0; i < 200 && !is_stamped(y); i++) {
		char c;

		recv(y, &c, 1, MSG_DONTWAIT);
		conf_msleep(5);
		MUST(sendto(x, "ts", 2, 0, SA(&b), sizeof(b)));
	}
	receive(y);
	close(x);
	close(y);
}

static void datagrams6(void)
{
	struct sockaddr_in6 b = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	char room[128] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { "hops", 4 };
	struct msghdr m = { &b, sizeof(b), &iov, 1, room, CMSG_SPACE(sizeof(int)), 0 };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	socklen_t len = sizeof(b);
	int x = socket(AF_INET6, SOCK_DGRAM, 0), y = socket(AF_INET6, SOCK_DGRAM, 0);

	if (x < 0 || bind(y, SA(&b), sizeof(b))) {
		puts("no ::1 on this machine");
		return;
	}
	MUST(getsockname(y, SA(&b), &len));
	set_int(y, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	set_int(y, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_HOPLIMIT;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(c) = 5;
	T(sendmsg(x, &m, 0));
	receive(y);
	*(int *)CMSG_DATA(c) = 256;
	T(sendmsg(x, &m, 0));
	c->cmsg_len = CMSG_LEN(1);
	T(sendmsg(x, &m, 0));
	/* a scope: known, unknown, missing */
	b.sin6_addr = (struct in6_addr) { { { 0xfe, 0x80, [15] = 0x77 } } };
	b.sin6_scope_id = 0;
	T(sendto(x, "", 0, 0, SA(&b), sizeof(b)));
	T(connect(x, SA(&b), sizeof(b)));
	T(bind(x, SA(&b), sizeof(b)));
	b.sin6_scope_id = 99999;
	T(sendto(x, "", 0, 0, SA(&b), sizeof(b)));
	T(connect(x, SA(&b), sizeof(b)));
	T(bind(x, SA(&b), sizeof(b)));
	close(x);
	close(y);
}

/* A connect to AF_UNSPEC forgets the peer, and the port if the kernel chose it. */
static void forgotten(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in at, me;
	socklen_t len = sizeof(me);
	int y = bound4(SOCK_DGRAM, &at), x = socket(AF_INET, SOCK_DGRAM, 0), fd[2];

	T(connect(x, SA(&at), sizeof(at)));
	T(getsockname(x, SA(&me), &len));
	TF(me.sin_port && me.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	T(connect(x, &none, sizeof(none)));
	T(getsockname(x, SA(&me), &len));
	TF(!me.sin_port && !me.sin_addr.s_addr);
	T(getpeername(x, SA(&me), &len));
	T(send(x, "x", 1, 0));
	T(connect(x, &none, 1));
	T(connect(x, SA(&at), sizeof(at)));
	T(send(x, "x", 1, 0));
	T(recv(y, &at, 1, 0));
	close(x);
	close(y);
	tcp_pair(fd);
	T(connect(fd[0], &none, sizeof(none)));
	T(getpeername(fd[0], SA(&me), &len));
	T(recv(fd[1], &at, 1, 0));
	closefrom(3);
}

static volatile sig_atomic_t urgent;

static void on_urgent(int sig)
{
	(void)sig;
	urgent++;
}

static void out_of_band(void)
{
	struct pollfd p;
	char buf[16];
	int fd[2], mark = -1;

	conf_handle(SIGURG, on_urgent, 0);
	tcp_pair(fd);
	T(recv(fd[1], buf, 1, MSG_OOB));
	T(send(fd[0], "abc", 3, 0));
	T(send(fd[0], "deX", 3, MSG_OOB));
	T(send(fd[0], "fg", 2, 0));
	p = (struct pollfd) { fd[1], POLLPRI, 0 };
	T(poll(&p, 1, 5000));
	TF(p.revents == POLLPRI);
	T(ioctl(fd[1], SIOCATMARK, &mark));
	printf("at mark: %d\n", mark);
	T(recv(fd[1], buf, sizeof(buf), 0));
	dump("before the mark", buf, 5);
	T(ioctl(fd[1], SIOCATMARK, &mark));
	printf("at mark: %d\n", mark);
	T(recv(fd[1], buf, 1, MSG_OOB | MSG_PEEK));
	T(recv(fd[1], buf, 1, MSG_OOB));
	dump("urgent", buf, 1);
	T(recv(fd[1], buf, 1, MSG_OOB));
	T(recv(fd[1], buf, sizeof(buf), 0));
	dump("after the mark", buf, 2);
	set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, 1);
	T(send(fd[0], "Y", 1, MSG_OOB));
	T(recv(fd[1], buf, 1, MSG_OOB));
	T(recv(fd[1], buf, 1, 0));
	dump("inline", buf, 1);
	printf("SIGURG %d\n", urgent); /* nobody owns the sockets */
	closefrom(3);
}

static void halves(void)
{
	static const int hows[] = { SHUT_RD, SHUT_WR, SHUT_RDWR };
	struct pollfd p;
	char c;
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		tcp_pair(fd);
		printf("how %d:\n", hows[i]);
		T(send(fd[1], "1", 1, 0));
		T(recv(fd[0], &c, 1, MSG_PEEK));
		T(shutdown(fd[0], hows[i]));
		T(shutdown(fd[0], hows[i]));
		T(recv(fd[0], &c, 1, MSG_DONTWAIT));
		T(recv(fd[0], &c, 1, MSG_DONTWAIT));
		T(send(fd[0], "2", 1, 0));
		T(send(fd[1], "3", 1, 0));
		p = (struct pollfd) { fd[0], POLLIN | POLLOUT | POLLRDHUP, 0 };
		T(poll(&p, 1, 0));
		TF(p.revents & POLLOUT);
		TF(p.revents & POLLRDHUP);
		TF(p.revents & POLLHUP);
		closefrom(3);
	}
}

int main(void)
{
	conf_init();
	closefrom(3);
	datagrams4();
	datagrams6();
	forgotten();
	out_of_band();
	halves();
	return 0;
}
