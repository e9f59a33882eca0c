/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * close, close_range and RLIMIT_NOFILE: double closes, holes filled from below,
 * ranges over local and remote descriptors together, CLOSE_RANGE_CLOEXEC and
 * _UNSHARE, EMFILE at the limit and recovery from it.
 */
#include "conf.h"
#include <sys/resource.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define CLOSE_RANGE(a, b, flags) syscall(SYS_close_range, a, b, flags)

static void listing(void)
{
	printf("  open:");
	for (int fd = 3; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0)
			printf(" %d%s", fd, flags ? "c" : "");
	}
	printf("\n");
}

static void fill(void)
{
	int p[2];

	/* 3 4 pipe, 5 file, 6 directory, 7 8 pipe, 9 file, 10 file */
	MUST(pipe(p));
	MUST(open("f", O_RDWR));
	MUST(open(".", O_RDONLY));
	MUST(pipe(p));
	MUST(open("f", O_RDONLY | O_CLOEXEC));
	MUST(open("g", O_RDWR | O_CREAT, 0644));
	listing();
}

static void ranges(void)
{
	pid_t pid;

	fill();
	T(CLOSE_RANGE(4, 6, 0));
	listing();
	T(open("f", O_RDONLY));
	T(CLOSE_RANGE(20, 30, 0));
	T(CLOSE_RANGE(7, 9, 4));
	listing();
	T(CLOSE_RANGE(9, 8, 0));
	T(CLOSE_RANGE(0, 1, 1 << 10));
	pid = conf_fork();
	if (!pid) {
		T(CLOSE_RANGE(3, ~0U, 2));
		listing();
		_exit(0);
	}
	conf_reap("unshare", pid);
	listing();
	T(CLOSE_RANGE(3, ~0U, 0));
	listing();
}

static void closing(void)
{
	int fd = T(open("f", O_RDWR));

	T(close(fd));
	T(close(fd));
	T(close(-1));
	T(close(INT_MAX));
	T(write(fd, "x", 1));
	fill();
	T(close(5));
	T(close(9));
	T(open("f", O_RDONLY));
	T(dup(10));
	T(open("f", O_RDONLY));
	T(CLOSE_RANGE(3, 100, 0));
}

static void limit(void)
{
	struct rlimit old, lim;
	int n, fd, p[2];

	MUST(getrlimit(RLIMIT_NOFILE, &old));
	lim = old;
	lim.rlim_cur = 20;
	T(setrlimit(RLIMIT_NOFILE, &lim));
	for (n = 0; (fd = open("f", O_RDONLY)) >= 0; n++)
		;
	printf("%d more, then %s\n", n, conf_errname(errno));
	T(open("new", O_RDWR | O_CREAT, 0644));
	T(access("new", F_OK));
	T(open("none", O_RDONLY));
	T(dup(3));
	T(fcntl(3, F_DUPFD, 20));
	T(fcntl(3, F_DUPFD, 19));
	T(dup2(3, 20));
	T(dup2(3, 19));
	T(pipe(p));
	T(close(7));
	T(open("f", O_RDONLY));
	T(close(7));
	T(pipe(p));
	T(open("f", O_RDONLY));
	lim.rlim_cur = 21;
	T(setrlimit(RLIMIT_NOFILE, &lim));
	T(open("f", O_RDONLY));
	T(setrlimit(RLIMIT_NOFILE, &old));
	fd = T(open("f", O_RDWR));
	T(write(fd, "fine", 4));
	T(CLOSE_RANGE(3, ~0U, 0));
	cat("f");
}

int main(void)
{
	conf_init();
	put("f", "text");
	closing();
	ranges();
	limit();
	return 0;
}
