/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers and tracee memory -> frame. Every address and length is read once.
 *
 * Two passes over the row: scalars and value-result lengths first, since a
 * buffer's length may stand behind it; then the pointers, in order, one blob
 * each. Called by the tracer for every forwarded call (src/tracer/dispatch.c).
 */
#include "rsx/frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "counted.h"
#include "engine.h"
#include "lenptr.h"
#include "msghdr.h"
#include "pointed.h"

#define MAX_RW_COUNT ((uint64_t)0x7ffff000) /* the kernel's own cut */
#define SMALLEST_DIRENT 24		    /* struct linux_dirent64 of a short name */

struct capture {
	struct rsx_frame *f;
	const uint64_t *args; /* native */
	uint64_t skip;
	const struct rsx_mem *mem;
	struct rsx_arena *arena;
	uint32_t at[RSX_MAX_ARGS]; /* values of SOCKLEN arguments */
	bool beyond; /* the pointer in hand: what it says to be there would not be user memory */
};

static int capture_string(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	uint64_t room = RSX_MAX_PATH;
	const char *preset = c->f->preset[b->arg];

	if (preset) {
		b->in = (uint8_t *)preset;
		b->in_len = (uint32_t)strlen(preset) + 1;
		return b->in_len > RSX_MAX_PATH ? -ENAMETOOLONG : 0;
	}
	if (a->kind == RSX_KIND_STR && a->cap.op)
		room = rsx_len_eval(c->f, a, a->cap);
	if (room > RSX_MAX_SMALL_BUF)
		room = RSX_MAX_SMALL_BUF;
	return rsx_read_string(c->mem, b->addr, room, c->arena, (char **)&b->in, &b->in_len);
}

static bool is_data(const struct capture *c, const struct rsx_arg *a)
{
	return (c->f->row->flags & RSX_ROW_PIECES) &&
	       (a->kind == RSX_KIND_BUF || a->kind == RSX_KIND_IOVEC);
}

/*
 * A length that is an argument and is cut must be cut there too: the kernel
 * over there believes the argument.
 */
static void cut(struct capture *c, const struct rsx_arg *a, uint64_t len)
{
	if (a->cap.op == RSX_LEN_ARG)
		c->f->args[a->cap.arg] = len;
	else if (a->cap.op == RSX_LEN_ARG_X)
		c->f->args[a->cap.arg] = len / a->cap.size;
}

/* A transfer's data: what is left to be moved of as much as the kernel moves. 0 or -EFAULT. */
static int cut_data(struct capture *c, struct rsx_blob *b, uint64_t *len)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];

	/* read(2) looks at the whole range first, recv(2) at what it may move */
	if (*len > MAX_RW_COUNT && (c->f->row->classes & RSX_CLASS_NET))
		*len = MAX_RW_COUNT;
	c->beyond = *len > rsx_user_end() || b->addr.v > rsx_user_end() - *len;
	if (c->beyond)
		return -EFAULT;
	if (*len > MAX_RW_COUNT)
		*len = MAX_RW_COUNT;
	*len -= c->skip;
	b->addr = rsx_addr_add(b->addr, c->skip);
	cut(c, a, *len);
	c->f->data_total = *len;
	c->f->data_in = rsx_arg_in(a);
	return 0;
}

