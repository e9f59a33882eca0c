/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads share descriptors, offsets, the working directory and the umask: one
 * opens what another closes, all see a chdir, a thread that called
 * unshare(CLONE_FS) does not disturb the rest, and a fork from a thread works.
 */
#include "conf.h"
#include <pthread.h>
#include <sched.h>

static int shared_fd;

static void in_thread(void *(*fn)(void *))
{
	pthread_t thread;
	void *ret;

	MUST(-pthread_create(&thread, NULL, fn, NULL));
	pthread_join(thread, &ret);
}

static void *opener(void *arg)
{
	shared_fd = T(open("f", O_RDWR | O_CREAT, 0644));
	T(write(shared_fd, "thread ", 7));
	MUST(mkdir("d", 0755));
	put("d/in", "in");
	T(chdir("d"));
	umask(077);
	return arg;
}

static void *closer(void *arg)
{
	T(lseek(shared_fd, 0, SEEK_CUR));
	T(close(shared_fd));
	return arg;
}

static void *apart(void *arg)
{
	T(unshare(CLONE_FS));
	T(chdir(".."));
	T(access("d", F_OK));
	return arg;
}

static void *apart_files(void *arg)
{
	T(unshare(CLONE_FILES));
	T(close(shared_fd));
	T(write(shared_fd, "x", 1));
	return arg;
}

static void *forker(void *arg)
{
	pid_t pid = conf_fork();

	if (!pid) {
		cat("in");
		T(write(shared_fd, "forked ", 7));
		T(chdir(".."));
		_exit(0);
	}
	conf_reap("from a thread", pid);
	return arg;
}

static volatile int go;

/* Many threads, one descriptor: every byte lands once. */
static void *writer(void *arg)
{
	while (!go)
		sched_yield();
	for (int i = 0; i < 25; i++)
		if (write(shared_fd, arg, 1) != 1)
			abort();
	return NULL;
}

static void many(void)
{
	pthread_t thread[8];
	char buf[256];
	int count[8] = { 0 };
	long n;

	shared_fd = T(open("many", O_RDWR | O_CREAT | O_TRUNC, 0644));
	for (int i = 0; i < 8; i++)
		MUST(-pthread_create(&thread[i], NULL, writer, (char *)"abcdefgh" + i));
	go = 1;
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	T(lseek(shared_fd, 0, SEEK_CUR));
	n = T(pread(shared_fd, buf, sizeof(buf), 0));
	for (long i = 0; i < n; i++)
		if (buf[i] >= 'a' && buf[i] <= 'h')
			count[buf[i] - 'a']++;
	for (int i = 0; i < 8; i++)
		printf("%c %d\n", 'a' + i, count[i]);
	T(close(shared_fd));
	T(unlink("many"));
}

int main(void)
{
	conf_init();
	in_thread(opener);
	T(write(shared_fd, "main ", 5));
	cat("in");
	printf("umask %#o\n", umask(022));
	in_thread(apart);
	cat("in");
	in_thread(apart_files);
	T(lseek(shared_fd, 0, SEEK_CUR));
	in_thread(forker);
	cat("in");
	in_thread(closer);
	T(write(shared_fd, "x", 1));
	cat("../f");
	many();
	return 0;
}
