/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * getsockopt and setsockopt: common options with their defaults, set and read
 * again, lengths that are too short, too long, negative or nowhere, options
 * that are strings and structs, and unknown ones.
 */
#include "sock.h"

struct option {
	const char *text;
	int level, name, set; /* set: a value to try, -1 for none */
};

#define O(level, name, set) { #name, level, name, set }

static const struct option for_tcp[] = {
	O(SOL_SOCKET, SO_TYPE, 1),
	O(SOL_SOCKET, SO_DOMAIN, -1),
	O(SOL_SOCKET, SO_PROTOCOL, -1),
	O(SOL_SOCKET, SO_ACCEPTCONN, -1),
	O(SOL_SOCKET, SO_ERROR, -1),
	O(SOL_SOCKET, SO_REUSEADDR, 1),
	O(SOL_SOCKET, SO_REUSEPORT, 1),
	O(SOL_SOCKET, SO_KEEPALIVE, 1),
	O(SOL_SOCKET, SO_BROADCAST, 7),
	O(SOL_SOCKET, SO_OOBINLINE, 1),
	O(SOL_SOCKET, SO_DONTROUTE, 1),
	O(SOL_SOCKET, SO_PRIORITY, 3),
	O(SOL_SOCKET, SO_RCVLOWAT, 5),
	O(SOL_SOCKET, SO_SNDLOWAT, 5),
	O(SOL_SOCKET, SO_TIMESTAMP, 1),
	O(SOL_SOCKET, SO_PASSCRED, -1),
	O(SOL_SOCKET, SO_BUSY_POLL, -1),
	O(IPPROTO_TCP, TCP_NODELAY, 1),
	O(IPPROTO_TCP, TCP_CORK, 1),
	O(IPPROTO_TCP, TCP_KEEPIDLE, 77),
	O(IPPROTO_TCP, TCP_KEEPINTVL, 7),
	O(IPPROTO_TCP, TCP_KEEPCNT, 3),
	O(IPPROTO_TCP, TCP_SYNCNT, 2),
	O(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000),
	O(IPPROTO_TCP, TCP_QUICKACK, -1),
	O(IPPROTO_TCP, TCP_MAXSEG, 1000),
	O(IPPROTO_TCP, TCP_FASTOPEN, 5),
	O(IPPROTO_IP, IP_TTL, 33),
	O(IPPROTO_IP, IP_TOS, 0x10),
	O(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO),
	O(IPPROTO_IP, IP_FREEBIND, 1),
	O(IPPROTO_IP, IP_MTU, -1),
	O(IPPROTO_IPV6, IPV6_V6ONLY, 1),
};

static const struct option for_udp[] = {
	O(SOL_SOCKET, SO_TYPE, -1),
	O(SOL_SOCKET, SO_PROTOCOL, -1),
	O(SOL_SOCKET, SO_BROADCAST, 1),
	O(SOL_SOCKET, SO_RXQ_OVFL, 1),
	O(IPPROTO_IP, IP_PKTINFO, 1),
	O(IPPROTO_IP, IP_RECVERR, 1),
	O(IPPROTO_IP, IP_RECVTTL, 1),
	O(IPPROTO_IP, IP_MULTICAST_TTL, 4),
	O(IPPROTO_IP, IP_MULTICAST_LOOP, 0),
	O(IPPROTO_UDP, 1, 1), /* UDP_CORK */
	O(IPPROTO_TCP, TCP_NODELAY, 1),
};

static void show(const char *when, int s, const struct option *o)
{
	int v = -1;
	socklen_t len = sizeof(v);

	if (getsockopt(s, o->level, o->name, &v, &len))
		printf(" %s %s", when, conf_errname(errno));
	else
		printf(" %s %d (%u)", when, v, len);
}

static void each(int s, const struct option *o, size_t n)
{
	for (; n--; o++) {
		printf("%s:", o->text);
		show("is", s, o);
		if (o->set >= 0) {
			if (setsockopt(s, o->level, o->name, &o->set, sizeof(o->set)))
				printf(" set %s", conf_errname(errno));
			show("now", s, o);
		}
		printf("\n");
	}
}

static void buffers(int s)
{
	int had = get_int(s, SOL_SOCKET, SO_RCVBUF), v = 20000;

	TF(had > 1000);
	T(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &v, sizeof(v)));
	printf("SO_RCVBUF %d\n", get_int(s, SOL_SOCKET, SO_RCVBUF));
	v = 0;
	T(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &v, sizeof(v)));
	TF(get_int(s, SOL_SOCKET, SO_SNDBUF) > 0);
	v = -1;
	T(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &v, sizeof(v)));
}

