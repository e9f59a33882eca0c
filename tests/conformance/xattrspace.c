/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended attributes of the namespaces beside user: security, trusted, system
 * (access lists), and none; the largest values; of links, directories, FIFOs
 * and devices; by name, by link, by descriptor; as another user.
 */
#include "conf.h"
#include <sys/xattr.h>

static const char *const names[] = {
	"user.n", "trusted.n", "security.n", "security.capability", "system.posix_acl_access",
	"system.n", "none.n", "user.", "user", ".n", "",
};

/* What came of it, and a part of the value. */
static void get(const char *how, ssize_t n, const char *value)
{
	printf("  %s %zd %s %.8s\n", how, n, n < 0 ? conf_errname(errno) : "", n > 0 ? value : "");
}

#define NO_FD 99 /* is not open */

static void each(const char *path, int fd)
{
	static size_t first; /* another one each time, if it is not all of them */
	const size_t step = conf_step();
	char value[64];

	printf("-- %s\n", path);
	for (size_t i = first++ % step; i < sizeof(names) / sizeof(names[0]); i += step) {
		printf("%s:", names[i]);
		T(setxattr(path, names[i], "value", 5, 0));
		memset(value, 0, sizeof(value));
		get("get", getxattr(path, names[i], value, sizeof(value)), value);
		get("size", getxattr(path, names[i], NULL, 0), "");
		get("short", getxattr(path, names[i], value, 1), "");
		T(lsetxattr(path, names[i], "other", 5, XATTR_REPLACE));
		get("lget", lgetxattr(path, names[i], value, sizeof(value)), value);
		T(removexattr(path, names[i]));
		T(lremovexattr(path, names[i]));
		if (fd == NO_FD && !*names[i])
			continue; /* what is wrong first differs between kernels, and no side's is meant */
		T(fsetxattr(fd, names[i], "third", 5, 0));
		get("fget", fgetxattr(fd, names[i], value, sizeof(value)), value);
		T(fremovexattr(fd, names[i]));
	}
}

static void large(const char *path)
{
	static const size_t sizes[] = { 0, 1, 4000, 65535, 65536, 65537 };
	char *value = guard(65537), *back = guard(65536);
	ssize_t n;

	pattern(value, 65537, 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		printf("%zu: ", sizes[i]);
		/* how much a file system holds is its own affair: it is compared */
		T(setxattr(path, "user.large", value, sizes[i], 0));
		T(n = getxattr(path, "user.large", NULL, 0));
		T(getxattr(path, "user.large", back, 65536));
		if (n > 0) {
			TF(!memcmp(value, back, (size_t)n));
			T(getxattr(path, "user.large", back, (size_t)n - 1));
			T(getxattr(path, "user.large", BAD, (size_t)n));
		}
		T(getxattr(path, "user.large", back, 1 << 20));
	}
	T(setxattr(path, "user.large", BAD, 5, 0));
	T(setxattr(path, "user.large", NIL, 0, 0));
	T(setxattr(path, "user.large", value, (size_t)-1, 0));
	T(removexattr(path, "user.large"));
}

/* More names than a page holds. */
static void many(const char *path)
{
	char name[100], *list = guard(65536);
	ssize_t n = 0, sum = 0;
	int made = 0;

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "user.%090d", i);
		made += !setxattr(path, name, "", 0, XATTR_CREATE);
	}
	printf("made %d\n", made);
	n = listxattr(path, list, 65536);
	for (char *at = list; at < list + n; at += strlen(at) + 1)
		sum += !strncmp(at, "user.0", 6);
	printf("listed %zd\n", sum);
	TF(listxattr(path, NULL, 0) == n);
	TF(llistxattr(path, list + 65536 - n, (size_t)n) == n);
	T(listxattr(path, list, (size_t)n - 1));
	T(listxattr(path, BAD, (size_t)n));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "user.%090d", i);
		removexattr(path, name);
	}
}

static void everybody(void)
{
	int fd;

	fd = (int)MUST(open("file", O_RDWR));
	each("file", fd);
	close(fd);
	fd = (int)MUST(open("dir", O_RDONLY));
	each("dir", fd);
	close(fd);
	fd = (int)MUST(open("fifo", O_RDWR));
	each("fifo", fd);
	close(fd);
	fd = (int)MUST(open("file", O_RDONLY));
	each("link", fd);
	close(fd);
	each("missing", NO_FD);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		T(lsetxattr("link", names[i], "value", 5, 0));
}

int main(void)
{
	pid_t pid;

	conf_init();
	put("file", "text");
	MUST(symlink("file", "link"));
	MUST(mkdir("dir", 0777));
	MUST(mkfifo("fifo", 0666));
	MUST(chmod("file", 0666));
	MUST(chmod("fifo", 0666));
	MUST(chmod("dir", 01777));
	if (setxattr("file", "user.test", "", 0, 0) && errno == EOPNOTSUPP) {
		puts("this file system has no user attributes");
		return 0;
	}
	T(removexattr("file", "user.test"));
	everybody();
	large("file");
	many("file");
	pid = geteuid() ? -1 : conf_fork();
	if (!pid) {
		MUST(setresuid(65534, 65534, 65534));
		everybody();
		_exit(0);
	}
	if (pid > 0)
		conf_reap("nobody", pid);
	return 0;
}
