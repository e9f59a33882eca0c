/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which calls may go to the server at all, and which may not be made: what -e
 * remote=, local= and deny= say. Asked by the row of what the program called.
 */
#ifndef RSX_TRACER_CHOICE_H
#define RSX_TRACER_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsx/limits.h"

struct rsx_syscall;

struct choice {
	bool any; /* -e was given: otherwise nothing is to be asked */
	struct {
		bool stays;  /* is not forwarded, unless a descriptor says so */
		bool asked;  /* it may be made though it says ROW_ASK */
		int16_t err; /* fails with it, positive; 0: is made */
	} row[RSX_MAX_ROWS]; /* by place in rsx_syscalls[] */
};

/* How -e changed what became of a call; the trace shows it. */
enum chosen {
	CHOSEN_NOT,
	CHOSEN_HERE,   /* it would have gone to the server */
	CHOSEN_BY_FD,  /* it should have stayed, but its descriptor is over there */
	CHOSEN_DENIED,
};

/* The words before the "=", ends with NULL. */
extern const char *const choice_verbs[];

/*
 * "remote=SET", "local=SET", "deny=SET[:ERRNO]", "allow=SET": later ones act on what the
 * earlier ones left. 0, or an exit code after one line on stderr.
 */
int choice_add(struct choice *c, const char *expr);

/* 0: the call may be made; else the negative errno that it fails with. */
int choice_denies(const struct choice *c, const struct rsx_syscall *made);

/* The call is not to be forwarded, as far as it has a choice. */
bool choice_stays(const struct choice *c, const struct rsx_syscall *made);

/* A call that is denied unless somebody asks for it (ROW_ASK): has somebody? */
bool choice_asked(const struct choice *c, const struct rsx_syscall *made);

#endif
