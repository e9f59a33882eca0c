/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing buffer with a maximum; see include/rsx/buf.h. */
#include "rsx/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rsx_buf_init(struct rsx_buf *b, size_t max)
{
	*b = (struct rsx_buf){ .max = max };
}

void rsx_buf_done(struct rsx_buf *b)
{
	free(b->data);
	*b = (struct rsx_buf){ .max = b->max };
}

void rsx_buf_reset(struct rsx_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

/* Make room for `more` bytes and a NUL. */
static bool reserve(struct rsx_buf *b, size_t more)
{
	size_t room = b->room ? b->room : 128;
	char *data;

	if (more > b->max || b->len > b->max - more) {
		b->failed = true;
		return false;
	}
	if (b->len + more + 1 <= b->room)
		return true;
	while (room < b->len + more + 1)
		room *= 2;
	data = realloc(b->data, room);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

void rsx_buf_add(struct rsx_buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void rsx_buf_addc(struct rsx_buf *b, char c)
{
	rsx_buf_add(b, &c, 1);
}

void rsx_buf_adds(struct rsx_buf *b, const char *s)
{
	rsx_buf_add(b, s, strlen(s));
}

void rsx_buf_addf(struct rsx_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}
