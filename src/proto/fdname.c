/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See rsx/fdname.h. Used by the server's twins for remote descriptors and by
 * the tracer for copies of local ones, when a trace shows what is behind them.
 */
#include "rsx/fdname.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct protocol {
	int domain, type, protocol; /* 0: any */
	const char *name;
};

/* The first that fits; the names are strace's. */
static const struct protocol protocols[] = {
	{ AF_INET, SOCK_STREAM, IPPROTO_TCP, "TCP" },
	{ AF_INET, SOCK_DGRAM, IPPROTO_UDP, "UDP" },
	{ AF_INET, 0, IPPROTO_ICMP, "ICMP" },
	{ AF_INET, SOCK_RAW, 0, "RAW" },
	{ AF_INET, 0, 0, "INET" },
	{ AF_INET6, SOCK_STREAM, IPPROTO_TCP, "TCPv6" },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "UDPv6" },
	{ AF_INET6, 0, IPPROTO_ICMPV6, "ICMPv6" },
	{ AF_INET6, SOCK_RAW, 0, "RAWv6" },
	{ AF_INET6, 0, 0, "INET6" },
	{ AF_UNIX, SOCK_STREAM, 0, "UNIX-STREAM" },
	{ AF_UNIX, SOCK_DGRAM, 0, "UNIX-DGRAM" },
	{ AF_UNIX, SOCK_SEQPACKET, 0, "UNIX-SEQPACKET" },
	{ AF_NETLINK, 0, 0, "NETLINK" },
	{ AF_PACKET, 0, 0, "PACKET" },
};

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage room;
};

static int int_option(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static const char *protocol_name(int fd, int domain)
{
	int type = int_option(fd, SO_TYPE), protocol = int_option(fd, SO_PROTOCOL);

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		const struct protocol *p = &protocols[i];

		if (p->domain == domain && (!p->type || p->type == type) &&
		    (!p->protocol || p->protocol == protocol))
			return p->name;
	}
	return "socket";
}

/* A unix address: a path, "@name" if it is abstract, "" if it has none. */
static void unix_text(const union address *a, socklen_t len, char *to, size_t room)
{
	size_t n = len > offsetof(struct sockaddr_un, sun_path) ?
			   len - offsetof(struct sockaddr_un, sun_path) : 0;
	const char *path = a->un.sun_path;

	if (n && !path[0])
		snprintf(to, room, "@%.*s", (int)n - 1, path + 1);
	else
		snprintf(to, room, "%.*s", (int)strnlen(path, n), path);
}

/* False: not an address that says where. */
static bool address_text(const union address *a, socklen_t len, char *to, size_t room)
{
	char ip[INET6_ADDRSTRLEN];

	to[0] = '\0';
	switch (a->sa.sa_family) {
	case AF_INET:
		if (!a->in.sin_port && a->in.sin_addr.s_addr == INADDR_ANY)
			return false; /* not bound */
		inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof(ip));
		snprintf(to, room, "%s:%u", ip, ntohs(a->in.sin_port));
		return true;
	case AF_INET6:
		if (!a->in6.sin6_port && IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr))
			return false;
		inet_ntop(AF_INET6, &a->in6.sin6_addr, ip, sizeof(ip));
		snprintf(to, room, "[%s]:%u", ip, ntohs(a->in6.sin6_port));
		return true;
	case AF_UNIX:
		unix_text(a, len, to, room);
		return to[0] != '\0';
	}
	return false;
}

static void socket_text(int fd, const struct stat *st, char to[RSX_MAX_FD_NAME])
{
	char here[160] = "", there[160] = "";
	union address a = { .sa.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(a);
	const char *name = protocol_name(fd, int_option(fd, SO_DOMAIN));
	bool has_here = !getsockname(fd, &a.sa, &len) && address_text(&a, len, here, sizeof(here));
	bool has_there;

	len = sizeof(a);
	has_there = !getpeername(fd, &a.sa, &len) && address_text(&a, len, there, sizeof(there));
	if (has_there)
		snprintf(to, RSX_MAX_FD_NAME, "%s:[%s->%s]", name, here, there);
	else if (has_here)
		snprintf(to, RSX_MAX_FD_NAME, "%s:[%s]", name, here);
	else
		snprintf(to, RSX_MAX_FD_NAME, "%s:[%llu]", name, (unsigned long long)st->st_ino);
}

bool rsx_fd_name_socket(int fd, char to[RSX_MAX_FD_NAME])
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISSOCK(st.st_mode))
		return false;
	socket_text(fd, &st, to);
	return true;
}

bool rsx_fd_name(int fd, char to[RSX_MAX_FD_NAME])
{
	char link[64];
	ssize_t n;

	if (rsx_fd_name_socket(fd, to))
		return true;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, to, RSX_MAX_FD_NAME - 1);
	if (n <= 0)
		return false;
	to[n] = '\0';
	return true;
}
