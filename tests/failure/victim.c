/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small programs for tests/failure/run, one per row of the table at the end.
 * Each says "ready" when what is to be disturbed goes on, and what came of it.
 * Exit status: 0 as hoped for, 3 a call failed and one line says how, 2 usage.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static _Noreturn void failed(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	/* what needs no server still works */
	if (open("/dev/null", O_RDWR) < 0)
		printf("/dev/null: %s\n", strerrorname_np(errno));
	exit(3);
}

/* --- what a lost connection meets --- */

/* Makes no call at all for a while, then one. */
static int compute(char **arg)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += atoi(arg[1]);
	ready();
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < end.tv_sec);
	if (open(arg[0], O_RDONLY) < 0)
		failed("open");
	return 0;
}

/* Sleeps, then makes a call. */
static int asleep(char **arg)
{
	ready();
	sleep((unsigned)atoi(arg[1]));
	if (open(arg[0], O_RDONLY) < 0)
		failed("open");
	return 0;
}

/* Blocks in a call over there. */
static int fifo(char **arg)
{
	ready();
	if (open(arg[0], O_RDONLY) < 0)
		failed("open");
	return 0;
}

/* One call after another, until one fails or stdin ends. */
static int reads(char **arg)
{
	int fd = open(arg[0], O_RDONLY);
	char c;

	if (fd < 0)
		failed("open");
	ready();
	fcntl(0, F_SETFL, O_NONBLOCK);
	while (read(0, &c, 1) != 0)
		if (pread(fd, &c, 1, 0) != 1)
			failed("pread");
	puts("end");
	return 0;
}

/* Children that make one call each, as fast as it goes. */
static int storm(char **arg)
{
	struct stat st;
	int status;

	ready();
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(stat(arg[0], &st) ? errno : 0);
		if (pid < 0)
			failed("fork");
		if (waitpid(pid, &status, 0) != pid)
			failed("waitpid");
		errno = WEXITSTATUS(status);
		if (errno)
			failed("stat");
	}
}

/* A writable shared mapping: its bytes have nowhere to go. */
static int mapping(char **arg)
{
	int fd = open(arg[0], O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char c;

	if (p == MAP_FAILED)
		failed("mmap");
	ready();
	while (read(0, &c, 1) > 0)
		;
	p[0] = 'x';
	if (msync(p, 4096, MS_SYNC))
		failed("msync");
	return 0;
}

/* --- a large file, mapped --- */

static void on_bus(int sig, siginfo_t *info, void *at)
{
	(void)at;
	printf("signal %d code %d\n", sig, info->si_code);
	fflush(stdout);
	_exit(4);
}

/* arg[0]: a file; arg[1]: "private" or "shared"; arg[2]: how many places, or "all". */
static int touch(char **arg)
{
	struct sigaction sa = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	int fd = open(arg[0], O_RDWR), all = !strcmp(arg[2], "all");
	size_t size = (size_t)lseek(fd, 0, SEEK_END), step = all ? 4096 : size / (size_t)atoi(arg[2]);
	volatile char *p = mmap(NULL, size, PROT_READ | (*arg[1] == 's' ? PROT_WRITE : 0),
				*arg[1] == 's' ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	unsigned long sum = 0;
	char c;

	sigaction(SIGBUS, &sa, NULL);
	if (p == MAP_FAILED)
		failed("mmap");
	for (size_t at = 0; at + step <= size; at += step)
		sum += (unsigned char)p[at];
	printf("sum %lu\n", sum);
	ready();
	while (read(0, &c, 1) > 0)
		;
	printf("last %d first %d\n", p[size - 1], p[0]);
	return 0;
}

struct late {
	int go[2];
	volatile char *at;
	int got;
};

static void *touch_late(void *arg)
{
	struct late *l = arg;
	char c;

	if (read(l->go[0], &c, 1) == 1)
		l->got = *l->at;
	return NULL;
}

/* A thread waits for a page; others must not. Each line of stdin is a step. */
static int two_wait(char **arg)
{
	int fd = open(arg[0], O_RDWR);
	size_t size = (size_t)lseek(fd, 0, SEEK_END);
	struct late l[2] = { 0 };
	pthread_t thread[2];
	volatile char *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	char c;

	if (p == MAP_FAILED)
		failed("mmap");
	for (int i = 0; i < 2; i++) {
		l[i].at = i ? p + size / 2 : p + size - 1;
		if (pipe(l[i].go) || pthread_create(&thread[i], NULL, touch_late, &l[i]))
			failed("thread");
	}
	ready();
	for (int i = 0; i < 2; i++) {
		if (read(0, &c, 1) != 1 || write(l[i].go[1], "x", 1) != 1)
			failed("read");
		for (int k = 0; k < 20; k++)
			usleep(1000);
		puts("alive");
		fflush(stdout);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	printf("got %d %d\n", l[0].got, l[1].got);
	return 0;
}

/* --- blocked over there, with a socket or a lock --- */

static int listener(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	*at = (struct sockaddr_in) { .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (l < 0 || bind(l, (struct sockaddr *)at, len) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)at, &len))
		failed("listen");
	printf("port %d\n", ntohs(at->sin_port));
	return l;
}

/* fd[0] was accepted, fd[1] connected; the listener stays. */
static void connection(int fd[2])
{
	struct sockaddr_in at;
	int l = listener(&at);

	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd[1], (struct sockaddr *)&at, sizeof(at)))
		failed("connect");
	fd[0] = accept(l, NULL, NULL);
	if (fd[0] < 0)
		failed("accept");
}

