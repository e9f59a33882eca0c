/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call of one tracee, from its entry to its result.
 *
 * Forwarded, no signal:
 *
 *   entry -> NONE -> (sent) WAITING -> reply -> result set, resumed
 *
 * A reply that does not come within RSX_PARK_AFTER_MS: a stopped tracee sees
 * no signals, so it is parked in a ppoll(2) that never ends by itself:
 *
 *   WAITING -> PARKING -> PARKED -> reply -> PTRACE_INTERRUPT -> result set
 *                           |
 *                       a signal ends the ppoll
 *                           v
 *                      RESTARTING  the kernel is told "ERESTARTSYS"
 *                        |      \
 *          no handler: the call  a handler: CANCELLING, Cancel sent, the
 *          is made again, is     signal held until the reply: its result
 *          recognised: WAITING   is the truth, EINTR follows the row's
 *                                restart class
 *
 * Calls that need several steps run as an op (op.h), a coroutine; the remote
 * calls inside an op go through the same states.
 */
#ifndef RSX_TRACER_CALL_H
#define RSX_TRACER_CALL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "paths/detour.h"
#include "rsx/arena.h"
#include "rsx/frame.h"
#include "rsx/wire.h"

struct tracee;
struct watch;

enum call_state {
	CALL_NONE,	 /* no remote call is outstanding */
	CALL_WAITING,	 /* sent; the tracee is held at its stop */
	CALL_PARKING,	 /* on its way into the ppoll */
	CALL_PARKED,	 /* sleeping in the ppoll */
	CALL_RESTARTING, /* a signal ended the ppoll; stop or restart follows */
	CALL_CANCELLING, /* held at a signal-delivery stop until the reply */
};

/* What the next exit stop of a call that runs here means. */
enum here {
	HERE_NONE,
	HERE_RESULT, /* the trace wants the result */
	HERE_UNDO,   /* arguments were rewritten: put them back */
};

/*
 * What a parked tracee does instead of just sleeping: a real wait of its own
 * for the local half of a call, while the remote half is outstanding. If it
 * ends by itself, the remote half is cancelled.
 */
struct beside {
	long nr; /* 0: nothing, sleep */
	uint64_t args[RSX_MAX_ARGS];
	uint64_t timespec;   /* where the time left is put, if there is a deadline */
	int64_t deadline_ns; /* INT64_MAX: none */
	bool at_once;	     /* do not wait for the reply before parking */
	bool done;	     /* it ended by itself, with `ret` */
	int64_t ret;
};

/* In a message, the twin's descriptor stands for a local one. */
struct stand_in {
	int fd, twin;
};

struct call {
	struct rsx_entry entry;		   /* as the program made it */
	const struct rsx_syscall *made;	   /* its row */
	const struct rsx_syscall *row;	   /* lowered, variants resolved */
	uint64_t args[RSX_MAX_ARGS];	   /* lowered, native values */
	enum call_state state;
	enum here here;
	bool reply_ready;
	bool went;	  /* something was sent for this call */
	bool would_go;	  /* a dry run: it would have been sent */
	bool restartable; /* an EINTR is the work of our Cancel */
	bool cancelled;	  /* Cancel was sent */
	bool abandoned;	  /* the program went elsewhere, the reply is awaited */
	bool raw_reply;	  /* the reply answers a lane message, not a Call */
	bool lost;	  /* there will be no reply: EIO */
	bool detoured;	  /* decided anew for c->detour: not a second time */
	uint32_t unreadable; /* PATH arguments (bits) whose text could not be read */
	bool stays;	  /* -e: not forwarded, unless a descriptor says so */
	uint8_t chosen;	  /* enum chosen: what -e changed */
	bool touched;	  /* the registers differ from the program's (c->saved) */
	bool begun;	  /* attached: `entry` was interrupted and is made again */
	uint32_t id;
	uint64_t done;	    /* PIECES: bytes moved so far */
	int64_t unread;	    /* bytes that the program's buffer did not take */
	int64_t park_at_ns; /* when WAITING turns into PARKING */
	struct watch *watch; /* what the trace measures; NULL without one */
	struct beside beside;
	struct rsx_entry next_entry; /* if abandoned: what comes instead */
	struct rsx_frame frame;
	/* descriptors of a message that others stand in for: standin.h */
	const struct stand_in *stand_ins;
	unsigned n_stand_ins;
	struct rsx_mem mem;   /* where the frame's memory is */
	struct rsx_arena arena;
	struct rsx_msg_in reply;
	const char *use_path[RSX_MAX_ARGS]; /* a path decided: to be used instead */
	const char *path_name;		    /* the last decided path, absolute */
	int path_at[RSX_MAX_ARGS];	    /* the twin's dirfd for a PATH argument */
	struct detour detour;		    /* what one of the paths stands for */
	/* saved at the entry when the registers will be touched */
	struct rsx_regs saved;
	bool saved_valid;
	/* a signal whose delivery waits for the reply, or the end of an op */
	siginfo_t held_info;
	int held_signal;
	/* signals that were sent again, oldest first: what belongs to their stops */
	struct {
		int sig;
		siginfo_t info;
	} resent[8];
	unsigned n_resent;
	/* signals blocked while an op makes the tracee do things */
	bool mask_blocked;
	uint64_t mask;
};

