/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See parcel.h. The way is a datagram with SCM_RIGHTS to an abstract unix
 * address: calls that every twin may make anyhow. The receiver asks for
 * SCM_CREDENTIALS and believes nobody but the processes it waits for; names
 * have 128 random bits.
 */
#include "passing/parcel.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "op.h"
#include "passing/keeper.h"
#include "rsx/control.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

/* What came to the keeper before it was asked for. */
struct arrived {
	struct arrived *next;
	uint64_t id;
	int fd;
};

socklen_t parcel_random_name(struct sockaddr_un *sun)
{
	uint64_t r[2] = { 0 };
	int n;

	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return 0;
	n = snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "rsx-%016llx%016llx",
		     (unsigned long long)r[0], (unsigned long long)r[1]);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

void parcel_init(struct parcel *p, struct sockaddr_un *to, socklen_t len, uint64_t id)
{
	memset(p, 0, sizeof(*p));
	p->id = id;
	p->iov = (struct iovec){ &p->id, sizeof(p->id) };
	p->m = (struct msghdr){ .msg_name = to, .msg_namelen = len, .msg_iov = &p->iov,
				.msg_iovlen = 1, .msg_control = p->room.bytes,
				.msg_controllen = sizeof(p->room.bytes) };
}

void parcel_put(struct parcel *p, int fd)
{
	p->room.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(&p->room.align), &fd, sizeof(fd));
	p->m.msg_controllen = CMSG_SPACE(sizeof(fd));
}

int parcel_fd(struct parcel *p, pid_t *ret_pid)
{
	struct rsx_cmsg c = { 0 };
	struct ucred cred;
	int fd = -1;

	*ret_pid = 0;
	while (rsx_cmsg_next(p->room.bytes, p->m.msg_controllen, &c)) {
		if (rsx_cmsg_fds(&c) == 1)
			fd = rsx_cmsg_fd(&c, 0);
		if (c.level == SOL_SOCKET && c.type == SCM_CREDENTIALS && c.len >= sizeof(cred)) {
			memcpy(&cred, c.data, sizeof(cred));
			*ret_pid = cred.pid;
		}
	}
	return fd;
}

/* --- to the keeper --- */

static int64_t box_need(struct tracer *tr)
{
	struct post *post = &tr->post;
	int64_t s, err;
	int one = 1;

	if (post->box)
		return 0;
	post->name_len = parcel_random_name(&post->name);
	if (!post->name_len)
		return -EAGAIN;
	s = keeper_call(tr, ROW(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (s < 0)
		return s;
	err = keeper_call(tr, ROW(setsockopt), OP_ARGS((uint64_t)s, SOL_SOCKET, SO_PASSCRED,
						       (uintptr_t)&one, sizeof(one)));
	if (!err)
		err = keeper_call(tr, ROW(bind), OP_ARGS((uint64_t)s, (uintptr_t)&post->name,
							 post->name_len));
	if (err) {
		keeper_call(tr, ROW(close), OP_ARGS((uint64_t)s));
		return err;
	}
	post->box = (int)s + 1;
	return 0;
}

void parcel_close(struct tracer *tr, int fd)
{
	if (!tr->session.lost)
		keeper_call(tr, ROW(close), OP_ARGS((uint64_t)fd));
}

bool parcel_is_twin(const struct tracer *tr, pid_t pid)
{
	const struct process *p = tr->processes;

	while (p && p->twin->pid != pid)
		p = p->next;
	return p && pid > 0;
}

/* The keeper's number of parcel `id`. Others, that came meanwhile, are put aside. */
static int64_t keeper_receive(struct tracer *tr, uint64_t id)
{
	struct post *post = &tr->post;

	for (struct arrived **at = &post->arrived; *at; at = &(*at)->next) {
		struct arrived *a = *at;
		int fd = a->fd;

		if (a->id != id)
			continue;
		*at = a->next;
		free(a);
		return fd;
	}
	for (;;) {
		struct parcel p;
		struct arrived *a;
		pid_t pid;
		int64_t n;
		int fd;

		parcel_init(&p, NULL, 0, 0);
		n = keeper_call(tr, ROW(recvmsg), OP_ARGS((uint64_t)(post->box - 1),
							  (uintptr_t)&p.m, MSG_DONTWAIT));
		if (n < 0)
			return n;
		fd = parcel_fd(&p, &pid);
		if (fd >= 0 && parcel_is_twin(tr, pid) && p.id == id)
			return fd;
		a = fd >= 0 && parcel_is_twin(tr, pid) ? calloc(1, sizeof(*a)) : NULL;
		if (a) {
			*a = (struct arrived){ post->arrived, p.id, fd };
			post->arrived = a;
		} else if (fd >= 0) {
			parcel_close(tr, fd);
		}
	}
}

int64_t parcel_give(struct tracee *t, int twin)
{
	struct tracer *tr = t->tracer;
	uint64_t id = ++tr->post.last_id;
	struct parcel p;
	int64_t s, ret;

	ret = keeper_need(t);
	if (!ret)
		ret = box_need(tr);
	if (ret)
		return ret;
	s = op_remote(t, ROW(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC));
	if (s < 0)
		return s;
	parcel_init(&p, &tr->post.name, tr->post.name_len, id);
	parcel_put(&p, twin);
	ret = op_remote(t, ROW(sendmsg), OP_ARGS((uint64_t)s, (uintptr_t)&p.m, 0));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)s));
	return ret < 0 ? ret : keeper_receive(tr, id);
}

int64_t parcel_take(struct tracee *t, int kept)
{
	struct sockaddr_un name;
	socklen_t len = parcel_random_name(&name);
	int one = 1, fd = -1;
	struct parcel p;
	int64_t s, ret;
	pid_t pid = 0;

	s = op_remote(t, ROW(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (s < 0)
		return s;
	ret = op_remote(t, ROW(setsockopt), OP_ARGS((uint64_t)s, SOL_SOCKET, SO_PASSCRED,
						    (uintptr_t)&one, sizeof(one)));
	if (!ret)
		ret = op_remote(t, ROW(bind), OP_ARGS((uint64_t)s, (uintptr_t)&name, len));
	if (!ret) {
		parcel_init(&p, &name, len, 0);
		parcel_put(&p, kept);
		ret = keeper_call(t->tracer, ROW(sendmsg),
				  OP_ARGS((uint64_t)(t->tracer->post.box - 1),
					  (uintptr_t)&p.m, 0));
	}
	while (ret >= 0 && pid != keeper_pid(t->tracer)) {
		if (fd >= 0)
			call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)fd));
		parcel_init(&p, NULL, 0, 0);
		ret = op_remote(t, ROW(recvmsg), OP_ARGS((uint64_t)s, (uintptr_t)&p.m, MSG_DONTWAIT));
		fd = ret < 0 ? -1 : parcel_fd(&p, &pid);
	}
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)s));
	if (ret >= 0 && fd < 0)
		ret = -EMFILE; /* it found no room */
	return ret < 0 ? ret : fd;
}

void parcel_end(struct tracer *tr)
{
	while (tr->post.arrived) {
		struct arrived *a = tr->post.arrived;

		tr->post.arrived = a->next;
		free(a);
	}
}
