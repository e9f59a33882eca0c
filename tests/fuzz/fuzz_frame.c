/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz the server's check of a frame against its row, for every row that may
 * travel. What passes must be safe to execute: pointers lead into the payload
 * or the arena, and outputs stay within their room whatever the result.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rsx/control.h"
#include "rsx/frame.h"
#include "rsx/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint16_t row;
	uint8_t n_in;
	uint8_t small; /* arguments that are bytes rather than words */
	int64_t ret;
	uint64_t args[RSX_MAX_ARGS];
	uint32_t in_len[RSX_MAX_BLOBS];
} __attribute__((packed));

static const struct rsx_syscall *pick(const struct input *in, const uint64_t args[RSX_MAX_ARGS])
{
	const struct rsx_syscall *row = &rsx_syscalls[in->row % rsx_nsyscalls];

	row = rsx_syscall_variant(row, args);
	return row && rsx_syscall_on_wire(row) ? row : NULL;
}

/* Pointers are 0 to 3 and counts small, now and then, or little would pass. */
static void tame(const struct input *in, uint64_t args[RSX_MAX_ARGS])
{
	memcpy(args, in->args, sizeof(in->args));
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++)
		if (in->small >> i & 1)
			args[i] = args[i] & 0xff;
}

static void touch(const volatile uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)p[i];
}

/* What a message passes is looked at before it is sent: it must be all there. */
static void walk_control(const struct rsx_blob *b)
{
	const struct msghdr *m = b->native;
	struct rsx_cmsg c = { 0 };

	while (m->msg_control && rsx_cmsg_next(m->msg_control, m->msg_controllen, &c)) {
		touch(c.data, c.len);
		for (size_t i = 0; i < rsx_cmsg_fds(&c); i++)
			(void)rsx_cmsg_fd(&c, i);
	}
}

/* What receives may lack its buffer: MSG_TRUNC with one that cannot be read here. */
static bool may_lack_buffer(const struct rsx_frame *f)
{
	for (unsigned i = 0; i < f->row->nargs; i++)
		if (f->row->arg[i].kind == RSX_KIND_FLAGS && (f->args[i] & MSG_TRUNC))
			return true;
	return false;
}

static void check(struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS], const struct input *in,
		  struct rsx_arena *arena)
{
	for (unsigned i = 0; i < f->row->nargs; i++)
		if (rsx_kind_is_pointer(f->row->arg[i].kind) && !f->args[i] != !native[i] &&
		    (native[i] || !may_lack_buffer(f)))
			abort();
	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];

		touch(b->in, b->in_len);
		if (f->row->arg[b->arg].kind == RSX_KIND_MSGHDR && !b->cap)
			walk_control(b);
		if (b->out)
			memset(b->out, 0x5a, b->cap); /* as the kernel may */
	}
	f->ret = in->ret;
	rsx_harvest(f, arena);
	for (unsigned i = 0; i < f->nblobs; i++) {
		if (f->blob[i].out_len > f->blob[i].cap)
			abort();
		touch(f->blob[i].out, f->blob[i].out_len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t args[RSX_MAX_ARGS], native[RSX_MAX_ARGS];
	uint32_t in_len[RSX_MAX_BLOBS];
	const struct rsx_syscall *row;
	struct rsx_arena arena;
	struct rsx_frame f;
	struct input in;
	uint8_t *payload;

	if (size < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	tame(&in, args);
	row = pick(&in, args);
	if (!row)
		return 0;
	memcpy(in_len, in.in_len, sizeof(in_len));
	size -= sizeof(in);
	payload = malloc(size ? size : 1); /* a block of its own: ASan sees its end */
	memcpy(payload, data + sizeof(in), size);
	rsx_arena_init(&arena, 8u << 20);
	if (!rsx_place(&f, row, args, in_len, in.n_in % (RSX_MAX_BLOBS + 1), payload, size, &arena,
		       native))
		check(&f, native, &in, &arena);
	rsx_arena_done(&arena);
	free(payload);
	return 0;
}
