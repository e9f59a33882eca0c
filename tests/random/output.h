/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - the memory that the actors of a sequence share.
 */
#ifndef RSX_TESTS_OUTPUT_H
#define RSX_TESTS_OUTPUT_H

#include "sequence.h"

struct output {
	uint32_t turn;	   /* the actor that may run: a futex */
	struct step *step; /* what it is to do; NULL: end */
	int slots[ACTORS][SLOTS];
	int owner[ACTORS]; /* whose slots an actor uses */
	pid_t pid[ACTORS];
	size_t len;
	char text[MAX_OUTPUT];
};

extern struct output *output;

#endif
