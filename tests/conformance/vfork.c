/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfork and posix_spawn: the parent waits for exec or exit, file actions and the
 * attributes reach remote files, failures come back as errors, and the parent's
 * own descriptors and directory stay.
 */
#include "conf.h"
#include <spawn.h>

extern char **environ;

static void by_vfork(void)
{
	volatile int seen = 0;
	int fd = T(open("v", O_RDWR | O_CREAT, 0644));
	pid_t pid = vfork();

	if (!pid) {
		seen = 1;
		if (write(fd, "vforked", 7) != 7)
			_exit(1);
		_exit(5);
	}
	printf("seen %d\n", seen);
	conf_reap("vfork", pid);
	T(lseek(fd, 0, SEEK_CUR));
	pid = vfork();
	if (!pid) {
		dup2(fd, 1);
		execl("/bin/sh", "sh", "-c", "echo from the shell; exit 3", (char *)NULL);
		_exit(127);
	}
	conf_reap("vfork exec", pid);
	pid = vfork();
	if (!pid) {
		execl("./none", "none", (char *)NULL);
		_exit(errno == ENOENT ? 44 : 45);
	}
	conf_reap("vfork no exec", pid);
	T(close(fd));
	cat("v");
}

static void spawn(const char *what, const char *path, char *const argv[],
		  posix_spawn_file_actions_t *fa, posix_spawnattr_t *attr)
{
	pid_t pid;
	int err = posix_spawn(&pid, path, fa, attr, argv, environ);

	if (err)
		printf("%s: %s\n", what, conf_errname(err));
	else
		conf_reap(what, pid);
}

static void by_spawn(void)
{
	char *script[] = { "sh", "-c", "cat; echo out; echo err >&2; pwd | sed 's/.*[/]//'", NULL };
	char *status[] = { "sh", "-c", "exit 42", NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t set;

	spawn("plain", "/bin/sh", status, NULL, NULL);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "in", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&fa, 1, 2);
	posix_spawn_file_actions_addchdir_np(&fa, "sub");
	put("in", "input\n");
	MUST(mkdir("sub", 0755));
	spawn("actions", "/bin/sh", script, &fa, NULL);
	posix_spawn_file_actions_destroy(&fa);
	cat("out");
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	spawn("attributes", "/bin/sh", status, NULL, &attr);
	posix_spawnattr_destroy(&attr);
	spawn("missing", "./none", status, NULL, NULL);
	spawn("not executable", "in", status, NULL, NULL);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "nowhere", O_RDONLY, 0);
	spawn("bad action", "/bin/sh", status, &fa, NULL);
	posix_spawn_file_actions_destroy(&fa);
	T(system("echo one > s; echo two >> s; exit 6") >> 8);
	cat("s");
	T(open("s", O_RDONLY));
}

int main(void)
{
	conf_init();
	by_vfork();
	by_spawn();
	return 0;
}
