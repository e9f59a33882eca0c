/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * truncate, ftruncate and fallocate: shorter, longer, huge, negative, directories,
 * descriptors of the wrong kind; the offset stays, the new part is zeroes.
 */
#include "conf.h"

static void size(const char *name)
{
	struct stat st;

	MUST(stat(name, &st));
	printf("%s: size %ld\n", name, (long)st.st_size);
}

int main(void)
{
	char *buf = guard(8);
	int fd, ro, p[2];

	conf_init();
	put("f", "0123456789");
	MUST(symlink("f", "l"));
	MUST(mkdir("d", 0755));
	T(truncate("f", 4));
	cat("f");
	T(truncate("l", 7));
	cat("f");
	T(truncate("f", 1L << 36));
	size("f");
	T(truncate("f", -1));
	T(truncate("f", LONG_MAX));
	T(truncate("f", 3));
	T(truncate("d", 0));
	T(truncate("none", 0));
	T(truncate("f/x", 0));
	T(truncate("", 0));
	T(truncate(NIL, 0));
	T(truncate(BAD, 0));
	fd = T(open("f", O_RDWR));
	T(lseek(fd, 2, SEEK_SET));
	T(ftruncate(fd, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(write(fd, "x", 1));
	cat("f");
	T(ftruncate(fd, 6));
	T(pread(fd, buf, 8, 0));
	dump("buf", buf, touched(buf, 8));
	T(ftruncate(fd, -1));
	T(ftruncate(fd, LONG_MIN));
	T(fallocate(fd, 0, 0, 100));
	size("f");
	T(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8192));
	size("f");
	T(fallocate(fd, 0, 0, 0));
	T(fallocate(fd, 0, -1, 5));
	T(fallocate(fd, 0x4000, 0, 5));
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 50));
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 50));
	ro = T(open("f", O_RDONLY));
	T(ftruncate(ro, 0));
	T(fallocate(ro, 0, 0, 1));
	T(close(ro));
	T(close(fd));
	T(ftruncate(fd, 0));
	T(ftruncate(-1, 0));
	fd = T(open("d", O_RDONLY));
	T(ftruncate(fd, 0));
	MUST(pipe(p));
	T(ftruncate(p[1], 0));
	return 0;
}
