/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 over ::1: longer addresses, their truncation, IPV6_V6ONLY, a mapped IPv4
 * peer, and IPV6_PKTINFO. Without IPv6 the one line says so.
 */
#include "sock.h"

static struct sockaddr_in6 at6(struct in6_addr a, in_port_t port)
{
	return (struct sockaddr_in6) { .sin6_family = AF_INET6, .sin6_port = port,
				       .sin6_addr = a };
}

static int bound6(int type, struct in6_addr a, struct sockaddr_in6 *where)
{
	int s = (int)MUST(socket(AF_INET6, type, 0));
	socklen_t len = sizeof(*where);

	*where = at6(a, 0);
	MUST(bind(s, SA(where), len));
	MUST(getsockname(s, SA(where), &len));
	return s;
}

static bool absent(void)
{
	struct sockaddr_in6 a = at6(in6addr_loopback, 0);
	int s = socket(AF_INET6, SOCK_DGRAM, 0);
	bool no = s < 0 || bind(s, SA(&a), sizeof(a));

	close(s);
	return no;
}

static void stream(void)
{
	struct sockaddr_in6 at, peer, me;
	char *small = guard(20), *edge = guard(28), buf[8];
	socklen_t len = 20;
	int l = bound6(SOCK_STREAM, in6addr_loopback, &at), c, a;

	T(listen(l, 1));
	c = T(socket(AF_INET6, SOCK_STREAM, 0));
	T(connect(c, SA(&at), 20));
	T(connect(c, SA(&at), sizeof(at)));
	a = T(accept(l, SA(small), &len));
	printf("length %u, %ld bytes\n", len, touched(small, 20));
	len = 28;
	T(getpeername(a, SA(edge), &len));
	memcpy(&peer, edge, 28);
	len = sizeof(me);
	T(getsockname(c, SA(&me), &len));
	TF(peer.sin6_port == me.sin6_port &&
	   IN6_ARE_ADDR_EQUAL(&peer.sin6_addr, &in6addr_loopback));
	T(send(c, "six", 3, 0));
	T(recv(a, buf, sizeof(buf), 0));
	T(fcntl(a, F_GETFL));
	closefrom(3);
}

static void mapped(void)
{
	struct sockaddr_in6 at, peer;
	struct sockaddr_in four = loop4();
	socklen_t len = sizeof(peer);
	char text[INET6_ADDRSTRLEN];
	int l = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0)), c;

	printf("IPV6_V6ONLY %d\n", get_int(l, IPPROTO_IPV6, IPV6_V6ONLY));
	set_int(l, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	at = at6(in6addr_any, 0);
	T(bind(l, SA(&at), sizeof(at)));
	T(listen(l, 1));
	len = sizeof(at);
	T(getsockname(l, SA(&at), &len));
	four.sin_port = at.sin6_port;
	c = T(socket(AF_INET, SOCK_STREAM, 0));
	T(connect(c, SA(&four), sizeof(four)));
	len = sizeof(peer);
	T(accept(l, SA(&peer), &len));
	printf("%u from %s\n", len, inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text)));
	closefrom(3);
	l = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	T(connect(l, SA(&four), sizeof(four)));
	T(bind(l, SA(&four), sizeof(four)));
	close(l);
}

static void datagrams(void)
{
	struct sockaddr_in6 a, b, from;
	char room[128], buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { SA(&from), sizeof(from), &iov, 1, room, sizeof(room), 0 };
	int x = bound6(SOCK_DGRAM, in6addr_loopback, &a);
	int y = bound6(SOCK_DGRAM, in6addr_loopback, &b);
	struct in6_pktinfo info = { 0 };
	struct cmsghdr *c;

	set_int(y, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	T(sendto(x, "six", 3, 0, SA(&b), sizeof(b)));
	T(recvmsg(y, &m, 0));
	c = CMSG_FIRSTHDR(&m);
	TF(m.msg_namelen == 28 && from.sin6_port == a.sin6_port);
	TF(c && c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO);
	if (c)
		memcpy(&info, CMSG_DATA(c), sizeof(info));
	TF(info.ipi6_ifindex && IN6_ARE_ADDR_EQUAL(&info.ipi6_addr, &in6addr_loopback));
	printf("hops %d, mtu discovery %d\n", get_int(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS),
	       get_int(x, IPPROTO_IPV6, IPV6_MTU_DISCOVER));
	closefrom(3);
}

int main(void)
{
	conf_init();
	if (absent()) {
		puts("no ::1 on this machine");
		return 0;
	}
	stream();
	mapped();
	datagrams();
	return 0;
}
