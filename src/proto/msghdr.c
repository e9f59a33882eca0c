/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendmsg and recvmsg. The blob, in both directions:
 *
 *   head      lengths of the parts, flags, which pointers were not NULL
 *   name      the socket address
 *   control   ancillary data; its layout is the same on 64-bit machines
 *   data      the iovec's bytes, flat; what is missing could not be read
 *
 * A request to receive has the head alone, with the room there is, or with
 * MSG_TRUNC the head and the data that the buffers hold. A reply has
 * the lengths the kernel reported, which may be above what follows (a
 * truncated name), and the bytes cut to the room. recvmsg(2), sendmsg(2).
 */
#include "msghdr.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "engine.h"
#include "rsx/control.h"

#define MAX_DATA ((uint64_t)0x7ffff000) /* the kernel's MAX_RW_COUNT */
#define MAX_NAME 128 /* struct sockaddr_storage */
#define MAX_CONTROL (RSX_MAX_SMALL_BUF / 2) /* with name and data it still fits a frame */

enum {
	HAS_NAME = 1,
	HAS_CONTROL = 2,
};

struct head {
	uint32_t name_len;
	uint32_t control_len;
	uint32_t data_len;
	uint32_t flags;
	uint32_t has;
};

/*
 * The program's descriptors and pids become the twin's. -EPERM, -EBADF: a
 * descriptor has none.
 */
static int control_to_wire(uint8_t *control, size_t len, const struct rsx_mem *mem)
{
	struct rsx_cmsg c = { 0 };

	while (rsx_cmsg_next(control, len, &c)) {
		size_t n = rsx_cmsg_fds(&c);

		if (n > RSX_SCM_MAX_FD)
			return -EINVAL;
		for (size_t i = 0; mem->fd && i < n; i++) {
			int fd = mem->fd(mem->ctx, rsx_cmsg_fd(&c, i));

			if (fd < 0)
				return fd;
			rsx_cmsg_set_fd(&c, i, fd);
		}
		rsx_cmsg_map_pid(&c, mem->pid_there, mem->ctx);
	}
	return 0;
}

/* --- tracer --- */

static int read_parts(struct rsx_blob *b, const struct msghdr *m,
		      struct head *h, const struct rsx_mem *mem, struct rsx_arena *arena)
{
	size_t at = sizeof(*h);
	ssize_t n;
	int err;

	b->in_len = (uint32_t)(at + h->name_len + h->control_len + h->data_len);
	b->in = rsx_arena_alloc(arena, b->in_len);
	if (!b->in)
		return -ENOMEM;
	if (mem->read(mem->ctx, rsx_addr((uintptr_t)m->msg_name), b->in + at, h->name_len))
		return -EFAULT;
	at += h->name_len;
	if (mem->read(mem->ctx, rsx_addr((uintptr_t)m->msg_control), b->in + at, h->control_len))
		return -EFAULT;
	err = control_to_wire(b->in + at, h->control_len, mem);
	if (err)
		return err;
	at += h->control_len;
	/* where the data ends that can be read, so does the blob */
	n = mem->readv(mem->ctx, b->iov, b->niov, b->in + at, h->data_len);
	b->in_len = (uint32_t)(at + (n > 0 ? (size_t)n : 0));
	memcpy(b->in, h, sizeof(*h));
	return 0;
}

static bool beyond_memory(const struct iovec *v)
{
	uint64_t base = (uintptr_t)v->iov_base, end = rsx_user_end();

	return v->iov_len && (base > end || v->iov_len > end - base);
}

