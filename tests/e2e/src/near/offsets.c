/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: numbers, dup, shared offsets, fork, close-on-exec. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(const char *what, long value)
{
	printf("%s: %ld%s%s\n", what, value, value < 0 ? " " : "",
	       value < 0 ? strerror(errno) : "");
}

static int inherited(void)
{
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("fd %d survived exec at offset %ld\n", fd,
			       (long)lseek(fd, 0, SEEK_CUR));
	return 0;
}

int main(int argc, char **argv)
{
	char buf[8] = "";
	int fd, copy, high;

	if (argc > 1 && !strcmp(argv[1], "inherited"))
		return inherited();
	fd = open("/srv/data/words.txt", O_RDONLY);
	check("open", fd);
	copy = dup(fd);
	check("dup", copy);
	check("read", read(fd, buf, 4));
	check("offset of the copy", lseek(copy, 0, SEEK_CUR));
	high = fcntl(fd, F_DUPFD_CLOEXEC, 40);
	check("F_DUPFD_CLOEXEC", high);
	check("dup2 over a pipe's end", dup2(fd, 20));
	check("dup3 same", dup3(fd, fd, O_CLOEXEC));
	close(fd);
	check("lowest free", open("/srv/data/hello.txt", O_RDONLY | O_CLOEXEC));
	fflush(stdout);
	if (fork() == 0) {
		if (read(copy, buf, 6) != 6)
			_exit(1);
		_exit(0);
	}
	wait(NULL);
	check("offset after the child read", lseek(20, 0, SEEK_CUR));
	check("closed", read(50, buf, 1));
	check("write to a read-only one", write(copy, "x", 1));
	check("close_range", close_range(20, 30, 0));
	check("gone", fcntl(20, F_GETFD));
	fflush(stdout);
	execl("/proc/self/exe", "offsets", "inherited", (char *)NULL);
	perror("exec");
	return 1;
}
