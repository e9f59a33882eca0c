/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Abstract names: bytes of any value, and those that the kernel chooses. The
 * names hold this process's id, so that runs side by side do not meet.
 */
#include "unsock.h"

static struct sockaddr_un name;
static socklen_t name_len;

static void choose(const char *tail, size_t n)
{
	int head;

	name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	head = snprintf(name.sun_path + 1, 40, "rsx-conf-%d-", getpid());
	memcpy(name.sun_path + 1 + head, tail, n);
	name_len = (socklen_t)(HEAD + 1 + (size_t)head + n);
}

/* The name without the process's id. */
static void show(const char *what, const struct sockaddr_un *a, socklen_t len)
{
	size_t skip = 0;

	TF(len == name_len && !memcmp(a, &name, len));
	while (HEAD + skip < len && skip < sizeof(a->sun_path) && a->sun_path[skip] != '-')
		skip++;
	printf("%s ", what);
	TF(skip > 0);
}

static void connected(int type, const char *tail, size_t n)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	char buf[8];
	int l, c, s;

	choose(tail, n);
	l = T(socket(AF_UNIX, type, 0));
	T(bind(l, SA(&name), name_len));
	T(listen(l, 2));
	s = T(socket(AF_UNIX, type, 0));
	T(bind(s, SA(&name), name_len));
	T(connect(s, SA(&name), name_len - 1));
	c = T(socket(AF_UNIX, type, 0));
	T(connect(c, SA(&name), name_len));
	s = T(accept(l, NULL, NULL));
	T(getpeername(c, SA(&a), &len));
	show("peer", &a, len);
	len = sizeof(a);
	T(getsockname(s, SA(&a), &len));
	show("accepted", &a, len);
	T(send(s, "abc", 3, MSG_EOR));
	T(recv(c, buf, 8, 0));
	close(l);
	c = T(socket(AF_UNIX, type, 0));
	T(connect(c, SA(&name), name_len));
	closefrom(3);
}

static void chosen(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, b;
	socklen_t len = sizeof(a), small = 3;
	char *room = guard(3);
	int s, c;

	s = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(getsockname(s, SA(&a), &len));
	printf("length %u\n", len);
	T(bind(s, SA(&a), sizeof(sa_family_t)));
	len = sizeof(a);
	T(getsockname(s, SA(&a), &len));
	printf("length %u, first byte %d\n", len, a.sun_path[0]);
	T(bind(s, SA(&a), sizeof(sa_family_t)));
	T(getsockname(s, SA(room), &small));
	printf("length %u\n", small);
	c = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(connect(c, SA(&a), len));
	len = sizeof(b);
	T(getpeername(c, SA(&b), &len));
	TF(len == 8 && !memcmp(&a, &b, 8));
	T(send(c, "x", 1, 0));
	T(recv(s, room, 3, 0));
	/* SO_PASSCRED gives a sender a name */
	c = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	set_int(c, SOL_SOCKET, SO_PASSCRED, 1);
	T(sendto(c, "y", 1, 0, SA(&a), 8));
	len = sizeof(b);
	T(recvfrom(s, room, 3, 0, SA(&b), &len));
	printf("length %u, first byte %d\n", len, b.sun_path[0]);
	closefrom(3);
}

int main(void)
{
	conf_init();
	connected(SOCK_STREAM, "plain", 5);
	connected(SOCK_SEQPACKET, "a\0b\0\377/", 6);
	connected(SOCK_STREAM, "", 0);
	chosen();
	return 0;
}
