/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * readlink and readlinkat: no NUL is added, a short buffer truncates, a long one
 * is touched only as far as the target goes, a 4095-byte target, and the errors.
 */
#include "conf.h"

int main(void)
{
	char *buf = guard(8), *big = malloc(5000), *back = guard(4095);
	int dir, fd;

	conf_init();
	put("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("target", "l"));
	MUST(symlink("deep", "d/l"));
	T(readlinkat(AT_FDCWD, "l", buf, 8));
	dump("l", buf, 8);
	refill(buf, 8);
	T(readlinkat(AT_FDCWD, "l", buf, 3));
	dump("l", buf, 8);
	refill(buf, 8);
	T(readlinkat(AT_FDCWD, "l", buf + 2, 4096));
	dump("l", buf, 8);
	T(readlinkat(AT_FDCWD, "l", buf, 0));
	T(syscall(SYS_readlinkat, AT_FDCWD, "l", buf, -1));
	T(syscall(SYS_readlinkat, AT_FDCWD, "l", buf + 3, 6));
	T(readlinkat(AT_FDCWD, "l", NIL, 8));
	T(readlinkat(AT_FDCWD, "l", BAD, 8));
	T(readlinkat(AT_FDCWD, "l", RO, 8));
	T(readlinkat(AT_FDCWD, NIL, buf, 8));
	T(readlinkat(AT_FDCWD, BAD, buf, 8));
	T(readlinkat(AT_FDCWD, "f", buf, 8));
	T(readlinkat(AT_FDCWD, "d", buf, 8));
	T(readlinkat(AT_FDCWD, "missing", buf, 8));
	T(readlinkat(AT_FDCWD, "f/l", buf, 8));
	T(readlinkat(AT_FDCWD, "l/", buf, 8));
	T(readlinkat(AT_FDCWD, "", buf, 8));
	T(readlinkat(99, "l", buf, 8));
	dir = T(open("d", O_RDONLY));
	refill(buf, 8);
	T(readlinkat(dir, "l", buf, 8));
	dump("d/l", buf, 8);
	T(readlinkat(dir, "", buf, 8));
	fd = T(openat(dir, "l", O_PATH | O_NOFOLLOW));
	T(readlinkat(fd, "", buf, 8));
	fd = T(open("f", O_RDONLY));
	T(readlinkat(fd, "", buf, 8));
	T(readlinkat(fd, "l", buf, 8));
	memset(big, 'b', 4095);
	big[4095] = 0;
	T(symlink(big, "long"));
	T(readlink("long", back, 4095));
	TF(!memcmp(big, back, 4095));
	refill(back, 4095);
	T(readlink("long", back, 4000));
	printf("touched %ld\n", touched(back, 4095));
#ifdef SYS_readlink
	refill(buf, 8);
	T(syscall(SYS_readlink, "l", buf, 8));
	dump("l", buf, 8);
	T(syscall(SYS_readlink, "f", buf, 8));
	T(syscall(SYS_readlink, "l", BAD, 8));
	T(syscall(SYS_readlink, "l", buf, 0));
	T(syscall(SYS_readlink, NIL, buf, 8));
#endif
	return 0;
}
