/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench programs share: a clock that needs no system call, and the
 * line in which each hands its figures to ./run, `NAME VALUE`.
 */
#ifndef BENCH_H
#define BENCH_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline _Noreturn void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline _Noreturn void bench_usage(const char *text)
{
	fprintf(stderr, "usage: %s\n", text);
	exit(2);
}

static inline int64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static inline void bench_report(const char *name, double value)
{
	printf("%s %.3f\n", name, value);
	fflush(stdout);
}

/* A count from the command line: positive, or the program ends. */
static inline long bench_count(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n <= 0) {
		fprintf(stderr, "%s: not a positive number\n", text);
		exit(2);
	}
	return n;
}

/* The n-th CPU this process may use, or -1. */
static inline int bench_cpu(unsigned n)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -1;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && !n--)
			return (int)cpu;
	return -1;
}

static inline void bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_die("sched_setaffinity");
}

static inline void bench_nodelay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		bench_die("TCP_NODELAY");
}

/* Two ends of a loopback TCP connection, TCP_NODELAY on both. */
static inline void bench_tcp_pair(int ret_fd[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ret_fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || ret_fd[0] < 0 || bind(listener, (struct sockaddr *)&a, len) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&a, &len) ||
	    connect(ret_fd[0], (struct sockaddr *)&a, len))
		bench_die("loopback TCP");
	ret_fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (ret_fd[1] < 0)
		bench_die("accept");
	close(listener);
	bench_nodelay(ret_fd[0]);
	bench_nodelay(ret_fd[1]);
}

/*
 * Exactly len bytes; MSG_DONTWAIT in flags makes it look again and again
 * instead of sleeping. False at the end of the stream.
 */
static inline int bench_recv(int fd, void *to, size_t len, int flags)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = recv(fd, (char *)to + have, len - have, flags);

		if (n == 0)
			return 0;
		if (n > 0)
			have += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			bench_die("recv");
	}
	return 1;
}

static inline void bench_send(int fd, const void *from, size_t len)
{
	size_t sent = 0;

	while (sent < len) {
		ssize_t n = send(fd, (const char *)from + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0)
			bench_die("send");
		sent += (size_t)n;
	}
}

#endif
