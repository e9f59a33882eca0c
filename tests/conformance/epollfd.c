/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An epoll instance where another kind of descriptor is meant: it is one of this
 * machine, with a companion on the server, and every call says what it natively
 * says. With members of no side, of one and of both. And a mapping that grows,
 * for which a descriptor of its file is looked for among others.
 */
#include "anyfd.h"
#include "ep.h"

static void on(int ep)
{
	char byte;

	T(read(ep, &byte, 1));
	T(write(ep, "x", 1));
	T(lseek(ep, 0, SEEK_SET));
	T(ftruncate(ep, 0));
	T(fsync(ep));
	T(fcntl(ep, F_SETLEASE, F_RDLCK));
	T(fcntl(ep, F_SETLEASE, F_UNLCK));
	T(fcntl(ep, F_NOTIFY, 0));
	T(fcntl(ep, F_NOTIFY, DN_ACCESS));
	T(fchdir(ep));
	T(openat(ep, "x", O_RDONLY));
	T(accept(ep, NULL, NULL));
	T(shutdown(ep, SHUT_RD));
	T(sendto(ep, "x", 1, 0, NULL, 0));
	TF(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ep, 0) == MAP_FAILED);
	any_controls(ep);
	any_data(ep);
}

static void growing(void)
{
	int ep = (int)MUST(epoll_create1(0)), fd = (int)MUST(open("large", O_RDWR | O_CREAT, 0600));
	char *p;

	MUST(pwrite(fd, "far", 4, 2 << 20));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	MUST((long)p);
	p = mremap(p, 4096, 3 << 20, MREMAP_MAYMOVE);
	printf("%s\n", p == MAP_FAILED ? conf_errname(errno) : p + (2 << 20));
	close(fd);
	close(ep);
}

int main(void)
{
	int ep = (int)T(epoll_create1(0)), far[2], near[2];

	conf_init();
	put("f", "hello");
	on(ep);
	fifo_pair("fifo", far);
	ep_add(ep, far[0], EPOLLIN, 1);
	on(ep);
	MUST(pipe(near));
	ep_add(ep, near[0], EPOLLIN, 2);
	on(ep);
	MUST(write(far[1], "x", 1));
	ep_gather("an event", ep, 1);
	growing();
	return 0;
}
