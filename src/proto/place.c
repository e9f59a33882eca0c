/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's half of a call's memory: place the blobs that a peer sent,
 * give the kernel room for its outputs, and afterwards cut the outputs to
 * what was produced. Nothing a peer says is believed: the row decides how
 * many blobs there are and how long each must be, and a frame that does not
 * fit is -EBADMSG. Called by src/server/execute.c and the fuzzer.
 */
#include "rsx/frame.h"

#include <errno.h>
#include <string.h>

#include "counted.h"
#include "engine.h"
#include "lenptr.h"
#include "msghdr.h"
#include "pointed.h"

struct place {
	struct rsx_frame *f;
	struct rsx_arena *arena;
	uint64_t *native; /* the arguments */
	uint64_t out_total;
};

/* Room for an output that the kernel will write; inputs are copied in first. */
static int room_for_output(struct place *p, struct rsx_blob *b, size_t native_size)
{
	size_t size = b->cap > native_size ? b->cap : native_size;

	p->out_total += size;
	if (p->out_total > RSX_MAX_PAYLOAD)
		return -EBADMSG;
	b->out = rsx_arena_alloc(p->arena, size ? size : 1);
	return b->out ? 0 : -ENOMEM;
}

/*
 * Data of which the peer could not read the end: here, too, it ends where
 * nothing can be read, so that the kernel writes what there is, or says what is
 * wrong, in its own order.
 */
static int end_unreadable(struct place *p, struct rsx_blob *b)
{
	uint8_t *to = rsx_arena_alloc_guarded(p->arena, b->in_len);

	if (!to)
		return -ENOMEM;
	if (b->in_len)
		memcpy(to, b->in, b->in_len);
	b->in = to;
	return 0;
}

static int place_string(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	uint32_t max = p->f->row->arg[b->arg].kind == RSX_KIND_PATH ? RSX_MAX_PATH :
								      RSX_MAX_SMALL_BUF;

	if (!b->in_len || b->in_len > max || b->in[b->in_len - 1] ||
	    memchr(b->in, 0, b->in_len - 1))
		return -EBADMSG;
	*ret = (uintptr_t)b->in;
	return 0;
}

static int place_buf(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	const struct rsx_arg *a = &p->f->row->arg[b->arg];
	uint64_t len = rsx_len_eval(p->f, a, a->cap);
	int err;

	if (len > RSX_MAX_PIECE)
		return -EBADMSG;
	if (rsx_is_written(p->f, a) && b->in_len < len) {
		err = end_unreadable(p, b);
		*ret = (uintptr_t)b->in;
		return err;
	}
	if (b->in_len != (rsx_arg_in(a) ? len : 0) && (b->in_len != len || !rsx_may_discard(p->f)))
		return -EBADMSG;
	if (len && !b->in_len && rsx_may_discard(p->f))
		return 0; /* NULL: the peer's buffer is no better */
	if (!rsx_arg_out(a)) {
		*ret = (uintptr_t)b->in;
		return 0;
	}
	b->cap = (uint32_t)len;
	err = room_for_output(p, b, 0);
	if (err)
		return err;
	if (b->in_len)
		memcpy(b->out, b->in, b->in_len);
	else if (a->fill.op == RSX_LEN_NONE || rsx_result_may_lie(p->f))
		memset(b->out, 0, b->cap); /* never our memory's old contents */
	*ret = (uintptr_t)b->out;
	return 0;
}

