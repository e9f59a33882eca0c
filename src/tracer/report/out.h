/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a trace goes: text gathered in memory, written when the loop is idle
 * or much has come together. A format that needs closing words (a JSON array)
 * has them in a regular file after every write, so that the file is whole
 * however the run ends; elsewhere they come at the end.
 */
#ifndef RSX_REPORT_OUT_H
#define RSX_REPORT_OUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "rsx/buf.h"

struct out {
	int fd;
	bool own;	  /* to be closed */
	bool overwrites;  /* a regular file, and there is a tail */
	bool failed;	  /* said so */
	off_t at;	  /* overwrites: where the tail begins */
	const char *tail; /* closing words, "": none */
	struct rsx_buf buf;
};

/* `file` NULL: stderr. It is emptied, but to `append`. `tail` must outlive it. 0 or -errno. */
int out_open(struct out *o, const char *file, bool append, const char *tail);
void out_flush(struct out *o);
/* Flush, if there is much. */
void out_flush_full(struct out *o);
void out_close(struct out *o);

#endif
