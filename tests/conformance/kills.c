/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every way to send a signal to a child, a thread or oneself, and what the
 * receiver is told; process descriptors.
 */
#include "conf.h"
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static volatile sig_atomic_t hits, code, value;
static volatile pid_t from, in_thread;

static void on_info(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	hits++;
	code = si->si_code;
	value = si->si_code == SI_QUEUE ? si->si_value.sival_int : 0;
	from = si->si_pid;
	in_thread = (pid_t)syscall(SYS_gettid);
}

static void show(void)
{
	printf("  %d handled, code %d, value %d, from %s, in %s thread\n", hits, code, value,
	       from == getpid() ? "here" : "elsewhere",
	       in_thread == getpid() ? "the first" : "another");
	hits = code = value = 0;
	from = in_thread = 0;
}

static pid_t sleeper(void)
{
	pid_t pid = conf_fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void oneself(void)
{
	siginfo_t si = { .si_code = SI_QUEUE };
	pid_t me = getpid();

	si.si_value.sival_int = 77;
	si.si_pid = me;
	T(kill(me, SIGUSR1));
	show();
	T(raise(SIGUSR1));
	show();
	T(syscall(SYS_tkill, me, SIGUSR1));
	show();
	T(sigqueue(me, SIGUSR1, (union sigval) { .sival_int = 5 }));
	show();
	T(syscall(SYS_rt_sigqueueinfo, me, SIGUSR1, &si));
	show();
	T(syscall(SYS_rt_tgsigqueueinfo, me, me, SIGUSR1, &si));
	show();
	T(kill(me, 0));
	T(kill(me, 65));
	T(kill(me, -1));
	T(syscall(SYS_tkill, -1, SIGUSR1));
	T(syscall(SYS_tkill, me, 65));
	T(syscall(SYS_tgkill, me, -1, SIGUSR1));
	T(syscall(SYS_tgkill, me + 1, me, SIGUSR1));
	T(syscall(SYS_rt_sigqueueinfo, me, SIGUSR1, BAD));
	T(syscall(SYS_rt_tgsigqueueinfo, me, me, 65, &si));
	show();
}

static volatile pid_t thread_id;
static volatile sig_atomic_t over;

static void *thread_main(void *arg)
{
	(void)arg;
	thread_id = (pid_t)syscall(SYS_gettid);
	while (!over)
		usleep(1000);
	return NULL;
}

static void threads(void)
{
	siginfo_t si = { .si_code = SI_QUEUE };
	pthread_t thread;

	si.si_pid = getpid();
	si.si_value.sival_int = 9;
	MUST(pthread_create(&thread, NULL, thread_main, NULL) ? -1 : 0);
	while (!thread_id)
		usleep(1000);
	T(syscall(SYS_tgkill, getpid(), thread_id, SIGUSR1));
	while (!hits)
		usleep(1000);
	show();
	T(syscall(SYS_tkill, thread_id, SIGUSR1));
	while (!hits)
		usleep(1000);
	show();
	T(syscall(SYS_rt_tgsigqueueinfo, getpid(), thread_id, SIGUSR1, &si));
	while (!hits)
		usleep(1000);
	show();
	over = 1;
	pthread_join(thread, NULL);
	/* joined when its memory is free, gone a little later */
	for (int i = 0; i < 5000 && !syscall(SYS_tgkill, getpid(), thread_id, 0); i++)
		usleep(1000);
	T(syscall(SYS_tgkill, getpid(), thread_id, 0));
	T(syscall(SYS_tkill, thread_id, 0));
}

static void descriptors(void)
{
	siginfo_t si = { .si_code = SI_QUEUE };
	struct pollfd p = { -1, POLLIN, 0 };
	pid_t pid = sleeper();

	si.si_signo = SIGTERM;
	si.si_pid = getpid();
	p.fd = T(syscall(SYS_pidfd_open, pid, 0));
	T(fcntl(p.fd, F_GETFD));
	T(syscall(SYS_pidfd_open, pid, 1));
	T(syscall(SYS_pidfd_open, -1, 0));
	T(syscall(SYS_pidfd_open, 0, 0));
	T(syscall(SYS_pidfd_send_signal, p.fd, 0, NULL, 0));
	T(syscall(SYS_pidfd_send_signal, p.fd, 65, NULL, 0));
	T(syscall(SYS_pidfd_send_signal, p.fd, SIGUSR2, &si, 0));
	T(syscall(SYS_pidfd_send_signal, 99, 0, NULL, 0));
	T(syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0));
	T(poll(&p, 1, 0));
	T(syscall(SYS_pidfd_send_signal, p.fd, SIGTERM, &si, 0));
	T(poll(&p, 1, 10000));
	TF(p.revents == POLLIN);
	T(syscall(SYS_pidfd_send_signal, p.fd, 0, NULL, 0));
	T(waitid(P_PIDFD, (id_t)p.fd, &si, WEXITED));
	TF(si.si_pid == pid && si.si_code == CLD_KILLED && si.si_status == SIGTERM);
	T(syscall(SYS_pidfd_send_signal, p.fd, 0, NULL, 0));
	T(close(p.fd));
	T(kill(pid, 0));
	T(syscall(SYS_pidfd_open, pid, 0));
}

static void groups(void)
{
	pid_t a = sleeper(), b = sleeper();

	MUST(setpgid(a, a));
	MUST(setpgid(b, a));
	T(killpg(a, 0));
	T(kill(-a, SIGTERM));
	conf_reap("a", a);
	conf_reap("b", b);
	T(kill(-a, SIGTERM));
	T(killpg(a, 0));
	T(kill(-1000000, 0));
}

static void stopping(void)
{
	pid_t pid = sleeper();
	int status;

	T(kill(pid, SIGSTOP));
	TF(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
	   WSTOPSIG(status) == SIGSTOP);
	T(kill(pid, SIGTERM));
	T(waitpid(pid, &status, WNOHANG));
	T(kill(pid, SIGCONT));
	conf_reap("continued", pid);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };

	conf_init();
	MUST(sigaction(SIGUSR1, &sa, NULL));
	signal(SIGUSR2, SIG_IGN);
	oneself();
	threads();
	descriptors();
	groups();
	stopping();
	return 0;
}
