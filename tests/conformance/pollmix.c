/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll, ppoll, select and pselect6 in their odd forms, over descriptors of both
 * sides: no sets at all, sets beyond 64 descriptors and beyond the table, sets
 * at the end of a page, wrong pointers, masks and times, large sets, O_PATH and
 * closed descriptors, one descriptor several times.
 */
#include "ep.h"
#include <sys/resource.h>
#include <sys/select.h>

#define MANY 3000

static int there[2], here[2], file;

static void on_signal(int sig)
{
	(void)sig;
}

static long sys_poll(struct pollfd *p, unsigned long n, long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	return syscall(SYS_ppoll, p, n, ms < 0 ? NULL : &ts, NULL, 8);
}

static long sys_select(int n, void *in, void *out, void *ex, void *ts, void *sig)
{
	return syscall(SYS_pselect6, n, in, out, ex, ts, sig);
}

static void show(const struct pollfd *p, int n)
{
	printf(" ");
	for (int i = 0; i < n; i++)
		printf(" %#x", p[i].revents);
	printf("\n");
}

static void make(void)
{
	tcp_pair(there);
	MUST(pipe(here));
	put("f", "x");
	file = (int)MUST(open("f", O_RDWR));
}

static void fire(void)
{
	MUST(send(there[1], "x", 1, 0));
	MUST(write(here[1], "x", 1));
	MUST(poll(&(struct pollfd){ there[0], POLLIN, 0 }, 1, -1));
}

static void odd_polls(void)
{
	struct pollfd *p = (void *)guard(3 * sizeof(*p));
	struct timespec neg = { -1, 0 }, ns = { 0, 1000000000 }, zero = { 0, 0 };
	sigset_t usr, old;
	int path;

	make();
	path = (int)MUST(open("f", O_PATH));
	p[0] = (struct pollfd){ there[0], POLLIN, -1 };
	p[1] = (struct pollfd){ here[0], POLLIN, -1 };
	p[2] = (struct pollfd){ file, POLLIN | POLLPRI, -1 };
	T(poll(NULL, 0, 0));
	T(poll(BAD, 0, 3));
	T(poll(p, 2, 0));
	show(p, 3);
	T(poll(p, 3, -1));
	show(p, 3);
	T(poll(p, 4, 0));
	T(poll(p + 1, 3, 0));
	T(poll(BAD, 1, 0));
	T(poll(RO, 1, 0));
	T(poll(NIL, 1, 0));
	T(poll(p, UINT_MAX, 0));
	T(poll(p, RLIM_INFINITY, 0));
	T(syscall(SYS_ppoll, p, 2, BAD, NULL, 8));
	T(syscall(SYS_ppoll, p, 2, &neg, NULL, 8));
	T(syscall(SYS_ppoll, p, 2, &ns, NULL, 8));
	T(syscall(SYS_ppoll, p, 2, &zero, BAD, 8));
	T(syscall(SYS_ppoll, p, 2, &zero, &usr, 7));
	T(syscall(SYS_ppoll, p, 2, &zero, NULL, 7));
	T(syscall(SYS_ppoll, BAD, 2, BAD, BAD, 7));
	fire();
	T(poll(p, 3, -1));
	show(p, 3);
	/* the same one again, and with other wishes */
	p[0] = (struct pollfd){ there[0], POLLIN, 0 };
	p[1] = (struct pollfd){ here[0], 0, 0 };
	p[2] = (struct pollfd){ there[0], POLLOUT, 0 };
	T(poll(p, 3, -1));
	show(p, 3);
	p[0] = (struct pollfd){ path, POLLIN, 0 };
	p[1] = (struct pollfd){ here[0], POLLIN | POLLRDNORM, 0 };
	p[2] = (struct pollfd){ -5, POLLOUT, 77 };
	T(poll(p, 3, -1));
	show(p, 3);
	p[0] = (struct pollfd){ file, POLLPRI, 0 };
	p[1].fd = -1;
	T(poll(p, 3, 2));
	show(p, 3);
	/* no time to wait, but a mask that lets a signal in */
	p[1].fd = here[1];
	p[1].events = 0;
	conf_handle(SIGUSR1, on_signal, 0);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	for (int i = 0; i < 3; i++) {
		p[2] = (struct pollfd){ i == 1 ? there[1] : -1, 0, 0 };
		sigprocmask(SIG_BLOCK, &usr, &old);
		raise(SIGUSR1);
		T(ppoll(p + (i == 2), 3 - (i == 2), &zero, &old));
		sigprocmask(SIG_SETMASK, &old, NULL);
	}
	closefrom(3);
}

