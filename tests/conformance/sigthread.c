/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which thread a signal for the process goes to: Linux takes the first one unless
 * that blocks it, whatever the others do. Programs rely on it: a server whose first
 * thread waits for requests, and notices by EINTR that it is to end. Once the first
 * one has ended, the others get them all.
 */
#include "conf.h"
#include <pthread.h>
#include <sys/syscall.h>

#define WORKERS 3

static volatile sig_atomic_t over;
static pthread_barrier_t begun; /* a thread that begins takes what is pending for all */
static volatile int first, others, wrong;
static volatile int expected; /* si_code */
static volatile int *handled; /* shared with the sender */

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	if (syscall(SYS_gettid) == getpid())
		first++;
	else
		others++;
	if (si->si_code != expected)
		wrong++;
}

static void show(const char *what)
{
	printf("%s: %d by the first, %d by others, %d wrong codes\n", what, first, others, wrong);
	first = others = wrong = 0;
}

/* Much of its time it stands in calls. */
static void *worker(void *unused)
{
	struct timespec pause = { 0, 300000 };

	pthread_barrier_wait(&begun);
	while (!over) {
		access("nothing", F_OK);
		nanosleep(&pause, NULL);
	}
	return unused;
}

/* n signals, each when the one before has been handled. */
static void sender(int sig, int n, bool queued)
{
	pid_t parent = getppid();
	siginfo_t si = { .si_code = SI_QUEUE, .si_pid = getpid() };

	for (int i = 1; i <= n; i++) {
		if (queued)
			syscall(SYS_rt_sigqueueinfo, parent, sig, &si);
		else
			kill(parent, sig);
		await(handled, i);
	}
	_exit(0);
}

static void busy(const char *what, int sig, int code, const sigset_t *blocked)
{
	const int n = conf_often(100);
	int status;
	pid_t pid;

	expected = code;
	*handled = 0;
	if (blocked)
		pthread_sigmask(SIG_BLOCK, blocked, NULL);
	pid = conf_fork();
	if (!pid)
		sender(sig, n, code == SI_QUEUE);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		access("nothing", F_OK);
		*handled = first + others; /* here no handler runs, which would block the next */
	}
	show(what);
	if (blocked)
		pthread_sigmask(SIG_UNBLOCK, blocked, NULL);
}

/* Has the first thread ended? */
static int first_ended(void)
{
	char text[512], *at;
	int fd = (int)MUST(open("/proc/self/stat", O_RDONLY));
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');
	return at && at[2] == 'Z';
}

static void *last(void *unused)
{
	(void)unused;
	while (!first_ended())
		conf_msleep(1);
	busy("the first has ended", SIGUSR1, SI_USER, NULL);
	exit(0);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t thread[WORKERS];
	sigset_t usr2;

	conf_init();
	handled = conf_shared();
	MUST(sigaction(SIGUSR1, &sa, NULL));
	MUST(sigaction(SIGUSR2, &sa, NULL));
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	pthread_barrier_init(&begun, NULL, WORKERS + 1);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&thread[i], NULL, worker, NULL);
	pthread_barrier_wait(&begun);
	busy("kill", SIGUSR1, SI_USER, NULL);
	busy("sigqueue", SIGUSR1, SI_QUEUE, NULL);
	busy("blocked by the first", SIGUSR2, SI_USER, &usr2);
	over = 1;
	for (int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	MUST(-pthread_create(&thread[0], NULL, last, NULL));
	pthread_exit(NULL);
}
