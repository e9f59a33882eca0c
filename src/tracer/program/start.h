/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first tracees: a program that is started, or processes that run already.
 * 0, or an exit code after one line on stderr.
 */
#ifndef RSX_TRACER_START_H
#define RSX_TRACER_START_H

struct tracer;

/* Start the program of the options; `path` is its file. */
int start_program(struct tracer *tr, const char *path);

/* Attach to the processes of the options (-p). */
int start_attached(struct tracer *tr);

#endif
