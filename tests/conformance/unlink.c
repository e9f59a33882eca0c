/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unlink and unlinkat, and files that live on while they are open: reading,
 * writing, statting, truncating and reopening one that has no name any more.
 */
#include "conf.h"

static void orphan(void)
{
	char buf[32], path[64];
	struct stat st;
	int fd = T(open("gone", O_RDWR | O_CREAT, 0644)), again;

	T(write(fd, "still here", 10));
	T(unlink("gone"));
	T(access("gone", F_OK));
	MUST(fstat(fd, &st));
	printf("nlink %d size %ld\n", (int)st.st_nlink, (long)st.st_size);
	T(pread(fd, buf, sizeof(buf), 0));
	dump("gone", buf, 10);
	T(ftruncate(fd, 5));
	T(lseek(fd, 0, SEEK_END));
	T(write(fd, "!", 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = T(open(path, O_RDONLY));
	T(read(again, buf, sizeof(buf)));
	dump("gone", buf, 6);
	put("gone", "another");
	T(pread(fd, buf, sizeof(buf), 0));
	T(linkat(AT_FDCWD, path, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
	T(close(again));
	T(close(fd));
	cat("gone");
}

int main(void)
{
	struct stat st;
	int dir;

	conf_init();
	put("f", "x");
	put("g", "x");
	MUST(link("f", "hard"));
	MUST(mkdir("d", 0755));
	put("d/in", "x");
	MUST(symlink("f", "l"));
	T(unlinkat(AT_FDCWD, "f", 0));
	MUST(stat("hard", &st));
	printf("nlink %d\n", (int)st.st_nlink);
	T(unlinkat(AT_FDCWD, "f", 0));
	T(unlinkat(AT_FDCWD, "l", 0));
	T(unlinkat(AT_FDCWD, "hard/", 0));
	T(unlinkat(AT_FDCWD, "hard/x", 0));
	T(unlinkat(AT_FDCWD, "d", 0));
	T(unlinkat(AT_FDCWD, ".", 0));
	T(unlinkat(AT_FDCWD, "", 0));
	T(unlinkat(AT_FDCWD, NIL, 0));
	T(unlinkat(AT_FDCWD, BAD, 0));
	T(unlinkat(99, "hard", 0));
	T(unlinkat(AT_FDCWD, "hard", 1));
	dir = T(open("d", O_RDONLY));
	T(unlinkat(dir, guard_str("in"), 0));
	T(unlinkat(dir, "../hard", 0));
	T(close(dir));
#ifdef SYS_unlink
	T(syscall(SYS_unlink, guard_str("g")));
	T(syscall(SYS_unlink, "g"));
	T(syscall(SYS_unlink, "d"));
	T(syscall(SYS_unlink, NIL));
	T(syscall(SYS_unlink, BAD));
#endif
	orphan();
	return 0;
}