/* The parts without what has been moved: their total, and what of it is one piece. */
static int measure(struct rsx_frame *f, struct rsx_blob *b, uint64_t skip)
{
	f->data_len = f->data_total = 0;
	for (uint32_t i = 0; i < b->niov; i++) {
		struct iovec *v = &b->iov[i];
		uint64_t moved = skip < v->iov_len ? skip : v->iov_len;
		uint64_t room = RSX_MAX_PIECE - f->data_len;

		if ((int64_t)v->iov_len < 0)
			return -EINVAL;
		/* the kernel cuts a part that is alone first, and none of many */
		if (b->niov == 1 && v->iov_len > MAX_DATA)
			v->iov_len = MAX_DATA;
		if (beyond_memory(v))
			return -EFAULT;
		skip -= moved;
		v->iov_base = (uint8_t *)v->iov_base + moved;
		v->iov_len -= moved;
		f->data_total += v->iov_len < MAX_DATA ? v->iov_len : MAX_DATA;
		if (v->iov_len > room)
			v->iov_len = room;
		f->data_len += v->iov_len;
	}
	return 0;
}

/*
 * The room for control data that is sent or received, in the kernel's way: what
 * is sent must be there, what is received is cut.
 */
static int measure_control(const struct msghdr *m, bool out, uint32_t *ret)
{
	uint64_t len = m->msg_controllen;

	if (!out && len > MAX_CONTROL)
		return -ENOBUFS;
	if (!out && len && !m->msg_control)
		return -EFAULT;
	if (len > MAX_CONTROL)
		len = MAX_CONTROL;
	*ret = m->msg_control ? (uint32_t)len : 0;
	return 0;
}

/*
 * A request to receive: the head, and with MSG_TRUNC what the buffers hold
 * (rsx_may_discard()), if they can be read.
 */
static int read_old(const struct rsx_frame *f, struct rsx_blob *b, const struct head *h,
		    const struct rsx_mem *mem, struct rsx_arena *arena)
{
	uint32_t old = rsx_may_discard(f) ? h->data_len : 0;

	b->in = rsx_arena_alloc(arena, sizeof(*h) + old);
	if (!b->in)
		return -ENOMEM;
	memcpy(b->in, h, sizeof(*h));
	if (old && mem->readv(mem->ctx, b->iov, b->niov, b->in + sizeof(*h), old) != (ssize_t)old)
		old = 0;
	b->in_len = (uint32_t)sizeof(*h) + old;
	return 0;
}

int rsx_msghdr_capture(struct rsx_frame *f, struct rsx_blob *b, uint64_t skip,
		       const struct rsx_mem *mem, struct rsx_arena *arena)
{
	bool out = rsx_arg_out(&f->row->arg[b->arg]);
	struct msghdr m;
	struct head h = { 0 };
	int err;

	if (mem->read(mem->ctx, b->addr, &m, sizeof(m)))
		return -EFAULT;
	if (m.msg_name && (int)m.msg_namelen < 0)
		return -EINVAL;
	if (m.msg_iovlen > RSX_MAX_IOV)
		return -EMSGSIZE;
	b->niov = (uint32_t)m.msg_iovlen;
	b->iov = rsx_arena_alloc(arena, (b->niov + 1) * sizeof(*b->iov));
	if (!b->iov)
		return -ENOMEM;
	if (mem->read(mem->ctx, rsx_addr((uintptr_t)m.msg_iov), b->iov,
		      b->niov * sizeof(*b->iov)))
		return -EFAULT;
	if (skip && !out)
		m.msg_controllen = 0; /* went with the first piece */
	err = measure(f, b, skip);
	if (!err)
		err = measure_control(&m, out, &h.control_len);
	if (err)
		return err;
	f->data_in = !out;
	h.data_len = (uint32_t)f->data_len;
	h.has = (m.msg_name ? HAS_NAME : 0) | (m.msg_control ? HAS_CONTROL : 0);
	h.name_len = !m.msg_name ? 0 : m.msg_namelen < MAX_NAME ? m.msg_namelen : MAX_NAME;
	b->name = rsx_addr((uintptr_t)m.msg_name);
	b->control = rsx_addr((uintptr_t)m.msg_control);
	if (!out)
		return read_parts(b, &m, &h, mem, arena);
	b->cap = (uint32_t)(sizeof(h) + h.name_len + h.control_len + h.data_len);
	return read_old(f, b, &h, mem, arena);
}