static int place_struct(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	const struct rsx_arg *a = &p->f->row->arg[b->arg];
	const struct rsx_layout *l = a->layout;
	size_t rest = 0;
	int err;

	if (!l || a->cap.op == RSX_LEN_CASES)
		return place_buf(p, b, ret);
	if (rsx_arg_in(a) && a->cap.op != RSX_LEN_STRUCT) {
		/* it says its own length: see capture_struct() */
		uint64_t len = rsx_len_eval(p->f, a, a->cap);

		if (len < l->wire_size || len > RSX_MAX_STRUCT)
			return -EBADMSG;
		rest = len - l->wire_size;
	}
	if (b->in_len != (rsx_arg_in(a) ? l->wire_size + rest : 0))
		return -EBADMSG;
	if (!rsx_arg_out(a) && !l->to_native) {
		*ret = (uintptr_t)b->in;
		return 0;
	}
	b->cap = rsx_arg_out(a) ? l->wire_size : 0;
	err = room_for_output(p, b, l->native_size + rest);
	if (err)
		return err;
	memset(b->out, 0, l->native_size > b->cap ? l->native_size : b->cap);
	if (rsx_arg_in(a)) {
		if (l->to_native)
			l->to_native(b->out, b->in);
		else
			memcpy(b->out, b->in, l->wire_size);
		memcpy(b->out + l->native_size, b->in + l->wire_size, rest);
	}
	*ret = (uintptr_t)b->out;
	return 0;
}

static int place_array(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	const struct rsx_arg *a = &p->f->row->arg[b->arg];
	uint64_t n = rsx_len_eval(p->f, a, a->cap);
	int err;

	if ((int64_t)n < 0)
		n = 0; /* the kernel sees the argument and refuses it */
	if (b->in_len || n > RSX_MAX_ARRAY)
		return -EBADMSG;
	b->cap = (uint32_t)n * a->layout->wire_size;
	err = room_for_output(p, b, n * a->layout->native_size);
	*ret = (uintptr_t)b->out;
	return err;
}

static int place_socklen(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	int err;

	if (b->in_len != sizeof(uint32_t))
		return -EBADMSG;
	b->cap = sizeof(uint32_t);
	err = room_for_output(p, b, 0);
	if (err)
		return err;
	memcpy(b->out, b->in, b->in_len);
	*ret = (uintptr_t)b->out;
	return 0;
}

/* A flat iovec: the bytes are one part. Its count: see capture_iovec(). */
static int place_iovec(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	const struct rsx_arg *a = &p->f->row->arg[b->arg];
	uint64_t count = p->f->args[a->cap.arg];
	uint64_t unread = count > 1 ? count - 1 : 0;
	struct iovec *iov;
	int err = 0;

	if (b->in_len > RSX_MAX_PIECE || (!count && b->in_len) ||
	    unread > (rsx_is_written(p->f, a) ? RSX_MAX_PIECE - b->in_len : 0))
		return -EBADMSG;
	if (unread) {
		err = end_unreadable(p, b);
		p->native[a->cap.arg] = 1;
	}
	iov = rsx_arena_alloc(p->arena, sizeof(*iov));
	if (!iov)
		return -ENOMEM;
	*ret = (uintptr_t)iov;
	if (!rsx_arg_out(a)) {
		*iov = (struct iovec){ b->in, b->in_len + unread };
		return err;
	}
	/* for an output the length travels as a u32 in the blob */
	if (count) {
		if (b->in_len != sizeof(uint32_t))
			return -EBADMSG;
		memcpy(&b->cap, b->in, sizeof(b->cap));
		if (b->cap > RSX_MAX_PIECE)
			return -EBADMSG;
	}
	err = room_for_output(p, b, 0);
	if (err)
		return err;
	*iov = (struct iovec){ b->out, b->cap };
	return 0;
}

static int place_msghdr(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	return rsx_msghdr_place(p->f, b, p->arena, ret);
}

static int place_lenptr(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	return rsx_lenptr_place(b, p->arena, ret);
}

static int place_counted(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	return rsx_counted_place(&p->f->row->arg[b->arg], b, p->arena, ret);
}

static int place_pointed(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	return rsx_pointed_place(&p->f->row->arg[b->arg], b, p->arena, ret);
}

static int place_nothing(struct place *p, struct rsx_blob *b, uint64_t *ret)
{
	(void)p;
	(void)b;
	(void)ret;
	return -EBADMSG;
}

