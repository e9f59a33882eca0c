/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RLIMIT_FSIZE: no file grows beyond it (EFBIG and SIGXFSZ), by whatever call, in
 * whatever child or thread; who sets it for whom, and what it does not concern.
 */
#include "conf.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define MIB (1 << 20)

static volatile int signals;

static void count(int sig)
{
	(void)sig;
	signals++;
}

static void said(void)
{
	printf("  %d signals\n", signals);
	signals = 0;
}

static int limit(rlim_t cur)
{
	struct rlimit l;

	MUST(getrlimit(RLIMIT_FSIZE, &l));
	l.rlim_cur = cur;
	return setrlimit(RLIMIT_FSIZE, &l);
}

static void size(const char *name)
{
	struct stat st;

	printf("%s: %ld\n", name, stat(name, &st) ? -1L : (long)st.st_size);
}

static void small(void)
{
	struct iovec v[2] = { { "0123456789", 10 }, { "abcdefghij", 10 } };
	int fd = T(open("small", O_RDWR | O_CREAT | O_TRUNC, 0644)), in;
	off_t at = 0;

	T(limit(100));
	T(write(fd, "0123456789", 10));
	T(pwrite(fd, "0123456789", 10, 95));
	said();
	T(pwrite(fd, "x", 1, 100));
	said();
	T(pwrite(fd, "x", 1, 1000));
	said();
	T(pwrite(fd, "", 0, 1000));
	T(pwrite(fd, "x", 1, 5));
	T(pwritev(fd, v, 2, 88));
	T(pwritev(fd, v, 2, 100));
	said();
	T(lseek(fd, 98, SEEK_SET));
	T(writev(fd, v, 2));
	T(writev(fd, v, 2));
	T(lseek(fd, 0, SEEK_CUR));
	said();
	T(ftruncate(fd, 100));
	T(ftruncate(fd, 101));
	said();
	T(truncate("small", 5000));
	said();
	T(fallocate(fd, 0, 50, 51));
	said();
	T(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 || errno == EFBIG);
	signals = 0;
	in = T(open("small", O_RDONLY));
	T(lseek(fd, 0, SEEK_END));
	T(sendfile(fd, in, &at, 10));
	said();
	at = 0;
	T(copy_file_range(in, &at, fd, NULL, 10, 0));
	said();
	T(close(in));
	T(close(fd));
	fd = T(open("small", O_WRONLY | O_APPEND));
	T(write(fd, "x", 1));
	said();
	T(close(fd));
	size("small");
	T(limit(RLIM_INFINITY));
	T(truncate("small", 5000));
	T(limit(100));
	T(truncate("small", 4000));
	size("small");
	T(limit(0));
	fd = T(open("none", O_RDWR | O_CREAT, 0644));
	T(write(fd, "x", 1));
	T(close(fd));
	said();
	T(mkdir("dir", 0755));
	T(limit(RLIM_INFINITY));
}

/* Pieces: the ones before the limit count, and then nothing is signalled. */
static void large(void)
{
	int fd = T(open("large", O_RDWR | O_CREAT | O_TRUNC, 0644));
	char *buf = guard(4 * MIB);

	T(limit(2 * MIB + 5));
	T(write(fd, buf, 4 * MIB));
	said();
	T(write(fd, buf, 4 * MIB));
	said();
	T(limit(2 * MIB));
	T(ftruncate(fd, 0));
	T(pwrite(fd, buf, 4 * MIB, 0));
	said();
	T(pwrite(fd, buf, 4 * MIB, MIB));
	said();
	T(pwrite(fd, buf, 4 * MIB, 2 * MIB));
	said();
	T(limit(RLIM_INFINITY));
	T(close(fd));
	T(unlink("large"));
}

