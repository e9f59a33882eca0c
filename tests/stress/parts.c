/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of mix.c. Each runs until going() says no, then looks whether
 * everything has arrived, and ends; CHECK() ends it early. Signals with and
 * without SA_RESTART come at any time.
 */
#include "mix.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CHUNK 50000

static atomic_ulong *work(const struct part *p)
{
	return &shared->work[p - parts];
}

static atomic_ulong *sent(const struct part *p)
{
	return &shared->sent[p - parts];
}

static void rest(unsigned us)
{
	const struct timespec ts = { 0, (long)us * 1000 };

	nanosleep(&ts, NULL);
}

/* --- streams: the byte at every place is known --- */

static uint8_t byte_at(uint64_t at)
{
	return (uint8_t)((at * 2654435761u) >> 13 ^ at);
}

struct stream {
	const struct part *part;
	int fd;
	int close; /* the reader's end, which the writer must not hold, or -1 */
};

static void write_stream(void *arg)
{
	static uint8_t buf[CHUNK];
	const struct stream *s = arg;
	unsigned seed = (unsigned)getpid();
	uint64_t at = 0;

	if (s->close >= 0)
		close(s->close);
	while (going()) {
		size_t n = 1 + (size_t)rand_r(&seed) % (rand_r(&seed) % 4 ? 500 : CHUNK);

		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(at + i);
		for (size_t done = 0; done < n;) {
			long m = AGAIN(write(s->fd, buf + done, n - done));

			CHECK(m > 0);
			done += (size_t)m;
		}
		at += n;
	}
	atomic_store(sent(s->part), at);
}

static uint64_t read_stream(const struct part *p, int fd)
{
	static uint8_t buf[CHUNK];
	unsigned seed = (unsigned)getpid();
	uint64_t at = 0;
	long n;

	do {
		n = AGAIN(read(fd, buf, 1 + (size_t)rand_r(&seed) % CHUNK));
		CHECK(n >= 0);
		for (long i = 0; i < n; i++)
			CHECK(buf[i] == byte_at(at + (uint64_t)i));
		at += (uint64_t)n;
		atomic_store(work(p), at);
	} while (n);
	return at;
}

/* fd[0] is read here, fd[1] is written in a child. */
static void pump(const struct part *p, const int fd[2])
{
	struct stream s = { p, fd[1], fd[0] };
	pid_t pid = start(write_stream, &s);
	uint64_t n;

	close(fd[1]);
	n = read_stream(p, fd[0]);
	finish(pid);
	CHECK(n == atomic_load(sent(p)));
	close(fd[0]);
}

/* fd[0] was accepted, fd[1] connected. */
static void tcp_pair(int fd[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(l >= 0 && !bind(l, (struct sockaddr *)&a, len) && !listen(l, 1));
	CHECK(!getsockname(l, (struct sockaddr *)&a, &len) && a.sin_port);
	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd[1] >= 0);
	/* interrupted, it goes on by itself */
	if (connect(fd[1], (struct sockaddr *)&a, len)) {
		struct pollfd pfd = { fd[1], POLLOUT, 0 };

		CHECK(errno == EINTR);
		CHECK(AGAIN(poll(&pfd, 1, -1)) == 1);
	}
	fd[0] = (int)AGAIN(accept(l, NULL, NULL));
	CHECK(fd[0] >= 0);
	close(l);
}

static void part_tcp(const struct part *p)
{
	int fd[2];

	tcp_pair(fd);
	pump(p, fd);
}

static void part_pipe(const struct part *p)
{
	int fd[2];

	CHECK(!pipe(fd));
	pump(p, fd);
}

static void part_fifo(const struct part *p)
{
	int fd[2];

	CHECK(!mkfifo("fifo", 0600));
	fd[0] = (int)AGAIN(open("fifo", O_RDWR)); /* so that the other open does not wait */
	fd[1] = (int)AGAIN(open("fifo", O_WRONLY));
	CHECK(fd[0] >= 0 && fd[1] >= 0);
	CHECK(dup2((int)AGAIN(open("fifo", O_RDONLY | O_NONBLOCK)), fd[0]) == fd[0]);
	CHECK(!fcntl(fd[0], F_SETFL, 0));
	for (int i = 3; i < 30; i++)
		if (i != fd[0] && i != fd[1])
			close(i);
	pump(p, fd);
	CHECK(!unlink("fifo"));
}

