/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Twins as the main process sees them: birth, requests, death.
 *
 * A twin begins as a control socket: the first one's goes to the nursery, each
 * other one's to the parent that asked for it. Then the new process itself says
 * STARTED with a pidfd, which is believed only if it is the sender's own. A
 * twin is gone when its pidfd is readable, which the kernel lets happen after
 * its descriptors are closed; one that never started, when the last copy of
 * its socket is closed. Then the tracer is told.
 *
 * A twin waits for an answer to one request at a time; a second one, or any
 * other message that does not fit, gets it killed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ctl.h"
#include "nursery.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "server.h"

#define BURST 32

static void on_ctl(uv_poll_t *p, int status, int events);
static void on_exit_poll(uv_poll_t *p, int status, int events);

/* --- records --- */

static void on_handle_closed(uv_handle_t *h)
{
	struct rsx_twin *t = h->data;

	if (--t->nhandles == 0)
		free(t);
}

static void forget(struct rsx_twin *t)
{
	LIST_REMOVE(t, link);
	if (t->ctl >= 0) {
		uv_close((uv_handle_t *)&t->ctl_poll, on_handle_closed);
		close(t->ctl);
	}
	if (t->pidfd >= 0) {
		uv_close((uv_handle_t *)&t->pid_poll, on_handle_closed);
		close(t->pidfd);
	}
	if (!t->nhandles)
		free(t);
}

/* A record with our end of its control socket. `ctl` is closed on failure. */
static struct rsx_twin *twin_new(struct rsx_session *s, uint32_t id, int ctl)
{
	struct rsx_twin *t = calloc(1, sizeof(*t));
	int on = 1;

	if (!t || uv_poll_init(&s->srv->loop, &t->ctl_poll, ctl)) {
		free(t);
		close(ctl);
		return NULL;
	}
	setsockopt(ctl, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	t->session = s;
	t->id = id;
	t->ctl = ctl;
	t->pidfd = -1;
	t->nhandles = 1;
	t->ctl_poll.data = t;
	uv_poll_start(&t->ctl_poll, UV_READABLE, on_ctl);
	LIST_INSERT_HEAD(&s->twins, t, link);
	return t;
}

struct rsx_twin *rsx_family_find(struct rsx_session *s, uint32_t id)
{
	struct rsx_twin *t;