static int in_accept(char **arg)
{
	struct sockaddr_in at;
	int l = listener(&at);

	(void)arg;
	ready();
	if (accept(l, NULL, NULL) < 0)
		failed("accept");
	return 0;
}

static int in_recv(char **arg)
{
	int fd[2];
	char c;

	(void)arg;
	connection(fd);
	ready();
	if (recv(fd[0], &c, 1, 0) < 0)
		failed("recv");
	return 0;
}

static int in_epoll(char **arg)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd[2], ep = epoll_create1(0);

	(void)arg;
	connection(fd);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev))
		failed("epoll_ctl");
	ready();
	if (epoll_wait(ep, &ev, 1, -1) < 0)
		failed("epoll_wait");
	return 0;
}

/* Nobody reads what it sends. */
static int in_sendfile(char **arg)
{
	int fd[2], file = open(arg[0], O_RDWR);

	if (file < 0 || ftruncate(file, 64 << 20))
		failed("open");
	connection(fd);
	ready();
	if (sendfile(fd[1], file, NULL, 64 << 20) < 0)
		failed("sendfile");
	return 0;
}

/* It holds byte 1 and waits for byte 0, which somebody else holds. */
static int in_lock(char **arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
	int fd = open(arg[0], O_RDWR);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock))
		failed("open");
	lock.l_start = 0;
	ready();
	if (fcntl(fd, F_SETLKW, &lock))
		failed("fcntl");
	return 0;
}

static int count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void wait_for_line(const char *word)
{
	char c;

	puts(word);
	fflush(stdout);
	while (read(0, &c, 1) == 1 && c != '\n')
		;
}

/* Sockets until there are no more, here or there; a failure opens nothing. */
static int sockets(char **arg)
{
	static int fd[100000];
	struct sockaddr_in at;
	int l = listener(&at), c = socket(AF_INET, SOCK_STREAM, 0), n = 0, before, a;

	(void)arg;
	if (connect(c, (struct sockaddr *)&at, sizeof(at)))
		failed("connect");
	wait_for_line("ready");
	before = count_open();
	while ((fd[n] = socket(AF_INET, SOCK_DGRAM, 0)) >= 0)
		n++;
	printf("socket: %s\n", strerrorname_np(errno));
	if (open("/srv", O_RDONLY) >= 0 || dup(c) >= 0 || fcntl(c, F_DUPFD, 0) >= 0)
		puts("a descriptor too many");
	printf("dup: %s\n", strerrorname_np(errno));
	printf("accept: %s\n", accept(l, NULL, NULL) < 0 ? strerrorname_np(errno) : "ok");
	wait_for_line("full");
	close(fd[--n]);
	a = accept(l, NULL, NULL); /* the connection has waited */
	printf("accept: %s\n", a < 0 ? strerrorname_np(errno) : "ok");
	close(a);
	while (n)
		close(fd[--n]);
	printf("open: %+d\n", count_open() - before);
	wait_for_line("closed");
	return 0;
}

/* --- load --- */

static const char *load_path;

static void *load_one(void *arg)
{
	int fd = open(load_path, O_RDONLY);
	char c;
	long ok = fd >= 0 && read(fd, &c, 1) == 1 && !close(fd);

	(void)arg;
	return (void *)ok;
}

static int threads(char **arg)
{
	int n = atoi(arg[1]), good = 0;
	pthread_t t[1000];
	void *ok;

	load_path = arg[0];
	for (int i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, load_one, NULL))
			failed("pthread_create");
	for (int i = 0; i < n; i++) {
		pthread_join(t[i], &ok);
		good += ok != NULL;
	}
	printf("%d good\n", good);
	return 0;
}

