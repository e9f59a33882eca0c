/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread closes descriptors, and opens them again, that another one's calls of
 * several steps are about: sendfile, splice and tee between the sides, members of
 * epoll instances, mappings. What each call says depends on who was faster; what
 * counts is that both come to their end, and what then is there works.
 */
#include "ep.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

enum { FILE_FD = 100, FIFO_FD, EP_FD, PIPE_FD, COPY_FD };

static volatile int over;
static int file, fifo, ep, inner, from[2], to[2];

static void *closer(void *unused)
{
	const int source[] = { file, fifo, inner, to[1], file };

	while (!over) {
		for (int i = 0; i < 5; i++)
			dup2(source[i], FILE_FD + i);
		for (int i = 0; i < 5; i++)
			close(FILE_FD + i);
	}
	return unused;
}

static void *actor(void *unused)
{
	struct epoll_event e = { .events = EPOLLIN };
	char buf[4096];
	void *p;

	for (int i = conf_often(150); i; i--) {
		sendfile(PIPE_FD, FILE_FD, NULL, 1000);
		splice(FILE_FD, NULL, to[1], NULL, 1000, SPLICE_F_NONBLOCK);
		while (read(to[0], buf, sizeof(buf)) > 0)
			;
		if (write(from[1], "x", 1) == 1)
			tee(from[0], FIFO_FD, 1, SPLICE_F_NONBLOCK);
		splice(from[0], NULL, FIFO_FD, NULL, 1, SPLICE_F_NONBLOCK);
		while (read(from[0], buf, sizeof(buf)) > 0 || read(fifo, buf, sizeof(buf)) > 0)
			;
		epoll_ctl(ep, EPOLL_CTL_ADD, EP_FD, &e);
		epoll_ctl(ep, EPOLL_CTL_ADD, FIFO_FD, &e);
		epoll_ctl(ep, EPOLL_CTL_DEL, EP_FD, &e);
		epoll_ctl(ep, EPOLL_CTL_DEL, FIFO_FD, &e);
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD, 0);
		if (p == MAP_FAILED)
			continue;
		*(volatile char *)p = '!';
		pwrite(COPY_FD, "data", 4, 100);
		fallocate(COPY_FD, 0, 0, 200);
		munmap(p, 4096);
	}
	over = 1;
	return unused;
}

int main(void)
{
	struct iovec v = { "x", 1 };
	pthread_t a, c;

	conf_init();
	put("f", "hello");
	MUST(mkfifo("fifo", 0600));
	file = (int)MUST(open("f", O_RDWR));
	fifo = (int)MUST(open("fifo", O_RDWR | O_NONBLOCK));
	ep = (int)MUST(epoll_create1(0));
	inner = (int)MUST(epoll_create1(0));
	MUST(pipe2(from, O_NONBLOCK));
	MUST(pipe2(to, O_NONBLOCK));
	pthread_create(&a, NULL, actor, NULL);
	pthread_create(&c, NULL, closer, NULL);
	pthread_join(a, NULL);
	pthread_join(c, NULL);
	for (int fd = FILE_FD; fd <= COPY_FD; fd++)
		close(fd);
	MUST(unlink("f")); /* what is in it depends, too, and who is a member */
	ep = (int)MUST(epoll_create1(0));
	T(dup2(fifo, FIFO_FD));
	T(vmsplice(FIFO_FD, &v, 1, 0));
	ep_add(ep, FIFO_FD, EPOLLIN, 1);
	ep_show("an event", ep, 0);
	return 0;
}
