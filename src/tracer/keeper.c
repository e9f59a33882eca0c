/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See keeper.h. Calls are sent and awaited here and now; an answer that does
 * not come, or does not fit, is the loss of the connection.
 */
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "op.h"
#include "rsx/frame.h"
#include "tracee.h"
#include "tracer.h"

#define KEEPER_ARENA_MAX ((size_t)4 << 20)

struct keeper {
	struct lane *lane;
	struct rsx_arena arena;
};

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
	rsx_arena_init(&k->arena, KEEPER_ARENA_MAX);
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
	tr->keeper = k;
	return 0;
}

/* The reply to call `id`. 0 or -errno: the connection is lost. */
static int await_reply(struct lane *l, uint32_t id, struct rsx_msg_in *m)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	int err;

	while ((err = rsx_rx_next(&l->rx, MSG_DONTWAIT, m)) == -EAGAIN || err == -EINTR)
		if (poll(&p, 1, RSX_SILENCE_MS) == 0)
			return -ETIMEDOUT;
	if (err != 1)
		return err ? err : -ECONNRESET;
	return m->prefix.type == RSX_MSG_REPLY && m->prefix.call == id ? 0 : -EBADMSG;
}

int64_t keeper_call(struct tracer *tr, const struct rsx_syscall *row,
		    const uint64_t args[RSX_MAX_ARGS])
{
	struct keeper *k = tr->keeper;
	struct rsx_frame f = { 0 };
	struct rsx_msg_out out;
	struct rsx_msg_in m;
	uint32_t id;
	int err;

	if (!k || tr->session.lost || k->lane->broken)
		return -EIO;
	rsx_arena_reset(&k->arena);
	id = ++k->lane->next_call;
	self_strings(&f, row, args);
	err = rsx_capture(&f, row, args, 0, &self_mem, &k->arena);
	if (!err)
		err = rsx_msg_pack_call(&out, RSX_MSG_CALL, k->lane->id, id, &f, &k->arena);
	if (err)
		return err;
	err = lane_send_now(k->lane, &out);
	if (!err)
		err = await_reply(k->lane, id, &m);
	if (!err)
		err = rsx_msg_unpack_reply(&f, &m, &k->arena);
	if (err) {
		k->lane->broken = true;
		tracer_lost(tr, err == -ETIMEDOUT ? "the server has been silent for too long" :
						    "the connection to the server broke");
		return -EIO;
	}
	return rsx_commit(&f, &self_mem, &k->arena);
}

void keeper_end(struct tracer *tr)
{
	keeper_free(tr, tr->keeper);
	tr->keeper = NULL;
}
