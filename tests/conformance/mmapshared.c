/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writable shared mappings: the file shows what was stored after msync, munmap,
 * close, exit and exec of the writer, two mappings of one file are one memory
 * (in one process, through another descriptor, over fork), and the program's own
 * read and write see and change the mapping.
 */
#include "conf.h"

static char *map(int fd, size_t len, off_t off)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, off);

	MUST((long)p);
	return p;
}

static int make(const char *name, size_t size)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));

	MUST(ftruncate(fd, (off_t)size));
	return fd;
}

static void writing(size_t page)
{
	char buf[16] = "", *p, *q;
	int fd = make("f", 3 * page), other = open("f", O_RDWR);

	p = map(fd, 3 * page, 0);
	memcpy(p, "first", 5);
	memcpy(p + 2 * page - 3, "across", 6);
	T(msync(p, 3 * page, MS_SYNC));
	T(pread(fd, buf, 5, 0));
	dump("msync", buf, 5);
	T(pread(other, buf, 6, (off_t)(2 * page) - 3));
	dump("msync", buf, 6);
	/* reads see stores without any msync, by either descriptor */
	memcpy(p + 100, "unsynced", 8);
	T(pread(fd, buf, 8, 100));
	dump("own read", buf, 8);
	memcpy(p + 100, "UNSYNCED", 8);
	T(pread(other, buf, 8, 100));
	dump("other read", buf, 8);
	/* and the mapping sees writes */
	T(pwrite(other, "written", 7, 200));
	dump("mapping", p + 200, 7);
	T(lseek(fd, 300, SEEK_SET));
	T(write(fd, "again", 5));
	dump("mapping", p + 300, 5);
	q = map(other, page, (off_t)page);
	memcpy(q + page - 3, "ACR", 3);
	dump("coherent", p + 2 * page - 3, 6);
	memcpy(p + page, "one page", 8);
	dump("coherent", q, 8);
	T(close(fd));
	T(close(other));
	memcpy(p + 400, "no descriptor", 13);
	T(munmap(q, page));
	T(munmap(p, 3 * page));
	fd = T(open("f", O_RDONLY));
	T(pread(fd, buf, 13, 400));
	dump("munmap", buf, 13);
	T(close(fd));
}

/* Stores past the end of the file are lost, the size stays. */
static void tail(size_t page)
{
	struct stat st;
	int fd = make("t", 10);
	char *p = map(fd, page, 0);

	memset(p, 'x', 20);
	T(msync(p, page, MS_SYNC));
	T(munmap(p, page));
	MUST(fstat(fd, &st));
	printf("size %ld\n", (long)st.st_size);
	T(close(fd));
	cat("t");
}

static void over_fork(size_t page)
{
	volatile int *step = conf_shared();
	int fd = make("g", page);
	char *p = map(fd, page, 0), buf[8];
	pid_t pid = conf_fork();

	if (!pid) {
		memcpy(p, "child", 5);
		step[0] = 1;
		await(&step[1], 1);
		dump("child sees", p + 10, 6);
		_exit(0);
	}
	await(&step[0], 1);
	dump("parent sees", p, 5);
	memcpy(p + 10, "parent", 6);
	step[1] = 1;
	conf_reap("child", pid);
	T(pread(fd, buf, 6, 10));
	dump("file", buf, 6);
	/* unrelated processes map the same file */
	pid = conf_fork();
	if (!pid) {
		char *q = map((int)MUST(open("g", O_RDWR)), page, 0);

		dump("remapped", q + 10, 6);
		memcpy(q + 20, "later", 5);
		_exit(0);
	}
	conf_reap("child", pid);
	dump("from the child", p + 20, 5);
	T(munmap(p, page));
	T(close(fd));
}

/* Whatever way the writer goes, its stores are in the file. */
static void endings(size_t page)
{
	static const char *const how[] = { "exit", "kill", "exec", "nothing" };
	char name[16];

	for (int i = 0; i < 4; i++) {
		pid_t pid = conf_fork();

		snprintf(name, sizeof(name), "end-%s", how[i]);
		if (!pid) {
			int fd = make(name, 20);
			char *p = map(fd, page, 0);

			memcpy(p, how[i], strlen(how[i]));
			if (i == 0)
				exit(0);
			if (i == 1)
				raise(SIGKILL);
			if (i == 2)
				execl("/bin/true", "true", (char *)NULL);
			close(fd);
			_exit(0);
		}
		conf_reap(how[i], pid);
		cat(name);
	}
}

/* A database's way: grow, map more, store, shrink. */
static void growing(size_t page)
{
	struct stat st;
	int fd = make("grow", 0);
	char *p = map(fd, 8 * page, 0), c = 0;

	for (int i = 1; i <= 8; i++) {
		MUST(ftruncate(fd, (off_t)(i * page)));
		p[i * page - 1] = (char)('a' + i);
		MUST(pread(fd, &c, 1, (off_t)(i * page) - 1));
		printf("%c", c);
	}
	printf("\n");
	p = mremap(p, 8 * page, 2 * page, 0);
	TF(p != MAP_FAILED);
	p = mremap(p, 2 * page, 16 * page, MREMAP_MAYMOVE);
	TF(p != MAP_FAILED && p[8 * page - 1] == 'a' + 8);
	T(ftruncate(fd, (off_t)page));
	T(ftruncate(fd, (off_t)(2 * page)));
	printf("%d %c\n", p[2 * page - 1], p[page - 1]);
	T(fsync(fd));
	MUST(fstat(fd, &st));
	TF(st.st_size == (off_t)(2 * page));
	T(munmap(p, 16 * page));
	T(close(fd));
}

int main(void)
{
	size_t page = CONF_PAGE;

	conf_init();
	writing(page);
	tail(page);
	over_fork(page);
	endings(page);
	growing(page);
	return 0;
}
