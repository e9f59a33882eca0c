/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix sockets join programs of this machine: pairs of every type, abstract
 * names, descriptors and credentials that are passed, between processes too.
 */
#include "sock.h"
#include <stddef.h>
#include <sys/un.h>

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void pairs(void)
{
	char buf[16];
	int s[2];

	T(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
	T(socketpair(AF_INET, SOCK_STREAM, 0, s));
	T(socketpair(AF_UNIX, 77, 0, s));
	T(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s));
	T(recv(s[0], buf, 1, 0));
	T(send(s[0], "ab", 2, 0));
	T(send(s[0], "cd", 2, 0));
	T(recv(s[1], buf, 16, 0));
	T(shutdown(s[1], SHUT_RD));
	conf_handle(SIGPIPE, on_pipe, 0);
	T(send(s[0], "x", 1, MSG_NOSIGNAL));
	T(send(s[0], "x", 1, 0));
	T(write(s[0], "x", 1));
	printf("SIGPIPE %d\n", pipes);
	closefrom(3);
	T(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	T(send(s[0], "abc", 3, 0));
	T(send(s[0], "d", 1, 0));
	T(recv(s[1], buf, 2, MSG_TRUNC));
	T(recv(s[1], buf, 16, 0));
	T(close(s[0]));
	T(recv(s[1], buf, 16, 0));
	closefrom(3);
	T(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	T(send(s[0], "abc", 3, 0));
	T(recv(s[1], buf, 2, 0));
	T(recv(s[1], buf, 2, MSG_DONTWAIT));
	T(close(s[0]));
	T(send(s[1], "x", 1, MSG_NOSIGNAL));
	closefrom(3);
}

/* The kernel chooses an abstract name. */
static void abstract(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, peer;
	socklen_t len = sizeof(a);
	char buf[8], *small = guard(3);
	int l, c, s;

	l = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(listen(l, 1));
	T(bind(l, SA(&a), sizeof(sa_family_t)));
	T(getsockname(l, SA(&a), &len));
	TF(len == 8 && !a.sun_path[0] && a.sun_path[1]);
	T(listen(l, 1));
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect(c, SA(&a), len - 1));
	T(connect(c, SA(&a), len));
	len = 3;
	s = T(accept4(l, SA(small), &len, SOCK_CLOEXEC));
	printf("length %u\n", len);
	len = sizeof(peer);
	T(getpeername(c, SA(&peer), &len));
	TF(len == 8 && !memcmp(&peer, &a, 8));
	T(send(s, "to c", 4, 0));
	T(recv(c, buf, 8, 0));
	T(connect(c, SA(&a), 0));
	T(connect(c, SA(&a), 200));
	T(bind(c, BAD, 8));
	T(fcntl(s, F_GETFD));
	closefrom(3);
}

static long pass(int s, const int *fds, size_t n)
{
	char room[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { "f", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(s, &m, 0);
}

static int take(int s, int flags)
{
	char room[CMSG_SPACE(8 * sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *c;
	int fd = -1;

	T(recvmsg(s, &m, flags));
	c = CMSG_FIRSTHDR(&m);
	printf("control %zu, flags %#x\n", m.msg_controllen, (unsigned int)m.msg_flags);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void rights(void)
{
	int s[2], p[2], fd, many[3] = { 0, 1, 2 };
	char buf[16];
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(pipe(p));
	T(pass(s[0], p, 1));
	fd = take(s[1], MSG_CMSG_CLOEXEC);
	printf("got %d\n", fd);
	T(fcntl(fd, F_GETFD));
	T(write(p[1], "through", 7));
	T(read(fd, buf, 16));
	T(close(fd));
	T(pass(s[0], many, 3));
	printf("got %d\n", take(s[1], 0));
	many[0] = 99;
	T(pass(s[0], many, 1));
	/* to another process, which has nothing but the socket */
	pid = conf_fork();
	if (!pid) {
		close(p[0]);
		close(p[1]);
		fd = take(s[1], 0);
		T(write(fd, "from the child", 14));
		_exit(0);
	}
	MUST(pass(s[0], p + 1, 1));
	conf_reap("child", pid);
	T(read(p[0], buf, 14));
	dump("pipe", buf, 14);
	closefrom(3);
}

static void credentials(void)
{
	char room[256], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct cmsghdr *c;
	pid_t pid;
	int s[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	T(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	TF(len == sizeof(cred) && cred.pid == getpid() && cred.uid == getuid());
	printf("SO_TYPE %d, SO_DOMAIN %d\n", get_int(s[0], SOL_SOCKET, SO_TYPE),
	       get_int(s[0], SOL_SOCKET, SO_DOMAIN));
	set_int(s[1], SOL_SOCKET, SO_PASSCRED, 1);
	pid = conf_fork();
	if (!pid)
		_exit(send(s[0], "c", 1, 0) != 1);
	T(recvmsg(s[1], &m, 0));
	c = CMSG_FIRSTHDR(&m);
	TF(c && c->cmsg_type == SCM_CREDENTIALS);
	if (c)
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	TF(cred.pid == pid && cred.uid == getuid() && cred.gid == getgid());
	conf_reap("sender", pid);
	closefrom(3);
}

/* A thousand small messages between two processes. */
static void traffic(void)
{
	struct mmsghdr out[10];
	struct iovec iov = { "0123456789", 10 };
	char buf[100];
	int s[2], n = 0;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	for (int i = 0; i < 10; i++)
		out[i].msg_hdr = (struct msghdr) { .msg_iov = &iov, .msg_iovlen = 1 };
	pid = conf_fork();
	if (!pid) {
		close(s[1]);
		for (int i = 0; i < 100; i++)
			for (int sent = 0; sent < 10;)
				sent += (int)MUST(sendmmsg(s[0], out + sent,
							   10 - (unsigned int)sent, 0));
		_exit(0);
	}
	close(s[0]);
	while (recv(s[1], buf, sizeof(buf), 0) == 10)
		n++;
	printf("%d messages\n", n);
	conf_reap("sender", pid);
	closefrom(3);
}

int main(void)
{
	conf_init();
	pairs();
	abstract();
	rights();
	credentials();
	traffic();
	return 0;
}