static void lengths(int s)
{
	static const int rooms[] = { 0, 1, 2, 3, 4, 5, 8, 100 };
	long long wide = 0x100000021;
	int v = 33;
	socklen_t len;

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		char *p = guard((size_t)rooms[i]);

		len = (socklen_t)rooms[i];
		T(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, p, &len));
		printf("room %d: length %d, %ld bytes\n", rooms[i], (int)len,
		       touched(p, (size_t)rooms[i]));
		refill(p, (size_t)rooms[i]);
		len = (socklen_t)rooms[i];
		T(getsockopt(s, IPPROTO_IP, IP_TTL, p, &len));
		printf("room %d: length %d, %ld bytes\n", rooms[i], (int)len,
		       touched(p, (size_t)rooms[i]));
	}
	len = (socklen_t)-1;
	T(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, &len));
	len = 4;
	T(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, BAD, &len));
	T(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, BAD));
	T(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, NIL));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, 0));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, 3));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, -1));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, BAD, 4));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, NIL, 4));
	T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &wide, sizeof(wide)));
	T(setsockopt(s, IPPROTO_IP, IP_TTL, &wide, sizeof(wide)));
	printf("IP_TTL %d\n", get_int(s, IPPROTO_IP, IP_TTL));
	v = 44;
	T(setsockopt(s, IPPROTO_IP, IP_TTL, &v, 1));
	printf("IP_TTL %d\n", get_int(s, IPPROTO_IP, IP_TTL));
	v = 256;
	T(setsockopt(s, IPPROTO_IP, IP_TTL, &v, 4));
	T(getsockopt(99, SOL_SOCKET, SO_TYPE, &v, &len));
	T(getsockopt(0, SOL_SOCKET, SO_TYPE, &v, &len));
}

static void strings_and_structs(int s)
{
	char name[32] = "", *edge = guard(3);
	struct linger linger = { 1, 5 };
	struct timeval tv = { 0, 1000000 };
	struct tcp_info info;
	struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xe0000163),
				  .imr_address.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(name);
	int fd[2], u = socket(AF_INET, SOCK_DGRAM, 0);

	T(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	TF(len == 16 && name[0]);
	T(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	len = 3;
	T(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, edge, &len));
	dump("congestion", edge, 3);
	T(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "none such", 9));
	len = sizeof(name);
	T(getsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	printf("length %u\n", len);
	T(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, 4));
	T(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	linger = (struct linger) { 0, 0 };
	len = sizeof(linger);
	T(getsockopt(s, SOL_SOCKET, SO_LINGER, &linger, &len));
	printf("linger %d %d\n", linger.l_onoff, linger.l_linger);
	T(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	T(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, 8));
	tv = (struct timeval) { 3, 0 };
	T(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	tv.tv_sec = 0;
	len = sizeof(tv);
	T(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	printf("timeout %ld.%06ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
	tcp_pair(fd);
	len = sizeof(info);
	T(getsockopt(fd[0], IPPROTO_TCP, TCP_INFO, &info, &len));
	TF(len == sizeof(info) && info.tcpi_state == TCP_ESTABLISHED);
	len = 1;
	refill(edge, 3);
	T(getsockopt(fd[0], IPPROTO_TCP, TCP_INFO, edge, &len));
	TF(len == 1 && edge[0] == TCP_ESTABLISHED && touched(edge, 3) == 1);
	T(setsockopt(u, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
	T(setsockopt(u, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
	T(setsockopt(u, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(struct ip_mreq)));
	T(setsockopt(u, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group)));
	T(setsockopt(u, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, 4));
	close(u);
	close(fd[0]);
	close(fd[1]);
}

static void unknown(int s)
{
	int v = 0;
	socklen_t len = sizeof(v);

	T(getsockopt(s, SOL_SOCKET, 9999, &v, &len));
	T(setsockopt(s, SOL_SOCKET, 9999, &v, len));
	T(getsockopt(s, IPPROTO_IP, 9999, &v, &len));
	T(setsockopt(s, IPPROTO_IP, 9999, &v, len));
	T(getsockopt(s, IPPROTO_TCP, 9999, &v, &len));
	T(setsockopt(s, IPPROTO_TCP, 9999, &v, len));
	T(getsockopt(s, 9999, 1, &v, &len));
	T(setsockopt(s, 9999, 1, &v, len));
	T(getsockopt(s, -1, -1, &v, &len));
	T(setsockopt(s, -1, -1, &v, len));
	TF(len == sizeof(v));
}

int main(void)
{
	int s;

	conf_init();
	s = T(socket(AF_INET, SOCK_STREAM, 0));
	each(s, for_tcp, sizeof(for_tcp) / sizeof(for_tcp[0]));
	buffers(s);
	lengths(s);
	strings_and_structs(s);
	unknown(s);
	T(close(s));
	s = T(socket(AF_INET, SOCK_DGRAM, 0));
	each(s, for_udp, sizeof(for_udp) / sizeof(for_udp[0]));
	return 0;
}
