/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pread64 and pwrite64: the file offset stays where it was, offsets may be past
 * the end and 64 bits wide, O_APPEND wins over the offset given, and a pipe has
 * no offset at all.
 */
#include "conf.h"

int main(void)
{
	char *buf = guard(8);
	struct stat st;
	int fd, p[2];

	conf_init();
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	T(pwrite(fd, "0123456789", 10, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, 2, SEEK_SET));
	T(pread(fd, buf, 8, 5));
	dump("buf", buf, touched(buf, 8));
	T(lseek(fd, 0, SEEK_CUR));
	T(pread(fd, buf, 8, 10));
	T(pread(fd, buf, 8, 1000));
	T(pread(fd, buf, 8, -1));
	T(pwrite(fd, buf, 8, -1));
	T(pread(fd, buf, 8, LONG_MIN));
	T(pread(fd, buf, 8, LONG_MAX));
	T(pread(fd, NIL, 0, 0));
	T(pread(fd, NIL, 1, 0));
	T(pread(fd, BAD, 4, 0));
	T(pread(fd, RO, 4, 0));
	T(pwrite(fd, BAD, 4, 0));
	T(pwrite(fd, NIL, 4, 0));
	T(pwrite(fd, NIL, 0, 0));
	T(pread(fd, buf, (size_t)-1, 0));
	T(pread(fd, buf, 1 << 30, 3));
	dump("buf", buf, touched(buf, 8));
	T(pwrite(fd, "far", 3, 5L << 30));
	MUST(fstat(fd, &st));
	TF(st.st_size == (5L << 30) + 3);
	refill(buf, 8);
	T(pread(fd, buf, 8, (5L << 30) + 1));
	dump("buf", buf, touched(buf, 8));
	T(pread(fd, buf, 8, 4L << 30));
	dump("hole", buf, 8);
	T(ftruncate(fd, 10));
	T(close(fd));
	T(pread(fd, buf, 1, 0));
	T(pwrite(fd, buf, 1, 0));
	fd = T(open("f", O_WRONLY | O_APPEND));
	T(pwrite(fd, "end", 3, 0));
	T(pread(fd, buf, 1, 0));
	T(close(fd));
	cat("f");
	MUST(pipe(p));
	T(pread(p[0], buf, 1, 0));
	T(pwrite(p[1], buf, 1, 0));
	return 0;
}
