/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is replaced, removed or cut while it is open: the descriptor keeps
 * what it had, the name has what is new. And time stamps of other centuries.
 */
#include "conf.h"
#include <sys/file.h>
#include <sys/time.h>
#include <utime.h>

static void show(int fd, const char *label)
{
	char buf[64];
	ssize_t n = pread(fd, buf, sizeof(buf), 0);
	struct stat st;

	MUST(fstat(fd, &st));
	printf("%s: %ld links, %ld bytes\n", label, (long)st.st_nlink, (long)st.st_size);
	dump("  text", buf, n);
}

static bool same(int fd, const char *name)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(name, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static void renamed_over(void)
{
	int old, new;
	char *map;

	put("f", "the old one");
	put("f.new", "the new one, longer");
	old = T(open("f", O_RDWR));
	map = mmap(NULL, CONF_PAGE, PROT_READ, MAP_SHARED, old, 0);
	TF(same(old, "f"));
	T(rename("f.new", "f"));
	TF(same(old, "f"));
	cat("f");
	show(old, "old");
	T(pwrite(old, "THE", 3, 0));
	show(old, "old");
	cat("f");
	dump("map", map, 11);
	new = T(open("f", O_RDONLY));
	T(flock(old, LOCK_EX | LOCK_NB));
	T(flock(new, LOCK_EX | LOCK_NB));
	T(fchmod(old, 0600));
	T(ftruncate(old, 3));
	show(old, "old");
	show(new, "new");
	dump("map", map, 3);
	T(munmap(map, CONF_PAGE));
	T(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE));
	put("f", "a third");
	T(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE));
	T(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE));
	TF(same(new, "f"));
	T(close(old));
	T(close(new));
}

static void removed(void)
{
	struct stat st;
	char link[64], there[4096];
	int fd, dir;

	put("u", "unlinked");
	fd = T(open("u", O_RDWR));
	T(unlink("u"));
	show(fd, "unlinked");
	T(write(fd, "still", 5));
	show(fd, "unlinked");
	put("u", "another");
	TF(same(fd, "u"));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	T(stat(link, &st));
	TF(readlink(link, there, sizeof(there)) > 10 && memmem(there, sizeof(there), " (deleted)", 10));
	dir = T(open(link, O_RDONLY));
	show(dir, "again");
	T(linkat(fd, "", AT_FDCWD, "back", AT_EMPTY_PATH));
	T(close(dir));
	T(close(fd));
	MUST(mkdir("dir", 0755));
	dir = T(open("dir", O_RDONLY | O_DIRECTORY));
	T(rmdir("dir"));
	T(openat(dir, "x", O_RDWR | O_CREAT, 0644));
	T(mkdirat(dir, "x", 0755));
	T(fstatat(dir, ".", &st, 0));
	T(fstatat(dir, "..", &st, 0));
	MUST(mkdir("dir", 0755));
	TF(same(dir, "dir"));
	T(close(dir));
}

static void times(const char *name, long at, long ns)
{
	struct timespec ts[2] = { { at, ns }, { at + 1, ns } };
	struct timeval tv[2] = { { at, ns / 1000 }, { at + 1, 0 } };
	struct utimbuf ut = { at, at + 1 };
	struct statx sx;
	struct stat st;
	int fd = (int)MUST(open(name, O_RDWR));

	printf("-- %ld.%09ld\n", at, ns);
	T(utimensat(AT_FDCWD, name, ts, 0));
	MUST(stat(name, &st));
	printf("%ld.%09ld %ld.%09ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	       (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	T(futimens(fd, (struct timespec[2]) { { 5, 0 }, { 6, 0 } }));
	T(utimes(name, tv));
	MUST(syscall(SYS_statx, AT_FDCWD, name, 0, STATX_ALL, &sx));
	printf("%ld.%09u %ld.%09u\n", (long)sx.stx_atime.tv_sec, sx.stx_atime.tv_nsec,
	       (long)sx.stx_mtime.tv_sec, sx.stx_mtime.tv_nsec);
	T(utime(name, &ut));
	MUST(fstat(fd, &st));
	printf("%ld %ld\n", (long)st.st_atim.tv_sec, (long)st.st_mtim.tv_sec);
#ifdef SYS_futimesat
	T(syscall(SYS_futimesat, AT_FDCWD, name, tv));
	MUST(fstat(fd, &st));
	printf("%ld.%09ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
#endif
	close(fd);
}

int main(void)
{
	static const long at[] = { 0, -1, -86400, -2147483648L, -2147483649L, -62135596800L,
				   2147483646, 2147483647, 2147483648L, 4294967295L, 15032385534L,
				   15032385535L, 253402300800L, LONG_MAX - 1, LONG_MIN };

	conf_init();
	renamed_over();
	removed();
	put("t", "");
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		times("t", at[i], i % 2 ? 999999999 : 123456000);
	MUST(utimensat(AT_FDCWD, "t", (struct timespec[2]) { { 1, 0 }, { 1, 0 } }, 0));
	return 0;
}
