/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lane's thread: receive -> execute -> send, with plain blocking calls.
 *
 * Happy path: a CALL comes, its reply goes, the next one comes. A FORK leaves
 * two processes in this loop: the parent answers, the child goes on with its
 * own lane. Ends: the connection closes (EOF), the main process says DROP and
 * signals us out of whatever blocks, or the peer breaks the protocol.
 *
 * Between calls a thread may spin for a moment instead of sleeping: only for
 * a peer on this machine, only if the gap before was short, and rarely once
 * spinning was in vain (the peer then waits for our CPU).
 */
#include "twin.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "rsx/log.h"
#include "title.h"

#define SPIN_NS		 50000
#define SPIN_PLACED_NS	 200000 /* the peer asked for it */
#define SPIN_STOLEN_NS	 4000 /* one look takes far less: we did not run */
#define SPIN_BACKOFF_MAX 127

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static bool dropped(const struct rsx_lane *l)
{
	return atomic_load_explicit(&l->slot->drop, memory_order_relaxed);
}

static void spin_in_vain(struct rsx_lane *l)
{
	l->spin_backoff = l->spin_backoff * 2 + 1;
	if (l->spin_backoff > SPIN_BACKOFF_MAX)
		l->spin_backoff = SPIN_BACKOFF_MAX;
	l->spin_skip = l->spin_backoff;
}

/*
 * Look for the next message without sleeping; -EAGAIN when time is over. A
 * message that came while something else ran on our CPU counts as in vain: as
 * likely as not that was the peer, and sleeping would have been quicker.
 */
static int spin(struct rsx_lane *l, int64_t from, struct rsx_msg_in *msg)
{
	const int64_t most = l->pinned ? SPIN_PLACED_NS : SPIN_NS;
	size_t have = l->rx.end;
	int64_t last = from, now;

	do {
		int r = rsx_rx_next(&l->rx, MSG_DONTWAIT, msg);

		now = now_ns();
		if (r == -EAGAIN && l->rx.end != have) {
			/* a part of a large one: the rest is on its way */
			have = l->rx.end;
			from = last = now;
			continue;
		}
		if (r != -EAGAIN) {
			if (now - last > SPIN_STOLEN_NS && !l->pinned)
				spin_in_vain(l);
			else if (last != from) /* else it was there already */
				l->spin_backoff = 0;
			return r;
		}
		if (now - last > SPIN_STOLEN_NS && !l->pinned)
			break;
		last = now;
	} while (now - from < most && !dropped(l));
	spin_in_vain(l);
	return -EAGAIN;
}

static int receive(struct rsx_lane *l, struct rsx_msg_in *msg)
{
	int r;

	if (!l->may_spin)
		return rsx_rx_next(&l->rx, 0, msg);
	do {
		if (l->spin_skip) {
			l->spin_skip--;
		} else {
			r = spin(l, now_ns(), msg);
			if (r != -EAGAIN)
				return r;
		}
		r = rsx_rx_next(&l->rx, 0, msg);
		/* a part of a large one: worth looking for the rest */
		if (r == -EAGAIN)
			l->spin_skip = 0;
	} while (r == -EAGAIN && !dropped(l));
	return r == -EAGAIN ? -EINTR : r;
}

static int reply(struct rsx_lane *l, const struct rsx_prefix *to, const struct rsx_frame *f)
{
	struct rsx_msg_out out;
	int err = rsx_msg_pack_reply(&out, to->lane, to->call, f, &l->arena);

	return err ? err : rsx_send(l->fd, &out, 0, NULL);
}

/* --- messages: 0, -EBADMSG from a hostile peer, or the connection's errno --- */

static int on_call(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	struct rsx_frame f;
	int err = rsx_execute(l, msg, &f);

	if (err && err != -ENOMEM)
		return err;
	if (err) {
		f.ret = err;
		f.nblobs = 0;
	}
	if (msg->prefix.type == RSX_MSG_CALL_NOREPLY || dropped(l))
		return 0;
	return reply(l, &msg->prefix, &f);
}

static int on_fork(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	const Rsx__Fork *m = rsx_msg_unpack(&rsx__fork__descriptor, msg, &l->arena);
	const struct rsx_prefix to = msg->prefix;
	struct rsx_frame f = { .row = NULL };

	if (!m)
		return -EBADMSG;
	f.ret = rsx_twin_fork(l, m);
	return f.ret ? reply(l, &to, &f) : 0;
}

static int on_newlane(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	const Rsx__NewLane *m = rsx_msg_unpack(&rsx__new_lane__descriptor, msg, &l->arena);
	struct rsx_frame f = { .row = NULL };

	if (!m)
		return -EBADMSG;
	f.ret = rsx_twin_new_lane(l, m);
	return reply(l, &msg->prefix, &f);
}

static int on_place(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	const Rsx__Place *m = rsx_msg_unpack(&rsx__place__descriptor, msg, &l->arena);

	if (!m)
		return -EBADMSG;
	rsx_twin_place(l, m->cpu);
	l->spin_skip = l->spin_backoff = 0;
	return 0;
}

static int on_title(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	const Rsx__Title *m = rsx_msg_unpack(&rsx__title__descriptor, msg, &l->arena);
	char title[RSX_MAX_TITLE + sizeof("rsx-twin: ")];

	if (!m)
		return -EBADMSG;
	snprintf(title, sizeof(title), "rsx-twin: %s", m->text);
	rsx_title_set(title);
	return 0;
}

static int (*const handlers[RSX_MSG_MAX])(struct rsx_lane *, const struct rsx_msg_in *) = {
	[RSX_MSG_CALL] = on_call,	[RSX_MSG_CALL_NOREPLY] = on_call, [RSX_MSG_FORK] = on_fork,
	[RSX_MSG_NEWLANE] = on_newlane, [RSX_MSG_PLACE] = on_place,
	[RSX_MSG_TITLE] = on_title,
};

static int handle(struct rsx_lane *l, const struct rsx_msg_in *msg)
{
	const uint32_t call = msg->prefix.call, number = l->number;
	int err = handlers[msg->prefix.type] ? handlers[msg->prefix.type](l, msg) : -EBADMSG;

	if (call && l->number == number) /* else a fork has made this another lane */
		atomic_store_explicit(&l->slot->done, call, memory_order_release);
	return err;
}

static bool is_hostile(int err)
{
	return err == -EBADMSG || err == -EPROTO || err == -EPROTONOSUPPORT;
}

enum rsx_lane_end rsx_lane_serve(struct rsx_lane *l)
{
	while (!dropped(l)) {
		struct rsx_msg_in msg;
		int err = receive(l, &msg);

		if (err == -EINTR)
			continue;
		if (err == 0)
			return RSX_LANE_EOF;
		if (err > 0)
			err = handle(l, &msg);
		if (is_hostile(err)) {
			rsx_error("lane %u: a message that does not fit the protocol", l->number);
			return RSX_LANE_HOSTILE;
		}
		if (err)
			return RSX_LANE_EOF;
		rsx_arena_reset(&l->arena);
	}
	return RSX_LANE_DROP;
}
