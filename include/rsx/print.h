/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call as a strace-like text, from the same row that marshals it.
 */
#ifndef RSX_PRINT_H
#define RSX_PRINT_H

#include "rsx/buf.h"
#include "rsx/frame.h"

struct rsx_print_opt {
	unsigned strsize; /* how much of a string is shown, as strace -s */
};

/*
 * Append `name(arg, ...)`. Values come from the frame (wire ABI); `native`
 * are the registers as the program gave them, for descriptors and addresses.
 * Outputs are shown only if `done` (the call came back without error).
 */
void rsx_print_call(struct rsx_buf *b, const struct rsx_frame *f,
		    const uint64_t native[RSX_MAX_ARGS], bool done,
		    const struct rsx_print_opt *opt);

/*
 * Append ` = 3`, ` = -1 ENOENT (No such file or directory)`, ` = 0x7f...`.
 * `ret` is what the program gets.
 */
void rsx_print_ret(struct rsx_buf *b, const struct rsx_syscall *row, int64_t ret);

/* "ENOENT", or NULL. */
const char *rsx_errno_name(int err);

#endif
