/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection in the main process, from accept to its end.
 *
 * Happy path of a control connection: HELLO -> CHALLENGE -> AUTH -> WELCOME,
 * then it belongs to a session. A lane's: HELLO, and its descriptor goes on to
 * a twin, so not a byte behind the hello may be read here. It fails by a
 * message that does not fit, a wrong key, silence before the handshake is
 * complete, or too many strangers (the oldest goes). Memory is freed in
 * libuv's close callback only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/log.h"
#include "server.h"

#define CONN_ARENA ((size_t)2 << 20)
#define BURST	   32 /* messages taken before others have their turn */
#define DRAIN	   ((size_t)64 << 10)

static void on_closed(uv_handle_t *h)
{
	struct rsx_conn *c = h->data;

	rsx_rx_done(&c->rx);
	rsx_arena_done(&c->arena);
	rsx_buf_done(&c->out);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

/* No more events; memory goes when libuv has let go of it. */
static void retire(struct rsx_conn *c)
{
	if (c->state == RSX_CONN_HELLO || c->state == RSX_CONN_AUTH) {
		TAILQ_REMOVE(&c->srv->unknown, c, link);
		c->srv->nunknown--;
	}
	c->state = RSX_CONN_CLOSED;
	uv_poll_stop(&c->poll);
	uv_close((uv_handle_t *)&c->poll, on_closed);
}

void rsx_conn_close(struct rsx_conn *c)
{
	struct rsx_session *s = c->session;

	if (c->state == RSX_CONN_CLOSED)
		return;
	retire(c);
	close(c->fd);
	c->session = NULL;
	if (s) {
		s->control = NULL;
		rsx_session_end(s, RSX__ERROR__CODE__INTERNAL, NULL);
	}
}

int rsx_conn_detach(struct rsx_conn *c)
{
	int fl = fcntl(c->fd, F_GETFL);

	retire(c);
	fcntl(c->fd, F_SETFL, fl & ~O_NONBLOCK);
	return c->fd;
}

void rsx_conn_fail(struct rsx_conn *c, Rsx__Error__Code code, const char *text)
{
	Rsx__Error e = RSX__ERROR__INIT;
	char waste[1024];
	size_t drained = 0;
	ssize_t n;

	if (c->state == RSX_CONN_CLOSED)
		return;
	rsx_note("%s: %s", c->peer, text);
	e.code = code;
	e.text = (char *)text;
	rsx_conn_send(c, RSX_MSG_ERROR, &e.base);
	if (c->state == RSX_CONN_CLOSED)
		return;
	/* unread bytes would make close(2) reset the connection and lose the text */
	shutdown(c->fd, SHUT_WR);
	while ((n = recv(c->fd, waste, sizeof(waste), MSG_DONTWAIT)) > 0 && drained < DRAIN)
		drained += (size_t)n;
	rsx_conn_close(c);
}

/* --- sending --- */

static void on_poll(uv_poll_t *p, int status, int events);

static void watch(struct rsx_conn *c)
{
	int events = UV_READABLE | (c->out.len ? UV_WRITABLE : 0);

	if (c->state != RSX_CONN_CLOSED)
		uv_poll_start(&c->poll, events, on_poll);
}

/* Keep what the socket did not take. */
static void keep(struct rsx_conn *c, const struct rsx_msg_out *out)
{
	for (unsigned i = 0; i < out->niov; i++)
		rsx_buf_add(&c->out, out->iov[i].iov_base, out->iov[i].iov_len);
}

void rsx_conn_send(struct rsx_conn *c, enum rsx_msg type, const ProtobufCMessage *header)
{
	struct rsx_msg_out out;
	struct rsx_arena arena;
	int err;

	if (c->state == RSX_CONN_CLOSED)
		return;
	rsx_arena_init(&arena, CONN_ARENA);
	err = rsx_msg_pack(&out, type, 0, 0, header, &arena);
	if (!err && !c->out.len)
		err = rsx_send(c->fd, &out, MSG_DONTWAIT, NULL);
	else if (!err)
		err = -EAGAIN;
	if (err == -EAGAIN) {
		keep(c, &out);
		err = c->out.failed ? -ENOBUFS : 0;
		if (!err)
			watch(c);
	}
	rsx_arena_done(&arena);
	if (err) {
		rsx_info("%s: %s", c->peer, strerror(-err));
		rsx_conn_close(c);
	}
}

static void flush(struct rsx_conn *c)
{
	while (c->out_at < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->out_at, c->out.len - c->out_at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			rsx_conn_close(c);
			return;
		}
		c->out_at += (size_t)n;
	}
	c->out_at = 0;
	rsx_buf_reset(&c->out);
	watch(c);
}

