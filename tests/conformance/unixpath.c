/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stream and packet sockets with names in the file system: what may be bound
 * and connected, what the names become, options and flags set before, copies of
 * the descriptor, epoll instances and other processes that had it before.
 */
#include "unsock.h"
#include <sys/epoll.h>

static void talk(int a, int b)
{
	char buf[16] = { 0 };

	T(send(a, "one", 3, 0));
	T(recv(b, buf, 16, 0));
	dump("got", buf, 3);
	T(write(b, "two", 3));
	T(read(a, buf, 16));
	dump("got", buf, 3);
}

static void types(void)
{
	static const int type[] = { SOCK_STREAM, SOCK_SEQPACKET };

	for (int i = 0; i < 2; i++) {
		int l, c, s;

		l = T(socket(AF_UNIX, type[i], 0));
		T(bind_un(l, "sock"));
		T(listen(l, 4));
		c = T(socket(AF_UNIX, type[i], 0));
		T(connect_un(c, "sock"));
		s = T(accept(l, NULL, NULL));
		talk(c, s);
		show_names(c);
		show_names(s);
		show_names(l);
		printf("SO_TYPE %d, SO_DOMAIN %d, SO_ACCEPTCONN %d %d\n",
		       get_int(c, SOL_SOCKET, SO_TYPE), get_int(c, SOL_SOCKET, SO_DOMAIN),
		       get_int(l, SOL_SOCKET, SO_ACCEPTCONN), get_int(c, SOL_SOCKET, SO_ACCEPTCONN));
		T(shutdown(c, SHUT_WR));
		T(recv(s, NIL, 0, 0));
		T(send(c, "x", 1, MSG_NOSIGNAL));
		T(unlink("sock"));
		T(connect_un(c, "sock"));
		closefrom(3);
	}
}

static void errors(void)
{
	char longest[sizeof(struct sockaddr_un) + 20];
	struct sockaddr_un a = un("there"), *wide = (void *)longest;
	int s = T(socket(AF_UNIX, SOCK_STREAM, 0)), d, l;

	put("file", "");
	T(connect_un(s, "nowhere"));
	T(connect_un(s, "no/where"));
	T(connect_un(s, "file"));
	T(connect_un(s, "file/x"));
	T(connect_un(s, "."));
	T(bind_un(s, "file"));
	T(bind_un(s, "no/where"));
	T(bind_un(s, "."));
	T(listen(s, 1));
	l = listener_un("there", SOCK_STREAM);
	T(bind_un(s, "there"));
	T(bind_un(l, "again"));
	T(access("again", F_OK));
	T(connect_un(l, "there"));
	d = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(connect_un(d, "there"));
	T(connect(s, SA(&a), 1));
	T(connect(s, SA(&a), 2));
	T(bind(s, SA(&a), 1));
	T(connect(s, SA(&a), 111));
	T(connect(s, SA(&a), 200));
	T(bind(s, SA(&a), 4096));
	T(connect(s, BAD, sizeof(a)));
	T(connect(s, NIL, sizeof(a)));
	a.sun_family = AF_INET;
	T(connect(s, SA(&a), sizeof(a)));
	T(connect(99, SA(&a), sizeof(a)));
	a = un("there");
	d = T(open("file", O_RDONLY));
	T(connect(d, SA(&a), sizeof(a)));
	d = T(open("/dev/null", O_RDONLY));
	T(connect(d, SA(&a), sizeof(a)));
	T(connect(s, SA(&a), sizeof(a)));
	T(connect(s, SA(&a), sizeof(a)));
	T(sendto(s, "x", 1, 0, SA(&a), sizeof(a)));
	close(l);
	s = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect_un(s, "there"));
	T(send(s, "x", 1, MSG_NOSIGNAL));
	T(unlink("there"));
	/* 107 and 108 bytes; the latter has no NUL */
	for (size_t n = 107; n <= 108; n++) {
		memset(longest, 0, sizeof(longest));
		wide->sun_family = AF_UNIX;
		memset(wide->sun_path, 'n', n);
		l = T(socket(AF_UNIX, SOCK_STREAM, 0));
		T(bind(l, SA(wide), (socklen_t)(HEAD + n)));
		T(listen(l, 1));
		s = T(socket(AF_UNIX, SOCK_STREAM, 0));
		T(connect(s, SA(wide), sizeof(struct sockaddr_un)));
		show_names(s);
		T(unlink(wide->sun_path));
		T(unlinkat(AT_FDCWD, wide->sun_path, 0));
	}
	closefrom(3);
}

/* The name is as given; the directory moves on. */
static void relative(void)
{
	struct stat st;
	int l, c;

	T(mkdir("dir", 0755));
	T(chdir("dir"));
	umask(027);
	l = listener_un("../dir/./sock", SOCK_STREAM);
	umask(022);
	T(stat("sock", &st));
	printf("mode %o\n", st.st_mode);
	T(symlink("sock", "link"));
	T(chdir(".."));
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect_un(c, "dir/sock"));
	show_names(c);
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect_un(c, "dir/link"));
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(bind_un(c, "dir/link"));
	T(rename("dir/sock", "dir/other"));
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect_un(c, "dir/other"));
	T(open("dir/other", O_RDWR));
	T(fcntl(l, F_GETFL) & O_NONBLOCK);
	closefrom(3);
}

