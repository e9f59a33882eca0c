// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deep PATH [PROGRAM ARGUMENT...]: known stacks for the tests of the trace.
 * main, one, two, three makes linkat(2), a call nothing else here makes; then
 * so does the handler of a signal. With more words: executes them.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))
#define STAY __asm__ volatile("" ::: "memory") /* else it would be a jump */

int three(const char *path), two(const char *path), one(const char *path);
void handler(int sig);

static const char *path;

KEEP int three(const char *p)
{
	int ret = linkat(AT_FDCWD, p, AT_FDCWD, p, 0);

	STAY;
	return ret;
}

KEEP int two(const char *p)
{
	int ret = three(p);

	STAY;
	return ret;
}

KEEP int one(const char *p)
{
	int ret = two(p);

	STAY;
	return ret;
}

KEEP void handler(int sig)
{
	(void)sig;
	three(path);
	STAY;
}

int main(int argc, char *argv[])
{
	path = argv[1];
	if (argc < 2 || one(path) != -1)
		return 1;
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	if (argc > 2)
		execv(argv[2], argv + 2);
	return 0;
}
