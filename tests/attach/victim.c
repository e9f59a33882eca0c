/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs to attach to. Each prints `ready` when it does what it says, and at
 * its end what it has seen, which must be the same as without a tracer.
 *
 *   blocked      one thread in each of read, poll, epoll_wait, futex, nanosleep,
 *                accept, flock, open of a FIFO, wait4, rt_sigtimedwait and
 *                sigsuspend; a line on stdin ends them all
 *   threads N    N threads count; a line on stdin ends them
 *   signals N    counts N queued real-time signals
 *   pingpong     answers each line of stdin, from a thread of its own
 *   vfork        its child does not exec until stdin ends
 *   later        the same, begun by a line on stdin
 *   headless     a line on stdin ends its first thread; another one answers the next
 *   deaf         ignores or blocks every signal; answers each line of stdin
 *   children     a parent that forks and reaps without pause until stdin ends
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int wake[2];	 /* closed to end what blocks */
static int data_pipe[2]; /* a byte ends the read */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static _Atomic int go_on = 1;
static struct timespec began;

static double since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

static void *in_read(void *result)
{
	char c;

	*(long *)result = read(data_pipe[0], &c, 1) == 1 ? c : -errno;
	return NULL;
}

static void *in_poll(void *result)
{
	struct pollfd p = { .fd = wake[0], .events = POLLIN };

	*(long *)result = poll(&p, 1, -1) == 1 ? p.revents : -errno;
	return NULL;
}

static void *in_epoll(void *result)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 0x1234567890 };
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, wake[0], &e);
	*(long *)result = epoll_wait(ep, &e, 1, -1) == 1 ? (long)e.data.u64 : -errno;
	close(ep);
	return NULL;
}

static void *in_futex(void *result)
{
	pthread_mutex_lock(&lock);
	while (go_on)
		pthread_cond_wait(&cond, &lock);
	pthread_mutex_unlock(&lock);
	*(long *)result = 1;
	return NULL;
}

/* Must sleep its time out, however often it is interrupted. */
static void *in_nanosleep(void *result)
{
	const struct timespec t = { 2, 0 };
	int err = nanosleep(&t, NULL) ? -errno : 0;

	*(long *)result = err ? err : since(&began) >= 2.0;
	return NULL;
}

static int listener; /* the helper connects to it */
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static void *in_accept(void *result)
{
	*(long *)result = accept(listener, NULL, NULL) >= 0 ? 1 : -errno;
	return NULL;
}

static int lock_fd;

static void *in_flock(void *result)
{
	*(long *)result = flock(lock_fd, LOCK_EX) ? -errno : 1;
	return NULL;
}

/* The FIFO's name is one here only: the open that was begun here ends here. */
static void *in_open(void *result)
{
	int fd = open("pipe", O_RDONLY);
	char c;

	*(long *)result = fd < 0 ? -errno : read(fd, &c, 1) == 1 ? c : -1;
	return NULL;
}

static pid_t helper;

static void *in_wait4(void *result)
{
	int status = -1;

	*(long *)result = waitpid(helper, &status, 0) == helper ? status : -errno;
	return NULL;
}

static void *in_sigtimedwait(void *result)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	*(long *)result = sigwaitinfo(&set, NULL) == SIGUSR1 ? 1 : -errno;
	return NULL;
}

/*
 * A process that nobody attaches to. When the pipe is closed it does what ends
 * accept, flock, open and wait4.
 */
static int begin_helper(void)
{
	socklen_t len = sizeof(sa_family_t);
	int locked[2];
	char c;

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	lock_fd = open("near", O_RDONLY);
	if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 1) ||
	    lock_fd < 0 || mkfifo("pipe", 0600) || pipe(locked))
		return -1;
	len = sizeof(address);
	getsockname(listener, (struct sockaddr *)&address, &len);
	helper = fork();
	if (helper)
		return read(locked[0], &c, 1) == 1 ? 0 : -1;
	close(wake[1]);
	if (flock(open("near", O_RDONLY), LOCK_EX) || write(locked[1], "l", 1) != 1 ||
	    read(wake[0], &c, 1) < 0 ||
	    connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, len) ||
	    write(open("pipe", O_WRONLY), "o", 1) != 1)
		_exit(1);
	_exit(0);
}

