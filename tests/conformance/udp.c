/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP over loopback: sendto and recvfrom with addresses that are cut, connected
 * sockets, datagrams that are cut, messages in several parts, control data,
 * errors that come later, and many messages in one call.
 */
#include "sock.h"
#include <linux/errqueue.h>

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void addresses(void)
{
	struct sockaddr_in a, b, from;
	socklen_t len = sizeof(from);
	char buf[32], *small = guard(8);
	static char big[65508];
	int x = bound4(SOCK_DGRAM, &a), y = bound4(SOCK_DGRAM, &b);

	T(sendto(x, "one", 3, 0, SA(&b), sizeof(b)));
	T(recvfrom(y, buf, sizeof(buf), 0, SA(&from), &len));
	TF(len == 16 && !memcmp(&from, &a, 8));
	T(sendto(x, "two", 3, 0, SA(&b), sizeof(b)));
	len = 8;
	T(recvfrom(y, buf, sizeof(buf), 0, SA(small), &len));
	TF(len == 16 && !memcmp(small, &a, 8));
	T(sendto(x, "", 0, 0, SA(&b), sizeof(b)));
	T(recvfrom(y, buf, sizeof(buf), 0, NULL, NULL));
	T(sendto(x, "x", 1, 0, NULL, 0));
	T(send(x, "x", 1, 0));
	T(sendto(x, "x", 1, 0, SA(&b), 4));
	T(sendto(x, "x", 1, 0, SA(&b), 129));
	T(sendto(x, "x", 1, 0, BAD, sizeof(b)));
	T(sendto(x, BAD, 1, 0, SA(&b), sizeof(b)));
	T(recvfrom(y, buf, 1, MSG_DONTWAIT, NULL, NULL));
	T(sendto(x, big, 65508, 0, SA(&b), sizeof(b)));
	close(x);
	close(y);
}

static void cut(void)
{
	static char big[65507], in[65507];
	char *four = guard(4), buf[16];
	int fd[2];

	udp_pair(fd);
	T(send(fd[0], "0123456789", 10, 0));
	T(send(fd[0], "abcdefghij", 10, 0));
	T(send(fd[0], "third", 5, 0));
	T(recv(fd[1], four, 4, MSG_PEEK));
	T(recv(fd[1], four, 4, MSG_PEEK | MSG_TRUNC));
	T(recv(fd[1], four, 4, 0));
	dump("cut", four, 4);
	T(recv(fd[1], four, 4, MSG_TRUNC));
	dump("cut", four, 4);
	T(recv(fd[1], buf, sizeof(buf), MSG_WAITALL));
	pattern(big, sizeof(big), 4);
	T(send(fd[0], big, sizeof(big), 0));
	T(recv(fd[1], in, sizeof(in), 0));
	TF(!memcmp(big, in, sizeof(big)));
	T(write(fd[0], "written", 7));
	T(read(fd[1], buf, 3));
	T(recv(fd[1], buf, 1, MSG_DONTWAIT));
	T(send(fd[0], "lost", 4, 0));
	T(recv(fd[1], BAD, 4, 0));
	close(fd[0]);
	close(fd[1]);
}

static void connected(void)
{
	struct sockaddr_in a, b, other, name;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t len = sizeof(name);
	char buf[16];
	int x = bound4(SOCK_DGRAM, &a), y = bound4(SOCK_DGRAM, &b), z = bound4(SOCK_DGRAM, &other);

	T(getpeername(x, SA(&name), &len));
	T(connect(x, SA(&b), sizeof(b)));
	T(getpeername(x, SA(&name), &len));
	TF(!memcmp(&name, &b, 8));
	T(send(x, "hi", 2, 0));
	T(recv(y, buf, sizeof(buf), 0));
	/* others are not heard */
	T(sendto(z, "no", 2, 0, SA(&a), sizeof(a)));
	T(sendto(y, "yes", 3, 0, SA(&a), sizeof(a)));
	T(recv(x, buf, sizeof(buf), 0));
	dump("heard", buf, 3);
	T(connect(x, &none, sizeof(none)));
	T(getpeername(x, SA(&name), &len));
	T(send(x, "x", 1, 0));
	T(connect(x, SA(&b), sizeof(b)));
	conf_handle(SIGPIPE, on_pipe, 0);
	T(shutdown(x, SHUT_WR));
	T(send(x, "x", 1, 0));
	printf("SIGPIPE %d\n", pipes);
	close(x);
	close(y);
	close(z);
}

