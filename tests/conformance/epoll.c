/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll over members of both sides: sockets and a FIFO of the server, pipes,
 * eventfd, timerfd, signalfd and socketpair of this machine. Data words, masks,
 * limits, room for events, wrong arguments of every kind, members that are
 * closed, instances that are duplicated, inherited and shared.
 */
#include "ep.h"
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static int pwait2(int ep, struct epoll_event *e, int max, const struct timespec *ts,
		  const void *mask, size_t size)
{
	return (int)syscall(SYS_epoll_pwait2, ep, e, max, ts, mask, size);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void kinds(void)
{
	int ep = (int)MUST(epoll_create1(EPOLL_CLOEXEC)), fifo[2], tcp[2], udp[2], p[2], sp[2];
	int e = eventfd(0, EFD_NONBLOCK), tfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), sfd;
	struct itimerspec soon = { { 0, 0 }, { 0, 1000000 } };
	sigset_t usr, old;

	fifo_pair("fifo", fifo);
	tcp_pair(tcp);
	udp_pair(udp);
	MUST(pipe2(p, O_NONBLOCK));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr, &old);
	sfd = (int)MUST(signalfd(-1, &usr, SFD_NONBLOCK));
	ep_show("empty", ep, 0);
	ep_add(ep, fifo[0], EPOLLIN, 0x100000001);
	ep_show("one there", ep, 0);
	ep_add(ep, tcp[0], EPOLLIN | EPOLLRDHUP, UINT64_MAX);
	ep_add(ep, udp[0], EPOLLIN | EPOLLOUT, 0);
	ep_add(ep, p[0], EPOLLIN, 0x8000000000000000);
	ep_add(ep, sp[0], EPOLLIN | EPOLLRDHUP, 0x0123456789abcdef);
	ep_add(ep, e, EPOLLIN, 5);
	ep_add(ep, tfd, EPOLLIN, 6);
	ep_add(ep, sfd, EPOLLIN, 7);
	ep_gather("udp can write", ep, 1);
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, udp[0], EPOLLIN, 0x55));
	ep_show("nothing", ep, 5);
	MUST(write(fifo[1], "x", 1));
	ep_gather("fifo", ep, 1);
	MUST(write(p[1], "x", 1));
	ep_gather("fifo, pipe", ep, 2);
	MUST(send(tcp[1], "x", 1, 0));
	MUST(send(udp[1], "", 0, 0));
	MUST(send(sp[1], "x", 1, 0));
	bump(e);
	MUST(timerfd_settime(tfd, 0, &soon, NULL));
	raise(SIGUSR2);
	ep_gather("all", ep, 8);
	drain(fifo[0]);
	drain(p[0]);
	drain(e);
	drain(sfd);
	drain(sp[0]);
	ep_gather("without five", ep, 3);
	MUST(shutdown(tcp[1], SHUT_WR));
	MUST(shutdown(sp[1], SHUT_WR));
	MUST(recv(udp[0], NULL, 0, 0));
	drain(tfd);
	ep_gather("half closed", ep, 2);
	drain(tcp[0]);
	close(tcp[1]);
	close(sp[1]);
	close(fifo[1]);
	close(p[1]);
	ep_gather("closed", ep, 4);
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], 0, 1));
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, sp[0], 0, 2));
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, fifo[0], NULL));
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NIL));
	ep_show("no interest", ep, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	closefrom(3);
	unlink("fifo");
}