/* A mapping changes no size: it is written back, whatever the limit. */
static void mapped(void)
{
	int fd = T(open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0644));
	char *map;

	T(ftruncate(fd, 8192));
	T(limit(100));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST((long)map);
	memcpy(map, "first", 5);
	memcpy(map + 8000, "last", 4);
	T(msync(map, 8192, MS_SYNC));
	T(munmap(map, 8192));
	T(limit(RLIM_INFINITY));
	T(close(fd));
}

static void *in_thread(void *arg)
{
	T(write(*(int *)arg, "0123456789", 10));
	T(write(*(int *)arg, "0123456789", 10));
	T(limit(20));
	return NULL;
}

static void others(void)
{
	struct rlimit l = { 7, RLIM_INFINITY }, old;
	volatile int *step = conf_shared();
	int fd = T(open("others", O_RDWR | O_CREAT | O_TRUNC, 0644)), p[2];
	pthread_t thread;
	pid_t pid;

	T(limit(10));
	pid = conf_fork();
	if (!pid) {
		T(write(fd, "0123456789ab", 12));
		T(write(fd, "x", 1));
		said();
		T(limit(12));
		T(write(fd, "0123456789ab", 12));
		conf_handle(SIGXFSZ, SIG_DFL, 0);
		T(write(fd, "x", 1));
		_exit(0);
	}
	conf_reap("child", pid);
	T(write(fd, "x", 1));
	said();
	T(ftruncate(fd, 0));
	T(lseek(fd, 0, SEEK_SET));
	MUST(pthread_create(&thread, NULL, in_thread, &fd));
	pthread_join(thread, NULL);
	said();
	T(write(fd, "0123456789ab", 12));
	T(ftruncate(fd, 0));
	T(lseek(fd, 0, SEEK_SET));
	/* another process's, from outside */
	pid = conf_fork();
	if (!pid) {
		step[0] = 1;
		await(&step[1], 1);
		MUST(getrlimit(RLIMIT_FSIZE, &l));
		printf("child's limit %ld\n", (long)l.rlim_cur);
		T(write(fd, "0123456789", 10));
		_exit(0);
	}
	await(&step[0], 1);
	T(prlimit(pid, RLIMIT_FSIZE, &l, &old));
	printf("was %ld\n", (long)old.rlim_cur);
	step[1] = 1;
	conf_reap("limited", pid);
	T(prlimit(0, RLIMIT_FSIZE, NULL, &old));
	printf("own %ld\n", (long)old.rlim_cur);
	T(prlimit(getpid(), RLIMIT_FSIZE, &(struct rlimit) { 15, RLIM_INFINITY }, NULL));
	T(write(fd, "0123456789", 10));
	T(prlimit(0, RLIMIT_FSIZE, &(struct rlimit) { 2, 1 }, NULL));
	T(prlimit(0, RLIMIT_FSIZE, BAD, NULL));
	T(setrlimit(RLIMIT_FSIZE, BAD));
	T(setrlimit(99, &l));
	/* not for what is no file */
	T(limit(1));
	MUST(pipe(p));
	T(write(p[1], "0123456789", 10));
	T(write(open("/dev/null", O_WRONLY), "0123456789", 10));
	T(limit(RLIM_INFINITY));
	T(ftruncate(fd, 100));
	/* a hard limit that is lowered stays so */
	pid = conf_fork();
	if (!pid) {
		T(setrlimit(RLIMIT_FSIZE, &(struct rlimit) { 110, 110 }));
		T(pwrite(fd, "0123456789ab", 12, 100));
		T(pwrite(fd, "x", 1, 110));
		said();
		execl("/proc/self/exe", "fsize", "again", NULL);
		_exit(1);
	}
	conf_reap("executed", pid);
	size("others");
}

int main(int argc, char **argv)
{
	conf_init();
	if (argc > 1) {
		conf_handle(SIGXFSZ, SIG_IGN, 0);
		T(truncate("others", 109));
		T(truncate("others", 111));
		return argv[1][0] != 'a';
	}
	conf_handle(SIGXFSZ, count, SA_RESTART);
	small();
	large();
	mapped();
	others();
	return 0;
}