static int capture_buf(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	uint64_t len = rsx_len_eval(c->f, a, a->cap);
	struct iovec from;
	ssize_t n;
	bool old;
	int err = is_data(c, a) ? cut_data(c, b, &len) : 0;

	if (err)
		return err;
	if (len > RSX_MAX_PIECE) {
		if (a->cap.op != RSX_LEN_ARG && a->cap.op != RSX_LEN_ARG_X)
			return -EINVAL;
		cut(c, a, RSX_MAX_PIECE);
		len = rsx_len_eval(c->f, a, a->cap);
	}
	if (is_data(c, a))
		c->f->data_len = len;
	if (rsx_arg_out(a))
		b->cap = (uint32_t)len;
	old = !rsx_arg_in(a) && rsx_may_discard(c->f);
	if ((!rsx_arg_in(a) && !old) || !len)
		return 0;
	b->in = rsx_arena_alloc(c->arena, len);
	if (!b->in)
		return -ENOMEM;
	from = (struct iovec){ (void *)(uintptr_t)b->addr.v, len };
	n = c->mem->readv(c->mem->ctx, &from, 1, b->in, len);
	if (n < 0 && (old || is_data(c, a)))
		n = 0;
	if (old) {
		/* nothing: what cannot be read here cannot be written there either */
		b->in_len = n == (ssize_t)len ? (uint32_t)len : 0;
		return 0;
	}
	if (n < 0)
		return (int)n;
	/* what data cannot be read the kernel over there does not find, either */
	if ((uint64_t)n < len && !is_data(c, a))
		return -EFAULT;
	b->in_len = (uint32_t)n;
	return a->fds ? rsx_map_fds(b->in, b->in_len, a->fds, c->mem) : 0;
}

/* The kernel refuses a long address before it reads it. */
static int capture_sockaddr(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];

	if (rsx_arg_in(a) && rsx_len_eval(c->f, a, a->cap) > sizeof(struct sockaddr_storage))
		return -EINVAL;
	return capture_buf(c, b);
}

/* utimbuf or timeval[2] -> timespec[2]: utime(2), utimes(2). */
static int capture_times(struct capture *c, struct rsx_blob *b)
{
	bool micro = c->f->times == RSX_TIMES_TIMEVAL;
	int64_t from[4], to[4] = { 0 };
	int err = c->mem->read(c->mem->ctx, b->addr, from, micro ? 32 : 16);

	if (err)
		return err;
	for (unsigned i = 0; i < 2; i++) {
		to[2 * i] = from[micro ? 2 * i : i];
		if (!micro)
			continue;
		if (from[2 * i + 1] < 0 || from[2 * i + 1] >= 1000000)
			return -EINVAL;
		to[2 * i + 1] = from[2 * i + 1] * 1000;
	}
	b->in = rsx_arena_alloc(c->arena, sizeof(to));
	if (!b->in)
		return -ENOMEM;
	memcpy(b->in, to, sizeof(to));
	b->in_len = sizeof(to);
	return 0;
}

/*
 * An input may say its own length (openat2): the layout is the part that
 * everybody knows and converts, what follows is for the kernel to judge.
 */
static int capture_struct(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	const struct rsx_layout *l = a->layout;
	size_t rest = 0;
	uint8_t *native;
	int err;

	if (!l || a->cap.op == RSX_LEN_CASES)
		return capture_buf(c, b);
	if (c->f->times && l == &rsx_layout_timespec2)
		return capture_times(c, b);
	if (rsx_arg_out(a))
		b->cap = l->wire_size;
	if (!rsx_arg_in(a))
		return 0;
	if (a->cap.op != RSX_LEN_STRUCT) {
		uint64_t len = rsx_len_eval(c->f, a, a->cap);

		if (len < l->wire_size)
			return -EINVAL;
		if (len > RSX_MAX_STRUCT)
			return -E2BIG;
		rest = len - l->wire_size;
	}
	native = rsx_arena_alloc(c->arena, l->native_size + rest);
	if (!native)
		return -ENOMEM;
	err = c->mem->read(c->mem->ctx, b->addr, native, l->native_size + rest);
	if (err)
		return err;
	if (l->pid_at && c->mem->pid_there)
		rsx_map_pid(native + l->pid_at, c->mem->pid_there, c->mem->ctx);
	b->in = native;
	b->in_len = (uint32_t)(l->wire_size + rest);
	if (l->to_wire) {
		b->in = rsx_arena_alloc(c->arena, b->in_len);
		if (!b->in)
			return -ENOMEM;
		l->to_wire(b->in, native);
		memcpy(b->in + l->wire_size, native + l->native_size, rest);
	}
	return 0;
}

