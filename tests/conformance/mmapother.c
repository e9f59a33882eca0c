/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapped file and the other calls that change it: appending, cutting by name
 * and at open, holes, copies between files; mappings that are cut, moved,
 * doubled, replaced and made writable later; a file's number used again; a
 * writer that is another program, or killed; threads that map one file.
 */
#include "conf.h"
#include <pthread.h>
#include <sys/sendfile.h>

static char *map(int fd, size_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_SHARED, fd, 0);

	MUST((long)p);
	return p;
}

static void writes(size_t page)
{
	int fd = T(open("w", O_RDWR | O_CREAT, 0644)), app, src;
	loff_t in = 0, out = 0;
	char *p;

	T(ftruncate(fd, (off_t)page));
	p = map(fd, 4 * page, PROT_READ | PROT_WRITE);
	app = T(open("w", O_WRONLY | O_APPEND));
	T(write(app, "appended", 8));
	dump("appended", p + page, 8);
	T(pwrite(app, "again", 5, 0));
	dump("at its end too", p + page + 8, 5);
	T(truncate("w", 3));
	T(truncate("w", (off_t)(2 * page)));
	memcpy(p, "abcdef", 6);
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 2));
	dump("a hole", p, 6);
	put("src", "sourcedata");
	src = T(open("src", O_RDWR));
	T(sendfile(fd, src, NULL, 10));
	dump("sent", p, 10);
	memcpy(p, "STORED", 6);
	T(copy_file_range(fd, &in, src, &out, 10, 0));
	cat("src");
	close(T(open("w", O_WRONLY | O_TRUNC)));
	T(ftruncate(fd, 10));
	dump("cut at open", p, 10);
	T(munmap(p, 4 * page));
	close(src);
	close(app);
	close(fd);
}

static void moves(size_t page)
{
	int fd = T(open("m", O_RDWR | O_CREAT, 0644));
	char *p, *q, *r;

	T(ftruncate(fd, (off_t)(5 * page)));
	p = map(fd, 5 * page, PROT_READ);
	T(mprotect(p, 5 * page, PROT_READ | PROT_WRITE));
	for (size_t i = 0; i < 5; i++)
		memset(p + i * page, '0' + (int)i, 8);
	T(munmap(p + page, page));
	q = mremap(p + 2 * page, 2 * page, 3 * page, MREMAP_MAYMOVE);
	MUST((long)q);
	dump("moved", q, 8);
	dump("grown", q + 2 * page, 8);
	memcpy(q + 2 * page, "stored", 6);
	r = mmap(q, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	TF(r == q);
	memcpy(r, "not in the file", 15);
	r = mremap(p, 0, page, MREMAP_MAYMOVE);
	MUST((long)r);
	memcpy(r, "twice", 5);
	dump("doubled", p, 8);
	close(fd);
}

static void same_number(size_t page)
{
	int fd = T(open("n", O_RDWR | O_CREAT, 0644)), other;
	char *p, *q;

	T(write(fd, "old file", 8));
	p = map(fd, page, PROT_READ);
	close(fd);
	T(unlink("n"));
	other = T(open("n", O_RDWR | O_CREAT, 0644));
	T(write(other, "new", 3));
	q = map(other, page, PROT_READ);
	dump("old", p, 8);
	dump("new", q, 8);
	close(other);
}

static void *add(void *arg)
{
	int fd = (int)MUST(open("t", O_RDWR));
	int *p = (int *)map(fd, 4096, PROT_READ | PROT_WRITE);

	for (int i = 0; i < 100; i++)
		__atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
	close(fd);
	munmap(p, 4096);
	return arg;
}

static void threads(void)
{
	int fd = (int)MUST(open("t", O_RDWR | O_CREAT, 0644)), sum = 0;
	pthread_t thread[8];

	MUST(ftruncate(fd, 4096));
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, add, NULL);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	T(pread(fd, &sum, sizeof(sum), 0));
	printf("sum %d\n", sum);
	close(fd);
}

/* Runs again as another program: maps the file, stores, and ends in its way. */
static int other_program(const char *how)
{
	char *p = map((int)MUST(open("p", O_RDWR)), 100, PROT_READ | PROT_WRITE);

	dump("the other sees", p, 5);
	fflush(stdout);
	memcpy(p + 10, how, 4);
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	return 0;
}

static void programs(void)
{
	int fd = (int)MUST(open("p", O_RDWR | O_CREAT, 0644));
	char *p;

	MUST(ftruncate(fd, 100));
	p = map(fd, 100, PROT_READ | PROT_WRITE);
	memcpy(p, "first", 5);
	for (int i = 0; i < 2; i++) {
		const char *how = i ? "kill" : "exit";
		pid_t pid = conf_fork();

		if (!pid) {
			execl("/proc/self/exe", "mmapother", how, (char *)NULL);
			_exit(9);
		}
		conf_reap(how, pid);
		dump("stored", p + 10, 4);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	size_t page = CONF_PAGE;

	conf_init();
	if (argc > 1)
		return other_program(argv[1]);
	writes(page);
	moves(page);
	same_number(page);
	threads();
	programs();
	return 0;
}
