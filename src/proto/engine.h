/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that capture, commit and place share. */
#ifndef RSX_PROTO_ENGINE_H
#define RSX_PROTO_ENGINE_H

#include <string.h>
#include <sys/socket.h>

#include "rsx/frame.h"

static inline enum rsx_dir rsx_arg_dir(const struct rsx_arg *a)
{
	return a->dir ? (enum rsx_dir)a->dir : RSX_IN;
}

static inline bool rsx_arg_in(const struct rsx_arg *a)
{
	return rsx_arg_dir(a) & RSX_IN;
}

static inline bool rsx_arg_out(const struct rsx_arg *a)
{
	return rsx_arg_dir(a) & RSX_OUT;
}

/* Is an error the result? */
static inline bool rsx_is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

/* Does this output come back with this result? On error it must have gone, too. */
static inline bool rsx_output_valid(const struct rsx_frame *f, const struct rsx_blob *b)
{
	return !rsx_is_error(f->ret) ||
	       ((f->row->flags & RSX_ROW_ERRDATA) && rsx_arg_in(&f->row->arg[b->arg]));
}

/* Translate the pid that is kept at `at`. */
static inline void rsx_map_pid(uint8_t *at, int (*map)(void *ctx, int pid), void *ctx)
{
	int32_t pid;

	memcpy(&pid, at, sizeof(pid));
	pid = map(ctx, pid);
	memcpy(at, &pid, sizeof(pid));
}

/* Data that is written or sent: the end of it may be what cannot be read. */
static inline bool rsx_is_written(const struct rsx_frame *f, const struct rsx_arg *a)
{
	return (f->row->flags & RSX_ROW_PIECES) && !rsx_arg_out(a) &&
	       (a->kind == RSX_KIND_BUF || a->kind == RSX_KIND_IOVEC ||
		a->kind == RSX_KIND_MSGHDR);
}

/* Does it move messages, of which no half is received? */
static inline bool rsx_is_message(const struct rsx_frame *f)
{
	return f->socket || (f->row->classes & RSX_CLASS_NET);
}

/*
 * recv(2) with MSG_TRUNC: the result is above what was written, and TCP throws
 * the data away and writes nothing at all. So the buffer's old bytes travel
 * along and come back as the kernel left them.
 */
static inline bool rsx_may_discard(const struct rsx_frame *f)
{
	if (!(f->row->flags & RSX_ROW_PIECES) || !(f->row->classes & RSX_CLASS_NET))
		return false;
	for (unsigned i = 0; i < f->row->nargs; i++)
		if (f->row->arg[i].kind == RSX_KIND_FLAGS)
			return f->args[i] & MSG_TRUNC;
	return false;
}

/* Can the result be above what was written, as sizes that are asked for (syslog(2))? */
static inline bool rsx_result_may_lie(const struct rsx_frame *f)
{
	return !(f->row->flags & RSX_ROW_PIECES) || rsx_may_discard(f);
}

/* An output's length at exit: its fill, cut to its cap. */
static inline uint32_t rsx_fill(const struct rsx_frame *f, const struct rsx_blob *b)
{
	const struct rsx_arg *a = &f->row->arg[b->arg];
	struct rsx_len fill = a->fill;
	uint64_t n;

	if (fill.op == RSX_LEN_NONE)
		return b->cap;
	if (fill.op == RSX_LEN_AT)
		fill.size = 1; /* the length that came back, not the one that went */
	n = rsx_len_eval(f, a, fill);
	return n < b->cap ? (uint32_t)n : b->cap;
}

#endif
