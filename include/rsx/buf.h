/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing text or byte buffer with a maximum given at init. Appending past
 * the maximum or out of memory sets `failed` and drops the excess; the caller
 * checks once at the end.
 */
#ifndef RSX_BUF_H
#define RSX_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct rsx_buf {
	char *data; /* len bytes and a NUL, or NULL when nothing was added */
	size_t len;
	size_t room;
	size_t max;
	bool failed;
};

void rsx_buf_init(struct rsx_buf *b, size_t max);
void rsx_buf_done(struct rsx_buf *b);
void rsx_buf_add(struct rsx_buf *b, const void *data, size_t len);
void rsx_buf_addc(struct rsx_buf *b, char c);
void rsx_buf_adds(struct rsx_buf *b, const char *s);
void rsx_buf_addf(struct rsx_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void rsx_buf_reset(struct rsx_buf *b);

#endif
