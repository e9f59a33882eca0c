/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of a process's own: /proc/self, /proc/PID of a traced one, /dev/fd,
 * /dev/stdin and the like. Most are this side's, as the process is; the
 * descriptors in them are where they live, and some say what the twin has.
 */
#ifndef RSX_TRACER_OWN_H
#define RSX_TRACER_OWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "rsx/limits.h"

struct tracee;

#define OWN_NAME_ROOM (RSX_MAX_PATH + 64) /* a path and what stands before it */

/* Whose /proc/self and /dev/fd are: the process's first task, not its threads'. */
struct tracee *own_self(struct tracee *t);

/* The pid, or if it is not the first one the tid, of what stands for o over there. */
pid_t own_pid_there(const struct tracee *o);

/*
 * Is `name` one of them? *ret_remote tells whose, `to` (OWN_NAME_ROOM bytes)
 * the name to use, or "": as it is.
 */
bool own_name(struct tracee *t, const char *name, bool nofollow, bool *ret_remote, char *to);

/*
 * The name behind `there`, .../fd/N or .../cwd of a twin, for what is relative
 * to it; `otherwise` if it is something else. In t's call arena.
 */
const char *own_real_name(struct tracee *t, const char *there, const char *otherwise);

/* "7/x" -> 7 and "/x"; false if it is not a number. */
bool own_fd_of(const char *rest, long *ret_fd, const char **ret_rest);

#endif
