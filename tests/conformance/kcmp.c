/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kcmp(2) of descriptors: what is the same open file, made by dup, by fork, by a
 * message through a socket of the file system's; what is a member of an epoll
 * instance, of a child's, too; what is wrong. Which of two different files comes
 * first is the kernel's own business, but it must be an order.
 */
#include "unsock.h"
#include <linux/kcmp.h>
#include <sys/epoll.h>

static long cmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return syscall(SYS_kcmp, a, b, type, x, y);
}

/* 0, 3 and errors are the same everywhere, 1 and 2 are "another". */
static const char *said(long r)
{
	return r == 0 ? "same" : r == 1 || r == 2 ? "another" : r == 3 ? "not to be ordered" :
		conf_errname(errno);
}

#define F(x, y) printf("%s %s: %s\n", #x, #y, said(cmp(me, me, KCMP_FILE, (x), (y))))

static void member(const char *what, pid_t a, int fd, pid_t b, int ep, int tfd)
{
	struct kcmp_epoll_slot *slot = (void *)guard(sizeof(*slot));

	*slot = (struct kcmp_epoll_slot){ (unsigned)ep, (unsigned)tfd, 0 };
	printf("%s: %s\n", what, said(cmp(a, b, KCMP_EPOLL_TFD, (unsigned long)fd, (unsigned long)slot)));
}

static void add(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
}

/* fd by another number, which a message through a socket with a name brought. */
static int sent(int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS } };
	char byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int to = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), from = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	MUST(bind_un(from, "name"));
	MUST(connect_un(to, "name"));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	MUST(sendmsg(to, &m, 0));
	MUST(recvmsg(from, &m, 0));
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	MUST(close(to));
	MUST(close(from));
	MUST(unlink("name"));
	return fd;
}

/* Any three files, of either side: if a < b and b < c, then a < c. */
static void ordered(pid_t me, const int *fd, int n)
{
	int wrong = 0;

	for (int a = 0; a < n; a++)
		for (int b = 0; b < n; b++) {
			long ab = cmp(me, me, KCMP_FILE, (unsigned long)fd[a], (unsigned long)fd[b]);
			long ba = cmp(me, me, KCMP_FILE, (unsigned long)fd[b], (unsigned long)fd[a]);

			wrong += a == b ? ab != 0 : ab + ba != 3;
			for (int c = 0; c < n; c++)
				wrong += ab == 1 &&
					 cmp(me, me, KCMP_FILE, (unsigned long)fd[b], (unsigned long)fd[c]) == 1 &&
					 cmp(me, me, KCMP_FILE, (unsigned long)fd[a], (unsigned long)fd[c]) != 1;
		}
	printf("out of order: %d\n", wrong);
}

int main(void)
{
	int f, g, d, p[2], ep, fifo, pair[2], go[2], fds[6];
	pid_t me = getpid(), child;
	struct kcmp_epoll_slot slot = { 0, 0, 0 };

	conf_init();
	put("a", "a");
	MUST(mkfifo("fifo", 0600));
	MUST(f = open("a", O_RDONLY));
	MUST(g = open("a", O_RDONLY));
	MUST(d = dup(f));
	MUST(fifo = open("fifo", O_RDWR));
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	F(f, f);
	F(f, d);
	F(f, g);
	F(f, p[0]);
	F(p[0], f);
	F(p[0], p[0]);
	F(p[0], p[1]);
	F(f, 99);
	F(99, f);
	F(99, p[0]);
	F(-1, -1);
	g = sent(f);
	F(f, g);
	F(d, g);
	MUST(close(g));
	MUST(g = open("a", O_RDONLY));
	F(f, g);
	fds[0] = f, fds[1] = g, fds[2] = p[0], fds[3] = fifo, fds[4] = p[1], fds[5] = pair[0];
	ordered(me, fds, 6);
	MUST(ep = epoll_create1(0));
	add(ep, p[0]);
	add(ep, fifo);
	member("pipe", me, p[0], me, ep, p[0]);
	member("fifo", me, fifo, me, ep, fifo);
	MUST(g = dup(fifo));
	member("its duplicate", me, g, me, ep, fifo);
	member("by the duplicate's number", me, fifo, me, ep, g);
	member("a file and the fifo", me, f, me, ep, fifo);
	member("a pipe and the fifo", me, p[1], me, ep, fifo);
	member("the fifo and a pipe", me, fifo, me, ep, p[0]);
	member("no member", me, fifo, me, ep, f);
	member("not open", me, 99, me, ep, fifo);
	member("not open, no member", me, 99, me, ep, f);
	member("no instance", me, fifo, me, f, fifo);
	member("no instance, a pipe", me, fifo, me, p[0], fifo);
	member("no descriptor", me, fifo, me, 99, fifo);
	slot = (struct kcmp_epoll_slot){ (unsigned)ep, (unsigned)fifo, 1 };
	printf("a second one: %s\n", said(cmp(me, me, KCMP_EPOLL_TFD, (unsigned long)fifo, (unsigned long)&slot)));
	printf("bad slot: %s\n", said(cmp(me, me, KCMP_EPOLL_TFD, (unsigned long)fifo, (unsigned long)BAD)));
	printf("bad type: %s\n", said(cmp(me, me, 99, 0, 0)));
	MUST(pipe(go));
	child = conf_fork();
	if (!child) {
		char c;

		close(f);
		close(go[1]);
		read(go[0], &c, 1);
		_exit(0);
	}
	printf("the child's fifo: %s\n", said(cmp(me, child, KCMP_FILE, (unsigned long)fifo, (unsigned long)fifo)));
	printf("the child's pipe: %s\n", said(cmp(child, me, KCMP_FILE, (unsigned long)p[0], (unsigned long)p[0])));
	printf("its table: %s\n", said(cmp(me, child, KCMP_FILES, 0, 0)));
	printf("my table: %s\n", said(cmp(me, me, KCMP_FILES, 0, 0)));
	member("in the child's instance", me, fifo, child, ep, fifo);
	member("of the child's", child, fifo, me, ep, fifo);
	close(go[1]);
	conf_reap("child", child);
	printf("nobody: %s\n", said(cmp(me, child, KCMP_FILE, 0, 0)));
	MUST(close(fifo));
	F(g, g);
	return 0;
}
