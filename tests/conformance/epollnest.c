/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll instances inside others, with members of both sides at every depth,
 * and as members of poll and select. What both sides have to say of an inner
 * one is one event with the program's data; edge and one-shot ones come once.
 */
#include "ep.h"
#include <sys/select.h>

static int tcp[2], p[2], outer, inner, deep;

static void make(void)
{
	tcp_pair(tcp);
	MUST(pipe2(p, O_NONBLOCK));
	set_int(tcp[0], IPPROTO_TCP, TCP_NODELAY, 1);
	outer = (int)MUST(epoll_create1(0));
	inner = (int)MUST(epoll_create1(0));
	deep = (int)MUST(epoll_create1(0));
}

static void fire(bool there, bool here)
{
	if (there)
		MUST(send(tcp[1], "x", 1, 0));
	if (here)
		MUST(write(p[1], "x", 1));
	if (there)
		MUST(poll(&(struct pollfd){ tcp[0], POLLIN, 0 }, 1, -1));
}

static void calm(bool there, bool here)
{
	if (there)
		drain(tcp[0]);
	if (here)
		drain(p[0]);
}

/* There, here, both: an event each, by poll, select and the outer instance. */
static void levels(void)
{
	struct pollfd in = { 0, POLLIN | POLLOUT, 0 };

	make();
	ep_add(outer, inner, EPOLLIN, 0xfeedface12345678);
	ep_add(inner, deep, EPOLLIN, 0xfeedface12345678);
	ep_add(inner, p[0], EPOLLIN, 2);
	ep_add(deep, tcp[0], EPOLLIN, 3);
	in.fd = outer;
	for (int i = 0; i < 4; i++) {
		struct timeval none = { 0, i ? 5000000 : 0 };
		bool there = i & 1, here = i & 2;
		fd_set set;

		printf("there %d, here %d\n", there, here);
		fire(there, here);
		ep_show("outer", outer, i ? -1 : 2);
		ep_show("outer again", outer, 0);
		T(poll(&in, 1, i ? -1 : 0));
		printf("revents %#x\n", in.revents);
		FD_ZERO(&set);
		FD_SET(outer, &set);
		FD_SET(deep, &set);
		T(select(outer + 10, &set, NULL, NULL, &none));
		printf("outer %d, deep %d\n", !!FD_ISSET(outer, &set), !!FD_ISSET(deep, &set));
		if (i)
			ep_gather("inner", inner, there + here);
		ep_show("deep", deep, 0);
		calm(there, here);
		ep_show("calm", outer, 0);
	}
	closefrom(3);
}

/* A nested member beside plain ones with the same data: nothing is taken for another. */
static void same_data(void)
{
	int e;

	make();
	e = eventfd(1, 0);
	ep_add(inner, tcp[0], EPOLLIN, 7);
	ep_add(inner, p[0], EPOLLIN, 7);
	ep_add(outer, inner, EPOLLIN, 7);
	ep_add(outer, e, EPOLLIN, 7);
	ep_add(outer, tcp[0], EPOLLIN, 7);
	fire(true, true);
	ep_show("three of one name", outer, -1);
	calm(true, true);
	ep_show("one", outer, -1);
	closefrom(3);
}

static void modes(uint32_t mode, const char *name)
{
	make();
	printf("%s\n", name);
	ep_add(inner, tcp[0], EPOLLIN, 1);
	ep_add(inner, p[0], EPOLLIN, 2);
	ep_add(outer, inner, EPOLLIN | mode, 3);
	for (int i = 1; i < 4; i++) {
		fire(i & 1, i & 2);
		ep_show("fired", outer, 1000);
		ep_show("again", outer, 0);
		calm(i & 1, i & 2);
		ep_show("calm", outer, 0);
		if (mode == EPOLLONESHOT) {
			fire(i & 1, i & 2);
			ep_show("not armed", outer, 2);
			T(ep_ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN | mode, 4));
			ep_show("armed", outer, 1000);
			T(ep_ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN | mode, 5));
			ep_show("armed", outer, 1000);
			calm(i & 1, i & 2);
			T(ep_ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN | mode, 6));
		}
	}
	closefrom(3);
}

