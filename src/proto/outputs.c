/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs of a call that ran here, as a frame has them that was forwarded: the
 * trace shows both alike.
 */
#include "rsx/frame.h"

#include "engine.h"

/* One output of a call that ran here, in the wire's layout. */
static void read_output(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem,
			struct rsx_arena *arena)
{
	const struct rsx_layout *l = f->row->arg[b->arg].layout;
	uint32_t len = rsx_fill(f, b);
	size_t size = l && l->native_size > len ? l->native_size : len;
	uint8_t *native = rsx_arena_alloc(arena, size + 1), *wire = native;
	struct iovec one = { (void *)(uintptr_t)b->addr.v, l && l->to_wire ? l->native_size : len };

	if (!native || !len)
		return;
	if (mem->readv(mem->ctx, b->iov ? b->iov : &one, b->iov ? b->niov : 1, native,
		       b->iov ? len : one.iov_len) < (ssize_t)(b->iov ? len : one.iov_len))
		return;
	if (l && l->to_wire) {
		wire = rsx_arena_alloc(arena, l->wire_size);
		if (!wire)
			return;
		l->to_wire(wire, native);
	}
	b->out = wire;
	b->out_len = len;
}

void rsx_capture_outputs(struct rsx_frame *f, const struct rsx_mem *mem, struct rsx_arena *arena)
{
	for (unsigned i = 0; i < f->nblobs; i++) {
		unsigned kind = f->row->arg[f->blob[i].arg].kind;

		if (!rsx_output_valid(f, &f->blob[i]))
			continue;
		if (f->blob[i].cap && kind != RSX_KIND_MSGHDR && kind != RSX_KIND_ARRAY &&
		    kind != RSX_KIND_LENPTR && kind != RSX_KIND_COUNTED &&
		    kind != RSX_KIND_POINTED)
			read_output(f, &f->blob[i], mem, arena);
	}
}
