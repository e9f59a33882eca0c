/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race.h - both sides fire at once, ten thousand times in all: one thread writes
 * to an eventfd of this machine, another one sends to a socket of the server,
 * while the first one waits for both. Each event must be seen in its round and
 * once: what comes late is lost, what comes again is doubled. The modes are
 * played by epollrace and pollrace.
 */
#ifndef RSX_TESTS_RACE_H
#define RSX_TESTS_RACE_H

#include "ep.h"
#include <pthread.h>

enum mode {
	EDGE,
	ONESHOT,
	LEVEL,
	POLL,
	MODES,
};

static const struct {
	const char *name;
	int rounds;
	uint32_t events;
} modes[MODES] = {
	{ "edge", 3000, EPOLLIN | EPOLLET },
	{ "one-shot", 2500, EPOLLIN | EPOLLONESHOT },
	{ "level", 4000, EPOLLIN },
	{ "poll", 500, POLLIN },
};

static pthread_barrier_t ready, done;
static int tcp[2], efd, ep;
static long seen[2], lost, doubled, bad;

static void *fire_here(void *rounds)
{
	for (int i = 0; i < *(const int *)rounds; i++) {
		pthread_barrier_wait(&ready);
		bump(efd);
		pthread_barrier_wait(&done);
	}
	return NULL;
}

static void *fire_there(void *rounds)
{
	for (int i = 0; i < *(const int *)rounds; i++) {
		pthread_barrier_wait(&ready);
		MUST(send(tcp[1], "x", 1, 0));
		pthread_barrier_wait(&done);
	}
	return NULL;
}

/* Which sides fired, as bits, within ms; -1: none. */
static int wait_sides(enum mode m, int ms)
{
	struct pollfd p[2] = { { tcp[0], POLLIN, 0 }, { efd, POLLIN, 0 } };
	struct epoll_event e[4];
	int n, sides = 0;

	if (m == POLL) {
		n = poll(p, 2, ms);
		sides = (p[0].revents ? 1 : 0) | (p[1].revents ? 2 : 0);
		bad += n != __builtin_popcount((unsigned)sides);
		return n > 0 ? sides : -1;
	}
	n = epoll_wait(ep, e, 4, ms);
	for (int i = 0; i < n; i++) {
		int side = (int)e[i].data.u64;

		bad += e[i].events != EPOLLIN || side < 1 || side > 2 || sides & side;
		sides |= side;
	}
	return n > 0 ? sides : -1;
}

static void take(enum mode m, int sides)
{
	uint64_t v = 0;
	char c = 0;

	if (sides & 1) {
		bad += recv(tcp[0], &c, 1, MSG_DONTWAIT) != 1 || c != 'x';
		seen[0]++;
	}
	if (sides & 2) {
		bad += read(efd, &v, sizeof(v)) != sizeof(v) || v != 1;
		seen[1]++;
	}
	if (m == ONESHOT && sides & 1)
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], modes[m].events, 1));
	if (m == ONESHOT && sides & 2)
		MUST(ep_ctl(ep, EPOLL_CTL_MOD, efd, modes[m].events, 2));
}

static void play(enum mode m)
{
	int rounds = conf_often(modes[m].rounds);
	pthread_t a, b;

	seen[0] = seen[1] = lost = doubled = bad = 0;
	tcp_pair(tcp);
	set_int(tcp[1], IPPROTO_TCP, TCP_NODELAY, 1);
	efd = eventfd(0, EFD_NONBLOCK);
	ep = (int)MUST(epoll_create1(0));
	ep_add(ep, tcp[0], modes[m].events, 1);
	ep_add(ep, efd, modes[m].events, 2);
	pthread_create(&a, NULL, fire_here, &rounds);
	pthread_create(&b, NULL, fire_there, &rounds);
	for (int i = 0; i < rounds; i++) {
		int due = 3;

		pthread_barrier_wait(&ready);
		while (due) {
			int sides = wait_sides(m, 10000);

			if (sides < 0) {
				lost++;
				break;
			}
			doubled += sides & ~due ? 1 : 0;
			take(m, sides & due);
			due &= ~sides;
		}
		/* in between, take() finds nothing where an event comes again */
		if (i % 10 == 0 || i == rounds - 1)
			doubled += wait_sides(m, 0) > 0;
		pthread_barrier_wait(&done);
	}
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	printf("%s: %d rounds, %ld there, %ld here, %ld lost, %ld doubled, %ld bad\n",
	       modes[m].name, rounds, seen[0], seen[1], lost, doubled, bad);
	closefrom(3);
}

static void race(enum mode first, enum mode last)
{
	pthread_barrier_init(&ready, NULL, 3);
	pthread_barrier_init(&done, NULL, 3);
	for (enum mode m = first; m <= last; m++)
		play(m);
}

#endif
