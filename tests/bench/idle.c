/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idle FILE THREADS: each thread, the first one too, opens FILE, which makes
 * its lane known to the server; then all sleep until standard input ends.
 * Prints `ready 1` when they do. THREADS of 0 starts none besides the first.
 */
#include <fcntl.h>
#include <pthread.h>

#include "bench.h"

static const char *file;
static pthread_barrier_t all_made;

static void touch(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		bench_die(file);
	close(fd);
}

static void *sleeper(void *arg)
{
	touch();
	pthread_barrier_wait(&all_made);
	pause();
	return arg;
}

int main(int argc, char *argv[])
{
	pthread_attr_t attr;
	pthread_t thread;
	long n;
	char c;

	if (argc != 3)
		bench_usage("idle FILE THREADS");
	file = argv[1];
	n = atol(argv[2]);
	pthread_barrier_init(&all_made, NULL, (unsigned)n + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	touch();
	for (long i = 0; i < n; i++)
		if ((errno = pthread_create(&thread, &attr, sleeper, NULL)))
			bench_die("pthread_create");
	pthread_barrier_wait(&all_made);
	bench_report("ready", 1);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
