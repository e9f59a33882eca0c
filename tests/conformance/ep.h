/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ep.h - what the epoll programs share. In which order events come is the
 * kernel's business: they are printed sorted by their data.
 */
#ifndef RSX_TESTS_EP_H
#define RSX_TESTS_EP_H

#include "sock.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define EP_ROOM 64

static struct epoll_event ep_event[EP_ROOM] CONF_UNUSED;

static int ep_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct epoll_event *)a)->data.u64;
	uint64_t y = ((const struct epoll_event *)b)->data.u64;

	return x < y ? -1 : x > y;
}

static CONF_UNUSED void ep_print(const char *label, struct epoll_event *e, int n)
{
	int err = errno;

	if (n < 0) {
		printf("%s: -1 %s\n", label, conf_errname(err));
		return;
	}
	qsort(e, (size_t)n, sizeof(*e), ep_compare);
	printf("%s: %d:", label, n);
	for (int i = 0; i < n; i++)
		printf(" %llx=%#x", (unsigned long long)e[i].data.u64, e[i].events);
	printf("\n");
}

/* All that is ready within ms, in as many waits as it takes to see nothing more. */
static CONF_UNUSED void ep_show(const char *label, int ep, int ms)
{
	ep_print(label, ep_event, epoll_wait(ep, ep_event, EP_ROOM, ms));
}

/*
 * At least `n` events within as many waits as it takes, level-triggered ones
 * seen again and again: their union, by data.
 */
static CONF_UNUSED void ep_gather(const char *label, int ep, int n)
{
	struct epoll_event all[EP_ROOM];
	int have = 0;

	while (have < n) {
		int got = epoll_wait(ep, ep_event, EP_ROOM, 10000);

		if (got <= 0) {
			printf("%s: only %d\n", label, have);
			return;
		}
		for (int i = 0; i < got; i++) {
			int k = 0;

			while (k < have && all[k].data.u64 != ep_event[i].data.u64)
				k++;
			if (k == have)
				all[have++] = ep_event[i];
			else
				all[k].events |= ep_event[i].events;
		}
	}
	ep_print(label, all, have);
}

static CONF_UNUSED int ep_ctl(int ep, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = { .events = events, .data.u64 = data };

	return epoll_ctl(ep, op, fd, &e);
}

static CONF_UNUSED void ep_add(int ep, int fd, uint32_t events, uint64_t data)
{
	MUST(ep_ctl(ep, EPOLL_CTL_ADD, fd, events, data));
}

static CONF_UNUSED void bump(int efd)
{
	uint64_t one = 1;

	MUST(write(efd, &one, sizeof(one)));
}

static CONF_UNUSED void drain(int fd)
{
	char buf[512];

	MUST(read(fd, buf, sizeof(buf)));
}

/* A FIFO of the server, both ends open, non-blocking. */
static CONF_UNUSED void fifo_pair(const char *name, int fd[2])
{
	MUST(mkfifo(name, 0600));
	fd[0] = (int)MUST(open(name, O_RDONLY | O_NONBLOCK));
	fd[1] = (int)MUST(open(name, O_WRONLY | O_NONBLOCK));
}

#endif
