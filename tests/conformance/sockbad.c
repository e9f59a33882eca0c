/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets asked for what they cannot do: families, types and protocols that do
 * not exist, lengths that are odd, negative or enormous, forged control data.
 */
#include "sock.h"
#include <linux/netlink.h>

static void kinds(void)
{
	T(socket(AF_INET, SOCK_STREAM, IPPROTO_ICMP));
	T(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	T(socket(AF_INET, SOCK_STREAM, 300));
	T(socket(AF_INET, SOCK_STREAM, -1));
	T(socket(AF_INET, SOCK_RDM, 0));
	T(socket(AF_INET, SOCK_SEQPACKET, 0));
	T(socket(AF_INET, SOCK_PACKET - 1, 0));
	T(socket(AF_INET, 0, 0));
	T(socket(AF_INET, -1, 0));
	T(socket(AF_INET, 15, 0));
	T(socket(AF_INET, SOCK_STREAM | 0x10, 0));
	T(socket(AF_INET6, SOCK_RDM, 0));
	T(socket(AF_INET6, SOCK_STREAM, 300));
	T(socket(AF_NETLINK, SOCK_STREAM, 0));
	T(socket(AF_NETLINK, SOCK_RAW, 99));
	T(socket(AF_UNSPEC, SOCK_STREAM, 0));
	T(socket(-1, SOCK_STREAM, 0));
	T(socket(AF_MAX, SOCK_STREAM, 0));
	T(socket(AF_MAX + 100, SOCK_STREAM, 0));
	T(socketpair(AF_INET, SOCK_STREAM, 0, (int[2]) { 0, 0 }));
	T(socketpair(AF_INET, SOCK_DGRAM, 0, (int[2]) { 0, 0 }));
	T(socketpair(99, SOCK_STREAM, 0, (int[2]) { 0, 0 }));
	/* nothing of it stays open */
	T(dup(0));
	T(close(3));
}

/* An address that is too short, too long, of another family, or not there. */
static void addresses(void)
{
	static const int lens[] = { 0, 1, 2, 3, 15, 16, 17, 28, 127, 128, 129, 4096, -1, INT_MIN };
	struct sockaddr_in at;
	char *big = guard(4096);
	int l = bound4(SOCK_STREAM, &at), u = bound4(SOCK_DGRAM, &(struct sockaddr_in) { 0 });

	memset(big, 0, 4096);
	memcpy(big, &at, sizeof(at));
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct iovec iov = { "x", 1 };
		struct msghdr m = { big, (socklen_t)lens[i], &iov, 1, NULL, 0, 0 };
		int s = socket(AF_INET, SOCK_STREAM, 0);

		printf("length %d:\n", lens[i]);
		T(bind(s, SA(big), (socklen_t)lens[i]));
		T(connect(s, SA(big), (socklen_t)lens[i]));
		T(sendto(u, "x", 1, 0, SA(big), (socklen_t)lens[i]));
		T(sendmsg(u, &m, 0));
		close(s);
	}
	at.sin_family = AF_INET6;
	T(bind(u, SA(&at), sizeof(at)));
	T(connect(u, SA(&at), sizeof(at)));
	T(sendto(u, "x", 1, 0, SA(&at), sizeof(at)));
	close(l);
	close(u);
}

/* Value-result lengths, as the program's and as the kernel's. */
static void value_results(void)
{
	static const int rooms[] = { -1, INT_MIN, INT_MAX, 0, 3, 40000, 70000 };
	struct sockaddr_in at, a;
	int l = listener4(&at), c, v;
	char *room = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST((long)room);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
		socklen_t len = (socklen_t)rooms[i];

		MUST(connect(s, SA(&at), sizeof(at)));
		printf("room %d:\n", rooms[i]);
		TOK(c = accept(l, SA(room), &len));
		printf("  %d\n", (int)len);
		len = (socklen_t)rooms[i];
		T(getpeername(s, SA(room), &len));
		printf("  %d\n", (int)len);
		len = (socklen_t)rooms[i];
		T(getsockopt(s, SOL_SOCKET, SO_TYPE, room, &len));
		printf("  %d\n", (int)len);
		T(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, room, (socklen_t)rooms[i]));
		if (c >= 0) {
			MUST(send(s, "y", 1, 0));
			len = (socklen_t)rooms[i];
			T(recvfrom(c, &v, 1, MSG_DONTWAIT, SA(&a), &len));
			printf("  %d\n", (int)len);
			close(c);
		}
		close(s);
	}
	close(l);
}

