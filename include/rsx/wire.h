/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages on a connection: a fixed little-endian prefix, a protobuf header,
 * a raw payload.
 *
 *   0  magic   'R' 'X'
 *   2  version RSX_WIRE_VERSION
 *   3  type    enum rsx_msg
 *   4  lane    u32
 *   8  call    u32, the call a reply answers
 *  12  header  u32, bytes, at most RSX_MAX_HEADER
 *  16  payload u32, bytes, at most RSX_MAX_PAYLOAD
 *
 * This is the only header that includes the generated protobuf code.
 */
#ifndef RSX_WIRE_H
#define RSX_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "rsx.pb-c.h"
#include "rsx/arena.h"
#include "rsx/frame.h"

#define RSX_WIRE_VERSION 2
#define RSX_PREFIX_SIZE 20
#define RSX_NONCE_SIZE 32
#define RSX_TOKEN_SIZE 32
#define RSX_MAC_SIZE 32

enum rsx_msg {
	RSX_MSG_HELLO = 1,
	RSX_MSG_CHALLENGE,
	RSX_MSG_AUTH,
	RSX_MSG_WELCOME,
	RSX_MSG_ERROR,
	RSX_MSG_CALL,
	RSX_MSG_CALL_NOREPLY,	/* a Call whose result nobody needs */
	RSX_MSG_REPLY,
	RSX_MSG_FORK,
	RSX_MSG_NEWLANE,
	RSX_MSG_PLACE,
	RSX_MSG_TITLE,
	RSX_MSG_CANCEL,
	RSX_MSG_DROP,
	RSX_MSG_BYE,
	RSX_MSG_GONE,
	RSX_MSG_PING,
	RSX_MSG_PONG,
	RSX_MSG_ENV,
	RSX_MSG_MAX
};

struct rsx_prefix {
	enum rsx_msg type;
	uint32_t lane;
	uint32_t call;
	uint32_t header_len;
	uint32_t payload_len;
};

/* A received message; pointers are valid until the next receive. */
struct rsx_msg_in {
	struct rsx_prefix prefix;
	uint8_t *header;
	uint8_t *payload;
};

void rsx_prefix_pack(uint8_t to[RSX_PREFIX_SIZE], const struct rsx_prefix *p);

/*
 * 0; -EPROTO: not rsx; -EPROTONOSUPPORT: another version; -EBADMSG: a type or
 * length out of bounds.
 */
int rsx_prefix_unpack(struct rsx_prefix *p, const uint8_t from[RSX_PREFIX_SIZE]);

/*
 * Receiving. One buffer per connection, mmap'ed, grown when a payload needs
 * it and bounded by the limits. Works on blocking and non-blocking sockets
 * and, with read(2) semantics, on pipes.
 */
struct rsx_rx {
	int fd;
	uint8_t *buf;
	size_t room;
	size_t start, end; /* unread bytes are buf[start..end) */
	size_t consumed;   /* bytes of the message last returned */
	bool exact;	   /* see rsx_rx_set_exact() */
	bool intr;	   /* return -EINTR instead of going on after a signal */
	bool plain;	   /* not a socket: read(2) */
	bool vsock;	   /* no MSG_WAITALL: see rsx_rx_init() */
	bool parts;	   /* -EAGAIN after a part of a large message, even when blocking */
	uint32_t max_payload; /* RSX_MAX_PAYLOAD unless lowered */
};

void rsx_rx_init(struct rsx_rx *rx, int fd);
void rsx_rx_done(struct rsx_rx *rx); /* does not close fd */

/*
 * The next message. `flags` are recv(2)'s (MSG_DONTWAIT). Returns 1 with
 * *ret_msg set; 0 at an orderly end between messages; -EAGAIN: not complete
 * yet; -ECONNRESET: ended inside a message; other negative errno.
 */
int rsx_rx_next(struct rsx_rx *rx, int flags, struct rsx_msg_in *ret_msg);

/* Is a complete message already buffered? */
bool rsx_rx_pending(const struct rsx_rx *rx);

/*
 * Read exactly one message, not a byte more (the connection is passed on to
 * another process afterwards): with rx->exact set, rsx_rx_next() never reads
 * past the end of the current message.
 */
void rsx_rx_set_exact(struct rsx_rx *rx, bool exact);

/* --- packing; into an arena so that nothing on the path calls malloc --- */

/*
 * The bytes of a message: prefix and packed header in one piece, then the
 * blobs. `iov` has room for 1 + RSX_MAX_BLOBS.
 */
struct rsx_msg_out {
	struct iovec iov[1 + RSX_MAX_BLOBS];
	unsigned niov;
	size_t len; /* of all */
};

/* Pack a header without payload. 0 or -ENOMEM / -EMSGSIZE. */
int rsx_msg_pack(struct rsx_msg_out *out, enum rsx_msg type, uint32_t lane,
		 uint32_t call, const ProtobufCMessage *header,
		 struct rsx_arena *arena);

/*
 * A Call (or CALL_NOREPLY) with f's input blobs; a Reply with its outputs.
 * Both list one length per blob of the frame; a Reply leaves out trailing
 * zeros. Without a row (a Fork's answer) f's ret and fd_mode are all there is.
 */
int rsx_msg_pack_call(struct rsx_msg_out *out, enum rsx_msg type, uint32_t lane,
		      uint32_t call, const struct rsx_frame *f,
		      struct rsx_arena *arena);
int rsx_msg_pack_reply(struct rsx_msg_out *out, uint32_t lane, uint32_t call,
		       const struct rsx_frame *f, struct rsx_arena *arena);

/*
 * Put a reply's result and blobs into the frame of its call. Blobs point into
 * the message. 0, or -EBADMSG if lengths do not fit the frame.
 */
int rsx_msg_unpack_reply(struct rsx_frame *f, const struct rsx_msg_in *msg,
			 struct rsx_arena *arena);

/*
 * Of an unpacked reply: is its result, where that counts what is in a buffer, at most
 * what the buffer takes? Calls that ask for a size may say more: syslog(2), recv(2)
 * with MSG_TRUNC.
 */
bool rsx_result_fits(const struct rsx_frame *f);

/* Unpack a header; memory from the arena, nothing to free. NULL: malformed. */
void *rsx_msg_unpack(const ProtobufCMessageDescriptor *desc,
		     const struct rsx_msg_in *msg, struct rsx_arena *arena);

/*
 * Send all of it on a blocking descriptor. 0 or a negative errno; -EPIPE never
 * raises SIGPIPE. On a non-blocking one returns -EAGAIN with *ret_sent < len.
 */
int rsx_send(int fd, struct rsx_msg_out *out, int flags, size_t *ret_sent);

#endif
