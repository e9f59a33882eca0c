/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inotify under load: the queue overflows and says so, reads wait and are
 * interrupted, a watched directory goes with its watch, IN_ONESHOT,
 * IN_MASK_CREATE, moves with their cookies, epoll with other descriptors, two
 * instances, an instance that a child inherits.
 */
#include "conf.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static char buf[65536] __attribute__((aligned(8)));
static uint32_t cookie;

/* Equal cookies show as such; their values are the kernel's. */
static void show(int fd)
{
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		printf("  %s\n", conf_errname(errno));
	for (char *at = buf; at < buf + n;) {
		struct inotify_event *e = (void *)at;

		printf("  %d %#x%s %s\n", e->wd, e->mask,
		       !e->cookie ? "" : e->cookie == cookie ? " the same" : " moved",
		       e->len ? e->name : "");
		cookie = e->cookie ? e->cookie : cookie;
		at += sizeof(*e) + e->len;
	}
}

static void overflow(void)
{
	int fd = T(inotify_init1(IN_NONBLOCK)), max = 0, n, events = 0, overflows = 0;
	FILE *limit = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	char name[32];

	if (!limit || fscanf(limit, "%d", &max) != 1 || max > 20000)
		max = 20000;
	if (limit)
		fclose(limit);
	MUST(mkdir("full", 0755));
	put("full/a", "");
	T(inotify_add_watch(fd, "full", IN_MOVED_FROM | IN_MOVED_TO));
	for (int i = 0; i < max / 2 + 5; i++) {
		snprintf(name, sizeof(name), "full/%c", i % 2 ? 'a' : 'b');
		MUST(rename(i % 2 ? "full/b" : "full/a", name));
	}
	while ((n = (int)read(fd, buf, sizeof(buf))) > 0)
		for (char *at = buf; at < buf + n;) {
			struct inotify_event *e = (void *)at;

			events++;
			if (e->mask & IN_Q_OVERFLOW)
				overflows += e->wd == -1;
			at += sizeof(*e) + e->len;
		}
	TF(overflows == 1);
	TF(events == max + 1);
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void waits(void)
{
	int fd = T(inotify_init1(0)), status;
	timer_t timer;
	pid_t pid;

	MUST(mkdir("slow", 0755));
	T(inotify_add_watch(fd, "slow", IN_CREATE));
	conf_handle(SIGUSR1, on_alarm, 0);
	timer = conf_ticks(SIGUSR1);
	T(read(fd, buf, sizeof(buf)));
	conf_ticks_end(timer);
	pid = conf_fork();
	if (!pid) {
		conf_msleep(30);
		put("slow/made", "");
		_exit(0);
	}
	show(fd);
	MUST(waitpid(pid, &status, 0));
	pid = conf_fork();
	if (!pid) {
		T(inotify_add_watch(fd, ".", IN_CREATE));
		put("by-child", "");
		_exit(0);
	}
	conf_reap("child", pid);
	show(fd);
	close(fd);
}

static void ends(void)
{
	int fd = T(inotify_init1(IN_NONBLOCK)), second = T(inotify_init1(IN_NONBLOCK));

	MUST(mkdir("gone", 0755));
	put("gone/f", "");
	T(inotify_add_watch(fd, "gone", IN_ALL_EVENTS));
	T(inotify_add_watch(fd, "gone/f", IN_DELETE_SELF | IN_ATTRIB));
	T(inotify_add_watch(second, "gone", IN_CREATE | IN_ONESHOT));
	T(inotify_add_watch(fd, "gone", IN_CREATE | IN_MASK_CREATE));
	T(inotify_add_watch(fd, "gone", IN_CREATE | IN_MASK_ADD | IN_MASK_CREATE));
	T(inotify_add_watch(fd, "gone/f", IN_CREATE | IN_ONLYDIR));
	put("gone/g", "text");
	put("gone/h", "");
	show(second);
	MUST(rename("gone/g", "gone/i"));
	MUST(rename("gone/i", "out"));
	MUST(unlink("gone/f"));
	MUST(unlink("gone/h"));
	MUST(rmdir("gone"));
	show(fd);
	T(inotify_rm_watch(fd, 1));
	T(inotify_rm_watch(fd, -1));
	show(second);
	close(fd);
	close(second);
}

static void with_others(void)
{
	int ep = T(epoll_create1(0)), fd = T(inotify_init1(IN_NONBLOCK)), p[2], wd, n;
	struct epoll_event e[4], ev = { .events = EPOLLIN };

	MUST(pipe(p));
	ev.data.u32 = 1;
	T(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	ev.data.u32 = 2;
	T(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev));
	T(wd = inotify_add_watch(fd, ".", IN_CREATE));
	T(epoll_wait(ep, e, 4, 0));
	put("seen", "");
	T(n = epoll_wait(ep, e, 4, 5000));
	printf("%u %#x\n", e[0].data.u32, e[0].events);
	T(ioctl(fd, FIONREAD, &n));
	MUST(write(p[1], "x", 1));
	T(epoll_wait(ep, e, 4, 0));
	T(inotify_rm_watch(fd, wd));
	show(fd);
	T(epoll_wait(ep, e, 4, 0));
	close(ep);
	close(fd);
}

int main(void)
{
	conf_init();
	/* ten thousand calls: not where each takes a while */
	if (conf_often(2) == 2)
		overflow();
	waits();
	ends();
	with_others();
	return 0;
}
