/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork: descriptors are inherited with shared offsets and flags, closing on one
 * side leaves the other's, three generations write one file, and what a child
 * opens is not seen by its parent.
 */
#include "conf.h"

static void offsets(void)
{
	char buf[8] = "";
	int fd = T(open("f", O_RDWR | O_CREAT, 0644));
	pid_t pid;

	T(write(fd, "parent ", 7));
	pid = conf_fork();
	if (!pid) {
		T(write(fd, "child ", 6));
		T(fcntl(fd, F_SETFL, O_APPEND));
		T(close(fd));
		T(open("other", O_RDWR | O_CREAT, 0644));
		T(open("other", O_RDONLY));
		_exit(0);
	}
	conf_reap("child", pid);
	T(lseek(fd, 0, SEEK_CUR));
	TF(fcntl(fd, F_GETFL) & O_APPEND);
	T(fcntl(4, F_GETFD));
	T(write(fd, "again", 5));
	pid = conf_fork();
	if (!pid) {
		T(lseek(fd, 7, SEEK_SET));
		_exit(0);
	}
	conf_reap("child", pid);
	T(read(fd, buf, 5));
	dump("buf", buf, 5);
	T(close(fd));
	cat("f");
}

static void generations(void)
{
	int fd = T(open("g", O_RDWR | O_CREAT | O_TRUNC, 0644));

	fflush(stdout);
	for (int depth = 1; depth <= 5; depth++) {
		pid_t pid = conf_fork();

		if (pid) {
			conf_reap("generation", pid);
			if (depth > 1)
				_exit(depth);
			break;
		}
		dprintf(fd, "generation %d\n", depth);
		if (depth == 5)
			_exit(0);
	}
	T(lseek(fd, 0, SEEK_CUR));
	T(close(fd));
	cat("g");
}

/* Eight children append at the same time; all lines are there, whole. */
static void together(void)
{
	int fd = T(open("log", O_RDWR | O_CREAT | O_APPEND, 0644)), seen[8] = { 0 };
	char line[64];
	pid_t pid[8];
	FILE *in;

	for (int i = 0; i < 8; i++) {
		pid[i] = conf_fork();
		if (pid[i])
			continue;
		for (int n = 0; n < 20; n++)
			dprintf(fd, "child %d line %02d\n", i, n);
		_exit(i);
	}
	for (int i = 0; i < 8; i++)
		conf_reap("writer", pid[i]);
	in = fopen("log", "r");
	for (int i, n; fgets(line, sizeof(line), in);)
		if (sscanf(line, "child %d line %d\n", &i, &n) == 2 && n == seen[i])
			seen[i]++;
	for (int i = 0; i < 8; i++)
		printf("child %d: %d lines in order\n", i, seen[i]);
	fclose(in);
	T(lseek(fd, 0, SEEK_END));
	T(unlink("log"));
}

int main(void)
{
	conf_init();
	offsets();
	generations();
	together();
	return 0;
}
