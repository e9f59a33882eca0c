/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wait4 and waitid: every way to end, WNOHANG, WNOWAIT, WSTOPPED and WCONTINUED,
 * usage, groups, orphans of a lock, and the errors.
 */
#include "conf.h"
#include <sys/resource.h>

static pid_t spawn_exit(int code)
{
	pid_t pid = conf_fork();

	if (!pid)
		_exit(code);
	return pid;
}

static void ends(void)
{
	static const int sigs[] = { SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGUSR1, SIGPIPE, SIGALRM };
	struct rlimit none = { 0, 0 };
	pid_t pid;

	conf_reap("0", spawn_exit(0));
	conf_reap("1", spawn_exit(1));
	conf_reap("255", spawn_exit(255));
	conf_reap("256", spawn_exit(256));
	conf_reap("-1", spawn_exit(-1));
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid = conf_fork();
		if (!pid) {
			signal(sigs[i], SIG_DFL);
			raise(sigs[i]);
			_exit(1);
		}
		conf_reap("raised", pid);
	}
	setrlimit(RLIMIT_CORE, &none);
	pid = conf_fork();
	if (!pid) {
		*(volatile int *)BAD = 1;
		_exit(1);
	}
	conf_reap("bad pointer", pid);
	pid = conf_fork();
	if (!pid)
		abort();
	conf_reap("abort", pid);
}

static void ids(void)
{
	siginfo_t *si = (void *)guard(sizeof(*si));
	struct rusage ru;
	int *status = (void *)guard(sizeof(int));
	pid_t pid = spawn_exit(7);

	T(waitid(P_PID, pid, si, WEXITED | WNOWAIT));
	printf("code %d status %d\n", si->si_code, si->si_status);
	TF(si->si_pid == pid && si->si_signo == SIGCHLD && si->si_uid == getuid());
	TF(wait4(pid, status, 0, &ru) == pid);
	printf("status %#x\n", (unsigned int)*status);
	TF(ru.ru_maxrss > 0);
	T(wait4(pid, status, 0, NULL));
	T(waitid(P_PID, pid, si, WEXITED));
	T(waitid(P_PID, pid, si, 0));
	T(waitid(99, 0, si, WEXITED));
	T(waitpid(-1, status, WNOHANG));
	T(waitpid(-1, status, 0x4000000));
	pid = spawn_exit(3);
	T(waitpid(-12345678, status, 0));
	T(wait4(pid, BAD, 0, NULL) == -1 ? -1 : 0);
	T(waitpid(pid, status, 0));
	pid = spawn_exit(3);
	TF(wait4(pid, NIL, 0, NIL) == pid);
	pid = spawn_exit(4);
	TF(waitpid(0, status, 0) == pid);
}

static void stops(void)
{
	siginfo_t si;
	int status;
	pid_t pid = conf_fork();

	if (!pid) {
		put("before", "before the stop");
		raise(SIGSTOP);
		put("after", "after the stop");
		_exit(2);
	}
	TF(waitpid(pid, &status, WUNTRACED) == pid);
	TF(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	T(waitpid(pid, &status, WUNTRACED | WNOHANG));
	cat("before");
	cat("after");
	T(kill(pid, SIGCONT));
	T(waitid(P_PID, pid, &si, WCONTINUED | WEXITED | WNOWAIT));
	TF(si.si_code == CLD_CONTINUED || si.si_code == CLD_EXITED);
	conf_reap("continued", pid);
	cat("after");
}

/* A parent that sees its child dead finds everything of it gone. */
static void leftovers(void)
{
	struct flock lk = { .l_type = F_WRLCK };
	int bad = 0, fd = open("lock", O_RDWR | O_CREAT, 0644);

	for (int i = 0; i < 50; i++) {
		pid_t pid = conf_fork();

		if (!pid) {
			fcntl(fd, F_SETLKW, &lk);
			if (i & 1)
				raise(SIGKILL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		bad += fcntl(fd, F_SETLK, &lk) != 0;
		lk.l_type = F_UNLCK;
		fcntl(fd, F_SETLK, &lk);
		lk.l_type = F_WRLCK;
	}
	printf("lock still held %d times\n", bad);
}

int main(void)
{
	conf_init();
	ends();
	ids();
	stops();
	leftovers();
	return 0;
}
