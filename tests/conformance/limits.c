/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RLIMIT_NOFILE, by setrlimit and prlimit, of this process and of a child that
 * runs: what may be opened, duplicated and made then, here and over there.
 * RLIMIT_AS below what is mapped already: no call needs more memory than natively.
 */
#include "conf.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void set(pid_t pid, rlim_t soft, rlim_t hard)
{
	struct rlimit old, new = { soft, hard };

	MUST(prlimit(pid, RLIMIT_NOFILE, NULL, &old));
	if (hard == RLIM_INFINITY)
		new.rlim_max = old.rlim_max;
	T(prlimit(pid, RLIMIT_NOFILE, &new, &old));
}

static void makes(void)
{
	int fd, p[2];

	T(fd = open("f", O_RDONLY));
	T(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(access("new", F_OK));
	T(open("missing", O_RDONLY));
	T(pipe(p));
	T(socket(AF_INET, SOCK_DGRAM, 0));
	T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(fcntl(0, F_DUPFD, 10));
	T(dup2(0, 10));
	T(syscall(SYS_close_range, 3, 200, 0));
	unlink("new");
}

static void ourselves(void)
{
	T(getrlimit(RLIMIT_NOFILE, BAD));
	set(0, 10, RLIM_INFINITY);
	makes();
	set(0, 5, RLIM_INFINITY);
	makes();
	set(0, 3, RLIM_INFINITY);
	makes();
	set(0, 0, RLIM_INFINITY);
	makes();
	set(getpid(), 64, RLIM_INFINITY);
	makes();
}

/* What is open above a new limit stays open. */
static void above(void)
{
	char c;
	int fd = (int)MUST(open("f", O_RDWR)), high;

	high = T(fcntl(fd, F_DUPFD, 40));
	set(0, 20, RLIM_INFINITY);
	T(read(high, &c, 1));
	T(lseek(fd, 0, SEEK_CUR));
	T(dup2(high, 41));
	T(dup2(high, 19));
	T(close(high));
	T(fcntl(fd, F_DUPFD, 40));
	close(fd);
	close(19);
	set(0, 64, RLIM_INFINITY);
}

static void child(void)
{
	volatile int *step = conf_shared();
	pid_t pid = conf_fork();

	if (!pid) {
		await(&step[0], 1);
		makes();
		step[1] = 1;
		await(&step[0], 2);
		makes();
		_exit(0);
	}
	set(pid, 4, RLIM_INFINITY);
	step[0] = 1;
	await(&step[1], 1);
	set(pid, 64, RLIM_INFINITY);
	step[0] = 2;
	conf_reap("child", pid);
	T(prlimit(pid, RLIMIT_NOFILE, NULL, NULL));
	T(prlimit(0, 99, NULL, NULL));
	T(prlimit(0, RLIMIT_NOFILE, BAD, NULL));
	T(prlimit(0, RLIMIT_NOFILE, &(struct rlimit) { 9, 8 }, NULL));
}

/* A child inherits it, and an exec keeps it. */
static void inherited(const char *self)
{
	pid_t pid;

	set(0, 12, RLIM_INFINITY);
	pid = conf_fork();
	if (!pid) {
		execl(self, self, "makes", NULL);
		_exit(1);
	}
	conf_reap("program", pid);
}

/* A program of the server's own. */
static void copy(const char *from, const char *to)
{
	int in = (int)MUST(open(from, O_RDONLY)), out = (int)MUST(creat(to, 0755));
	char buf[65536];
	ssize_t n;

	while ((n = MUST(read(in, buf, sizeof(buf)))) > 0)
		MUST(write(out, buf, (size_t)n));
	close(in);
	close(out);
}

static void address_space(const char *self)
{
	struct rlimit l = { 128 << 20, 128 << 20 };
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };
	int here = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	pid_t pid;

	copy(self, "program");
	pid = conf_fork();
	if (!pid) {
		MUST((long)mmap(NULL, 256 << 20, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
		T(setrlimit(RLIMIT_AS, &l));
		T(prlimit(0, RLIMIT_AS, &l, NULL));
		T(mmap(NULL, CONF_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		  MAP_FAILED);
		p[0].fd = (int)MUST(open("f", O_RDONLY));
		p[1].fd = (int)MUST(eventfd(1, 0));
		T(poll(p, 2, 1000));
		T(access("/usr/bin/env", F_OK));
		T(chdir("/usr"));
		T(fchdir(here));
		T(execl("./missing", "missing", NULL));
		T(execl("./program", self, "makes", NULL));
		_exit(1);
	}
	conf_reap("small", pid);
	unlink("program");
	close(here);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		setbuf(stdout, NULL);
		makes();
		return 0;
	}
	conf_init();
	put("f", "text");
	address_space(argv[0]);
	ourselves();
	above();
	child();
	inherited(argv[0]);
	return 0;
}
