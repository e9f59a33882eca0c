/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls WHAT FILE COUNT: a tight loop of calls on FILE, timed in the program
 * itself. WHAT is `lseek`, a call that does nothing, or `open`, the four calls
 * with which a program reads a small file. Prints nanoseconds per round.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "bench.h"

static int kept_fd = -1;

static void round_lseek(const char *file)
{
	(void)file;
	if (lseek(kept_fd, 0, SEEK_CUR) != 0)
		bench_die("lseek");
}

static void round_open(const char *file)
{
	char buf[4096];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) || read(fd, buf, sizeof(buf)) != st.st_size || close(fd))
		bench_die(file);
}

static const struct {
	const char *name;
	void (*round)(const char *file);
} what[] = {
	{ "lseek", round_lseek },
	{ "open", round_open },
};

static void measure(void (*round)(const char *), const char *name, const char *file, long count)
{
	int64_t began;

	for (long i = 0; i < count / 20 + 1; i++)
		round(file);
	began = bench_now_ns();
	for (long i = 0; i < count; i++)
		round(file);
	bench_report(name, (double)(bench_now_ns() - began) / (double)count);
}

int main(int argc, char *argv[])
{
	if (argc != 4)
		bench_usage("calls lseek|open FILE COUNT");
	kept_fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (kept_fd < 0)
		bench_die(argv[2]);
	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		if (strcmp(argv[1], what[i].name))
			continue;
		measure(what[i].round, what[i].name, argv[2], bench_count(argv[3]));
		return 0;
	}
	bench_usage("calls lseek|open FILE COUNT");
}
