/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts by name, through getaddrinfo(3). */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../transport.h"

static int lookup_error(int err, const char **ret_why)
{
	switch (err) {
	case EAI_SYSTEM:
		return -errno;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_AGAIN:
		*ret_why = "the name cannot be looked up now";
		return -EAGAIN;
	default:
		*ret_why = "no such host";
		return -EADDRNOTAVAIL;
	}
}

int rsx_tcp_lookup(const char *host, uint32_t number, bool listening,
		   struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (listening ? AI_PASSIVE : 0),
	};
	struct addrinfo *list, *ai;
	char port[12];
	int n = 0, err;

	snprintf(port, sizeof(port), "%u", number);
	err = getaddrinfo(host, port, &hints, &list);
	if (err)
		return lookup_error(err, ret_why);
	for (ai = list; ai && n < RSX_MAX_SOCKADDRS; ai = ai->ai_next) {
		memcpy(&to[n].ss, ai->ai_addr, ai->ai_addrlen);
		to[n++].len = ai->ai_addrlen;
	}
	freeaddrinfo(list);
	return n;
}