/* --- datagrams: one is under way at a time, poll(2) on both sides --- */

static void part_udp(const struct part *p)
{
	struct sockaddr_in a[2];
	socklen_t len = sizeof(a[0]);
	int fd[2], here[2];
	char c = 0;

	CHECK(!pipe(here));
	for (int i = 0; i < 2; i++) {
		a[i] = (struct sockaddr_in) { .sin_family = AF_INET,
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		CHECK(fd[i] >= 0 && !bind(fd[i], (struct sockaddr *)&a[i], len));
		CHECK(!getsockname(fd[i], (struct sockaddr *)&a[i], &len));
	}
	while (going()) {
		unsigned long n = atomic_load(work(p)), got = 0;
		struct pollfd both[] = { { fd[n % 2], POLLIN, 0 }, { here[0], POLLIN, 0 } };
		int want = n % 3 == 0;

		if (want)
			CHECK(AGAIN(write(here[1], &c, 1)) == 1);
		else
			CHECK(AGAIN(sendto(fd[1 - n % 2], &n, sizeof(n), 0,
					   (struct sockaddr *)&a[n % 2], len)) == sizeof(n));
		CHECK(AGAIN(poll(both, 2, 20000)) == 1);
		CHECK(both[want].revents == POLLIN && !both[!want].revents);
		if (want) {
			CHECK(AGAIN(read(here[0], &c, 1)) == 1);
		} else {
			CHECK(AGAIN(recv(fd[n % 2], &got, sizeof(got), 0)) == sizeof(got));
			CHECK(got == n);
		}
		atomic_fetch_add(work(p), 1);
	}
	CHECK(recv(fd[0], &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

/* --- epoll: tokens go round through a socket, a pipe and an eventfd --- */

#define TOKENS 5

struct ring {
	int in[3], out[3]; /* socket, pipe, eventfd */
	int ep;
};

static void ring_new(struct ring *r)
{
	int sock[2], pipes[2];

	tcp_pair(sock);
	CHECK(!pipe(pipes));
	r->in[0] = sock[0];
	r->out[0] = sock[1];
	r->in[1] = pipes[0];
	r->out[1] = pipes[1];
	r->in[2] = r->out[2] = eventfd(0, EFD_SEMAPHORE);
	CHECK(r->in[2] >= 0);
	r->ep = epoll_create1(0);
	for (uint32_t i = 0; i < 3; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

		CHECK(!epoll_ctl(r->ep, EPOLL_CTL_ADD, r->in[i], &ev));
	}
}

static void ring_put(const struct ring *r, unsigned where)
{
	const uint64_t one = 1;

	if (where == 2)
		CHECK(AGAIN(write(r->out[2], &one, sizeof(one))) == sizeof(one));
	else
		CHECK(AGAIN(write(r->out[where], "t", 1)) == 1);
}

static void ring_take(const struct ring *r, unsigned where)
{
	char token[8];
	long n = AGAIN(read(r->in[where], token, where == 2 ? 8 : 1));

	CHECK(n == (where == 2 ? 8 : 1));
}

static void part_epoll(const struct part *p)
{
	struct epoll_event ev[3];
	struct ring r;
	char c;

	ring_new(&r);
	for (unsigned i = 0; i < TOKENS; i++)
		ring_put(&r, i % 3);
	while (going()) {
		long n = AGAIN(epoll_wait(r.ep, ev, 3, 20000));

		CHECK(n > 0);
		for (long i = 0; i < n; i++) {
			CHECK(ev[i].events == EPOLLIN);
			ring_take(&r, ev[i].data.u32);
			ring_put(&r, (ev[i].data.u32 + 1) % 3);
			atomic_fetch_add(work(p), 1);
		}
	}
	for (unsigned left = TOKENS; left; left--) {
		CHECK(AGAIN(epoll_wait(r.ep, ev, 1, 20000)) == 1);
		ring_take(&r, ev[0].data.u32);
	}
	CHECK(AGAIN(epoll_wait(r.ep, ev, 3, 0)) == 0);
	CHECK(recv(r.in[0], &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

/* --- children: each SIGCHLD is seen, each status is right --- */

static volatile sig_atomic_t children_ended;

static void on_child(int sig)
{
	(void)sig;
	children_ended = 1;
}

static _Noreturn void be_a_child(int kind)
{
	char name[32];
	int fd;

	switch (kind) {
	case 0:
		_exit(10);
	case 1:
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
		_exit(1);
	case 2:
		snprintf(name, sizeof(name), "child.%d", getpid());
		execl(self, self, "record", name, NULL);
		_exit(1);
	default:
		snprintf(name, sizeof(name), "child.%d", getpid());
		fd = (int)AGAIN(open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
		_exit(fd >= 0 && !unlink(name) ? 13 : 1);
	}
}

int part_record(const char *file)
{
	int fd = (int)AGAIN(open(file, O_RDWR | O_CREAT | O_EXCL, 0600));

	return fd >= 0 && AGAIN(write(fd, "x", 1)) == 1 && !unlink(file) ? 12 : 1;
}

static bool is_right(int kind, int status)
{
	if (kind == 1)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 10 + kind;
}

static void part_children(const struct part *p)
{
	struct sigaction sa = { .sa_handler = on_child };
	unsigned seed = 7;
	sigset_t block, before;
	pid_t pids[4];
	int status;

	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &before);
	while (going()) {
		int n = 1 + rand_r(&seed) % 4, left = n;

		for (int i = 0; i < n; i++) {
			pids[i] = fork();
			CHECK(pids[i] >= 0);
			if (!pids[i])
				be_a_child(i);
		}
		while (left) {
			pid_t pid;

			while (!children_ended)
				sigsuspend(&before);
			children_ended = 0;
			while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
				int kind = 0;

				while (kind < n && pids[kind] != pid)
					kind++;
				CHECK(kind < n && is_right(kind, status));
				left--;
			}
		}
		CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
		atomic_fetch_add(work(p), (unsigned long)n);
	}
}

/* --- threads: records of one file, appended by many, and by their children --- */

static int log_fd;
static atomic_uint log_records;

static void append(void)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "record %8d\n", gettid());

	CHECK(AGAIN(write(log_fd, line, (size_t)len)) == len);
}

static void *append_some(void *arg)
{
	for (int i = 0; i < 3; i++)
		append();
	atomic_fetch_add(&log_records, 3);
	if (arg) {
		pid_t pid = fork();
		int status = -1;

		if (!pid) {
			append();
			_exit(0);
		}
		CHECK(pid > 0 && AGAIN(waitpid(pid, &status, 0)) == pid && !status);
		atomic_fetch_add(&log_records, 1);
	}
	return NULL;
}

static void part_threads(const struct part *p)
{
	pthread_t thread[4];
	struct stat st;
	char line[17];
	unsigned n;

	log_fd = (int)AGAIN(open("log", O_RDWR | O_CREAT | O_APPEND, 0600));
	CHECK(log_fd >= 0);
	while (going()) {
		for (int i = 0; i < 4; i++)
			CHECK(!pthread_create(&thread[i], NULL, append_some, i ? NULL : &n));
		for (int i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
		atomic_store(work(p), atomic_load(&log_records));
	}
	n = atomic_load(&log_records);
	CHECK(!fstat(log_fd, &st) && st.st_size == (off_t)n * 16);
	for (unsigned i = 0; i < n; i += 1 + n / 500) {
		CHECK(pread(log_fd, line, 16, (off_t)i * 16) == 16);
		CHECK(!memcmp(line, "record ", 7) && line[15] == '\n');
	}
	CHECK(!unlink("log"));
}

/* --- a counter that a lock protects, two processes --- */

static void count_up(void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const struct part *p = arg;
	uint64_t n = 0;
	int fd = (int)AGAIN(open("counter", O_RDWR));

	CHECK(fd >= 0);
	while (going()) {
		lock.l_type = F_WRLCK;
		CHECK(!AGAIN(fcntl(fd, F_SETLKW, &lock)));
		CHECK(pread(fd, &n, sizeof(n), 0) == sizeof(n));
		n++;
		CHECK(pwrite(fd, &n, sizeof(n), 0) == sizeof(n));
		lock.l_type = F_UNLCK;
		CHECK(!fcntl(fd, F_SETLK, &lock));
		atomic_fetch_add(work(p), 1);
		if (n % 16 == 0)
			rest(500);
	}
}

static void part_locks(const struct part *p)
{
	uint64_t n = 0;
	int fd = (int)AGAIN(open("counter", O_RDWR | O_CREAT, 0600));
	pid_t pid;

	CHECK(fd >= 0 && pwrite(fd, &n, sizeof(n), 0) == sizeof(n));
	pid = start(count_up, (void *)p);
	count_up((void *)p);
	finish(pid);
	CHECK(pread(fd, &n, sizeof(n), 0) == sizeof(n) && n == atomic_load(work(p)));
	CHECK(!unlink("counter"));
}

/* --- queued signals and bytes, to one that blocks in a remote recv --- */

static volatile sig_atomic_t queued, out_of_order;

static void on_queued(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	if (si->si_value.sival_int != queued)
		out_of_order = 1;
	queued++;
}

static void queue_to(void *arg)
{
	const struct stream *s = arg;
	unsigned long n = 0;

	while (going()) {
		union sigval value = { .sival_int = (int)n };

		while (sigqueue(getppid(), SIGRTMIN + 1, value))
			CHECK(errno == EAGAIN);
		CHECK(AGAIN(write(s->fd, "q", 1)) == 1);
		n++;
		if (n % 8 == 0)
			rest(1000);
	}
	atomic_store(sent(s->part), n);
}

static void part_queue(const struct part *p)
{
	struct sigaction sa = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO };
	struct stream s = { .part = p };
	unsigned long bytes = 0;
	int fd[2];
	pid_t pid;
	char buf[64];
	long n;

	sigaction(SIGRTMIN + 1, &sa, NULL);
	tcp_pair(fd);
	s.fd = fd[1];
	pid = start(queue_to, &s);
	close(fd[1]);
	while ((n = AGAIN(recv(fd[0], buf, sizeof(buf), 0))) > 0) {
		bytes += (unsigned long)n;
		atomic_store(work(p), bytes);
	}
	CHECK(n == 0);
	finish(pid);
	CHECK(bytes == atomic_load(sent(p)));
	CHECK((unsigned long)queued == bytes && !out_of_order);
}

/* --- files that come and go, and mappings of them --- */

static void one_file(const struct part *p, unsigned n)
{
	char text[32], back[32] = { 0 };
	int len = snprintf(text, sizeof(text), "number %u", n);
	int fd = (int)AGAIN(open("files/a", O_RDWR | O_CREAT | O_EXCL, 0600));
	char *map;

	CHECK(fd >= 0 && AGAIN(write(fd, text, (size_t)len)) == len);
	CHECK(!rename("files/a", "files/b") && !link("files/b", "files/c"));
	if (n % 8 == 0) {
		map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(map != MAP_FAILED && !memcmp(map, text, (size_t)len));
		map[0] = text[0] = 'N';
		CHECK(!msync(map, 4096, MS_SYNC) && !munmap(map, 4096));
	}
	CHECK(!close(fd));
	fd = (int)AGAIN(open("files/c", O_RDONLY));
	CHECK(fd >= 0 && AGAIN(read(fd, back, sizeof(back))) == len && !strcmp(text, back));
	CHECK(!unlink("files/b") && !unlink("files/c") && !close(fd));
	atomic_fetch_add(work(p), 1);
}

static void part_files(const struct part *p)
{
	unsigned n = 0, names = 0;
	DIR *d;

	CHECK(!mkdir("files", 0700));
	while (going())
		one_file(p, n++);
	d = opendir("files");
	CHECK(d);
	while (readdir(d))
		names++;
	closedir(d);
	CHECK(names == 2);
	CHECK(!rmdir("files"));
}

const struct part parts[] = {
	{ "tcp", part_tcp },	       { "pipe", part_pipe },   { "fifo", part_fifo },
	{ "udp", part_udp },	       { "epoll", part_epoll }, { "children", part_children },
	{ "threads", part_threads },   { "locks", part_locks }, { "queue", part_queue },
	{ "files", part_files },
};
const unsigned n_parts = sizeof(parts) / sizeof(parts[0]);