static void wrong(void)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 1 };
	int chain[8];

	make();
	T(epoll_ctl(outer, EPOLL_CTL_ADD, outer, &ev));
	T(epoll_ctl(outer, EPOLL_CTL_ADD, inner, BAD));
	T(ep_ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE, 1));
	T(epoll_ctl(outer, EPOLL_CTL_MOD, inner, &ev));
	T(epoll_ctl(outer, EPOLL_CTL_DEL, inner, &ev));
	T(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &ev));
	T(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &ev));
	T(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &ev));
	T(epoll_ctl(inner, EPOLL_CTL_ADD, deep, &ev));
	T(epoll_ctl(deep, EPOLL_CTL_ADD, outer, &ev));
	T(epoll_ctl(deep, EPOLL_CTL_ADD, tcp[0], &ev));
	T(epoll_ctl(deep, EPOLL_CTL_ADD, outer, &ev));
	T(epoll_ctl(outer, 7, inner, &ev));
	for (int i = 0; i < 8; i++) {
		chain[i] = (int)MUST(epoll_create1(0));
		if (i)
			T(epoll_ctl(chain[i], EPOLL_CTL_ADD, chain[i - 1], &ev));
	}
	T(epoll_ctl(outer, EPOLL_CTL_DEL, inner, NULL));
	T(epoll_ctl(outer, EPOLL_CTL_DEL, inner, NULL));
	T(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &ev));
	closefrom(3);
}

/* Inner ones that are closed, dup'ed, filled and emptied while nested. */
static void lives(void)
{
	int two;

	make();
	ep_add(outer, inner, EPOLLIN, 1);
	ep_show("empty", outer, 0);
	ep_add(inner, tcp[0], EPOLLIN, 2);
	fire(true, true);
	ep_show("remote member", outer, -1);
	MUST(epoll_ctl(inner, EPOLL_CTL_DEL, tcp[0], NULL));
	ep_show("without", outer, 0);
	ep_add(inner, p[0], EPOLLIN, 2);
	ep_show("local member", outer, -1);
	ep_add(inner, tcp[0], EPOLLIN, 3);
	two = dup(inner);
	ep_add(outer, two, EPOLLIN, 4);
	ep_gather("twice", outer, 2);
	close(inner);
	ep_gather("dup'ed", outer, 2);
	close(two);
	ep_show("closed", outer, 0);
	inner = (int)MUST(epoll_create1(0));
	T(ep_ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 5));
	ep_add(inner, tcp[0], EPOLLIN, 6);
	ep_show("a new one", outer, -1);
	closefrom(3);
}

/* A wait over the outer one is woken by either side, of whatever depth. */
static void wakes(void)
{
	struct pollfd in[2];
	pid_t pid;

	make();
	ep_add(inner, deep, EPOLLIN, 1);
	ep_add(deep, tcp[0], EPOLLIN, 2);
	ep_add(deep, p[0], EPOLLIN, 3);
	ep_add(outer, inner, EPOLLIN, 4);
	for (int i = 0; i < 20; i++) {
		pid = conf_fork();
		if (!pid) {
			if (i & 2)
				conf_msleep(3);
			if (i & 1)
				MUST(send(tcp[1], "x", 1, 0));
			else
				MUST(write(p[1], "x", 1));
			_exit(0);
		}
		in[0] = (struct pollfd){ outer, POLLIN, 0 };
		in[1] = (struct pollfd){ i & 4 ? p[1] : tcp[0], 0, 0 };
		if (i & 8)
			T(poll(in, 2, -1));
		ep_show("woken", outer, -1);
		calm(i & 1, !(i & 1));
		conf_reap("waker", pid);
	}
	closefrom(3);
}

int main(void)
{
	conf_init();
	levels();
	same_data();
	modes(0, "level");
	modes(EPOLLET, "edge");
	modes(EPOLLONESHOT, "one-shot");
	wrong();
	lives();
	wakes();
	return 0;
}
