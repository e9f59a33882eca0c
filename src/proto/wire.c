/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages on a connection; see include/rsx/wire.h for their shape.
 *
 * Receiving: one read usually brings a whole small message. When the prefix
 * announces more than the buffer holds, the buffer grows (mremap) and the rest
 * is received in place. Every length is compared with its limit before memory
 * is asked for. Sending: one sendmsg per message. Neither side calls malloc,
 * so both work in a child of a multi-threaded process.
 */
#include "rsx/wire.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/limits.h"

#define RX_ROOM	   ((size_t)16 << 10) /* what an idle connection keeps mapped */
#define RX_WAITALL ((size_t)32 << 10)

/* --- prefix --- */

static void put32(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)v;
	to[1] = (uint8_t)(v >> 8);
	to[2] = (uint8_t)(v >> 16);
	to[3] = (uint8_t)(v >> 24);
}

static uint32_t get32(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

void rsx_prefix_pack(uint8_t to[RSX_PREFIX_SIZE], const struct rsx_prefix *p)
{
	to[0] = 'R';
	to[1] = 'X';
	to[2] = RSX_WIRE_VERSION;
	to[3] = (uint8_t)p->type;
	put32(to + 4, p->lane);
	put32(to + 8, p->call);
	put32(to + 12, p->header_len);
	put32(to + 16, p->payload_len);
}

int rsx_prefix_unpack(struct rsx_prefix *p, const uint8_t from[RSX_PREFIX_SIZE])
{
	if (from[0] != 'R' || from[1] != 'X')
		return -EPROTO;
	if (from[2] != RSX_WIRE_VERSION)
		return -EPROTONOSUPPORT;
	*p = (struct rsx_prefix) {
		.type = (enum rsx_msg)from[3],
		.lane = get32(from + 4),
		.call = get32(from + 8),
		.header_len = get32(from + 12),
		.payload_len = get32(from + 16),
	};
	if (from[3] < RSX_MSG_HELLO || from[3] >= RSX_MSG_MAX)
		return -EBADMSG;
	if (p->header_len > RSX_MAX_HEADER || p->payload_len > RSX_MAX_PAYLOAD)
		return -EBADMSG;
	return 0;
}

/* --- receiving --- */

void rsx_rx_init(struct rsx_rx *rx, int fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	/*
	 * A vsock receiver tells how much room it has only now and then: one that
	 * waits for much and a sender that waits for room would wait for ever.
	 */
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	*rx = (struct rsx_rx) {
		.fd = fd, .max_payload = RSX_MAX_PAYLOAD, .vsock = domain == AF_VSOCK,
	};
}

void rsx_rx_done(struct rsx_rx *rx)
{
	if (rx->buf)
		munmap(rx->buf, rx->room);
	rx->buf = NULL;
	rx->room = rx->start = rx->end = rx->consumed = 0;
}

void rsx_rx_set_exact(struct rsx_rx *rx, bool exact)
{
	rx->exact = exact;
}

/* Room for `need` bytes from rx->start on. */
static int rx_reserve(struct rsx_rx *rx, size_t need)
{
	size_t room = rx->room ? rx->room : RX_ROOM;
	void *p;

	if (rx->start && rx->start + need > rx->room) {
		memmove(rx->buf, rx->buf + rx->start, rx->end - rx->start);
		rx->end -= rx->start;
		rx->start = 0;
	}
	while (room < rx->start + need)
		room *= 2;
	if (room == rx->room)
		return 0;
	if (rx->buf)
		p = mremap(rx->buf, rx->room, room, MREMAP_MAYMOVE);
	else
		p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	rx->buf = p;
	rx->room = room;
	return 0;
}

static ssize_t rx_read(struct rsx_rx *rx, size_t want, int flags)
{
	for (;;) {
		ssize_t n = -1;

		if (!rx->plain) {
			n = recv(rx->fd, rx->buf + rx->end, want, flags);
			if (n < 0 && errno == ENOTSOCK)
				rx->plain = true;
		}
		if (rx->plain)
			n = read(rx->fd, rx->buf + rx->end, want);
		if (n >= 0)
			return n;
		if (errno == EWOULDBLOCK)
			return -EAGAIN;
		if (errno != EINTR || rx->intr)
			return -errno;
	}
}

/*
 * How long is the message at rx->start? 1 with the prefix when all of it is
 * there, 0 with *ret_need when it is not, or a negative errno.
 */
static int rx_look(const struct rsx_rx *rx, struct rsx_prefix *p, size_t *ret_need)
{
	static const uint8_t magic[3] = { 'R', 'X', RSX_WIRE_VERSION };
	size_t have = rx->end - rx->start;
	int err;

	*ret_need = RSX_PREFIX_SIZE;
	if (have < RSX_PREFIX_SIZE) {
		/* a stranger is known by its first bytes, however few follow */
		for (size_t i = 0; i < have && i < sizeof(magic); i++)
			if (rx->buf[rx->start + i] != magic[i])
				return i < 2 ? -EPROTO : -EPROTONOSUPPORT;
		return 0;
	}
	err = rsx_prefix_unpack(p, rx->buf + rx->start);
	if (err)
		return err;
	if (p->payload_len > rx->max_payload)
		return -EBADMSG;
	*ret_need = RSX_PREFIX_SIZE + (size_t)p->header_len + p->payload_len;
	return have >= *ret_need;
}

int rsx_rx_next(struct rsx_rx *rx, int flags, struct rsx_msg_in *ret_msg)
{
	struct rsx_prefix p;

	rx->start += rx->consumed;
	rx->consumed = 0;
	if (rx->start == rx->end)
		rx->start = rx->end = 0;
	for (;;) {
		size_t need, have = rx->end - rx->start, want;
		int more = 0, err = rx_look(rx, &p, &need);
		ssize_t n;

		if (err < 0)
			return err;
		if (err) {
			ret_msg->prefix = p;
			ret_msg->header = rx->buf + rx->start + RSX_PREFIX_SIZE;
			ret_msg->payload = ret_msg->header + p.header_len;
			rx->consumed = need;
			return 1;
		}
		err = rx_reserve(rx, need);
		if (err)
			return err;
		want = rx->exact ? need - have : rx->room - rx->end;
		if (need - have >= RX_WAITALL && !rx->vsock && !rx->parts && !(flags & MSG_DONTWAIT)) {
			want = need - have;
			more = MSG_WAITALL;
		}
		n = rx_read(rx, want, flags | more);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return have ? -ECONNRESET : 0;
		rx->end += (size_t)n;
		if (rx->parts && have + (size_t)n < need && have > 0)
			return -EAGAIN;
	}
}

bool rsx_rx_pending(const struct rsx_rx *rx)
{
	struct rsx_rx at = *rx;
	struct rsx_prefix p;
	size_t need;

	at.start += at.consumed;
	return rx_look(&at, &p, &need) != 0;
}

/* --- packing --- */

static int pack_head(struct rsx_msg_out *out, struct rsx_prefix *p, const ProtobufCMessage *header,
		     struct rsx_arena *arena)
{
	size_t len = header ? protobuf_c_message_get_packed_size(header) : 0;
	uint8_t *to;

	if (len > RSX_MAX_HEADER || p->payload_len > RSX_MAX_PAYLOAD)
		return -EMSGSIZE;
	to = rsx_arena_alloc(arena, RSX_PREFIX_SIZE + len);
	if (!to)
		return -ENOMEM;
	p->header_len = (uint32_t)len;
	rsx_prefix_pack(to, p);
	if (len)
		protobuf_c_message_pack(header, to + RSX_PREFIX_SIZE);
	out->iov[0] = (struct iovec) { to, RSX_PREFIX_SIZE + len };
	out->len = RSX_PREFIX_SIZE + len + p->payload_len;
	return 0;
}

int rsx_msg_pack(struct rsx_msg_out *out, enum rsx_msg type, uint32_t lane, uint32_t call,
		 const ProtobufCMessage *header, struct rsx_arena *arena)
{
	struct rsx_prefix p = { .type = type, .lane = lane, .call = call };

	out->niov = 1;
	return pack_head(out, &p, header, arena);
}

/* Add a blob's bytes to the payload; an empty one takes no iovec. */
static int add_blob(struct rsx_msg_out *out, uint64_t *payload, uint8_t *data, uint32_t len)
{
	*payload += len;
	if (*payload > RSX_MAX_PAYLOAD)
		return -EMSGSIZE;
	if (len)
		out->iov[out->niov++] = (struct iovec) { data, len };
	return 0;
}

int rsx_msg_pack_call(struct rsx_msg_out *out, enum rsx_msg type, uint32_t lane, uint32_t call,
		      const struct rsx_frame *f, struct rsx_arena *arena)
{
	Rsx__Call header = RSX__CALL__INIT;
	struct rsx_prefix p = { .type = type, .lane = lane, .call = call };
	uint32_t lens[RSX_MAX_BLOBS];
	uint64_t payload = 0;
	int err;

	out->niov = 1;
	for (unsigned i = 0; i < f->nblobs; i++) {
		lens[i] = f->blob[i].in_len;
		err = add_blob(out, &payload, f->blob[i].in, lens[i]);
		if (err)
			return err;
	}
	header.nr = (uint32_t)f->row->nr[RSX_ARCH_GENERIC];
	header.n_args = f->row->nargs;
	header.args = (uint64_t *)f->args;
	header.n_blobs = f->nblobs;
	header.blobs = lens;
	header.sure = f->sure;
	p.payload_len = (uint32_t)payload;
	return pack_head(out, &p, &header.base, arena);
}

/* What a tracer with a trace asked for. */
static int pack_names(Rsx__Reply *header, const struct rsx_frame *f, struct rsx_arena *arena)
{
	Rsx__FdName *name = rsx_arena_alloc(arena, f->nnames * sizeof(*name));
	Rsx__FdName **list = rsx_arena_alloc(arena, f->nnames * sizeof(*list));

	if (!name || !list)
		return -ENOMEM;
	for (unsigned i = 0; i < f->nnames; i++) {
		rsx__fd_name__init(&name[i]);
		name[i].arg = f->name[i].arg;
		name[i].text = (char *)f->name[i].text;
		list[i] = &name[i];
	}
	header->n_names = f->nnames;
	header->names = list;
	return 0;
}

static int pack_links(Rsx__Reply *header, const struct rsx_frame *f, struct rsx_arena *arena)
{
	Rsx__Link *link = rsx_arena_alloc(arena, f->nlinks * sizeof(*link));
	Rsx__Link **list = rsx_arena_alloc(arena, f->nlinks * sizeof(*list));

	if (!link || !list)
		return -ENOMEM;
	for (unsigned i = 0; i < f->nlinks; i++) {
		rsx__link__init(&link[i]);
		link[i].arg = f->link[i].arg;
		link[i].path = (char *)f->link[i].text;
		list[i] = &link[i];
	}
	header->n_links = f->nlinks;
	header->links = list;
	return 0;
}

int rsx_msg_pack_reply(struct rsx_msg_out *out, uint32_t lane, uint32_t call,
		       const struct rsx_frame *f, struct rsx_arena *arena)
{
	Rsx__Reply header = RSX__REPLY__INIT;
	struct rsx_prefix p = { .type = RSX_MSG_REPLY, .lane = lane, .call = call };
	uint32_t lens[RSX_MAX_BLOBS];
	uint64_t payload = 0;
	int err;

	out->niov = 1;
	for (unsigned i = 0; i < f->nblobs; i++) {
		lens[i] = f->blob[i].out_len;
		err = add_blob(out, &payload, f->blob[i].out, lens[i]);
		if (err)
			return err;
		if (lens[i])
			header.n_blobs = i + 1;
	}
	header.ret = f->ret;
	header.blobs = lens;
	header.fd_mode = f->fd_mode;
	header.raised = f->raised;
	header.exec_ns = f->exec_ns;
	if (f->nnames && pack_names(&header, f, arena))
		return -ENOMEM;
	if (f->nlinks && pack_links(&header, f, arena))
		return -ENOMEM;
	p.payload_len = (uint32_t)payload;
	return pack_head(out, &p, &header.base, arena);
}

/* --- unpacking --- */

static void *arena_alloc(void *arena, size_t size)
{
	return rsx_arena_alloc(arena, size ? size : 1);
}

static void arena_free(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

void *rsx_msg_unpack(const ProtobufCMessageDescriptor *desc, const struct rsx_msg_in *msg,
		     struct rsx_arena *arena)
{
	ProtobufCAllocator allocator = { arena_alloc, arena_free, arena };

	return protobuf_c_message_unpack(desc, &allocator, msg->prefix.header_len, msg->header);
}

/* Absolute, and no longer than a path may be: else it is passed over. */
static int unpack_links(struct rsx_frame *f, const Rsx__Reply *r, struct rsx_arena *arena)
{
	f->nlinks = 0;
	if (!r->n_links)
		return 0;
	f->link = rsx_arena_alloc(arena, RSX_MAX_LINKS * sizeof(*f->link));
	if (!f->link)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_links && f->nlinks < RSX_MAX_LINKS; i++) {
		const Rsx__Link *l = r->links[i];

		if (l->arg < RSX_MAX_ARGS && l->path[0] == '/' && strlen(l->path) < RSX_MAX_PATH)
			f->link[f->nlinks++] = (struct rsx_frame_name){ (uint8_t)l->arg, l->path };
	}
	return 0;
}

int rsx_msg_unpack_reply(struct rsx_frame *f, const struct rsx_msg_in *msg, struct rsx_arena *arena)
{
	const Rsx__Reply *r = rsx_msg_unpack(&rsx__reply__descriptor, msg, arena);
	size_t at = 0;

	if (!r || r->n_blobs > f->nblobs)
		return -EBADMSG;
	for (unsigned i = 0; i < f->nblobs; i++) {
		struct rsx_blob *b = &f->blob[i];
		uint32_t len = i < r->n_blobs ? r->blobs[i] : 0;

		if (len > b->cap || len > msg->prefix.payload_len - at)
			return -EBADMSG;
		b->out = msg->payload + at;
		b->out_len = len;
		at += len;
	}
	if (at != msg->prefix.payload_len)
		return -EBADMSG;
	f->ret = r->ret;
	f->fd_mode = r->fd_mode;
	if (r->raised && r->raised != SIGPIPE && r->raised != SIGXFSZ)
		return -EBADMSG;
	f->raised = (uint8_t)r->raised;
	return unpack_links(f, r, arena);
}

bool rsx_result_fits(const struct rsx_frame *f)
{
	for (unsigned i = 0; i < f->nblobs; i++) {
		const struct rsx_arg *a = &f->row->arg[f->blob[i].arg];
		bool counts = a->fill.op == RSX_LEN_RET || a->fill.op == RSX_LEN_RET_X;
		uint64_t each = a->kind == RSX_KIND_ARRAY ? a->layout->wire_size : 1;

		if (counts && rsx_len_eval(f, a, a->fill) > f->blob[i].cap / each)
			return false;
	}
	return true;
}

/* --- sending --- */

/* Skip what was sent. */
static void advance(struct rsx_msg_out *out, size_t n)
{
	struct iovec *v = out->iov;

	while (n && n >= v->iov_len) {
		n -= v->iov_len;
		v++;
		out->niov--;
	}
	memmove(out->iov, v, out->niov * sizeof(*v));
	if (n) {
		out->iov[0].iov_base = (uint8_t *)out->iov[0].iov_base + n;
		out->iov[0].iov_len -= n;
	}
}

int rsx_send(int fd, struct rsx_msg_out *out, int flags, size_t *ret_sent)
{
	bool plain = false;
	size_t sent = 0;
	int err = 0;

	while (out->niov && !err) {
		struct msghdr mh = { .msg_iov = out->iov, .msg_iovlen = out->niov };
		ssize_t n = plain ? writev(fd, out->iov, (int)out->niov)
				  : sendmsg(fd, &mh, flags | MSG_NOSIGNAL);

		if (n >= 0) {
			sent += (size_t)n;
			advance(out, (size_t)n);
		} else if (errno == ENOTSOCK && !plain) {
			plain = true;
		} else if (errno != EINTR) {
			err = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		}
	}
	if (ret_sent)
		*ret_sent = sent;
	return err;
}
