/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lseek: the three old origins, SEEK_DATA and SEEK_HOLE on a sparse file, 64 bit
 * offsets, and its errors on negative results, wrong origins, pipes, directories
 * and closed descriptors.
 */
#include "conf.h"

static void holes(void)
{
	int fd = T(open("sparse", O_RDWR | O_CREAT, 0644));

	T(lseek(fd, 0, SEEK_DATA));
	T(lseek(fd, 0, SEEK_HOLE));
	T(pwrite(fd, "start", 5, 0));
	T(pwrite(fd, "end", 3, 8 << 20));
	T(fsync(fd));
	T(lseek(fd, 0, SEEK_DATA));
	TF(lseek(fd, 0, SEEK_HOLE) < 8 << 20);
	T(lseek(fd, 4 << 20, SEEK_DATA));
	T(lseek(fd, 4 << 20, SEEK_HOLE));
	T(lseek(fd, 8 << 20, SEEK_HOLE));
	T(lseek(fd, (8 << 20) + 3, SEEK_DATA));
	T(lseek(fd, (8 << 20) + 3, SEEK_HOLE));
	T(lseek(fd, -1, SEEK_DATA));
	T(lseek(fd, 0, SEEK_CUR));
	T(ftruncate(fd, 0));
	T(close(fd));
}

int main(void)
{
	int fd, p[2];

	conf_init();
	put("f", "0123456789");
	fd = T(open("f", O_RDWR));
	T(lseek(fd, 0, SEEK_END));
	T(lseek(fd, -3, SEEK_CUR));
	T(lseek(fd, -10, SEEK_END));
	T(lseek(fd, -1, SEEK_CUR));
	T(lseek(fd, -11, SEEK_END));
	T(lseek(fd, -1, SEEK_SET));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, 100, SEEK_SET));
	T(lseek(fd, 1L << 40, SEEK_SET));
	TF(lseek(fd, LONG_MAX, SEEK_SET) == -1);
	T(lseek(fd, 0, SEEK_SET));
	T(lseek(fd, LONG_MIN, SEEK_SET));
	T(lseek(fd, 5, SEEK_SET));
	T(lseek(fd, LONG_MAX, SEEK_CUR));
	T(lseek(fd, 0, 5));
	T(lseek(fd, 0, -1));
	T(lseek(fd, 0, 1000));
	T(lseek(fd, 0, SEEK_CUR));
	T(close(fd));
	T(lseek(fd, 0, SEEK_SET));
	T(lseek(-1, 0, SEEK_SET));
	T(lseek(99, 0, 1000));
	holes();
	MUST(pipe(p));
	T(lseek(p[0], 0, SEEK_CUR));
	T(lseek(p[1], 0, SEEK_SET));
	fd = T(open(".", O_RDONLY));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, 0, SEEK_SET));
	T(lseek(fd, -1, SEEK_SET));
	return 0;
}
