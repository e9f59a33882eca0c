/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keeper.h. An answer that does not come, or does not fit, is the loss of the connection. */
#include "keeper.h"

#include <errno.h>
#include <stdlib.h>

#include "direct.h"
#include "op.h"
#include "tracee.h"
#include "tracer.h"

struct keeper {
	struct lane *lane;
	pid_t pid;
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
	err = direct_call(k->lane, &k->arena, row, args, &ret);
	if (!err)
		return ret;
	tracer_lost(tr, err == -ETIMEDOUT ? "the server has been silent for too long" :
					    "the connection to the server broke");
	return -EIO;
}

void keeper_end(struct tracer *tr)
{
	keeper_free(tr, tr->keeper);
	tr->keeper = NULL;
}
