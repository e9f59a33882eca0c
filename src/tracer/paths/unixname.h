/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of a unix socket's name: paths by the rules for paths, abstract
 * names by those that begin with "@" (policy.h).
 */
#ifndef RSX_TRACER_UNIXNAME_H
#define RSX_TRACER_UNIXNAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tracee.h"

/* A name, and what became of it. */
struct unixname {
	struct sockaddr_un sun;
	socklen_t len;
	bool changed; /* it is not what the program gave */
	bool given;   /* else: none, or none that a unix socket could have */
	enum side side;
	char text[sizeof(struct sockaddr_un) + 1]; /* for a line to the user */
};

/* The name at `at` in the program's memory. 0 or what the call fails with. */
int unixname_read(struct tracee *t, uint64_t at, uint32_t len, struct unixname *n);

#endif
