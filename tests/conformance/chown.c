/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chown, fchown, lchown and fchownat: -1 leaves an id, links followed or not,
 * set-id bits cleared, and the errors. What only root may do is tried, and
 * prints what it gives.
 */
#include "conf.h"

static void owner(const char *name)
{
	struct stat st;

	MUST(lstat(name, &st));
	printf("%s: %s %s %#o\n", name, st.st_uid == geteuid() ? "mine" : "other's",
	       st.st_gid == getegid() ? "mine" : "other's", st.st_mode);
}

int main(void)
{
	int fd, dir;

	conf_init();
	put("f", "x");
	MUST(chmod("f", 06755));
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	T(fchownat(AT_FDCWD, "f", -1, -1, 0));
	owner("f");
	T(fchownat(AT_FDCWD, "f", geteuid(), getegid(), 0));
	owner("f");
	T(fchownat(AT_FDCWD, "f", 12345, 23456, 0));
	owner("f");
	T(fchownat(AT_FDCWD, "l", geteuid(), getegid(), 0));
	owner("f");
	T(fchownat(AT_FDCWD, "l", 12345, -1, AT_SYMLINK_NOFOLLOW));
	owner("l");
	owner("f");
	T(fchownat(AT_FDCWD, "none", -1, -1, 0));
	T(fchownat(AT_FDCWD, "f/x", -1, -1, 0));
	T(fchownat(AT_FDCWD, "", -1, -1, 0));
	T(fchownat(AT_FDCWD, "", -1, -1, AT_EMPTY_PATH));
	T(fchownat(AT_FDCWD, NIL, -1, -1, 0));
	T(fchownat(AT_FDCWD, BAD, -1, -1, 0));
	T(fchownat(AT_FDCWD, "f", -1, -1, 1));
	T(fchownat(99, "f", -1, -1, 0));
	dir = T(open("d", O_RDONLY));
	T(fchownat(dir, "../f", -1, getegid(), 0));
	fd = T(open("f", O_RDONLY));
	T(fchown(fd, geteuid(), -1));
	T(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
	T(close(fd));
	T(fchown(fd, -1, -1));
	T(fchown(-1, -1, -1));
#ifdef SYS_chown
	T(syscall(SYS_chown, guard_str("f"), geteuid(), getegid()));
	T(syscall(SYS_lchown, guard_str("l"), geteuid(), getegid()));
	owner("l");
	T(syscall(SYS_chown, "none", -1, -1));
	T(syscall(SYS_chown, NIL, -1, -1));
	T(syscall(SYS_lchown, BAD, -1, -1));
	T(syscall(SYS_lchown, "none", -1, -1));
#endif
	return 0;
}
