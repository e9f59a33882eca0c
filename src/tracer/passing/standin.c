/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See standin.h. The tracer has no way of its own into a table of descriptors
 * (pidfd_getfd(2) takes, and is often forbidden; nothing gives), so the traced
 * program itself sends and receives, with parcels as between twins.
 */
#include "passing/standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "op.h"
#include "passing/keeper.h"
#include "passing/parcel.h"
#include "passing/transit.h"
#include "scratch.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define NR(call) (ROW(call)->nr[RSX_ARCH_NATIVE])
#define OUT_OF_THE_WAY 64 /* above the highest remote number: where ours is put */

struct standin {
	struct standin *next;
	uint64_t id;
	dev_t dev;
	ino_t ino;
	int kept; /* the keeper's end, -1: not yet */
	int fd;	  /* a copy of the local descriptor, -1: not yet */
	uint64_t transit; /* of an epoll instance's remote members, or 0 */
};

static struct standin *by_id(const struct tracer *tr, uint64_t id)
{
	struct standin *s = tr->standins.list;

	while (s && s->id != id)
		s = s->next;
	return s;
}

static void drop(struct tracer *tr, struct standin *s)
{
	struct standin **at = &tr->standins.list;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	if (s->kept >= 0)
		parcel_close(tr, s->kept);
	if (s->fd >= 0)
		close(s->fd);
	if (s->transit)
		transit_sent(tr, s->transit, false);
	free(s);
}

/* --- between a tracee and the tracer --- */

static int box_need(struct tracer *tr)
{
	struct standins *all = &tr->standins;
	int one = 1, s, err = 0;

	if (all->box)
		return 0;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	all->name_len = parcel_random_name(&all->name);
	if (setsockopt(s, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) ||
	    bind(s, (struct sockaddr *)&all->name, all->name_len)) {
		err = -errno;
		close(s);
		return err;
	}
	all->box = s + 1;
	return 0;
}

/* What has come is put to the stand-in that it is for. */
static void receive_all(struct tracer *tr)
{
	for (;;) {
		struct standin *s;
		struct parcel p;
		pid_t pid;
		int fd;

		parcel_init(&p, NULL, 0, 0);
		if (recvmsg(tr->standins.box - 1, &p.m, MSG_CMSG_CLOEXEC) < 0)
			return;
		fd = parcel_fd(&p, &pid);
		s = fd >= 0 && process_find(tr, pid) ? by_id(tr, p.id) : NULL;
		if (s && s->fd < 0)
			s->fd = fd;
		else if (fd >= 0)
			close(fd);
	}
}

/* A parcel and a name in t's scratch page; the addresses in it are t's. */
struct page {
	struct parcel p;
	struct sockaddr_un name;
};

static uint64_t put_page(struct tracee *t, struct page *page)
{
	uint64_t at = scratch_rw(t);

	if (!at)
		return 0;
	if (page->p.m.msg_name)
		page->p.m.msg_name = (void *)(uintptr_t)(at + offsetof(struct page, name));
	page->p.m.msg_iov = (void *)(uintptr_t)(at + offsetof(struct page, p.iov));
	page->p.m.msg_control = (void *)(uintptr_t)(at + offsetof(struct page, p.room));
	page->p.iov.iov_base = (void *)(uintptr_t)(at + offsetof(struct page, p.id));
	return tracee_write(t, at, page, sizeof(*page)) ? 0 : at;
}

/* t sends a copy of its descriptor to the tracer. */
static int64_t send_copy(struct tracee *t, int fd, uint64_t id)
{
	struct standins *all = &t->tracer->standins;
	struct page page = { .name = all->name };
	int64_t s, ret;
	uint64_t at;

	s = op_native(t, NR(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC));
	if (s < 0)
		return s;
	parcel_init(&page.p, &page.name, all->name_len, id);
	parcel_put(&page.p, fd);
	at = put_page(t, &page);
	ret = at ? op_native(t, NR(sendmsg), OP_ARGS((uint64_t)s, at + offsetof(struct page, p.m),
						     MSG_DONTWAIT)) : -ENOMEM;
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)s));
	receive_all(t->tracer);
	return ret < 0 ? ret : 0;
}

/* A socket of t's to receive with, that does not take the number that is next. */
static int64_t receiver(struct tracee *t, struct sockaddr_un *name, socklen_t *len)
{
	struct page page = { .p.id = 1 };
	int64_t low, s, ret;
	uint64_t at;

	low = op_native(t, NR(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC));
	if (low < 0)
		return low;
	s = op_native(t, NR(fcntl), OP_ARGS((uint64_t)low, F_DUPFD_CLOEXEC,
					    (uint64_t)t->fds->top + OUT_OF_THE_WAY));
	if (s >= 0)
		op_native(t, arch_nr.close, OP_ARGS((uint64_t)low));
	else
		s = low; /* near the limit */
	*len = parcel_random_name(name);
	page.name = *name;
	at = put_page(t, &page);
	ret = !at || !*len ? -ENOMEM : 0;
	if (!ret)
		ret = op_native(t, NR(setsockopt), OP_ARGS((uint64_t)s, SOL_SOCKET, SO_PASSCRED,
							   at + offsetof(struct page, p.id),
							   sizeof(int)));
	if (!ret)
		ret = op_native(t, NR(bind), OP_ARGS((uint64_t)s, at + offsetof(struct page, name),
						     *len));
	if (!ret)
		return s;
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)s));
	return ret;
}

