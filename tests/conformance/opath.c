/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * O_PATH descriptors: what works on them (fstat, the *at calls, fchdir, dup,
 * AT_EMPTY_PATH, reopening through /proc/self/fd) and what is EBADF.
 */
#include "anyfd.h"

int main(void)
{
	char path[64], buf[64];
	struct stat st;
	int fd, dir, again;

	conf_init();
	put("f", "hello");
	MUST(mkdir("d", 0755));
	put("d/in", "inside");
	MUST(symlink("f", "l"));
	fd = T(open("f", O_PATH));
	T(read(fd, buf, 1));
	T(write(fd, buf, 1));
	T(pread(fd, buf, 1, 0));
	T(lseek(fd, 0, SEEK_SET));
	T(fchmod(fd, 0600));
	T(fchown(fd, -1, -1));
	T(ftruncate(fd, 0));
	T(fsync(fd));
	T(ioctl(fd, 0x5401, buf));
	TF(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	T(fstat(fd, &st));
	printf("mode %#o size %ld\n", st.st_mode, (long)st.st_size);
	T(fstatat(fd, "", &st, AT_EMPTY_PATH));
	T(fcntl(fd, F_GETFD));
	T(fcntl(fd, F_SETFD, FD_CLOEXEC));
	T(fcntl(fd, F_GETFD));
	T(fcntl(fd, F_SETFL, O_APPEND));
	T(fcntl(fd, F_SETLK, (&(struct flock) { .l_type = F_RDLCK })));
	any_controls(fd);
	any_data(fd);
	again = T(dup(fd));
	TF(fcntl(again, F_GETFL) == fcntl(fd, F_GETFL));
	T(close(again));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = T(open(path, O_RDWR));
	T(read(again, buf, sizeof(buf)));
	T(close(again));
	T(open(path, O_RDONLY | O_NOFOLLOW));
	T(close(fd));
	dir = T(open("d", O_PATH | O_DIRECTORY));
	fd = T(openat(dir, "in", O_RDONLY));
	T(read(fd, buf, sizeof(buf)));
	T(close(fd));
	T(syscall(SYS_getdents64, dir, buf, sizeof(buf)));
	T(faccessat(dir, "in", F_OK, 0));
	T(mkdirat(dir, "sub", 0700));
	T(unlinkat(dir, "sub", AT_REMOVEDIR));
	T(fchdir(dir));
	cat("in");
	T(chdir(".."));
	T(close(dir));
	fd = T(open("l", O_PATH | O_NOFOLLOW));
	T(fstat(fd, &st));
	printf("a link: %d\n", S_ISLNK(st.st_mode));
	memset(buf, 0, sizeof(buf));
	T(readlinkat(fd, "", buf, sizeof(buf)));
	puts(buf);
	T(fchdir(fd));
	T(openat(fd, "x", O_RDONLY));
	T(close(fd));
	return 0;
}
