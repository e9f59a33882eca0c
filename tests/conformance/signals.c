/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals against calls that block on the far side: a handler without SA_RESTART
 * gives EINTR, with it the call goes on; ignored and default-ignored signals and
 * blocked ones do not disturb; a deadly one kills; siginfo arrives unchanged.
 * The signal is sent again and again until the call is over.
 */
#include "conf.h"

static volatile sig_atomic_t hits;

static void on_signal(int sig)
{
	(void)sig;
	hits++;
}

enum wait_kind { LOCK, OPEN_READ, OPEN_WRITE, READ, WRITE, KINDS };
static const char *const kind_name[] = { "F_SETLKW", "open for reading", "open for writing",
					 "read of a FIFO", "write of a full FIFO" };

/* Block in the way asked for; what the call gave. */
static long block(enum wait_kind kind, int fd)
{
	struct flock lk = { .l_type = F_WRLCK };
	char c = 'w';

	switch (kind) {
	case LOCK:
		return fcntl(fd, F_SETLKW, &lk);
	case OPEN_READ:
		return open("fifo", O_RDONLY) < 0 ? -1 : 0;
	case OPEN_WRITE:
		return open("fifo", O_WRONLY) < 0 ? -1 : 0;
	case READ:
		return read(fd, &c, 1);
	default:
		return write(fd, &c, 1);
	}
}

/* The one who makes the block: holds the lock, or is late at the FIFO. */
static void holder(enum wait_kind kind, volatile int *step)
{
	struct flock lk = { .l_type = F_WRLCK };
	static char sink[1 << 20];
	int fd = open("f", O_RDWR);

	if (kind == LOCK)
		MUST(fcntl(fd, F_SETLK, &lk));
	step[0] = 1;
	await(&step[1], 1);
	switch (kind) {
	case OPEN_READ:
		MUST(open("fifo", O_WRONLY));
		break;
	case OPEN_WRITE:
		MUST(open("fifo", O_RDONLY));
		break;
	case READ:
		MUST(write((int)MUST(open("fifo", O_WRONLY)), "r", 1));
		break;
	case WRITE:
		MUST(read((int)MUST(open("fifo", O_RDONLY)), sink, sizeof(sink)));
		break;
	default:
		break;
	}
	if (kind != LOCK)
		await(&step[2], 1);
	_exit(0);
}

/* The holder of one kind is let go when enough signals have come, or never. */
static volatile int *let_go;
static int enough;

static void on_counted(int sig)
{
	on_signal(sig);
	if (let_go && hits >= enough)
		let_go[1] = 1;
}