/* More than the limit allows is refused, up to it all are looked at. */
static void large(void)
{
	struct rlimit l = { MANY, MANY };
	struct pollfd *p = (void *)guard(MANY * sizeof(*p));
	int last;

	MUST(setrlimit(RLIMIT_NOFILE, &l));
	make();
	fire();
	for (int i = 0; i < MANY; i++)
		p[i] = (struct pollfd){ i % 2 ? there[0] : here[0], 0, -1 };
	T(sys_poll(p, MANY + 1, 0));
	T(sys_poll(p, MANY, 2));
	p[MANY - 1].events = POLLIN;
	p[MANY - 2].events = POLLIN;
	T(sys_poll(p, MANY, -1));
	show(p, 2);
	show(p + MANY - 2, 2);
	p[7].fd = 2999;
	T(sys_poll(p, MANY, -1));
	show(p + 6, 3);
	drain(there[0]);
	drain(here[0]);
	p[7].fd = -1;
	for (int side = 0; side < 2; side++) {
		pid_t pid = conf_fork();

		if (!pid) {
			conf_msleep(10);
			_exit(write(side ? there[1] : here[1], "x", 1) != 1);
		}
		T(sys_poll(p, MANY, -1));
		conf_reap("waker", pid);
		drain(side ? there[0] : here[0]);
	}
	last = (int)MUST(fcntl(there[0], F_DUPFD, 1500));
	printf("%d\n", last);
	for (int i = 0; i < 2; i++) {
		struct timespec soon = { 0, 2000000 };
		unsigned long set[48] = { 0 };

		if (i)
			MUST(send(there[1], "x", 1, 0));
		set[last / 64] |= 1UL << last % 64;
		set[here[0] / 64] |= 1UL << here[0] % 64;
		T(sys_select(1600, set, NULL, NULL, i ? NULL : &soon, NULL));
		TF(set[last / 64] >> last % 64 & 1);
		TF(set[here[0] / 64] >> here[0] % 64 & 1);
	}
	closefrom(3);
}

/* Sets end at a page's end; what the table has no room for is not looked at. */
static void odd_selects(void)
{
	unsigned long *in = (void *)guard(8), *out = (void *)guard(16), *far = (void *)guard(4096);
	struct timespec ts = { 0, 2000000 }, neg = { 0, -1 }, zero = { 0, 0 };
	struct timeval much = { 0, 300000000 }, bad = { 1, -1 };
	struct {
		const void *mask;
		size_t size;
	} sig = { NULL, 8 };
	sigset_t usr, old;

	make();
	*in = 1UL << there[0] | 1UL << here[0];
	T(sys_select(0, NULL, NULL, NULL, &ts, NULL));
	T(sys_select(64, NULL, NULL, NULL, &zero, NULL));
	T(sys_select(64, in, NULL, NULL, &zero, NULL));
	printf("%#lx\n", *in);
	fire();
	*in = 1UL << there[0] | 1UL << here[0] | 1UL << file;
	out[0] = 1UL << there[0] | 1UL << here[1] | 1UL << file;
	out[1] = 0;
	T(sys_select(64, in, out, NULL, NULL, NULL));
	TF(*in == (1UL << there[0] | 1UL << here[0] | 1UL << file));
	TF(out[0] == (1UL << there[0] | 1UL << here[1] | 1UL << file));
	*in = 1UL << there[0] | 1UL << here[0];
	T(sys_select(there[0], in, NULL, NULL, &zero, NULL));
	T(sys_select(1, in, NULL, NULL, &zero, NULL));
	printf("%#lx\n", *in);
	*in = 1UL << there[0];
	T(sys_select(64, in, in, BAD, &zero, NULL));
	T(sys_select(64, in, RO, NULL, &zero, NULL));
	T(sys_select(64, NIL, NIL, BAD, &zero, NULL));
	T(sys_select(64, in, NIL, NIL, BAD, NULL));
	T(sys_select(64, in, NIL, NIL, &neg, NULL));
	T(sys_select(64, in, NIL, NIL, &zero, BAD));
	T(sys_select(-1, in, NIL, NIL, &neg, NULL));
	T(sys_select(INT_MIN, in, NIL, NIL, &zero, NULL));
	sig.mask = BAD;
	T(sys_select(64, in, NIL, NIL, &zero, &sig));
	sig.size = 4;
	T(sys_select(64, in, NIL, NIL, &zero, &sig));
	*in = 1UL << there[0] | 1UL << 50;
	T(sys_select(64, in, NULL, NULL, NULL, NULL));
	TF(*in == (1UL << there[0] | 1UL << 50));
	/* far beyond the table: neither bad nor ready */
	memset(far, 0, 4096);
	far[500] = ~0UL;
	far[0] = 1UL << there[0];
	T(sys_select(32768, far, NULL, NULL, &zero, NULL));
	TF(far[0] == 1UL << there[0] && far[500] == ~0UL);
	T(sys_select(INT_MAX, far, NULL, NULL, &zero, NULL));
	drain(there[0]);
	drain(here[0]);
#ifdef SYS_select
	*in = 1UL << there[0] | 1UL << here[0];
	MUST(write(here[1], "x", 1));
	T(syscall(SYS_select, 64, in, NULL, NULL, &much));
	TF(much.tv_sec >= 200 && much.tv_sec <= 300 && much.tv_usec < 1000000);
	T(syscall(SYS_select, 64, in, NULL, NULL, &bad));
	drain(here[0]);
#else
	(void)much;
	(void)bad;
#endif
	conf_handle(SIGUSR1, on_signal, 0);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr, &old);
	sig.mask = &old;
	sig.size = 8;
	for (int i = 0; i < 3; i++) {
		*in = 1UL << there[0] | (i ? 1UL << here[0] : 0);
		raise(SIGUSR1);
		T(sys_select(64, in, NULL, NULL, i == 1 ? NULL : &zero, &sig));
	}
	TF(*in == (1UL << there[0] | 1UL << here[0]));
	closefrom(3);
}

int main(void)
{
	conf_init();
	odd_polls();
	odd_selects();
	large();
	return 0;
}
