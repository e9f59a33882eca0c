/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local descriptors beside remote files: pipes between processes, socketpair,
 * eventfd, memfd, timerfd, signalfd, poll and select on them, SIGPIPE, and a
 * shell pipeline that reads and writes files.
 */
#include "conf.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

/* file -> child -> pipe -> child -> file */
static void pipeline(void)
{
	char buf[4096];
	pid_t one, two;
	int p[2], in, out;
	long n;

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (char)('a' + i % 26);
	in = T(open("in", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < 50; i++)
		MUST(write(in, buf, sizeof(buf)));
	MUST(lseek(in, 0, SEEK_SET));
	out = T(open("out", O_RDWR | O_CREAT, 0644));
	MUST(pipe(p));
	one = conf_fork();
	if (!one) {
		close(p[0]);
		while ((n = read(in, buf, 1000)) > 0)
			MUST(write(p[1], buf, n));
		_exit(0);
	}
	two = conf_fork();
	if (!two) {
		close(p[1]);
		while ((n = read(p[0], buf, sizeof(buf))) > 0)
			MUST(write(out, buf, n));
		_exit(0);
	}
	close(p[0]);
	close(p[1]);
	conf_reap("reader", one);
	conf_reap("writer", two);
	T(lseek(in, 0, SEEK_CUR));
	T(lseek(out, 0, SEEK_CUR));
	T(system("cmp in out && sort -u < in | tr a-y b-z | head -c 10 > head; cat head; echo"));
	close(in);
	close(out);
}

static void objects(void)
{
	uint64_t n = 3;
	char buf[8] = "";
	int e, m, s[2], t, g;
	struct signalfd_siginfo si;
	sigset_t set;

	e = T(eventfd(2, EFD_NONBLOCK));
	T(write(e, &n, 8));
	T(read(e, &n, 8));
	printf("%d\n", (int)n);
	T(read(e, &n, 8));
	m = T(memfd_create("name", 0));
	T(write(m, "memory", 6));
	T(pread(m, buf, 6, 0));
	dump("memfd", buf, 6);
	T(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	T(send(s[0], "socket", 6, 0));
	T(recv(s[1], buf, 8, 0));
	dump("socket", buf, 6);
	t = T(timerfd_create(CLOCK_MONOTONIC, 0));
	T(timerfd_settime(t, 0, (&(struct itimerspec) { .it_value = { 0, 1000000 } }), NULL));
	T(read(t, &n, 8));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	g = T(signalfd(-1, &set, 0));
	raise(SIGUSR2);
	TF(read(g, &si, sizeof(si)) == sizeof(si) && si.ssi_signo == SIGUSR2);
	T(open("in", O_RDONLY));
}

static void polling(void)
{
	struct pollfd pfd[3];
	struct timeval tv = { 0, 1000 };
	fd_set set;
	char c;
	int p[2];

	MUST(pipe(p));
	pfd[0] = (struct pollfd) { p[0], POLLIN, 0 };
	pfd[1] = (struct pollfd) { p[1], POLLOUT, 0 };
	pfd[2] = (struct pollfd) { 99, POLLIN, 0 };
	T(poll(pfd, 3, 0));
	printf("%#x %#x %#x\n", pfd[0].revents, pfd[1].revents, pfd[2].revents);
	T(poll(pfd, 1, 10));
	T(write(p[1], "x", 1));
	T(poll(pfd, 1, -1));
	printf("%#x\n", pfd[0].revents);
	FD_ZERO(&set);
	FD_SET(p[0], &set);
	T(select(p[0] + 1, &set, NULL, NULL, &tv));
	T(read(p[0], &c, 1));
	T(select(p[0] + 1, &set, NULL, NULL, &tv));
	T(close(p[1]));
	T(poll(pfd, 1, -1));
	printf("%#x\n", pfd[0].revents);
	T(read(p[0], &c, 1));
	MUST(pipe(p));
	T(close(p[0]));
	signal(SIGPIPE, SIG_IGN);
	T(write(p[1], "x", 1));
	T(poll(NIL, 0, 1));
	T(poll(BAD, 1, 1));
}

static void broken(void)
{
	int p[2];
	pid_t pid;

	MUST(pipe(p));
	close(p[0]);
	pid = conf_fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		write(p[1], "x", 1) < 0 ? _exit(1) : _exit(2);
	}
	conf_reap("broken pipe", pid);
}

int main(void)
{
	conf_init();
	pipeline();
	objects();
	polling();
	broken();
	return 0;
}
