/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Yama, the security module that restricts ptrace(2): sysctl
 * kernel.yama.ptrace_scope, Documentation/admin-guide/LSM/Yama.rst.
 */
#ifndef RSX_TRACER_YAMA_H
#define RSX_TRACER_YAMA_H

#include <stdbool.h>

/* 0 to 3, or -1: this kernel has no Yama. */
int yama_scope(void);

/*
 * Why this process may not trace one of its user's that runs already (`running`)
 * or one that it starts, and what to do: a text with the scope, or NULL if Yama
 * allows it.
 */
const char *yama_refuses(bool running);

#endif
