/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -c: what the calls cost, a row per call and side: time, its distribution,
 * errors, round trips and bytes on the wire.
 */
#ifndef RSX_REPORT_SUMMARY_H
#define RSX_REPORT_SUMMARY_H

#include <stdint.h>

struct report_call;
struct summary;
struct trace;

struct summary *summary_new(void);
void summary_free(struct summary *s);
void summary_add(struct summary *s, const struct report_call *c);
/* A piece of a mapped file was fetched because it was touched: no call's doing. */
void summary_fetched(struct summary *s, uint64_t bytes);
/* To the trace's output; as JSON lines, if that is its format. */
void summary_write(struct summary *s, struct trace *tr);

#endif