static int children(char **arg)
{
	int n = atoi(arg[1]), good = 0, status;

	load_path = arg[0];
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(load_one(NULL) ? 7 : 1);
		if (pid < 0)
			failed("fork");
		if (i % 4 == 3) /* a few at a time */
			while (waitpid(-1, &status, 0) > 0)
				good += WEXITSTATUS(status) == 7;
	}
	while (waitpid(-1, &status, 0) > 0)
		good += WEXITSTATUS(status) == 7;
	printf("%d good\n", good);
	return 0;
}

/* --- odd memory, descriptors, signals --- */

static void say(const char *what, long ret)
{
	printf("%s %s\n", what, ret < 0 ? strerrorname_np(errno) : "succeeded");
}

static int efault(char **arg)
{
	char *bad = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(arg[0], O_RDWR);
	struct iovec iov[2] = { { arg[0], 1 }, { bad, 4 } };

	mprotect(bad, 4096, PROT_READ | PROT_WRITE);
	memset(bad, 'x', 4096);
	bad += 4096; /* what follows cannot be read */
	say("open", open(bad, O_RDONLY));
	say("open across", open(bad - 3, O_RDONLY));
	say("write", write(fd, bad, 10));
	say("read", read(fd, bad, 1));
	say("writev", syscall(SYS_writev, fd, bad, 2));
	say("stat", stat(arg[0], (struct stat *)bad));
	say("rename", rename(arg[0], bad));
	say("getcwd", syscall(SYS_getcwd, bad, 100));
	iov[1].iov_base = bad;
	printf("writev to the border: %zd\n", pwritev(fd, iov, 2, 0));
	printf("write to the border: %zd\n", pwrite(fd, bad - 3, 10, 0));
	return 0;
}

/* openat(tree, "../NAME") and a relative open: PATHs of the two sides. */
static int dirfd_up(char **arg)
{
	char text[64];
	int dir = open(arg[0], O_RDONLY | O_DIRECTORY);
	int fd = openat(dir, arg[1], O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	if (n < 0)
		failed("openat");
	fwrite(text, 1, (size_t)n, stdout);
	return 0;
}

static void on_int(int sig)
{
	(void)sig;
	if (write(1, "SIGINT\n", 7) < 0)
		_exit(1);
}

/* Waits for the terminal's SIGINT, in a call over there or here. */
static int interrupted(char **arg)
{
	struct sigaction sa = { .sa_handler = on_int };

	sigset_t block, before;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaction(SIGINT, &sa, NULL);
	if (strcmp(arg[0], "-")) {
		ready();
		say("open", open(arg[0], O_RDONLY));
	} else {
		sigprocmask(SIG_BLOCK, &block, &before);
		ready();
		sigsuspend(&before);
	}
	return 5;
}

static int die(char **arg)
{
	raise(atoi(arg[0]));
	return 1;
}

/* Run a program with a seccomp filter that every child of it has, too. */
static _Noreturn void run_filtered(struct sock_filter *code, size_t n, char **arg)
{
	struct sock_fprog prog = { (unsigned short)n, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		failed("seccomp");
	execv(arg[0], arg);
	failed("execv");
}

/* Run a program that may not call "ptrace" or "userfaultfd", as in many containers. */
static int without(char **arg)
{
	const unsigned nr = strcmp(arg[0], "ptrace") ? SYS_userfaultfd : SYS_ptrace;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	run_filtered(code, sizeof(code) / sizeof(code[0]), arg + 1);
}

/* Run a program whose ptrace is that of Linux before 5.3, on the machine named. */
static int oldptrace(char **arg)
{
	enum { SYSEMU = 31, GET_SYSCALL_INFO = 0x420e };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GET_SYSCALL_INFO, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, strcmp(arg[0], "aarch64") ? ~0u : SYSEMU,
			 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	run_filtered(code, sizeof(code) / sizeof(code[0]), arg + 1);
}

/*
 * --- one wait for both sides: arg[0] is a FIFO over there, stdin is a pipe
 * here; arg[1] says how ---
 */

static void wait_poll(int here, int there)
{
	struct pollfd p[2] = { { here, POLLIN, 0 }, { there, POLLIN, 0 } };

	if (poll(p, 2, -1) != 1)
		failed("poll");
}

static void wait_select(int here, int there)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(here, &in);
	FD_SET(there, &in);
	if (select(there + 1, &in, NULL, NULL, NULL) != 1)
		failed("select");
}

static void add(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		failed("epoll_ctl");
}

static void wait_epoll(int here, int there)
{
	struct epoll_event e[2];
	int ep = epoll_create1(0);

	add(ep, here);
	add(ep, there);
	if (epoll_wait(ep, e, 2, -1) != 1)
		failed("epoll_wait");
}

static void wait_nested(int here, int there)
{
	struct epoll_event e[2];
	int ep = epoll_create1(0), outer = epoll_create1(0);

	add(outer, ep);
	add(ep, here);
	add(ep, there);
	if (epoll_wait(outer, e, 2, -1) != 1)
		failed("epoll_wait");
}

static int both(char **arg)
{
	static const struct {
		const char *name;
		void (*wait)(int here, int there);
	} ways[] = {
		{ "poll", wait_poll },
		{ "select", wait_select },
		{ "epoll", wait_epoll },
		{ "nested", wait_nested },
	};
	int there = open(arg[0], O_RDWR | O_NONBLOCK);
	char text[16];
	ssize_t n;

	if (there < 0)
		failed("open");
	ready();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(arg[1], ways[i].name))
			ways[i].wait(0, there);
	n = read(there, text, sizeof(text));
	if (n < 0)
		n = read(0, text, sizeof(text));
	printf("%.*s", n > 0 ? (int)n : 0, text);
	return 0;
}

