/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SO_ATTACH_FILTER, whose value is a struct with a pointer to a program: it lets
 * through what it should, is changed, locked and taken away; wrong programs, lengths
 * and pointers.
 */
#include "sock.h"
#include <linux/filter.h>

/* UDP: the first byte behind the header of 8. */
static struct sock_filter only_a[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0xffff),
	BPF_STMT(BPF_RET | BPF_K, 0),
};
static struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
static struct sock_filter endless[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8) };

static int attach(int s, int option, struct sock_filter *filter, unsigned short len, socklen_t size)
{
	struct sock_fprog *p = (void *)guard(sizeof(*p));

	*p = (struct sock_fprog){ len, filter };
	return setsockopt(s, SOL_SOCKET, option, p, size);
}

#define ATTACH(f, n) attach(s, SO_ATTACH_FILTER, f, n, sizeof(struct sock_fprog))

static void say(int to, const struct sockaddr_in *a, int s)
{
	char buf[8] = "";
	ssize_t n;

	MUST(sendto(to, "a1", 3, 0, SA(a), sizeof(*a)));
	MUST(sendto(to, "b2", 3, 0, SA(a), sizeof(*a)));
	while ((n = recv(s, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		printf("got %s\n", buf);
	printf("then %s\n", conf_errname(errno));
}

int main(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int s, to, on = 1;

	conf_init();
	s = T(socket(AF_INET, SOCK_DGRAM, 0));
	to = T(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(s, SA(&a), sizeof(a)));
	MUST(getsockname(s, SA(&a), &len));
	say(to, &a, s);
	T(ATTACH(only_a, 4));
	say(to, &a, s);
	T(ATTACH(nothing, 1));
	say(to, &a, s);
	T(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)));
	say(to, &a, s);
	T(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)));
	T(ATTACH(endless, 1));
	T(ATTACH(only_a, 0));
	T(ATTACH(BAD, 4));
	T(ATTACH(NULL, 4));
	T(ATTACH(only_a, 5000));
	T(attach(s, SO_ATTACH_FILTER, only_a, 4, 15));
	T(attach(s, SO_ATTACH_FILTER, only_a, 4, 0));
	T(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, BAD, sizeof(struct sock_fprog)));
	T(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, NIL, sizeof(struct sock_fprog)));
	T(setsockopt(99, SOL_SOCKET, SO_ATTACH_FILTER, BAD, sizeof(struct sock_fprog)));
	T(attach(s, SO_ATTACH_REUSEPORT_CBPF, only_a, 4, sizeof(struct sock_fprog)));
	T(ATTACH(only_a, 4));
	T(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)));
	T(ATTACH(nothing, 1));
	T(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)));
	say(to, &a, s);
	return 0;
}