static int write_data(const struct rsx_frame *f, const struct rsx_blob *b, const uint8_t *data,
		      uint32_t len, const struct rsx_mem *mem)
{
	/* came back as it went: the kernel has not touched it */
	if (rsx_may_discard(f) && b->in_len >= sizeof(struct head) + len &&
	    !memcmp(b->in + sizeof(struct head), data, len))
		return 0;
	return mem->writev(mem->ctx, b->iov, b->niov, data, len) == (ssize_t)len ? 0 : -EFAULT;
}

int rsx_msghdr_rename(struct rsx_blob *b, const void *name, uint32_t len,
		      struct rsx_arena *arena)
{
	uint32_t rest;
	struct head h;
	uint8_t *in;

	if (len > MAX_NAME)
		return -EINVAL;
	memcpy(&h, b->in, sizeof(h));
	rest = b->in_len - (uint32_t)sizeof(h) - h.name_len;
	in = rsx_arena_alloc(arena, sizeof(h) + len + rest);
	if (!in)
		return -ENOMEM;
	memcpy(in + sizeof(h), name, len);
	memcpy(in + sizeof(h) + len, b->in + sizeof(h) + h.name_len, rest);
	h.name_len = len;
	h.has |= HAS_NAME;
	memcpy(in, &h, sizeof(h));
	b->in = in;
	b->in_len = (uint32_t)sizeof(h) + len + rest;
	return 0;
}

/* msg_control's bytes, msg_controllen and msg_flags. */
static int write_control(const struct rsx_blob *b, const struct rsx_mem *mem)
{
	uint64_t len = b->control_len;

	if (mem->write(mem->ctx, b->control, b->control_got, b->control_len) ||
	    mem->write(mem->ctx, rsx_addr_add(b->addr, offsetof(struct msghdr, msg_controllen)),
		       &len, sizeof(len)) ||
	    mem->write(mem->ctx, rsx_addr_add(b->addr, offsetof(struct msghdr, msg_flags)),
		       &b->msg_flags, sizeof(b->msg_flags)))
		return -EFAULT;
	return 0;
}

int rsx_commit_control(struct rsx_blob *b, const struct rsx_mem *mem)
{
	struct rsx_cmsg c = { 0 };

	while (rsx_cmsg_next(b->control_got, b->control_len, &c))
		rsx_cmsg_map_pid(&c, mem->pid, mem->ctx);
	return write_control(b, mem);
}

int64_t rsx_msghdr_commit(struct rsx_frame *f, struct rsx_blob *b, const struct rsx_mem *mem)
{
	struct head asked, got;
	uint32_t name, control;
	uint8_t *at = b->out + sizeof(got);

	memcpy(&asked, b->in, sizeof(asked));
	if (b->out_len < sizeof(got))
		return -EIO;
	memcpy(&got, b->out, sizeof(got));
	name = got.name_len < asked.name_len ? got.name_len : asked.name_len;
	control = got.control_len < asked.control_len ? got.control_len : asked.control_len;
	if (got.data_len > asked.data_len ||
	    b->out_len != sizeof(got) + name + control + got.data_len)
		return -EIO;
	b->control_got = at + name;
	b->control_len = control;
	b->msg_flags = got.flags;
	if (mem->write(mem->ctx, b->name, at, name) ||
	    write_data(f, b, at + name + control, got.data_len, mem))
		return -EFAULT;
	if (asked.has & HAS_NAME &&
	    mem->write(mem->ctx, rsx_addr_add(b->addr, offsetof(struct msghdr, msg_namelen)),
		       &got.name_len, sizeof(got.name_len)))
		return -EFAULT;
	if (!f->hold_control && write_control(b, mem))
		return -EFAULT;
	return f->ret;
}

