/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listeners: opened once at the start, each announced by one line; new
 * connections are admitted (who is the peer?) and go on to conn.c. The
 * private socket of rsx-trace is a listener too: its connections arrive as
 * descriptors and are trusted.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "server.h"

#define BURST 64

/* --- accepting --- */

static bool key_needed(const struct rsx_listener *l)
{
	return l->srv->key.set && rsx_endpoint_needs_key(&l->ep);
}

static void admit(struct rsx_listener *l, int fd)
{
	const struct rsx_options *o = l->srv->opt;
	char peer[128] = "?";
	struct rsx_conn *conn;
	bool same_host;
	int err = rsx_endpoint_admit(&l->ep, fd, o->allow_cid, o->nallow_cid, peer, sizeof(peer),
				     &same_host);

	if (err && err != -EACCES) {
		rsx_note("%s: refused: %s", peer, strerror(-err));
		close(fd);
		return;
	}
	conn = rsx_conn_accept(l->srv, fd, key_needed(l), same_host, peer);
	if (err && conn)
		rsx_conn_fail(conn, RSX__ERROR__CODE__DENIED, "refused: this peer may not use it");
}

/* Out of descriptors: the tick tries again, rather than the loop spinning. */
static void pause_listener(struct rsx_listener *l)
{
	rsx_error("%s: cannot accept: %s", l->ep.text, strerror(errno));
	l->paused = true;
	uv_poll_stop(&l->poll);
}

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct rsx_listener *l = p->data;

	(void)status;
	(void)events;
	for (unsigned i = 0; i < BURST; i++) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			admit(l, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_listener(l);
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

void rsx_listen_resume(struct rsx_server *srv)
{
	for (unsigned i = 0; i < srv->nlisteners; i++) {
		struct rsx_listener *l = &srv->listener[i];

		if (l->paused && !srv->stopping)
			uv_poll_start(&l->poll, UV_READABLE, on_readable);
		l->paused = false;
	}
}

/* --- opening --- */

static int watch(struct rsx_listener *l, uv_poll_cb cb)
{
	if (uv_poll_init(&l->srv->loop, &l->poll, l->fd))
		return -EIO;
	l->poll.data = l;
	return uv_poll_start(&l->poll, UV_READABLE, cb) ? -EIO : 0;
}

static int check_key(const struct rsx_server *srv, const struct rsx_endpoint *ep)
{
	if (!rsx_endpoint_needs_key(ep) || srv->key.set || srv->opt->insecure)
		return 0;
	rsx_error("%s: whoever reaches it could run anything here: give --key FILE, or --insecure "
		  "if that is what you want",
		  ep->text);
	return RSX_EXIT_USAGE;
}

static int open_one(struct rsx_server *srv, const char *text)
{
	struct rsx_listener *l = &srv->listener[srv->nlisteners];
	const char *why = NULL;
	char bound[256];
	int err;

	l->srv = srv;
	if (rsx_endpoint_parse(&l->ep, text, &why)) {
		rsx_error("--listen %s: %s", text, why ? why : "not an address");
		return RSX_EXIT_USAGE;
	}
	err = check_key(srv, &l->ep);
	if (err)
		return err;
	why = NULL;
	l->fd = rsx_endpoint_listen(&l->ep, &why);
	if (l->fd < 0) {
		rsx_error("cannot listen on %s: %s", text, why ? why : strerror(-l->fd));
		return RSX_EXIT_FAILED;
	}
	srv->nlisteners++;
	if (watch(l, on_readable)) {
		rsx_error("cannot watch %s", text);
		return RSX_EXIT_FAILED;
	}
	if (rsx_endpoint_bound(&l->ep, l->fd, bound, sizeof(bound)))
		snprintf(bound, sizeof(bound), "%s", text);
	if (rsx_endpoint_needs_key(&l->ep) && !srv->key.set &&
	    !rsx_endpoint_is_loopback(&l->ep, l->fd))
		rsx_note("%s has no key: whoever reaches it can run anything here", bound);
	rsx_note("listening on %s", bound);
	return 0;
}

int rsx_listen_open(struct rsx_server *srv)
{
	for (unsigned i = 0; i < srv->opt->nlisten; i++) {
		int err = open_one(srv, srv->opt->listen[i]);

		if (err)
			return err;
	}
	return 0;
}

void rsx_listen_close(struct rsx_server *srv)
{
	for (unsigned i = 0; i < srv->nlisteners; i++) {
		struct rsx_listener *l = &srv->listener[i];

		if (l->poll.data)
			uv_close((uv_handle_t *)&l->poll, NULL);
		close(l->fd);
		rsx_endpoint_unlisten(&l->ep);
	}
	srv->nlisteners = 0;
	if (srv->private.poll.data) {
		uv_close((uv_handle_t *)&srv->private.poll, NULL);
		close(srv->private.fd);
		srv->private.poll.data = NULL;
	}
}

/* --- the private socket --- */

/* 1 with a descriptor, 0 at the end, -errno. */
static int receive_fd(int sock, int *ret_fd)
{
	char byte, room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { &byte, 1 };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	ssize_t n = recvmsg(sock, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	*ret_fd = -1;
	c = CMSG_FIRSTHDR(&mh);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n == 0 && *ret_fd < 0 ? 0 : 1;
}

static void on_private(uv_poll_t *p, int status, int events)
{
	struct rsx_listener *l = p->data;

	(void)status;
	(void)events;
	for (unsigned i = 0; i < BURST; i++) {
		int fd, r = receive_fd(l->fd, &fd);

		if (r == -EAGAIN)
			return;
		if (r <= 0) {
			rsx_server_stop(l->srv);
			return;
		}
		if (fd >= 0)
			rsx_conn_accept(l->srv, fd, false, true, "rsx-trace");
	}
}

int rsx_listen_private(struct rsx_server *srv)
{
	struct rsx_listener *l = &srv->private;
	int type = 0;
	socklen_t len = sizeof(type);

	l->srv = srv;
	l->fd = srv->opt->private_fd;
	if (getsockopt(l->fd, SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_SEQPACKET) {
		rsx_error(
			"--private-fd %d: not a SOCK_SEQPACKET socket; this option is rsx-trace's",
			l->fd);
		return RSX_EXIT_USAGE;
	}
	if (watch(l, on_private)) {
		rsx_error("cannot watch descriptor %d", l->fd);
		return RSX_EXIT_FAILED;
	}
	return 0;
}
