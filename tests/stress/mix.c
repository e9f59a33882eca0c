/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mix SECONDS: everything at once, each part in a process of its own: streams
 * over sockets, FIFOs and pipes, datagrams, epoll, children that exec, threads
 * that fork, locks, queued signals, files, mappings. Meanwhile the first
 * process sends all of them signals. Each part knows what must come out: no
 * byte or signal lost or doubled, every child seen, every count right.
 *
 * Says "ready", waits for a line, works, says "NAME N" (units of work) for
 * each part that was right and "NAME: what" for one that was not, then "done",
 * and waits for the end of its stdin. The parts are in parts.c.
 */
#include "mix.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <pthread.h>

const char *self;
const char *part_name = "mix";
struct shared *shared;
static int64_t end_ms;

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool going(void)
{
	static atomic_bool looked;

	return !atomic_exchange(&looked, true) || now_ms() < end_ms;
}

void fail(const char *file, int line, const char *what)
{
	int err = errno;

	dprintf(1, "%s: %s (%s:%d, errno %s)\n", part_name, what, file, line,
		strerrorname_np(err));
	_exit(1);
}

pid_t start(void (*fn)(void *), void *arg)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	return pid;
}

void finish(pid_t pid)
{
	int status = -1;

	CHECK(AGAIN(waitpid(pid, &status, 0)) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* --- signals at random --- */

static void on_signal(int sig)
{
	(void)sig;
}

static void set_handlers(void)
{
	struct sigaction again = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction once = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &once, NULL);
	sigaction(SIGUSR2, &again, NULL);
	signal(SIGTTOU, SIG_IGN);
}

/* SIGWINCH is ignored by default; SIGSTOP and SIGCONT stop and go on. */
static void disturb(const pid_t *pids, unsigned n, unsigned *seed)
{
	static const int signals[] = { SIGUSR1, SIGUSR2, SIGWINCH, SIGTTOU, SIGSTOP };
	const struct timespec pause = { 0, 1500000 };

	while (going()) {
		pid_t pid = pids[(unsigned)rand_r(seed) % n];
		int sig = signals[(unsigned)rand_r(seed) % 5];

		CHECK(kill(pid, sig) == 0);
		nanosleep(&pause, NULL);
		if (sig == SIGSTOP)
			CHECK(kill(pid, SIGCONT) == 0);
		atomic_fetch_add(&shared->signals, 1);
	}
}

/* --- all of it --- */

static void run_part(void *arg)
{
	const struct part *p = arg;
	unsigned seconds = (unsigned)((end_ms - now_ms()) / 1000);

	part_name = p->name;
	alarm(seconds + 40); /* a hang is a failure too */
	p->run(p);
}

static bool collect(const pid_t *pids)
{
	bool good = true;

	for (unsigned i = 0; i < n_parts; i++) {
		int status = -1;
		unsigned long n = atomic_load(&shared->work[i]);

		if (AGAIN(waitpid(pids[i], &status, 0)) != pids[i] || status || !n) {
			dprintf(1, "%s: status %#x after %lu\n", parts[i].name, (unsigned)status,
				n);
			good = false;
		} else {
			dprintf(1, "%s %lu\n", parts[i].name, n);
		}
	}
	return good;
}

static void *nothing(void *arg)
{
	return arg;
}

/* What is kept after the first time is there before anybody counts. */
static void warm_up(void)
{
	int fd = open("warm", O_RDWR | O_CREAT, 0600);
	pthread_t thread;
	pid_t pid;
	char *map;

	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	map[0] = 'y';
	CHECK(!munmap(map, 4096) && !close(fd) && !unlink("warm"));
	pid = fork();
	if (pid == 0)
		_exit(0);
	finish(pid);
	CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
	pthread_join(thread, NULL);
}

static void wait_for_line(const char *word)
{
	char c;

	dprintf(1, "%s\n", word);
	while (AGAIN(read(0, &c, 1)) == 1 && c != '\n')
		;
}

int main(int argc, char **argv)
{
	pid_t pids[MAX_PARTS];
	unsigned seed = 1;
	bool good;

	self = argv[0];
	if (argc == 3 && !strcmp(argv[1], "record"))
		return part_record(argv[2]);
	if (argc != 2)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	CHECK(shared != MAP_FAILED);
	warm_up();
	wait_for_line("ready");
	end_ms = now_ms() + (int64_t)atoi(argv[1]) * 1000;
	set_handlers();
	for (unsigned i = 0; i < n_parts; i++)
		pids[i] = start(run_part, (void *)&parts[i]);
	disturb(pids, n_parts, &seed);
	good = collect(pids);
	dprintf(1, "signals %lu\n", atomic_load(&shared->signals));
	wait_for_line("done");
	return good ? 0 : 1;
}
