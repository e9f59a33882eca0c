/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes whose buffer runs into an unmapped page after some good
 * bytes: whether the kernel gives a short count or EFAULT, that the offset moved
 * by exactly the count, and that later reads go on from there.
 */
#include "conf.h"
#include <sys/uio.h>

#define CLASS(call, want) conf_class(#call, (long)(call), want)

static void conf_class(const char *label, long ret, long want)
{
	if (ret < 0)
		printf("%s: %s\n", label, conf_errname(errno));
	else
		printf("%s: %s\n", label, ret == want ? "whole" : ret ? "short" : "nothing");
}

int main(void)
{
	char *big = malloc(20000), *edge;
	int fd;
	long n;

	conf_init();
	pattern(big, 20000, 1);
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	T(write(fd, big, 20000));
	T(lseek(fd, 0, SEEK_SET));

	edge = guard(4096);
	n = read(fd, edge, 8192);
	CLASS(n, 8192);
	TF(lseek(fd, 0, SEEK_CUR) == (n < 0 ? 0 : n));
	TF(n < 0 || !memcmp(edge, big, n));

	T(lseek(fd, 0, SEEK_SET));
	CLASS(pread(fd, edge, 8192, 0), 8192);
	TF(lseek(fd, 0, SEEK_CUR) == 0);

	/* the file ends before the page does */
	CLASS(pread(fd, edge, 8192, 16000), 4000);

	fd = T(open("g", O_RDWR | O_CREAT, 0644));
	edge = guard(4096);
	memcpy(edge, big, 4096);
	n = write(fd, edge, 8192);
	CLASS(n, 8192);
	TF(lseek(fd, 0, SEEK_CUR) == (n < 0 ? 0 : n));
	TF(lseek(fd, 0, SEEK_END) == (n < 0 ? 0 : n));

	/* a whole part of an iovec that is bad, after one that is good */
	fd = T(open("h", O_RDWR | O_CREAT, 0644));
	struct iovec iov[2] = { { big, 100 }, { BAD, 100 } };
	CLASS(writev(fd, iov, 2), 200);
	TF(lseek(fd, 0, SEEK_CUR) == lseek(fd, 0, SEEK_END));
	T(lseek(fd, 0, SEEK_SET));
	T(ftruncate(fd, 200));
	CLASS(readv(fd, iov, 2), 200);
	iov[0].iov_base = BAD;
	iov[1].iov_base = big;
	CLASS(writev(fd, iov, 2), 200);
	CLASS(pwritev(fd, iov, 2, 0), 200);
	CLASS(preadv(fd, iov, 2, 0), 200);
	return 0;
}
