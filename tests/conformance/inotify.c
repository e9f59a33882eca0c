/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inotify: events of files over there, read whole, in parts and not at all;
 * poll(2) on it, together with a pipe; who may read it after fork.
 */
#include "conf.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static void show(int fd)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		printf("  read: %s\n", conf_errname(errno));
	for (char *p = buf; n > 0 && p < buf + n;) {
		struct inotify_event *e = (void *)p;

		printf("  watch %d: %#x%s %s\n", e->wd, e->mask, e->cookie ? " with a cookie" : "",
		       e->len ? e->name : "-");
		p += sizeof(*e) + e->len;
	}
}

static void one_way(int fd)
{
	int file, n = -1;
	char small[8];

	T(inotify_add_watch(fd, ".", IN_ALL_EVENTS));
	T(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_MOVE));
	T(inotify_add_watch(fd, "missing", IN_CREATE));
	T(inotify_add_watch(fd, ".", 0));
	T(inotify_add_watch(fd, BAD, IN_CREATE));
	T(inotify_add_watch(99, ".", IN_CREATE));
	T(inotify_add_watch(0, ".", IN_CREATE));
	show(fd);
	file = T(open("a", O_CREAT | O_RDWR, 0600));
	T(ioctl(fd, FIONREAD, &n));
	printf("%d bytes\n", n);
	T(read(fd, small, sizeof(small)));
	show(fd);
	T(inotify_add_watch(fd, "a", IN_MODIFY | IN_ATTRIB | IN_CLOSE | IN_DELETE_SELF));
	T(write(file, "text", 4));
	T(write(file, "more", 4));
	T(fchmod(file, 0644));
	show(fd);
	T(rename("a", "b"));
	T(link("b", "c"));
	T(close(file));
	show(fd);
	T(unlink("b"));
	T(unlink("c"));
	show(fd);
	T(mkdir("dir", 0755));
	T(inotify_add_watch(fd, "dir", IN_ALL_EVENTS | IN_ONLYDIR));
	put("dir/x", "x");
	T(inotify_rm_watch(fd, 1));
	T(inotify_rm_watch(fd, 1));
	T(inotify_rm_watch(99, 1));
	show(fd);
	T(unlink("dir/x"));
	T(rmdir("dir"));
	show(fd);
}

/* A child makes the event that is waited for. */
static void waited_for(int fd)
{
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { -1, POLLIN, 0 } };
	int here[2];
	pid_t pid;

	MUST(pipe(here));
	p[1].fd = here[0];
	T(fcntl(fd, F_SETFL, 0));
	MUST(mkdir("watched", 0755));
	T(inotify_add_watch(fd, "watched", IN_CREATE));
	T(poll(p, 2, 0));
	for (int i = 0; i < 2; i++) {
		pid = conf_fork();
		if (!pid) {
			conf_msleep(30);
			put(i ? "watched/second" : "watched/first", "");
			_exit(0);
		}
		if (i == 0) {
			T(poll(p, 2, 10000));
			TF(p[0].revents == POLLIN && !p[1].revents);
		}
		show(fd);
		conf_reap("child", pid);
	}
	pid = conf_fork();
	if (!pid) {
		put("watched/third", "");
		show(fd);
		_exit(0);
	}
	conf_reap("child", pid);
	T(fcntl(fd, F_SETFL, O_NONBLOCK));
	show(fd);
	close(here[0]);
	close(here[1]);
}

int main(void)
{
	int fd;

	conf_init();
	T(inotify_init1(1));
	fd = T(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	T(fcntl(fd, F_GETFD));
	T(fcntl(fd, F_GETFL));
	one_way(fd);
	waited_for(fd);
	T(write(fd, "x", 1));
	T(lseek(fd, 0, SEEK_SET));
	T(close(fd));
	fd = T(inotify_init());
	T(close(fd));
	return 0;
}
