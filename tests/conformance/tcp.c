/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP over loopback: names and their truncation, accept and accept4, refusal,
 * connecting without waiting, flags of send and recv, SIGPIPE, ends and resets,
 * time limits, transfers larger than any buffer, and sockets that are dup'ed,
 * inherited by a child that serves, and kept over exec.
 */
#include "sock.h"

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void names(void)
{
	static const int rooms[] = { 0, 1, 8, 16, 17, 128 };
	struct sockaddr_in a = loop4(), b;
	socklen_t len = sizeof(b);
	int s, other;

	T(socket(AF_INET, 99, 0));
	T(socket(99, SOCK_STREAM, 0));
	T(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	s = T(socket(AF_INET, SOCK_STREAM, 0));
	T(getsockname(s, SA(&b), &len));
	TF(len == 16 && b.sin_family == AF_INET && !b.sin_port && !b.sin_addr.s_addr);
	T(bind(s, SA(&a), 3));
	T(bind(s, SA(&a), 129));
	T(bind(s, SA(&a), -1));
	T(bind(s, BAD, sizeof(a)));
	T(bind(s, NIL, sizeof(a)));
	T(bind(s, SA(&a), sizeof(a)));
	T(bind(s, SA(&a), sizeof(a)));
	T(listen(s, 5));
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		char *p = guard((size_t)rooms[i]);

		len = (socklen_t)rooms[i];
		T(getsockname(s, SA(p), &len));
		printf("room %d: length %d, %ld bytes\n", rooms[i], (int)len,
		       touched(p, (size_t)rooms[i]));
	}
	len = (socklen_t)-1;
	T(getsockname(s, SA(&b), &len));
	TF(len == (socklen_t)-1);
	len = sizeof(b);
	T(getsockname(s, SA(BAD), &len));
	T(getsockname(s, SA(&b), BAD));
	T(getsockname(s, SA(&b), NIL));
	T(getsockname(s, SA(&b), &len));
	TF(b.sin_port && b.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	T(getpeername(s, SA(&a), &len));
	other = T(socket(AF_INET, SOCK_STREAM, 0));
	T(bind(other, SA(&b), sizeof(b)));
	T(getsockname(99, SA(&b), &len));
	T(getsockname(0, SA(&b), &len));
	T(close(other));
	T(close(s));
	T(close(s));
}

static void accepting(void)
{
	struct sockaddr_in at, me, peer;
	char *small = guard(8);
	int l, c, a, u;
	socklen_t len;

	l = listener4(&at);
	c = T(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	T(connect(c, SA(&at), sizeof(at)));
	T(connect(c, SA(&at), sizeof(at)));
	len = sizeof(me);
	T(getsockname(c, SA(&me), &len));
	len = 8;
	a = T(accept(l, SA(small), &len));
	TF(len == 16 && !memcmp(small, &me, 8));
	len = sizeof(peer);
	T(getpeername(a, SA(&peer), &len));
	TF(!memcmp(&peer, &me, 8));
	T(getpeername(c, SA(&peer), &len));
	TF(!memcmp(&peer, &at, 8));
	TF(fcntl(a, F_GETFD) == 0 && fcntl(c, F_GETFD) == FD_CLOEXEC);
	T(fcntl(a, F_GETFL));
	T(close(a));
	T(close(c));

	c = T(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	T(fcntl(c, F_SETFL, 0));
	T(connect(c, SA(&at), sizeof(at)));
	T(accept4(l, NULL, NULL, 1));
	a = T(accept4(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	T(fcntl(a, F_GETFD));
	T(fcntl(a, F_GETFL));
	T(recv(a, &len, 1, 0));
	T(close(a));
	T(close(c));

	T(fcntl(l, F_SETFL, O_NONBLOCK));
	T(accept(l, NULL, NULL));
	T(accept(99, NULL, NULL));
	T(accept(0, NULL, NULL));
	c = T(socket(AF_INET, SOCK_STREAM, 0));
	T(accept(c, NULL, NULL));
	u = T(socket(AF_INET, SOCK_DGRAM, 0));
	T(accept(u, NULL, NULL));
	T(listen(u, 1));
	/* a bad place for the address is found out after the connection was taken */
	T(connect(c, SA(&at), sizeof(at)));
	len = (socklen_t)-1;
	T(accept(l, SA(&peer), &len));
	T(accept(l, NULL, NULL));
	T(close(u));
	T(close(c));
	T(close(l));
}

static void refused(void)
{
	struct sockaddr_in closed, at;
	struct pollfd p;
	int b, l, c;

	b = bound4(SOCK_STREAM, &closed); /* nobody listens */
	l = listener4(&at);
	c = T(socket(AF_INET, SOCK_STREAM, 0));
	T(connect(c, SA(&closed), sizeof(closed)));
	T(send(c, "x", 1, MSG_NOSIGNAL));
	T(recv(c, &b, 1, 0));
	T(connect(c, SA(&at), 4));
	T(connect(c, SA(&at), sizeof(at)));
	close(c);

	c = T(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	T(connect(c, SA(&closed), sizeof(closed)));
	p = (struct pollfd) { c, POLLOUT, 0 };
	T(poll(&p, 1, 5000));
	printf("  %#x\n", p.revents);
	show_error("refused", c);
	show_error("asked again", c);
	close(c);

	c = T(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	T(connect(c, SA(&at), sizeof(at)));
	p = (struct pollfd) { c, POLLOUT, 0 };
	T(poll(&p, 1, 5000));
	printf("  %#x\n", p.revents);
	show_error("connected", c);
	T(connect(c, SA(&at), sizeof(at)));
	T(connect(c, SA(&at), sizeof(at)));
	close(c);
	close(b);
	close(l);
}

static void data(void)
{
	char buf[64], *edge = guard(5);
	struct iovec iov[3] = { { buf, 2 }, { NULL, 0 }, { buf + 10, 3 } };
	int fd[2], n = -1;
	pid_t pid;

	tcp_pair(fd);
	T(send(fd[0], "hello world", 11, 0));
	T(recv(fd[1], buf, 5, MSG_PEEK));
	T(recv(fd[1], edge, 5, MSG_PEEK | MSG_DONTWAIT));
	dump("peeked", edge, 5);
	T(ioctl(fd[1], FIONREAD, &n));
	printf("  %d\n", n);
	T(recv(fd[1], edge, 6, MSG_PEEK));
	T(recv(fd[1], buf, 0, 0));
	T(read(fd[1], buf, sizeof(buf)));
	dump("read", buf, 11);
	T(recv(fd[1], buf, 1, MSG_DONTWAIT));
	T(send(fd[0], BAD, 5, 0));
	T(send(fd[0], "", 0, 0));
	T(recv(fd[1], buf, 1, MSG_DONTWAIT));
	T(writev(fd[1], (struct iovec[]) { { "ab", 2 }, { "cde", 3 } }, 2));
	T(recv(fd[0], buf, 5, MSG_WAITALL | MSG_PEEK));
	memset(buf, 0, sizeof(buf));
	T(readv(fd[0], iov, 3));
	dump("read in parts", buf, 13);
	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 10; i++) {
			MUST(send(fd[0], "0123456789" + i, 1, 0));
			conf_msleep(2);
		}
		_exit(0);
	}
	T(recv(fd[1], buf, 10, MSG_WAITALL));
	dump("waited for all", buf, 10);
	conf_reap("sender", pid);
	T(send(fd[0], "!", 1, MSG_OOB));
	T(recv(fd[1], buf, 1, MSG_OOB));
	dump("out of band", buf, 1);
	T(sendto(fd[0], "y", 1, 0, BAD, 0));
	T(sendto(fd[0], "z", 1, MSG_MORE, NULL, 0));
	T(send(fd[0], "!", 1, 0));
	T(recvfrom(fd[1], buf, 3, MSG_WAITALL, SA(edge), NULL));
	T(recv(fd[1], buf, 1, MSG_DONTWAIT));
	T(lseek(fd[0], 0, SEEK_CUR));
	T(pread(fd[0], buf, 1, 0));
	T(fsync(fd[0]));
	T(ftruncate(fd[0], 0));
	close(fd[0]);
	close(fd[1]);
}

/* What a socket looks like. */
static void looks(void)
{
	struct stat st;
	char link[64] = "", name[64];
	int s = socket(AF_INET, SOCK_STREAM, 0);

	T(fstat(s, &st));
	TF(S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0777 && !st.st_size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", s);
	TOK(readlink(name, link, sizeof(link) - 1));
	link[8] = '\0';
	puts(link);
	close(s);
}

static void sigpipe(void)
{
	int fd[2];

	conf_handle(SIGPIPE, on_pipe, 0);
	tcp_pair(fd);
	T(shutdown(fd[0], SHUT_WR));
	T(recv(fd[1], fd, 1, 0));
	T(send(fd[0], "x", 1, MSG_NOSIGNAL));
	printf("SIGPIPE %d\n", pipes);
	T(send(fd[0], "x", 1, 0));
	printf("SIGPIPE %d\n", pipes);
	T(write(fd[0], "x", 1));
	printf("SIGPIPE %d\n", pipes);
	T(sendmsg(fd[0], &(struct msghdr) { .msg_iov = &(struct iovec) { "x", 1 },
					    .msg_iovlen = 1 }, 0));
	printf("SIGPIPE %d\n", pipes);
	T(sendmsg(fd[0], &(struct msghdr) { .msg_iov = &(struct iovec) { "x", 1 },
					    .msg_iovlen = 1 }, MSG_NOSIGNAL));
	printf("SIGPIPE %d\n", pipes);
	T(send(fd[0], "", 0, 0));
	signal(SIGPIPE, SIG_IGN);
	T(send(fd[0], "x", 1, 0));
	close(fd[0]);
	close(fd[1]);
	pid_t pid = conf_fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		tcp_pair(fd);
		shutdown(fd[0], SHUT_RDWR);
		send(fd[0], "x", 1, 0);
		_exit(7);
	}
	conf_reap("without a handler", pid);
}

static void ends(void)
{
	struct linger gone = { 1, 0 }, got = { 9, 9 };
	socklen_t len = sizeof(got);
	struct pollfd p;
	char c;
	int fd[2], s;

	s = socket(AF_INET, SOCK_STREAM, 0);
	T(shutdown(s, SHUT_RD));
	T(send(s, "x", 1, MSG_NOSIGNAL));
	T(recv(s, &c, 1, 0));
	close(s);
	tcp_pair(fd);
	T(shutdown(fd[0], 3));
	T(shutdown(fd[0], -1));
	T(shutdown(fd[0], SHUT_WR));
	p = (struct pollfd) { fd[1], POLLIN | POLLRDHUP | POLLOUT, 0 };
	T(poll(&p, 1, 5000));
	T(recv(fd[1], &c, 1, 0));
	T(send(fd[1], "still", 5, 0));
	T(recv(fd[0], &c, 1, 0));
	T(shutdown(fd[0], SHUT_RD));
	T(close(fd[0]));
	T(close(fd[1]));

	tcp_pair(fd);
	T(getsockopt(fd[0], SOL_SOCKET, SO_LINGER, &got, &len));
	printf("linger %d %d\n", got.l_onoff, got.l_linger);
	T(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &gone, sizeof(gone)));
	T(getsockopt(fd[0], SOL_SOCKET, SO_LINGER, &got, &len));
	printf("linger %d %d\n", got.l_onoff, got.l_linger);
	T(close(fd[0]));
	T(recv(fd[1], &c, 1, 0));
	T(recv(fd[1], &c, 1, 0));
	T(send(fd[1], "x", 1, MSG_NOSIGNAL));
	show_error("reset", fd[1]);
	T(getpeername(fd[1], SA(&got), &len));
	close(fd[1]);
}

static void limits(void)
{
	struct sockaddr_in at;
	struct timeval tv;
	socklen_t len = sizeof(tv);
	static char fill[65536];
	long from;
	int fd[2], l;

	tcp_pair(fd);
	set_timeout(fd[0], SO_RCVTIMEO, 30);
	T(getsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	TF(len == sizeof(tv) && tv.tv_sec == 0 && tv.tv_usec >= 30000 && tv.tv_usec <= 40000);
	from = now_ms();
	T(recv(fd[0], fill, 1, 0));
	TF(now_ms() - from >= 29);
	T(read(fd[0], fill, 1));
	T(recv(fd[0], fill, 1, MSG_WAITALL));
	set_timeout(fd[0], SO_SNDTIMEO, 30);
	while (send(fd[0], fill, sizeof(fill), 0) > 0)
		;
	TF(errno == EAGAIN);
	T(fcntl(fd[0], F_SETFL, O_RDWR | O_NONBLOCK));
	while (send(fd[0], fill, sizeof(fill), 0) > 0)
		;
	TF(errno == EAGAIN);
	T(fcntl(fd[0], F_GETFL));
	close(fd[0]);
	close(fd[1]);
	l = listener4(&at);
	set_timeout(l, SO_RCVTIMEO, 20);
	T(accept(l, NULL, NULL));
	close(l);
}

#define LARGE (4 << 20)

/* More than any buffer takes at once: a blocking call moves all of it. */
static void large(void)
{
	char *buf = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[2] = { { buf, LARGE / 2 }, { buf + LARGE / 2, LARGE / 2 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	volatile int *sent = conf_shared();
	int fd[2];
	pid_t pid;

	MUST((long)buf);
	pattern(buf, LARGE, 3);
	tcp_pair(fd);
	pid = conf_fork();
	if (!pid) {
		close(fd[1]);
		sent[0] = (int)send(fd[0], buf, LARGE, 0);
		sent[1] = (int)write(fd[0], buf, LARGE);
		sent[2] = (int)sendmsg(fd[0], &m, 0);
		sent[3] = (int)writev(fd[0], iov, 2);
		_exit(0);
	}
	close(fd[0]);
	for (int i = 0; i < 4; i++) {
		memset(buf, 0, LARGE);
		T(recv(fd[1], buf, LARGE, MSG_WAITALL));
		printf("sum %#lx\n", sum(buf, LARGE));
	}
	conf_reap("sender", pid);
	for (int i = 0; i < 4; i++)
		printf("sent %d\n", sent[i]);
	T(recv(fd[1], buf, 1, 0));
	close(fd[1]);
	munmap(buf, LARGE);
}

static void dups(void)
{
	char buf[8];
	int fd[2], d;

	tcp_pair(fd);
	d = T(dup(fd[0]));
	T(fcntl(d, F_SETFL, O_NONBLOCK));
	T(fcntl(fd[0], F_GETFL));
	T(close(fd[0]));
	T(write(d, "dup", 3));
	T(recv(fd[1], buf, 8, 0));
	T(dup2(fd[1], 20));
	T(close(fd[1]));
	T(fcntl(20, F_DUPFD_CLOEXEC, 30));
	T(send(20, "20", 2, 0));
	T(send(30, "30", 2, 0));
	T(fcntl(d, F_SETFL, 0));
	T(recv(d, buf, 4, MSG_WAITALL));
	T(close(20));
	T(send(30, "more", 4, 0));
	T(recv(d, buf, 4, 0));
	T(close(30));
	T(recv(d, buf, 4, 0));
	close(d);
}

/* The child serves; afterwards the parent still has its listener. */
static void inherited(void)
{
	struct sockaddr_in at;
	char buf[16] = "";
	int l = listener4(&at), c, n;
	pid_t pid;

	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 3; i++) {
			c = (int)MUST(accept(l, NULL, NULL));
			while ((n = (int)MUST(recv(c, buf, sizeof(buf), 0))) > 0) {
				for (int k = 0; k < n; k++)
					buf[k] ^= 0x20;
				MUST(send(c, buf, (size_t)n, 0));
			}
			close(c);
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++) {
		c = T(socket(AF_INET, SOCK_STREAM, 0));
		T(connect(c, SA(&at), sizeof(at)));
		T(send(c, "Some Text", 9, 0));
		T(recv(c, buf, 9, MSG_WAITALL));
		dump("echo", buf, 9);
		T(shutdown(c, SHUT_WR));
		T(recv(c, buf, 1, 0));
		close(c);
	}
	conf_reap("server", pid);
	c = T(socket(AF_INET, SOCK_STREAM, 0));
	T(connect(c, SA(&at), sizeof(at)));
	T(accept(l, NULL, NULL));
	closefrom(3);
}

static int after_exec(char *argv[])
{
	int s = atoi(argv[2]), gone = atoi(argv[3]);

	TF(fcntl(gone, F_GETFD) == -1);
	T(send(s, "by exec", 7, 0));
	T(dup2(s, 1));
	printf(" and stdout\n");
	return 0;
}

static void over_exec(char *self)
{
	char keep[12], gone[12], buf[32];
	int fd[2], more[2];
	pid_t pid;
	long n, all = 0;

	tcp_pair(fd);
	tcp_pair(more);
	fcntl(more[0], F_SETFD, FD_CLOEXEC);
	snprintf(keep, sizeof(keep), "%d", fd[0]);
	snprintf(gone, sizeof(gone), "%d", more[0]);
	pid = conf_fork();
	if (!pid) {
		close(fd[1]);
		execl(self, self, "exec", keep, gone, (char *)NULL);
		_exit(9);
	}
	close(fd[0]);
	while ((n = recv(fd[1], buf + all, sizeof(buf) - (size_t)all, 0)) > 0)
		all += n;
	dump("from exec", buf, all);
	conf_reap("exec", pid);
	T(close(more[0]));
	T(recv(more[1], buf, 1, 0)); /* nobody else holds it any more */
	closefrom(3);
}

int main(int argc, char *argv[])
{
	conf_init();
	if (argc > 1)
		return after_exec(argv);
	names();
	accepting();
	refused();
	data();
	looks();
	sigpipe();
	ends();
	limits();
	large();
	dups();
	inherited();
	over_exec(argv[0]);
	return 0;
}
