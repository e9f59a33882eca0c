/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stops PROGRAM ARGS...: run PROGRAM and follow its children under plain
 * ptrace, looking at every entry and exit of a system call and changing
 * nothing: what `strace -f` costs if it printed nothing. The yardstick for
 * programs whose calls run here.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bench.h"

#include <linux/ptrace.h>

#define OPTIONS                                                                  \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |        \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static long trace(long request, pid_t pid, uintptr_t addr, void *data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

static pid_t start(char *argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		bench_die("fork");
	if (!pid) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) ||
	    trace(PTRACE_SEIZE, pid, 0, (void *)OPTIONS))
		bench_die("PTRACE_SEIZE");
	kill(pid, SIGCONT);
	return pid;
}

/* The signal to deliver when a tracee that stopped with `status` goes on. */
static int signal_of(pid_t pid, int status)
{
	struct ptrace_syscall_info info;
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
		return 0;
	}
	return status >> 16 ? 0 : sig;
}

int main(int argc, char *argv[])
{
	int status, first_status = 0;
	pid_t first, pid;

	if (argc < 2)
		bench_usage("stops PROGRAM ARGS...");
	first = start(argv + 1);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			trace(PTRACE_SYSCALL, pid, 0, (void *)(long)signal_of(pid, status));
		else if (pid == first)
			first_status = status;
	}
	return WIFEXITED(first_status) ? WEXITSTATUS(first_status) : 128;
}
