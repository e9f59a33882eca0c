/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reply to a call: written into the program's memory and registers, or the
 * cause of the next piece, or handed to the op that waits for it.
 */
#include "call.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dispatch.h"
#include "intercept/intercept.h"
#include "op.h"
#include "paths/detour.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

/* recv(2) with MSG_WAITALL: it ends when all has come. A look takes nothing away. */
static bool waits_for_all(const struct call *c)
{
	for (unsigned n = 0; n < c->row->nargs; n++)
		if ((c->row->classes & RSX_CLASS_NET) && c->row->arg[n].kind == RSX_KIND_FLAGS)
			return (c->args[n] & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
	return false;
}

/* A full piece of a file's data: is there more to move? */
bool call_next_piece(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;
	const struct fdentry *e = fdtable_get(t->fds, (int64_t)(int)c->args[0]);
	uint64_t asked = c->frame.data_len;

	if (!(c->row->flags & RSX_ROW_PIECES) || ret <= 0 || (uint64_t)ret != asked ||
	    asked >= c->frame.data_total || !e)
		return false;
	if (!c->frame.data_in && !S_ISREG(e->mode) && !waits_for_all(c))
		return false;
	c->done += (uint64_t)ret;
	rsx_arena_reset(&c->arena);
	return !dispatch_capture(t);
}

/*
 * The data came, but the program's buffer could not take all of it: the file
 * offset over there must not be ahead of what was delivered.
 */
bool call_moved_too_far(struct tracee *t, int64_t ret)
{
	struct call *c = &t->call;

	if (t->pos == POS_SIGNAL || !(c->row->flags & RSX_ROW_PIECES) || c->frame.data_in ||
	    c->frame.has_offset || c->frame.ret <= 0 || ret == c->frame.ret)
		return false;
	c->unread = (int64_t)c->frame.ret - (ret > 0 ? ret : 0);
	c->done += ret > 0 ? (uint64_t)ret : 0;
	return true;
}

/*
 * What the twin was sent is raised here. But a stream, or a file, whose earlier
 * pieces have gone before its end was met says only how much they were.
 */
static bool raises(const struct tracee *t, const struct rsx_frame *f)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);

	return f->raised && !(t->call.done && e && !S_ISFIFO(e->mode));
}

/* There is no result, and never will be. */
static void no_result(struct tracee *t)
{
	if (t->op)
		op_remote_result(t, -EIO);
	else
		call_finish(t, -EIO);
}

/*
 * The server has made nothing yet: a name that is not there, behind links. What has it
 * here is meant; else it is to be made there. True: it was told so.
 */
static bool answered(struct tracee *t)
{
	struct call *c = &t->call;

	if (t->pos == POS_SIGNAL) {
		c->frame.ret = -EINTR;
		c->frame.nlinks = 0;
		return false;
	}
	c->frame.ret = -ENOENT;
	if (!c->detoured && detour_asked(t))
		return false;
	c->frame.sure = true;
	c->frame.nlinks = 0;
	if (call_send(t))
		no_result(t);
	return true;
}

static void call_result(struct tracee *t)
{
	struct call *c = &t->call;
	int64_t ret;

	if (c->lost) {
		no_result(t);
		return;
	}
	if (c->raw_reply) {
		/* the answer to Fork or NewLane: a result and nothing else */
		Rsx__Reply *r = rsx_msg_unpack(&rsx__reply__descriptor, &c->reply, &c->arena);

		c->raw_reply = false;
		op_remote_result(t, r ? r->ret : -EIO);
		return;
	}
	if (rsx_msg_unpack_reply(&c->frame, &c->reply, &c->arena)) {
		tracer_lost(t->tracer, "the server sent a reply that does not fit its call");
		no_result(t);
		return;
	}
	if (c->frame.ret == -RSX_ASKED && answered(t))
		return;
	if (c->frame.nlinks && !c->detoured)
		detour_note(t);
	if (!t->op && call_found_links(t, c->frame.ret) && call_detours(t, -ENXIO))
		return; /* what was found is none of the program's business */
	ret = rsx_commit(&c->frame, &c->mem, &c->arena);
	if (raises(t, &c->frame))
		syscall(SYS_tgkill, t->process->pid, t->tid, c->frame.raised);
	if (t->op) {
		op_remote_result(t, ret);
		return;
	}
	if (call_moved_too_far(t, ret)) {
		op_start(t, split_unread);
		return;
	}
	if (t->pos != POS_SIGNAL && call_next_piece(t, ret) && !call_send(t))
		return;
	if (c->done)
		ret = ret < 0 ? (int64_t)c->done : (int64_t)(c->done + (uint64_t)ret);
	if (split_may_have_limit(t, ret)) {
		op_start(t, split_interrupted);
		return;
	}
	if (!call_detours(t, ret))
		call_finish(t, ret);
}

void call_reply(struct tracee *t)
{
	struct call *c = &t->call;

	c->reply_ready = true;
	if (c->abandoned) {
		call_next(t);
		return;
	}
	switch (c->state) {
	case CALL_WAITING:
		break;
	case CALL_CANCELLING:
		c->restartable = c->cancelled;
		break;
	case CALL_PARKED:
		intercept_interrupt(t);
		return;
	case CALL_RESTARTING:
		if (t->tracer->detaching && t->listening)
			intercept_interrupt(t); /* it is stopped, and would not come by itself */
		return;
	case CALL_NONE:
	case CALL_PARKING:
		return;
	}
	c->cancelled = false;
	call_set_state(t, CALL_NONE);
	c->reply_ready = false;
	call_result(t);
}

void call_lost(struct tracee *t)
{
	struct call *c = &t->call;

	if (c->state == CALL_NONE)
		return;
	c->lost = true;
	c->reply_ready = true;
	call_reply(t);
}
