/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splice, tee and sendfile to what refuses, or takes only a part: what it does not
 * take is still in the FIFO or socket, or at the file's position, that it would
 * have come from. To a pipe that is full they wait.
 */
#include "sock.h"
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/sendfile.h>

#define SIZE 3000

static char text[SIZE];

/* --- where it comes from --- */

enum { FIFO, PIPE, TCP, UNIX, FILE_, SOURCES };

static const char *const source_name[] = { "fifo", "pipe", "tcp", "unix", "file" };

/* What `in` reads, with SIZE bytes in it. */
static void source(int kind, int fd[2])
{
	switch (kind) {
	case FIFO:
		unlink("fifo");
		MUST(mkfifo("fifo", 0600));
		fd[0] = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
		fd[1] = (int)MUST(open("fifo", O_WRONLY));
		break;
	case PIPE:
		MUST(pipe(fd));
		break;
	case TCP:
		tcp_pair(fd);
		break;
	case UNIX:
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
		break;
	case FILE_:
		fd[1] = (int)MUST(open("file", O_WRONLY | O_CREAT | O_TRUNC, 0600));
		fd[0] = (int)MUST(open("file", O_RDONLY));
		break;
	}
	MUST(write(fd[1], text, SIZE));
	if (kind == TCP) /* all of it has come */
		MUST(recv(fd[0], (char[SIZE]){ 0 }, SIZE, MSG_PEEK | MSG_WAITALL));
}

/* What is left in it, and whether it is the end of the text. */
static long rest(int fd[2], bool *ret_wrong)
{
	static char got[2 * SIZE];
	long n = 0, r;

	close(fd[1]);
	while ((r = read(fd[0], got + n, sizeof(got) - (size_t)n)) > 0)
		n += r;
	*ret_wrong = n > SIZE || memcmp(got, text + SIZE - n, (size_t)n);
	close(fd[0]);
	return n;
}

static void left(int fd[2])
{
	bool wrong;
	long n = rest(fd, &wrong);

	printf(" left %ld%s\n", n, wrong ? " WRONG" : "");
}

/* --- where it would go --- */

static int spare; /* the other end, if there is one */

static int full_pipe(int flags)
{
	static char all[65536];
	int p[2];

	MUST(pipe2(p, O_NONBLOCK));
	while (write(p[1], all, sizeof(all)) > 0)
		;
	MUST(fcntl(p[1], F_SETFL, flags));
	spare = p[0];
	return p[1];
}

static int full_fifo(int flags)
{
	static char all[65536];
	int fd;

	unlink("full");
	MUST(mkfifo("full", 0600));
	spare = (int)MUST(open("full", O_RDONLY | O_NONBLOCK));
	fd = (int)MUST(open("full", O_WRONLY | O_NONBLOCK));
	while (write(fd, all, sizeof(all)) > 0)
		;
	MUST(fcntl(fd, F_SETFL, flags));
	return fd;
}

static int to_full_pipe(void) { return full_pipe(O_NONBLOCK); }
static int to_full_fifo(void) { return full_fifo(O_NONBLOCK); }

static int to_readonly(void)
{
	spare = (int)MUST(memfd_create("m", 0));
	return (int)MUST(open("/dev/null", O_RDONLY));
}

static int to_append(void)
{
	int fd = (int)MUST(memfd_create("m", 0));

	MUST(fcntl(fd, F_SETFL, O_APPEND));
	return fd;
}