static void parts(void)
{
	struct sockaddr_in a, b, from;
	char one[4], two[4], *edge = guard(3), *head = guard(sizeof(struct msghdr));
	struct iovec out[3] = { { "abc", 3 }, { "", 0 }, { "defghijk", 8 } };
	struct iovec in[3] = { { one, 4 }, { edge, 3 }, { two, 4 } };
	static struct iovec many[1025];
	int x = bound4(SOCK_DGRAM, &a), y = bound4(SOCK_DGRAM, &b);
	struct msghdr m = { SA(&b), sizeof(b), out, 3, NULL, 0, 77 }, *r = (void *)head;

	T(sendmsg(x, &m, 0));
	*r = (struct msghdr) { SA(&from), sizeof(from), in, 3, NULL, 0, 77 };
	T(recvmsg(y, r, 0));
	dump("parts", one, 4);
	dump("parts", edge, 3);
	dump("parts", two, 4);
	TF(r->msg_namelen == 16 && !memcmp(&from, &a, 8) && r->msg_flags == 0);
	T(sendmsg(x, &m, 0));
	*r = (struct msghdr) { SA(edge), 3, in, 1, NULL, 0, 77 };
	refill(edge, 3);
	T(recvmsg(y, r, 0));
	printf("name %u, flags %#x\n", r->msg_namelen, (unsigned int)r->msg_flags);
	TF(!memcmp(edge, &a, 3));
	T(sendmsg(x, &m, 0));
	*r = (struct msghdr) { NULL, 5, in, 2, NULL, 0, 77 };
	T(recvmsg(y, r, MSG_TRUNC));
	printf("name %u, flags %#x\n", r->msg_namelen, (unsigned int)r->msg_flags);
	/* no parts at all */
	m.msg_iovlen = 0;
	T(sendmsg(x, &m, 0));
	r->msg_iovlen = 0;
	T(recvmsg(y, r, 0));
	for (int i = 0; i < 1025; i++)
		many[i] = (struct iovec) { (char *)"0123456789abcdef" + i % 16, 1 };
	m.msg_iov = many;
	m.msg_iovlen = 1024;
	T(sendmsg(x, &m, 0));
	T(recv(y, one, 4, MSG_TRUNC));
	m.msg_iovlen = 1025;
	T(sendmsg(x, &m, 0));
	r->msg_iov = many;
	r->msg_iovlen = 1025;
	T(recvmsg(y, r, MSG_DONTWAIT));
	m.msg_iovlen = 1;
	m.msg_name = BAD;
	T(sendmsg(x, &m, 0));
	m.msg_name = SA(&b);
	m.msg_namelen = (socklen_t)-1;
	T(sendmsg(x, &m, 0));
	m.msg_name = NULL;
	T(sendmsg(x, &m, 0));
	m.msg_name = SA(&b);
	m.msg_namelen = 4096;
	T(sendmsg(x, &m, 0));
	T(recv(y, one, 4, MSG_DONTWAIT));
	m.msg_namelen = sizeof(b);
	many[0].iov_base = BAD;
	T(sendmsg(x, &m, 0));
	many[0].iov_len = (size_t)-1;
	T(sendmsg(x, &m, 0));
	m.msg_iov = BAD;
	T(sendmsg(x, &m, 0));
	T(sendmsg(x, BAD, 0));
	T(recvmsg(y, BAD, MSG_DONTWAIT));
	T(recvmsg(99, r, 0));
	close(x);
	close(y);
}

/* One cmsg in `m`'s control data: what it is and how long. */
static void show_control(struct msghdr *m)
{
	printf("control %zu, flags %#x:", m->msg_controllen, (unsigned int)m->msg_flags);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		printf(" %d/%d (%zu)", c->cmsg_level, c->cmsg_type, c->cmsg_len);
	printf("\n");
}

static void control(void)
{
	struct sockaddr_in a, b;
	char room[256], buf[8], *small = guard(20);
	struct iovec iov = { buf, sizeof(buf) };
	int x = bound4(SOCK_DGRAM, &a), y = bound4(SOCK_DGRAM, &b);
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct in_pktinfo info;
	struct cmsghdr *c;

	set_int(y, IPPROTO_IP, IP_PKTINFO, 1);
	set_int(y, IPPROTO_IP, IP_RECVTTL, 1);
	T(sendto(x, "x", 1, 0, SA(&b), sizeof(b)));
	m.msg_control = room;
	m.msg_controllen = sizeof(room);
	T(recvmsg(y, &m, 0));
	show_control(&m);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		TF(info.ipi_ifindex > 0 && info.ipi_addr.s_addr == htonl(INADDR_LOOPBACK));
	}
	/* room for a part of the first one, and for nothing */
	T(sendto(x, "x", 1, 0, SA(&b), sizeof(b)));
	m.msg_control = small;
	m.msg_controllen = 20;
	T(recvmsg(y, &m, 0));
	printf("control %zu, flags %#x\n", m.msg_controllen, (unsigned int)m.msg_flags);
	T(sendto(x, "x", 1, 0, SA(&b), sizeof(b)));
	m.msg_control = NULL;
	m.msg_controllen = 0;
	T(recvmsg(y, &m, 0));
	show_control(&m);
	/* as an input: the source address, by IP_PKTINFO */
	memset(room, 0, sizeof(room));
	m = (struct msghdr) { SA(&b), sizeof(b), &iov, 1, room, CMSG_SPACE(sizeof(info)), 0 };
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	info = (struct in_pktinfo) { .ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK + 1) };
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	T(sendmsg(x, &m, 0));
	T(recvfrom(y, buf, 8, 0, SA(&a), &(socklen_t) { sizeof(a) }));
	TF(a.sin_addr.s_addr == htonl(INADDR_LOOPBACK + 1));
	c->cmsg_type = 250;
	T(sendmsg(x, &m, 0));
	c->cmsg_len = 4000;
	T(sendmsg(x, &m, 0));
	c->cmsg_len = 3;
	T(sendmsg(x, &m, 0));
	m.msg_control = BAD;
	T(sendmsg(x, &m, 0));
	m.msg_control = NULL;
	T(sendmsg(x, &m, 0));
	m.msg_control = room;
	m.msg_controllen = (size_t)1 << 40;
	T(sendmsg(x, &m, 0));
	close(x);
	close(y);
}

