/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SCM_RIGHTS: files, sockets and directories passed over a pair and over a
 * socket with a name, to the process itself and to another one; flags, rooms
 * that are too small, tables that are full, forged lengths.
 */
#include "unsock.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

/* The offset, the lock and the flags are those of the one open file. */
static void shared_file(int s[2])
{
	int fd = T(open("file", O_RDWR)), got = -1;
	char buf[8] = { 0 };

	T(pass_fds(s[0], &fd, 1));
	take_fds(s[1], 0, CMSG_SPACE(4), &got, 1);
	TF(got > fd);
	T(read(fd, buf, 3));
	T(read(got, buf, 3));
	dump("read", buf, 3);
	T(fcntl(got, F_SETFL, O_APPEND));
	TF(fcntl(fd, F_GETFL) & O_APPEND);
	T(fcntl(got, F_GETFD));
	T(close(fd));
	T(lseek(got, 0, SEEK_CUR));
	T(pass_fds(s[1], &got, 1));
	take_fds(s[0], MSG_CMSG_CLOEXEC, 200, &fd, 1);
	T(fcntl(fd, F_GETFD));
	T(close(fd));
	T(close(got));
}

static void directory(int s[2])
{
	int dir = T(open(".", O_RDONLY | O_DIRECTORY)), got = -1, fd;
	struct stat a, b;

	T(mkdir("sub", 0755));
	T(pass_fds(s[0], &dir, 1));
	take_fds(s[1], 0, CMSG_SPACE(4), &got, 1);
	T(fstat(dir, &a));
	T(fstat(got, &b));
	TF(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	T(close(dir));
	fd = T(openat(got, "file", O_RDONLY));
	T(close(fd));
	T(fchdir(got));
	T(access("file", R_OK));
	T(close(got));
	T(rmdir("sub"));
}

/* A socket in a message: whoever closes last ends it. */
static void connection(int s[2])
{
	int tcp[2], got = -1;
	struct pollfd p = { .events = POLLIN };
	char buf[8];

	tcp_pair(tcp);
	T(pass_fds(s[0], &tcp[1], 1));
	close(tcp[1]);
	T(recv(tcp[0], buf, 8, MSG_DONTWAIT));
	take_fds(s[1], 0, CMSG_SPACE(4), &got, 1);
	T(send(got, "ping", 4, 0));
	T(recv(tcp[0], buf, 8, 0));
	p.fd = got;
	T(poll(&p, 1, 0));
	T(send(tcp[0], "pong", 4, 0));
	T(poll(&p, 1, 5000));
	T(recv(got, buf, 8, 0));
	T(close(got));
	T(recv(tcp[0], buf, 8, 0));
	close(tcp[0]);
}

/* What lives with the program: pipes, counters, memory; and a mixture. */
static void mixture(int s[2])
{
	int p[2], fd[4], got[4];
	uint64_t count = 7;
	char buf[8];
	size_t n;

	MUST(pipe(p));
	fd[0] = p[0];
	fd[1] = T(open("file", O_RDONLY));
	fd[2] = (int)MUST(eventfd(5, 0));
	fd[3] = p[1];
	T(pass_fds(s[0], fd, 4));
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	n = take_fds(s[1], MSG_CMSG_CLOEXEC, CMSG_SPACE(16), got, 4);
	for (size_t i = 0; i < n; i++) {
		printf("%d: ", got[i] - got[0]);
		T(fcntl(got[i], F_GETFD));
	}
	T(read(got[2], &count, 8));
	printf("count %lu\n", (unsigned long)count);
	T(write(got[3], "pipe", 4));
	T(read(got[0], buf, 8));
	T(read(got[1], buf, 8));
	close(got[3]);
	T(read(got[0], buf, 8));
	/* the last one in a message: its end is that of the pipe */
	MUST(pipe(p));
	T(pass_fds(s[0], p + 1, 1));
	close(p[1]);
	take_fds(s[1], MSG_PEEK, CMSG_SPACE(4), got, 1);
	T(write(got[0], "x", 1));
	close(got[0]);
	take_fds(s[1], 0, CMSG_SPACE(4), got, 1);
	T(write(got[0], "y", 1));
	close(got[0]);
	T(read(p[0], buf, 8));
	T(read(p[0], buf, 8));
}

/* A pipe for a child, which is all that it gets. */
static void pipe_for_child(int s[2])
{
	int p[2], got = -1;
	char buf[16];
	pid_t pid;

	MUST(pipe(p));
	pid = conf_fork();
	if (!pid) {
		close(p[0]);
		close(p[1]);
		close(s[0]);
		if (take_fds(s[1], 0, CMSG_SPACE(4), &got, 1) != 1)
			_exit(1);
		_exit(write(got, "from the child", 14) != 14);
	}
	MUST(pass_fds(s[0], p + 1, 1));
	close(p[1]);
	conf_reap("child", pid);
	T(read(p[0], buf, 16));
	T(read(p[0], buf, 16));
}

static void many(int s[2])
{
	int fd[254], got[10];
	size_t n;

	fd[0] = T(open("file", O_RDONLY));
	fd[1] = T(open("/dev/null", O_RDONLY | O_PATH));
	fd[1] = fd[2] = fd[0];
	T(pass_fds(s[0], fd, 3));
	n = take_fds(s[1], 0, CMSG_SPACE(12), got, 10);
	for (size_t i = 0; i < n; i++)
		T(lseek(got[i], 1, SEEK_SET));
	/* a message with room for two, for none, for half of one, for no header */
	for (size_t room = CMSG_SPACE(8); room >= 8; room -= room == CMSG_SPACE(8) ? 8 : 2) {
		if (room > 8 && room < 14)
			continue;
		T(pass_fds(s[0], fd, 3));
		n = take_fds(s[1], 0, room, got, 10);
		for (size_t i = 0; i < n; i++)
			close(got[i]);
	}
	for (int i = 0; i < 254; i++)
		fd[i] = fd[0];
	T(pass_fds(s[0], fd, 254));
	T(pass_fds(s[0], fd, 253));
	n = take_fds(s[1], 0, CMSG_SPACE(253 * 4), got, 10);
	printf("%zu\n", n);
	fd[1] = 999;
	T(pass_fds(s[0], fd, 2));
	fd[0] = -1;
	T(pass_fds(s[0], fd, 1));
	closefrom(s[1] > s[0] ? s[1] + 1 : s[0] + 1);
}

/* Looked at, a message's descriptors come too, and come again with the message. */
static void peek(int s[2])
{
	int fd = T(open("file", O_RDONLY)), got[2];
	char buf[4];

	T(pass_fds(s[0], &fd, 1));
	take_fds(s[1], MSG_PEEK, CMSG_SPACE(4), got, 1);
	take_fds(s[1], MSG_DONTWAIT, CMSG_SPACE(4), got + 1, 1);
	close(fd);
	T(read(got[0], buf, 2));
	T(read(got[1], buf, 2));
	dump("read", buf, 2);
	close(got[0]);
	close(got[1]);
	/* read(2) drops them */
	fd = T(open("file", O_RDONLY));
	T(pass_fds(s[0], &fd, 1));
	T(read(s[1], buf, 4));
	close(fd);
}

/* No more room in the table: what fits comes, the rest is cut. */
static void limit(int s[2])
{
	struct rlimit old, tight;
	int fd[3], got[3], top;
	size_t n;

	fd[0] = fd[1] = fd[2] = T(open("file", O_RDONLY));
	top = dup(fd[0]);
	close(top);
	MUST(getrlimit(RLIMIT_NOFILE, &old));
	for (int room = 1; room >= 0; room--) {
		tight = (struct rlimit){ (rlim_t)(top + room), old.rlim_max };
		T(pass_fds(s[0], fd, 3));
		MUST(setrlimit(RLIMIT_NOFILE, &tight));
		n = take_fds(s[1], 0, CMSG_SPACE(12), got, 3);
		MUST(setrlimit(RLIMIT_NOFILE, &old));
		printf("%zu came\n", n);
		for (size_t i = 0; i < n; i++)
			T(close(got[i]));
	}
	close(fd[0]);
}

/* A worker that has nothing but the socket, and waits before anything is sent. */
static void worker(int s[2])
{
	struct sockaddr_in at;
	int l = listener4(&at), got = -1, c;
	char buf[8];
	pid_t pid = conf_fork();

	if (!pid) {
		close(l);
		close(s[0]);
		if (take_fds(s[1], 0, CMSG_SPACE(4), &got, 1) != 1)
			_exit(1);
		c = (int)T(accept(got, NULL, NULL));
		T(send(c, "served", 6, 0));
		_exit(0);
	}
	conf_msleep(30);
	MUST(pass_fds(s[0], &l, 1));
	close(l);
	c = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, SA(&at), sizeof(at)));
	conf_reap("worker", pid);
	T(recv(c, buf, 8, 0));
	T(recv(c, buf, 8, 0));
	close(c);
}

