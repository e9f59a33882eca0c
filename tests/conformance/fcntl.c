/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fcntl without locks: F_DUPFD and its limits, F_GETFD and F_SETFD, F_GETFL and
 * F_SETFL (which bits change, seen through a duplicate), pipe sizes, seals,
 * leases and owners as far as they say something without a process id.
 */
#include "conf.h"

static void dupfd(int fd)
{
	int a, b;

	a = T(fcntl(fd, F_DUPFD, 0));
	b = T(fcntl(fd, F_DUPFD, 100));
	T(fcntl(fd, F_DUPFD, 100));
	T(fcntl(b, F_GETFD));
	T(close(b));
	b = T(fcntl(fd, F_DUPFD_CLOEXEC, 50));
	T(fcntl(b, F_GETFD));
	T(fcntl(fd, F_DUPFD, -1));
	T(fcntl(fd, F_DUPFD, 1 << 30));
	T(fcntl(fd, F_DUPFD_CLOEXEC, -1));
	T(write(a, "abc", 3));
	T(lseek(b, 0, SEEK_CUR));
	T(close(a));
	T(close(b));
	T(close(101));
}

static void flags(int fd)
{
	int copy = T(dup(fd));

	T(fcntl(fd, F_GETFD));
	T(fcntl(fd, F_SETFD, FD_CLOEXEC));
	T(fcntl(fd, F_GETFD));
	T(fcntl(copy, F_GETFD));
	T(fcntl(fd, F_SETFD, 0));
	T(fcntl(fd, F_SETFD, 0xfe));
	T(fcntl(fd, F_GETFD));
	printf("%#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	printf("%#o %#o\n", (unsigned int)fcntl(fd, F_GETFL), (unsigned int)fcntl(copy, F_GETFL));
	T(lseek(fd, 0, SEEK_SET));
	T(write(copy, "end", 3));
	/* the access mode and creation flags cannot be set */
	T(fcntl(fd, F_SETFL, O_WRONLY | O_TRUNC | O_CREAT | O_EXCL));
	printf("%#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(fcntl(fd, F_SETFL, -1));
	T(fcntl(fd, F_SETFL, 0));
	printf("%#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(close(copy));
	cat("f");
}

static void local(void)
{
	int p[2], m = (int)MUST(memfd_create("m", MFD_ALLOW_SEALING));

	MUST(pipe(p));
	TF(fcntl(p[0], F_GETPIPE_SZ) >= 4096);
	TF(fcntl(p[0], F_SETPIPE_SZ, 8192) == 8192);
	printf("%#o %#o\n", (unsigned int)fcntl(p[0], F_GETFL), (unsigned int)fcntl(p[1], F_GETFL));
	T(fcntl(p[0], F_SETFL, O_NONBLOCK));
	T(read(p[0], p, 1));
	T(fcntl(m, F_GET_SEALS));
	T(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
	T(write(m, "x", 1));
	T(fcntl(m, F_GET_SEALS));
	T(close(m));
}

static void errors(int fd)
{
	T(fcntl(fd, 9999));
	T(fcntl(fd, -1));
	T(fcntl(fd, F_GET_SEALS));
	T(fcntl(fd, F_GETPIPE_SZ));
	T(fcntl(fd, F_GETLEASE));
	T(fcntl(fd, F_GETOWN));
	T(fcntl(fd, F_GETSIG));
	T(fcntl(-1, F_GETFD));
	T(fcntl(99, F_GETFL));
	T(fcntl(99, F_SETFD, 1));
	T(fcntl(99, F_DUPFD, 0));
	T(fcntl(99, 9999));
}

int main(void)
{
	int fd;

	conf_init();
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	dupfd(fd);
	flags(fd);
	errors(fd);
	local();
	return 0;
}
