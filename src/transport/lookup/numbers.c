/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts by number alone, for the static server: getaddrinfo(3) would load the
 * C library's plug-ins, which is what a static program is to do without.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../transport.h"

int rsx_tcp_lookup(const char *host, uint32_t port, bool listening,
		   struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to[0].ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to[0].ss;

	(void)listening;
	memset(&to[0], 0, sizeof(to[0]));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		to[0].len = sizeof(*v4);
		return 1;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		to[0].len = sizeof(*v6);
		return 1;
	}
	*ret_why = "this build knows hosts by number only, such as 127.0.0.1 or [::1]";
	return -EADDRNOTAVAIL;
}
