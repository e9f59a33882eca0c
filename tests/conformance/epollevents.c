/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct epoll_event, 12 bytes on x86-64 and 16 elsewhere: all 64 bits of the
 * data come back beside their own events, from members on either side, from
 * arrays that end at an unreadable page, with EPOLLET and EPOLLONESHOT; nothing
 * is written beyond the events returned; wrong pointers, sizes and members.
 */
#include "conf.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MEMBERS = 12 };

static const uint64_t marked = 0x8123456789abcde0ULL;

static int add(int ep, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event *ev = (void *)guard(sizeof(*ev));

	ev->events = events;
	ev->data.u64 = data;
	return epoll_ctl(ep, op, fd, ev);
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *x = a, *y = b;

	return x->data.u64 < y->data.u64 ? -1 : x->data.u64 > y->data.u64;
}

/* Wait into an array for n events that ends at an unreadable page. */
static void wait_for(int ep, int n, int ms)
{
	size_t size = sizeof(struct epoll_event);
	struct epoll_event *ev = (void *)guard((size_t)n * size);
	int got = epoll_wait(ep, ev, n, ms);

	conf_show("epoll_wait", got);
	if (got < 0)
		return;
	TF((size_t)touched(ev, (size_t)n * size) <= (size_t)got * size);
	qsort(ev, (size_t)got, size, by_data);
	for (int i = 0; i < got; i++)
		printf("  %#x %#llx\n", ev[i].events, (unsigned long long)ev[i].data.u64);
}

/* Both ends of a connection over loopback. */
static void connected(int end[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int listener = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(listener, (struct sockaddr *)&sin, sizeof(sin)));
	MUST(listen(listener, 1));
	MUST(getsockname(listener, (struct sockaddr *)&sin, &len));
	end[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(end[0], (struct sockaddr *)&sin, sizeof(sin)));
	end[1] = (int)MUST(accept(listener, NULL, NULL));
	close(listener);
}

static void many(int ep, int end[2])
{
	int copy[MEMBERS];

	MUST(write(end[1], "x", 1));
	for (int i = 0; i < MEMBERS; i++) {
		copy[i] = (int)MUST(dup(end[0]));
		MUST(add(ep, EPOLL_CTL_ADD, copy[i], i % 2 ? EPOLLIN : EPOLLIN | EPOLLOUT,
			 marked + (unsigned)i));
	}
	wait_for(ep, MEMBERS, -1);
	wait_for(ep, 2 * MEMBERS, -1);
	for (int i = 0; i < MEMBERS; i++) {
		MUST(epoll_ctl(ep, EPOLL_CTL_DEL, copy[i], NULL));
		close(copy[i]);
	}
	wait_for(ep, 1, 0);
}

static void kinds(int ep, int end[2], int local[2])
{
	char c;

	T(add(ep, EPOLL_CTL_ADD, end[0], EPOLLIN | EPOLLET, ~0ULL));
	wait_for(ep, 4, -1);
	wait_for(ep, 4, 5);
	T(add(ep, EPOLL_CTL_MOD, end[0], EPOLLIN | EPOLLONESHOT, 1ULL << 63));
	wait_for(ep, 4, -1);
	wait_for(ep, 4, 5);
	T(add(ep, EPOLL_CTL_ADD, local[0], EPOLLIN, 0x00000001ffffffffULL));
	wait_for(ep, 4, 5);
	MUST(write(local[1], "y", 1));
	wait_for(ep, 4, -1);
	T(add(ep, EPOLL_CTL_MOD, end[0], EPOLLIN | EPOLLRDHUP, 0xffffffff00000001ULL));
	wait_for(ep, 4, -1);
	MUST(read(local[0], &c, 1));
	MUST(read(end[0], &c, 1));
	wait_for(ep, 4, 5);
	MUST(shutdown(end[1], SHUT_WR));
	wait_for(ep, 4, -1);
}

static void errors(int ep, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	T(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, 99, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev));
	T(epoll_ctl(ep, 77, fd, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, fd, NIL));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, fd, BAD));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, fd, (void *)(guard(sizeof(ev)) + 1)));
	T(epoll_wait(ep, &ev, 0, 0));
	T(epoll_wait(ep, &ev, -1, 0));
	T(epoll_wait(ep, BAD, 1, -1));
	T(epoll_wait(fd, &ev, 1, 0));
	T(epoll_wait(99, &ev, 1, 0));
	put("f", "x");
	T(add(ep, EPOLL_CTL_ADD, open("f", O_RDONLY), EPOLLIN, 1));
}

int main(void)
{
	int ep, end[2], local[2];

	conf_init();
	ep = T(epoll_create1(EPOLL_CLOEXEC));
	connected(end);
	MUST(pipe(local));
	many(ep, end);
	kinds(ep, end, local);
	errors(ep, end[0]);
	T(epoll_ctl(ep, EPOLL_CTL_DEL, end[0], NULL));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, end[0], NULL));
	return 0;
}
