/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_ready.c - poll, select and epoll, over descriptors of all kinds. Their
 * timeouts end, or something is ready: none waits for an event to come.
 */
#include "sequence.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

/* poll SLOT EVENTS SLOT EVENTS SLOT EVENTS MILLISECONDS */
static nfds_t poll_args(struct step *step, struct pollfd fds[3])
{
	for (int i = 0; i < 3; i++)
		fds[i] = (struct pollfd){ fd_arg(step, 2 * i), (short)num_arg(step, 2 * i + 1),
					  0x7fff };
	return 3;
}

static void polled(int ret, const struct pollfd *fds)
{
	result(ret);
	for (int i = 0; i < 3; i++)
		say(" %#x", (unsigned short)fds[i].revents);
}

static void run_poll(struct step *step)
{
	struct pollfd fds[3];
	nfds_t n = poll_args(step, fds);

	polled(poll(fds, n, (int)num_arg(step, 6)), fds);
}

static void run_ppoll(struct step *step)
{
	struct pollfd fds[3];
	nfds_t n = poll_args(step, fds);
	struct timespec ts = { 0, num_arg(step, 6) * 1000000L };

	polled(ppoll(fds, n, &ts, NULL), fds);
}

static void say_set(const fd_set *set)
{
	say(" {");
	for (int fd = 0; fd < 64; fd++) {
		if (FD_ISSET(fd, set))
			say(" %d", fd);
	}
	say(" }");
}

/* select SLOT SLOT SLOT SLOT READ WRITE EXCEPT MILLISECONDS: bits of slots */
static void run_select(struct step *step)
{
	struct timeval tv = { 0, num_arg(step, 7) * 1000 };
	fd_set sets[3];
	int ret, most = -1;

	for (int i = 0; i < 3; i++) {
		long bits = num_arg(step, 4 + i);

		FD_ZERO(&sets[i]);
		for (int k = 0; k < 4; k++) {
			int fd = fd_arg(step, k);

			if (!(bits >> k & 1) || fd < 3 || fd > 63)
				continue;
			FD_SET(fd, &sets[i]);
			most = fd > most ? fd : most;
		}
	}
	ret = select(most + 1, &sets[0], &sets[1], &sets[2], &tv);
	result(ret);
	for (int i = 0; i < 3 && ret >= 0; i++)
		say_set(&sets[i]);
}

static void run_epoll(struct step *step)
{
	int fd = epoll_create1((int)num_arg(step, 1));

	result(fd);
	set_slot(slot_index(step, 0), fd);
}

static void run_epoll_ctl(struct step *step)
{
	struct epoll_event event = {
		.events = (uint32_t)num_arg(step, 3),
		.data.u64 = 0x1234567800000000ULL + (unsigned long)slot_index(step, 2),
	};

	result(epoll_ctl(fd_arg(step, 0), (int)num_arg(step, 1), fd_arg(step, 2), &event));
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *one = a, *two = b;

	if (one->data.u64 != two->data.u64)
		return one->data.u64 < two->data.u64 ? -1 : 1;
	return (one->events > two->events) - (one->events < two->events);
}

/*
 * In the order of their data: which of two members was ready first is known on
 * each side, and not across them.
 */
static void run_epoll_wait(struct step *step)
{
	struct epoll_event events[32] = { 0 };
	int most = (int)num_arg(step, 1), ms = (int)num_arg(step, 2);
	int ret = num_arg(step, 3) ?
		epoll_wait(fd_arg(step, 0), events, most, ms) :
		(int)syscall(SYS_epoll_pwait2, fd_arg(step, 0), events, most,
			     &(struct timespec){ 0, ms * 1000000L }, NULL, 8);

	result(ret);
	qsort(events, ret > 0 ? (size_t)ret : 0, sizeof(*events), by_data);
	for (int i = 0; i < ret; i++)
		say(" %llx:%#x", (unsigned long long)events[i].data.u64, events[i].events);
}

#define POLL_FOR \
	"[POLLIN POLLIN POLLOUT POLLIN|POLLOUT POLLIN|POLLRDHUP POLLIN|POLLPRI|POLLOUT 0 " \
	"POLLRDNORM|POLLWRNORM]"
#define EPOLL_FOR \
	"[EPOLLIN EPOLLIN EPOLLOUT EPOLLIN|EPOLLOUT EPOLLIN|EPOLLRDHUP EPOLLIN|EPOLLOUT|EPOLLET " \
	"EPOLLIN|EPOLLET EPOLLIN|EPOLLONESHOT EPOLLIN|EPOLLOUT|EPOLLONESHOT|EPOLLET 0 " \
	"EPOLLIN|EPOLLPRI]"
#define SHORTLY "[0 0 0 0 5]"

const struct call calls_ready[] = {
	{ "poll", run_poll,
	  "ready " POLL_FOR " ready " POLL_FOR " ready " POLL_FOR " " SHORTLY, 1, 10, W_NONE },
	{ "ppoll", run_ppoll,
	  "ready " POLL_FOR " ready " POLL_FOR " ready " POLL_FOR " " SHORTLY, 1, 5, W_NONE },
	{ "select", run_select,
	  "ready ready ready ready [0 1 3 5 15] [0 1 3 10 15] [0 0 15] " SHORTLY, 1, 8, W_NONE },
	{ "epoll", run_epoll, "new [0 EPOLL_CLOEXEC]", 1, 5, W_EPOLL },
	{ "epoll_ctl", run_epoll_ctl,
	  "epoll [EPOLL_CTL_ADD EPOLL_CTL_ADD EPOLL_CTL_ADD EPOLL_CTL_ADD EPOLL_CTL_MOD "
	  "EPOLL_CTL_DEL 9] ready "
	  EPOLL_FOR, 1, 20, W_NONE },
	{ "epoll_wait", run_epoll_wait, "epoll [16 32 0] " SHORTLY " [0 1 1]", 1, 14, W_NONE },
	{ 0 },
};
