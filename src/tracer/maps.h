/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings of remote files; see maps.c.
 */
#ifndef RSX_TRACER_MAPS_H
#define RSX_TRACER_MAPS_H

struct maps;
struct tracee;

void maps_free(struct maps *m);
struct maps *maps_copy(const struct maps *m);

/* The address space ends: write back what its shared mappings changed. */
void maps_exit(struct tracee *t);

#endif
