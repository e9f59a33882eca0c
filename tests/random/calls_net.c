/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_net.c - sockets on loopback. Both ends belong to the sequence, none of
 * them blocks, and ports are named by the slot that has them.
 */
#include "sequence.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	char room[200];
};

static void made(struct step *step, int fd)
{
	result(fd);
	set_slot(slot_index(step, 0), fd);
}

static in_port_t port_of(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? address->in6.sin6_port :
	       address->any.sa_family == AF_INET  ? address->in.sin_port : 0;
}

static int type_of(int fd)
{
	int type = -1;
	socklen_t len = sizeof(type);

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type;
}

/* Family, which loopback, whose port: of fd's kind, as others may have the same number. */
static void say_address(int fd, const union address *address, socklen_t len, socklen_t room)
{
	union address own;
	socklen_t size;
	in_port_t port = port_of(address);

	say(" len %u", len);
	if (len < sizeof(sa_family_t) || room < sizeof(address->in))
		return;
	say(" family %d", address->any.sa_family);
	if (address->any.sa_family == AF_INET)
		say(" %x", ntohl(address->in.sin_addr.s_addr));
	if (!port)
		return;
	for (int i = 0; i < SLOTS; i++) {
		size = sizeof(own);
		memset(&own, 0, sizeof(own));
		if (slots[i] >= 0 && !getsockname(slots[i], &own.any, &size) &&
		    port_of(&own) == port && own.any.sa_family == address->any.sa_family &&
		    type_of(slots[i]) == type_of(fd)) {
			say(" port of $%d", i);
			return;
		}
	}
	say(" a port");
}

static socklen_t loopback(int family, in_port_t port, union address *ret_address)
{
	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->any.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		ret_address->in6.sin6_addr = in6addr_loopback;
		ret_address->in6.sin6_port = port;
		return sizeof(ret_address->in6);
	}
	ret_address->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ret_address->in.sin_port = port;
	return sizeof(ret_address->in);
}

static void run_socket(struct step *step)
{
	made(step, socket((int)num_arg(step, 1), (int)num_arg(step, 2) | SOCK_NONBLOCK,
			  (int)num_arg(step, 3)));
}

static void run_bind(struct step *step)
{
	union address address;
	socklen_t len = loopback((int)num_arg(step, 1), 0, &address);

	result(bind(fd_arg(step, 0), &address.any, len - (socklen_t)num_arg(step, 2)));
}

static void run_listen(struct step *step)
{
	result(listen(fd_arg(step, 0), (int)num_arg(step, 1)));
}

/* To the address that another slot's socket has. */
static socklen_t address_of(int fd, union address *ret_address)
{
	socklen_t len = sizeof(*ret_address);

	memset(ret_address, 0, sizeof(*ret_address));
	if (getsockname(fd, &ret_address->any, &len) || len > sizeof(*ret_address))
		return loopback(AF_INET, htons(1), ret_address);
	if (ret_address->any.sa_family == AF_INET && !ret_address->in.sin_addr.s_addr)
		ret_address->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* Port 1 is nobody's. */
	if (ret_address->any.sa_family == AF_INET && !ret_address->in.sin_port)
		ret_address->in.sin_port = htons(1);
	return len;
}

static void run_connect(struct step *step)
{
	union address address;
	socklen_t len = address_of(fd_arg(step, 1), &address);

	if (num_arg(step, 2))
		address.any.sa_family = AF_UNSPEC;
	result(connect(fd_arg(step, 0), &address.any, len));
}

static void run_accept(struct step *step)
{
	union address address = { 0 };
	socklen_t room = (socklen_t)num_arg(step, 2), len = room;
	int fd = accept4(fd_arg(step, 1), &address.any, &len,
			 (int)num_arg(step, 3) | SOCK_NONBLOCK);

	made(step, fd);
	if (fd >= 0)
		say_address(fd, &address, len, room);
}

static int server_socket(int family, int type)
{
	union address address;
	socklen_t len = loopback(family, 0, &address);
	int fd = socket(family, type | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (bind(fd, &address.any, len) || (type == SOCK_STREAM && listen(fd, 5))))
		say(" %s", strerrorname_np(errno));
	return fd;
}

/* A connected pair of TCP sockets, by way of a listener that is closed again. */
static void run_tcp(struct step *step)
{
	union address address;
	int listener = server_socket((int)num_arg(step, 2), SOCK_STREAM), one, two;
	socklen_t len = address_of(listener, &address);

	one = socket(address.any.sa_family, SOCK_STREAM, 0);
	result(connect(one, &address.any, len));
	two = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	fcntl(one, F_SETFL, O_NONBLOCK);
	close(listener);
	say(" %d %d", one, two);
	set_slot(slot_index(step, 0), one);
	set_slot(slot_index(step, 1), two);
}

