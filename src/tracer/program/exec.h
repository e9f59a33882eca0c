/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RSX_TRACER_EXEC_H
#define RSX_TRACER_EXEC_H

struct execution;
struct tracee;

/* Give back what an exec had prepared. */
void execution_done(struct execution *e);

/* t has replaced its program: new memory, CLOEXEC descriptors are closed. */
void exec_done(struct tracee *t);

#endif
