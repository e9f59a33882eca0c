/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that take long, and signals. A stopped tracee sees no signals, so one
 * that waits for a reply is parked in a real wait; a signal ends that, and
 * whether the remote call is cancelled depends on its having a handler. The
 * states are in call.h; call.c calls this at the stops in question.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "intercept/intercept.h"
#include "ptrace.h"
#include "rsx/cleanup.h"
#include "sigroute.h"
#include "tracee.h"
#include "tracer.h"

#define ERESTARTSYS 512

/* --- signals that must wait for the end of an op --- */

void call_block_signals(struct tracee *t)
{
	uint64_t all = ~0ULL;

	if (t->call.mask_blocked)
		return;
	if (rsx_ptrace(PTRACE_GETSIGMASK, t->tid, sizeof(t->call.mask), &t->call.mask) < 0)
		return;
	rsx_ptrace(PTRACE_SETSIGMASK, t->tid, sizeof(all), &all);
	t->call.mask_blocked = true;
}

void call_unblock_signals(struct tracee *t)
{
	if (!t->call.mask_blocked)
		return;
	rsx_ptrace(PTRACE_SETSIGMASK, t->tid, sizeof(t->call.mask), &t->call.mask);
	t->call.mask_blocked = false;
}

/* At a signal-delivery stop: keep the signal for later. */
void call_hold_signal(struct tracee *t, int sig)
{
	struct call *c = &t->call;

	c->held_signal = sig;
	rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &c->held_info);
}

static bool put_back(struct call *c, int sig, const siginfo_t *info)
{
	if (c->n_resent == RSX_ARRAY_SIZE(c->resent))
		return false;
	c->resent[c->n_resent].sig = sig;
	c->resent[c->n_resent++].info = *info;
	return true;
}

/*
 * Send it again: behind those that are queued with its number, so at each of
 * their stops the oldest siginfo is taken and the stop's own put in the line.
 */
bool call_send_signal(struct tracee *t, int sig, const siginfo_t *info)
{
	/* those of before SIGRTMIN do not queue */
	for (unsigned i = 0; sig < SIGRTMIN && i < t->call.n_resent; i++)
		if (t->call.resent[i].sig == sig)
			return true;
	return put_back(&t->call, sig, info) &&
	       !syscall(SYS_tgkill, t->process->pid, t->tid, sig);
}

void call_resend_signal(struct tracee *t)
{
	struct call *c = &t->call;
	int sig = c->held_signal;

	c->held_signal = 0;
	if (sig)
		call_send_signal(t, sig, &c->held_info);
}

/* At a signal-delivery stop: is there an older signal of this number? Then this is it. */
static bool take_resent(struct tracee *t, int sig)
{
	struct call *c = &t->call;
	siginfo_t now, old;
	unsigned i = 0;

	while (i < c->n_resent && c->resent[i].sig != sig)
		i++;
	if (i == c->n_resent || rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &now) < 0)
		return false;
	old = c->resent[i].info;
	c->n_resent--;
	memmove(&c->resent[i], &c->resent[i + 1], (c->n_resent - i) * sizeof(c->resent[0]));
	/* those of before SIGRTMIN do not queue: ours may have become one with it */
	if (sig >= SIGRTMIN && (now.si_code != SI_TKILL || now.si_pid != getpid()))
		put_back(c, sig, &now);
	rsx_ptrace(PTRACE_SETSIGINFO, t->tid, 0, &old);
	return true;
}

/* At POS_SIGNAL inside an op that has more to do: go on as after an exit stop. */
void call_leave_signal_stop(struct tracee *t)
{
	if (t->pos != POS_SIGNAL)
		return;
	/* held_signal was set when the stop was reported */
	arch_regs_unhide(t->tid, &t->call.saved);
	t->pos = POS_EXIT;
}

/* --- parking --- */

/* The call to sleep in. */
static long sleep_call(struct tracee *t, uint64_t args[RSX_MAX_ARGS])
{
	struct beside *b = &t->call.beside;
	struct timespec left;
	int64_t ns;

	memset(args, 0, RSX_MAX_ARGS * sizeof(*args));
	if (!b->nr)
		return arch_nr.ppoll;
	memcpy(args, b->args, sizeof(b->args));
	if (b->deadline_ns != INT64_MAX) {
		ns = b->deadline_ns - now_ns();
		left.tv_sec = ns > 0 ? ns / 1000000000 : 0;
		left.tv_nsec = ns > 0 ? ns % 1000000000 : 0;
		tracee_write(t, b->timespec, &left, sizeof(left));
	}
	return b->nr;
}