/* Two UDP sockets, the first connected to the second. */
static void run_udp(struct step *step)
{
	union address address;
	int one = server_socket((int)num_arg(step, 2), SOCK_DGRAM);
	int two = server_socket((int)num_arg(step, 2), SOCK_DGRAM);
	socklen_t len = address_of(two, &address);

	result(connect(one, &address.any, len));
	say(" %d %d", one, two);
	set_slot(slot_index(step, 0), one);
	set_slot(slot_index(step, 1), two);
}

static void run_listener(struct step *step)
{
	made(step, server_socket((int)num_arg(step, 1), SOCK_STREAM));
}

static void run_socketpair(struct step *step)
{
	int fd[2] = { -1, -1 };

	result(socketpair(AF_UNIX, (int)num_arg(step, 2) | SOCK_NONBLOCK, 0, fd));
	say(" %d %d", fd[0], fd[1]);
	set_slot(slot_index(step, 0), fd[0]);
	set_slot(slot_index(step, 1), fd[1]);
}

static void *filled(struct step *step, int size, int seed, size_t *ret_len)
{
	void *p;

	*ret_len = (size_t)num_arg(step, size);
	p = buffer(*ret_len);
	pattern(p, *ret_len, (unsigned int)num_arg(step, seed));
	return p;
}

static void run_send(struct step *step)
{
	size_t len;
	void *p = filled(step, 1, 2, &len);

	result(send(fd_arg(step, 0), p, len, (int)num_arg(step, 3)));
}

static void run_sendto(struct step *step)
{
	union address address;
	socklen_t size = address_of(fd_arg(step, 1), &address);
	size_t len;
	void *p = filled(step, 2, 3, &len);

	result(sendto(fd_arg(step, 0), p, len, (int)num_arg(step, 4), &address.any, size));
}

/* What recv(2) gave: with MSG_TRUNC it may be more than there was room for. */
static void received(ssize_t n, const void *data, size_t room)
{
	result(n);
	if (n > 0)
		say_bytes(data, (size_t)n < room ? (size_t)n : room);
}

static void run_recv(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	void *p = buffer(room);

	received(recv(fd_arg(step, 0), p, room, (int)num_arg(step, 2)), p, room);
}

static void run_recvfrom(struct step *step)
{
	union address address = { 0 };
	size_t room = (size_t)num_arg(step, 1);
	socklen_t space = (socklen_t)num_arg(step, 3), len = space;
	void *p = buffer(room);
	ssize_t n = recvfrom(fd_arg(step, 0), p, room, (int)num_arg(step, 2), &address.any, &len);

	received(n, p, room);
	if (n >= 0)
		say_address(fd_arg(step, 0), &address, len, space);
}

struct message {
	struct msghdr hdr;
	struct iovec iov[3];
	union address address;
	char control[256];
};

/* Three parts; the third may have no room. */
static size_t parts(struct step *step, int first, struct message *m)
{
	size_t all = 0;
	char *p;

	for (int i = 0; i < 3; i++)
		all += m->iov[i].iov_len = (size_t)num_arg(step, first + i);
	p = (char *)buffer(all);
	for (int i = 0; i < 3; i++) {
		m->iov[i].iov_base = p;
		p += m->iov[i].iov_len;
	}
	m->hdr.msg_iov = m->iov;
	m->hdr.msg_iovlen = 3;
	return all;
}

static void run_sendmsg(struct step *step)
{
	struct message m = { 0 };
	size_t all = parts(step, 2, &m);

	pattern(m.iov[0].iov_base, all, (unsigned int)num_arg(step, 5));
	if (num_arg(step, 1)) {
		m.hdr.msg_name = &m.address;
		m.hdr.msg_namelen = address_of(slots[num_arg(step, 1)], &m.address);
	}
	result(sendmsg(fd_arg(step, 0), &m.hdr, (int)num_arg(step, 6)));
}

static void say_message(int fd, struct message *m, socklen_t space)
{
	struct cmsghdr *c;

	say(" flags %#x control %zu", (unsigned int)m->hdr.msg_flags,
	    (size_t)m->hdr.msg_controllen);
	for (c = CMSG_FIRSTHDR(&m->hdr); c; c = CMSG_NXTHDR(&m->hdr, c))
		say(" %d/%d/%zu", c->cmsg_level, c->cmsg_type, (size_t)c->cmsg_len);
	say_address(fd, &m->address, m->hdr.msg_namelen, space);
}

