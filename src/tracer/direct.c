/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See direct.h. */
#include "direct.h"

#include <errno.h>
#include <poll.h>

#include "rsx/frame.h"
#include "session.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

static int check_reply(const struct rsx_msg_in *m, uint32_t id)
{
	return m->prefix.type == RSX_MSG_REPLY && m->prefix.call == id ? 0 : -EBADMSG;
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
	return check_reply(m, id);
}

int direct_send(struct lane *l, struct rsx_arena *arena, struct rsx_frame *f, uint32_t *ret_id)
{
	struct rsx_msg_out out;
	uint32_t id = ++l->next_call;
	int err = rsx_msg_pack_call(&out, RSX_MSG_CALL, l->id, id, f, arena);

	if (!err)
		err = lane_send_now(l, &out);
	if (!err)
		*ret_id = id;
	return err;
}

int direct_receive(struct lane *l, struct rsx_arena *arena, struct rsx_frame *f, uint32_t id,
		   bool wait)
{
	struct rsx_msg_in m;
	int err;

	if (wait) {
		err = await_reply(l, id, &m);
	} else {
		err = rsx_rx_next(&l->rx, MSG_DONTWAIT, &m);
		if (err == -EAGAIN || err == -EINTR)
			return -EAGAIN;
		err = err == 1 ? check_reply(&m, id) : err ? err : -ECONNRESET;
	}
	if (!err)
		err = rsx_msg_unpack_reply(f, &m, arena);
	return err || rsx_result_fits(f) ? err : -EBADMSG;
}

int direct_call(struct lane *l, struct rsx_arena *arena, const struct rsx_syscall *row,
		const uint64_t args[RSX_MAX_ARGS], int64_t *ret)
{
	struct rsx_frame f = { 0 };
	uint32_t id = 0;
	int err;

	rsx_arena_reset(arena);
	self_strings(&f, row, args);
	*ret = rsx_capture(&f, row, args, 0, &self_mem, arena);
	if (*ret)
		return 0;
	err = direct_send(l, arena, &f, &id);
	if (!err)
		err = direct_receive(l, arena, &f, id, true);
	if (err) {
		l->broken = true;
		return err;
	}
	*ret = rsx_commit(&f, &self_mem, arena);
	return 0;
}

void direct_settle(struct tracee *t)
{
	struct tracer *tr = t->tracer;
	int64_t ret;

	if (!t->lane || t->lane->broken || tr->session.lost)
		return;
	/* a lane's calls are made in turn: this one's answer is all the others' */
	if (direct_call(t->lane, &tr->session.arena, ROW(getuid), OP_ARGS(0), &ret))
		tracer_lost(tr, "the connection to the server broke");
}