static void *in_sigsuspend(void *result)
{
	sigset_t mask;
	int r;

	sigfillset(&mask);
	sigdelset(&mask, SIGUSR2);
	r = sigsuspend(&mask);
	*(long *)result = r == -1 && errno == EINTR;
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void ready(void)
{
	const struct timespec settle = { 0, 200000000 };

	nanosleep(&settle, NULL);
	puts("ready");
	fflush(stdout);
}

static int blocked(void)
{
	static void *(*const fn[])(void *) = {
		in_read,  in_poll, in_epoll, in_futex, in_nanosleep,	in_accept,
		in_flock, in_open, in_wait4, in_sigtimedwait, in_sigsuspend,
	};
	static const char *const name[] = {
		"read",	 "poll", "epoll", "futex",	 "nanosleep",  "accept",
		"flock", "open", "wait4", "sigtimedwait", "sigsuspend",
	};
	enum { N = sizeof(fn) / sizeof(fn[0]) };
	pthread_t thread[N];
	long result[N] = { 0 };
	char line[64];
	sigset_t mask;

	signal(SIGUSR2, on_signal);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	if (pipe(wake) || pipe(data_pipe) || begin_helper())
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < N; i++)
		pthread_create(&thread[i], NULL, fn[i], &result[i]);
	ready();
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	pthread_mutex_lock(&lock);
	go_on = 0;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
	if (write(data_pipe[1], "x", 1) != 1)
		return 1;
	close(wake[1]);
	pthread_kill(thread[N - 2], SIGUSR1);
	pthread_kill(thread[N - 1], SIGUSR2);
	for (int i = 0; i < N; i++) {
		pthread_join(thread[i], NULL);
		printf("%s %ld\n", name[i], result[i]);
	}
	return 0;
}

static _Atomic long turns[1024];

static void *counting(void *at)
{
	_Atomic long *turn = at;
	const struct timespec pause = { 0, 1000000 };

	while (go_on) {
		++*turn;
		if (*turn % 64 == 0)
			nanosleep(&pause, NULL);
	}
	return NULL;
}

static int threads(int n)
{
	pthread_t thread[1024];
	char line[64];
	int idle = 0;

	if (n < 1 || n > 1024)
		return 2;
	for (int i = 0; i < n; i++)
		pthread_create(&thread[i], NULL, counting, &turns[i]);
	ready();
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n")) {
		puts("here");
		fflush(stdout);
	}
	go_on = 0;
	for (int i = 0; i < n; i++) {
		pthread_join(thread[i], NULL);
		idle += !turns[i];
	}
	printf("idle %d\n", idle);
	return 0;
}

static _Atomic long caught;

static void on_queued(int sig, siginfo_t *si, void *u)
{
	(void)sig;
	(void)u;
	caught += si->si_value.sival_int;
}

static int signals(long n)
{
	struct sigaction sa = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART };
	const struct timespec pause = { 0, 1000000 };

	sigaction(SIGRTMIN, &sa, NULL);
	ready();
	for (int i = 0; i < 60000 && caught < n; i++)
		nanosleep(&pause, NULL);
	printf("caught %ld\n", caught);
	return 0;
}

static int pingpong(void)
{
	char line[256];

	ready();
	while (fgets(line, sizeof(line), stdin)) {
		printf("pong %s", line);
		fflush(stdout);
	}
	return 0;
}

static int in_vfork(bool later)
{
	char line[64];
	pid_t pid;
	int status;

	ready();
	if (later && read(0, line, sizeof(line)) <= 0)
		return 1;
	pid = vfork();
	if (pid == 0) {
		while (read(0, line, sizeof(line)) > 0)
			;
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	printf("child %d\n", waitpid(pid, &status, 0) == pid ? status : -1);
	return 0;
}

static void *without_head(void *unused)
{
	char line[64];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		printf("near %d\n", access("near", F_OK));
		fflush(stdout);
	}
	exit(0);
}

static int headless(void)
{
	pthread_t thread;
	char c;

	ready();
	while (read(0, &c, 1) == 1 && c != '\n')
		;
	if (pthread_create(&thread, NULL, without_head, NULL))
		return 1;
	pthread_exit(NULL);
}

static int deaf(void)
{
	char line[64];
	sigset_t mask;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	ready();
	while (fgets(line, sizeof(line), stdin)) {
		printf("here %d\n", access("near", F_OK));
		fflush(stdout);
	}
	return 0;
}

static void *children_of(void *count)
{
	long *n = count;

	while (go_on) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(7);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7) {
			*n = -1;
			return NULL;
		}
		++*n;
	}
	return NULL;
}

static int children(void)
{
	pthread_t thread;
	long n = 0;
	char line[64];

	pthread_create(&thread, NULL, children_of, &n);
	ready();
	while (fgets(line, sizeof(line), stdin))
		;
	go_on = 0;
	pthread_join(thread, NULL);
	puts(n > 0 ? "reaped" : "lost");
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc == 2 && !strcmp(argv[1], "blocked"))
		return blocked();
	if (argc == 3 && !strcmp(argv[1], "threads"))
		return threads(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "signals"))
		return signals(atol(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "pingpong"))
		return pingpong();
	if (argc == 2 && !strcmp(argv[1], "children"))
		return children();
	if (argc == 2 && (!strcmp(argv[1], "vfork") || !strcmp(argv[1], "later")))
		return in_vfork(*argv[1] == 'l');
	if (argc == 2 && !strcmp(argv[1], "headless"))
		return headless();
	if (argc == 2 && !strcmp(argv[1], "deaf"))
		return deaf();
	fprintf(stderr, "usage: attach-victim blocked|threads N|signals N|pingpong|children|"
			"vfork|later|headless|deaf\n");
	return 2;
}
