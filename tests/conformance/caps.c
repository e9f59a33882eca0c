/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities: asked for, given up, and what that means over there; names that
 * nobody may set.
 */
#include "conf.h"
#include <linux/capability.h>
#include <sys/prctl.h>

static long get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return syscall(SYS_capget, &h, data);
}

static long set(const struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return syscall(SYS_capset, &h, data);
}

static void headers(void)
{
	struct __user_cap_header_struct h = { 1, 0 };
	struct __user_cap_data_struct data[2];

	T(syscall(SYS_capget, &h, NULL));
	printf("version %#x\n", h.version);
	h.version = 1;
	T(syscall(SYS_capget, &h, data));
	printf("version %#x\n", h.version);
	h = (struct __user_cap_header_struct) { _LINUX_CAPABILITY_VERSION_3, -1 };
	T(syscall(SYS_capget, &h, data));
	h = (struct __user_cap_header_struct) { _LINUX_CAPABILITY_VERSION_3, 0 };
	T(syscall(SYS_capget, &h, BAD));
	T(syscall(SYS_capget, BAD, data));
	T(syscall(SYS_capget, &h, NULL));
}

/* Version 1 has one struct of data, the others two; an error changes nothing. */
static void versions(void)
{
	static const unsigned int version[] = { 0x19980330, 0x20071026, 0x20080522, 0x20080523, 0 };
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct *data;

	for (unsigned i = 0; i < sizeof(version) / sizeof(version[0]); i++) {
		unsigned size = i ? 24 : 12;

		printf("-- %#x\n", version[i]);
		h = (struct __user_cap_header_struct) { version[i], 0 };
		data = (void *)guard(size);
		T(syscall(SYS_capget, &h, data));
		printf("%ld touched, version %#x\n", touched(data, size), h.version);
		h.version = version[i];
		T(syscall(SYS_capset, &h, data) == 0 || errno == EINVAL);
		h = (struct __user_cap_header_struct) { version[i], getpid() };
		T(syscall(SYS_capset, &h, data));
		TF(h.pid == getpid());
		T(syscall(SYS_capget, &h, data));
		TF(h.pid == getpid());
		h = (struct __user_cap_header_struct) { version[i], -1 };
		refill(data, size);
		T(syscall(SYS_capget, &h, data));
		printf("%ld touched\n", touched(data, size));
		h.pid = 0;
		T(syscall(SYS_capget, &h, BAD));
		h.version = version[i];
		T(syscall(SYS_capset, &h, BAD));
		h.version = version[i];
		T(syscall(SYS_capset, &h, NIL));
	}
	T(syscall(SYS_capget, RO, NIL));
	h = (struct __user_cap_header_struct) { _LINUX_CAPABILITY_VERSION_3, getppid() };
	T(syscall(SYS_capset, &h, data = (void *)guard(24)));
}

/* A header that cannot be written is well if its version is. */
static void read_only(void)
{
	struct __user_cap_header_struct *h = (void *)guard(8);
	struct __user_cap_data_struct data[2];
	char *page = (char *)h - ((uintptr_t)h % CONF_PAGE);

	*h = (struct __user_cap_header_struct) { _LINUX_CAPABILITY_VERSION_3, 0 };
	MUST(mprotect(page, CONF_PAGE, PROT_READ));
	T(syscall(SYS_capget, h, data));
	MUST(mprotect(page, CONF_PAGE, PROT_READ | PROT_WRITE));
	h->version = 1;
	MUST(mprotect(page, CONF_PAGE, PROT_READ));
	T(syscall(SYS_capget, h, data));
	T(syscall(SYS_capset, h, data));
}

static void names(void)
{
	T(sethostname(BAD, 5));
	T(sethostname("x", 65));
	T(sethostname("x", (size_t)-1));
	T(setdomainname(BAD, 5));
	T(setdomainname("x", 65));
}

/* CAP_DAC_OVERRIDE lets root read what it may not. */
static void give_up(void)
{
	struct __user_cap_data_struct all[2], less[2];
	int fd;

	put("secret", "text");
	MUST(chmod("secret", 0));
	MUST(get(all));
	memcpy(less, all, sizeof(less));
	TF(all[0].effective >> CAP_DAC_OVERRIDE & 1);
	TOK(fd = open("secret", O_RDONLY));
	close(fd);
	less[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
	T(set(less));
	TOK(open("secret", O_RDONLY));
	T(set(all));
	TOK(fd = open("secret", O_RDONLY));
	close(fd);
	T(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0));
	T(prctl(PR_CAPBSET_READ, 99, 0, 0, 0));
	less[0].permitted = less[0].effective = less[1].permitted = less[1].effective = 0;
	less[0].inheritable = less[1].inheritable = 0;
	T(set(less));
	TOK(open("secret", O_RDONLY));
	T(set(all));
	T(sethostname("never", 5));
	T(setdomainname("never", 5));
	T(setuid(12345));
	T(chown("secret", 1, 1));
}

static void show(const char *when)
{
	struct __user_cap_data_struct data[2];
	uid_t r, e, s;

	MUST(get(data));
	MUST(getresuid(&r, &e, &s));
	printf("%s: uids %d %d %d, effective %x, permitted %x, inheritable %x, keep %d, ambient %d\n",
	       when, (int)r, (int)e, (int)s, data[0].effective & 1, data[0].permitted & 0x81,
	       data[0].inheritable & 0x81, prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0),
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SETUID, 0, 0));
}

/* What is kept beyond a change of user, and what of that an exec takes away. */
static void keep(char **argv, bool ambient, uid_t saved)
{
	struct __user_cap_data_struct data[2];
	pid_t pid = conf_fork();

	if (pid) {
		conf_reap("keeps", pid);
		return;
	}
	T(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	T(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	T(setresuid(12345, 12345, saved));
	show("kept");
	MUST(get(data));
	data[0].effective = data[0].permitted;
	data[0].inheritable |= 1u << CAP_SETUID;
	T(set(data));
	T(chown("secret", 1, 1));
	if (ambient)
		T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0));
	fflush(stdout);
	execl("/proc/self/exe", argv[0], "after", NULL);
	_exit(9);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		show(argv[1]);
		T(setuid(0));
		T(seteuid(0));
		return 0;
	}
	conf_init();
	headers();
	versions();
	read_only();
	names();
	if (!geteuid()) {
		pid_t pid = conf_fork();

		if (!pid) {
			give_up();
			_exit(0);
		}
		conf_reap("child", pid);
		keep(argv, false, 12345);
		keep(argv, true, 12345);
		keep(argv, false, 0);
	}
	TOK(open("secret", O_RDONLY));
	return 0;
}
