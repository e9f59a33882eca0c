/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a socket would signal: FIOSETOWN, SIOCSPGRP and what asks for it, which mean
 * what F_SETOWN and F_GETOWN do; on sockets of several families, and on a file.
 */
#include "unsock.h"
#include <linux/sockios.h>

static void owner(int s)
{
	int *n = (void *)guard(sizeof(*n)), me = getpid(), group = -getpgrp(), none = 0x7ffffff;

	*n = 7;
	T(ioctl(s, SIOCGPGRP, n));
	printf("nobody: %d\n", *n);
	T(ioctl(s, SIOCSPGRP, &me));
	T(ioctl(s, FIOGETOWN, n));
	TF(*n == me);
	TF(fcntl(s, F_GETOWN) == me);
	T(ioctl(s, FIOSETOWN, &group));
	T(ioctl(s, SIOCGPGRP, n));
	TF(*n == group);
	T(ioctl(s, SIOCSPGRP, &none));
	T(ioctl(s, SIOCSPGRP, BAD));
	T(ioctl(s, SIOCGPGRP, BAD));
	T(ioctl(s, SIOCGPGRP, (char *)n + 2));
	T(ioctl(s, SIOCGPGRP, n));
	TF(*n == group);
	T(fcntl(s, F_SETOWN, 0));
	T(ioctl(s, FIOGETOWN, n));
	printf("nobody: %d\n", *n);
}

int main(void)
{
	int n = 0;

	conf_init();
	owner((int)T(socket(AF_INET, SOCK_STREAM, 0)));
	owner((int)T(socket(AF_INET6, SOCK_DGRAM, 0)));
	owner((int)T(socket(AF_UNIX, SOCK_STREAM, 0)));
	owner(listener_un("name", SOCK_STREAM));
	put("file", "");
	n = (int)T(open("file", O_RDONLY));
	T(ioctl(n, SIOCSPGRP, &n));
	T(ioctl(n, FIOGETOWN, &n));
	T(ioctl(99, SIOCSPGRP, &n));
	return 0;
}
