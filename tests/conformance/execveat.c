/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fexecve and execveat: by directory descriptor, by a file's own descriptor,
 * scripts by descriptor, AT_SYMLINK_NOFOLLOW, and the errors; exec from a thread
 * that is not the leader.
 */
#include "conf.h"
#include <pthread.h>

extern char **environ;

static char *args[] = { "zero", "again", NULL };

static void run(const char *what, int dir, const char *path, int flags)
{
	pid_t pid;

	fflush(stdout);
	pid = conf_fork();
	if (!pid) {
		syscall(SYS_execveat, dir, path, args, environ, flags);
		printf("%s: %s\n", what, conf_errname(errno));
		_exit(99);
	}
	conf_reap(what, pid);
}

#define RUN(dir, path, flags) run(#dir " " #path " " #flags, dir, path, flags)

static void *from_thread(void *arg)
{
	execl("/proc/self/exe", "self", "again", (char *)NULL);
	return arg;
}

int main(int argc, char **argv)
{
	int dir, file, self, script, cloexec, path;
	pthread_t thread;
	pid_t pid;

	conf_init();
	if (argc > 1) {
		printf("again: %s, pid %s\n", argv[0],
		       getpid() == gettid() ? "is tid" : "is not tid");
		cat("here");
		return 21;
	}
	put("here", "here");
	MUST(mkdir("d", 0755));
	put("d/script", "#!/bin/sh\necho script $#\n");
	MUST(chmod("d/script", 0755));
	put("d/text", "x");
	MUST(symlink("script", "d/link"));
	dir = T(open("d", O_RDONLY | O_DIRECTORY));
	file = T(open("d/text", O_RDONLY));
	self = T(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	script = T(open("d/script", O_RDONLY));
	cloexec = T(open("d/script", O_RDONLY | O_CLOEXEC));
	path = T(open("d/script", O_PATH));
	RUN(dir, "script", 0);
	RUN(dir, "link", 0);
	RUN(dir, "link", AT_SYMLINK_NOFOLLOW);
	RUN(dir, "text", 0);
	RUN(dir, "none", 0);
	RUN(dir, "", 0);
	RUN(dir, "", AT_EMPTY_PATH);
	RUN(AT_FDCWD, "d/script", 0);
	RUN(AT_FDCWD, "d/script", 1);
	RUN(99, "script", 0);
	RUN(99, "/bin/true", 0);
	RUN(file, "", AT_EMPTY_PATH);
	RUN(file, "x", 0);
	RUN(self, "", AT_EMPTY_PATH);
	RUN(script, "", AT_EMPTY_PATH);
	RUN(cloexec, "", AT_EMPTY_PATH);
	RUN(path, "", AT_EMPTY_PATH);
	RUN(AT_FDCWD, NIL, 0);
	RUN(AT_FDCWD, BAD, 0);
	fflush(stdout);
	pid = conf_fork();
	if (!pid) {
		fexecve(self, args, environ);
		_exit(98);
	}
	conf_reap("fexecve", pid);
	pid = conf_fork();
	if (!pid) {
		pthread_create(&thread, NULL, from_thread, NULL);
		pthread_join(thread, NULL);
		_exit(97);
	}
	conf_reap("from a thread", pid);
	return 0;
}
