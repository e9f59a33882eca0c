/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * More sockets than the usual limit allows, and the limit itself: EMFILE leaves
 * nothing open, here or there, and everything goes on afterwards.
 */
#include "sock.h"
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define MANY 5000

static void set_limit(rlim_t n)
{
	struct rlimit lim;

	MUST(getrlimit(RLIMIT_NOFILE, &lim));
	lim.rlim_cur = n;
	T(setrlimit(RLIMIT_NOFILE, &lim));
}

static int count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -3; /* ".", ".." and the one it is read by */

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

static void many(int n)
{
	static struct pollfd p[MANY]; /* n of them */
	static struct sockaddr_in at[2];
	int good = 0, in_order = 0, ep;
	struct epoll_event ev = { .events = EPOLLIN };
	char buf[8];
	pid_t pid;

	set_limit((rlim_t)n + 100);
	for (int i = 0; i < n; i++) {
		p[i] = (struct pollfd) { socket(AF_INET, SOCK_DGRAM, 0), POLLIN, 0 };
		good += p[i].fd >= 0;
		in_order += p[i].fd == 3 + i;
	}
	printf("%d sockets, %d in order, %d open\n", good, in_order, count_open());
	for (int i = 0; i < 2; i++) {
		socklen_t len = sizeof(at[i]);

		at[i] = loop4();
		MUST(bind(p[i ? n - 1 : 7].fd, SA(&at[i]), len));
		MUST(getsockname(p[i ? n - 1 : 7].fd, SA(&at[i]), &len));
	}
	T(sendto(p[7].fd, "far", 3, 0, SA(&at[1]), sizeof(at[1])));
	T(poll(p, (nfds_t)n, 5000));
	TF(p[n - 1].revents == POLLIN && !p[n - 2].revents);
	ep = T(epoll_create1(0));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, p[n - 1].fd, &ev));
	T(epoll_wait(ep, &ev, 1, 5000));
	T(recv(p[n - 1].fd, buf, sizeof(buf), 0));
	pid = conf_fork();
	if (!pid) {
		TF(sendto(p[n - 1].fd, "back", 4, 0, SA(&at[0]), sizeof(at[0])) == 4);
		T(close_range(3, ~0U, 0));
		printf("%d open in the child\n", count_open());
		_exit(0);
	}
	conf_reap("child", pid);
	T(recv(p[7].fd, buf, sizeof(buf), 0));
	printf("%d open\n", count_open());
	T(close_range(3, ~0U, 0));
	printf("%d open\n", count_open());
}

/* Each way to make a descriptor, with none left. */
static void none_left(void)
{
	struct sockaddr_in at;
	int l = listener4(&at), c = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), fds[2], n;
	struct pollfd p = { l, POLLIN, 0 };

	put("file", "text");
	MUST(connect(c, SA(&at), sizeof(at)));
	for (n = 0; open("file", O_RDONLY) >= 0; n++)
		;
	T(open("file", O_RDONLY));
	T(open("new", O_RDWR | O_CREAT, 0600));
	T(socket(AF_INET, SOCK_STREAM, 0));
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	T(pipe(fds));
	T(dup(c));
	T(fcntl(c, F_DUPFD, 0));
	T(fcntl(c, F_DUPFD, 100000));
	T(dup2(c, 100000));
	T(epoll_create1(0));
	T(poll(&p, 1, 5000));
	T(accept(l, NULL, NULL));
	T(access("new", F_OK)); /* whatever the kernel does about O_CREAT and EMFILE */
	T(close(c + 1));
	T(poll(&p, 1, 5000));
	T(accept(l, NULL, NULL));
	T(accept(l, NULL, NULL));
	printf("%d files were opened\n", n);
	T(close_range(l, ~0U, 0));
}

int main(void)
{
	struct rlimit lim;

	conf_init();
	closefrom(3);
	MUST(getrlimit(RLIMIT_NOFILE, &lim));
	if (lim.rlim_max < MANY + 100)
		printf("only %lu descriptors are allowed\n", (unsigned long)lim.rlim_max);
	else
		many(conf_often(MANY));
	for (int i = 0; i < 3; i++) {
		set_limit(40);
		none_left();
	}
	set_limit(4);
	T(socket(AF_INET, SOCK_STREAM, 0));
	T(socket(AF_INET, SOCK_STREAM, 0));
	T(close(3));
	T(open("file", O_RDONLY));
	T(open("file", O_RDONLY));
	return 0;
}
