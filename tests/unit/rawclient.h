/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of rsx-server that says exactly what a test tells it to, right or
 * wrong. The server runs in a child of the test, over a private socket or a
 * listener. Failures to talk abort the test.
 */
#ifndef RSX_TEST_RAWCLIENT_H
#define RSX_TEST_RAWCLIENT_H

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rsx/auth.h"
#include "rsx/limits.h"
#include "rsx/log.h"
#include "rsx/syscall.h"
#include "rsx/transport.h"
#include "rsx/wire.h"
#include "server.h"

/* A server in a child process. */
struct raw_server {
	pid_t pid;
	int private_fd; /* or -1 */
	char address[128];
};

/* One connection. */
struct raw {
	int fd;
	uint32_t lane;
	uint32_t call;
	struct rsx_rx rx;
	struct rsx_arena arena;
};

/* A session as its tracer sees it. */
struct raw_session {
	struct raw_server *srv;
	struct raw control;
	uint64_t id;
	uint8_t token[RSX_TOKEN_SIZE];
	uint32_t next_lane;
};

struct raw_reply {
	int64_t ret;
	uint32_t fd_mode;
	uint8_t *data;
	size_t len;
};

static inline int64_t raw_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- servers --- */

static inline void raw_server_private(struct raw_server *srv)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	srv->pid = fork();
	if (srv->pid == 0) {
		struct rsx_options opt = {
			.private_fd = pair[1],
			.max_sessions = RSX_MAX_SESSIONS,
		};

		close(pair[0]);
		rsx_log_init("rsx-server", RSX_LOG_ERROR);
		_exit(rsx_server_run(&opt));
	}
	close(pair[1]);
	srv->private_fd = pair[0];
}