/* --- server --- */

/* As in place.c: the blob ends at an unreadable page. */
static bool end_unreadable(struct rsx_blob *b, struct rsx_arena *arena)
{
	uint8_t *to = rsx_arena_alloc_guarded(arena, b->in_len);

	if (to)
		b->in = memcpy(to, b->in, b->in_len);
	return to;
}

int rsx_msghdr_place(struct rsx_frame *f, struct rsx_blob *b, struct rsx_arena *arena,
		     uint64_t *ret)
{
	bool out = rsx_arg_out(&f->row->arg[b->arg]);
	struct msghdr *m = rsx_arena_alloc(arena, sizeof(*m) + sizeof(struct iovec));
	struct iovec *iov = (struct iovec *)(m + 1);
	struct head h;
	uint8_t *at;
	size_t size;
	bool whole, old, unread;

	if (!m)
		return -ENOMEM;
	if (b->in_len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, b->in, sizeof(h));
	if (h.name_len > MAX_NAME || h.control_len > MAX_CONTROL || h.data_len > RSX_MAX_PIECE)
		return -EBADMSG;
	size = sizeof(h) + h.name_len + h.control_len + h.data_len;
	whole = b->in_len == (out ? sizeof(h) : size);
	unread = rsx_is_written(f, &f->row->arg[b->arg]) && b->in_len < size &&
		 b->in_len >= size - h.data_len;
	old = out && h.data_len && rsx_may_discard(f) && b->in_len == sizeof(h) + h.data_len;
	if ((!whole && !old && !unread) || size > RSX_MAX_PAYLOAD)
		return -EBADMSG;
	if (unread && !end_unreadable(b, arena))
		return -ENOMEM;
	at = b->in;
	if (out) {
		b->cap = (uint32_t)size;
		b->out = rsx_arena_alloc(arena, size);
		if (!b->out)
			return -ENOMEM;
		if (rsx_result_may_lie(f))
			memset(b->out, 0, size);
		at = b->out;
	}
	at += sizeof(h);
	*iov = (struct iovec){ at + h.name_len + h.control_len, h.data_len };
	if (old)
		memcpy(iov->iov_base, b->in + sizeof(h), h.data_len);
	else if (out && h.data_len && rsx_may_discard(f))
		iov->iov_base = NULL; /* the peer's buffers are no better */
	*m = (struct msghdr){
		.msg_name = h.has & HAS_NAME ? at : NULL,
		.msg_namelen = h.name_len,
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = h.has & HAS_CONTROL ? at + h.name_len : NULL,
		.msg_controllen = h.control_len,
	};
	b->native = m;
	*ret = (uintptr_t)m;
	return 0;
}

void rsx_msghdr_harvest(struct rsx_frame *f, struct rsx_blob *b)
{
	const struct msghdr *m = b->native;
	struct head asked, got;
	uint32_t name, control;
	uint8_t *at;

	if (!b->cap) /* sendmsg: nothing comes back */
		return;
	memcpy(&asked, b->in, sizeof(asked));
	got = asked;
	got.name_len = m->msg_name ? m->msg_namelen : 0;
	got.control_len = (uint32_t)m->msg_controllen;
	got.flags = (uint32_t)m->msg_flags;
	if ((uint64_t)f->ret < got.data_len)
		got.data_len = (uint32_t)f->ret;
	if (!((const struct iovec *)(m + 1))->iov_base)
		got.data_len = 0;
	name = got.name_len < asked.name_len ? got.name_len : asked.name_len;
	control = got.control_len < asked.control_len ? got.control_len : asked.control_len;
	at = b->out + sizeof(got);
	memmove(at + name, at + asked.name_len, control);
	memmove(at + name + control, at + asked.name_len + asked.control_len, got.data_len);
	memcpy(b->out, &got, sizeof(got));
	b->out_len = (uint32_t)(sizeof(got) + name + control + got.data_len);
}
