/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that share an epoll instance with members of both sides: several wait
 * in it at once and each event goes to one of them; members are added, changed
 * and taken away under a waiting thread, in nested instances, too.
 */
#include "ep.h"
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#define THREADS 4
#define ROUNDS 150
#define STOP 99

static int ep, tcp[2], efd, stop;
static sem_t handled;
static int got[2], odd;

static void *worker(void *arg)
{
	const uint32_t *mode = arg;
	struct epoll_event e[2];

	for (;;) {
		int n = epoll_wait(ep, e, 2, 10000);

		if (n < 1)
			__atomic_add_fetch(&odd, 1, __ATOMIC_RELAXED);
		for (int i = 0; i < n; i++) {
			int side = (int)e[i].data.u64;

			if (side == STOP)
				return NULL;
			drain(side ? efd : tcp[0]);
			__atomic_add_fetch(&got[side], 1, __ATOMIC_RELAXED);
			if (*mode & EPOLLONESHOT)
				MUST(ep_ctl(ep, EPOLL_CTL_MOD, side ? efd : tcp[0], *mode,
					    (uint64_t)side));
			sem_post(&handled);
		}
		if (n < 1)
			return NULL;
	}
}

static void crowd(const char *name, uint32_t mode)
{
	pthread_t t[THREADS];

	tcp_pair(tcp);
	set_int(tcp[1], IPPROTO_TCP, TCP_NODELAY, 1);
	efd = eventfd(0, EFD_NONBLOCK);
	stop = eventfd(0, 0);
	ep = (int)MUST(epoll_create1(0));
	got[0] = got[1] = odd = 0;
	ep_add(ep, tcp[0], mode, 0);
	ep_add(ep, efd, mode, 1);
	ep_add(ep, stop, EPOLLIN, STOP);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, worker, &mode);
	for (int i = 0; i < conf_often(ROUNDS); i++) {
		int sides = 1 + i % 3;

		if (sides & 1)
			MUST(send(tcp[1], "x", 1, 0));
		if (sides & 2)
			bump(efd);
		for (int k = 0; k < __builtin_popcount((unsigned int)sides); k++)
			sem_wait(&handled);
	}
	bump(stop);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	printf("%s: %d there, %d here, %d odd\n", name, got[0], got[1], odd);
	closefrom(3);
}

/* One event, printed when the thread has ended. */
static struct epoll_event seen[4];
static int n_seen;

static _Atomic pid_t waiter;

static void *wait_one(void *arg)
{
	waiter = (pid_t)syscall(SYS_gettid);
	n_seen = epoll_wait(*(int *)arg, seen, 4, 10000);
	return NULL;
}

static void joined(const char *what, pthread_t t)
{
	pthread_join(t, NULL);
	ep_print(what, seen, n_seen);
}

/* What is done to an instance while a thread waits in it. */
static void changes(void)
{
	int in;
	pthread_t t;

	tcp_pair(tcp);
	efd = eventfd(0, EFD_NONBLOCK);
	ep = (int)MUST(epoll_create1(0));
	in = (int)MUST(epoll_create1(0));
	MUST(send(tcp[1], "x", 1, 0));
	for (int i = 0; i < 2; i++) {
		/* empty, then with a local member; the next one is remote */
		pthread_create(&t, NULL, wait_one, &ep);
		conf_msleep(20);
		ep_add(ep, tcp[0], EPOLLIN, 1);
		joined("a remote member is added", t);
		MUST(epoll_ctl(ep, EPOLL_CTL_DEL, tcp[0], NULL));
		if (!i) {
			close(ep);
			ep = (int)MUST(epoll_create1(0));
			ep_add(ep, efd, EPOLLIN, 2);
		}
	}
	pthread_create(&t, NULL, wait_one, &ep);
	conf_msleep(20);
	bump(efd);
	joined("the local one fires", t);
	drain(efd);
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, efd, NULL));
	ep_add(ep, tcp[0], 0, 3);
	pthread_create(&t, NULL, wait_one, &ep);
	conf_msleep(20);
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], EPOLLIN, 4));
	joined("a remote one is changed", t);
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], 0, 4));
	pthread_create(&t, NULL, wait_one, &ep);
	conf_msleep(20);
	ep_add(ep, in, EPOLLIN, 5);
	ep_add(in, efd, EPOLLIN, 6);
	conf_msleep(5);
	bump(efd);
	joined("one is nested, and filled", t);
	drain(efd);
	pthread_create(&t, NULL, wait_one, &ep);
	conf_msleep(20);
	ep_add(in, tcp[0], EPOLLIN, 7);
	joined("and with a remote one", t);
	MUST(epoll_ctl(in, EPOLL_CTL_DEL, tcp[0], NULL));
	pthread_create(&t, NULL, wait_one, &ep);
	conf_msleep(20);
	close(in);
	MUST(ep_ctl(ep, EPOLL_CTL_MOD, tcp[0], EPOLLIN | EPOLLET, 8));
	joined("it is closed, another fires", t);
	closefrom(3);
}

/* Until the thread of wait_one() sleeps for long, which it does nowhere but in its wait. */
static const char *waiter_path = "/proc/self/task/%d/stat";

