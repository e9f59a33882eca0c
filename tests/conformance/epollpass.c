/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An epoll instance passed in a message: it is one instance for who sent and who
 * received it, with the members of both sides, before and after. Over a pair and
 * over a socket with a name; to the process itself, to a child, peeked at, never
 * received; passed on; with an instance inside.
 */
#include "unsock.h"
#include "ep.h"
#include <sys/wait.h>

static int local, far[2], later[2];

static int instance(void)
{
	int ep = (int)MUST(epoll_create1(0));

	ep_add(ep, local, EPOLLIN, 1);
	ep_add(ep, far[0], EPOLLIN, 2);
	return ep;
}

static int pass(int s[2], int fd, int flags)
{
	int got = -1;

	MUST(pass_fds(s[0], &fd, 1));
	take_fds(s[1], flags, CMSG_SPACE(sizeof(int)), &got, 1);
	return got;
}

static void fire(void)
{
	bump(local);
	MUST(write(far[1], "x", 1));
}

static void calm(void)
{
	drain(local);
	drain(far[0]);
}

static void both_ways(int s[2])
{
	int ep = instance(), got = pass(s, ep, 0);

	ep_show("nothing", got, 0);
	fire();
	ep_gather("received", got, 2);
	ep_gather("sent", ep, 2);
	calm();
	ep_add(got, later[0], EPOLLIN, 3);
	MUST(write(later[1], "y", 1));
	ep_gather("by the receiver", ep, 1);
	T(ep_ctl(ep, EPOLL_CTL_DEL, later[0], 0, 0));
	ep_show("taken out", got, 0);
	drain(later[0]);
	close(ep);
	fire();
	ep_gather("sender closed", got, 2);
	calm();
	close(got);
}

static void local_first(int s[2])
{
	int ep = (int)MUST(epoll_create1(0)), got;

	ep_add(ep, local, EPOLLIN, 1);
	got = pass(s, ep, 0);
	ep_add(ep, far[0], EPOLLIN, 2);
	fire();
	ep_gather("a remote member after", got, 2);
	calm();
	close(ep);
	close(got);
}

static void to_a_child(int s[2])
{
	int ep, status;
	pid_t pid = (pid_t)MUST(fork());

	if (!pid) {
		ep = -1;
		take_fds(s[1], 0, CMSG_SPACE(sizeof(int)), &ep, 1);
		ep_gather("child", ep, 2);
		ep_add(ep, later[0], EPOLLIN, 3);
		fflush(stdout);
		_exit(0);
	}
	ep = instance();
	fire();
	MUST(pass_fds(s[0], &ep, 1));
	MUST(waitpid(pid, &status, 0));
	calm();
	MUST(write(later[1], "y", 1));
	ep_gather("parent", ep, 1);
	drain(later[0]);
	close(ep);
}

static void peeked(int s[2])
{
	int ep = instance(), got[2] = { -1, -1 };

	MUST(pass_fds(s[0], &ep, 1));
	close(ep);
	take_fds(s[1], MSG_PEEK, CMSG_SPACE(sizeof(int)), &got[0], 1);
	take_fds(s[1], 0, CMSG_SPACE(sizeof(int)), &got[1], 1);
	fire();
	ep_gather("peeked", got[0], 2);
	ep_gather("taken", got[1], 2);
	calm();
	close(got[0]);
	close(got[1]);
}

static void passed_on(int s[2])
{
	int ep = instance(), got = pass(s, ep, MSG_CMSG_CLOEXEC), again;

	close(ep);
	again = pass(s, got, 0);
	close(got);
	fire();
	ep_gather("passed on", again, 2);
	calm();
	MUST(pass_fds(s[0], &again, 1)); /* and never received */
	close(again);
}

static void with_inner(int s[2])
{
	int inner = instance(), ep = (int)MUST(epoll_create1(0)), got;

	ep_add(ep, inner, EPOLLIN, 9);
	got = pass(s, ep, 0);
	fire();
	ep_gather("outer", got, 1);
	ep_gather("inner", inner, 2);
	calm();
	close(inner);
	fire();
	ep_show("inner closed", got, 0);
	calm();
	close(ep);
	close(got);
}

/* Sockets of other families take no notice of what would be passed. */
static void other_families(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int a = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), ep = instance(), bad = 999;
	int fds[] = { local, far[0], ep, bad };
	socklen_t len = sizeof(to);
	char buf[8];

	MUST(bind(a, (struct sockaddr *)&to, sizeof(to)));
	MUST(getsockname(a, (struct sockaddr *)&to, &len));
	MUST(connect(a, (struct sockaddr *)&to, sizeof(to)));
	for (size_t i = 0; i < 4; i++) {
		int got = -1;

		T(pass_fds(a, &fds[i], 1));
		printf("%zu\n", take_fds(a, 0, 64, &got, 1));
	}
	T(pass_fds(a, fds, 4));
	T(recv(a, buf, sizeof(buf), 0));
	close(a);
	a = (int)MUST(socket(AF_NETLINK, SOCK_RAW, 0));
	T(pass_fds(a, fds, 1));
	T(pass_fds(a, fds + 3, 1));
	close(a);
	close(ep);
}

int main(void)
{
	static void (*const make[])(int *) = { pair_un, named_un };
	static void (*const with[])(int *) = { both_ways, local_first, to_a_child, peeked,
					       passed_on, with_inner };

	conf_init();
	local = (int)MUST(eventfd(0, 0));
	fifo_pair("far", far);
	fifo_pair("later", later);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(with) / sizeof(with[0]); k++) {
			int s[2];

			printf("--- %s, %zu\n", i ? "named" : "pair", k);
			make[i](s);
			with[k](s);
			close(s[0]);
			close(s[1]);
		}
	}
	other_families();
	return 0;
}
