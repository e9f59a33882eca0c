/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both ends of a call share: the length grammar and the order of blobs.
 *
 * A call's life: the tracer captures it (capture.c), the server places it
 * (place.c), runs it and harvests the outputs (place.c), the tracer commits
 * them (commit.c). Nothing in these four files knows which syscall it
 * carries. The engine's rules are in include/rsx/frame.h.
 */
#include "rsx/frame.h"

#include <string.h>

struct rsx_blob *rsx_frame_blob(struct rsx_frame *f, unsigned arg)
{
	for (unsigned i = 0; i < f->nblobs; i++)
		if (f->blob[i].arg == arg)
			return &f->blob[i];
	return NULL;
}

/* A 32-bit field of what pointer argument `arg` points to; 0 if there is none. */
static uint64_t field(const struct rsx_frame *f, unsigned arg, unsigned at, bool result)
{
	struct rsx_blob *b = rsx_frame_blob((struct rsx_frame *)f, arg);
	int32_t v = 0;

	if (!b)
		return 0;
	if (result && b->out && at + sizeof(v) <= b->out_len)
		memcpy(&v, b->out + at, sizeof(v));
	else if (b->in && at + sizeof(v) <= b->in_len)
		memcpy(&v, b->in + at, sizeof(v));
	return v < 0 ? 0 : (uint64_t)v;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

/*
 * An argument as a length. The kernel sees 32 bits of an int, and refuses a
 * negative one without looking at the memory: none of that travels.
 */
static uint64_t argument(const struct rsx_frame *f, unsigned arg)
{
	if (f->row->arg[arg].kind != RSX_KIND_INT)
		return f->args[arg];
	return (int32_t)f->args[arg] < 0 ? 0 : (uint32_t)f->args[arg];
}

static uint64_t by_case(const struct rsx_len_case *c, uint64_t value)
{
	while (c->size && c->value != value)
		c++;
	return c->size;
}

uint64_t rsx_len_eval(const struct rsx_frame *f, const struct rsx_arg *arg,
		      struct rsx_len len)
{
	uint64_t ret = f->ret > 0 ? (uint64_t)f->ret : 0;

	switch ((enum rsx_len_op)len.op) {
	case RSX_LEN_NONE:
		return 0;
	case RSX_LEN_BYTES:
		return len.size;
	case RSX_LEN_STRUCT:
		return arg->layout ? arg->layout->wire_size : 0;
	case RSX_LEN_ARG:
		return argument(f, len.arg);
	case RSX_LEN_ARG_X:
		return times(argument(f, len.arg), len.size);
	case RSX_LEN_AT:
		return field(f, len.arg, 0, len.size);
	case RSX_LEN_RET:
		return ret;
	case RSX_LEN_RET_X:
		return times(ret, len.size);
	case RSX_LEN_BITS:
		return times(argument(f, len.arg) / 64 + (argument(f, len.arg) % 64 != 0), 8);
	case RSX_LEN_FIELD:
		return field(f, len.arg, len.size, false);
	case RSX_LEN_CASES:
		return by_case(arg->cases, field(f, len.arg, 0, false));
	}
	return 0;
}

bool rsx_arg_nofollow(const struct rsx_arg *a, uint64_t flags)
{
	switch ((enum rsx_follow)a->follow) {
	case RSX_FOLLOW:
		return a->creates;
	case RSX_NOFOLLOW:
		return true;
	case RSX_NOFOLLOW_IF:
		return flags & a->flagbit;
	case RSX_FOLLOW_IF:
		return !(flags & a->flagbit);
	}
	return false;
}
