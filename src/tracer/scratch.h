/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few pages in every traced address space that the program may read and the
 * tracer may write: paths of calls that run here are copied there, so that the
 * kernel reads what was decided upon, whatever other threads do meanwhile.
 */
#ifndef RSX_TRACER_SCRATCH_H
#define RSX_TRACER_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracee;

#define SCRATCH_SLOTS 64
#define SCRATCH_SLOT_SIZE 16384 /* two paths, and room for an argv */

/* Must this call's paths be rewritten, and is there no scratch page yet? */
bool scratch_needed(const struct tracee *t);

/* In an op: map the pages, if they are not yet. 0 or -errno. */
int scratch_map(struct tracee *t);

/* In an op: map all that may be wanted, as far as there is memory for it now. */
void scratch_reserve(struct tracee *t);

/* At POS_ENTRY: replace the path arguments that were decided. True if any was. */
bool scratch_rewrite(struct tracee *t);

/*
 * In an op: t's slot of pages that the program may write too, SCRATCH_SLOT_SIZE
 * bytes; 0 if there is no memory. For what the kernel is to write.
 */
uint64_t scratch_rw(struct tracee *t);

/* t's slot, SCRATCH_SLOT_SIZE bytes for tracee_poke(); 0: not mapped, or none is left. */
uint64_t scratch_at(struct tracee *t);

/* Copy bytes to t's slot at `off`; the address, or 0. */
uint64_t scratch_put(struct tracee *t, size_t off, const void *data, size_t len);

#endif
