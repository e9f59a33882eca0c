/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals against socket calls that block: without SA_RESTART they give EINTR,
 * with it they go on; not so with a time limit on the socket, and never in poll.
 * A connection or datagram that comes afterwards is not lost.
 */
#include "sock.h"

enum wait_kind { ACCEPT, CONNECT, RECV, RECVFROM, RECVMSG, SEND, TIMED_RECV, TIMED_ACCEPT,
		 POLL, KINDS };
static const char *const kind_name[] = {
	"accept", "connect", "recv", "recvfrom", "recvmsg", "send",
	"recv with a time limit", "accept with a time limit", "poll",
};

static volatile sig_atomic_t hits;
static volatile int *step;
static bool lets_go;
static char bulk[65536];

static void on_signal(int sig)
{
	(void)sig;
	hits++;
	if (lets_go && hits >= 5)
		step[0] = 1;
}

struct place {
	struct sockaddr_in at;
	int mine;   /* blocks */
	int others; /* what lets it go */
};

/* A queue for one connection, which is taken. */
static void full_queue(struct place *p)
{
	int first = socket(AF_INET, SOCK_STREAM, 0);

	p->others = bound4(SOCK_STREAM, &p->at);
	MUST(listen(p->others, 0));
	MUST(connect(first, SA(&p->at), sizeof(p->at)));
	p->mine = socket(AF_INET, SOCK_STREAM, 0);
}

static void prepare(enum wait_kind kind, struct place *p)
{
	int fd[2];

	switch (kind) {
	case ACCEPT:
	case TIMED_ACCEPT:
		p->mine = listener4(&p->at);
		p->others = socket(AF_INET, SOCK_STREAM, 0);
		if (kind == TIMED_ACCEPT)
			set_timeout(p->mine, SO_RCVTIMEO, 10000);
		return;
	case CONNECT:
		full_queue(p);
		return;
	case RECVFROM:
	case RECVMSG:
		udp_pair(fd);
		break;
	default:
		tcp_pair(fd);
		break;
	}
	p->mine = fd[0];
	p->others = fd[1];
	if (kind == TIMED_RECV)
		set_timeout(p->mine, SO_RCVTIMEO, 10000);
	if (kind != SEND)
		return;
	/* buffers of a set size do not grow: full is full */
	set_int(p->mine, SOL_SOCKET, SO_SNDBUF, 10000);
	set_int(p->others, SOL_SOCKET, SO_RCVBUF, 10000);
	fcntl(p->mine, F_SETFL, O_NONBLOCK);
	for (int quiet = 0; quiet < 20; quiet++) {
		while (send(p->mine, bulk, sizeof(bulk), 0) > 0 || send(p->mine, bulk, 1, 0) > 0)
			quiet = 0;
		conf_msleep(2);
	}
	fcntl(p->mine, F_SETFL, 0);
}

