/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --dry-run: no server; every call that would go to one is made here, and the
 * trace says [would go]. To know that of later calls, the descriptors such
 * calls make are kept in the tables as if they were remote.
 *
 * Descriptors that come in messages (SCM_RIGHTS) are not followed: they count as
 * local.
 *
 * What rsx-trace itself refuses (--deny, a call with paths on both sides,
 * mount(2)) it refuses in a dry run, too.
 */
#ifndef RSX_TRACER_DRY_H
#define RSX_TRACER_DRY_H

#include "dispatch.h"

struct tracer;

/* Instead of start_program(): 0, or an exit code after one line on stderr. */
int dry_start(struct tracer *tr, const char *path);

/* What dispatch() said of t's call, turned into what is done with it here. */
enum verdict dry_judge(struct tracee *t, enum verdict v, int64_t *ret);

/* The call that would have gone has this result. */
void dry_done(struct tracee *t, int64_t ret);

#endif
