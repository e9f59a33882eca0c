/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dup, dup2, dup3: lowest numbers, shared offsets, onto itself, over a local
 * descriptor (stdout saved and restored), between pipes and files in both
 * directions, and the errors.
 */
#include "conf.h"

#ifdef SYS_dup2
#define DUP2(from, to) syscall(SYS_dup2, from, to)
#else
#define DUP2(from, to) dup2(from, to)
#endif

static void shared(void)
{
	int a = T(open("f", O_RDWR | O_CREAT, 0644)), b = T(dup(a)), c;

	T(write(a, "one", 3));
	T(write(b, "two", 3));
	T(lseek(a, 0, SEEK_CUR));
	T(lseek(b, 1, SEEK_SET));
	T(lseek(a, 0, SEEK_CUR));
	c = T(DUP2(a, 20));
	T(DUP2(a, 20));
	T(DUP2(a, a));
	T(DUP2(20, a));
	T(lseek(c, 0, SEEK_CUR));
	T(close(a));
	T(write(b, "X", 1));
	T(lseek(c, 0, SEEK_CUR));
	/* the lowest free number again */
	a = T(open("f", O_RDONLY));
	T(close(b));
	T(close(a));
	T(write(c, "Y", 1));
	T(close(c));
	cat("f");
}

static void over_stdout(void)
{
	int saved = T(dup(1)), fd = T(open("out", O_RDWR | O_CREAT | O_TRUNC, 0644));

	T(DUP2(fd, 1) == 1);
	printf("this goes to the file\n");
	T(fcntl(1, F_GETFD));
	T(write(1, "and this\n", 9));
	fflush(stdout);
	DUP2(saved, 1);
	puts("back");
	T(lseek(fd, 0, SEEK_CUR));
	T(close(saved));
	T(close(fd));
	cat("out");
}

static void both_kinds(void)
{
	char buf[8];
	int p[2], fd = T(open("f", O_RDWR | O_TRUNC));

	MUST(pipe(p));
	printf("pipe %d %d\n", p[0], p[1]);
	T(DUP2(fd, p[1]));
	T(write(p[1], "file", 4));
	T(read(p[0], buf, 4));
	T(close(p[0]));
	MUST(pipe(p));
	printf("pipe %d %d\n", p[0], p[1]);
	T(DUP2(p[1], fd));
	T(write(fd, "pipe", 4));
	T(read(p[0], buf, 8));
	dump("read", buf, 4);
	T(lseek(fd, 0, SEEK_CUR));
	cat("f");
	T(close(fd));
	T(close(p[0]));
	T(close(p[1]));
	T(close(4));
}

static void errors(void)
{
	int fd = T(open("f", O_RDONLY));

	T(dup(99));
	T(dup(-1));
	T(DUP2(99, 5));
	T(DUP2(99, 99));
	T(DUP2(fd, -1));
	T(DUP2(fd, INT_MAX));
	T(fcntl(5, F_GETFD));
	T(syscall(SYS_dup3, fd, fd, 0));
	T(syscall(SYS_dup3, fd, 30, O_CLOEXEC));
	T(fcntl(30, F_GETFD));
	T(syscall(SYS_dup3, fd, 30, 0));
	T(fcntl(30, F_GETFD));
	T(syscall(SYS_dup3, fd, 31, O_NONBLOCK));
	T(syscall(SYS_dup3, 99, 31, 0));
	T(syscall(SYS_dup3, fd, -1, 0));
	T(close(30));
	T(close(30));
	T(close(fd));
}

int main(void)
{
	conf_init();
	shared();
	over_stdout();
	both_kinds();
	errors();
	T(open("f", O_RDONLY));
	return 0;
}