static int to_sealed(void)
{
	int fd = (int)MUST(memfd_create("m", MFD_ALLOW_SEALING));

	MUST(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	return fd;
}

static int to_eventfd(void) { return (int)MUST(eventfd(0, EFD_NONBLOCK)); }
static int to_dev_full(void) { return (int)MUST(open("/dev/full", O_WRONLY)); }

static int to_no_reader(void)
{
	int p[2];

	MUST(pipe(p));
	close(p[0]);
	return p[1];
}

static int to_no_peer(void)
{
	int p[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	close(p[0]);
	return p[1];
}

static int to_full_socket(void)
{
	static char page[4096];
	int p[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	while (write(p[1], page, sizeof(page)) > 0)
		;
	spare = p[0];
	return p[1];
}

/* A file's limit lets a part through. */
static int to_limited(void)
{
	int fd = (int)MUST(memfd_create("m", 0));

	MUST(lseek(fd, 100000 - 1000, SEEK_SET));
	return fd;
}

static int to_beyond(void)
{
	int fd = (int)MUST(memfd_create("m", 0));

	MUST(lseek(fd, 100000, SEEK_SET));
	return fd;
}

static const struct target {
	const char *name;
	int (*make)(void);
} target[] = {
	{ "a full pipe", to_full_pipe },	{ "a full FIFO", to_full_fifo },
	{ "what is read-only", to_readonly },	{ "O_APPEND", to_append },
	{ "what cannot grow", to_sealed },	{ "an eventfd", to_eventfd },
	{ "/dev/full", to_dev_full },		{ "no reader", to_no_reader },
	{ "no peer", to_no_peer },		{ "a full socket", to_full_socket },
	{ "up to the limit", to_limited },	{ "beyond the limit", to_beyond },
};

/* --- one of each --- */

enum { SPLICE, NONBLOCK, TEE, SENDFILE, CALLS };

static const char *const call_name[] = { "splice", "splice at once", "tee", "sendfile" };

static volatile sig_atomic_t raised;

static void on_signal(int sig)
{
	raised = sig;
}

static void one(int call, int from, const struct target *to)
{
	ssize_t n = -1;
	int fd[2], out;

	spare = -1;
	source(from, fd);
	out = to->make();
	raised = 0;
	errno = 0;
	if (call == TEE)
		n = tee(fd[0], out, SIZE, 0);
	else if (call == SENDFILE)
		n = sendfile(out, fd[0], NULL, SIZE);
	else
		n = splice(fd[0], NULL, out, NULL, SIZE, call == NONBLOCK ? SPLICE_F_NONBLOCK : 0);
	printf("%s, %s to %s: ", call_name[call], source_name[from], to->name);
	if (to->make == to_full_socket) {
		/* older kernels find room even in a full one */
		bool wrong;
		long r = rest(fd, &wrong), gone = n > 0 && call != TEE ? n : 0;

		printf("%s\n", wrong || r + gone != SIZE ? "LOST" : "nothing lost");
	} else {
		printf("%zd %s%s%s", n, n < 0 ? conf_errname(errno) : "", raised ? " SIG" : "",
		       raised ? sigabbrev_np(raised) : "");
		left(fd);
	}
	close(out);
	if (spare >= 0)
		close(spare);
}

/* What a socket's or a file's end does with a limit, or with no peer, is another matter. */
static void refused(void)
{
	const size_t step = conf_step();

	for (int call = 0; call < CALLS; call++)
		for (int from = 0; from < SOURCES; from++)
			for (size_t i = (size_t)(call + from) % step;
			     i < sizeof(target) / sizeof(target[0]); i += step)
				one(call, from, &target[i]);
}

/* --- a pipe that is full for a while, a source that is empty for one --- */

static void late(int call, int from, int (*full)(int flags), bool interrupted)
{
	char page[4096];
	int fd[2], out;
	pid_t pid;
	ssize_t n;

	source(from, fd);
	MUST(fcntl(fd[0], F_SETFL, 0));
	out = full(0);
	pid = conf_fork();
	if (!pid) {
		conf_msleep(30);
		if (interrupted)
			for (int i = 0; i < 200; i++, conf_msleep(5))
				kill(getppid(), SIGUSR1);
		else
			for (int i = 0; i < 4; i++)
				MUST(read(spare, page, sizeof(page)));
		_exit(0);
	}
	raised = 0;
	n = call == TEE ? tee(fd[0], out, SIZE, 0) : splice(fd[0], NULL, out, NULL, SIZE, 0);
	printf("late %s %s: %zd %s%s", call_name[call], source_name[from], n,
	       n < 0 ? conf_errname(errno) : "", raised ? " SIGUSR1" : "");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	left(fd);
	close(out);
	close(spare);
}

/* A source that does not wait: neither does the call, whatever its target does. */
static void at_once(int call, int (*full)(int flags))
{
	int fd[2], out;
	ssize_t n;

	source(FIFO, fd);
	out = full(0);
	n = call == TEE ? tee(fd[0], out, SIZE, 0) : splice(fd[0], NULL, out, NULL, SIZE, 0);
	printf("at once %s: %zd %s", call_name[call], n, n < 0 ? conf_errname(errno) : "");
	left(fd);
	close(out);
	close(spare);
}

static void empty(int call, int from)
{
	char buf[SIZE];
	int fd[2], p[2];
	pid_t pid;

	source(from, fd);
	MUST(read(fd[0], buf, SIZE));
	MUST(fcntl(fd[0], F_SETFL, 0));
	MUST(pipe(p));
	pid = conf_fork();
	if (!pid) {
		conf_msleep(30);
		MUST(write(fd[1], "late", 4));
		_exit(0);
	}
	printf("%s, empty %s: %zd\n", call_name[call], source_name[from],
	       call == TEE ? tee(fd[0], p[1], SIZE, 0) : splice(fd[0], NULL, p[1], NULL, SIZE, 0));
	dump("got", buf, read(p[0], buf, SIZE));
	conf_reap("writer", pid);
	close(p[0]);
	close(p[1]);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	struct rlimit limit = { 100000, RLIM_INFINITY };

	conf_init();
	pattern(text, SIZE, 3);
	conf_handle(SIGPIPE, on_signal, 0);
	conf_handle(SIGXFSZ, on_signal, 0);
	conf_handle(SIGUSR1, on_signal, 0);
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	refused();
	for (int from = 0; from < SOURCES; from++) {
		for (int i = 0; i < 2; i++) {
			late(SPLICE, from, full_pipe, i);
			late(SPLICE, from, full_fifo, i);
		}
		if (from < FILE_)
			empty(SPLICE, from);
	}
	for (int call = SPLICE; call <= TEE; call += TEE - SPLICE) {
		at_once(call, full_pipe);
		at_once(call, full_fifo);
	}
	for (int from = FIFO; from <= PIPE; from++) {
		for (int i = 0; i < 2; i++) {
			late(TEE, from, full_pipe, i);
			late(TEE, from, full_fifo, i);
		}
		empty(TEE, from);
	}
	return 0;
}