static long block(enum wait_kind kind, struct place *p)
{
	struct pollfd pfd = { p->mine, POLLIN, 0 };
	struct iovec iov = { bulk, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	switch (kind) {
	case ACCEPT:
	case TIMED_ACCEPT:
		return accept(p->mine, NULL, NULL);
	case CONNECT:
		return connect(p->mine, SA(&p->at), sizeof(p->at));
	case RECVFROM:
		return recvfrom(p->mine, bulk, 1, 0, SA(&p->at), &(socklen_t) { sizeof(p->at) });
	case RECVMSG:
		return recvmsg(p->mine, &m, 0);
	case SEND:
		return send(p->mine, bulk, 1, 0);
	case POLL:
		return poll(&pfd, 1, -1);
	default:
		return recv(p->mine, bulk, 1, 0);
	}
}

static void let_go(enum wait_kind kind, struct place *p)
{
	switch (kind) {
	case ACCEPT:
	case TIMED_ACCEPT:
		MUST(connect(p->others, SA(&p->at), sizeof(p->at)));
		break;
	case CONNECT:
		MUST(accept(p->others, NULL, NULL));
		break;
	case SEND:
		for (; *step < 2; conf_msleep(1))
			while (recv(p->others, bulk, sizeof(bulk), MSG_DONTWAIT) > 0)
				;
		break;
	default:
		MUST(send(p->others, "x", 1, 0));
		break;
	}
}

static void interrupted(enum wait_kind kind, int flags)
{
	bool goes_on = flags && kind != TIMED_RECV && kind != TIMED_ACCEPT && kind != POLL;
	struct place p;
	timer_t timer;
	pid_t pid;
	long ret;
	int err;

	prepare(kind, &p);
	step = conf_shared();
	pid = conf_fork();
	if (!pid) {
		await(step, 1);
		let_go(kind, &p);
		await(step, 2);
		_exit(0);
	}
	hits = 0;
	lets_go = goes_on;
	conf_handle(SIGUSR1, on_signal, flags);
	timer = conf_ticks(SIGUSR1);
	ret = block(kind, &p);
	err = errno;
	conf_ticks_end(timer);
	printf("%s, %s: %s, %s\n", kind_name[kind], flags ? "SA_RESTART" : "no restart",
	       ret < 0 ? conf_errname(err) : "ok", hits >= (goes_on ? 5 : 1) ? "handled" : "missed");
	if (!goes_on && kind != CONNECT) {
		/* what comes now is there for the next one */
		step[0] = 1;
		ret = block(kind, &p);
		printf("  then %s\n", ret < 0 ? conf_errname(errno) : "ok");
	} else if (kind == CONNECT && ret < 0) {
		step[0] = 1;
		ret = block(kind, &p);
		printf("  then %s\n", ret < 0 ? conf_errname(errno) : "ok");
	}
	step[0] = 2;
	conf_reap("other", pid);
	closefrom(3);
}

/* Bytes that moved before the signal are the result. */
static void partial(void)
{
	int fd[2];
	timer_t timer;
	long n;

	tcp_pair(fd);
	MUST(send(fd[1], "some", 4, 0));
	conf_handle(SIGUSR1, on_signal, 0);
	lets_go = false;
	timer = conf_ticks(SIGUSR1);
	n = recv(fd[0], bulk, 10, MSG_WAITALL);
	conf_ticks_end(timer);
	conf_show("recv of 10 with MSG_WAITALL", n);
	T(recv(fd[0], bulk, 10, MSG_DONTWAIT));
	closefrom(3);
}

/* Ignored signals and those of others disturb nothing. */
static void undisturbed(void)
{
	struct sockaddr_in at;
	int l = listener4(&at), c;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGWINCH, SIG_DFL);
	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 10; i++) {
			kill(getppid(), i % 2 ? SIGUSR1 : SIGWINCH);
			conf_msleep(3);
		}
		c = socket(AF_INET, SOCK_STREAM, 0);
		MUST(connect(c, SA(&at), sizeof(at)));
		_exit(0);
	}
	TOK(accept(l, NULL, NULL));
	conf_reap("sender", pid);
	closefrom(3);
}

static void deadly(void)
{
	struct sockaddr_in at;
	int l = listener4(&at), c;
	pid_t pid;

	step = conf_shared();
	pid = conf_fork();
	if (!pid) {
		step[0] = 1;
		accept(l, NULL, NULL);
		_exit(0);
	}
	await(step, 1);
	conf_msleep(30);
	kill(pid, SIGTERM);
	conf_reap("in accept", pid);
	/* the dead one takes no connection with it */
	c = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(c, SA(&at), sizeof(at)));
	T(fcntl(l, F_SETFL, O_NONBLOCK));
	TOK(accept(l, NULL, NULL));
	closefrom(3);
}

int main(void)
{
	conf_init();
	for (int kind = 0; kind < KINDS; kind++) {
		interrupted(kind, 0);
		interrupted(kind, SA_RESTART);
	}
	partial();
	undisturbed();
	deadly();
	return 0;
}
