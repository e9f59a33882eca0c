/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads COUNT ROUNDS: as many threads, each writing, reading back and
 * removing files of its own. Prints one line for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rounds;

static int round_trip(const char *name, int number, int round)
{
	char wrote[64], got[64] = "";
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int len = snprintf(wrote, sizeof(wrote), "thread %d round %d", number, round);
	int bad = 0;

	if (fd < 0)
		return 1;
	bad |= write(fd, wrote, len) != len;
	bad |= lseek(fd, 0, SEEK_SET) != 0;
	bad |= read(fd, got, sizeof(got)) != len;
	bad |= memcmp(got, wrote, len) != 0;
	bad |= close(fd) != 0;
	return bad;
}

static void *run(void *arg)
{
	int number = (int)(long)arg;
	char name[32];
	long failures = 0;

	snprintf(name, sizeof(name), "thread-%03d", number);
	for (int round = 0; round < rounds; round++)
		failures += round_trip(name, number, round);
	return (void *)failures;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 8;
	pthread_t *threads = calloc(count, sizeof(*threads));
	long failures = 0;

	rounds = argc > 2 ? atoi(argv[2]) : 1;
	for (long i = 0; i < count; i++) {
		int err = pthread_create(&threads[i], NULL, run, (void *)i);

		if (err) {
			fprintf(stderr, "pthread_create: %s\n", strerror(err));
			return 1;
		}
	}
	for (int i = 0; i < count; i++) {
		void *result;

		pthread_join(threads[i], &result);
		failures += (long)result;
	}
	free(threads);
	printf("%d threads, %d rounds, %ld failures\n", count, rounds, failures);
	return failures != 0;
}