static int (*const place_ops[RSX_KIND_MAX])(struct place *, struct rsx_blob *, uint64_t *) = {
	[RSX_KIND_PATH] = place_string,
	[RSX_KIND_STR] = place_string,
	[RSX_KIND_BUF] = place_buf,
	[RSX_KIND_STRUCT] = place_struct,
	[RSX_KIND_IOVEC] = place_iovec,
	[RSX_KIND_SOCKADDR] = place_buf,
	[RSX_KIND_SOCKLEN] = place_socklen,
	[RSX_KIND_ARRAY] = place_array,
	[RSX_KIND_DIRENTS] = place_buf,
	[RSX_KIND_MSGHDR] = place_msghdr,
	[RSX_KIND_LENPTR] = place_lenptr,
	[RSX_KIND_COUNTED] = place_counted,
	[RSX_KIND_POINTED] = place_pointed,
	[RSX_KIND_STRV] = place_nothing,
};

/* Cut the payload into blobs; each non-NULL pointer of the row takes one. */
static int slice(struct rsx_frame *f, const uint32_t *in_len, size_t n_in,
		 uint8_t *payload, size_t payload_len)
{
	size_t at = 0;

	for (unsigned i = 0; i < f->row->nargs; i++) {
		struct rsx_blob *b;

		if (!rsx_kind_is_pointer(f->row->arg[i].kind))
			continue;
		if (f->args[i] >= RSX_POINTER_MAX)
			return -EBADMSG;
		if (f->args[i] != RSX_POINTER_BLOB)
			continue;
		if (f->nblobs >= n_in || in_len[f->nblobs] > payload_len - at)
			return -EBADMSG;
		b = &f->blob[f->nblobs];
		*b = (struct rsx_blob){
			.arg = (uint8_t)i,
			.in_len = in_len[f->nblobs],
			.in = payload + at,
		};
		at += b->in_len;
		f->nblobs++;
	}
	return f->nblobs == n_in && at == payload_len ? 0 : -EBADMSG;
}

int rsx_place(struct rsx_frame *f, const struct rsx_syscall *row,
	      const uint64_t *args, const uint32_t *in_len, size_t n_in,
	      uint8_t *payload, size_t payload_len, struct rsx_arena *arena,
	      uint64_t ret_native[RSX_MAX_ARGS])
{
	struct place p = { .f = f, .arena = arena, .native = ret_native };
	int err;

	*f = (struct rsx_frame){ .row = row };
	memcpy(f->args, args, sizeof(f->args));
	err = slice(f, in_len, n_in, payload, payload_len);
	if (err)
		return err;
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++) {
		const struct rsx_arg *a = &row->arg[i];

		ret_native[i] = 0;
		if (i >= row->nargs || a->kind == RSX_KIND_ADDR)
			continue;
		if (rsx_kind_is_pointer(a->kind)) {
			if (f->args[i] > RSX_POINTER_BLOB)
				ret_native[i] = rsx_bad_pointer(f->args[i]);
			continue;
		}
		ret_native[i] = f->args[i];
		if (a->xlat)
			ret_native[i] = rsx_xlat_from_wire(a->xlat, RSX_ARCH_NATIVE,
							   f->args[i]);
	}
	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];

		err = place_ops[row->arg[b->arg].kind](&p, b, &ret_native[b->arg]);
		if (err)
			return err;
	}
	return 0;
}

