/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * readv, writev, preadv, pwritev and the v2 forms: parts filled in order, empty
 * parts, 0, 1024 and 1025 parts, sums that overflow, parts that end at a page's
 * edge, offset -1, flags.
 */
#include "conf.h"
#include <sys/uio.h>

static void order(int fd)
{
	char *a = guard(3), *b = guard(5), *c = guard(4);
	struct iovec in[5] = { { a, 3 }, { NIL, 0 }, { b, 5 }, { BAD, 0 }, { c, 4 } };
	struct iovec out[3] = { { "abc", 3 }, { "", 0 }, { "defghij", 7 } };

	T(writev(fd, out, 3));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, 0, SEEK_SET));
	T(readv(fd, in, 5));
	dump("a", a, 3);
	dump("b", b, 5);
	dump("c", c, touched(c, 4));
	T(lseek(fd, 0, SEEK_CUR));
	T(readv(fd, in, 5));
	refill(a, 3);
	refill(b, 5);
	T(preadv(fd, in, 3, 8));
	dump("a", a, touched(a, 3));
	TF(touched(b, 5) == 0);
	T(pwritev(fd, out, 3, 4));
	T(lseek(fd, 0, SEEK_CUR));
	T(preadv2(fd, in, 3, 0, 0));
	T(preadv2(fd, in, 3, -1, 0));
	T(lseek(fd, 2, SEEK_SET));
	T(preadv2(fd, in, 3, -1, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(pwritev2(fd, out, 1, 0, RWF_APPEND));
	T(lseek(fd, 0, SEEK_CUR));
	T(preadv2(fd, in, 3, 0, 0x4000000));
}

static void many(int fd)
{
	static struct iovec iov[1026];
	static char bytes[1026];
	char *end = guard(sizeof(struct iovec) * 2);

	for (int i = 0; i < 1026; i++) {
		bytes[i] = (char)i;
		iov[i] = (struct iovec) { bytes + i, 1 };
	}
	T(ftruncate(fd, 0));
	T(lseek(fd, 0, SEEK_SET));
	T(writev(fd, iov, 0));
	T(writev(fd, NIL, 0));
	T(writev(fd, iov, 1024));
	T(writev(fd, iov, 1025));
	T(writev(fd, iov, -1));
	T(writev(fd, iov, INT_MAX));
	memset(bytes, 0, sizeof(bytes));
	T(preadv(fd, iov, 1024, 0));
	printf("sum %lx\n", sum(bytes, sizeof(bytes)));
	T(preadv(fd, iov, 1025, 0));
	T(readv(fd, iov, 0));
	/* the array itself at the edge of a page, and over it */
	memcpy(end, iov, sizeof(struct iovec) * 2);
	T(preadv(fd, (struct iovec *)(void *)end, 2, 10));
	T(preadv(fd, (struct iovec *)(void *)end, 3, 10));
}

static void errors(int fd)
{
	char c[4];
	struct iovec one = { c, 4 };
	struct iovec neg = { c, (size_t)-1 };
	struct iovec huge[2] = { { c, 4 }, { c, SSIZE_MAX } };
	struct iovec bad = { BAD, 4 }, ro = { RO, 4 };
	int p[2];

	T(lseek(fd, 0, SEEK_SET));
	T(readv(fd, NIL, 1));
	T(readv(fd, BAD, 1));
	T(writev(fd, BAD, 1));
	T(readv(fd, &neg, 1));
	T(writev(fd, &neg, 1));
	T(writev(fd, &bad, 1));
	T(readv(fd, &bad, 1));
	T(readv(fd, &ro, 1));
	T(preadv(fd, &one, 1, -2));
	T(pwritev(fd, &one, 1, -2));
	/* clipped, not refused: only four bytes are left to read */
	T(ftruncate(fd, 4));
	T(preadv(fd, huge, 2, 0));
	T(readv(-1, &one, 1));
	T(writev(99, &one, 1));
	T(readv(99, BAD, 1));
	MUST(pipe(p));
	T(preadv(p[0], &one, 1, 0));
	T(pwritev(p[1], &one, 1, 0));
	T(close(p[0]));
	T(close(p[1]));
	T(close(fd));
	fd = T(open("f", O_RDONLY));
	T(writev(fd, &one, 1));
	T(close(fd));
	fd = T(open(".", O_RDONLY));
	T(readv(fd, &one, 1));
	T(close(fd));
}

int main(void)
{
	int fd;

	conf_init();
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	order(fd);
	many(fd);
	errors(fd);
	return 0;
}