static void run_recvmsg(struct step *step)
{
	struct message m = { 0 };
	size_t all = parts(step, 3, &m);
	socklen_t space = (socklen_t)num_arg(step, 1);
	ssize_t n;

	m.hdr.msg_name = space ? &m.address : NULL;
	m.hdr.msg_namelen = space;
	m.hdr.msg_control = m.control;
	m.hdr.msg_controllen = (size_t)num_arg(step, 2);
	n = recvmsg(fd_arg(step, 0), &m.hdr, (int)num_arg(step, 6));
	received(n, m.iov[0].iov_base, all);
	if (n >= 0)
		say_message(fd_arg(step, 0), &m, space);
}

/* So many messages of the same length. */
static void run_sendmmsg(struct step *step)
{
	struct mmsghdr many[4] = { 0 };
	struct iovec iov[4];
	size_t len = (size_t)num_arg(step, 2) / 4;
	char *p = (char *)buffer(len * 4);
	int ret;

	pattern(p, len * 4, (unsigned int)num_arg(step, 3));
	for (size_t i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ p + i * len, len };
		many[i].msg_hdr.msg_iov = &iov[i];
		many[i].msg_hdr.msg_iovlen = 1;
	}
	ret = sendmmsg(fd_arg(step, 0), many, (unsigned int)num_arg(step, 1),
		       (int)num_arg(step, 4));
	result(ret);
	for (int i = 0; i < ret; i++)
		say(" %u", many[i].msg_len);
}

static void run_recvmmsg(struct step *step)
{
	struct mmsghdr many[4] = { 0 };
	struct iovec iov[4];
	size_t len = (size_t)num_arg(step, 2) / 4;
	char *p = (char *)buffer(len * 4);
	int ret;

	for (size_t i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ p + i * len, len };
		many[i].msg_hdr.msg_iov = &iov[i];
		many[i].msg_hdr.msg_iovlen = 1;
	}
	ret = recvmmsg(fd_arg(step, 0), many, (unsigned int)num_arg(step, 1),
		       (int)num_arg(step, 3), NULL);
	result(ret);
	for (int i = 0; i < ret; i++) {
		say(" %u/%#x", many[i].msg_len, (unsigned int)many[i].msg_hdr.msg_flags);
		say_bytes(iov[i].iov_base, many[i].msg_len < len ? many[i].msg_len : len);
	}
}

static void run_shutdown(struct step *step)
{
	result(shutdown(fd_arg(step, 0), (int)num_arg(step, 1)));
}

static void run_name(struct step *step)
{
	union address address = { 0 };
	socklen_t space = (socklen_t)num_arg(step, 1), len = space;
	int fd = fd_arg(step, 0);
	int ret = num_arg(step, 2) ? getpeername(fd, &address.any, &len) :
				     getsockname(fd, &address.any, &len);

	result(ret);
	if (!ret)
		say_address(fd, &address, len, space);
}

/* OPTION is LEVEL:NAME */
static void option_arg(struct step *step, int arg, int *ret_level, int *ret_name)
{
	*ret_level = (int)num_arg(step, arg);
	*ret_name = (int)num_arg(step, arg + 1);
}

static void run_setsockopt(struct step *step)
{
	int level, name, value[4] = { (int)num_arg(step, 3), (int)num_arg(step, 4) };

	option_arg(step, 1, &level, &name);
	result(setsockopt(fd_arg(step, 0), level, name, value, (socklen_t)num_arg(step, 5)));
}

static void run_getsockopt(struct step *step)
{
	int level, name, value[8];
	socklen_t len = (socklen_t)num_arg(step, 3);
	int ret;

	memset(value, 0xa5, sizeof(value));
	option_arg(step, 1, &level, &name);
	ret = getsockopt(fd_arg(step, 0), level, name, value, &len);
	result(ret);
	if (!ret) {
		say(" len %u", len);
		say_bytes(value, sizeof(value));
	}
}

/*
 * What MSG_MORE holds back goes by itself after 200 ms (tcp(7), TCP_CORK), so that
 * a sequence that was kept waiting by the machine may have another outcome.
 */
#define SEND "[0 0 0 MSG_NOSIGNAL MSG_MORE MSG_OOB MSG_EOR MSG_DONTROUTE 0x10000000]"
#define RECV "[0 0 0 MSG_PEEK MSG_TRUNC MSG_PEEK|MSG_TRUNC MSG_OOB MSG_ERRQUEUE MSG_DONTWAIT]"
#define OPTIONS(level, names) "[" level "] [" names "]"
#define OPT_SOCKET \
	OPTIONS("SOL_SOCKET", \
		"SO_REUSEADDR SO_KEEPALIVE SO_LINGER SO_OOBINLINE SO_BROADCAST SO_SNDBUF " \
		"SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_TYPE SO_ERROR SO_ERROR " \
		"SO_ACCEPTCONN SO_PROTOCOL SO_DOMAIN SO_PRIORITY SO_PASSCRED SO_REUSEPORT " \
		"SO_TIMESTAMP SO_MARK")
