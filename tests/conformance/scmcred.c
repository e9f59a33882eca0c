/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at the other end: SO_PEERCRED, and SCM_CREDENTIALS that the kernel
 * adds or checks, over a pair and over sockets with names.
 */
#include "unsock.h"

static int one = 1;

static void peer(int s, pid_t pid)
{
	struct ucred c = { 0 };
	socklen_t len = sizeof(c);
	char *small = guard(4);

	T(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &c, &len));
	TF(c.pid == pid && c.uid == geteuid() && c.gid == getegid());
	len = 4;
	T(getsockopt(s, SOL_SOCKET, SO_PEERCRED, small, &len));
	TF(len == 4 && !memcmp(small, &c.pid, 4));
	len = 2;
	T(getsockopt(s, SOL_SOCKET, SO_PEERCRED, small, &len));
	T(getsockopt(s, SOL_SOCKET, SO_PEERCRED, BAD, &len));
}

static ssize_t send_cred(int s, pid_t pid, uid_t uid, size_t len)
{
	struct ucred cred = { pid, uid, getgid() };
	char room[CMSG_SPACE(sizeof(cred))] = { 0 };
	struct iovec iov = { "c", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = CMSG_SPACE(len) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), &cred, len);
	return sendmsg(s, &m, 0);
}

static void from(int s, pid_t pid)
{
	char room[CMSG_SPACE(sizeof(struct ucred))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct ucred cred = { 0 };
	struct cmsghdr *c;

	T(recvmsg(s, &m, MSG_DONTWAIT));
	c = CMSG_FIRSTHDR(&m);
	TF(c && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof(cred)));
	if (c)
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	TF(cred.pid == pid && cred.uid == getuid() && cred.gid == getgid());
}

static void over(int s[2])
{
	pid_t pid;

	peer(s[0], getpid());
	T(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	T(send(s[0], "x", 1, 0));
	from(s[1], getpid());
	pid = conf_fork();
	if (!pid)
		_exit(send(s[0], "c", 1, 0) != 1);
	conf_reap("child", pid);
	/* it has ended: only the number is left, and the kernel's idea of it */
	T(recv(s[1], &one, 1, 0));
	T(send_cred(s[0], getpid(), getuid(), sizeof(struct ucred)));
	from(s[1], getpid());
	T(send_cred(s[0], getpid(), getuid(), sizeof(struct ucred) - 1));
	T(send_cred(s[0], getpid(), getuid(), 0));
	T(send_cred(s[0], -5, getuid(), sizeof(struct ucred)));
	if (!geteuid()) /* may say what it likes, if the process exists */
		T(send_cred(s[0], getppid() ? 0x3ffffff : 0, getuid(), sizeof(struct ucred)));
	T(recv(s[1], &one, 1, MSG_DONTWAIT));
	one = 1;
}

/* Other processes at both ends, alive while they are asked about. */
static void processes(void)
{
	volatile int *step = conf_shared();
	int l = listener_un("sock", SOCK_STREAM), c;
	pid_t pid = conf_fork();
	char byte;

	if (!pid) {
		c = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		MUST(connect_un(c, "sock"));
		peer(c, getppid());
		*step = 1;
		MUST(recv(c, &byte, 1, 0));
		MUST(send(c, "x", 1, 0));
		*step = 2;
		_exit(recv(c, &byte, 1, 0) != 0);
	}
	c = (int)MUST(accept(l, NULL, NULL));
	await(step, 1);
	peer(c, pid);
	T(setsockopt(c, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	T(send(c, "g", 1, 0));
	await(step, 2);
	from(c, pid);
	close(c);
	conf_reap("client", pid);
	T(unlink("sock"));
	closefrom(3);
}

int main(void)
{
	int s[2], l;

	conf_init();
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	over(s);
	closefrom(3);
	l = listener_un("sock", SOCK_STREAM);
	s[0] = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	peer(s[0], 0);
	MUST(connect_un(s[0], "sock"));
	s[1] = (int)MUST(accept(l, NULL, NULL));
	over(s);
	closefrom(3);
	T(unlink("sock"));
	processes();
	return 0;
}
