/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wake peer              listens on 127.0.0.1, prints the port, and serves one
 *                        waiter until it leaves
 * wake wait PORT COUNT   waits in epoll_wait(2) for a connection to the peer and
 *                        for an eventfd of its own. First the peer wakes it
 *                        COUNT times, then a thread of its own through the
 *                        eventfd. Prints for both the median and the 99th
 *                        percentile of the time in microseconds from before the
 *                        write to after epoll_wait(2).
 *
 * Both are on one machine, so that one clock is read.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "bench.h"

#define SETTLE_US 4000 /* after that the waiter sleeps */

static atomic_long seen;	/* near wake-ups so far */
static _Atomic int64_t written; /* when the near side began to write */

static void sleep_us(long us)
{
	const struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

/* --- the far side --- */

static void peer(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), c;
	int64_t now;
	char go;

	if (l < 0 || bind(l, (struct sockaddr *)&a, len) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)&a, &len))
		bench_die("listen");
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	c = accept4(l, NULL, NULL, SOCK_CLOEXEC);
	if (c < 0)
		bench_die("accept");
	bench_nodelay(c);
	while (bench_recv(c, &go, 1, 0)) {
		sleep_us(SETTLE_US);
		now = bench_now_ns();
		bench_send(c, &now, sizeof(now));
	}
}

/* --- the near side --- */

struct near {
	int fd;
	long count;
};

static void *write_near(void *arg)
{
	const struct near *n = arg;
	const uint64_t one = 1;

	for (long i = 0; i < n->count; i++) {
		while (atomic_load(&seen) < i)
			sleep_us(200);
		sleep_us(SETTLE_US);
		atomic_store(&written, bench_now_ns());
		if (write(n->fd, &one, sizeof(one)) != sizeof(one))
			bench_die("write to an eventfd");
	}
	return NULL;
}

/* --- who waits --- */

/* Wait until there is something to read from fd, and read 8 bytes; when it woke. */
static int64_t woken(int ep, int fd, void *to)
{
	struct epoll_event ev;
	int64_t now;

	if (epoll_wait(ep, &ev, 1, -1) != 1)
		bench_die("epoll_wait");
	now = bench_now_ns();
	if (ev.data.fd != fd || read(fd, to, 8) != 8) {
		fprintf(stderr, "woken by descriptor %d, not by %d\n", ev.data.fd, fd);
		exit(1);
	}
	return now;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(const char *side, int64_t *took, long count)
{
	char name[16];

	qsort(took, (size_t)count, sizeof(*took), by_size);
	snprintf(name, sizeof(name), "%s-p50", side);
	bench_report(name, (double)took[count / 2] / 1e3);
	snprintf(name, sizeof(name), "%s-p99", side);
	bench_report(name, (double)took[count * 99 / 100] / 1e3);
}

static int connected(long port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof(a)))
		bench_die("connect");
	bench_nodelay(s);
	return s;
}

static void add(int ep, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		bench_die("epoll_ctl");
}

static void wait_for_both(long port, long count)
{
	struct near near = { eventfd(0, EFD_CLOEXEC), count };
	int far = connected(port), ep = epoll_create1(EPOLL_CLOEXEC);
	int64_t *took = calloc((size_t)count, sizeof(*took)), sent;
	pthread_t thread;
	uint64_t n;

	if (near.fd < 0 || ep < 0 || !took)
		bench_die("set-up");
	add(ep, far);
	add(ep, near.fd);
	for (long i = 0; i < count; i++) {
		bench_send(far, "", 1);
		took[i] = woken(ep, far, &sent);
		took[i] -= sent;
	}
	report("far", took, count);
	if ((errno = pthread_create(&thread, NULL, write_near, &near)))
		bench_die("pthread_create");
	for (long i = 0; i < count; i++) {
		took[i] = woken(ep, near.fd, &n) - atomic_load(&written);
		atomic_store(&seen, i + 1);
	}
	pthread_join(thread, NULL);
	report("near", took, count);
}

int main(int argc, char *argv[])
{
	if (argc == 2 && !strcmp(argv[1], "peer"))
		peer();
	else if (argc == 4 && !strcmp(argv[1], "wait"))
		wait_for_both(bench_count(argv[2]), bench_count(argv[3]));
	else
		bench_usage("wake peer | wake wait PORT COUNT");
	return 0;
}