/* --- receiving --- */

static const char *describe(int err)
{
	switch (err) {
	case -EPROTO:
		return "the peer is not rsx";
	case -EPROTONOSUPPORT:
		return "the peer speaks another version of the protocol";
	case -EBADMSG:
		return "a message that does not fit the protocol";
	default:
		return strerror(-err);
	}
}

static void on_bad(struct rsx_conn *c, int err)
{
	Rsx__Error__Code code =
		err == -EPROTONOSUPPORT ? RSX__ERROR__CODE__VERSION : RSX__ERROR__CODE__PROTOCOL;

	if (c->session)
		rsx_session_end(c->session, code, describe(err));
	else if (err == -EPROTO || err == -EPROTONOSUPPORT || err == -EBADMSG)
		rsx_conn_fail(c, code, describe(err));
	else {
		rsx_info("%s: %s", c->peer, describe(err));
		rsx_conn_close(c);
	}
}

/* What is already buffered is taken too: no event would tell of it. */
static void on_readable(struct rsx_conn *c)
{
	for (unsigned i = 0; c->state != RSX_CONN_CLOSED; i++) {
		struct rsx_msg_in msg;
		int r;

		if (i >= BURST && !rsx_rx_pending(&c->rx))
			return;
		r = rsx_rx_next(&c->rx, MSG_DONTWAIT, &msg);
		if (r == -EAGAIN)
			return;
		if (r == 0) {
			rsx_conn_close(c);
			return;
		}
		if (r > 0 && c->state == RSX_CONN_CONTROL)
			r = rsx_session_control(c->session, &msg);
		else if (r > 0)
			rsx_handshake(c, &msg);
		if (r < 0)
			on_bad(c, r);
		rsx_arena_done(&c->arena); /* strangers must not make us keep memory */
	}
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct rsx_conn *c = p->data;

	if (status < 0) {
		rsx_conn_close(c);
		return;
	}
	if (events & UV_WRITABLE)
		flush(c);
	if (c->state != RSX_CONN_CLOSED && events & UV_READABLE)
		on_readable(c);
}

struct rsx_conn *rsx_conn_accept(struct rsx_server *srv, int fd, bool key_needed, bool same_host,
				 const char *peer)
{
	struct rsx_conn *c = calloc(1, sizeof(*c));

	if (!c || uv_poll_init(&srv->loop, &c->poll, fd)) {
		free(c);
		close(fd);
		return NULL;
	}
	if (srv->nunknown >= RSX_MAX_UNKNOWN) {
		rsx_note("too many connections that say nothing: the oldest is closed");
		rsx_conn_close(TAILQ_FIRST(&srv->unknown));
	}
	c->srv = srv;
	c->fd = fd;
	c->state = RSX_CONN_HELLO;
	c->key_needed = key_needed;
	c->same_host = same_host;
	c->since = uv_now(&srv->loop);
	strncpy(c->peer, peer, sizeof(c->peer) - 1);
	c->poll.data = c;
	rsx_rx_init(&c->rx, fd);
	rsx_rx_set_exact(&c->rx, true);
	c->rx.max_payload = 0;
	rsx_arena_init(&c->arena, CONN_ARENA);
	rsx_buf_init(&c->out, RSX_MAX_CONTROL_QUEUE);
	TAILQ_INSERT_TAIL(&srv->unknown, c, link);
	srv->nunknown++;
	watch(c);
	return c;
}
