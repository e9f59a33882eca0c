/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See trip.h. Messages pass through a file, so that one of any size fits; the
 * payload that is placed ends at an unmapped page.
 */
#include "trip.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"

#define ARENA_MAX ((size_t)8 << 20)

void trip_init(struct trip *t, const char *call)
{
	static struct mm mm = { .uffd = -1 };

	*t = (struct trip){ .tracee = { .tid = getpid(), .mm = &mm } };
	t->mem = tracee_mem(&t->tracee);
	/* it has no tracer that knows any pids, and its descriptors are the twin's */
	t->mem.pid = t->mem.pid_there = t->mem.fd_in_struct = NULL;
	rsx_arena_init(&t->near_arena, ARENA_MAX);
	rsx_arena_init(&t->far_arena, ARENA_MAX);
	t->file = memfd_create("trip", MFD_CLOEXEC);
	ck_assert_int_ge(t->file, 0);
	rsx_rx_init(&t->there, t->file);
	rsx_rx_init(&t->back, t->file);
	trip_row(t, call);
}

void trip_done(struct trip *t)
{
	ck_assert(guard_fronts_intact());
	rsx_rx_done(&t->there);
	rsx_rx_done(&t->back);
	rsx_arena_done(&t->near_arena);
	rsx_arena_done(&t->far_arena);
	close(t->file);
	guard_free_all();
}

void trip_row(struct trip *t, const char *call)
{
	t->row = rsx_syscall_by_name(call);
	ck_assert_ptr_nonnull(t->row);
}

/* Write a message and receive it again. */
static void carry(struct trip *t, struct rsx_msg_out *out, struct rsx_rx *rx,
		  struct rsx_msg_in *ret_msg)
{
	size_t len = out->len, sent;

	ck_assert_int_eq(ftruncate(t->file, 0), 0);
	ck_assert_int_eq(lseek(t->file, 0, SEEK_SET), 0);
	ck_assert_int_eq(rsx_send(t->file, out, 0, &sent), 0);
	ck_assert_uint_eq(sent, len);
	ck_assert_int_eq(lseek(t->file, 0, SEEK_SET), 0);
	ck_assert_int_eq(rsx_rx_next(rx, 0, ret_msg), 1);
	ck_assert(!rsx_rx_pending(rx));
}

/* -EFAULT: what cannot be read here travels as such. */
static int efault(const struct rsx_frame *f)
{
	for (unsigned i = 0; i < f->row->nargs; i++) {
		const struct rsx_arg *a = &f->row->arg[i];

		if (rsx_kind_is_pointer(a->kind) && f->args[i] > RSX_POINTER_BLOB)
			return -EFAULT;
	}
	return 0;
}

int trip_capture(struct trip *t, const uint64_t args[RSX_MAX_ARGS], uint64_t skip)
{
	const struct rsx_syscall *row = rsx_syscall_variant(t->row, args);
	int err;

	ck_assert_ptr_nonnull(row);
	rsx_arena_reset(&t->near_arena);
	err = rsx_capture(&t->near, row, args, skip, &t->mem, &t->near_arena);
	return err ? err : efault(&t->near);
}

int trip_out_skip(struct trip *t, const uint64_t args[RSX_MAX_ARGS], uint64_t skip)
{
	uint64_t wire[RSX_MAX_ARGS] = { 0 };
	struct rsx_msg_out out;
	struct rsx_msg_in in;
	const Rsx__Call *c;
	int err = trip_capture(t, args, skip);

	if (err && err != -EFAULT)
		return err;
	ck_assert_int_eq(rsx_msg_pack_call(&out, RSX_MSG_CALL, 1, 7, &t->near, &t->near_arena), 0);
	carry(t, &out, &t->there, &in);
	ck_assert_int_eq(in.prefix.type, RSX_MSG_CALL);

	rsx_arena_reset(&t->far_arena);
	c = rsx_msg_unpack(&rsx__call__descriptor, &in, &t->far_arena);
	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_eq(rsx_syscall_by_nr(RSX_ARCH_GENERIC, c->nr), t->row);
	ck_assert_uint_eq(c->n_args, t->near.row->nargs);
	if (c->n_args)
		memcpy(wire, c->args, c->n_args * sizeof(wire[0]));
	ck_assert_int_eq(rsx_place(&t->far, rsx_syscall_variant(t->row, wire), wire, c->blobs,
				   c->n_blobs, guard_copy(in.payload, in.prefix.payload_len),
				   in.prefix.payload_len, &t->far_arena, t->native), 0);
	ck_assert_ptr_eq(t->far.row, t->near.row);
	return err;
}

int trip_out(struct trip *t, const uint64_t args[RSX_MAX_ARGS])
{
	return trip_out_skip(t, args, 0);
}

int64_t trip_back(struct trip *t, int64_t ret)
{
	struct rsx_msg_out out;
	struct rsx_msg_in in;

	t->far.ret = ret;
	rsx_harvest(&t->far, &t->far_arena);
	ck_assert_int_eq(rsx_msg_pack_reply(&out, 1, 7, &t->far, &t->far_arena), 0);
	carry(t, &out, &t->back, &in);
	ck_assert_int_eq(in.prefix.type, RSX_MSG_REPLY);
	ck_assert_uint_eq(in.prefix.call, 7);
	ck_assert_int_eq(rsx_msg_unpack_reply(&t->near, &in, &t->near_arena), 0);
	return rsx_commit(&t->near, &t->mem, &t->near_arena);
}
