/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split calls that need little: sandboxes, sockets.
 */
#include "split.h"

#include <errno.h>

#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/* A filter would kill calls that are made on the program's behalf. */
int64_t split_seccomp(struct tracee *t)
{
	if (!t->tracer->told_seccomp)
		rsx_note("the program asked for a seccomp filter: accepted, not installed");
	t->tracer->told_seccomp = true;
	return 0;
}

/* Sockets of the server's network come with their own rows; unix ones are local. */
int64_t split_socket(struct tracee *t)
{
	(void)t;
	return -EAFNOSUPPORT;
}

int64_t split_unshare(struct tracee *t)
{
	(void)t;
	return -EPERM;
}