/* A listener of the test's own; `opt` gets the address. */
static inline void raw_server_listen(struct raw_server *srv, struct rsx_options *opt,
				     const char *address)
{
	const char *why;
	struct rsx_endpoint ep;
	int fd = -1;

	srv->private_fd = -1;
	snprintf(srv->address, sizeof(srv->address), "%s", address);
	opt->listen[0] = srv->address;
	opt->nlisten = 1;
	opt->private_fd = -1;
	opt->max_sessions = opt->max_sessions ? opt->max_sessions : RSX_MAX_SESSIONS;
	srv->pid = fork();
	if (srv->pid == 0) {
		rsx_log_init("rsx-server", RSX_LOG_ERROR);
		_exit(rsx_server_run(opt));
	}
	ck_assert_int_eq(rsx_endpoint_parse(&ep, address, &why), 0);
	for (int i = 0; i < 500 && fd < 0; i++) {
		fd = rsx_endpoint_connect(&ep, 1000, &why);
		if (fd < 0)
			usleep(10000);
	}
	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* Wait for the server's end; its wait status. */
static inline int raw_server_wait(struct raw_server *srv, int within_ms)
{
	int64_t until = raw_now_ms() + within_ms;
	int status;

	for (;;) {
		pid_t pid = waitpid(srv->pid, &status, WNOHANG);

		if (pid == srv->pid)
			return status;
		ck_assert_msg(raw_now_ms() < until, "the server does not end");
		usleep(1000);
	}
}

static inline void raw_server_stop(struct raw_server *srv)
{
	int status;

	kill(srv->pid, SIGTERM);
	status = raw_server_wait(srv, 3000);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* --- connections --- */

static inline int raw_dial_private(int sock)
{
	char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 }, byte = 'c';
	struct iovec iov = { &byte, 1 };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
	ck_assert_int_eq(sendmsg(sock, &mh, MSG_NOSIGNAL), 1);
	close(pair[1]);
	return pair[0];
}

static inline void raw_dial(struct raw *r, const struct raw_server *srv)
{
	const struct timeval patience = { 8, 0 };
	struct rsx_endpoint ep;
	const char *why;

	*r = (struct raw) { .fd = -1 };
	if (srv->private_fd >= 0) {
		r->fd = raw_dial_private(srv->private_fd);
	} else {
		ck_assert_int_eq(rsx_endpoint_parse(&ep, srv->address, &why), 0);
		r->fd = rsx_endpoint_connect(&ep, 5000, &why);
		ck_assert_int_ge(r->fd, 0);
	}
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rsx_rx_init(&r->rx, r->fd);
	rsx_arena_init(&r->arena, 8u << 20);
}

static inline void raw_hang_up(struct raw *r)
{
	close(r->fd);
	rsx_rx_done(&r->rx);
	rsx_arena_done(&r->arena);
	r->fd = -1;
}

static inline void raw_send(struct raw *r, enum rsx_msg type, const ProtobufCMessage *m)
{
	struct rsx_msg_out out;

	ck_assert_int_eq(rsx_msg_pack(&out, type, r->lane, r->call, m, &r->arena), 0);
	ck_assert_int_eq(rsx_send(r->fd, &out, 0, NULL), 0);
}

/* The next message's header, which must be of this type. */
static inline void *raw_expect(struct raw *r, enum rsx_msg type,
			       const ProtobufCMessageDescriptor *desc)
{
	struct rsx_msg_in in;
	void *m;

	ck_assert_int_eq(rsx_rx_next(&r->rx, 0, &in), 1);
	ck_assert_int_eq(in.prefix.type, type);
	m = rsx_msg_unpack(desc, &in, &r->arena);
	ck_assert_ptr_nonnull(m);
	return m;
}

/* The connection is closed, perhaps after an Error. */
static inline void raw_expect_end(struct raw *r)
{
	struct rsx_msg_in in;
	int n;

	do
		n = rsx_rx_next(&r->rx, 0, &in);
	while (n == 1);
	ck_assert_msg(n == 0 || n == -ECONNRESET, "rx: %d", n);
}

/* --- sessions --- */

static inline void raw_hello(Rsx__Hello *h, uint8_t nonce[RSX_NONCE_SIZE])
{
	rsx__hello__init(h);
	memset(nonce, 7, RSX_NONCE_SIZE);
	h->nonce.data = nonce;
	h->nonce.len = RSX_NONCE_SIZE;
	h->version = (char *)"test";
}

/* Hello, challenge, auth: returns the Welcome or fails the test. */
static inline Rsx__Welcome *raw_handshake(struct raw *c, const struct rsx_key *key, Rsx__Hello *h)
{
	Rsx__Auth a = RSX__AUTH__INIT;
	Rsx__Challenge *ch;
	uint8_t mac[RSX_MAC_SIZE];

	raw_send(c, RSX_MSG_HELLO, &h->base);
	ch = raw_expect(c, RSX_MSG_CHALLENGE, &rsx__challenge__descriptor);
	ck_assert_uint_eq(ch->nonce.len, RSX_NONCE_SIZE);
	rsx_auth_mac(mac, key, "rsx tracer", ch->nonce.data, h->nonce.data);
	a.mac.data = mac;
	a.mac.len = sizeof(mac);
	raw_send(c, RSX_MSG_AUTH, &a.base);
	return raw_expect(c, RSX_MSG_WELCOME, &rsx__welcome__descriptor);
}

static inline void raw_open(struct raw_session *s, struct raw_server *srv,
			    const struct rsx_key *key)
{
	static const struct rsx_key no_key = { .set = false };
	uint8_t nonce[RSX_NONCE_SIZE];
	Rsx__Hello h;
	Rsx__Welcome *w;

	*s = (struct raw_session) { .srv = srv, .next_lane = 1 };
	raw_dial(&s->control, srv);
	raw_hello(&h, nonce);
	w = raw_handshake(&s->control, key ? key : &no_key, &h);
	ck_assert_uint_eq(w->token.len, RSX_TOKEN_SIZE);
	s->id = w->session;
	memcpy(s->token, w->token.data, RSX_TOKEN_SIZE);
}

static inline void raw_lane_hello(struct raw_session *s, struct raw *l)
{
	Rsx__Hello h = RSX__HELLO__INIT;

	h.role = RSX__HELLO__ROLE__LANE;
	h.session = s->id;
	h.token.data = s->token;
	h.token.len = sizeof(s->token);
	h.lane = l->lane;
	raw_send(l, RSX_MSG_HELLO, &h.base);
}

/* A connected lane with the next number. */
static inline void raw_lane(struct raw_session *s, struct raw *l)
{
	raw_dial(l, s->srv);
	l->lane = s->next_lane++;
	raw_lane_hello(s, l);
}

/* --- calls --- */

static inline struct raw_reply raw_await(struct raw *l)
{
	struct rsx_msg_in in;
	struct raw_reply r;
	Rsx__Reply *m;
	int n = rsx_rx_next(&l->rx, 0, &in);

	ck_assert_msg(n == 1, "no reply: %d", n);
	ck_assert_int_eq(in.prefix.type, RSX_MSG_REPLY);
	ck_assert_uint_eq(in.prefix.call, l->call);
	m = rsx_msg_unpack(&rsx__reply__descriptor, &in, &l->arena);
	ck_assert_ptr_nonnull(m);
	r = (struct raw_reply) { m->ret, m->fd_mode, in.payload, in.prefix.payload_len };
	return r;
}

/* Send a call whose blobs are `nblobs` lengths and one piece of bytes. */
static inline void raw_begin(struct raw *l, uint32_t nr, unsigned nargs, const uint64_t *args,
			     unsigned nblobs, const uint32_t *lens, const void *bytes, size_t len)
{
	Rsx__Call c = RSX__CALL__INIT;
	struct rsx_prefix p = { .type = RSX_MSG_CALL, .lane = l->lane, .call = ++l->call };
	struct rsx_msg_out out;
	uint8_t *to;

	rsx_arena_reset(&l->arena);
	c.nr = nr;
	c.n_args = nargs;
	c.args = (uint64_t *)args;
	c.n_blobs = nblobs;
	c.blobs = (uint32_t *)lens;
	p.header_len = (uint32_t)rsx__call__get_packed_size(&c);
	p.payload_len = (uint32_t)len;
	to = rsx_arena_alloc(&l->arena, RSX_PREFIX_SIZE + p.header_len);
	rsx_prefix_pack(to, &p);
	rsx__call__pack(&c, to + RSX_PREFIX_SIZE);
	out.iov[0] = (struct iovec) { to, RSX_PREFIX_SIZE + p.header_len };
	out.iov[1] = (struct iovec) { (void *)bytes, len };
	out.niov = len ? 2 : 1;
	ck_assert_int_eq(rsx_send(l->fd, &out, 0, NULL), 0);
}

static inline uint32_t raw_nr(const char *name)
{
	const struct rsx_syscall *row = rsx_syscall_by_name(name);

	ck_assert_msg(row && row->nr[RSX_ARCH_GENERIC] >= 0, "no row %s", name);
	return (uint32_t)row->nr[RSX_ARCH_GENERIC];
}

static inline int64_t raw_openat(struct raw *l, const char *path, int flags, int mode)
{
	uint64_t args[] = { (uint64_t)-100, 1, (uint64_t)flags, (uint64_t)mode };
	uint32_t len = (uint32_t)strlen(path) + 1;

	raw_begin(l, raw_nr("openat"), 4, args, 1, &len, path, len);
	return raw_await(l).ret;
}

static inline void raw_begin_read(struct raw *l, int64_t fd, uint32_t count)
{
	uint64_t args[] = { (uint64_t)fd, 1, count };
	uint32_t none = 0;

	raw_begin(l, raw_nr("read"), 3, args, 1, &none, NULL, 0);
}

static inline struct raw_reply raw_read(struct raw *l, int64_t fd, uint32_t count)
{
	raw_begin_read(l, fd, count);
	return raw_await(l);
}

static inline int64_t raw_write(struct raw *l, int64_t fd, const void *data, uint32_t len)
{
	uint64_t args[] = { (uint64_t)fd, 1, len };

	raw_begin(l, raw_nr("write"), 3, args, 1, &len, data, len);
	return raw_await(l).ret;
}

static inline int64_t raw_lseek(struct raw *l, int64_t fd, int64_t off, int whence)
{
	uint64_t args[] = { (uint64_t)fd, (uint64_t)off, (uint64_t)whence };

	raw_begin(l, raw_nr("lseek"), 3, args, 0, NULL, NULL, 0);
	return raw_await(l).ret;
}

static inline int64_t raw_close(struct raw *l, int64_t fd)
{
	uint64_t args[] = { (uint64_t)fd };

	raw_begin(l, raw_nr("close"), 1, args, 0, NULL, NULL, 0);
	return raw_await(l).ret;
}

static inline void raw_begin_fork(struct raw *l, uint32_t lane, bool keeper)
{
	Rsx__Fork f = RSX__FORK__INIT;

	f.lane = lane;
	f.keeper = keeper;
	l->call++;
	raw_send(l, RSX_MSG_FORK, &f.base);
}

static inline int64_t raw_fork(struct raw *l, uint32_t lane, bool keeper)
{
	raw_begin_fork(l, lane, keeper);
	return raw_await(l).ret;
}

static inline int64_t raw_new_lane(struct raw *l, uint32_t lane)
{
	Rsx__NewLane n = RSX__NEW_LANE__INIT;

	n.lane = lane;
	l->call++;
	raw_send(l, RSX_MSG_NEWLANE, &n.base);
	return raw_await(l).ret;
}

static inline void raw_cancel(struct raw_session *s, const struct raw *l)
{
	Rsx__Cancel m = RSX__CANCEL__INIT;

	m.lane = l->lane;
	m.call = l->call;
	raw_send(&s->control, RSX_MSG_CANCEL, &m.base);
}

static inline void raw_bye(struct raw_session *s, uint32_t lane)
{
	Rsx__Bye m = RSX__BYE__INIT;

	m.lane = lane;
	raw_send(&s->control, RSX_MSG_BYE, &m.base);
}

static inline void raw_drop(struct raw_session *s, uint32_t lane)
{
	Rsx__Drop m = RSX__DROP__INIT;

	m.lane = lane;
	raw_send(&s->control, RSX_MSG_DROP, &m.base);
}

static inline void raw_expect_gone(struct raw_session *s, uint32_t lane, bool unasked)
{
	Rsx__Gone *g = raw_expect(&s->control, RSX_MSG_GONE, &rsx__gone__descriptor);

	ck_assert_uint_eq(g->lane, lane);
	ck_assert_int_eq(g->unasked, unasked);
}

/* --- the usual set-up: a private server, a session, its first lane --- */

static struct raw_server srv;
static struct raw_session ses;
static struct raw lane1;
static char dir[64], path[128];

/* A directory, a private server, a session with one lane. */
static inline void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/rsx-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	raw_server_private(&srv);
	raw_open(&ses, &srv, NULL);
	raw_lane(&ses, &lane1);
}

static inline void clean_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* The end of its only session ends a private server. */
static inline void teardown(void)
{
	int status;

	raw_hang_up(&ses.control);
	status = raw_server_wait(&srv, 3000);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	clean_dir();
}

#endif
