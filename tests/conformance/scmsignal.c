/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals during recvmsg and sendmsg with control data: handlers with and
 * without SA_RESTART, stops, the end of the process while a thread waits; on a
 * pair and on sockets with a name.
 */
#include "unsock.h"
#include <pthread.h>

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	(void)sig;
	caught = 1;
}

static void make(int named, int s[2])
{
	int l;

	if (!named) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
		return;
	}
	l = listener_un("sock", SOCK_STREAM);
	s[0] = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect_un(s[0], "sock"));
	s[1] = (int)MUST(accept(l, NULL, NULL));
	close(l);
	MUST(unlink("sock"));
}

static void handled(int s[2], int flags)
{
	volatile int *step = conf_shared();
	int fd, got[1];
	timer_t timer;
	pid_t pid;

	caught = 0;
	conf_handle(SIGUSR1, on_signal, flags);
	pid = conf_fork();
	if (!pid) {
		await(step, 1);
		fd = (int)MUST(open("file", O_RDONLY));
		if (flags)
			conf_msleep(100);
		_exit(pass_fds(s[0], &fd, 1) != 1);
	}
	timer = conf_ticks(SIGUSR1);
	if (flags)
		*step = 1;
	take_fds(s[1], 0, CMSG_SPACE(4), got, 1);
	conf_ticks_end(timer);
	TF(caught == 1);
	if (!flags) {
		*step = 1;
		take_fds(s[1], 0, CMSG_SPACE(4), got, 1);
	}
	conf_reap("sender", pid);
	close(got[0]);
}

/* Stopped while it waits, continued, then served. */
static void stopped(int s[2])
{
	volatile int *step = conf_shared();
	int fd = (int)MUST(open("file", O_RDONLY)), got = -1, status;
	pid_t pid = conf_fork();
	char c;

	if (!pid) {
		close(s[0]);
		*step = 1;
		if (take_fds(s[1], 0, CMSG_SPACE(4), &got, 1) != 1)
			_exit(1);
		_exit(read(got, &c, 1) != 1);
	}
	await(step, 1);
	conf_msleep(30);
	MUST(kill(pid, SIGSTOP));
	MUST(waitpid(pid, &status, WUNTRACED));
	TF(WIFSTOPPED(status));
	MUST(kill(pid, SIGCONT));
	MUST(pass_fds(s[0], &fd, 1));
	conf_reap("stopped", pid);
	close(fd);
}

static void *waits(void *arg)
{
	int got[1];

	take_fds(*(int *)arg, 0, CMSG_SPACE(4), got, 1);
	return NULL;
}

/* The process ends, and is killed, while a thread of it waits. */
static void ended(int s[2])
{
	for (int killed = 0; killed < 2; killed++) {
		pid_t pid = conf_fork();
		pthread_t thread;

		if (!pid) {
			MUST(pthread_create(&thread, NULL, waits, &s[1]));
			conf_msleep(30);
			if (killed)
				kill(getpid(), SIGKILL);
			_exit(7);
		}
		conf_reap("waiting", pid);
	}
}

/* Nobody reads: a sender with a descriptor waits for room, and is interrupted. */
static void full(int s[2])
{
	int fd = (int)MUST(open("file", O_RDONLY)), n = 0, got;
	struct timeval tv = { 0, 0 };
	char c[64];
	timer_t timer;

	conf_handle(SIGUSR1, on_signal, 0);
	while (send(s[0], c, sizeof(c), MSG_DONTWAIT) > 0)
		n++;
	TF(n > 0);
	timer = conf_ticks(SIGUSR1);
	T(pass_fds(s[0], &fd, 1));
	conf_ticks_end(timer);
	tv.tv_usec = 30000;
	MUST(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	T(pass_fds(s[0], &fd, 1));
	while (recv(s[1], c, sizeof(c), MSG_DONTWAIT) > 0)
		;
	T(pass_fds(s[0], &fd, 1));
	close(fd);
	if (take_fds(s[1], 0, CMSG_SPACE(4), &got, 1) == 1)
		T(read(got, c, 1));
}

int main(void)
{
	conf_init();
	put("file", "abc");
	for (int named = 0; named < 2; named++) {
		int s[2];

		printf("--- %s\n", named ? "named" : "pair");
		make(named, s);
		handled(s, 0);
		handled(s, SA_RESTART);
		stopped(s);
		ended(s);
		full(s);
		closefrom(3);
	}
	return 0;
}