/* fcntl(fd, F_GETFD), which no signal interrupts and which leaves all registers alone. */
static long get_flags(int fd)
{
#ifdef __aarch64__
	register long x0 __asm__("x0") = fd, x1 __asm__("x1") = F_GETFD, x8 __asm__("x8") = SYS_fcntl;
	register long x7 __asm__("x7") = 0x7777777777777777;

	__asm__ volatile("svc #0" : "+r"(x0), "+r"(x7) : "r"(x1), "r"(x8) : "memory");
	errno = x7 != 0x7777777777777777 ? EILSEQ : x0 < 0 ? (int)-x0 : 0;
	return errno ? -1 : x0;
#else
	return syscall(SYS_fcntl, fd, F_GETFD);
#endif
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A socket becomes the server's under another process, to which signals come. */
static int claims(char **arg)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), r = socket(AF_UNIX, SOCK_DGRAM, 0), status;
	volatile int *go = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	long flags;
	pid_t child;
	char c;

	strncpy(sun.sun_path, arg[0], sizeof(sun.sun_path) - 1);
	if (go == MAP_FAILED || bind(r, (struct sockaddr *)&sun, sizeof(sun)))
		failed("bind");
	child = fork();
	if (!child) {
		sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
		*go = 1;
		while (*go < 2)
			; /* it is the next call that must wait */
		flags = get_flags(s);
		*go = 3;
		if (flags < 0)
			failed("fcntl");
		if (send(s, "x", 1, 0) != 1)
			failed("send");
		exit(0);
	}
	while (!*go)
		;
	if (connect(s, (struct sockaddr *)&sun, sizeof(sun)))
		failed("connect");
	for (*go = 2; *go < 3; kill(child, SIGALRM))
		usleep(10000);
	while (wait(&status) < 0)
		;
	printf("%d, %d came\n", status, recv(r, &c, 1, MSG_DONTWAIT) == 1);
	return 0;
}

static const struct {
	const char *name;
	int args; /* at least */
	int (*run)(char **arg);
} rows[] = {
	{ "compute", 2, compute },	  { "asleep", 2, asleep },
	{ "fifo", 1, fifo },		  { "reads", 1, reads },
	{ "storm", 1, storm },		  { "mapping", 1, mapping },
	{ "threads", 2, threads },	  { "children", 2, children },
	{ "efault", 1, efault },	  { "dirfd-up", 2, dirfd_up },
	{ "interrupted", 1, interrupted }, { "die", 1, die },
	{ "without", 2, without },	   { "accept", 1, in_accept },
	{ "recv", 1, in_recv },		   { "epoll", 1, in_epoll },
	{ "sendfile", 1, in_sendfile },	   { "lock", 1, in_lock },
	{ "two-wait", 1, two_wait },	   { "touch", 3, touch },
	{ "both", 2, both },		   { "oldptrace", 2, oldptrace },
	{ "sockets", 0, sockets },	   { "claims", 1, claims },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(argv[1], rows[i].name) && argc - 2 >= rows[i].args)
			return rows[i].run(argv + 2);
	return 2;
}
