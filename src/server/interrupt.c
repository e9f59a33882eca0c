/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupting a lane's thread: CANCEL of a call, DROP of the lane.
 *
 * A signal may come an instant before the thread enters its syscall and do
 * nothing, so it is sent again, ever more slowly, until the slot shows that
 * the call is over (or, for a drop, the twin says that the lane has ended).
 * The reply is the truth; nothing here decides a call's result. A cancel may
 * overtake its call, which travels on another connection: it then waits.
 *
 * The slot is the twin's to write: a lie in it makes us signal one of the
 * twin's own threads, or none.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server.h"

#define FAST_TRIES 8
#define SLOW_MS	   32

static bool call_is_over(const struct rsx_lane_rec *l)
{
	uint32_t done = atomic_load(&l->slot->done);

	return atomic_load(&l->slot->current) != l->cancel && done &&
	       (int32_t)(done - l->cancel) >= 0;
}

static void signal_thread(const struct rsx_lane_rec *l)
{
	uint32_t tid = atomic_load(&l->slot->tid);

	/* the pidfd says whether the pid still is our twin's */
	if (!tid || !l->twin->pid || syscall(SYS_pidfd_send_signal, l->twin->pidfd, 0, NULL, 0))
		return;
	syscall(SYS_tgkill, l->twin->pid, (pid_t)tid, RSX_SIG_CANCEL);
}

/* One try. False: nothing is left to be interrupted. */
static bool try_once(struct rsx_lane_rec *l, uint64_t now)
{
	unsigned shift = l->tries > FAST_TRIES ? l->tries - FAST_TRIES : 0;
	uint64_t wait = shift > 5 ? SLOW_MS : (uint64_t)1 << shift;

	if (l->cancel && call_is_over(l))
		l->cancel = 0;
	if (!l->cancel && !l->dropped)
		return false;
	if (l->dropped || atomic_load(&l->slot->current) == l->cancel)
		signal_thread(l);
	l->tries++;
	l->next_try = now + wait;
	return true;
}

void rsx_interrupt_forget(struct rsx_lane_rec *l)
{
	if (l->interrupting)
		LIST_REMOVE(l, interrupted);
	l->interrupting = false;
}

static void begin(struct rsx_lane_rec *l)
{
	struct rsx_server *srv = l->session->srv;

	l->tries = 0;
	if (!try_once(l, uv_now(&srv->loop)))
		return;
	if (!l->interrupting)
		LIST_INSERT_HEAD(&srv->interrupted, l, interrupted);
	l->interrupting = true;
	if (!uv_is_active((uv_handle_t *)&srv->interrupt_timer))
		uv_timer_start(&srv->interrupt_timer, rsx_interrupt_tick, 1, 1);
}

void rsx_interrupt_cancel(struct rsx_lane_rec *l, uint32_t call)
{
	l->cancel = call;
	atomic_store(&l->slot->cancel, call);
	begin(l);
}

void rsx_interrupt_drop(struct rsx_lane_rec *l)
{
	l->dropped = true;
	atomic_store(&l->slot->drop, 1);
	begin(l);
}

void rsx_interrupt_tick(uv_timer_t *timer)
{
	struct rsx_server *srv = timer->data;
	uint64_t now = uv_now(&srv->loop);
	struct rsx_lane_rec *l, *next;

	for (l = LIST_FIRST(&srv->interrupted); l; l = next) {
		next = LIST_NEXT(l, interrupted);
		if (now >= l->next_try && !try_once(l, now))
			rsx_interrupt_forget(l);
	}
	if (LIST_EMPTY(&srv->interrupted))
		uv_timer_stop(timer);
}
