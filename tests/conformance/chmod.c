/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chmod, fchmod, fchmodat and fchmodat2: every bit, files, directories and
 * links, a mode with foreign bits, and the errors.
 */
#include "conf.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void mode(const char *name)
{
	struct stat st;

	MUST(lstat(name, &st));
	printf("%s: %#o\n", name, st.st_mode);
}

int main(void)
{
	static const unsigned int modes[] = {
		0, 0777, 0400, 0111, 01644, 02755, 04755, 07777, 0644
	};
	int fd, dir;

	conf_init();
	put("f", "x");
	MUST(mkdir("d", 0755));
	put("d/in", "x");
	MUST(symlink("f", "l"));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		T(syscall(SYS_fchmodat, AT_FDCWD, "f", modes[i]));
		mode("f");
	}
	T(syscall(SYS_fchmodat, AT_FDCWD, "f", 0xffff0600));
	mode("f");
	T(syscall(SYS_fchmodat, AT_FDCWD, "l", 0640));
	mode("f");
	mode("l");
	T(syscall(SYS_fchmodat, AT_FDCWD, "d", 01770));
	mode("d");
	T(syscall(SYS_fchmodat, AT_FDCWD, "none", 0644));
	T(syscall(SYS_fchmodat, AT_FDCWD, "f/x", 0644));
	T(syscall(SYS_fchmodat, AT_FDCWD, "", 0644));
	T(syscall(SYS_fchmodat, AT_FDCWD, NIL, 0644));
	T(syscall(SYS_fchmodat, AT_FDCWD, BAD, 0644));
	T(syscall(SYS_fchmodat, 99, "f", 0644));
	dir = T(open("d", O_RDONLY));
	T(syscall(SYS_fchmodat, dir, guard_str("in"), 0604));
	mode("d/in");
	T(fchmod(dir, 0700));
	mode("d");
	fd = T(open("f", O_RDONLY));
	T(fchmod(fd, 0444));
	mode("f");
	T(close(fd));
	T(fchmod(fd, 0444));
	T(fchmod(-1, 0444));
	/* what the C library makes of it */
	T(fchmodat(AT_FDCWD, "f", 0600, 0));
	T(fchmodat(AT_FDCWD, "f", 0600, 0x4));
	T(syscall(SYS_fchmodat2, AT_FDCWD, "f", 0611, AT_SYMLINK_NOFOLLOW));
	T(syscall(SYS_fchmodat2, AT_FDCWD, "l", 0611, AT_SYMLINK_NOFOLLOW));
	T(syscall(SYS_fchmodat2, AT_FDCWD, "f", 0611, 1));
	T(syscall(SYS_fchmodat2, dir, "", 0711, AT_EMPTY_PATH));
	mode("d");
#ifdef SYS_chmod
	T(syscall(SYS_chmod, guard_str("f"), 0123));
	mode("f");
	T(syscall(SYS_chmod, "none", 0123));
	T(syscall(SYS_chmod, NIL, 0123));
	T(syscall(SYS_chmod, BAD, 0123));
#endif
	T(syscall(SYS_fchmodat, AT_FDCWD, "f", 0644));
	return 0;
}
