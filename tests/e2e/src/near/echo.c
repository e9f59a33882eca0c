/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * echo fork|thread|epoll ADDRESS PORT N: sends back what N connections bring.
 * echo udp ADDRESS PORT N: the same for N datagrams.
 * echo ask ADDRESS PORT, echo ask-udp ADDRESS PORT: sends messages of many
 * sizes to such a server and says what came back.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t sizes[] = {1, 2, 100, 1448, 4096, 60000, 300000};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct addrinfo *resolve(const char *host, const char *port, int type)
{
	struct addrinfo hints = {.ai_socktype = type}, *found;
	int e = getaddrinfo(host, port, &hints, &found);

	if (e)
		errx(1, "%s: %s", host, gai_strerror(e));
	return found;
}

static int bound(struct addrinfo *at)
{
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, at->ai_addr, at->ai_addrlen))
		err(1, "bind");
	if (at->ai_socktype == SOCK_STREAM && listen(fd, 20))
		err(1, "listen");
	return fd;
}

static bool write_all(int fd, const char *from, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, from, n);

		if (done < 0)
			return false;
		from += done;
		n -= (size_t)done;
	}
	return true;
}

/* One read's worth; false at the end of the connection. */
static bool echo_once(int fd)
{
	char buf[8192];
	ssize_t n = read(fd, buf, sizeof(buf));

	return n > 0 && write_all(fd, buf, (size_t)n);
}

static void *echo_all(void *arg)
{
	int fd = (int)(long)arg;

	while (echo_once(fd))
		;
	close(fd);
	return NULL;
}

static int accepted(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		err(1, "accept");
	return fd;
}

static void serve_fork(int listener, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = accepted(listener);

		if (fork() == 0) {
			close(listener);
			echo_all((void *)(long)fd);
			exit(0);
		}
		close(fd);
	}
	while (wait(NULL) > 0)
		;
}

static void serve_thread(int listener, int count)
{
	pthread_t *threads = calloc((size_t)count, sizeof(*threads));

	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, echo_all, (void *)(long)accepted(listener));
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

static void watch(int ep, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		err(1, "epoll_ctl");
}

static void serve_epoll(int listener, int count)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);

	watch(ep, listener);
	while (count > 0) {
		struct epoll_event evs[4];
		int n = epoll_wait(ep, evs, 4, -1);

		for (int i = 0; i < n; i++) {
			if (evs[i].data.fd == listener) {
				watch(ep, accepted(listener));
			} else if (!echo_once(evs[i].data.fd)) {
				close(evs[i].data.fd);
				count--;
			}
		}
	}
	close(ep);
}

static void serve_udp(int fd, int count)
{
	for (int i = 0; i < count; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		char buf[65536];
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (n < 0 || sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len) != n)
			err(1, "udp");
	}
}

static void fill(char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf[i] = (char)('a' + (i * 7 + n) % 26);
}

static void compare(size_t n, const char *sent, const char *got, size_t have)
{
	printf("%zu: %s\n", n, have == n && memcmp(sent, got, n) == 0 ? "the same" : "different");
}

struct sending {
	int fd;
	const char *from;
	size_t n;
};

/* So that what comes back is read while it goes out. */
static void *send_it(void *arg)
{
	struct sending *s = arg;

	if (!write_all(s->fd, s->from, s->n))
		err(1, "write");
	return NULL;
}

static void ask(struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM, 0);

	if (connect(fd, at->ai_addr, at->ai_addrlen))
		err(1, "connect");
	for (size_t i = 0; i < SIZES; i++) {
		char *sent = malloc(sizes[i]), *got = malloc(sizes[i]);
		struct sending s = {fd, sent, sizes[i]};
		size_t have = 0;
		pthread_t sender;
		ssize_t n;

		fill(sent, sizes[i]);
		pthread_create(&sender, NULL, send_it, &s);
		while (have < sizes[i] && (n = read(fd, got + have, sizes[i] - have)) > 0)
			have += (size_t)n;
		pthread_join(sender, NULL);
		compare(sizes[i], sent, got, have);
		free(sent);
		free(got);
	}
	shutdown(fd, SHUT_WR);
	printf("end: %zd\n", read(fd, &(char){0}, 1));
}

static void ask_udp(struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_DGRAM, 0);
	static char sent[65536], got[65536];

	if (connect(fd, at->ai_addr, at->ai_addrlen))
		err(1, "connect");
	for (size_t i = 0; sizes[i] <= 60000; i++) {
		ssize_t n;

		fill(sent, sizes[i]);
		if (send(fd, sent, sizes[i], 0) != (ssize_t)sizes[i])
			err(1, "send");
		n = recv(fd, got, sizeof(got), 0);
		compare(sizes[i], sent, got, n < 0 ? 0 : (size_t)n);
	}
}

static void serve(const char *how, struct addrinfo *at, int count)
{
	int fd = bound(at);

	if (strcmp(how, "fork") == 0)
		serve_fork(fd, count);
	else if (strcmp(how, "thread") == 0)
		serve_thread(fd, count);
	else if (strcmp(how, "epoll") == 0)
		serve_epoll(fd, count);
	else
		serve_udp(fd, count);
}

int main(int argc, char **argv)
{
	struct addrinfo *at;

	if (argc < 4)
		errx(2, "usage: echo HOW ADDRESS PORT [N]");
	at = resolve(argv[2], argv[3], strstr(argv[1], "udp") ? SOCK_DGRAM : SOCK_STREAM);
	if (strcmp(argv[1], "ask") == 0)
		ask(at);
	else if (strcmp(argv[1], "ask-udp") == 0)
		ask_udp(at);
	else
		serve(argv[1], at, argc > 4 ? atoi(argv[4]) : 1);
	freeaddrinfo(at);
	return 0;
}
