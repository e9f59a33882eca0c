/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umask: what it returns, which bits it keeps, what it does to open, mkdir and
 * mkfifo, that chmod ignores it, and that fork copies it.
 */
#include "conf.h"

static void mode(const char *name)
{
	struct stat st;

	MUST(stat(name, &st));
	printf("%s: %#o\n", name, st.st_mode);
}

int main(void)
{
	static const unsigned int masks[] = { 0, 022, 027, 077, 0777, 0123 };
	char name[16];
	pid_t pid;
	int fd;

	conf_init();
	printf("%#o\n", umask(0777));
	printf("%#o\n", umask(07777));
	printf("%#o\n", umask(0xffffffff));
	printf("%#o\n", umask(022));
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		umask(masks[i]);
		snprintf(name, sizeof(name), "f%zu", i);
		fd = T(open(name, O_RDWR | O_CREAT, 0777));
		mode(name);
		T(fchmod(fd, 0666));
		mode(name);
		T(close(fd));
		snprintf(name, sizeof(name), "d%zu", i);
		T(mkdir(name, 01777));
		mode(name);
		snprintf(name, sizeof(name), "p%zu", i);
		T(mkfifo(name, 0777));
		mode(name);
	}
	umask(037);
	pid = conf_fork();
	if (!pid) {
		printf("child %#o\n", umask(011));
		put("child", "");
		mode("child");
		_exit(0);
	}
	conf_reap("child", pid);
	printf("parent %#o\n", umask(022));
	return 0;
}
