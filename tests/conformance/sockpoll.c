/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll, ppoll and select over sockets of the server and pipes of this machine
 * in one set: what each state looks like, limits that pass, and wake-ups from
 * either side by a child, many times.
 */
#include "sock.h"
#include <sys/eventfd.h>
#include <sys/select.h>

static struct pollfd p[8];

static void show(int n)
{
	printf(" ");
	for (int i = 0; i < n; i++)
		printf(" %#x", p[i].revents);
	printf("\n");
}

static void set(int i, int fd, short events)
{
	p[i] = (struct pollfd) { fd, events, 0 };
}

static void on_signal(int sig)
{
	(void)sig;
}

static void states(void)
{
	struct sockaddr_in at;
	int l = listener4(&at), c, a, pipes[2], udp[2], e;
	char buf[8];

	MUST(pipe(pipes));
	udp_pair(udp);
	e = eventfd(0, EFD_NONBLOCK);
	c = socket(AF_INET, SOCK_STREAM, 0);
	set(0, l, POLLIN);
	set(1, c, POLLIN | POLLOUT);
	set(2, pipes[0], POLLIN);
	set(3, pipes[1], POLLOUT);
	set(4, udp[0], POLLIN | POLLOUT);
	set(5, e, POLLIN | POLLOUT);
	set(6, -1, POLLIN);
	set(7, 99, POLLIN);
	T(poll(p, 8, 0));
	show(8);
	MUST(connect(c, SA(&at), sizeof(at)));
	T(poll(p, 7, -1));
	show(7);
	a = (int)MUST(accept(l, NULL, NULL));
	T(poll(p, 1, 5));
	MUST(send(a, "data", 4, 0));
	MUST(send(udp[1], "", 0, 0));
	MUST(write(pipes[1], "x", 1));
	for (int i = 0; i < 8; i++)
		p[i].events &= ~POLLOUT;
	T(poll(p + 1, 1, -1));
	T(poll(p + 4, 1, -1));
	T(poll(p, 6, -1));
	show(6);
	T(recv(c, buf, 8, 0));
	p[1].events = POLLIN | POLLRDHUP | POLLOUT;
	T(shutdown(a, SHUT_WR));
	T(poll(p + 1, 1, -1));
	show(2);
	T(close(a));
	T(send(c, "x", 1, MSG_NOSIGNAL)); /* is answered with a reset */
	p[1].events = 0;
	T(poll(p + 1, 1, 5000));
	show(2);
	T(close(pipes[1]));
	T(recv(udp[0], buf, 8, 0));
	set(3, udp[0], POLLIN);
	T(poll(p + 2, 2, -1));
	show(4);
	closefrom(3);
	T(poll(p, 2, 0));
	show(2);
}

static void selecting(void)
{
	struct timeval tv = { 0, 20000 }, none = { 0, 0 };
	fd_set in, out, ex;
	int fd[2], pipes[2];
	char c;
	long from;

	tcp_pair(fd);
	MUST(pipe(pipes));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&ex);
	FD_SET(fd[0], &in);
	FD_SET(pipes[0], &in);
	from = now_ms();
	T(select(20, &in, NULL, &ex, &tv));
	TF(now_ms() - from >= 19 && !tv.tv_sec && !tv.tv_usec);
	TF(!FD_ISSET(fd[0], &in) && !FD_ISSET(pipes[0], &in));
	FD_SET(fd[0], &in);
	FD_SET(pipes[0], &in);
	FD_SET(fd[0], &out);
	FD_SET(pipes[1], &out);
	T(select(20, &in, &out, NULL, NULL));
	TF(FD_ISSET(fd[0], &out) && FD_ISSET(pipes[1], &out) && !FD_ISSET(fd[0], &in));
	MUST(send(fd[1], "!", 1, MSG_OOB));
	FD_SET(fd[0], &ex);
	FD_SET(pipes[0], &ex);
	T(select(20, NULL, NULL, &ex, NULL));
	TF(FD_ISSET(fd[0], &ex) && !FD_ISSET(pipes[0], &ex));
	T(recv(fd[0], &c, 1, MSG_OOB));
	MUST(write(pipes[1], "x", 1));
	FD_ZERO(&in);
	FD_SET(fd[0], &in);
	FD_SET(pipes[0], &in);
	T(select(20, &in, NULL, NULL, &none));
	TF(!FD_ISSET(fd[0], &in) && FD_ISSET(pipes[0], &in));
	FD_SET(fd[0], &in);
	T(select(fd[0], &in, NULL, NULL, &none)); /* fd[0] is out of range */
	close(pipes[0]);
	FD_SET(fd[0], &in);
	FD_SET(pipes[0], &in);
	T(select(20, &in, NULL, NULL, &none));
	closefrom(3);
}