static int capture_socklen(struct capture *c, struct rsx_blob *b)
{
	b->in = rsx_arena_alloc(c->arena, sizeof(uint32_t));
	if (!b->in)
		return -ENOMEM;
	memcpy(b->in, &c->at[b->arg], sizeof(uint32_t));
	b->in_len = sizeof(uint32_t);
	b->cap = sizeof(uint32_t);
	return 0;
}

/* Drop the first `skip` bytes of an iovec; returns how many parts are left. */
static uint32_t iov_skip(struct iovec *iov, uint32_t n, uint64_t skip)
{
	uint32_t i = 0;

	while (i < n && skip >= iov[i].iov_len)
		skip -= iov[i++].iov_len;
	if (i < n) {
		iov[i].iov_base = (uint8_t *)iov[i].iov_base + skip;
		iov[i].iov_len -= skip;
	}
	memmove(iov, iov + i, (n - i) * sizeof(*iov));
	return n - i;
}

/*
 * What is left of the whole transfer, which is at most `most`, and of that
 * what one piece may be; iov is cut to the piece.
 */
static int iov_total(struct iovec *iov, uint32_t *n, uint64_t most, uint64_t *ret_len,
		     uint64_t *ret_total)
{
	uint64_t max = most < RSX_MAX_PIECE ? most : RSX_MAX_PIECE;
	uint64_t len = 0;

	*ret_total = 0;
	for (uint32_t i = 0; i < *n; i++) {
		uint64_t base = (uintptr_t)iov[i].iov_base, end = rsx_user_end();

		if ((int64_t)iov[i].iov_len < 0)
			return -EINVAL;
		if (iov[i].iov_len && (base > end || iov[i].iov_len > end - base))
			return -EFAULT;
		*ret_total += iov[i].iov_len < most ? iov[i].iov_len : most;
	}
	if (*ret_total > most)
		*ret_total = most;
	for (uint32_t i = 0; i < *n; i++) {
		if (iov[i].iov_len > max - len) {
			iov[i].iov_len = max - len;
			*n = i + 1;
		}
		len += iov[i].iov_len;
	}
	*ret_len = len;
	return 0;
}

/*
 * An iovec travels flat: the server sees one part that holds all the bytes. Its
 * count is 1, and as many more as there are bytes that cannot be read.
 */
static int capture_iovec(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	uint64_t count = c->f->args[a->cap.arg];
	uint64_t len;
	ssize_t n;
	int err;

	if (count > RSX_MAX_IOV)
		return -EINVAL;
	c->f->args[a->cap.arg] = count ? 1 : 0;
	if (!count)
		return 0;
	b->niov = (uint32_t)count;
	b->iov = rsx_arena_alloc(c->arena, count * sizeof(*b->iov));
	if (!b->iov)
		return -ENOMEM;
	err = c->mem->read(c->mem->ctx, b->addr, b->iov, count * sizeof(*b->iov));
	if (err)
		return err;
	b->niov = iov_skip(b->iov, b->niov, c->skip);
	err = iov_total(b->iov, &b->niov, MAX_RW_COUNT - c->skip, &len, &c->f->data_total);
	if (err)
		return err;
	c->f->data_len = len;
	c->f->data_in = rsx_arg_in(a);
	if (rsx_arg_out(a)) {
		/* the room has no argument of its own: it travels as the blob */
		b->cap = (uint32_t)len;
		b->in = rsx_arena_alloc(c->arena, sizeof(b->cap));
		if (!b->in)
			return -ENOMEM;
		memcpy(b->in, &b->cap, sizeof(b->cap));
		b->in_len = sizeof(b->cap);
		return 0;
	}
	if (!len)
		return 0;
	b->in = rsx_arena_alloc(c->arena, len);
	if (!b->in)
		return -ENOMEM;
	n = c->mem->readv(c->mem->ctx, b->iov, b->niov, b->in, len);
	b->in_len = n > 0 ? (uint32_t)n : 0;
	c->f->args[a->cap.arg] += len - b->in_len;
	return 0;
}

