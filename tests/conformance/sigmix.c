/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals during calls that block on a socket: who sent them and how, masks of
 * the calls, handlers that make calls, that leave by siglongjmp, that run on a
 * stack of their own; many of them; timers; children.
 */
#include "sock.h"
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static int pair[2]; /* pair[0] is read */
static volatile sig_atomic_t hits;
static volatile int *step;

static void on_hit(int sig)
{
	(void)sig;
	hits++;
}

/* A child that acts on this process a little later, again and again until told. */
static pid_t other(void (*act)(pid_t parent, int round))
{
	pid_t parent = getpid(), pid;

	*step = 0;
	pid = conf_fork();
	if (pid)
		return pid;
	for (int i = 0; !*step && i < 1000; i++) {
		conf_msleep(15);
		if (!*step)
			act(parent, i);
	}
	_exit(0);
}

static void over(pid_t pid)
{
	*step = 1;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- who sent it --- */

static volatile siginfo_t info;

static void on_info(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	if (!hits)
		memcpy((void *)&info, si, sizeof(*si));
	hits++;
}

static void by_kill(pid_t parent, int round)
{
	(void)round;
	kill(parent, SIGUSR1);
}

static void by_queue(pid_t parent, int round)
{
	(void)round;
	sigqueue(parent, SIGUSR1, (union sigval) { .sival_int = 4711 });
}

static void by_tgkill(pid_t parent, int round)
{
	(void)round;
	syscall(SYS_tgkill, parent, parent, SIGUSR1);
}

static void senders(void)
{
	static const struct {
		const char *name;
		void (*act)(pid_t parent, int round);
	} ways[] = { { "kill", by_kill }, { "sigqueue", by_queue }, { "tgkill", by_tgkill } };
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	timer_t timer;
	char c;

	MUST(sigaction(SIGUSR1, &sa, NULL));
	for (size_t i = 0; i < 3; i++) {
		pid_t pid = other(ways[i].act);

		hits = 0;
		T(recv(pair[0], &c, 1, 0));
		over(pid);
		printf("%s: code %d, from the child: %s, own user: %s, value %d\n", ways[i].name,
		       info.si_code, info.si_pid == pid ? "yes" : "no",
		       info.si_uid == getuid() ? "yes" : "no",
		       i == 1 ? info.si_value.sival_int : 0);
	}
	hits = 0;
	timer = conf_ticks(SIGUSR1);
	T(recv(pair[0], &c, 1, 0));
	conf_ticks_end(timer);
	TF(info.si_code == SI_TIMER);
}

/* --- children and alarms --- */

static void exit_3(pid_t parent, int round)
{
	(void)parent;
	(void)round;
	_exit(3);
}

static void children(void)
{
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	int status;
	pid_t pid;
	char c;

	hits = 0;
	MUST(sigaction(SIGCHLD, &sa, NULL));
	pid = other(exit_3);
	T(recv(pair[0], &c, 1, 0));
	TF(hits == 1 && info.si_code == CLD_EXITED && info.si_status == 3 && info.si_pid == pid);
	TF(waitpid(-1, &status, WNOHANG) == pid && WEXITSTATUS(status) == 3);
	T(waitpid(-1, &status, WNOHANG));
	signal(SIGCHLD, SIG_DFL);
}

static void alarms(void)
{
	const struct itimerval every = { { 0, 30000 }, { 0, 30000 } }, none = { { 0, 0 }, { 0, 0 } };
	struct itimerval left;

	hits = 0;
	conf_handle(SIGALRM, on_hit, 0);
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	T(accept(pair[0], NULL, NULL)); /* not a listener */
	T(recv(pair[0], &left, 1, 0));
	TF(hits >= 1);
	T(setitimer(ITIMER_REAL, &none, &left));
	TF(left.it_interval.tv_usec == 30000);
	T(getitimer(ITIMER_REAL, &left));
	TF(!left.it_value.tv_sec && !left.it_value.tv_usec);
	signal(SIGALRM, SIG_DFL);
	alarm(conf_seconds());
}

/* --- the calls' own masks --- */

static void show_mask(void)
{
	sigset_t now, pending;

	sigprocmask(SIG_BLOCK, NULL, &now);
	sigpending(&pending);
	printf("  blocked: USR1 %d, USR2 %d; pending: USR1 %d, USR2 %d; handled %d\n",
	       sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2),
	       sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2), hits);
}