/* Options that nobody has are ENOPROTOOPT under rsx before their length is looked at. */
#define OPT_TCP \
	OPTIONS("IPPROTO_TCP", \
		"TCP_NODELAY TCP_CORK TCP_KEEPIDLE TCP_DEFER_ACCEPT TCP_USER_TIMEOUT TCP_SYNCNT " \
		"TCP_CONGESTION")
#define OPT_IP \
	OPTIONS("IPPROTO_IP", \
		"IP_TOS IP_TTL IP_PKTINFO IP_RECVTTL IP_RECVERR IP_MULTICAST_TTL IP_MTU_DISCOVER " \
		"IP_BIND_ADDRESS_NO_PORT")
#define SET " [0 1 1 5 -1 70000] [0 0 1 5] [4 4 4 8 16 1 0 3]"
#define GET " [4 4 4 8 16 1 0 3]"
#define ADDRESS_LEN "[0 2 10 16 28 28 128]"

const struct call calls_net[] = {
	{ "socket", run_socket,
	  "new [AF_INET AF_INET AF_INET6 AF_UNIX 99] [SOCK_STREAM SOCK_DGRAM "
	  "SOCK_STREAM|SOCK_CLOEXEC 77] [0 0 0 IPPROTO_UDP]",
	  0, 2, W_STREAM },
	{ "bind", run_bind, "dgram [AF_INET AF_INET AF_INET6 AF_UNSPEC] [0 0 0 4 "
	  "14]", 0, 1, W_NONE },
	{ "listen", run_listen, "sock [0 1 5 -1]", 0, 1, W_NONE },
	{ "connect", run_connect, "sock listener [0 0 0 1]", 0, 4, W_NONE },
	{ "accept", run_accept, "new listener " ADDRESS_LEN " [0 0 SOCK_CLOEXEC "
	  "1]", 0, 4, W_STREAM },
	/* not among files: rsx does not map TCP sockets, which are mapped to receive without copies */
	{ "tcp", run_tcp, "new new2 [AF_INET AF_INET AF_INET6]", 0, 8, W_STREAM },
	{ "udp", run_udp, "new new2 [AF_INET AF_INET AF_INET6]", 1, 6, W_DGRAM },
	{ "listener", run_listener, "new [AF_INET AF_INET AF_INET6]", 0, 3, W_LISTENER },
	{ "socketpair", run_socketpair, "new new2 [SOCK_STREAM SOCK_DGRAM "
	  "SOCK_SEQPACKET]", 1, 4, W_UNIX },
	{ "send", run_send, "sock slen byte " SEND, 0, 10, W_NONE },
	{ "sendto", run_sendto, "dgram dgram slen byte " SEND, 0, 5, W_NONE },
	{ "recv", run_recv, "sock slen " RECV, 0, 10, W_NONE },
	{ "recvfrom", run_recvfrom, "dgram slen " RECV " " ADDRESS_LEN, 0, 5, W_NONE },
	{ "sendmsg", run_sendmsg, "sock [0 0 1 2 3] slen slen slen byte " SEND, 0, 5, W_NONE },
	{ "recvmsg", run_recvmsg, "sock " ADDRESS_LEN " [0 8 16 64 256] slen slen slen " RECV, 0, 7,
	  W_NONE },
	{ "sendmmsg", run_sendmmsg, "sock [0 1 2 4] slen byte [0 0 MSG_NOSIGNAL MSG_MORE]", 0, 3,
	  W_NONE },
	{ "recvmmsg", run_recvmmsg, "sock [0 1 2 4] slen [0 0 MSG_PEEK MSG_TRUNC "
	  "MSG_WAITFORONE]", 0, 3,
	  W_NONE },
	{ "shutdown", run_shutdown, "sock [SHUT_RD SHUT_WR SHUT_RDWR 7]", 0, 3, W_NONE },
	{ "name", run_name, "sock " ADDRESS_LEN " [0 1]", 0, 4, W_NONE },
	{ "setsockopt", run_setsockopt, "sock " OPT_SOCKET SET, 0, 4, W_NONE },
	{ "setsockopt", run_setsockopt, "sock " OPT_TCP SET, 0, 2, W_NONE },
	{ "setsockopt", run_setsockopt, "sock " OPT_IP SET, 0, 3, W_NONE },
	{ "getsockopt", run_getsockopt, "sock " OPT_SOCKET GET, 0, 4, W_NONE },
	{ "getsockopt", run_getsockopt, "sock " OPT_TCP GET, 0, 2, W_NONE },
	{ "getsockopt", run_getsockopt, "sock " OPT_IP GET, 0, 2, W_NONE },
	{ 0 },
};
