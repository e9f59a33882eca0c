/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RSX_TRACER_RUNPATH_H
#define RSX_TRACER_RUNPATH_H

/*
 * The directories in which the dynamic loader looks for `program`'s libraries
 * (DT_RUNPATH, or DT_RPATH), $ORIGIN resolved: `each` is called with every
 * absolute one. A file that is not a 64-bit ELF program has none. ld.so(8),
 * elf(5).
 */
void runpath_each(const char *program, void (*each)(void *ctx, const char *dir), void *ctx);

#endif
