/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read and write: offsets, end of file, O_APPEND, wrong directions, zero
 * lengths, lengths far above what is there, buffers at the edge of a page, and
 * every bad pointer.
 */
#include "conf.h"

static void offsets(void)
{
	char *buf = guard(16);
	int fd = T(open("f", O_RDWR | O_CREAT | O_TRUNC, 0644));

	T(write(fd, "0123456789", 10));
	T(lseek(fd, 0, SEEK_CUR));
	T(read(fd, buf, 16));
	TF(touched(buf, 16) == 0);
	T(lseek(fd, 4, SEEK_SET));
	T(read(fd, buf, 3));
	dump("buf", buf, touched(buf, 16));
	T(read(fd, buf, 16));
	dump("buf", buf, touched(buf, 16));
	T(read(fd, buf, 16));
	T(lseek(fd, 20, SEEK_SET));
	T(read(fd, buf, 1));
	T(write(fd, "z", 1));
	T(close(fd));
	cat("f");
}

static void append(void)
{
	int a = T(open("log", O_WRONLY | O_CREAT | O_APPEND, 0644));
	int b = T(open("log", O_RDWR));

	T(write(a, "aaa", 3));
	T(write(b, "B", 1));
	T(write(a, "aaa", 3));
	T(lseek(a, 0, SEEK_SET));
	T(write(a, "end", 3));
	T(lseek(a, 0, SEEK_CUR));
	T(lseek(b, 0, SEEK_CUR));
	T(close(a));
	T(close(b));
	cat("log");
}

static void lengths(void)
{
	char *buf = guard(10), c;
	int fd = T(open("f", O_RDWR | O_TRUNC));

	T(write(fd, "", 0));
	T(write(fd, NIL, 0));
	T(write(fd, "0123456789", 10));
	T(lseek(fd, 0, SEEK_SET));
	T(read(fd, NIL, 0));
	T(read(fd, BAD, 0));
	/* ten bytes of room, ten bytes there, a larger length claimed */
	T(read(fd, buf, 1 << 20));
	dump("buf", buf, 10);
	T(lseek(fd, 0, SEEK_SET));
	T(read(fd, buf, 0x7ffff000L));
	T(lseek(fd, 3, SEEK_SET));
	T(read(fd, buf + 3, SSIZE_MAX));
	/* negative as a signed count */
	T(read(fd, buf, (size_t)SSIZE_MAX + 1));
	T(read(fd, buf, (size_t)-1));
	T(write(fd, buf, (size_t)-1));
	T(lseek(fd, 0, SEEK_SET));
	/* from the last byte before the edge */
	T(read(fd, buf + 9, 1));
	printf("%c\n", buf[9]);
	T(write(fd, buf + 9, 1));
	T(close(fd));
	fd = T(open("f", O_WRONLY));
	T(read(fd, &c, 1));
	T(read(fd, &c, 0));
	T(close(fd));
	fd = T(open("f", O_RDONLY));
	T(write(fd, &c, 1));
	T(write(fd, &c, 0));
	T(close(fd));
}

static void errors(void)
{
	char c;
	int fd = T(open("f", O_RDWR));

	T(read(fd, NIL, 5));
	T(read(fd, BAD, 5));
	T(read(fd, RO, 5));
	T(read(fd, KERN, 5));
	T(lseek(fd, 0, SEEK_CUR));
	T(write(fd, NIL, 5));
	T(write(fd, BAD, 5));
	T(write(fd, KERN, 5));
	T(lseek(fd, 0, SEEK_CUR));
	T(write(fd, RO, 2));
	T(close(fd));
	T(read(fd, &c, 1));
	T(write(fd, &c, 1));
	T(read(-1, &c, 1));
	T(write(9999, &c, 1));
	T(read(fd, BAD, 1));
	T(read(INT_MAX, &c, 1));
	fd = T(open(".", O_RDONLY));
	T(read(fd, &c, 1));
	T(write(fd, &c, 1));
	T(close(fd));
	cat("f");
}

int main(void)
{
	conf_init();
	offsets();
	append();
	lengths();
	errors();
	return 0;
}