static void asleep(void)
{
	char path[64], state = 0;

	for (int i = 0, seen = 0; i < 5000 && seen < 5; i++) {
		FILE *f;

		conf_msleep(2);
		snprintf(path, sizeof(path), waiter_path, (int)waiter);
		f = fopen(path, "re");
		if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (f)
			fclose(f);
		seen = state == 'S' ? seen + 1 : 0;
	}
}

/* It is closed, or its number taken, and goes on for the thread that waits in it. */
static void closed(void)
{
	pthread_t t;
	int was;

	tcp_pair(tcp);
	efd = eventfd(0, EFD_NONBLOCK);
	for (int i = 0; i < 6; i++) {
		was = ep = (int)MUST(epoll_create1(0));
		if (i % 3 != 1)
			ep_add(ep, efd, EPOLLIN, 1);
		if (i % 3)
			ep_add(ep, tcp[0], EPOLLIN, 2);
		waiter = 0;
		pthread_create(&t, NULL, wait_one, &was);
		asleep();
		if (i < 3)
			MUST(close(ep));
		else
			MUST(dup2(efd, ep));
		if (i % 3 == 1)
			MUST(send(tcp[1], "x", 1, 0));
		else
			bump(efd);
		joined(i < 3 ? "closed" : "replaced", t);
		if (i % 3 == 1)
			drain(tcp[0]);
		else
			drain(efd);
		printf("%d is next\n", dup(efd) - was);
		ep_show("the old number", was, 0);
	}
	closefrom(3);
}

struct waiter {
	int ep, n;
	struct epoll_event event[4];
};

static void *wait_in(void *arg)
{
	struct waiter *w = arg;

	waiter = (pid_t)syscall(SYS_gettid);
	w->n = epoll_wait(w->ep, w->event, 4, 10000);
	return NULL;
}

/* Numbers from `first` on, but for 200 to 202. */
static void close_from(unsigned first, unsigned flags)
{
	T(close_range(first, ~0U, 8));
	T(close_range(5, 4, 0));
	T(close_range(first, 199, flags));
	T(close_range(203, ~0U, 0));
}

/* Several at once, by a range of numbers: what two threads wait in goes on, the rest is gone. */
static void closed_by_range(unsigned flags, bool twice)
{
	struct waiter w[2] = { 0 };
	int ep[3], other;
	pthread_t t[2];

	for (int i = 0; i < 3; i++) {
		ep[i] = (int)MUST(epoll_create1(0));
		ep_add(ep[i], 200, EPOLLIN, 1);
		ep_add(ep[i], 202, EPOLLIN, 2);
	}
	other = (int)MUST(dup(200));
	for (int i = 0; i < 2; i++) {
		w[i].ep = ep[i];
		waiter = 0;
		pthread_create(&t[i], NULL, wait_in, &w[i]);
		asleep();
	}
	if (twice)
		MUST(close(ep[0]));
	close_from((unsigned)ep[0], flags);
	printf("left: %d %d %d %d\n", fcntl(ep[0], F_GETFD), fcntl(ep[1], F_GETFD),
	       fcntl(ep[2], F_GETFD), fcntl(other, F_GETFD));
	if (twice)
		bump(202);
	else
		MUST(send(201, "x", 1, 0));
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		ep_print("closed with others", w[i].event, w[i].n);
	}
	drain(twice ? 202 : 200);
}

static void ranges(void)
{
	tcp_pair(tcp);
	MUST(dup3(tcp[0], 200, O_CLOEXEC));
	MUST(dup3(tcp[1], 201, O_CLOEXEC));
	MUST(dup3(eventfd(0, EFD_NONBLOCK), 202, O_CLOEXEC));
	closed_by_range(0, false);
	closed_by_range(0, true);
	closed_by_range(CLOSE_RANGE_CLOEXEC, false);
	closed_by_range(CLOSE_RANGE_UNSHARE, true);
	closefrom(3);
}

/* Who shares the table and execs has one of its own by then. */
static void closed_by_exec(void)
{
	pid_t pid[2];

	waiter_path = "/proc/%d/stat";
	efd = eventfd(0, EFD_NONBLOCK);
	tcp_pair(tcp);
	ep = (int)MUST(epoll_create1(EPOLL_CLOEXEC));
	ep_add(ep, efd, EPOLLIN, 1);
	ep_add(ep, tcp[0], EPOLLIN, 2);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		pid[i] = (pid_t)MUST(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
		if (!pid[i] && i)
			_exit(execl("/bin/true", "true", NULL));
		if (!pid[i]) {
			ep_show("an exec beside it", ep, 10000);
			fflush(stdout);
			_exit(0);
		}
		waiter = pid[0];
		asleep();
	}
	conf_reap("true", pid[1]);
	bump(efd);
	conf_reap("the one that waits", pid[0]);
	closefrom(3);
}

int main(void)
{
	conf_init();
	sem_init(&handled, 0, 0);
	crowd("edge", EPOLLIN | EPOLLET);
	crowd("one-shot", EPOLLIN | EPOLLONESHOT);
	changes();
	closed();
	ranges();
	closed_by_exec();
	return 0;
}