/* t receives: its new number, or -errno. What others have sent is thrown away. */
static int64_t receive_copy(struct tracee *t, int64_t s, bool cloexec)
{
	uint64_t flags = MSG_DONTWAIT | (cloexec ? MSG_CMSG_CLOEXEC : 0);

	for (;;) {
		struct page page = { .name = { 0 } };
		uint64_t at;
		int64_t ret;
		pid_t pid;
		int fd;

		parcel_init(&page.p, NULL, 0, 0);
		at = put_page(t, &page);
		if (!at)
			return -ENOMEM;
		ret = op_native(t, NR(recvmsg), OP_ARGS((uint64_t)s, at + offsetof(struct page, p.m),
							flags));
		if (ret < 0)
			return ret;
		if (tracee_read(t, at, &page, sizeof(page)))
			return -EFAULT;
		fd = parcel_fd(&page.p, &pid);
		if (pid == getpid())
			return fd >= 0 ? fd : -EMFILE;
		if (fd >= 0)
			op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
	}
}

/* --- stand-ins --- */

/* A pair over there: one end for the message, the other one for the keeper. */
static int64_t make_pair(struct tracee *t, uint64_t id)
{
	struct standin *s;
	struct stat st;
	int64_t err, kept;
	int sv[2];

	err = op_remote(t, ROW(socketpair), OP_ARGS(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
						    (uintptr_t)sv));
	if (err)
		return err;
	err = op_remote(t, ROW(fstat), OP_ARGS((uint64_t)sv[0], (uintptr_t)&st));
	kept = err ? err : parcel_give(t, sv[1]);
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)sv[1]));
	s = by_id(t->tracer, id);
	if (kept >= 0 && s) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
		s->kept = (int)kept;
		return sv[0];
	}
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)sv[0]));
	return kept < 0 ? kept : -ESRCH;
}

/* A new one with a copy of t's descriptor; *ret_id is its number. 0 or -errno. */
static int64_t with_copy(struct tracee *t, int fd, uint64_t *ret_id)
{
	struct tracer *tr = t->tracer;
	struct standin *s;
	int64_t ret;

	ret = box_need(tr);
	s = ret ? NULL : calloc(1, sizeof(*s));
	if (!s)
		return ret ? ret : -ENOMEM;
	*ret_id = ++tr->standins.last_id;
	*s = (struct standin){ .next = tr->standins.list, .id = *ret_id, .kept = -1, .fd = -1 };
	tr->standins.list = s;
	ret = send_copy(t, fd, *ret_id);
	s = by_id(tr, *ret_id);
	if (!ret && (!s || s->fd < 0))
		ret = -EIO;
	if (ret && s)
		drop(tr, s);
	return ret;
}

int64_t standin_copy(struct tracee *t, int fd)
{
	uint64_t id;
	int64_t ret = with_copy(t, fd, &id);
	struct standin *s = ret ? NULL : by_id(t->tracer, id);

	if (!s)
		return ret ? ret : -EIO;
	ret = s->fd;
	s->fd = -1;
	drop(t->tracer, s);
	return ret;
}

/* What an epoll instance has over there goes another way, as long as the stand-in is there. */
static void add_transit(struct tracee *t, int fd, uint64_t id)
{
	int err;
	struct transit *x = fdtable_epoll(t->fds, fd) ? transit_send(t, fd, &err) : NULL;
	struct standin *s = by_id(t->tracer, id);

	if (x && s)
		s->transit = transit_id(x);
	else if (x)
		transit_sent(t->tracer, transit_id(x), false);
}

int64_t standin_make(struct tracee *t, int fd)
{
	uint64_t id;
	int64_t ret = with_copy(t, fd, &id);
	struct standin *s;

	if (ret)
		return ret;
	add_transit(t, fd, id);
	ret = make_pair(t, id);
	s = by_id(t->tracer, id);
	if (ret < 0 && s)
		drop(t->tracer, s);
	return ret;
}

static struct standin *find(const struct tracer *tr, const struct stat *st)
{
	struct standin *s = tr->standins.list;

	while (s && (s->kept < 0 || s->ino != st->st_ino || s->dev != st->st_dev))
		s = s->next;
	return s;
}

bool standin_is(const struct tracer *tr, const struct stat *st)
{
	return find(tr, st) != NULL;
}

int64_t standin_take(struct tracee *t, const struct stat *st, bool cloexec)
{
	struct sockaddr_un name;
	struct standin *s;
	struct parcel p;
	socklen_t len;
	int64_t at = receiver(t, &name, &len), ret = 0;

	if (at < 0)
		return at;
	s = find(t->tracer, st);
	parcel_init(&p, &name, len, 0);
	if (s)
		parcel_put(&p, s->fd);
	if (!s || sendmsg(t->tracer->standins.box - 1, &p.m, MSG_NOSIGNAL) < 0)
		ret = s ? -errno : -EBADF;
	if (!ret)
		ret = receive_copy(t, at, cloexec);
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)at));
	s = find(t->tracer, st);
	if (ret >= 0 && s && s->transit)
		transit_arrive(t, (int)ret, true);
	return ret;
}

void standin_sweep(struct tracer *tr)
{
	struct standin *s, *next;
	char c;

	for (s = tr->session.lost ? NULL : tr->standins.list; s; s = next) {
		next = s->next;
		/* the end of the connection: no descriptor is left */
		if (s->kept >= 0 && !keeper_call(tr, ROW(recvfrom),
						 OP_ARGS((uint64_t)s->kept, (uintptr_t)&c, 1,
							 MSG_DONTWAIT | MSG_PEEK)))
			drop(tr, s);
	}
}

void standin_end(struct tracer *tr)
{
	while (tr->standins.list) {
		struct standin *s = tr->standins.list;

		tr->standins.list = s->next;
		if (s->fd >= 0)
			close(s->fd);
		free(s);
	}
	if (tr->standins.box)
		close(tr->standins.box - 1);
	tr->standins.box = 0;
}