/* SIGUSR1 and SIGUSR2 are blocked; each call lets SIGUSR1 in. */
static void masks(void)
{
	struct timespec no_time = { 0, 0 };
	struct pollfd p = { pair[0], POLLIN, 0 };
	struct epoll_event ev = { .events = EPOLLIN };
	sigset_t both, open;
	fd_set set;
	int ep = epoll_create1(0);
	pid_t pid;

	conf_handle(SIGUSR1, on_hit, SA_RESTART);
	conf_handle(SIGUSR2, on_hit, SA_RESTART);
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, pair[0], &ev));
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	sigprocmask(SIG_BLOCK, &both, &open);
	sigaddset(&open, SIGUSR2);
	FD_ZERO(&set);
	for (int wait = 0; wait < 2; wait++) {
		hits = 0;
		raise(SIGUSR1);
		raise(SIGUSR2);
		T(ppoll(&p, 1, wait ? NULL : &no_time, &open));
		show_mask();
		raise(SIGUSR1);
		FD_SET(pair[0], &set);
		T(pselect(pair[0] + 1, &set, NULL, NULL, wait ? NULL : &no_time, &open));
		show_mask();
		raise(SIGUSR1);
		T(epoll_pwait(ep, &ev, 1, wait ? -1 : 0, &open));
		show_mask();
		hits = 0;
		sigprocmask(SIG_UNBLOCK, &both, NULL);
		show_mask();
		sigprocmask(SIG_BLOCK, &both, NULL);
	}
	/* it comes while they wait */
	hits = 0;
	pid = other(by_kill);
	T(ppoll(&p, 1, NULL, &open));
	T(epoll_pwait(ep, &ev, 1, -1, &open));
	FD_SET(pair[0], &set);
	T(pselect(pair[0] + 1, &set, NULL, NULL, NULL, &open));
	TF(hits >= 3);
	over(pid);
	sigprocmask(SIG_UNBLOCK, &both, NULL);
	close(ep);
}

/* Data and a signal: the data is what counts. */
static void both_at_once(void)
{
	struct pollfd p = { pair[0], POLLIN, 0 };
	sigset_t block, open;
	char c;

	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &open);
	hits = 0;
	MUST(send(pair[1], "d", 1, 0));
	MUST(poll(&p, 1, 5000));
	raise(SIGUSR1);
	T(ppoll(&p, 1, NULL, &open));
	printf("handled %d\n", hits);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	printf("handled %d\n", hits);
	raise(SIGUSR1);
	T(recv(pair[0], &c, 1, 0));
}

/* --- handlers that do something --- */

static timer_t ticking;

/* Over a slow line it takes longer than a tick, and the program would get no further. */
static void on_working(int sig)
{
	static const struct itimerspec never;
	char text[8] = "";
	int fd = open("note", O_RDONLY);

	(void)sig;
	if (fd >= 0 && read(fd, text, 4) == 4 && !strcmp(text, "note") && !close(fd))
		hits++;
	if (hits == 4) {
		timer_settime(ticking, 0, &never, NULL);
		send(pair[1], "let go", 6, 0);
	}
}

static void working_handler(void)
{
	char buf[16];

	put("note", "note");
	hits = 0;
	conf_handle(SIGUSR1, on_working, SA_RESTART);
	ticking = conf_ticks(SIGUSR1);
	T(recv(pair[0], buf, sizeof(buf), 0));
	conf_ticks_end(ticking);
	TF(hits >= 4);
	dump("received", buf, 6);
}

static sigjmp_buf back;