/* Every wrong argument, with members of neither side, here, there, of both. */
static void wrong(void)
{
	struct epoll_event ev = { .events = EPOLLIN }, *edge = (void *)guard(sizeof(ev));
	struct timespec bad_ns = { 0, 1000000000 }, neg = { -1, 0 }, zero = { 0, 0 };
	int file, dir, path, tcp[2], p[2], ep, other;

	put("f", "x");
	tcp_pair(tcp);
	MUST(pipe(p));
	file = (int)MUST(open("f", O_RDONLY));
	dir = (int)MUST(open(".", O_RDONLY));
	path = (int)MUST(open("f", O_PATH));
	T(epoll_create(0));
	T(epoll_create(-1));
	T(epoll_create1(1));
	T(epoll_create1(-1));
	ep = (int)MUST(epoll_create(1));
	other = (int)MUST(epoll_create1(0));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, file, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, dir, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, path, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, 999, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, -1, &ev));
	T(epoll_ctl(999, EPOLL_CTL_ADD, tcp[0], &ev));
	T(epoll_ctl(999, EPOLL_CTL_ADD, p[0], &ev));
	T(epoll_ctl(-1, EPOLL_CTL_DEL, tcp[0], &ev));
	T(epoll_ctl(tcp[1], EPOLL_CTL_ADD, tcp[0], &ev));
	T(epoll_ctl(p[1], EPOLL_CTL_ADD, tcp[0], &ev));
	T(epoll_ctl(tcp[1], EPOLL_CTL_ADD, p[0], &ev));
	T(epoll_ctl(p[1], EPOLL_CTL_ADD, file, &ev));
	T(epoll_ctl(file, EPOLL_CTL_ADD, file, &ev));
	T(epoll_ctl(tcp[0], EPOLL_CTL_ADD, ep, &ev));
	T(epoll_ctl(p[0], EPOLL_CTL_ADD, ep, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, other, &ev));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, other, &ev));
	T(epoll_ctl(ep, 0, tcp[0], &ev));
	T(epoll_ctl(ep, 4, tcp[0], &ev));
	T(epoll_ctl(ep, 4, p[0], &ev));
	T(epoll_ctl(ep, -1, tcp[0], BAD));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, tcp[0], NIL));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, tcp[0], BAD));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], BAD));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, tcp[0], (void *)((char *)edge + 1)));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, tcp[0], BAD));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, tcp[0], &ev));
	T(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev));
	for (int members = 0; members < 4; members++) {
		printf("members %d\n", members);
		if (members == 1) {
			*edge = ev;
			T(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], edge));
			T(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], edge));
		}
		if (members == 2)
			T(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NIL));
		if (members == 2) {
			T(epoll_ctl(ep, EPOLL_CTL_ADD, tcp[0], edge));
			T(epoll_ctl(ep, EPOLL_CTL_ADD, tcp[0], edge));
		}
		if (members == 3)
			T(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], edge));
		T(epoll_wait(ep, &ev, 0, 0));
		T(epoll_wait(ep, &ev, -1, 0));
		T(epoll_wait(ep, &ev, INT_MAX, 0));
		T(epoll_wait(ep, ep_event, (int)(INT_MAX / sizeof(ev)), 0));
		T(epoll_wait(ep, KERN, 1, 0));
		T(epoll_wait(ep, BAD, 1, 0));
		T(epoll_wait(ep, RO, 1, 2));
		T(epoll_wait(ep, NIL, 1, 0));
		T(epoll_pwait(ep, &ev, 1, 0, BAD));
		T(syscall(SYS_epoll_pwait, ep, &ev, 1, 0, &ev, 7));
		T(syscall(SYS_epoll_pwait, ep, &ev, 1, 0, NIL, 7));
		T(pwait2(ep, &ev, 1, &bad_ns, NIL, 8));
		T(pwait2(ep, &ev, 1, &neg, NIL, 8));
		T(pwait2(ep, &ev, 1, BAD, NIL, 8));
		T(pwait2(ep, &ev, 1, &zero, BAD, 8));
		T(pwait2(ep, &ev, 1, &zero, &ev, 9));
		T(pwait2(ep, &ev, -5, &bad_ns, &ev, 9));
	}
	T(epoll_wait(tcp[0], &ev, 1, 0));
	T(epoll_wait(p[0], &ev, 1, 0));
	T(epoll_wait(file, &ev, 1, 0));
	T(epoll_wait(999, &ev, 1, 0));
	/* events that cannot be delivered stay */
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], EPOLLIN | EPOLLET, 11));
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 12));
	MUST(send(tcp[1], "x", 1, 0));
	T(epoll_wait(ep, BAD, 5, -1));
	T(epoll_wait(ep, RO, 5, 0));
	T(epoll_wait(ep, edge + 1, 5, 1000));
	MUST(write(p[1], "x", 1));
	T(epoll_wait(ep, BAD, 5, 1000));
	ep_gather("still there", ep, 2);
	ep_show("and gone", ep, 0);
	/* room for one before the page ends */
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], EPOLLIN | EPOLLET, 13));
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 14));
	for (int i = 0; i < 2; i++) {
		refill(edge, sizeof(*edge));
		T(epoll_wait(ep, edge, 5, 1000));
		TF(edge->data.u64 == 13 || edge->data.u64 == 14);
	}
	ep_show("and gone", ep, 0);
	closefrom(3);
}

