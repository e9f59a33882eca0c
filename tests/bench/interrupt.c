/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interrupt COUNT: a child blocks in accept(2), its parent sends it SIGINT, for
 * which it has a handler, COUNT times. Prints the median and the largest time
 * in microseconds from before kill(2) to after accept(2)'s EINTR.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "bench.h"

struct meeting {
	atomic_int waiting; /* how often the child has gone to accept */
	atomic_int back;    /* how often it has come back */
	_Atomic int64_t at;
};

static void on_int(int sig)
{
	(void)sig;
}

static void sleep_us(long us)
{
	const struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

static void wait_until(atomic_int *p, int value)
{
	while (atomic_load(p) < value)
		sleep_us(200);
}

static _Noreturn void child(int l, struct meeting *m)
{
	struct sigaction sa = { .sa_handler = on_int };

	sigaction(SIGINT, &sa, NULL);
	for (;;) {
		atomic_fetch_add(&m->waiting, 1);
		if (accept(l, NULL, NULL) >= 0 || errno != EINTR)
			_exit(1);
		atomic_store(&m->at, bench_now_ns());
		atomic_fetch_add(&m->back, 1);
	}
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char *argv[])
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct meeting *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int64_t *took, began;
	long count;
	pid_t pid;

	if (argc != 2)
		bench_usage("interrupt COUNT");
	count = bench_count(argv[1]);
	took = calloc((size_t)count, sizeof(*took));
	if (!took || m == MAP_FAILED || l < 0 || bind(l, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(l, 1))
		bench_die("set-up");
	pid = fork();
	if (pid == 0)
		child(l, m);
	for (int i = 0; i < count; i++) {
		wait_until(&m->waiting, i + 1);
		sleep_us(20000); /* it sleeps by now */
		began = bench_now_ns();
		kill(pid, SIGINT);
		wait_until(&m->back, i + 1);
		took[i] = atomic_load(&m->at) - began;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	qsort(took, (size_t)count, sizeof(*took), by_size);
	bench_report("median", (double)took[count / 2] / 1e3);
	bench_report("largest", (double)took[count - 1] / 1e3);
	return 0;
}
