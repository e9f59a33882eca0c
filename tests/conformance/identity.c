/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User and group ids: the calls agree with each other and with the owner of a
 * new file; dropping them in a child works where it may, shows in what the child
 * can do, is inherited by fork, and does not touch the parent.
 */
#include "conf.h"
#include <grp.h>
#include <sys/fsuid.h>

static void ids(void)
{
	uid_t *r = (void *)guard(sizeof(uid_t)), e = 1, s = 2;
	struct stat st;

	MUST(getresuid(r, &e, &s));
	TF(*r == getuid() && e == geteuid() && s == geteuid());
	MUST(getresgid(r, &e, &s));
	TF(*r == getgid() && e == getegid() && s == getegid());
	TF((uid_t)setfsuid(-1) == geteuid());
	TF((gid_t)setfsgid(-1) == getegid());
	T(syscall(SYS_getresuid, BAD, &e, &s));
	T(syscall(SYS_getresuid, &e, NIL, &s));
	T(syscall(SYS_getresgid, &e, &s, RO));
	put("mine", "");
	MUST(stat("mine", &st));
	TF(st.st_uid == geteuid() && st.st_gid == getegid());
}

#define MANY 70000 /* more than NGROUPS_MAX */

static void groups(void)
{
	static gid_t many[MANY];
	gid_t *list = (void *)guard(sizeof(gid_t) * 256);
	int n = getgroups(0, NULL);

	TF(n >= 0 && n <= 256);
	TF(getgroups(256, list) == n);
	TF(touched(list, sizeof(gid_t) * 256) <= (long)(n * sizeof(gid_t)));
	T(getgroups(-1, list));
	if (n > 0)
		TF(getgroups(n - 1, list) == -1 && (n == 1 || errno == EINVAL));
	T(syscall(SYS_setgroups, -1, list));
	T(syscall(SYS_setgroups, MANY, many));
	TF(syscall(SYS_setgroups, 1, BAD) == -1);
}

static void drop(void)
{
	pid_t pid = conf_fork();

	if (!pid) {
		gid_t two[2] = { 65534, 12345 };
		struct stat st;

		T(setgroups(2, two));
		T(setresgid(65534, 65534, 65534));
		T(setresuid(1234, 1234, 1234));
		printf("%d %d %d\n", getuid() == 1234, getegid() == 65534, getgroups(0, NULL));
		T(setuid(0));
		TF(open("secret", O_RDONLY) == -1);
		if (!stat("mine", &st))
			printf("mine %#o\n", st.st_mode);
		pid = conf_fork();
		if (!pid) {
			TF(geteuid() == 1234 && getgid() == 65534);
			TF(open("secret", O_RDONLY) == -1);
			_exit(0);
		}
		conf_reap("grandchild", pid);
		_exit(0);
	}
	conf_reap("child", pid);
	TF(open("secret", O_RDONLY) >= 0);
}

int main(void)
{
	conf_init();
	ids();
	groups();
	put("secret", "s");
	MUST(chmod("secret", 0600));
	MUST(chmod(".", 0755));
	if (geteuid() == 0)
		drop();
	T(setuid(getuid()));
	T(setreuid(-1, -1));
	T(setregid(-1, -1));
	T(setresuid(-1, -1, -1));
	T(setgid(getgid()));
	ids();
	return 0;
}