/* Nobody is there: the error comes with the next call, and in the error queue. */
static void later(void)
{
	struct sockaddr_in closed, from;
	char room[256], buf[16];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { SA(&from), sizeof(from), &iov, 1, room, sizeof(room), 0 };
	struct sock_extended_err err = { 0 };
	struct pollfd p;
	int x = socket(AF_INET, SOCK_DGRAM, 0);

	close(bound4(SOCK_DGRAM, &closed));
	T(connect(x, SA(&closed), sizeof(closed)));
	T(send(x, "anybody?", 8, 0));
	T(recv(x, buf, 1, 0));
	show_error("told already", x);
	set_int(x, IPPROTO_IP, IP_RECVERR, 1);
	T(recvmsg(x, &m, MSG_ERRQUEUE));
	T(send(x, "anybody?", 8, 0));
	p = (struct pollfd) { x, 0, 0 };
	T(poll(&p, 1, 5000));
	printf("  %#x\n", p.revents);
	T(recvmsg(x, &m, MSG_ERRQUEUE));
	show_control(&m);
	TF(m.msg_namelen == 16 && from.sin_port == closed.sin_port);
	dump("what was sent", buf, 8);
	if (CMSG_FIRSTHDR(&m))
		memcpy(&err, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(err));
	printf("%s from %d, %d/%d\n", conf_errname((int)err.ee_errno), err.ee_origin, err.ee_type,
	       err.ee_code);
	close(x);
}

static void many(void)
{
	static struct mmsghdr out[4], in[6];
	static struct iovec iov[10];
	static char buf[6][8];
	struct timespec zero = { 0, 0 }, soon = { 60, 0 }, wrong = { 0, 1000000000 };
	int fd[2];

	udp_pair(fd);
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec) { (char *)"message" + i, 3 };
		out[i].msg_hdr = (struct msghdr) { .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	for (int i = 0; i < 6; i++) {
		iov[4 + i] = (struct iovec) { buf[i], i % 2 ? 2 : 8 };
		in[i].msg_hdr = (struct msghdr) { .msg_iov = &iov[4 + i], .msg_iovlen = 1 };
		in[i].msg_len = 99;
	}
	T(sendmmsg(fd[0], out, 4, 0));
	for (int i = 0; i < 4; i++)
		printf(" %u", out[i].msg_len);
	printf("\n");
	T(recvmmsg(fd[1], in, 6, MSG_DONTWAIT, NULL));
	for (int i = 0; i < 6; i++)
		printf(" %u/%#x \"%.8s\"", in[i].msg_len, (unsigned int)in[i].msg_hdr.msg_flags,
		       buf[i]);
	printf("\n");
	T(recvmmsg(fd[1], in, 6, MSG_DONTWAIT, NULL));
	T(sendmmsg(fd[0], out, 0, 0));
	T(recvmmsg(fd[1], in, 0, 0, NULL));
	T(sendmmsg(fd[0], out, 2, 0));
	T(recvmmsg(fd[1], in, 6, MSG_WAITFORONE, NULL));
	T(sendmmsg(fd[0], out, 3, 0));
	T(recvmmsg(fd[1], in, 2, 0, NULL));
	/* the time is looked at after each message only */
	T(recvmmsg(fd[1], in, 6, 0, &zero));
	T(sendmmsg(fd[0], out, 2, 0));
	T(recvmmsg(fd[1], in, 2, 0, &soon));
	TF(soon.tv_sec >= 0 && soon.tv_sec < 60);
	T(recvmmsg(fd[1], in, 2, 0, &wrong));
	T(recvmmsg(fd[1], in, 2, 0, BAD));
	/* the first that fails ends it */
	out[2].msg_hdr.msg_iov = BAD;
	T(sendmmsg(fd[0], out, 4, 0));
	T(sendmmsg(fd[0], out + 2, 1, 0));
	T(recvmmsg(fd[1], in, 6, MSG_DONTWAIT, NULL));
	T(sendmmsg(fd[0], BAD, 1, 0));
	T(recvmmsg(fd[1], BAD, 1, MSG_DONTWAIT, NULL));
	T(sendmmsg(99, out, 1, 0));
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	conf_init();
	addresses();
	cut();
	connected();
	parts();
	control();
	later();
	many();
	return 0;
}
