/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reply's outputs -> tracee memory, and the result for its register.
 * Called by the tracer when a reply has come (src/tracer/reply.c). Lengths were
 * checked against the frame when the reply was unpacked.
 */
#include "rsx/frame.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "counted.h"
#include "engine.h"
#include "lenptr.h"
#include "msghdr.h"
#include "pointed.h"

struct commit {
	struct rsx_frame *f;
	const struct rsx_mem *mem;
	struct rsx_arena *arena;
};

/*
 * struct linux_dirent64 -> struct linux_dirent, in place: both records have
 * the same length; the type moves from before the name to the record's end.
 * getdents(2).
 */
static void dirents_to_old(uint8_t *p, size_t len)
{
	size_t at = 0;

	while (len - at >= 20) {
		uint16_t reclen;
		uint8_t type;

		memcpy(&reclen, p + at + 16, sizeof(reclen));
		if (reclen < 20 || reclen > len - at)
			return;
		type = p[at + 18];
		memmove(p + at + 18, p + at + 19, reclen - 19u);
		p[at + reclen - 1] = type;
		at += reclen;
	}
}

/*
 * Write `len` bytes over `iov`. A partial fault cuts the result of a transfer,
 * as in the kernel; anything else was wanted whole.
 */
static int64_t scatter(struct commit *c, const struct iovec *iov, size_t n,
		       const uint8_t *from, size_t len)
{
	ssize_t done;

	if (!len)
		return c->f->ret;
	done = c->mem->writev(c->mem->ctx, iov, n, from, len);
	if (done == (ssize_t)len)
		return c->f->ret;
	/* a file's read is cut to what arrived, a message is not */
	if (done <= 0 || !(c->f->row->flags & RSX_ROW_PIECES) || rsx_is_message(c->f))
		return -EFAULT;
	return done;
}

static int64_t commit_bytes(struct commit *c, struct rsx_blob *b)
{
	struct iovec to = { (void *)(uintptr_t)b->addr.v, b->out_len };
	bool maybe = rsx_may_discard(c->f) || (c->f->row->flags & RSX_ROW_ERRDATA);

	if (maybe && b->out_len <= b->in_len && !memcmp(b->in, b->out, b->out_len))
		return c->f->ret; /* as it went: the kernel has not touched it */
	if (c->f->row->arg[b->arg].kind == RSX_KIND_DIRENTS && c->f->old_dirents)
		dirents_to_old(b->out, b->out_len);
	return scatter(c, &to, 1, b->out, b->out_len);
}

static int64_t commit_iovec(struct commit *c, struct rsx_blob *b)
{
	return scatter(c, b->iov, b->niov, b->out, b->out_len);
}

static int64_t commit_struct(struct commit *c, struct rsx_blob *b)
{
	const struct rsx_layout *l = c->f->row->arg[b->arg].layout;
	uint8_t *native;

	if (l && l->pid_at && c->mem->pid && b->out_len >= l->pid_at + sizeof(int32_t))
		rsx_map_pid(b->out + l->pid_at, c->mem->pid, c->mem->ctx);
	if (!l || !l->to_native)
		return commit_bytes(c, b);
	if (b->out_len < l->wire_size)
		return c->f->ret;
	native = rsx_arena_alloc(c->arena, l->native_size);
	if (!native)
		return -ENOMEM;
	l->to_native(native, b->out);
	if (c->mem->write(c->mem->ctx, b->addr, native, l->native_size))
		return -EFAULT;
	return c->f->ret;
}

static int64_t commit_array(struct commit *c, struct rsx_blob *b)
{
	const struct rsx_layout *l = c->f->row->arg[b->arg].layout;
	size_t n = b->out_len / l->wire_size;
	uint8_t *native;

	if (!l->to_native)
		return commit_bytes(c, b);
	native = rsx_arena_alloc(c->arena, n * l->native_size + 1);
	if (!native)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		l->to_native(native + i * l->native_size, b->out + i * l->wire_size);
	if (c->mem->write(c->mem->ctx, b->addr, native, n * l->native_size))
		return -EFAULT;
	return c->f->ret;
}

static int64_t commit_msghdr(struct commit *c, struct rsx_blob *b)
{
	return rsx_msghdr_commit(c->f, b, c->mem);
}

static int64_t commit_lenptr(struct commit *c, struct rsx_blob *b)
{
	return rsx_lenptr_commit(c->f, b, c->mem);
}

static int64_t commit_counted(struct commit *c, struct rsx_blob *b)
{
	return rsx_counted_commit(c->f, b, c->mem);
}

static int64_t commit_pointed(struct commit *c, struct rsx_blob *b)
{
	return rsx_pointed_commit(c->f, b, c->mem);
}

static int64_t (*const commit_ops[RSX_KIND_MAX])(struct commit *, struct rsx_blob *) = {
	[RSX_KIND_BUF] = commit_bytes,
	[RSX_KIND_STRUCT] = commit_struct,
	[RSX_KIND_IOVEC] = commit_iovec,
	[RSX_KIND_SOCKADDR] = commit_bytes,
	[RSX_KIND_SOCKLEN] = commit_bytes,
	[RSX_KIND_ARRAY] = commit_array,
	[RSX_KIND_DIRENTS] = commit_bytes,
	[RSX_KIND_MSGHDR] = commit_msghdr,
	[RSX_KIND_LENPTR] = commit_lenptr,
	[RSX_KIND_COUNTED] = commit_counted,
	[RSX_KIND_POINTED] = commit_pointed,
};

int64_t rsx_commit(struct rsx_frame *f, const struct rsx_mem *mem,
		   struct rsx_arena *arena)
{
	struct commit c = { .f = f, .mem = mem, .arena = arena };
	int64_t ret = f->ret;

	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];
		unsigned kind = f->row->arg[b->arg].kind;
		int64_t r;

		if (!b->cap || !b->out_len || !commit_ops[kind] || !rsx_output_valid(f, b))
			continue;
		r = commit_ops[kind](&c, b);
		if (r != f->ret)
			ret = r;
	}
	if (f->row->ret == RSX_RET_FLAGS && ret >= 0 && f->row->ret_xlat)
		ret = (int64_t)rsx_xlat_from_wire(f->row->ret_xlat, RSX_ARCH_NATIVE,
						  (uint64_t)ret);
	return ret;
}
