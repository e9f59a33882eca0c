/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recv and recvmsg with MSG_TRUNC: a stream throws the data away and leaves the
 * buffer alone, whatever it is; a datagram says how long it was. And a large
 * send that meets the stream's end on its way: if bytes were moved it says how
 * many and no SIGPIPE comes, else it is EPIPE with one.
 */
#include "sock.h"
#include <pthread.h>

#define LARGE ((size_t)5 << 20)

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static long receive_msg(int s, void *a, size_t n, void *b, size_t m, int flags)
{
	struct iovec iov[2] = { { a, n }, { b, m } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 2 };
	long ret = recvmsg(s, &h, flags);

	if (ret >= 0)
		printf("  flags %#x\n", (unsigned int)h.msg_flags & ~MSG_CMSG_CLOEXEC);
	return ret;
}

static void give(int s, int to, size_t n)
{
	char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	MUST(send(s, text, n, 0));
	MUST(poll(&(struct pollfd){ to, POLLIN, 0 }, 1, -1));
}

static void streams(void)
{
	char *buf = guard(8), *two = guard(8);
	int fd[2];

	tcp_pair(fd);
	give(fd[1], fd[0], 36);
	for (int i = 0; i < 8; i++)
		buf[i] = two[i] = (char)('A' + i);
	T(recv(fd[0], buf, 8, MSG_TRUNC | MSG_PEEK));
	dump("a look leaves", buf, 8);
	T(recv(fd[0], buf, 4, MSG_TRUNC));
	T(recvfrom(fd[0], buf, 8, MSG_TRUNC, NULL, NULL));
	dump("left alone", buf, 8);
	T(recv(fd[0], NIL, 3, MSG_TRUNC));
	T(recv(fd[0], BAD, 3, MSG_TRUNC));
	T(recv(fd[0], RO, 1, MSG_TRUNC));
	T(recv(fd[0], buf, 2, 0));
	dump("goes on", buf, 8);
	T(receive_msg(fd[0], buf, 4, two, 2, MSG_TRUNC));
	dump("first", buf, 8);
	dump("second", two, 8);
	T(receive_msg(fd[0], NIL, 1, BAD, 1, MSG_TRUNC));
	T(receive_msg(fd[0], RO, 1, buf, 0, MSG_TRUNC));
	T(receive_msg(fd[0], NIL, 0, BAD, 0, MSG_TRUNC));
	T(receive_msg(fd[0], buf, 1, two, 1, 0));
	dump("first", buf, 8);
	dump("second", two, 8);
	T(recv(fd[0], buf, 8, MSG_TRUNC | MSG_DONTWAIT));
	T(recv(fd[0], buf, 8, MSG_TRUNC | MSG_DONTWAIT));
	closefrom(3);
}

static void datagrams(void)
{
	char *buf = guard(8), *two = guard(8);
	int fd[2];

	udp_pair(fd);
	for (int i = 0; i < 6; i++)
		give(fd[1], fd[0], 20 + (size_t)i);
	T(recv(fd[0], buf, 4, MSG_TRUNC | MSG_PEEK));
	dump("a look", buf, 8);
	refill(buf, 8);
	T(recv(fd[0], buf, 6, MSG_TRUNC));
	dump("cut", buf, 8);
	refill(buf, 8);
	T(receive_msg(fd[0], buf, 3, two, 4, MSG_TRUNC));
	dump("first", buf, 8);
	dump("second", two, 8);
	T(recv(fd[0], NIL, 0, MSG_TRUNC));
	T(recv(fd[0], BAD, 8, MSG_TRUNC));
	T(receive_msg(fd[0], BAD, 8, two, 8, MSG_TRUNC));
	give(fd[1], fd[0], 3);
	refill(buf, 8);
	while (recv(fd[0], buf, 8, MSG_TRUNC | MSG_DONTWAIT) > 3)
		;
	dump("short", buf, 8);
	closefrom(3);
}

struct race {
	int fd[2];
	size_t after; /* bytes that are read before the end */
};

static void *reader(void *arg)
{
	static char buf[256 << 10];
	struct race *r = arg;
	size_t have = 0;
	ssize_t n;
	bool ended = false;

	while ((n = recv(r->fd[1], buf, sizeof(buf), 0)) > 0) {
		have += (size_t)n;
		if (have < r->after || ended)
			continue;
		shutdown(r->fd[0], SHUT_WR);
		ended = true;
	}
	return NULL;
}

static void ends(void)
{
	static char data[LARGE];
	int counts = 0, wrong = 0, silent = 0, times = conf_often(80);

	conf_handle(SIGPIPE, on_pipe, 0);
	for (int i = 0; i < times; i++) {
		struct race r = { .after = ((size_t)1 << 20) + (size_t)(i * 80 / times % 40) * 1000 - 20000 };
		pthread_t thread;
		ssize_t n;

		tcp_pair(r.fd);
		pipes = 0;
		pthread_create(&thread, NULL, reader, &r);
		n = send(r.fd[0], data, LARGE, 0);
		wrong += n < 0 || pipes;
		pthread_join(thread, NULL); /* it has seen the end */
		n = send(r.fd[0], data, 1, 0);
		silent += n != -1 || errno != EPIPE || pipes != 1;
		n = send(r.fd[0], data, LARGE, MSG_NOSIGNAL);
		silent += n != -1 || errno != EPIPE || pipes != 1;
		counts++;
		close(r.fd[0]);
		close(r.fd[1]);
	}
	printf("%d ends: %d wrong, %d later ones wrong\n", counts, wrong, silent);
}

/* A pipe whose reader goes away while it is written to: the count, and SIGPIPE. */
static void broken_pipe(void)
{
	static char data[200 << 10];
	int r, w, have = 0;
	pid_t pid;

	MUST(mkfifo("fifo", 0600));
	r = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
	w = (int)MUST(open("fifo", O_WRONLY));
	pid = conf_fork();
	if (!pid) {
		close(w);
		while (have < 65536)
			MUST(ioctl(r, FIONREAD, &have));
		_exit(0);
	}
	close(r);
	pipes = 0;
	T(write(w, data, sizeof(data)));
	printf("SIGPIPE %d\n", (int)pipes);
	T(write(w, data, sizeof(data)));
	printf("SIGPIPE %d\n", (int)pipes);
	conf_reap("reader", pid);
	closefrom(3);
}

int main(void)
{
	conf_init();
	streams();
	datagrams();
	ends();
	broken_pipe();
	return 0;
}
