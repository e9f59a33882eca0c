/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone with CLONE_FILES and CLONE_FS, and unshare: what is shared is shared
 * both ways (new descriptors, closes, chdir, umask), what is not is copied; once
 * as processes and once as raw threads with tables of their own.
 */
#include "conf.h"
#include <sched.h>
#include <sys/file.h>

enum { STACK = 256 << 10 };

static int child(void *arg)
{
	volatile int *step = arg;
	int fd;

	if (fcntl(3, F_GETFD) < 0)
		return 1;
	close(3);
	fd = open("made", O_RDWR | O_CREAT, 0644);
	if (fd != 3 || write(fd, "made", 4) != 4)
		return 2;
	if (chdir("d"))
		return 3;
	umask(077);
	step[0] = 1;
	await(&step[1], 1);
	return access("in", F_OK) ? 4 : 0;
}

static void try(const char *what, int flags)
{
	volatile int *step = conf_shared();
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	char buf[8] = "";
	int fd = open("f", O_RDWR), top = open(".", O_RDONLY);
	pid_t pid = (pid_t)MUST(clone(child, stack + STACK, flags | SIGCHLD, (void *)step));

	printf("%s: %d %d\n", what, fd, top);
	await(&step[0], 1);
	T(lseek(3, 0, SEEK_CUR));
	T(pread(3, buf, 4, 0));
	dump("3", buf, 4);
	T(access("in", F_OK));
	printf("umask %#o\n", umask(022));
	step[1] = 1;
	conf_reap("child", pid);
	MUST(fchdir(top));
	close(fd);
	close(top);
	umask(022);
}

/* unshare in a child that shares: afterwards it goes its own way. */
static int leaver(void *arg)
{
	volatile int *step = arg;

	if (unshare(CLONE_FILES | CLONE_FS))
		return errno;
	close(3);
	if (chdir("d"))
		return 1;
	step[0] = 1;
	return open("f", O_RDONLY) >= 0;
}

static void leave(void)
{
	volatile int *step = conf_shared();
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int fd = T(open("f", O_RDWR));
	pid_t pid = (pid_t)MUST(
		clone(leaver, stack + STACK, CLONE_FILES | CLONE_FS | SIGCHLD, (void *)step));

	conf_reap("unshare", pid);
	T(fcntl(fd, F_GETFD));
	T(access("f", F_OK));
	T(close(fd));
	T(unshare(CLONE_FILES));
	T(unshare(CLONE_FS));
	T(unshare(0));
}

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static int replaced(void *arg)
{
	(void)arg;
	execl("/bin/true", "true", (char *)NULL);
	return 99;
}

static int split_off(void *arg)
{
	(void)arg;
	return syscall(SYS_close_range, 3, ~0U, 2U /* CLOSE_RANGE_UNSHARE */) ? 99 : 0;
}

/* A sharer that gets a table of its own closes nothing for the others. */
static void parted(const char *what, int (*part)(void *))
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int fd = (int)MUST(open("f", O_RDONLY | O_CLOEXEC));
	char buf[4];

	conf_reap(what, (pid_t)MUST(clone(part, stack + STACK, CLONE_FILES | SIGCHLD, NULL)));
	T(pread(fd, buf, 4, 0));
	T(close(fd));
	munmap(stack, STACK);
}

/* A table of its own, but the directory is shared: it ends, and what it had open is closed. */
static int holder(void *arg)
{
	int fd = open("f", O_RDWR);

	(void)arg;
	for (int i = 0; i < 20; i++)
		dup(fd);
	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB);
}

static void closed_at_the_end(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int fd = (int)MUST(open("f", O_RDWR)), status, ended = 0, free = 0;

	for (int i = conf_often(60); i; i--) {
		pid_t pid = (pid_t)MUST(clone(holder, stack + STACK, CLONE_FS | SIGCHLD, NULL));

		ended += waitpid(pid, &status, 0) == pid && !status;
		free += !flock(fd, LOCK_EX | LOCK_NB);
		flock(fd, LOCK_UN);
	}
	printf("%d have ended, %d locks are free\n", ended, free);
	close(fd);
}

int main(void)
{
	conf_init();
	put("f", "file");
	MUST(mkdir("d", 0755));
	put("d/in", "in");
	try("nothing shared", 0);
	try("CLONE_FILES", CLONE_FILES);
	try("CLONE_FS", CLONE_FS);
	try("CLONE_FILES and CLONE_FS", CLONE_FILES | CLONE_FS);
	try("with memory", CLONE_VM | CLONE_FILES | CLONE_FS);
	try("memory alone", CLONE_VM);
	leave();
	parted("exec", replaced);
	parted("close_range", split_off);
	closed_at_the_end();
	return 0;
}