static void on_jump(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* What the call that was left would have taken is there for the next one. */
static void jumping(void)
{
	static timer_t timer; /* a longjmp leaves it alone */
	char buf[16] = "";

	for (volatile int i = 0; i < 5; i++) {
		conf_handle(SIGUSR2, on_jump, i % 2 ? SA_RESTART : 0);
		if (!sigsetjmp(back, 1)) {
			timer = conf_ticks(SIGUSR2);
			recv(pair[0], buf, sizeof(buf), 0);
			puts("came back");
		}
		conf_ticks_end(timer);
		signal(SIGUSR2, SIG_IGN);
		MUST(send(pair[1], "after", 5, 0));
		T(recv(pair[0], buf, sizeof(buf), 0));
		dump("received", buf, 5);
	}
}

static char alternate[65536];

static void on_stack(int sig)
{
	char here;

	(void)sig;
	hits += &here >= alternate && &here < alternate + sizeof(alternate);
}

static void own_stack(void)
{
	stack_t new = { .ss_sp = alternate, .ss_size = sizeof(alternate) }, now;
	struct sigaction sa = { .sa_handler = on_stack, .sa_flags = SA_ONSTACK };
	timer_t timer;
	char c;

	hits = 0;
	T(sigaltstack(&new, NULL));
	MUST(sigaction(SIGUSR1, &sa, NULL));
	timer = conf_ticks(SIGUSR1);
	T(recv(pair[0], &c, 1, 0));
	conf_ticks_end(timer);
	TF(hits >= 1);
	T(sigaltstack(NULL, &now));
	TF(now.ss_sp == alternate && !(now.ss_flags & SS_ONSTACK));
	new.ss_flags = SS_DISABLE;
	T(sigaltstack(&new, NULL));
}

/* --- times, and descriptors for signals --- */

static void times(void)
{
	struct timespec want = { 300, 0 }, left = { 0, 0 };
	char c;
	timer_t timer;

	conf_handle(SIGUSR1, on_hit, SA_RESTART);
	timer = conf_ticks(SIGUSR1);
	T(nanosleep(&want, &left));
	TF(left.tv_sec >= 200 && left.tv_sec < 300 && left.tv_nsec > 0);
	left.tv_sec = 0;
	T(clock_nanosleep(CLOCK_MONOTONIC, 0, &want, &left));
	TF(left.tv_sec >= 200 && left.tv_sec < 300);
	/* with a timeout a call is not restarted, whatever the handler says */
	set_timeout(pair[0], SO_RCVTIMEO, 5000);
	T(recv(pair[0], &c, 1, 0));
	T(read(pair[0], &c, 1));
	set_timeout(pair[0], SO_RCVTIMEO, 0);
	T(usleep(100000));
	conf_ticks_end(timer);
}

static void descriptors(void)
{
	struct signalfd_siginfo si;
	struct pollfd p[2] = { { pair[0], POLLIN, 0 }, { -1, POLLIN, 0 } };
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p[1].fd = T(signalfd(-1, &set, SFD_CLOEXEC));
	pid = other(by_queue);
	T(poll(p, 2, 5000));
	TF(!p[0].revents && p[1].revents == POLLIN);
	T(read(p[1].fd, &si, sizeof(si)));
	TF(si.ssi_signo == SIGUSR1 && si.ssi_pid == (uint32_t)pid && si.ssi_int == 4711);
	over(pid);
	while (sigtimedwait(&set, NULL, &(struct timespec) { 0, 0 }) > 0)
		;
	close(p[1].fd);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- many --- */

#define MANY 1000
#define BURST 8 /* with no pause between them */

static volatile sig_atomic_t next_value, wrong;

static void on_queued(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	wrong += si->si_value.sival_int != next_value || si->si_code != SI_QUEUE;
	next_value++;
}

static void send_many(pid_t parent)
{
	for (int i = 0; i < conf_often(MANY); i++) {
		unsigned char c = (unsigned char)i;

		while (sigqueue(parent, SIGRTMIN + 3, (union sigval) { .sival_int = i }))
			if (errno != EAGAIN)
				_exit(1);
		MUST(send(pair[1], &c, 1, 0));
		if (i % BURST == BURST - 1)
			conf_msleep(1);
	}
}

/* Thousands a second, in order, none twice; and the bytes that came with them. */
static void many(int flags)
{
	struct sigaction sa = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | flags };
	int bytes = 0, interrupted = 0, in_order = 0;
	pid_t parent = getpid(), pid;

	next_value = wrong = 0;
	MUST(sigaction(SIGRTMIN + 3, &sa, NULL));
	pid = conf_fork();
	if (!pid) {
		send_many(parent);
		_exit(0);
	}
	while (bytes < conf_often(MANY)) {
		unsigned char c;
		long n = recv(pair[0], &c, 1, 0);

		if (n < 0 && errno == EINTR) {
			interrupted++;
			continue;
		}
		if (n != 1)
			break;
		in_order += c == (unsigned char)bytes;
		bytes++;
	}
	conf_reap("sender", pid);
	printf("%d bytes, %d in order, %d signals, %d wrong\n", bytes, in_order, next_value,
	       wrong);
	TF(interrupted <= (flags ? 0 : MANY));
}

int main(void)
{
	conf_init();
	step = conf_shared();
	tcp_pair(pair);
	senders();
	children();
	alarms();
	masks();
	both_at_once();
	working_handler();
	jumping();
	own_stack();
	times();
	descriptors();
	many(0);
	many(SA_RESTART);
	return 0;
}
