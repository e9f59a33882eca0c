/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is over there, when it executes a program. The twin executes
 * none, so what execve(2) does to credentials is done to it by calls.
 */
#ifndef RSX_TRACER_CREDENTIALS_H
#define RSX_TRACER_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

struct tracee;

/* What has been changed since the last exec, or ever: struct process. */
enum {
	CHANGED_IDS = 1,  /* user and group ids */
	CHANGED_CAPS = 2, /* capabilities, and how they are kept */
};

/* What a successful exec changes. All false: nothing. */
struct becoming {
	bool uid, gid;	  /* the saved id becomes the effective one */
	uint32_t euid, egid;
	bool caps;	  /* to these; keepcaps is no more */
	uint64_t permitted, effective, inheritable;
};

/* A call that may change credentials is on its way. */
void credentials_changed(struct tracee *t);

/* In an op, before the exec: ask what there is. Costs nothing if nothing was changed. */
void credentials_ask(struct tracee *t, struct becoming *ret);

/* The exec has succeeded. */
void credentials_become(struct tracee *t, const struct becoming *b);

/* prctl(2): does this option concern the twin's credentials? */
bool credentials_option(uint64_t option);

#endif
