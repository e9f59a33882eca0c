/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream read|write FILE TOTAL SIZE: read or write TOTAL bytes of FILE from
 * its start on, SIZE bytes a call. A file that is written is neither made
 * shorter nor synced. Prints MiB per second.
 */
#include <fcntl.h>

#include "bench.h"

static void move(int fd, int writing, char *buf, size_t size)
{
	ssize_t n = writing ? write(fd, buf, size) : read(fd, buf, size);

	if (n != (ssize_t)size)
		bench_die(writing ? "write" : "read");
}

int main(int argc, char *argv[])
{
	int writing = argc == 5 && !strcmp(argv[1], "write");
	long total, size, moved = 0;
	int64_t began;
	char *buf;
	int fd;

	if (argc != 5)
		bench_usage("stream read|write FILE TOTAL SIZE");
	total = bench_count(argv[3]);
	size = bench_count(argv[4]);
	buf = malloc((size_t)size);
	fd = open(argv[2], writing ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
	if (!buf || fd < 0)
		bench_die(argv[2]);
	memset(buf, 'x', (size_t)size);
	began = bench_now_ns();
	for (; moved < total; moved += size)
		move(fd, writing, buf, (size_t)size);
	bench_report("rate", (double)moved / 1048576 / ((double)(bench_now_ns() - began) / 1e9));
	return 0;
}
