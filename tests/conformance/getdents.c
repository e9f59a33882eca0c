/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * getdents64, legacy getdents and readdir: every entry once however small the
 * buffer, types, rewinding and seeking, a buffer too small for one entry, a
 * directory of 1000 files, and the errors.
 */
#include "conf.h"
#include <dirent.h>

enum { MANY = 1000 };

struct dent {
	uint64_t ino, off;
	uint16_t len;
	uint8_t type;
	char name[];
};

static char names[MANY + 8][300];
static int count;

static int order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Collect all names with a buffer of this size; the calls made, or -1. */
static int collect(int fd, size_t size)
{
	char *buf = guard(size);
	int calls = 0;
	long n;

	count = 0;
	while ((n = syscall(SYS_getdents64, fd, buf, size)) > 0) {
		calls++;
		for (long at = 0; at < n;) {
			struct dent *d = (void *)(buf + at);

			snprintf(names[count++], 300, "%s:%d", d->name, d->type);
			at += d->len;
		}
	}
	qsort(names, count, sizeof(names[0]), order);
	return n < 0 ? -1 : calls;
}

static void print(void)
{
	for (int i = 0; i < count; i++)
		printf("  %s\n", names[i]);
}

static void small(void)
{
	int fd = T(open(".", O_RDONLY | O_DIRECTORY));

	TF(collect(fd, 4096) == 1);
	print();
	T(syscall(SYS_getdents64, fd, guard(100), 100));
	T(lseek(fd, 0, SEEK_SET));
	/* the longest name here needs 24 bytes and its text */
	TF(collect(fd, 64) > 1);
	printf("%d entries\n", count);
	T(lseek(fd, 0, SEEK_SET));
	T(syscall(SYS_getdents64, fd, guard(8), 8));
	T(syscall(SYS_getdents64, fd, guard(8), 0));
	T(syscall(SYS_getdents64, fd, BAD, 4096));
	T(syscall(SYS_getdents64, fd, NIL, 4096));
	TF(collect(fd, 4096) == 1);
	T(lseek(fd, 0, SEEK_SET));
	/* ends where the kernel stops looking, far beyond the buffer's use */
	TOK(syscall(SYS_getdents64, fd, guard(1024), 1 << 20));
	T(close(fd));
	T(syscall(SYS_getdents64, fd, guard(64), 64));
	fd = T(open("file", O_RDONLY));
	T(syscall(SYS_getdents64, fd, guard(64), 64));
	T(close(fd));
}

static void legacy(void)
{
#ifdef SYS_getdents
	struct {
		unsigned long ino, off;
		unsigned short len;
		char name[];
	} * d;
	int fd = T(open(".", O_RDONLY | O_DIRECTORY));
	char *buf = guard(4096);
	long n = syscall(SYS_getdents, fd, buf, 4096);

	count = 0;
	for (long at = 0; at < n; at += d->len) {
		d = (void *)(buf + at);
		snprintf(names[count++], 300, "%s:%d", d->name, buf[at + d->len - 1]);
	}
	qsort(names, count, sizeof(names[0]), order);
	print();
	T(syscall(SYS_getdents, fd, buf, 4096));
	T(lseek(fd, 0, SEEK_SET));
	T(syscall(SYS_getdents, fd, buf, 8));
	T(syscall(SYS_getdents, fd, BAD, 4096));
	T(close(fd));
	T(syscall(SYS_getdents, fd, buf, 4096));
#endif
}

static void many(void)
{
	char name[64];
	long mark = 0;
	struct dirent *e;
	int fd, n = 0, before = 0;
	DIR *dir;

	MUST(mkdir("many", 0755));
	for (int i = 0; i < conf_often(MANY); i++) {
		snprintf(name, sizeof(name), "many/file-%04d", i);
		put(name, "");
	}
	fd = T(open("many", O_RDONLY));
	TF(collect(fd, 32768) >= 1);
	printf("%d entries, from %s to %s\n", count, names[0], names[count - 1]);
	T(lseek(fd, 0, SEEK_SET));
	TF(collect(fd, 500) > 50);
	printf("%d entries\n", count);
	T(close(fd));
	dir = opendir("many");
	while ((e = readdir(dir))) {
		if (++n == 500)
			mark = telldir(dir);
	}
	printf("readdir %d\n", n);
	seekdir(dir, mark);
	for (before = n, n = 0; readdir(dir); n++)
		;
	TF(n == before - 500);
	rewinddir(dir);
	for (n = 0; readdir(dir); n++)
		;
	printf("rewound %d\n", n);
	closedir(dir);
}

static void moving(void)
{
	int fd = T(open("d", O_RDONLY));

	TF(collect(fd, 4096) == 1);
	put("d/new", "");
	T(lseek(fd, 0, SEEK_SET));
	TF(collect(fd, 4096) == 1);
	print();
	MUST(unlink("d/new"));
	MUST(rmdir("d"));
	T(lseek(fd, 0, SEEK_SET));
	T(syscall(SYS_getdents64, fd, guard(1024), 1024));
	T(close(fd));
}

int main(void)
{
	conf_init();
	put("file", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(mkfifo("fifo", 0600));
	small();
	legacy();
	moving();
	many();
	return 0;
}
