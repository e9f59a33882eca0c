/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plain read|write FILE TOTAL SIZE [one-cpu]: the same work as `stream`, by
 * the simplest network file service one could write: a server process that
 * reads or writes FILE, a client that asks it for SIZE bytes at a time over
 * loopback TCP and waits for each answer. Nothing is traced. Prints MiB per
 * second. `one-cpu` keeps both on one CPU.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "bench.h"

struct request {
	uint64_t op; /* 0 reads, 1 writes */
	uint64_t len;
};

struct answer {
	int64_t result;
};

static void send_with(int fd, void *head, size_t head_len, void *body, size_t body_len)
{
	struct iovec v[2] = { { head, head_len }, { body, body_len } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = body_len ? 2 : 1 };
	ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
	size_t sent;

	if (n < (ssize_t)head_len)
		bench_die("sendmsg");
	sent = (size_t)n - head_len;
	bench_send(fd, (char *)body + sent, body_len - sent);
}

static _Noreturn void serve(int fd, int file, char *buf)
{
	struct request q;
	struct answer a;

	while (bench_recv(fd, &q, sizeof(q), MSG_WAITALL)) {
		if (q.op) {
			bench_recv(fd, buf, q.len, MSG_WAITALL);
			a.result = write(file, buf, q.len);
			send_with(fd, &a, sizeof(a), NULL, 0);
		} else {
			a.result = read(file, buf, q.len);
			send_with(fd, &a, sizeof(a), buf, a.result > 0 ? (size_t)a.result : 0);
		}
	}
	_exit(0);
}

static void ask(int fd, int writing, char *buf, size_t size)
{
	struct request q = { (uint64_t)writing, size };
	struct answer a;

	send_with(fd, &q, sizeof(q), buf, writing ? size : 0);
	if (!bench_recv(fd, &a, sizeof(a), MSG_WAITALL) || a.result != (int64_t)size ||
	    (!writing && !bench_recv(fd, buf, size, MSG_WAITALL)))
		bench_die("the plain server");
}

static pid_t start_server(const int fd[2], const char *name, int writing, char *buf)
{
	pid_t pid = fork();
	int file;

	if (pid < 0)
		bench_die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fd[0]);
	file = open(name, writing ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
	if (file < 0)
		bench_die(name);
	serve(fd[1], file, buf);
}

int main(int argc, char *argv[])
{
	int writing = argc >= 5 && !strcmp(argv[1], "write");
	long total, size, moved = 0;
	int64_t began;
	char *buf;
	int fd[2];

	if (argc != 5 && (argc != 6 || strcmp(argv[5], "one-cpu")))
		bench_usage("plain read|write FILE TOTAL SIZE [one-cpu]");
	if (argc == 6)
		bench_pin(bench_cpu(0));
	total = bench_count(argv[3]);
	size = bench_count(argv[4]);
	buf = malloc((size_t)size);
	if (!buf)
		bench_die("malloc");
	memset(buf, 'x', (size_t)size);
	bench_tcp_pair(fd);
	start_server(fd, argv[2], writing, buf);
	close(fd[1]);
	began = bench_now_ns();
	for (; moved < total; moved += size)
		ask(fd[0], writing, buf, (size_t)size);
	bench_report("rate", (double)moved / 1048576 / ((double)(bench_now_ns() - began) / 1e9));
	close(fd[0]);
	wait(NULL);
	return 0;
}