void call_init(struct call *c);
void call_done(struct call *c);

/* At POS_SYSEMU or POS_ENTRY: a call was made. */
void call_enter(struct tracee *t);
/* At POS_EXIT. */
void call_exit_stop(struct tracee *t);
/*
 * At POS_SIGNAL, `sig` about to be delivered. What is to be delivered now: `sig`,
 * or 0 if it is another thread's; -1: the tracee is held.
 */
int call_signal_stop(struct tracee *t, int sig);
/*
 * Detaching, at a group-stop: has the reply come, to a call that was on its way to
 * being made again? Then it ends here, as at POS_SIGNAL.
 */
bool call_may_end_stopped(const struct tracee *t);
void call_end_stopped(struct tracee *t);
/* The reply of t's outstanding call has come (in c->reply). */
void call_reply(struct tracee *t);
/* WAITING for too long: park. */
void call_park(struct tracee *t);
/* The connection is lost: the outstanding call fails with EIO. */
void call_lost(struct tracee *t);
/* t has replaced its program: what was prepared for the old one is void. */
void call_exec_done(struct tracee *t);
/* t is gone. */
void call_dead(struct tracee *t);

/* For ops: make the result of the program's call known and resume it. */
void call_finish(struct tracee *t, int64_t ret);
/* For ops: OP_RUN_HERE. */
void call_run_here(struct tracee *t);
/* For ops, at POS_EXIT of the program's own call: leave the result as it is. */
void call_finish_native(struct tracee *t);

/*
 * Send c->frame. 0, or a negative errno (connection lost: -EIO).
 */
int call_send(struct tracee *t);
/* Send frame `f` without waiting for an answer. */
void call_send_noreply(struct tracee *t, const struct rsx_syscall *row,
		       const uint64_t args[RSX_MAX_ARGS]);

/* A request was sent on t's lane: wait for the reply. */
void call_sent(struct tracee *t);
/* Is a stop on the way into the ppoll? Then it is call_parking_stop()'s. */
bool call_owns_stop(const struct tracee *t);
void call_parking_stop(struct tracee *t);
/*
 * Was something found, but by a link that leads to this side? A socket that is the twin's,
 * in the place of /dev/stdout.
 */
bool call_found_links(const struct tracee *t, int64_t ret);
/* `ret` says that nothing is there, but a path led to this side: true, and the
 * call is decided anew. */
bool call_detours(struct tracee *t, int64_t ret);
/* Rewind: the program's call is decided anew at its entry stop. */
void call_make_again(struct tracee *t);
/* Keep signals out until the call is finished. */
void call_block_signals(struct tracee *t);
void call_unblock_signals(struct tracee *t);
/* Send a held signal again. */
void call_resend_signal(struct tracee *t);
/* Send t a signal that will have this siginfo. False: it has too many such already. */
bool call_send_signal(struct tracee *t, int sig, const siginfo_t *info);
/* An op that was ended by a signal has more to do: as after an exit stop. */
void call_leave_signal_stop(struct tracee *t);

/* A call that goes in pieces: is there more to move? c->frame is then the next piece. */
bool call_next_piece(struct tracee *t, int64_t ret);
/*
 * Did the program's buffer take less than what came? c->unread is then what
 * split_unread() is to give back.
 */
bool call_moved_too_far(struct tracee *t, int64_t ret);

/* --- between call.c, reply.c and park.c --- */

/* The reply that an abandoned call waited for has come: the program's next one is due. */
void call_next(struct tracee *t);

void call_set_state(struct tracee *t, enum call_state state);
/* At a signal-delivery stop: keep the signal and its siginfo for later. */
void call_hold_signal(struct tracee *t, int sig);
/* At POS_EXIT of the wait that a parked tracee slept in. */
void call_unparked(struct tracee *t);
/* Put the program's own arguments back after a call with rewritten paths. */
void call_undo_rewrite(struct tracee *t);

/* Save the registers of this stop in c->saved, once per call. */
void call_save_regs(struct tracee *t);

#endif