/* What was set before there was a name. */
static void carried(void)
{
	struct linger linger = { 1, 7 };
	struct timeval tv = { 3, 250000 };
	int l = listener_un("opt", SOCK_STREAM), c, big;
	socklen_t len = sizeof(tv);

	c = T(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	set_int(c, SOL_SOCKET, SO_SNDBUF, 20000);
	set_int(c, SOL_SOCKET, SO_RCVBUF, 30000);
	set_int(c, SOL_SOCKET, SO_PASSCRED, 1);
	set_int(c, SOL_SOCKET, SO_REUSEADDR, 1);
	MUST(setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	MUST(setsockopt(c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	big = get_int(c, SOL_SOCKET, SO_SNDBUF);
	T(connect_un(c, "opt"));
	TF(get_int(c, SOL_SOCKET, SO_SNDBUF) == big);
	printf("SO_RCVBUF %d, SO_PASSCRED %d, SO_REUSEADDR %d, SO_KEEPALIVE %d\n",
	       get_int(c, SOL_SOCKET, SO_RCVBUF), get_int(c, SOL_SOCKET, SO_PASSCRED),
	       get_int(c, SOL_SOCKET, SO_REUSEADDR), get_int(c, SOL_SOCKET, SO_KEEPALIVE));
	memset(&tv, 0, sizeof(tv));
	T(getsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	printf("SO_RCVTIMEO %ld.%06ld\n", tv.tv_sec, tv.tv_usec);
	len = sizeof(linger);
	memset(&linger, 0, sizeof(linger));
	T(getsockopt(c, SOL_SOCKET, SO_LINGER, &linger, &len));
	printf("SO_LINGER %d %d\n", linger.l_onoff, linger.l_linger);
	T(fcntl(c, F_GETFD));
	TF(fcntl(c, F_GETFL) & O_NONBLOCK);
	T(recv(c, NIL, 0, 0));
	T(fcntl(l, F_GETFD));
	closefrom(3);
	T(unlink("opt"));
}

/* Numbers that were the same socket before it had a name still are. */
static void copies(void)
{
	int l = listener_un("copy", SOCK_STREAM), c, d, e, s, ep;
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 77 };
	char buf[8];
	pid_t pid;

	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	d = T(dup(c));
	e = T(fcntl(c, F_DUPFD_CLOEXEC, 20));
	ep = T(epoll_create1(0));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, c, &event));
	T(connect_un(d, "copy"));
	s = T(accept(l, NULL, NULL));
	talk(c, s);
	talk(e, s);
	T(epoll_wait(ep, &event, 1, 0));
	T(send(s, "x", 1, 0));
	T(epoll_wait(ep, &event, 1, 5000));
	printf("data %lu, events %#x\n", (unsigned long)event.data.u64, event.events);
	T(epoll_ctl(ep, EPOLL_CTL_ADD, c, &event));
	T(epoll_ctl(ep, EPOLL_CTL_DEL, c, NULL));
	T(recv(d, buf, 8, 0));
	close(c);
	close(d);
	talk(e, s);
	T(fcntl(e, F_GETFD));
	close(e);
	T(recv(s, buf, 8, 0));
	close(s);

	/* a child connects, its parent uses the socket */
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	pid = conf_fork();
	if (!pid)
		_exit(connect_un(c, "copy") ? 1 : 0);
	conf_reap("child", pid);
	s = T(accept(l, NULL, NULL));
	talk(c, s);
	close(c);
	T(recv(s, buf, 8, 0));
	closefrom(3);
	T(unlink("copy"));
}

/* A server and its clients, which are processes of their own. */
static void served(void)
{
	volatile int *step = conf_shared();
	char buf[8];
	pid_t pid[3];
	int l, s;

	for (int i = 0; i < 3; i++) {
		pid[i] = conf_fork();
		if (pid[i])
			continue;
		await(step, 1);
		s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		MUST(connect_un(s, "srv"));
		MUST(send(s, "hello", 5, 0));
		_exit(recv(s, buf, 8, MSG_WAITALL) == 3 ? 0 : 1);
	}
	l = listener_un("srv", SOCK_STREAM);
	*step = 1;
	for (int i = 0; i < 3; i++) {
		s = (int)MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC));
		T(recv(s, buf, 5, MSG_WAITALL));
		T(send(s, "bye", 3, 0));
		close(s);
	}
	for (int i = 0; i < 3; i++)
		conf_reap("client", pid[i]);
	close(l);
	T(unlink("srv"));
}

/* A queue that is full: at once EAGAIN, or waiting until there is room. */
static void full(void)
{
	volatile int *step = conf_shared();
	int l = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), c;
	pid_t pid;

	MUST(bind_un(l, "full"));
	T(listen(l, 0));
	c = T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect_un(c, "full"));
	c = T(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	T(connect_un(c, "full"));
	TF(fcntl(c, F_GETFL) & O_NONBLOCK);
	pid = conf_fork();
	if (!pid) {
		c = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		*step = 1;
		_exit(connect_un(c, "full") || write(c, "x", 1) != 1);
	}
	await(step, 1);
	conf_msleep(50);
	T(accept(l, NULL, NULL));
	T(accept(l, NULL, NULL));
	conf_reap("waiting client", pid);
	T(connect_un(c, "full"));
	closefrom(3);
	T(unlink("full"));
}

int main(void)
{
	conf_init();
	types();
	errors();
	relative();
	carried();
	copies();
	served();
	full();
	return 0;
}