	LIST_FOREACH(t, &s->twins, link)
	if (t->id == id)
		return t;
	return NULL;
}

void rsx_family_kill(struct rsx_twin *t)
{
	if (t->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, t->pidfd, SIGKILL, NULL, 0);
}

/* Its process is gone: forget it and its lanes, tell the tracer. */
static void twin_gone(struct rsx_twin *t)
{
	struct rsx_session *s = t->session;
	Rsx__Gone gone = RSX__GONE__INIT;
	bool tell = !t->silent;

	for (unsigned i = 0; i < LANE_BUCKETS; i++) {
		struct rsx_lane_rec *l, *next;

		for (l = LIST_FIRST(&s->lanes[i]); l; l = next) {
			next = LIST_NEXT(l, link);
			if (l->twin == t)
				rsx_session_lane_free(l);
		}
	}
	rsx_debug("session %016llx: twin %u is gone", (unsigned long long)s->id, t->id);
	gone.lane = t->id;
	gone.unasked = !t->bye;
	forget(t);
	if (s->control && tell)
		rsx_conn_send(s->control, RSX_MSG_GONE, &gone.base);
	else
		rsx_session_maybe_free(s);
}

static void on_exit_poll(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	twin_gone(p->data);
}

/* From now on the process has a name. `pidfd` is taken over. */
static int twin_started(struct rsx_twin *t, pid_t pid, int pidfd)
{
	if (uv_poll_init(&t->session->srv->loop, &t->pid_poll, pidfd)) {
		close(pidfd);
		return -ENOMEM;
	}
	t->pid = pid;
	t->pidfd = pidfd;
	t->nhandles++;
	t->pid_poll.data = t;
	uv_poll_start(&t->pid_poll, UV_READABLE, on_exit_poll);
	if (t->bye || !t->session->control)
		rsx_family_kill(t);
	return 0;
}

/* --- answers --- */

static void answer(struct rsx_twin *t, uint32_t lane, int err, uint32_t slot, const int *fds,
		   unsigned nfds)
{
	struct rsx_ctl msg = { .op = RSX_CTL_GRANT, .lane = lane, .err = err, .slot = slot };

	t->want_op = 0;
	if (rsx_ctl_send(t->ctl, &msg, fds, nfds, MSG_DONTWAIT))
		rsx_family_kill(t); /* it will not go on without an answer */
}

static void give_lane(struct rsx_twin *t, struct rsx_lane_rec *l)
{
	_rsx_close_ int fd = rsx_steal_fd(l->fd);
	int slot = rsx_session_give(l, t);

	answer(t, l->number, slot < 0 ? slot : 0, slot < 0 ? 0 : (uint32_t)slot, &fd,
	       slot < 0 ? 0 : 1);
	if (slot < 0)
		rsx_session_lane_free(l);
}

/* The lane's connection and a control socket for the child to come. */
static int give_twin(struct rsx_twin *parent, struct rsx_lane_rec *l)
{
	struct rsx_twin *t;
	int pair[2], fds[2], slot;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	_rsx_close_ int theirs = pair[1];

	t = twin_new(l->session, l->number, pair[0]);
	if (!t)
		return -ENOMEM;
	slot = rsx_session_give(l, t);
	if (slot < 0) {
		forget(t);
		return slot;
	}
	_rsx_close_ int fd = rsx_steal_fd(l->fd);

	fds[0] = fd;
	fds[1] = theirs;
	answer(parent, l->number, 0, (uint32_t)slot, fds, 2);
	return 0;
}

/* Answer a wait whose lane is here. */
static void satisfy(struct rsx_twin *t, struct rsx_lane_rec *l)
{
	int err;

	if (t->want_op == RSX_CTL_WANT_LANE) {
		give_lane(t, l);
		return;
	}
	err = give_twin(t, l);
	if (err) {
		answer(t, l->number, err, 0, NULL, 0);
		rsx_session_lane_free(l);
	}
}

void rsx_family_lane_came(struct rsx_session *s, struct rsx_lane_rec *l)
{
	struct rsx_twin *t;

	LIST_FOREACH(t, &s->twins, link)
	{
		if (!t->want_op || t->want_lane != l->number)
			continue;
		satisfy(t, l);
		return;
	}
}

void rsx_family_tick(struct rsx_session *s, uint64_t now)
{
	struct rsx_twin *t;

	LIST_FOREACH(t, &s->twins, link)
	{
		if (!t->want_op || now < t->want_until)
			continue;
		rsx_note("lane %u was announced but never came", t->want_lane);
		answer(t, t->want_lane, -ETIMEDOUT, 0, NULL, 0);
	}
}

/* --- what twins say: 0 or -EPROTO --- */

static int on_want(struct rsx_twin *t, struct rsx_ctl_in *in)
{
	struct rsx_lane_rec *l = rsx_session_lane(t->session, in->msg.lane);

	if (t->want_op)
		return -EPROTO;
	t->want_op = in->msg.op;
	t->want_lane = in->msg.lane;
	t->want_until = uv_now(&t->session->srv->loop) + RSX_HANDSHAKE_MS;
	if (l && l->twin)
		answer(t, in->msg.lane, -EEXIST, 0, NULL, 0);
	else if (l)
		satisfy(t, l);
	return 0;
}

static int on_no_fork(struct rsx_twin *t, struct rsx_ctl_in *in)
{
	struct rsx_twin *child = rsx_family_find(t->session, in->msg.lane);

	if (t->want_op)
		return -EPROTO;
	if (child && child != t && !child->pid)
		child->silent = true; /* its socket will close presently */
	answer(t, in->msg.lane, 0, 0, NULL, 0);
	return 0;
}

static int on_ended(struct rsx_twin *t, struct rsx_ctl_in *in)
{
	struct rsx_lane_rec *l = rsx_session_lane(t->session, in->msg.lane);

	if (l && l->twin == t)
		rsx_session_lane_free(l);
	return 0;
}

static int on_hostile(struct rsx_twin *t, struct rsx_ctl_in *in)
{
	(void)in;
	rsx_session_end(t->session, RSX__ERROR__CODE__PROTOCOL,
			"a call that does not fit the protocol");
	return 0;
}

/* Does this pidfd stand for this pid? Unknown (no /proc) is no. */
static bool pidfd_is(int pidfd, pid_t pid)
{
	char path[64], line[128];
	bool is = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Pid:", 4))
			is = strtol(line + 4, NULL, 10) == (long)pid;
	if (f)
		fclose(f);
	return is;
}

/*
 * The kernel vouches for the sender's pid. Without /proc to look at the
 * pidfd it sent, one of our own will do: the sender has just been alive.
 */
static int on_started(struct rsx_twin *t, struct rsx_ctl_in *in)
{
	int pidfd;

	if (t->pid || in->pid <= 0)
		return -EPROTO;
	if (in->nfds == 1 && pidfd_is(in->fd[0], in->pid)) {
		pidfd = rsx_steal_fd(in->fd[0]);
		in->nfds = 0;
	} else {
		if (!access("/proc/self/fdinfo", F_OK))
			return -EPROTO;
		pidfd = (int)syscall(SYS_pidfd_open, in->pid, 0);
	}
	return pidfd < 0 ? -EPROTO : twin_started(t, in->pid, pidfd);
}

static int (*const handlers[])(struct rsx_twin *, struct rsx_ctl_in *) = {
	[RSX_CTL_WANT_LANE] = on_want,	[RSX_CTL_WANT_TWIN] = on_want,
	[RSX_CTL_NO_FORK] = on_no_fork, [RSX_CTL_STARTED] = on_started,
	[RSX_CTL_ENDED] = on_ended,	[RSX_CTL_HOSTILE] = on_hostile,
};

static void on_ctl(uv_poll_t *p, int status, int events)
{
	struct rsx_twin *t = p->data;

	(void)status;
	(void)events;
	for (unsigned i = 0; i < BURST; i++) {
		struct rsx_session *s = t->session;
		bool had_control = s->control != NULL;
		struct rsx_ctl_in in;
		int r = rsx_ctl_recv(t->ctl, &in, MSG_DONTWAIT);

		if (r == -EAGAIN)
			return;
		if (r > 0) {
			bool known = in.msg.op < RSX_ARRAY_SIZE(handlers) && handlers[in.msg.op];

			r = known ? handlers[in.msg.op](t, &in) : -EPROTO;
			rsx_ctl_drop_fds(&in);
			if (!r && had_control && !s->control)
				return; /* the session has ended meanwhile */
			if (!r)
				continue;
		}
		/* its end, or nonsense: without this socket it cannot live */
		uv_poll_stop(&t->ctl_poll);
		if (t->pidfd < 0)
			twin_gone(t);
		else
			rsx_family_kill(t);
		return;
	}
}

/* --- the first twin --- */

int rsx_family_first(struct rsx_session *s, struct rsx_lane_rec *l)
{
	struct rsx_twin *t;
	int pair[2], slot, err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	_rsx_close_ int theirs = pair[1];

	t = twin_new(s, l->number, pair[0]);
	if (!t)
		return -ENOMEM;
	slot = rsx_session_give(l, t);
	if (slot < 0)
		return slot;
	err = rsx_nursery_twin(s->srv->nursery, theirs, s->memory);
	if (err)
		return err;
	_rsx_close_ int fd = rsx_steal_fd(l->fd);

	answer(t, l->number, 0, (uint32_t)slot, &fd, 1);
	return 0;
}
