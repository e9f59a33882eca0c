/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: how the trace shows the memory of calls that run here. It is read in
 * the program, at the time when the line is written; nothing of it travels.
 */
#ifndef RSX_PROTO_PRINT_VIEW_H
#define RSX_PROTO_PRINT_VIEW_H

#include "rsx/print.h"

/* What a view can look at. */
struct view_call {
	const struct rsx_frame *f;
	const uint64_t *native;
	bool done;
	const struct rsx_print_opt *opt;
};

/* Append argument `i`. False, and nothing appended: it cannot be read. */
bool print_view(struct rsx_buf *b, const struct view_call *c, unsigned i);

/* Has argument `i` no meaning in this call? */
bool print_view_hides(const struct rsx_frame *f, unsigned i);

/* Append what argument `i` adds to the result. False: nothing. */
bool print_view_more(struct rsx_buf *b, const struct view_call *c, unsigned i);

/* `len` bytes at `at`, in pieces that stay within pages. */
bool view_read(const struct view_call *c, uint64_t at, void *to, size_t len);

/* Text that ends with NUL. */
bool view_string(struct rsx_buf *b, const struct view_call *c, unsigned i);

/* print_view_net.c */
bool view_msghdr(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_mmsghdr(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_iovec(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_protocol(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_sockopt(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_optval(struct rsx_buf *b, const struct view_call *c, unsigned i);

/* print_view_signal.c */
bool view_sigset(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_sigaction(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_siginfo(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_stack(struct rsx_buf *b, const struct view_call *c, unsigned i);
bool view_wstatus(struct rsx_buf *b, const struct view_call *c, unsigned i);

#endif