/* As many members as there is no room for: all have their turn. */
static void rotation(void)
{
	int ep = (int)MUST(epoll_create1(0)), udp[20][2], e[20], seen[40], total, n;

	for (int max = 1; max <= 16; max *= 4) {
		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < 20; i++) {
			udp_pair(udp[i]);
			e[i] = eventfd(1, 0);
			MUST(send(udp[i][1], "x", 1, 0));
			MUST(poll(&(struct pollfd){ udp[i][0], POLLIN, 0 }, 1, -1));
			ep_add(ep, udp[i][0], EPOLLIN, (uint64_t)i);
			ep_add(ep, e[i], EPOLLIN, 20 + (uint64_t)i);
		}
		for (int turn = 0; turn < 200; turn++) {
			n = (int)MUST(epoll_wait(ep, ep_event, max, 1000));
			if (n != max)
				printf("%d events for %d\n", n, max);
			for (int i = 0; i < n; i++)
				seen[ep_event[i].data.u64]++;
		}
		total = 0;
		for (int i = 0; i < 40; i++)
			total += seen[i] > 1;
		printf("room for %d: %d had their turn\n", max, total);
		for (int i = 0; i < 20; i++) {
			close(udp[i][0]);
			close(udp[i][1]);
			close(e[i]);
		}
		ep_show("all closed", ep, 0);
	}
	closefrom(3);
}

/* A member goes with its last descriptor, dup and fork included. */
static void closing(void)
{
	int ep = (int)MUST(epoll_create1(0)), tcp[2], p[2], a, b, go[2];
	pid_t pid;
	char c;

	tcp_pair(tcp);
	MUST(pipe(p));
	MUST(pipe(go));
	MUST(send(tcp[1], "x", 1, 0));
	MUST(write(p[1], "x", 1));
	ep_add(ep, tcp[0], EPOLLIN, 1);
	ep_add(ep, p[0], EPOLLIN, 2);
	ep_gather("open", ep, 2);
	a = dup(tcp[0]);
	b = dup(p[0]);
	T(ep_ctl(ep, EPOLL_CTL_ADD, a, EPOLLIN, 3));
	T(ep_ctl(ep, EPOLL_CTL_ADD, b, EPOLLIN, 4));
	ep_gather("twice", ep, 4);
	T(epoll_ctl(ep, EPOLL_CTL_DEL, a, NULL));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, b, NULL));
	close(tcp[0]);
	close(p[0]);
	ep_gather("closed, but dup'ed", ep, 2);
	T(epoll_ctl(ep, EPOLL_CTL_DEL, tcp[0], NULL));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
	T(dup2(a, tcp[0]) == tcp[0]);
	T(dup2(b, p[0]) == p[0]);
	T(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], EPOLLIN, 5));
	T(ep_ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 6));
	close(a);
	close(b);
	ep_gather("one each", ep, 2);
	pid = conf_fork();
	if (!pid) {
		MUST(read(go[0], &c, 1));
		_exit(0);
	}
	close(tcp[0]);
	close(p[0]);
	ep_gather("closed, but inherited", ep, 2);
	MUST(write(go[1], "", 1));
	conf_reap("child", pid);
	ep_show("gone", ep, 0);
	closefrom(3);
}

/* The instance itself: dup'ed, inherited, filled by a child, used after exec. */
static void sharing(const char *self)
{
	int ep = (int)MUST(epoll_create1(0)), tcp[2], p[2], two, e;
	char arg[16], how[] = "wait";
	pid_t pid;

	tcp_pair(tcp);
	MUST(pipe(p));
	e = eventfd(0, 0);
	two = dup(ep);
	pid = conf_fork();
	if (!pid) {
		ep_add(two, tcp[0], EPOLLIN | EPOLLET, 1);
		ep_add(ep, p[0], EPOLLIN | EPOLLET, 2);
		_exit(0);
	}
	conf_reap("adder", pid);
	MUST(send(tcp[1], "x", 1, 0));
	MUST(write(p[1], "x", 1));
	ep_gather("added by a child", ep, 2);
	ep_show("seen through one, gone from the other", two, 0);
	T(ep_ctl(two, EPOLL_CTL_MOD, tcp[0], EPOLLIN | EPOLLET, 3));
	close(ep);
	T(epoll_wait(ep, ep_event, 1, 0));
	ep_gather("the other lives", two, 1);
	T(ep_ctl(two, EPOLL_CTL_MOD, tcp[0], EPOLLIN, 4));
	T(ep_ctl(two, EPOLL_CTL_MOD, p[0], EPOLLIN, 5));
	T(dup2(two, e) == e);
	T(dup3(two, ep, O_CLOEXEC) == ep);
	close(two);
	pid = conf_fork();
	if (!pid) {
		snprintf(arg, sizeof(arg), "%d", e);
		execl(self, self, how, arg, NULL);
		_exit(9);
	}
	conf_reap("after exec", pid);
	ep_gather("before it", e, 2);
	closefrom(3);
}