/* Headers whose lengths lie: the kernel's EINVAL, or the end of the list. */
static void forged(int s[2])
{
	static const size_t lengths[] = { 0, 15, 16, 19, 21, 24, 25, 1000, SIZE_MAX, SIZE_MAX - 15 };
	int fd = T(open("file", O_RDONLY)), got[1];
	struct iovec iov = { "f", 1 };
	char *room = guard(CMSG_SPACE(4));
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = CMSG_SPACE(4) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	char buf[4];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(room, 0, CMSG_SPACE(4));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = lengths[i];
		memcpy(CMSG_DATA(c), (int[]){ fd, fd }, 2 * sizeof(fd));
		printf("length %zu: ", lengths[i]);
		if (T(sendmsg(s[0], &m, 0)) != 1)
			continue;
		if (take_fds(s[1], 0, 64, got, 1))
			close(got[0]);
	}
	c->cmsg_len = CMSG_LEN(4);
	c->cmsg_type = 77;
	T(sendmsg(s[0], &m, 0));
	c->cmsg_level = SOL_TCP;
	T(sendmsg(s[0], &m, 0));
	T(recv(s[1], buf, 4, MSG_DONTWAIT));
	m.msg_control = BAD;
	T(sendmsg(s[0], &m, 0));
	m.msg_control = room;
	m.msg_controllen = SIZE_MAX;
	T(sendmsg(s[0], &m, 0));
	m.msg_controllen = 15;
	T(sendmsg(s[0], &m, 0));
	T(recv(s[1], buf, 4, MSG_DONTWAIT));
	close(fd);
}

int main(void)
{
	static void (*const make[])(int *) = { pair_un, named_un };
	static void (*const with[])(int *) = { shared_file, directory, connection, mixture,
					       pipe_for_child, many, peek, limit, worker,
					       forged };

	conf_init();
	put("file", "abcdefgh");
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(with) / sizeof(with[0]); k++) {
			int s[2];

			printf("--- %s, %zu\n", i ? "named" : "pair", k);
			make[i](s);
			with[k](s);
			closefrom(3);
		}
	}
	return 0;
}