static void many_parts(void)
{
	static struct iovec iov[1025];
	static char bytes[1025], in[1025];
	static const size_t counts[] = { 0, 1, 1023, 1024, 1025, (size_t)-1, (size_t)1 << 32 };
	int fd[2], t[2];

	udp_pair(fd);
	tcp_pair(t);
	for (size_t i = 0; i < 1025; i++) {
		iov[i] = (struct iovec) { bytes + i, 1 };
		bytes[i] = (char)('a' + i % 26);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = counts[i] };
		struct msghdr none = { .msg_iovlen = counts[i] };
		struct mmsghdr mm = { .msg_hdr = m };

		printf("%zu parts:\n", counts[i]);
		T(sendmsg(fd[0], &m, 0));
		T(sendmmsg(fd[0], &mm, 1, 0));
		T(recv(fd[1], in, sizeof(in), MSG_DONTWAIT));
		T(recvmsg(fd[1], &m, MSG_DONTWAIT));
		T(sendmsg(t[0], &m, 0));
		T(recv(t[1], in, sizeof(in), MSG_DONTWAIT));
		T(sendmsg(fd[0], &none, 0));
		T(recv(fd[1], in, sizeof(in), MSG_DONTWAIT));
	}
	iov[0].iov_len = (size_t)-1;
	T(sendmsg(fd[0], &(struct msghdr) { .msg_iov = iov, .msg_iovlen = 1 }, 0));
	T(recvmsg(fd[0], &(struct msghdr) { .msg_iov = iov, .msg_iovlen = 1 }, MSG_DONTWAIT));
	iov[0].iov_len = (size_t)1 << 62;
	iov[1].iov_len = (size_t)1 << 62;
	T(sendmsg(fd[0], &(struct msghdr) { .msg_iov = iov, .msg_iovlen = 2 }, 0));
	closefrom(3);
}

/* Control data whose inner lengths lie. */
static void forged(void)
{
	static const size_t lens[] = { 0, 1, 15, 16, 17, 20, 28, 29, 100, 4096, (size_t)-1,
				       (size_t)1 << 31, (size_t)1 << 32 };
	char room[128] __attribute__((aligned(16))), *edge = guard(40);
	struct iovec iov = { "x", 1 };
	struct cmsghdr *c;
	int fd[2], t[2];

	udp_pair(fd);
	tcp_pair(t);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = edge,
				    .msg_controllen = 40 };

		memset(edge, 0, 40);
		c = (struct cmsghdr *)edge;
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = lens[i];
		printf("cmsg_len %zu:\n", lens[i]);
		T(sendmsg(fd[0], &m, 0));
		T(sendmsg(t[0], &m, 0));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_CREDENTIALS; /* descriptors are unix sockets' */
		T(sendmsg(fd[0], &m, 0));
		m.msg_control = edge;
		m.msg_controllen = lens[i];
		c->cmsg_len = 16;
		T(sendmsg(fd[0], &m, 0));
	}
	/* a second one whose length is forged; the first is good */
	memset(room, 0, sizeof(room));
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
				    .msg_controllen = 24 + 24 };

		c = (struct cmsghdr *)room;
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_TTL;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)CMSG_DATA(c) = 9;
		c = (struct cmsghdr *)(room + 24);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_TTL;
		c->cmsg_len = lens[i];
		*(int *)CMSG_DATA(c) = 8;
		printf("second cmsg_len %zu:\n", lens[i]);
		T(sendmsg(fd[0], &m, 0));
	}
	closefrom(3);
}

static void headers(void)
{
	struct iovec iov = { "x", 1 };
	struct sockaddr_in a;
	char buf[8];
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 }, in;
	int fd[2];

	udp_pair(fd);
	T(sendmsg(fd[0], BAD, 0));
	T(sendmsg(fd[0], NIL, 0));
	T(recvmsg(fd[1], BAD, MSG_DONTWAIT));
	T(sendmsg(fd[0], &m, 0));
	T(recvmsg(fd[1], RO, MSG_DONTWAIT));
	iov.iov_base = buf;
	in = (struct msghdr) { SA(&a), (socklen_t)-1, &iov, 1, NULL, 0, 0 };
	T(recvmsg(fd[1], &in, MSG_DONTWAIT));
	in = (struct msghdr) { SA(&a), 4096, &iov, 1, NULL, 0, 0 };
	T(recvmsg(fd[1], &in, MSG_DONTWAIT));
	T(sendmsg(fd[0], &m, 0));
	in = (struct msghdr) { SA(&a), 4096, &iov, 1, NULL, 0, 0 };
	T(recvmsg(fd[1], &in, MSG_DONTWAIT));
	printf("name %u\n", in.msg_namelen);
	T(sendmsg(fd[0], &m, 0x10000000));
	T(recv(fd[1], buf, 8, MSG_DONTWAIT));
	T(send(fd[0], "x", 1, -1));
	T(recv(fd[1], buf, 8, MSG_DONTWAIT | 0x08000000));
	closefrom(3);
}

int main(void)
{
	conf_init();
	closefrom(3);
	kinds();
	addresses();
	value_results();
	many_parts();
	forged();
	headers();
	return 0;
}