/* What an exec'ed copy does with an inherited instance. */
static int inherited(int ep)
{
	int udp[2];

	udp_pair(udp);
	ep_gather("inherited", ep, 2);
	MUST(send(udp[1], "x", 1, 0));
	ep_add(ep, udp[0], EPOLLIN, 6);
	ep_gather("with one more", ep, 3);
	return 0;
}

/* One that waits for local members alone is woken when a remote one is added. */
static void adding(void)
{
	int ep = (int)MUST(epoll_create1(0)), tcp[2], e = eventfd(0, 0);
	pid_t pid;

	tcp_pair(tcp);
	MUST(send(tcp[1], "x", 1, 0));
	ep_add(ep, e, EPOLLIN, 1);
	for (int pass = 0; pass < 2; pass++) {
		pid = conf_fork();
		if (!pid) {
			conf_msleep(30);
			if (pass)
				bump(e);
			else
				ep_add(ep, tcp[0], EPOLLIN | EPOLLONESHOT, 2);
			_exit(0);
		}
		ep_show(pass ? "local event" : "remote member", ep, -1);
		conf_reap("adder", pid);
	}
	closefrom(3);
}

static void limits(void)
{
	struct timespec ns = { 0, 12345678 }, none = { 0, 0 }, ages = { 1L << 40, 0 };
	int ep = (int)MUST(epoll_create1(0)), tcp[2], p[2];
	sigset_t usr, old;
	timer_t timer;
	long from;

	tcp_pair(tcp);
	MUST(pipe(p));
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	conf_handle(SIGUSR1, on_signal, SA_RESTART);
	for (int members = 0; members < 3; members++) {
		printf("members %d\n", members);
		if (members != 1)
			ep_ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
		else
			ep_ctl(ep, EPOLL_CTL_DEL, p[0], 0, 0);
		if (members)
			ep_ctl(ep, EPOLL_CTL_ADD, tcp[0], EPOLLIN, 2);
		from = now_ms();
		ep_show("15 ms", ep, 15);
		TF(now_ms() - from >= 14 && now_ms() - from < 5000);
		from = now_ms();
		T(pwait2(ep, ep_event, 4, &ns, NULL, 0));
		TF(now_ms() - from >= 12 && now_ms() - from < 5000);
		T(pwait2(ep, ep_event, 4, &none, NULL, 0));
		sigprocmask(SIG_BLOCK, &usr, &old);
		raise(SIGUSR1);
		T(epoll_pwait(ep, ep_event, 4, 5, NULL));
		T(epoll_pwait(ep, ep_event, 4, 5, &usr));
		T(epoll_pwait(ep, ep_event, 4, -1, &old));
		raise(SIGUSR1);
		T(pwait2(ep, ep_event, 4, &ages, &old, 8));
		raise(SIGUSR1);
		T(pwait2(ep, ep_event, 4, NULL, &old, 8));
		sigprocmask(SIG_SETMASK, &old, NULL);
		timer = conf_ticks(SIGUSR1);
		ep_show("signals", ep, -1);
		conf_ticks_end(timer);
		if (members) {
			MUST(send(tcp[1], "x", 1, 0));
			ep_print("event", ep_event, pwait2(ep, ep_event, 4, NULL, NULL, 0));
			drain(tcp[0]);
		}
	}
	closefrom(3);
}

int main(int argc, char **argv)
{
	conf_init();
	if (argc == 3)
		return inherited(atoi(argv[2]));
	kinds();
	wrong();
	rotation();
	closing();
	sharing(argv[0]);
	adding();
	limits();
	return 0;
}
