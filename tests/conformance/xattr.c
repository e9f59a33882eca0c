/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended attributes: all four calls, by path, by link and by descriptor, with
 * rooms that are too small, names that are too long and flags that are wrong.
 */
#include "conf.h"
#include <sys/xattr.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A list in the order of its names; the file system may add others than user's. */
static void show_list(const char *label, const char *list, ssize_t len)
{
	const char *name[16];
	size_t n = 0;

	printf("%s:", label);
	for (const char *p = list; p < list + len && n < 16; p += strlen(p) + 1)
		if (!strncmp(p, "user.", 5))
			name[n++] = p;
	qsort(name, n, sizeof(name[0]), by_name);
	for (size_t i = 0; i < n; i++)
		printf(" %s", name[i]);
	printf("\n");
}

static void values(int fd)
{
	char *edge = guard(5), *none = guard(0), big[100];
	static char huge[65537];

	T(setxattr("file", "user.a", "value", 5, 0));
	T(lsetxattr("file", "user.b", "", 0, XATTR_CREATE));
	T(fsetxattr(fd, "user.c", "three", 5, XATTR_CREATE));
	T(setxattr("file", "user.c", "x", 1, XATTR_CREATE));
	T(setxattr("file", "user.c", "3\0z", 3, XATTR_REPLACE));
	T(setxattr("file", "user.d", "x", 1, XATTR_REPLACE));
	T(setxattr("file", "user.d", "x", 1, 7));
	T(setxattr("file", "", "x", 1, 0));
	T(setxattr("file", "noprefix", "x", 1, 0));
	T(setxattr("file", "unknown.name", "x", 1, 0));
	T(setxattr("missing", "user.a", "x", 1, 0));
	T(setxattr("file", BAD, "x", 1, 0));
	T(setxattr("file", "user.e", BAD, 1, 0));
	T(setxattr("file", "user.e", huge, sizeof(huge), 0));
	T(setxattr(BAD, "user.e", "x", 1, 0));
	T(getxattr("file", "user.a", edge, 5));
	dump("user.a", edge, 5);
	refill(edge, 5);
	T(getxattr("file", "user.a", edge, 4));
	printf("%ld bytes\n", touched(edge, 5));
	T(getxattr("file", "user.a", none, 0));
	T(getxattr("file", "user.a", NIL, 0));
	T(getxattr("file", "user.a", BAD, 5));
	T(getxattr("file", "user.a", RO, 5));
	T(getxattr("file", "user.b", big, sizeof(big)));
	T(lgetxattr("link", "user.a", big, sizeof(big)));
	T(getxattr("link", "user.c", big, sizeof(big)));
	dump("user.c", big, 3);
	T(fgetxattr(fd, "user.c", huge, sizeof(huge)));
	T(fgetxattr(fd, "user.none", big, sizeof(big)));
	T(fgetxattr(99, "user.a", big, sizeof(big)));
	T(fgetxattr(0, "user.a", big, sizeof(big)) < 0 ? -1 : 0);
}

static void lists(int fd)
{
	char list[256], *none = guard(0);
	ssize_t n = listxattr("file", list, sizeof(list));

	show_list("listxattr", list, n);
	TF(listxattr("file", none, 0) == n);
	TF(flistxattr(fd, list, (size_t)n) == n);
	show_list("flistxattr", list, n);
	T(flistxattr(fd, list, (size_t)n - 1));
	T(listxattr("file", BAD, sizeof(list)));
	TF(listxattr("link", list, sizeof(list)) == n);
	n = llistxattr("link", list, sizeof(list));
	show_list("llistxattr of a link", list, n < 0 ? 0 : n);
	T(listxattr("missing", list, sizeof(list)));
	T(flistxattr(99, list, sizeof(list)));
}

static void removals(int fd)
{
	char list[256];

	T(removexattr("file", "user.a"));
	T(removexattr("file", "user.a"));
	T(lremovexattr("file", "user.b"));
	T(lremovexattr("link", "user.c"));
	T(fremovexattr(fd, "user.c"));
	T(fremovexattr(fd, BAD));
	show_list("left", list, listxattr("file", list, sizeof(list)));
}

int main(void)
{
	char name[300] = "user.";
	int fd;

	conf_init();
	put("file", "text");
	MUST(symlink("file", "link"));
	fd = T(open("file", O_RDWR));
	if (setxattr("file", "user.test", "", 0, 0) && errno == EOPNOTSUPP) {
		puts("this file system has no user attributes");
		return 0;
	}
	T(removexattr("file", "user.test"));
	values(fd);
	lists(fd);
	memset(name + 5, 'n', 250);
	T(setxattr("file", name, "x", 1, 0));
	T(removexattr("file", name));
	name[255] = 'n';
	T(setxattr("file", name, "x", 1, 0));
	removals(fd);
	T(mkdir("dir", 0755));
	T(setxattr("dir", "user.dir", "d", 1, 0));
	T(lsetxattr("link", "user.link", "l", 1, 0));
	T(close(fd));
	fd = T(open("file", O_PATH));
	T(fgetxattr(fd, "user.a", name, sizeof(name)));
	T(fsetxattr(fd, "user.a", "x", 1, 0));
	return 0;
}
