/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read of a FIFO that nobody writes to: a handled signal interrupts it, or
 * restarts it, or an ignored one leaves it alone, while another thread works.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms, feed;
static int fifo;

static void on_alarm(int sig)
{
	(void)sig;
	if (++alarms == 3 && feed && write(fifo, "data", 4) != 4)
		_exit(9);
}

/* An alarm every 60 ms from now on. */
static void set_alarms(int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };
	struct itimerval every = { { 0, 60000 }, { 0, 60000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

static void *work(void *arg)
{
	sigset_t all;
	int *done = arg;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < 50; i++) {
		int fd = open("busy", O_CREAT | O_RDWR, 0644);

		if (fd >= 0)
			(*done)++;
		close(fd);
	}
	return NULL;
}

int main(void)
{
	char buf[16];
	pthread_t thread;
	int done = 0;
	ssize_t n;

	signal(SIGWINCH, SIG_IGN);
	if (mkfifo("quiet", 0644) || (fifo = open("quiet", O_RDWR)) < 0) {
		perror("quiet");
		return 1;
	}
	set_alarms(0);
	pthread_create(&thread, NULL, work, &done);
	n = read(fifo, buf, sizeof(buf));
	printf("no restart: %zd %s\n", n, strerror(errno));
	pthread_join(thread, NULL);
	printf("the other thread did %d\n", done);

	/* Two alarms restart the read, the third one feeds it. */
	alarms = 0;
	feed = 1;
	set_alarms(SA_RESTART);
	n = read(fifo, buf, sizeof(buf));
	printf("restart: %zd, at least three alarms: %d\n", n, alarms >= 3);
	return 0;
}
