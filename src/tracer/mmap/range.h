/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the handlers of mmap(2) and its kin share: ranges of addresses, some of
 * which map remote files (maps.h), some of which are the tracer's own (scratch.h).
 *
 * Entries leave mm->maps before the kernel unmaps, because another thread may
 * get the addresses at once, and come back if it refuses.
 */
#ifndef RSX_TRACER_RANGE_H
#define RSX_TRACER_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "mmap/maps.h"
#include "rsx/limits.h"
#include "scratch.h"

#define SCRATCH_LEN ((uint64_t)SCRATCH_SLOTS * SCRATCH_SLOT_SIZE)

struct tracee;

static inline bool range_is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

/* Does the range touch the tracer's own pages, or those or a mapped remote file? */
bool range_on_scratch(const struct tracee *t, uint64_t start, uint64_t len);
bool range_touches(const struct tracee *t, uint64_t start, uint64_t len);

/*
 * In an op: write back what was changed in the range and take it out of
 * mm->maps, into *cut. 0 or -errno.
 */
int range_take_out(struct tracee *t, uint64_t start, uint64_t len, struct maps *cut);

/* Ask the twin: statx(2) of its descriptor; O_RDONLY, O_WRONLY or O_RDWR. Or -errno. */
struct statx;
int64_t range_stat(struct tracee *t, int twin, struct statx *stx);
int64_t range_access_mode(struct tracee *t, int twin);

/* In an op: a native call that makes a descriptor for us. The program's limit does not count. */
int64_t range_open(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS]);

/* What was taken out comes back if the kernel refused (`failed`). */
void range_settle(struct tracee *t, struct maps *cut, bool failed);

#endif
