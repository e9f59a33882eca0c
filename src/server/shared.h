/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the main process and a session's twins share in memory: one mapping
 * per session, made before its first twin. The main process believes nothing
 * that it reads here: a wrong number may only hurt the session itself.
 */
#ifndef RSX_SERVER_SHARED_H
#define RSX_SERVER_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rsx/limits.h"
#include "rsx/syscall.h"

#define RSX_ROW_BITS 1024 /* asm-generic numbers a session may refuse */

/*
 * One lane. A lane's thread stores `current` before a call and `done` after
 * each message that has a number; the main process stores `cancel` or `drop` and
 * signals the thread as long as `current` is the call to be interrupted. A
 * lane's call numbers grow (modulo 2^32).
 */
struct rsx_slot {
	_Atomic uint32_t tid;	  /* 0: nobody serves the lane yet */
	_Atomic uint32_t current; /* the call being executed, or 0 */
	_Atomic uint32_t done;	  /* the newest finished call */
	_Atomic uint32_t cancel;  /* the call to be interrupted, or 0 */
	_Atomic uint32_t drop;	  /* the lane is to end */
	_Atomic uint32_t errors;
	_Atomic uint32_t nr;	  /* of `current`, native */
	_Atomic uint64_t calls;
	_Atomic uint64_t bytes;
} __attribute__((aligned(64)));

struct rsx_shared {
	bool same_host;
	bool want_times; /* replies say how long the call took */
	bool want_names; /* and what its descriptors are */
	uint8_t refused[RSX_ROW_BITS / 8]; /* rows the two ends disagree on */
	uint8_t allowed[RSX_ROW_BITS / 8]; /* rows that must be, ROW_ASK, and are */
	struct rsx_slot slot[RSX_MAX_LANES];
};

static inline bool rsx_shared_refused(const struct rsx_shared *s, uint32_t nr)
{
	return nr >= RSX_ROW_BITS || (s->refused[nr / 8] >> nr % 8 & 1);
}

/* May calls of this row be made, as far as the server's user is concerned? */
static inline bool rsx_shared_allows(const struct rsx_shared *s, const struct rsx_syscall *row)
{
	unsigned nr = (unsigned)row->nr[RSX_ARCH_GENERIC];

	return !(row->flags & RSX_ROW_ASK) ||
	       (nr < RSX_ROW_BITS && (s->allowed[nr / 8] >> nr % 8 & 1));
}

/* Interrupts a lane's thread; its handler does nothing. */
#define RSX_SIG_CANCEL SIGRTMIN

#endif
