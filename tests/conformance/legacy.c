/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every call that x86-64 has and aarch64 has not, by its own number on x86-64 and
 * by libc's function of that name on aarch64: the output must be the same. What
 * each does wrong is in its family's program; here it is what all of them do.
 */
#include "conf.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <utime.h>

#ifdef __x86_64__
#define OLD(name, ...) syscall(SYS_##name __VA_OPT__(, ) __VA_ARGS__)
#define MASK(set) (set), 8
#else
#define OLD(name, ...) name(__VA_ARGS__)
#define eventfd(count) eventfd(count, 0)
#define MASK(set) (set), 0
#endif

static void show(const char *name)
{
	struct stat st, link;

	T(OLD(stat, name, &st));
	T(OLD(lstat, name, &link));
	printf("%s %#o %#o nlink %d size %ld mtime %ld.%09ld\n", name, st.st_mode, link.st_mode,
	       (int)st.st_nlink, (long)st.st_size, (long)st.st_mtim.tv_sec % 1000000,
	       st.st_mtim.tv_nsec);
}

static void times(const char *name)
{
	struct utimbuf seconds = { 1000000011, 1000000012 };
	struct timeval tv[2] = { { 1000000021, 123456 }, { 1000000022, 654321 } };
	int dir = T(OLD(open, ".", O_RDONLY | O_DIRECTORY));

	T(OLD(utime, name, &seconds));
	show(name);
	T(OLD(utimes, name, tv));
	show(name);
	tv[1].tv_usec = 7;
	T(OLD(futimesat, dir, name, tv));
	show(name);
	T(close(dir));
}

static void names(void)
{
	char buf[16] = "";
	int fd;

	fd = T(OLD(creat, "f", 0640));
	T(write(fd, "hello", 5));
	T(OLD(dup2, fd, 20));
	T(OLD(dup2, 20, 20));
	T(close(20));
	T(close(fd));
	T(OLD(mkdir, "d", 0750));
	T(OLD(link, "f", "d/hard"));
	T(OLD(symlink, "../f", "d/l"));
	T(OLD(readlink, "d/l", buf, sizeof(buf)));
	printf("%s\n", buf);
	times("f");
	times("d/l");
	T(OLD(chmod, "d/l", 0604));
	T(OLD(chown, "d/l", getuid(), getgid()));
	T(OLD(lchown, "d/l", getuid(), getgid()));
	T(OLD(access, "d/l", R_OK));
	T(OLD(access, "d/no", F_OK));
	T(OLD(mknod, "fifo", S_IFIFO | 0600, 0));
	T(OLD(rename, "d/hard", "g"));
	show("g");
	T(OLD(unlink, "d/l"));
	T(OLD(rmdir, "d"));
	T(OLD(unlink, "missing"));
}

static void waits(int fifo, int local)
{
	struct timeval tv = { 0, 1000 };
	struct pollfd pfd[2] = { { fifo, POLLIN, 0 }, { local, POLLIN, 0 } };
	struct epoll_event ev[2] = { { .events = EPOLLIN }, { .events = EPOLLIN } };
	fd_set in;
	int ep = T(OLD(epoll_create, 1));

	T(OLD(poll, pfd, 2, 1));
	printf("%#x %#x\n", pfd[0].revents, pfd[1].revents);
	FD_ZERO(&in);
	FD_SET(fifo, &in);
	FD_SET(local, &in);
	T(OLD(select, 40, &in, NULL, NULL, &tv));
	printf("%d %d\n", !!FD_ISSET(fifo, &in), !!FD_ISSET(local, &in));
	ev[0].data.u64 = 0xfedcba9876543210ULL;
	ev[1].data.u64 = 1;
	T(epoll_ctl(ep, EPOLL_CTL_ADD, fifo, ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, local, ev + 1));
	memset(ev, 0, sizeof(ev));
	T(OLD(epoll_wait, ep, ev, 1, 1));
	printf("%#x %llx\n", ev[0].events, (unsigned long long)ev[0].data.u64);
	T(close(ep));
}

static void descriptors(void)
{
	uint64_t count = 0;
	sigset_t set;
	int p[2], fifo, fd;
	char c;

	fifo = T(OLD(open, "fifo", O_RDWR));
	T(OLD(pipe, p));
	waits(fifo, p[0]);
	T(write(fifo, "x", 1));
	waits(fifo, p[0]);
	T(read(fifo, &c, 1));
	T(write(p[1], "y", 1));
	waits(fifo, p[0]);
	fd = T(OLD(eventfd, 5));
	T(read(fd, &count, sizeof(count)));
	printf("%d\n", (int)count);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	fd = T(OLD(signalfd, -1, MASK(&set)));
	TF(fcntl(fd, F_GETFD) == 0);
	MUST(raise(SIGUSR1));
	TF(read(fd, guard(sizeof(struct signalfd_siginfo)), sizeof(struct signalfd_siginfo)) ==
	   sizeof(struct signalfd_siginfo));
	fd = T(OLD(inotify_init));
	TOK(inotify_add_watch(fd, ".", IN_CREATE));
	put("watched", "");
	TF(read(fd, guard(4096), 4096) > 0);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void processes(void)
{
	time_t now = time(NULL), t;
	pid_t pid;

	TF(OLD(getpgrp) == getpgid(0));
	TF((t = (time_t)OLD(time, NULL)) >= now && t < now + 60);
	conf_handle(SIGALRM, on_signal, 0);
	TF(OLD(alarm, 1) > 0);
	T(OLD(pause));
	alarm(conf_seconds());
	fflush(stdout);
	pid = (pid_t)OLD(fork);
	if (!pid)
		_exit(5);
	conf_reap("fork", pid);
}

int main(void)
{
	conf_init();
	names();
	descriptors();
	processes();
	return 0;
}