static int ready(enum wait_kind kind)
{
	static char fill[4096];
	int fd;

	if (kind == LOCK)
		return open("f", O_RDWR);
	if (kind == OPEN_READ || kind == OPEN_WRITE)
		return -1;
	fd = open("fifo", O_RDWR | (kind == WRITE ? O_NONBLOCK : 0));
	while (kind == WRITE && write(fd, fill, sizeof(fill)) > 0)
		;
	if (kind == WRITE)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

static void interrupted(enum wait_kind kind, int flags)
{
	volatile int *step = conf_shared();
	int fd, err;
	timer_t timer;
	pid_t pid;
	long ret;

	unlink("fifo");
	MUST(mkfifo("fifo", 0600));
	pid = conf_fork();
	if (!pid)
		holder(kind, step);
	await(&step[0], 1);
	fd = ready(kind);
	hits = 0;
	enough = 5;
	let_go = flags & SA_RESTART ? step : NULL;
	conf_handle(SIGUSR1, on_counted, flags);
	timer = conf_ticks(SIGUSR1);
	ret = block(kind, fd);
	err = errno;
	conf_ticks_end(timer);
	printf("%s, %s: %ld %s, %s\n", kind_name[kind], flags ? "SA_RESTART" : "no restart", ret,
	       ret < 0 ? conf_errname(err) : "", hits >= (flags ? 5 : 1) ? "handled" : "missed");
	step[2] = 1;
	if (!step[1])
		kill(pid, SIGKILL);
	conf_reap("holder", pid);
	for (int i = 3; i < 20; i++)
		close(i);
}

/* Signals that must go by unseen; a tick of our own ends the wait. */
static void undisturbed(const char *what, int sig, void (*disposition)(int), bool blocked)
{
	volatile int *step = conf_shared();
	sigset_t set;
	pid_t pid, other;
	int fd;

	signal(sig, disposition);
	sigemptyset(&set);
	sigaddset(&set, sig);
	if (blocked)
		sigprocmask(SIG_BLOCK, &set, NULL);
	hits = 0;
	pid = conf_fork();
	if (!pid)
		holder(LOCK, step);
	await(&step[0], 1);
	other = conf_fork();
	if (!other) {
		for (int i = 0; i < 10; i++) {
			kill(getppid(), sig);
			conf_msleep(5);
		}
		step[1] = 1;
		_exit(0);
	}
	fd = open("f", O_RDWR);
	printf("%s", what);
	conf_show(": F_SETLKW", block(LOCK, fd));
	TF(step[1] == 1 && hits == 0);
	conf_reap("holder", pid);
	conf_reap("sender", other);
	if (blocked)
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	TF(hits == blocked);
	signal(sig, SIG_DFL);
	close(fd);
}

static void deadly(int sig)
{
	volatile int *step = conf_shared();
	pid_t pid = conf_fork(), victim;

	if (!pid)
		holder(LOCK, step);
	await(&step[0], 1);
	victim = conf_fork();
	if (!victim) {
		step[3] = 1;
		block(LOCK, open("f", O_RDWR));
		_exit(1);
	}
	await(&step[3], 1);
	conf_msleep(30);
	kill(victim, sig);
	conf_reap("victim", victim);
	step[1] = 1;
	conf_reap("holder", pid);
	/* nobody waits for it any more */
	T(fcntl(open("f", O_RDWR), F_SETLK, (&(struct flock) { .l_type = F_WRLCK })));
	close(3);
}

static siginfo_t last;

static void on_info(int sig, siginfo_t *si, void *ctx)
{
	(void)ctx;
	(void)sig;
	last = *si;
	hits++;
}

static void siginfo(void)
{
	volatile int *step = conf_shared();
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	pid_t pid = conf_fork(), other;
	int fd;

	if (!pid)
		holder(LOCK, step);
	await(&step[0], 1);
	hits = 0;
	sigaction(SIGRTMIN + 3, &sa, NULL);
	other = conf_fork();
	if (!other) {
		union sigval v = { .sival_int = 0x1234567 };

		conf_msleep(30);
		while (!step[3]) {
			sigqueue(getppid(), SIGRTMIN + 3, v);
			conf_msleep(20);
		}
		_exit(0);
	}
	fd = open("f", O_RDWR);
	T(block(LOCK, fd));
	step[3] = 1;
	TF(last.si_signo == SIGRTMIN + 3 && last.si_code == SI_QUEUE);
	printf("value %#x\n", last.si_value.sival_int);
	TF(last.si_pid == other && last.si_uid == getuid());
	conf_reap("sender", other);
	step[1] = 1;
	conf_reap("holder", pid);
	close(fd);
}

int main(void)
{
	conf_init();
	put("f", "x");
	for (int kind = 0; kind < KINDS; kind++) {
		interrupted(kind, 0);
		interrupted(kind, SA_RESTART);
	}
	undisturbed("ignored", SIGUSR2, SIG_IGN, false);
	undisturbed("default-ignored SIGWINCH", SIGWINCH, SIG_DFL, false);
	undisturbed("default-ignored SIGCHLD", SIGCHLD, SIG_DFL, false);
	undisturbed("default-ignored SIGURG", SIGURG, SIG_DFL, false);
	undisturbed("blocked", SIGUSR2, on_signal, true);
	deadly(SIGTERM);
	deadly(SIGKILL);
	siginfo();
	return 0;
}
