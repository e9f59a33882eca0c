/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap of a file: private, shared read-only, shared writable, past the end. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf beyond;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(beyond, 1);
}

static char *map(int fd, size_t len, int prot, int flags)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		_exit(1);
	}
	return p;
}

static void show(const char *what, int fd)
{
	char buf[32] = "";
	ssize_t n = pread(fd, buf, 12, 0);

	printf("%s: %zd \"%.*s\"\n", what, n, (int)n, buf);
}

int main(void)
{
	int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *shared, *private;

	if (fd < 0 || ftruncate(fd, 3 * 4096) || pwrite(fd, "hello world!", 12, 0) != 12) {
		perror("mapped");
		return 1;
	}
	private = map(fd, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	printf("private: %.12s\n", private);
	memcpy(private, "MINE!", 5);
	show("after a private write", fd);

	shared = map(fd, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
	memcpy(shared, "OURS!", 5);
	shared[8192] = 'Z';
	msync(shared, 3 * 4096, MS_SYNC);
	show("after msync", fd);
	if (pwrite(fd, "WRITE", 5, 6) != 5)
		perror("pwrite");
	printf("shared sees: %.12s, private keeps: %.5s\n", shared, private);

	fflush(stdout);
	if (fork() == 0) {
		memcpy(shared + 4096, "child", 5);
		_exit(0);
	}
	wait(NULL);
	printf("from the child: %.5s\n", shared + 4096);

	signal(SIGBUS, on_bus);
	if (ftruncate(fd, 4096))
		perror("ftruncate");
	if (sigsetjmp(beyond, 1) == 0)
		printf("past the end: %d\n", shared[8192]);
	else
		printf("past the end: SIGBUS\n");
	munmap(shared, 3 * 4096);
	munmap(private, 3 * 4096);
	show("at the end", fd);
	return 0;
}
