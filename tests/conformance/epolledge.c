/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edge-triggered, one-shot and exclusive members of both sides: what is
 * reported once, when it is reported again, and to how many.
 */
#include "ep.h"

static int there[2], here[2], ep;

static void make(void)
{
	ep = (int)MUST(epoll_create1(0));
	tcp_pair(there);
	MUST(pipe2(here, O_NONBLOCK));
	set_int(there[1], IPPROTO_TCP, TCP_NODELAY, 1);
}

static void fire(void)
{
	MUST(send(there[1], "x", 1, 0));
	MUST(write(here[1], "x", 1));
}

static void edges(void)
{
	char c;

	make();
	ep_add(ep, there[0], EPOLLIN | EPOLLOUT | EPOLLET, 1);
	ep_add(ep, here[0], EPOLLIN | EPOLLET, 2);
	ep_add(ep, here[1], EPOLLOUT | EPOLLET, 3);
	ep_gather("writable", ep, 2);
	ep_show("reported", ep, 2);
	fire();
	ep_gather("first bytes", ep, 2);
	ep_show("reported", ep, 2);
	MUST(recv(there[0], &c, 1, MSG_PEEK));
	ep_show("a look is no edge", ep, 2);
	MUST(send(there[1], "yz", 2, 0));
	ep_gather("more there", ep, 1);
	MUST(write(here[1], "yz", 2));
	ep_gather("more here", ep, 1);
	T(read(there[0], &c, 1));
	T(read(here[0], &c, 1));
	ep_show("half read", ep, 2);
	T(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN | EPOLLET, 4));
	T(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLIN | EPOLLET, 5));
	ep_gather("asked anew", ep, 2);
	T(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN, 6));
	T(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLIN, 7));
	ep_gather("level", ep, 2);
	ep_gather("level", ep, 2);
	T(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLRDHUP | EPOLLET, 8));
	T(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLET, 9));
	ep_show("waiting for the end", ep, 0);
	close(there[1]);
	close(here[1]);
	ep_gather("the end", ep, 2);
	ep_show("reported", ep, 2);
	closefrom(3);
}

static void one_shots(void)
{
	make();
	ep_add(ep, there[0], EPOLLIN | EPOLLONESHOT, 1);
	ep_add(ep, here[0], EPOLLIN | EPOLLONESHOT, 2);
	for (int i = 0; i < 3; i++) {
		fire();
		ep_gather("shot", ep, 2);
		ep_show("spent", ep, 2);
		fire();
		ep_show("still spent", ep, 2);
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN | EPOLLONESHOT, 3));
		ep_gather("one armed", ep, 1);
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLIN | EPOLLONESHOT, 4));
		ep_gather("the other", ep, 1);
		drain(there[0]);
		drain(here[0]);
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN | EPOLLONESHOT, 5));
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLIN | EPOLLONESHOT, 6));
		ep_show("armed, nothing there", ep, 2);
	}
	closefrom(3);
}

/* One event at a time: what has no room is neither lost nor reported twice. */
static void no_room(void)
{
	int udp[8][2], e[8], n = 0, seen[16] = { 0 };

	ep = (int)MUST(epoll_create1(0));
	for (int i = 0; i < 8; i++) {
		uint32_t mode = i & 1 ? EPOLLET : EPOLLONESHOT;

		udp_pair(udp[i]);
		e[i] = eventfd(0, 0);
		ep_add(ep, udp[i][0], EPOLLIN | mode, (uint64_t)i);
		ep_add(ep, e[i], EPOLLIN | mode, 8 + (uint64_t)i);
		bump(e[i]);
		MUST(send(udp[i][1], "x", 1, 0));
		MUST(poll(&(struct pollfd){ udp[i][0], POLLIN, 0 }, 1, -1));
	}
	while (epoll_wait(ep, ep_event, 1, 5) == 1) {
		seen[ep_event[0].data.u64]++;
		n++;
	}
	for (int i = 0; i < 16; i++)
		printf(" %d", seen[i]);
	printf(", %d\n", n);
	closefrom(3);
}

/* Two instances wait for one member: an exclusive one wakes one of them, at least. */
static void exclusive(void)
{
	int two, n;

	make();
	two = (int)MUST(epoll_create1(0));
	T(ep_ctl(ep, EPOLL_CTL_ADD, there[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1));
	T(ep_ctl(ep, EPOLL_CTL_ADD, here[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP, 1));
	for (int i = 0; i < 2; i++) {
		T(ep_ctl(i ? two : ep, EPOLL_CTL_ADD, there[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
		T(ep_ctl(i ? two : ep, EPOLL_CTL_ADD, here[0], EPOLLIN | EPOLLEXCLUSIVE, 2));
	}
	T(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN, 1));
	T(ep_ctl(ep, EPOLL_CTL_MOD, here[0], EPOLLIN, 1));
	T(ep_ctl(ep, EPOLL_CTL_MOD, there[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
	fire();
	n = epoll_wait(ep, ep_event, 4, 100) + epoll_wait(two, ep_event, 4, 100);
	TF(n >= 2 && n <= 4);
	T(epoll_ctl(ep, EPOLL_CTL_DEL, there[0], NULL));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, here[0], NULL));
	ep_gather("the other", two, 2);
	closefrom(3);
}

int main(void)
{
	conf_init();
	edges();
	one_shots();
	no_room();
	exclusive();
	return 0;
}
