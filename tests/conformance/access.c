/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access, faccessat and faccessat2: modes, AT_EACCESS, AT_SYMLINK_NOFOLLOW and
 * AT_EMPTY_PATH, which id is asked (real or effective), and the errors.
 */
#include "conf.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#define FACCESSAT2(dir, path, mode, flags) syscall(SYS_faccessat2, dir, path, mode, flags)

static void unprivileged(void)
{
	pid_t pid = conf_fork();

	if (!pid) {
		if (geteuid() == 0)
			MUST(syscall(SYS_setresuid, 65534, 65534, 65534));
		TF(faccessat(AT_FDCWD, "none", R_OK, 0) == -1 && errno == EACCES);
		TF(faccessat(AT_FDCWD, "none", F_OK, 0) == 0);
		TF(faccessat(AT_FDCWD, "plain", R_OK, 0) == 0);
		TF(faccessat(AT_FDCWD, "plain", X_OK, 0) == -1 && errno == EACCES);
		TF(open("none", O_RDONLY) == -1 && errno == EACCES);
		TF(access("closed/in", F_OK) == -1 && errno == EACCES);
		_exit(0);
	}
	conf_reap("unprivileged", pid);
}

int main(void)
{
	int fd, dir;

	conf_init();
	put("plain", "x");
	put("none", "x");
	put("exec", "x");
	MUST(mkdir("closed", 0755));
	put("closed/in", "x");
	MUST(chmod("none", 0));
	MUST(chmod("exec", 0755));
	MUST(chmod(".", 0755));
	MUST(chmod("closed", 0));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));

	T(faccessat(AT_FDCWD, "plain", F_OK, 0));
	T(faccessat(AT_FDCWD, "plain", R_OK | W_OK, 0));
	T(faccessat(AT_FDCWD, "plain", X_OK, 0));
	T(faccessat(AT_FDCWD, "exec", R_OK | W_OK | X_OK, 0));
	T(faccessat(AT_FDCWD, "plain", 8, 0));
	T(faccessat(AT_FDCWD, "plain", -1, 0));
	T(faccessat(AT_FDCWD, "missing", F_OK, 0));
	T(faccessat(AT_FDCWD, "plain/x", F_OK, 0));
	T(faccessat(AT_FDCWD, "dangling", F_OK, 0));
	T(faccessat(AT_FDCWD, "loop", F_OK, 0));
	T(faccessat(AT_FDCWD, "", F_OK, 0));
	T(syscall(SYS_faccessat, AT_FDCWD, NIL, F_OK));
	T(syscall(SYS_faccessat, AT_FDCWD, BAD, F_OK));
	T(syscall(SYS_faccessat, 99, "plain", F_OK));
	T(syscall(SYS_faccessat, AT_FDCWD, guard_str("plain"), F_OK));
	T(FACCESSAT2(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	T(FACCESSAT2(AT_FDCWD, "plain", R_OK, AT_EACCESS));
	T(FACCESSAT2(AT_FDCWD, "", F_OK, AT_EMPTY_PATH));
	T(FACCESSAT2(AT_FDCWD, "plain", F_OK, 1));
	T(FACCESSAT2(AT_FDCWD, "plain", 16, 0));
	fd = T(open("exec", O_PATH));
	T(FACCESSAT2(fd, "", X_OK, AT_EMPTY_PATH));
	T(FACCESSAT2(fd, "", X_OK, 0));
	T(FACCESSAT2(fd, "x", X_OK, 0));
	dir = T(open(".", O_RDONLY));
	T(FACCESSAT2(dir, "plain", R_OK, 0));
	T(close(dir));
	T(FACCESSAT2(dir, "plain", R_OK, 0));
#ifdef SYS_access
	T(syscall(SYS_access, "plain", R_OK));
	T(syscall(SYS_access, "plain", X_OK));
	T(syscall(SYS_access, "missing", F_OK));
	T(syscall(SYS_access, NIL, F_OK));
	T(syscall(SYS_access, BAD, F_OK));
	T(syscall(SYS_access, "plain", 8));
#endif
	unprivileged();
	MUST(chmod("closed", 0755));
	return 0;
}
