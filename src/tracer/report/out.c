/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See out.h. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rsx/log.h"

#define OUT_MAX	 ((size_t)32 << 20) /* one call's text is far less: RSX_MAX_PIECE, escaped */
#define OUT_FULL ((size_t)512 << 10)

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

int out_open(struct out *o, const char *file, bool append, const char *tail)
{
	*o = (struct out){ .fd = STDERR_FILENO, .tail = tail };
	if (file) {
		o->fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? 0 : O_TRUNC) | (*tail ? 0 : O_APPEND),
			     0666);
		if (o->fd < 0)
			return -errno;
		o->own = true;
		o->overwrites = *tail && is_regular(o->fd);
	}
	rsx_buf_init(&o->buf, OUT_MAX);
	return 0;
}

static void write_all(struct out *o, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && !o->failed) {
		ssize_t n = o->overwrites ? pwrite(o->fd, data + at, len - at, o->at + (off_t)at)
					  : write(o->fd, data + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			o->failed = true;
			rsx_error("the trace cannot be written: %s", strerror(n ? errno : ENOSPC));
			break;
		}
		at += (size_t)n;
	}
}

void out_flush(struct out *o)
{
	size_t len = o->buf.len;

	if (!len)
		return;
	if (o->overwrites) {
		/* one write, so that the file is never seen without its end */
		rsx_buf_adds(&o->buf, o->tail);
		write_all(o, o->buf.data, o->buf.len);
		o->at += (off_t)len;
	} else {
		write_all(o, o->buf.data, len);
	}
	rsx_buf_reset(&o->buf);
}

void out_flush_full(struct out *o)
{
	if (o->buf.len > OUT_FULL)
		out_flush(o);
}

void out_close(struct out *o)
{
	out_flush(o);
	if (!o->overwrites && *o->tail)
		write_all(o, o->tail, strlen(o->tail));
	rsx_buf_done(&o->buf);
	if (o->own)
		close(o->fd);
}
