/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn HOW COUNT PROGRAM ARGS...: start PROGRAM and wait for its end, COUNT
 * times, with fork() and execve(), or with posix_spawn(), which shares the
 * memory until the exec. Output of PROGRAM goes to /dev/null. Prints
 * microseconds per run.
 */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

static pid_t by_fork(char *argv[], int null)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(null, 1);
	execve(argv[0], argv, environ);
	_exit(127);
}

static pid_t by_posix_spawn(char *argv[], int null)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, null, 1);
	errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return errno ? -1 : pid;
}

static void run_once(pid_t (*start)(char **, int), char *argv[], int null)
{
	pid_t pid = start(argv, null);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bench_die(argv[0]);
	if (status) {
		fprintf(stderr, "%s: wait status %#x\n", argv[0], (unsigned)status);
		exit(1);
	}
}

int main(int argc, char *argv[])
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t (*start)(char **, int) = by_fork;
	int64_t began;
	long count;

	if (argc < 4 || (strcmp(argv[1], "fork") && strcmp(argv[1], "posix_spawn")))
		bench_usage("spawn fork|posix_spawn COUNT PROGRAM ARGS...");
	if (argv[1][0] == 'p')
		start = by_posix_spawn;
	count = bench_count(argv[2]);
	run_once(start, argv + 3, null);
	began = bench_now_ns();
	for (long i = 0; i < count; i++)
		run_once(start, argv + 3, null);
	bench_report("spawn", (double)(bench_now_ns() - began) / 1e3 / (double)count);
	return 0;
}
