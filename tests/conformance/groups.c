/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Credentials of one thread, by the kernel's own calls (the C library's are
 * every thread's): groups, file system ids and capabilities decide what that
 * thread may open, and whose its new files are, while another one is root.
 */
#include "conf.h"
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/fsuid.h>

#define SET(name, ...) T(syscall(SYS_##name, __VA_ARGS__))

static pthread_barrier_t turns;

static void owner(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0664);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		printf("%s: %s\n", name, conf_errname(errno));
	else
		printf("%s: %u %u\n", name, st.st_uid, st.st_gid);
	close(fd);
}

static void tries(const char *who)
{
	static const char *const names[] = { "group", "user", "root" };

	for (size_t i = 0; i < 3; i++) {
		int fd = open(names[i], O_RDWR);

		printf("%s opens %s: %s\n", who, names[i], fd < 0 ? conf_errname(errno) : "ok");
		close(fd);
	}
}

/* One of the two at a time; both have the same files. */
static void both(const char *who)
{
	pthread_barrier_wait(&turns);
	if (who[0] == 'r')
		tries(who);
	pthread_barrier_wait(&turns);
	if (who[0] != 'r')
		tries(who);
	pthread_barrier_wait(&turns);
}

static void caps(unsigned int effective)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	MUST(syscall(SYS_capget, &h, d));
	d[0].effective = d[0].permitted & effective;
	d[1].effective = 0;
	T(syscall(SYS_capset, &h, d));
}

static void *thread(void *arg)
{
	gid_t list[2] = { 4242, 4243 }, got[8] = { 0 };

	(void)arg;
	/* without capabilities root is a user like any other */
	caps(1 << CAP_SETUID | 1 << CAP_SETGID);
	both("thread without capabilities");
	SET(setgroups, 2, list);
	SET(getgroups, 8, got);
	SET(setfsuid, 77);
	SET(setfsgid, 78);
	both("thread with a group");
	owner("open/theirs");
	SET(setfsuid, 4241);
	SET(setgroups, 0, NULL);
	both("thread as the user");
	SET(setfsuid, -1);
	SET(setfsgid, -1);
	SET(setresuid, 4241, 4241, 4241);
	SET(setresgid, -1, 1, -1);
	owner("open/mine");
	SET(setfsuid, 0);
	SET(setfsuid, -1);
	caps(~0U);
	SET(setgroups, 2, list);
	return NULL;
}

int main(void)
{
	gid_t got[8];
	pthread_t other;
	int n;

	conf_init();
	if (geteuid())
		return 0;
	umask(0);
	MUST(chmod(".", 0755));
	MUST(mkdir("open", 0777));
	put("group", "");
	put("user", "");
	put("root", "");
	MUST(chown("group", 1, 4243));
	MUST(chmod("group", 0060));
	MUST(chown("user", 4241, 1));
	MUST(chmod("user", 0600));
	MUST(chown("root", 1, 1));
	MUST(chmod("root", 0));
	n = getgroups(8, got);
	MUST(pthread_barrier_init(&turns, NULL, 2));
	MUST(pthread_create(&other, NULL, thread, NULL));
	for (int i = 0; i < 3; i++)
		both("root");
	pthread_join(other, NULL);
	owner("open/roots");
	TF(getgroups(8, got) == n);
	printf("%d %d\n", setfsuid(-1), setfsgid(-1));
	return 0;
}
