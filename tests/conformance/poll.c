/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll, ppoll and select over remote descriptors and over both kinds at once: a
 * regular file is always ready, a FIFO when it has data, room or no peer, a pipe
 * beside them wakes the same call; timeouts, signals and wrong sets.
 */
#include "conf.h"
#include <poll.h>
#include <sys/select.h>

static struct pollfd pfd[4];

static void show(int n)
{
	printf(" ");
	for (int i = 0; i < n; i++)
		printf(" %#x", pfd[i].revents);
	printf("\n");
}

static void on_signal(int sig)
{
	(void)sig;
}

int main(void)
{
	struct timespec soon = { 0, 5000000 };
	struct timeval tv = { 0, 5000 };
	int file, fifo, w, p[2];
	fd_set in, out;
	timer_t timer;
	pid_t pid;
	char c;

	conf_init();
	put("f", "x");
	MUST(mkfifo("fifo", 0600));
	file = T(open("f", O_RDWR));
	fifo = T(open("fifo", O_RDONLY | O_NONBLOCK));
	MUST(pipe(p));
	pfd[0] = (struct pollfd) { file, POLLIN | POLLOUT, 0 };
	pfd[1] = (struct pollfd) { fifo, POLLIN, 0 };
	pfd[2] = (struct pollfd) { p[0], POLLIN, 0 };
	pfd[3] = (struct pollfd) { 99, POLLIN, 0 };
	T(poll(pfd, 1, -1));
	show(1);
	T(poll(pfd + 1, 2, 5));
	T(ppoll(pfd + 1, 2, &soon, NULL));
	T(poll(pfd, 4, 1000));
	show(4);
	w = T(open("fifo", O_WRONLY));
	T(write(w, "y", 1));
	T(poll(pfd + 1, 2, -1));
	show(3);
	T(write(p[1], "z", 1));
	T(poll(pfd + 1, 2, -1));
	show(3);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(file, &in);
	FD_SET(fifo, &in);
	FD_SET(p[0], &in);
	FD_SET(w, &out);
	FD_SET(p[1], &out);
	T(select(10, &in, &out, NULL, NULL));
	TF(FD_ISSET(file, &in) && FD_ISSET(fifo, &in) && FD_ISSET(p[0], &in));
	TF(FD_ISSET(w, &out) && FD_ISSET(p[1], &out));
	T(read(fifo, &c, 1));
	T(read(p[0], &c, 1));
	/* each side wakes a wait over both */
	for (int side = 0; side < 2; side++) {
		pid = conf_fork();
		if (!pid) {
			conf_msleep(30);
			_exit(write(side ? w : p[1], "!", 1) != 1);
		}
		T(poll(pfd + 1, 2, -1));
		show(3);
		T(read(side ? fifo : p[0], &c, 1));
		conf_reap("waker", pid);
	}
	FD_ZERO(&in);
	FD_SET(fifo, &in);
	T(select(fifo + 1, &in, NULL, NULL, &tv));
	TF(!FD_ISSET(fifo, &in));
	conf_handle(SIGUSR1, on_signal, SA_RESTART);
	timer = conf_ticks(SIGUSR1);
	T(poll(pfd + 1, 1, -1));
	T(poll(pfd + 1, 2, -1));
	conf_ticks_end(timer);
	T(close(w));
	T(poll(pfd + 1, 2, -1));
	show(3);
	T(poll(BAD, 2, 0));
	T(poll(pfd, 1 << 30, 0));
	FD_ZERO(&in);
	FD_SET(50, &in); /* within the smallest table the kernel makes */
	T(select(51, &in, NULL, NULL, &tv));
	T(select(-1, NULL, NULL, NULL, &tv));
	return 0;
}