/* A child wakes the waiting parent over the pipe, the socket, or both. */
static void wakes(void)
{
	int fd[2], pipes[2], back[2], want, got[3] = { 0 };
	char c;
	pid_t pid;

	tcp_pair(fd);
	MUST(pipe(pipes));
	MUST(pipe(back));
	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 60; i++) {
			if (i % 4 == 1)
				conf_msleep(3);
			if (i % 3 != 1)
				MUST(write(pipes[1], "p", 1));
			if (i % 3 != 0)
				MUST(send(fd[1], "s", 1, 0));
			MUST(read(back[0], &c, 1));
		}
		_exit(0);
	}
	set(0, fd[0], POLLIN);
	set(1, pipes[0], POLLIN);
	for (int i = 0; i < 60; i++) {
		want = i % 3 == 2 ? 2 : 1;
		while (want) {
			if (poll(p, 2, -1) < 1)
				printf("round %d: poll %s\n", i, conf_errname(errno));
			if (p[0].revents && MUST(recv(fd[0], &c, 1, 0)) == 1) {
				got[0] += c == 's';
				want--;
			}
			if (p[1].revents && MUST(read(pipes[0], &c, 1)) == 1) {
				got[1] += c == 'p';
				want--;
			}
		}
		got[2] += poll(p, 2, 0);
		MUST(write(back[1], "b", 1));
	}
	printf("socket %d, pipe %d, too many %d\n", got[0], got[1], got[2]);
	conf_reap("waker", pid);
	closefrom(3);
}

static void limits(void)
{
	struct timespec ts = { 0, 15000000 };
	int fd[2], pipes[2];
	sigset_t mask, old;
	timer_t timer;
	long from;

	tcp_pair(fd);
	MUST(pipe(pipes));
	set(0, fd[0], POLLIN);
	set(1, pipes[0], POLLIN);
	for (int first = 0; first < 2; first++) {
		from = now_ms();
		T(poll(p + first, 2 - (unsigned int)first, 15));
		TF(now_ms() - from >= 14 && now_ms() - from < 5000);
		T(ppoll(p, first + 1, &ts, NULL));
		T(poll(p, 2, 0));
	}
	/* signals that only the wait lets in */
	conf_handle(SIGUSR1, on_signal, SA_RESTART);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, &old);
	raise(SIGUSR1);
	ts.tv_nsec = 5000000;
	T(ppoll(p, 1, &ts, NULL));
	T(ppoll(p, 2, &ts, NULL));
	T(ppoll(p, 1, NULL, &old));
	raise(SIGUSR1);
	T(ppoll(p, 2, NULL, &old));
	raise(SIGUSR1);
	MUST(send(fd[1], "x", 1, 0));
	T(poll(p, 1, -1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	timer = conf_ticks(SIGUSR1);
	p[0].events = 0;
	T(poll(p, 1, -1));
	T(poll(p, 2, -1));
	conf_ticks_end(timer);
	closefrom(3);
}

int main(void)
{
	conf_init();
	states();
	selecting();
	wakes();
	limits();
	return 0;
}
