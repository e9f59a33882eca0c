/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keeper.h. An answer that does not come, or does not fit, is the loss of the connection. */
#include "passing/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "direct.h"
#include "op.h"
#include "tracee.h"
#include "tracer.h"

/* A call that was sent and is not answered yet. */
struct asked {
	struct asked *next;
	uint32_t id;
	struct rsx_frame frame;
	struct rsx_arena arena;
	keeper_done *done;
	void *ctx;
};

struct keeper {
	struct lane *lane;
	pid_t pid;
	struct rsx_arena arena;
	struct asked *first, **last; /* in the order in which answers come */
	bool heard; /* the loop listens to the lane */
};

static void lost(struct tracer *tr, int err)
{
	tracer_lost(tr, err == -ETIMEDOUT ? "the server has been silent for too long" :
					    "the connection to the server broke");
}

/* The first one has its answer, or never gets it. */
static void answered(struct keeper *k, int err)
{
	struct asked *a = k->first;
	int64_t ret = err ? -EIO : rsx_commit(&a->frame, &self_mem, &a->arena);

	k->first = a->next;
	if (!k->first)
		k->last = &k->first;
	a->done(a->ctx, ret);
	rsx_arena_done(&a->arena);
	free(a);
}

/* Take answers; `all`: wait for them. 0, or -errno: the lane is broken. */
static int take_answers(struct tracer *tr, struct keeper *k, bool all)
{
	int err = 0;

	while (k->first && !err) {
		err = direct_receive(k->lane, &k->first->arena, &k->first->frame, k->first->id, all);
		if (err == -EAGAIN)
			return 0;
		if (!err)
			answered(k, 0);
	}
	if (err) {
		k->lane->broken = true;
		lost(tr, err);
		keeper_lost(tr);
	}
	return err;
}

void keeper_lost(struct tracer *tr)
{
	struct keeper *k = tr->keeper;

	if (k && k->heard)
		epoll_ctl(tr->epoll, EPOLL_CTL_DEL, k->lane->fd, NULL);
	if (k)
		k->heard = false;
	while (k && k->first)
		answered(k, -EIO);
}

void keeper_serve(struct tracer *tr)
{
	struct keeper *k = tr->keeper;
	struct rsx_msg_in m;
	int err;

	if (!k || !k->heard || take_answers(tr, k, false) || k->first)
		return;
	/* nothing was asked, so what has come is the end */
	err = rsx_rx_next(&k->lane->rx, MSG_DONTWAIT, &m);
	if (err == -EAGAIN || err == -EINTR)
		return;
	k->lane->broken = true;
	lost(tr, err);
	keeper_lost(tr);
}

/* From now on answers are heard without being waited for. */
static void hear(struct tracer *tr, struct keeper *k)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = &tr->keeper };

	if (!k->heard && !epoll_ctl(tr->epoll, EPOLL_CTL_ADD, k->lane->fd, &e))
		k->heard = true;
}

int keeper_ask(struct tracer *tr, const struct rsx_syscall *row,
	       const uint64_t args[RSX_MAX_ARGS], keeper_done *done, void *ctx)
{
	struct keeper *k = tr->keeper;
	struct asked *a;
	int err;

	if (!k || tr->session.lost || k->lane->broken)
		return -EIO;
	hear(tr, k);
	a = k->heard ? calloc(1, sizeof(*a)) : NULL;
	if (!a)
		return -ENOMEM;
	a->done = done;
	a->ctx = ctx;
	rsx_arena_init(&a->arena, DIRECT_ARENA_MAX);
	self_strings(&a->frame, row, args);
	err = rsx_capture(&a->frame, row, args, 0, &self_mem, &a->arena);
	if (!err && direct_send(k->lane, &a->arena, &a->frame, &a->id)) {
		k->lane->broken = true;
		lost(tr, -EIO);
		err = -EIO;
	}
	if (err) {
		rsx_arena_done(&a->arena);
		free(a);
		return err;
	}
	if (!k->last)
		k->last = &k->first;
	*k->last = a;
	k->last = &a->next;
	return 0;
}

static void keeper_free(struct tracer *tr, struct keeper *k)
{
	if (!k)
		return;
	session_bye(&tr->session, k->lane->id);
	lane_free(k->lane);
	rsx_arena_done(&k->arena);
	free(k);
}

int64_t keeper_need(struct tracee *t)
{
	struct tracer *tr = t->tracer;
	Rsx__Fork fork = RSX__FORK__INIT;
	struct rsx_msg_out out;
	struct keeper *k;
	uint32_t id;
	int64_t ret;

	if (tr->keeper)
		return 0;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	rsx_arena_init(&k->arena, DIRECT_ARENA_MAX);
	k->lane = session_lane(&tr->session);
	if (!k->lane) {
		free(k);
		return -ENOMEM;
	}
	fork.lane = k->lane->id;
	fork.keeper = true;
	id = ++t->lane->next_call;
	ret = rsx_msg_pack(&out, RSX_MSG_FORK, t->lane->id, id, &fork.base, &t->call.arena);
	if (!ret)
		ret = op_request(t, &out, id);
	if (ret < 0 || tr->keeper) {
		/* in vain, or another thread was faster */
		keeper_free(tr, k);
		return ret < 0 ? ret : 0;
	}
	k->pid = (pid_t)ret;
	tr->keeper = k;
	return 0;
}

pid_t keeper_pid(const struct tracer *tr)
{
	return tr->keeper ? tr->keeper->pid : 0;
}

int64_t keeper_call(struct tracer *tr, const struct rsx_syscall *row,
		    const uint64_t args[RSX_MAX_ARGS])
{
	struct keeper *k = tr->keeper;
	int64_t ret;
	int err;

	if (!k || tr->session.lost || k->lane->broken)
		return -EIO;
	/* what was asked before is answered before */
	if (take_answers(tr, k, true))
		return -EIO;
	err = direct_call(k->lane, &k->arena, row, args, &ret);
	if (!err)
		return ret;
	lost(tr, err);
	return -EIO;
}

void keeper_end(struct tracer *tr)
{
	/* answers that nobody waits for any more come first on the lane */
	if (tr->keeper && tr->keeper->first)
		tr->keeper->lane->broken = true;
	keeper_lost(tr);
	keeper_free(tr, tr->keeper);
	tr->keeper = NULL;
}
