/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths that go on behind a link of a process's to a directory: /proc/PID/cwd/x,
 * /proc/PID/root/x, /dev/fd/N/x. What follows is relative to that directory, ".."
 * included: as text, ".." would take the link away. For path.c.
 */
#ifndef RSX_TRACER_THROUGH_H
#define RSX_TRACER_THROUGH_H

#include <stdbool.h>

struct path_decision;
struct path_question;
struct tracee;

/* Is it such a path, of a traced process's? Then it is decided. */
bool path_through_link(struct tracee *t, const struct path_question *q, struct path_decision *d);

#endif
