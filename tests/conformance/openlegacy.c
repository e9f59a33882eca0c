/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open and creat by their own numbers, which x86-64 has and aarch64 has not:
 * flags, modes, umask and errors are those of openat with AT_FDCWD.
 */
#include "conf.h"

int main(void)
{
	conf_init();
#ifdef SYS_open
	struct stat st;
	int fd;

	fd = T(syscall(SYS_creat, "f", 0777));
	printf("F_GETFL %#o\n", (unsigned int)fcntl(fd, F_GETFL));
	MUST(fstat(fd, &st));
	printf("mode %#o\n", st.st_mode);
	T(write(fd, "hello", 5));
	T(read(fd, &st, 1));
	T(close(fd));
	fd = T(syscall(SYS_creat, "f", 0600));
	MUST(fstat(fd, &st));
	printf("mode %#o size %ld\n", st.st_mode, (long)st.st_size);
	T(close(fd));
	fd = T(syscall(SYS_open, "g", O_RDWR | O_CREAT | O_EXCL, 0666));
	printf("F_GETFL %#o\n", (unsigned int)fcntl(fd, F_GETFL));
	T(close(fd));
	T(syscall(SYS_open, "g", O_RDWR | O_CREAT | O_EXCL, 0666));
	fd = T(syscall(SYS_open, guard_str("g"), O_RDONLY | O_CLOEXEC));
	T(fcntl(fd, F_GETFD));
	T(close(fd));
	T(syscall(SYS_open, ".", O_RDWR));
	fd = T(syscall(SYS_open, ".", O_RDONLY | O_DIRECTORY));
	T(close(fd));
	T(syscall(SYS_open, "g", O_DIRECTORY));
	T(syscall(SYS_open, "g/", O_RDONLY));
	T(syscall(SYS_open, "missing", O_RDONLY));
	T(syscall(SYS_open, "", O_RDONLY));
	T(syscall(SYS_open, NIL, O_RDONLY));
	T(syscall(SYS_open, BAD, O_RDONLY));
	T(syscall(SYS_creat, NIL, 0600));
	T(syscall(SYS_creat, BAD, 0600));
	T(syscall(SYS_creat, ".", 0600));
	T(syscall(SYS_creat, "missing/f", 0600));
	T(syscall(SYS_creat, "g/f", 0600));
	/* the upper half of the flags register is not looked at */
	fd = T(syscall(SYS_open, "g", 0x100000000L | O_RDONLY));
	T(close(fd));
#endif
	return 0;
}