bool rsx_place_aligned(struct rsx_frame *f, struct rsx_arena *arena,
		       uint64_t native[RSX_MAX_ARGS])
{
	bool moved = false;

	if (!(f->row->flags & RSX_ROW_PIECES))
		return false;
	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];
		const struct rsx_arg *a = &f->row->arg[b->arg];
		struct iovec *iov = (void *)(uintptr_t)native[b->arg];
		uint8_t **data = rsx_arg_out(a) ? &b->out : &b->in;
		size_t len = rsx_arg_out(a) ? b->cap : b->in_len;
		uint8_t *to;

		/* what ends at an unreadable page is aligned as its end is */
		if (rsx_is_written(f, a) && (a->kind == RSX_KIND_IOVEC ? iov->iov_len :
					     rsx_len_eval(f, a, a->cap)) != len)
			continue;

		if ((a->kind != RSX_KIND_BUF && a->kind != RSX_KIND_IOVEC) || !len ||
		    (uintptr_t)*data % RSX_DIRECT_ALIGN == 0)
			continue;
		to = rsx_arena_alloc(arena, len + RSX_DIRECT_ALIGN);
		if (!to)
			return false;
		to += -(uintptr_t)to % RSX_DIRECT_ALIGN;
		memcpy(to, *data, len);
		*data = to;
		if (a->kind == RSX_KIND_IOVEC)
			iov->iov_base = to;
		else
			native[b->arg] = (uintptr_t)to;
		moved = true;
	}
	return moved;
}

/* The structs that were filled, in the wire's layout. */
static void harvest_array(struct rsx_frame *f, struct rsx_blob *b, struct rsx_arena *arena)
{
	const struct rsx_arg *a = &f->row->arg[b->arg];
	const struct rsx_layout *l = a->layout;
	uint64_t n = rsx_len_eval(f, a, a->fill);
	uint8_t *wire;

	if (n > b->cap / l->wire_size)
		n = b->cap / l->wire_size;
	b->out_len = (uint32_t)n * l->wire_size;
	if (!l->to_wire || !n)
		return;
	wire = rsx_arena_alloc(arena, b->out_len);
	if (!wire) {
		b->out_len = 0;
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		l->to_wire(wire + i * l->wire_size, b->out + i * l->native_size);
	b->out = wire;
}

void rsx_harvest(struct rsx_frame *f, struct rsx_arena *arena)
{
	if (f->row->ret == RSX_RET_FLAGS && f->ret >= 0 && f->row->ret_xlat)
		f->ret = (int64_t)rsx_xlat_to_wire(f->row->ret_xlat, RSX_ARCH_NATIVE,
						   (uint64_t)f->ret);
	/* value-result lengths first: other outputs are cut to them */
	for (unsigned i = 0; i < f->nblobs; i++)
		if (f->row->arg[f->blob[i].arg].kind == RSX_KIND_SOCKLEN)
			f->blob[i].out_len = rsx_output_valid(f, &f->blob[i]) ?
						 f->blob[i].cap : 0;
	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];
		const struct rsx_arg *a = &f->row->arg[b->arg];
		bool valid = rsx_output_valid(f, b);

		if (a->kind == RSX_KIND_SOCKLEN)
			continue;
		if (a->kind == RSX_KIND_ARRAY) {
			b->out_len = 0;
			if (valid)
				harvest_array(f, b, arena);
			continue;
		}
		if (a->kind == RSX_KIND_MSGHDR) {
			if (valid)
				rsx_msghdr_harvest(f, b);
			continue;
		}
		if (a->kind == RSX_KIND_LENPTR) {
			if (valid)
				rsx_lenptr_harvest(b);
			continue;
		}
		if (a->kind == RSX_KIND_COUNTED) {
			if (valid)
				rsx_counted_harvest(f, b);
			continue;
		}
		if (a->kind == RSX_KIND_POINTED) {
			if (valid)
				rsx_pointed_harvest(a->pointed, b);
			continue;
		}
		b->out_len = b->cap && valid ? rsx_fill(f, b) : 0;
		if (b->out_len && a->kind == RSX_KIND_STRUCT && a->layout && a->layout->to_wire) {
			uint8_t *wire = rsx_arena_alloc(arena, a->layout->wire_size);

			if (!wire) {
				b->out_len = 0;
				continue;
			}
			a->layout->to_wire(wire, b->out);
			b->out = wire;
		}
	}
}
