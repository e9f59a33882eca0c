/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strace's words after -e that choose what is shown: a hand that knows strace
 * types them by itself.
 */
#ifndef RSX_TRACER_HABIT_H
#define RSX_TRACER_HABIT_H

#include <stdbool.h>

struct report_opt;

/*
 * "trace=SET", "signal=SET", "status=SET", or a SET alone. *ret_mine is false
 * if the expression is none of these. 0, or an exit code after one line on
 * stderr, which says for strace's other words what to use instead. `expr` must
 * live as long as `to`.
 */
int habit_expr(struct report_opt *to, const char *expr, bool *ret_mine);

#endif
