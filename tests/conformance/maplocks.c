/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flock(2) and OFD locks live as long as the open file description: until the last
 * descriptor is closed and the last mapping is gone, in all processes.
 */
#include "conf.h"
#include <linux/close_range.h>
#include <sys/file.h>

#define PAGES 4

static size_t page;

/* Can another process lock it? */
static void others(const char *when)
{
	int status;
	pid_t pid = conf_fork();

	if (!pid) {
		struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		int fd = (int)MUST(open("f", O_RDWR));
		bool whole = !flock(fd, LOCK_EX | LOCK_NB), part;

		flock(fd, LOCK_UN);
		part = !fcntl(fd, F_OFD_SETLK, &l);
		_exit(whole + 2 * part);
	}
	MUST(waitpid(pid, &status, 0));
	printf("%s: %s %s\n", when, WEXITSTATUS(status) & 1 ? "free" : "flocked",
	       WEXITSTATUS(status) & 2 ? "free" : "locked");
}

enum { FLOCK, OFD, SHARED };

static void lock(int fd, int kind)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

	if (kind == OFD)
		T(fcntl(fd, F_OFD_SETLK, &l));
	else
		T(flock(fd, kind == FLOCK ? LOCK_EX : LOCK_SH));
}

static char *map(int fd, int prot, int flags)
{
	char *p = mmap(NULL, PAGES * page, prot, flags, fd, 0);

	TF(p != MAP_FAILED);
	return p;
}

/* Locked first or mapped first; closed, then unmapped by halves. */
static void plain(int kind, bool map_first, int prot, int flags)
{
	int fd = (int)MUST(open("f", O_RDWR | O_CLOEXEC));
	char *p = NULL;

	printf("-- kind %d, %s first, prot %d, flags %d\n", kind, map_first ? "mapped" : "locked", prot,
	       flags);
	if (!map_first)
		lock(fd, kind);
	p = map(fd, prot, flags);
	if (map_first)
		lock(fd, kind);
	others("open and mapped");
	T(close(fd));
	others("closed");
	T(munmap(p, 2 * page));
	others("half unmapped");
	T(munmap(p + 2 * page, 2 * page));
	others("unmapped");
}

/* A descriptor is left when the mapping goes. */
static void descriptor_left(void)
{
	int fd = (int)MUST(open("f", O_RDWR)), copy = dup(fd);
	char *p = map(fd, PROT_READ, MAP_SHARED);

	puts("-- a descriptor is left");
	lock(copy, FLOCK);
	T(close(fd));
	T(munmap(p, PAGES * page));
	others("unmapped");
	T(close(copy));
	others("closed");
}

/* Other ways to close, and to unmap. */
static void other_ways(void)
{
	int fd = (int)MUST(open("f", O_RDWR)), second;
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), *q;

	puts("-- other ways");
	lock(fd, FLOCK);
	p[0] = 'x';
	second = (int)MUST(open("/dev/null", O_RDONLY));
	T(dup2(second, fd) == fd);
	others("replaced");
	p = mremap(p, PAGES * page, 2 * PAGES * page, MREMAP_MAYMOVE);
	TF(p != MAP_FAILED);
	others("moved");
	q = mmap(p, 2 * PAGES * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	TF(q == p);
	others("mapped over");
	T(munmap(p, 2 * PAGES * page));
	close(fd);
	close(second);

	fd = (int)MUST(open("f", O_RDONLY));
	p = map(fd, PROT_READ, MAP_PRIVATE);
	lock(fd, FLOCK);
	T(close_range((unsigned)fd, (unsigned)fd, 0));
	others("closed by range");
	T(munmap(p, PAGES * page));
	others("unmapped");
}

/* A child has the mapping, too; and what execve(2) and exit(2) take away. */
static void processes(void)
{
	int fd = (int)MUST(open("f", O_RDWR)), go[2];
	char *p = map(fd, PROT_READ, MAP_SHARED), byte;
	pid_t pid;

	puts("-- processes");
	MUST(pipe(go));
	lock(fd, FLOCK);
	T(close(fd));
	pid = conf_fork();
	if (!pid) {
		close(go[1]);
		MUST(read(go[0], &byte, 1));
		_exit(p[0] != 'x');
	}
	T(munmap(p, PAGES * page));
	others("the child has it");
	close(go[1]);
	conf_reap("child", pid);
	others("the child has ended");

	pid = conf_fork();
	if (!pid) {
		fd = (int)MUST(open("f", O_RDWR));
		p = map(fd, PROT_READ, MAP_SHARED);
		lock(fd, OFD);
		close(fd);
		others("before exec");
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	conf_reap("true", pid);
	others("after exec");
}

/* A POSIX lock goes with any descriptor of the file. */
static void posix(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };
	int fd = (int)MUST(open("f", O_RDWR));
	char *p = map(fd, PROT_READ, MAP_SHARED);

	puts("-- a POSIX lock");
	T(fcntl(fd, F_SETLK, &l));
	T(flock(fd, LOCK_SH));
	others("held");
	T(close(fd));
	others("closed");
	T(munmap(p, PAGES * page));
	others("unmapped");
}

/* Who has unlocked holds nothing. */
static void unlocked(void)
{
	int fd = (int)MUST(open("f", O_RDWR));
	char *p = map(fd, PROT_READ, MAP_SHARED);

	puts("-- unlocked");
	lock(fd, FLOCK);
	T(flock(fd, LOCK_UN));
	others("unlocked");
	lock(fd, SHARED);
	T(close(fd));
	others("shared, closed");
	T(munmap(p, PAGES * page));
	others("unmapped");
}

/* The one who closes is done with it when it is said. */
static void handed_on(void)
{
	int there[2], back[2], odd = 0;
	pid_t pid;
	char byte = 0;

	MUST(pipe(there));
	MUST(pipe(back));
	pid = conf_fork();
	if (!pid) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1) {
			int fd = (int)MUST(open("f", O_RDONLY));

			byte = flock(fd, LOCK_EX | LOCK_NB) ? 'b' : 'g';
			close(fd);
			MUST(write(back[1], &byte, 1));
		}
		_exit(0);
	}
	for (int i = 0; i < conf_often(200); i++) {
		int fd = (int)MUST(open("f", O_RDONLY));

		MUST(flock(fd, LOCK_EX));
		MUST(close(fd));
		MUST(write(there[1], &byte, 1));
		MUST(read(back[0], &byte, 1));
		odd += byte != 'g';
	}
	close(there[1]);
	conf_reap("the other one", pid);
	printf("%d still locked\n", odd);
}

int main(void)
{
	int fd;

	conf_init();
	page = CONF_PAGE;
	fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	MUST(ftruncate(fd, (off_t)(2 * PAGES * page)));
	MUST(close(fd));
	for (int kind = FLOCK; kind <= SHARED; kind++)
		for (int i = 0; i < 2; i++) {
			plain(kind, i, PROT_READ | PROT_WRITE, MAP_SHARED);
			plain(kind, i, PROT_READ, MAP_PRIVATE);
		}
	descriptor_left();
	other_ways();
	processes();
	posix();
	unlocked();
	handed_on();
	return 0;
}