/* Room for an array of structs; a count that is cut is cut in its argument too. */
static int capture_array(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	uint64_t n = rsx_len_eval(c->f, a, a->cap);

	if ((int64_t)n < 0)
		return 0; /* the kernel over there says EINVAL */
	if (n > RSX_MAX_ARRAY) {
		n = RSX_MAX_ARRAY;
		cut(c, a, n);
	}
	b->cap = (uint32_t)n * a->layout->wire_size;
	return 0;
}

/*
 * A directory's position moves with what was read of it, and cannot be put
 * back: make sure beforehand that there is somewhere to put it. Where no entry
 * fits the kernel does not get as far as that.
 */
static int capture_dirents(struct capture *c, struct rsx_blob *b)
{
	const struct rsx_arg *a = &c->f->row->arg[b->arg];
	uint8_t byte;

	if (rsx_len_eval(c->f, a, a->cap) < SMALLEST_DIRENT)
		return capture_buf(c, b);
	if (c->mem->read(c->mem->ctx, b->addr, &byte, 1) ||
	    c->mem->write(c->mem->ctx, b->addr, &byte, 1))
		return -EFAULT;
	return capture_buf(c, b);
}

static int capture_msghdr(struct capture *c, struct rsx_blob *b)
{
	return rsx_msghdr_capture(c->f, b, c->skip, c->mem, c->arena);
}

static int capture_lenptr(struct capture *c, struct rsx_blob *b)
{
	return rsx_lenptr_capture(b, c->mem, c->arena);
}

static int capture_counted(struct capture *c, struct rsx_blob *b)
{
	return rsx_counted_capture(&c->f->row->arg[b->arg], b, c->mem, c->arena);
}

static int capture_pointed(struct capture *c, struct rsx_blob *b)
{
	return rsx_pointed_capture(&c->f->row->arg[b->arg], b, c->mem, c->arena);
}

static int capture_nothing(struct capture *c, struct rsx_blob *b)
{
	(void)c;
	(void)b;
	return -ENOSYS;
}

static int (*const capture_ops[RSX_KIND_MAX])(struct capture *, struct rsx_blob *) = {
	[RSX_KIND_PATH] = capture_string,
	[RSX_KIND_STR] = capture_string,
	[RSX_KIND_BUF] = capture_buf,
	[RSX_KIND_STRUCT] = capture_struct,
	[RSX_KIND_IOVEC] = capture_iovec,
	[RSX_KIND_SOCKADDR] = capture_sockaddr,
	[RSX_KIND_SOCKLEN] = capture_socklen,
	[RSX_KIND_ARRAY] = capture_array,
	[RSX_KIND_DIRENTS] = capture_dirents,
	[RSX_KIND_MSGHDR] = capture_msghdr,
	[RSX_KIND_LENPTR] = capture_lenptr,
	[RSX_KIND_COUNTED] = capture_counted,
	[RSX_KIND_POINTED] = capture_pointed,
	[RSX_KIND_STRV] = capture_nothing,
};

static int64_t narrow(const struct rsx_arg *a, uint64_t v)
{
	switch (a->kind) {
	case RSX_KIND_INT:
	case RSX_KIND_FD:
	case RSX_KIND_DIRFD:
	case RSX_KIND_PID:
	case RSX_KIND_SIGNAL:
	case RSX_KIND_CLOCKID:
		return (int32_t)v;
	case RSX_KIND_UINT:
	case RSX_KIND_MODE:
	case RSX_KIND_UID:
		return (uint32_t)v;
	default:
		return (int64_t)v;
	}
}

static uint64_t bad_pointer(const struct capture *c, struct rsx_addr at)
{
	return c->beyond || at.v >= rsx_user_end() ? RSX_POINTER_BEYOND : RSX_POINTER_UNMAPPED;
}