void call_park(struct tracee *t)
{
	uint64_t args[RSX_MAX_ARGS];
	struct call *c = &t->call;
	struct rsx_regs regs;
	long nr;

	if (t->pos != POS_SYSEMU && t->pos != POS_ENTRY && t->pos != POS_EXIT) {
		c->park_at_ns = INT64_MAX;
		return;
	}
	call_save_regs(t);
	c->touched = true;
	nr = sleep_call(t, args);
	if (t->pos == POS_ENTRY) {
		call_unblock_signals(t);
		arch_entry_replace(t->tid, nr, args);
		call_set_state(t, CALL_PARKED);
	} else {
		/* not yet: a signal must find it asleep */
		call_block_signals(t);
		regs = c->saved;
		arch_regs_call(&regs, nr, args);
		arch_regs_set(t->tid, &regs);
		call_set_state(t, CALL_PARKING);
	}
	intercept_resume(t, RESUME_SYSCALL, 0);
	if (c->state == CALL_PARKED)
		call_resend_signal(t);
}

/* Entry and exit stops on the way into the ppoll. */
void call_parking_stop(struct tracee *t)
{
	struct call *c = &t->call;

	if (c->reply_ready) {
		call_set_state(t, CALL_WAITING);
		call_reply(t);
		return;
	}
	if (t->pos == POS_ENTRY) {
		call_unblock_signals(t);
		call_set_state(t, CALL_PARKED);
	}
	intercept_resume(t, RESUME_SYSCALL, 0);
	if (c->state == CALL_PARKED)
		call_resend_signal(t);
}

bool call_owns_stop(const struct tracee *t)
{
	return t->call.state == CALL_PARKING;
}

/* The local half of the wait has ended by itself: end the remote one. */
static bool beside_ended(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_regs regs;

	if (!c->beside.nr || arch_regs_get(t->tid, &regs))
		return false;
	c->beside.ret = arch_regs_result(&regs);
	c->beside.done = c->beside.ret > -512 || c->beside.ret < -516;
	return c->beside.done;
}

/* The ppoll has ended: our interrupt, a signal, or what it waited for. */
void call_unparked(struct tracee *t)
{
	struct call *c = &t->call;
	struct rsx_regs regs;

	if (c->reply_ready) {
		call_set_state(t, CALL_WAITING);
		call_reply(t);
		return;
	}
	if (beside_ended(t)) {
		session_cancel(&t->tracer->session, t->lane);
		call_set_state(t, CALL_WAITING);
		c->park_at_ns = INT64_MAX;
		return;
	}
	regs = c->saved;
	arch_regs_restart(&regs, &c->entry, ERESTARTSYS);
	arch_regs_set(t->tid, &regs);
	call_set_state(t, CALL_RESTARTING);
	intercept_resume(t, RESUME_SYSEMU, 0);
}

/* --- signals --- */

int call_signal_stop(struct tracee *t, int sig)
{
	struct call *c = &t->call;

	if (!take_resent(t, sig) && sigroute_moves(t, sig))
		sig = 0;
	if (c->here == HERE_UNDO) {
		call_undo_rewrite(t);
		c->here = HERE_NONE;
	}
	/* on the way to sleep all are blocked, but for SIGSTOP: it goes on from where it stops */
	if (c->state != CALL_RESTARTING || !sig)
		return sig;
	if (!sigroute_in(sigroute_set(t->tid, "SigCgt:"), sig))
		return sig;
	call_hold_signal(t, sig);
	call_set_state(t, CALL_CANCELLING);
	if (c->reply_ready) {
		call_reply(t);
	} else {
		c->cancelled = true;
		session_cancel(&t->tracer->session, t->lane);
	}
	return -1;
}

bool call_may_end_stopped(const struct tracee *t)
{
	return t->call.state == CALL_RESTARTING && t->call.reply_ready;
}

void call_end_stopped(struct tracee *t)
{
	t->call.cancelled = true; /* by detach_begin() */
	call_set_state(t, CALL_CANCELLING);
	call_reply(t);
}
