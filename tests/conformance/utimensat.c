/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utimensat, futimens and the older utime, utimes and futimesat: nanoseconds,
 * UTIME_NOW and UTIME_OMIT, NULL times, before 1970 and beyond 2038, links, and
 * the errors.
 */
#include "conf.h"
#include <sys/time.h>
#include <utime.h>

#define TS(a, an, m, mn)		((struct timespec[2]) { { a, an }, { m, mn } })
#define UTIMENSAT(dir, path, ts, flags) syscall(SYS_utimensat, dir, path, ts, flags)

static void times(const char *name)
{
	time_t now = time(NULL);
	struct stat st;

	MUST(lstat(name, &st));
	for (int i = 0; i < 2; i++) {
		struct timespec *ts = i ? &st.st_mtim : &st.st_atim;

		if (ts->tv_sec >= now - 60 && ts->tv_sec <= now + 60)
			printf(" %ctime now", i ? 'm' : 'a');
		else
			printf(" %ctime %ld.%09ld", i ? 'm' : 'a', (long)ts->tv_sec, ts->tv_nsec);
	}
	printf(" (%s)\n", name);
}

static void legacy(void)
{
#ifdef SYS_utime
	struct utimbuf ub = { 111, 222 };
	struct timeval tv[2] = { { 333, 444444 }, { 555, 666666 } };

	T(syscall(SYS_utime, guard_str("f"), &ub));
	times("f");
	T(syscall(SYS_utime, "f", NIL));
	times("f");
	T(syscall(SYS_utime, "f", BAD));
	T(syscall(SYS_utime, NIL, &ub));
	T(syscall(SYS_utime, "none", &ub));
	T(syscall(SYS_utimes, "f", tv));
	times("f");
	T(syscall(SYS_utimes, "f", NIL));
	times("f");
	T(syscall(SYS_utimes, "f", BAD));
	T(syscall(SYS_futimesat, AT_FDCWD, "f", tv));
	times("f");
	tv[1].tv_usec = 1000000;
	T(syscall(SYS_utimes, "f", tv));
	T(syscall(SYS_futimesat, 99, "f", tv));
	T(syscall(SYS_futimesat, 99, "f", NIL));
#endif
}

int main(void)
{
	struct timespec *edge = (void *)guard(2 * sizeof(*edge));
	int fd, dir;

	conf_init();
	put("f", "x");
	MUST(mkdir("d", 0755));
	put("d/in", "x");
	MUST(symlink("f", "l"));
	T(UTIMENSAT(AT_FDCWD, "f", TS(1, 2, 3, 999999999), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", TS(7, UTIME_OMIT, 8, 0), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", TS(7, 0, 8, UTIME_NOW), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", TS(0, UTIME_NOW, 0, UTIME_OMIT), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", TS(5000000000, 5, 9000000000, 9), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", TS(-1000, 5, -2000000000, 9), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "f", NIL, 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "none", TS(0, UTIME_OMIT, 0, UTIME_OMIT), 0));
	T(UTIMENSAT(AT_FDCWD, "f", TS(0, 1000000000, 0, 0), 0));
	T(UTIMENSAT(AT_FDCWD, "f", TS(0, 0, 0, -1), 0));
	T(UTIMENSAT(AT_FDCWD, "f", BAD, 0));
	T(UTIMENSAT(AT_FDCWD, "f", edge + 1, 0));
	edge[0] = (struct timespec) { 10, 11 };
	edge[1] = (struct timespec) { 12, 13 };
	T(UTIMENSAT(AT_FDCWD, "f", edge, 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "none", TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, "f/x", TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, "", TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, BAD, TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, NIL, TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, "f", TS(1, 0, 1, 0), 1));
	T(UTIMENSAT(99, "f", TS(1, 0, 1, 0), 0));
	T(UTIMENSAT(AT_FDCWD, "l", TS(20, 0, 21, 0), 0));
	times("f");
	T(UTIMENSAT(AT_FDCWD, "l", TS(22, 0, 23, 0), AT_SYMLINK_NOFOLLOW));
	times("f");
	times("l");
	dir = T(open("d", O_RDONLY));
	T(UTIMENSAT(dir, "in", TS(30, 0, 31, 0), 0));
	times("d/in");
	fd = T(open("f", O_RDONLY));
	T(futimens(fd, TS(40, 41, 42, 43)));
	times("f");
	T(futimens(fd, NIL));
	times("f");
	T(UTIMENSAT(fd, "", TS(50, 0, 51, 0), AT_EMPTY_PATH));
	times("f");
	T(UTIMENSAT(fd, NIL, TS(52, 0, 53, 0), AT_SYMLINK_NOFOLLOW));
	T(close(fd));
	T(futimens(fd, TS(1, 0, 1, 0)));
	T(futimens(-1, TS(1, 0, 1, 0)));
	legacy();
	/* a read moves atime, a write moves mtime */
	T(UTIMENSAT(AT_FDCWD, "f", TS(60, 0, 61, 0), 0));
	fd = T(open("f", O_WRONLY));
	T(write(fd, "y", 1));
	T(close(fd));
	times("f");
	return 0;
}
