/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl rows for files: FIONREAD, FIOCLEX and FIONCLEX, FIONBIO, FIGETBSZ,
 * terminal requests on what is no terminal, file flags, cloning, requests nobody
 * knows, and the same on local pipes.
 */
#include "conf.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
	int *n = (void *)guard(sizeof(int)), fd, dir, p[2], on = 1, off = 0;
	long flags = 0;
	struct termios tio;
	struct winsize ws;

	conf_init();
	put("f", "0123456789");
	fd = T(open("f", O_RDWR));
	T(ioctl(fd, FIONREAD, n));
	printf("%d\n", *n);
	T(lseek(fd, 4, SEEK_SET));
	T(ioctl(fd, FIONREAD, n));
	printf("%d\n", *n);
	T(ioctl(fd, FIONREAD, NIL));
	T(ioctl(fd, FIONREAD, BAD));
	T(ioctl(fd, FIONREAD, RO));
	T(ioctl(fd, FIONREAD, (char *)n + 2));
	T(ioctl(fd, FIOCLEX));
	T(fcntl(fd, F_GETFD));
	T(ioctl(fd, FIONCLEX));
	T(fcntl(fd, F_GETFD));
	T(ioctl(fd, FIONBIO, &on));
	printf("%#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(ioctl(fd, FIONBIO, &off));
	printf("%#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(ioctl(fd, FIONBIO, BAD));
	T(ioctl(fd, FIGETBSZ, n));
	TF(*n >= 512);
	T(ioctl(fd, TCGETS, &tio));
	T(ioctl(fd, TIOCGWINSZ, &ws));
	T(ioctl(fd, TIOCGWINSZ, BAD));
	T(ioctl(fd, TIOCGPGRP, n));
	T(isatty(fd));
	T(ioctl(fd, 0xdeadbeef, n));
	T(ioctl(fd, 0, 0));
	TF(ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 && errno != ENOTTY && errno != EOPNOTSUPP);
	TF(ioctl(fd, FS_IOC_GETFLAGS, BAD) == -1);
	T(ioctl(fd, FICLONE, 99));
	dir = T(open(".", O_RDONLY));
	T(ioctl(dir, FIONREAD, n));
	T(ioctl(dir, TCGETS, &tio));
	T(ioctl(dir, FIOCLEX));
	T(fcntl(dir, F_GETFD));
	MUST(pipe(p));
	T(ioctl(p[0], FIONREAD, n));
	printf("%d\n", *n);
	T(write(p[1], "abc", 3));
	T(ioctl(p[0], FIONREAD, n));
	printf("%d\n", *n);
	T(ioctl(p[0], FIONBIO, &on));
	T(read(p[0], &tio, 3));
	T(read(p[0], &tio, 3));
	T(ioctl(p[0], TCGETS, &tio));
	T(ioctl(p[0], 0xdeadbeef, n));
	T(close(fd));
	T(ioctl(fd, FIONREAD, n));
	T(ioctl(fd, FIOCLEX));
	T(ioctl(-1, TCGETS, &tio));
	T(ioctl(99, 0xdeadbeef, BAD));
	return 0;
}
