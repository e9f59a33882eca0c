/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink: the interfaces and addresses by RTM_GETLINK and RTM_GETADDR as
 * `ip` asks for them, a message looked at before it is read, an error, and
 * what libc makes of it (getifaddrs, getaddrinfo).
 */
#include "sock.h"
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>

struct request {
	struct nlmsghdr h;
	struct ifinfomsg info;
};

static char reply[65536];

static void ask(int s, int type, int flags)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct request r = { .h = { sizeof(r), (uint16_t)type, (uint16_t)flags, 7, 0 } };

	TF(sendto(s, &r, sizeof(r), 0, SA(&kernel), sizeof(kernel)) == sizeof(r));
}

/* The attribute of a message, or NULL. */
static const void *attribute(const struct nlmsghdr *h, size_t skip, int type)
{
	const struct rtattr *a = (const void *)((const char *)NLMSG_DATA(h) + NLMSG_ALIGN(skip));
	int left = (int)(h->nlmsg_len - NLMSG_LENGTH(skip));

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == type)
			return RTA_DATA(a);
	return NULL;
}

static bool is_lo(const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	const char *name = attribute(h, sizeof(*info), IFLA_IFNAME);

	return h->nlmsg_type == RTM_NEWLINK && name && !strcmp(name, "lo") &&
	       (info->ifi_flags & IFF_LOOPBACK);
}

static bool is_local(const struct nlmsghdr *h)
{
	const in_addr_t *a = attribute(h, sizeof(struct ifaddrmsg), IFA_LOCAL);
	const struct ifaddrmsg *info = NLMSG_DATA(h);

	return h->nlmsg_type == RTM_NEWADDR && info->ifa_family == AF_INET && a &&
	       *a == htonl(INADDR_LOOPBACK);
}

/* Read a dump to its end; is what we look for there? */
static bool find(int s, bool (*wanted)(const struct nlmsghdr *))
{
	struct sockaddr_nl from;
	struct iovec iov = { reply, sizeof(reply) };
	struct msghdr m = { SA(&from), sizeof(from), &iov, 1, NULL, 0, 0 };
	bool found = false;
	long n;

	for (;;) {
		n = recvmsg(s, &m, 0);
		if (n <= 0 || m.msg_namelen != sizeof(from) || from.nl_pid || m.msg_flags)
			return false;
		for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != 7 || h->nlmsg_type == NLMSG_ERROR)
				return false;
			if (h->nlmsg_type == NLMSG_DONE)
				return found;
			found |= wanted(h);
		}
	}
}

static void by_hand(void)
{
	struct sockaddr_nl me = { .nl_family = AF_NETLINK };
	const struct nlmsghdr *h = (void *)reply;
	const struct nlmsgerr *err = NLMSG_DATA(h);
	socklen_t len = sizeof(me);
	struct iovec iov = { reply, 4 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd p;
	long n;
	int s;

	T(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
	T(socket(AF_NETLINK, SOCK_RAW, 999));
	s = T(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	T(bind(s, SA(&me), sizeof(me)));
	T(getsockname(s, SA(&me), &len));
	TF(len == sizeof(me) && me.nl_family == AF_NETLINK && me.nl_pid && !me.nl_groups);
	ask(s, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP);
	TF(find(s, is_lo));
	ask(s, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
	TF(find(s, is_local));
	T(recv(s, reply, 1, MSG_DONTWAIT));
	/* how iproute2 learns how much room it needs */
	ask(s, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP);
	n = recvmsg(s, &m, MSG_PEEK | MSG_TRUNC);
	TF(n > 100 && (m.msg_flags & MSG_TRUNC));
	iov = (struct iovec) { reply, (size_t)n };
	TF(recvmsg(s, &m, 0) == n && !(m.msg_flags & MSG_TRUNC));
	while (h->nlmsg_type != NLMSG_DONE && recv(s, reply, sizeof(reply), 0) > 0)
		;
	ask(s, RTM_NEWLINK + 3, NLM_F_REQUEST | NLM_F_ACK); /* RTM_SETLINK of nothing */
	p = (struct pollfd) { s, POLLIN, 0 };
	T(poll(&p, 1, 5000));
	TF(recv(s, reply, sizeof(reply), 0) > 0 && h->nlmsg_type == NLMSG_ERROR);
	TF(err->error < 0);
	T(send(s, reply, 3, 0));
	T(close(s));
}

static void by_libc(void)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *list;
	struct if_nameindex *names = if_nameindex();
	struct ifaddrs *all;
	bool found = false;

	for (struct if_nameindex *i = names; i && i->if_index; i++)
		found |= !strcmp(i->if_name, "lo");
	TF(names && found);
	if_freenameindex(names);
	T(getifaddrs(&all));
	found = false;
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		found |= i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
			 ((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr ==
				 htonl(INADDR_LOOPBACK);
	TF(found);
	freeifaddrs(all);
	T(getaddrinfo("localhost", "80", &hints, &list));
	printf("%s %d\n", inet_ntoa(((struct sockaddr_in *)list->ai_addr)->sin_addr),
	       ntohs(((struct sockaddr_in *)list->ai_addr)->sin_port));
	freeaddrinfo(list);
}

int main(void)
{
	conf_init();
	by_hand();
	by_libc();
	return 0;
}