static void capture_scalars(struct capture *c)
{
	struct rsx_frame *f = c->f;

	for (unsigned i = 0; i < f->row->nargs; i++) {
		const struct rsx_arg *a = &f->row->arg[i];
		int err;

		if (rsx_kind_is_pointer(a->kind)) {
			f->args[i] = c->args[i] ? RSX_POINTER_BLOB : RSX_POINTER_NULL;
			if (f->unmapped & 1u << i || c->args[i] >= rsx_user_end())
				f->args[i] = bad_pointer(c, rsx_addr(c->args[i]));
		} else {
			f->args[i] = (uint64_t)narrow(a, c->args[i]);
			if (a->xlat)
				f->args[i] = rsx_xlat_to_wire(a->xlat, RSX_ARCH_NATIVE,
							      f->args[i]);
			if (a->kind == RSX_KIND_ADDR)
				f->args[i] = 0;
			/* -1 is the file's own position: preadv2(2) */
			if (a->kind == RSX_KIND_OFF && (f->row->flags & RSX_ROW_PIECES) &&
			    f->args[i] != UINT64_MAX) {
				f->args[i] += c->skip;
				f->has_offset = true;
			}
		}
		if (a->kind != RSX_KIND_SOCKLEN || !c->args[i])
			continue;
		err = c->mem->read(c->mem->ctx, rsx_addr(c->args[i]), &c->at[i],
				   sizeof(c->at[i]));
		if (err) {
			f->args[i] = bad_pointer(c, rsx_addr(c->args[i]));
			c->at[i] = 0;
		}
		if ((int32_t)c->at[i] > (int32_t)RSX_MAX_SOCKLEN)
			c->at[i] = RSX_MAX_SOCKLEN;
	}
}

/* LEN_AT looks into blobs: give the value-result lengths theirs beforehand. */
static int capture_lengths_first(struct capture *c)
{
	struct rsx_frame *f = c->f;

	f->nblobs = 0;
	for (unsigned i = 0; i < f->row->nargs; i++) {
		struct rsx_blob *b;

		if (!rsx_kind_is_pointer(f->row->arg[i].kind) || f->args[i] != RSX_POINTER_BLOB)
			continue;
		b = &f->blob[f->nblobs++];
		*b = (struct rsx_blob){ .arg = (uint8_t)i, .addr = rsx_addr(c->args[i]) };
		if (f->row->arg[i].kind == RSX_KIND_SOCKLEN) {
			int err = capture_socklen(c, b);

			if (err)
				return err;
		}
	}
	return 0;
}

/* What cannot be read has no blob: the kernel over there says what comes of that. */
static void drop_blob(struct capture *c, unsigned n)
{
	struct rsx_frame *f = c->f;

	f->args[f->blob[n].arg] = bad_pointer(c, f->blob[n].addr);
	f->data_len = f->data_total = 0;
	memmove(&f->blob[n], &f->blob[n + 1], (f->nblobs - n - 1u) * sizeof(f->blob[0]));
	f->nblobs--;
}

int rsx_capture(struct rsx_frame *f, const struct rsx_syscall *row,
		const uint64_t args[RSX_MAX_ARGS], uint64_t skip,
		const struct rsx_mem *mem, struct rsx_arena *arena)
{
	struct capture c = {
		.f = f, .args = args, .skip = skip, .mem = mem, .arena = arena,
	};
	int err;

	f->row = row;
	f->ret = 0;
	f->fd_mode = 0;
	f->raised = 0;
	f->sure = false;
	f->nblobs = 0;
	f->data_len = f->data_total = 0;
	f->data_in = f->has_offset = f->hold_control = false;
	capture_scalars(&c);
	err = capture_lengths_first(&c);
	for (unsigned i = 0; !err && i < f->nblobs;) {
		struct rsx_blob *b = &f->blob[i];
		unsigned kind = row->arg[b->arg].kind;

		c.beyond = false;
		if (kind != RSX_KIND_SOCKLEN)
			err = capture_ops[kind](&c, b);
		if (err == -EFAULT) {
			drop_blob(&c, i);
			err = 0;
		} else {
			i++;
		}
	}
	return err;
}
