/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session's control connection; see session.h.
 *
 * Happy path: connect, Hello, Challenge, Auth, Welcome; then Ping and Pong
 * until the run ends. It fails by: no connection (RSX_EXIT_CONNECT), a peer
 * that is not rsx, speaks another version or refuses the key
 * (RSX_EXIT_REFUSED), and later by an error or silence on the socket, which
 * session_read() and session_tick() report to the loop.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "private.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/*
 * A fresh connection to the server. -errno, with a hint. Waiting for it must
 * not delay the discovery that the server has fallen silent.
 */
static int connect_raw(struct session *s, const char **ret_why)
{
	int64_t patience = RSX_HANDSHAKE_MS;

	if (s->private_sock >= 0)
		return private_connect(s->private_sock);
	if (s->last_heard_ns)
		patience = RSX_SILENCE_MS - (now_ns() - s->last_heard_ns) / 1000000;
	if (patience > RSX_HANDSHAKE_MS)
		patience = RSX_HANDSHAKE_MS;
	return rsx_endpoint_connect(&s->endpoint, patience > 0 ? (int)patience : 0, ret_why);
}

static int send_header(int fd, enum rsx_msg type, uint32_t lane, uint32_t call,
		       const ProtobufCMessage *m, struct rsx_arena *arena)
{
	struct rsx_msg_out out;
	size_t sent = 0;
	int err = rsx_msg_pack(&out, type, lane, call, m, arena);

	return err ? err : rsx_send(fd, &out, 0, &sent);
}

/* Wait for the next handshake message; *ret_what says what came of it. */
static int handshake_next(struct session *s, enum rsx_msg want, struct rsx_msg_in *m,
			  const char **ret_what)
{
	struct pollfd p = { .fd = s->ctl, .events = POLLIN };
	int64_t end = now_ns() + RSX_HANDSHAKE_MS * 1000000LL;
	int err;

	do {
		int left = (int)((end - now_ns()) / 1000000);

		*ret_what = "the server does not answer";
		if (left <= 0 || poll(&p, 1, left) == 0)
			return -ETIMEDOUT;
		err = rsx_rx_next(&s->rx, MSG_DONTWAIT, m);
	} while (err == -EAGAIN || err == -EINTR);
	*ret_what = "the server closed the connection";
	if (err == -EPROTO)
		*ret_what = "the peer is not an rsx-server";
	else if (err == -EPROTONOSUPPORT)
		*ret_what = "the server speaks another version of the rsx protocol";
	else if (err == -EBADMSG)
		*ret_what = "the server sent a malformed message";
	if (err == 0)
		return -ECONNRESET;
	if (err < 0)
		return err;
	if (m->prefix.type == want)
		return 0;
	*ret_what = "the server sent an unexpected message";
	if (m->prefix.type == RSX_MSG_ERROR) {
		Rsx__Error *e = rsx_msg_unpack(&rsx__error__descriptor, m, &s->arena);

		if (e && e->text)
			*ret_what = e->text;
		return -EACCES;
	}
	return -EPROTO;
}

static void row_hashes(Rsx__Hello *h, uint32_t *nr, uint32_t *hash)
{
	size_t n = 0;

	for (size_t i = 0; i < rsx_nsyscalls && n < RSX_MAX_ROWS; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		if (row->nr[RSX_ARCH_GENERIC] < 0 || !rsx_syscall_on_wire(row))
			continue;
		nr[n] = (uint32_t)row->nr[RSX_ARCH_GENERIC];
		hash[n++] = rsx_syscall_hash(row);
	}
	h->n_row_nr = h->n_row_hash = n;
	h->row_nr = nr;
	h->row_hash = hash;
}

static int64_t realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int send_hello(struct session *s, const uint8_t nonce[RSX_NONCE_SIZE], unsigned wants)
{
	Rsx__Hello h = RSX__HELLO__INIT;
	uint32_t nr[RSX_MAX_ROWS], hash[RSX_MAX_ROWS];

	h.role = RSX__HELLO__ROLE__CONTROL;
	h.version = (char *)RSX_VERSION;
	h.nonce.data = (uint8_t *)nonce;
	h.nonce.len = RSX_NONCE_SIZE;
	h.arch = RSX_ARCH_NATIVE;
	h.realtime_ns = realtime_ns();
	h.want_times = wants & SESSION_WANT_TIMES;
	h.want_names = wants & SESSION_WANT_NAMES;
	row_hashes(&h, nr, hash);
	return send_header(s->ctl, RSX_MSG_HELLO, 0, 0, &h.base, &s->arena);
}

static void warn_clock(int64_t off)
{
	if (off > 1000000000LL || off < -1000000000LL)
		rsx_note("the server's clock is %lld s %s this one's; file times will show it",
			 (long long)(off < 0 ? -off : off) / 1000000000LL,
			 off < 0 ? "behind" : "ahead of");
}

/* The server's process id, if it is one of this namespace. */
static pid_t pid_here(const Rsx__Welcome *w)
{
	struct stat st;

	if (!w->same_host || !w->pid_ns || stat("/proc/self/ns/pid", &st) || st.st_ino != w->pid_ns)
		return 0;
	return (pid_t)w->pid;
}

static void take_welcome(struct session *s, const Rsx__Welcome *w)
{
	s->id = w->session;
	memcpy(s->token, w->token.data, RSX_TOKEN_SIZE);
	s->same_host = w->same_host;
	s->server_pid = pid_here(w);
	snprintf(s->hostname, sizeof(s->hostname), "%s", w->hostname ? w->hostname : "");
	for (size_t i = 0; i < w->n_row_refused; i++) {
		const struct rsx_syscall *row;

		if (w->row_refused[i] >= RSX_MAX_ROWS || s->refused[w->row_refused[i]])
			continue;
		s->refused[w->row_refused[i]] = true;
		s->n_refused++;
		row = rsx_syscall_by_nr(RSX_ARCH_GENERIC, w->row_refused[i]);
		rsx_note("the server's table differs in %s: it fails with ENOSYS in this run",
			 row ? row->name : "an unknown call");
	}
	for (size_t i = 0; i < w->n_row_forbidden; i++)
		if (w->row_forbidden[i] < RSX_MAX_ROWS)
			s->forbidden[w->row_forbidden[i]] = true;
	s->arch = (int)w->arch;
	s->clock_ahead_ns = w->realtime_ns - realtime_ns();
	warn_clock(s->clock_ahead_ns);
}

static bool is_closed(int err)
{
	return err == -EPIPE || err == -ECONNRESET;
}

/* Both directions prove the key; *ret_what names the failure. */
static int handshake(struct session *s, const struct rsx_key *key, unsigned wants,
		     const char **ret_what)
{
	uint8_t nonce[RSX_NONCE_SIZE], server_nonce[RSX_NONCE_SIZE], mac[RSX_MAC_SIZE];
	Rsx__Auth auth = RSX__AUTH__INIT;
	Rsx__Challenge *challenge;
	Rsx__Welcome *welcome;
	struct rsx_msg_in m;
	int err;

	rsx_random(nonce, sizeof(nonce));
	err = send_hello(s, nonce, wants);
	if (!err || is_closed(err)) /* it may have said why before it closed */
		err = handshake_next(s, RSX_MSG_CHALLENGE, &m, ret_what);
	if (err)
		return err;
	challenge = rsx_msg_unpack(&rsx__challenge__descriptor, &m, &s->arena);
	*ret_what = "the server sent a malformed challenge";
	if (!challenge || challenge->nonce.len != RSX_NONCE_SIZE)
		return -EBADMSG;
	*ret_what = "the server demands a key: give its key file with --key FILE";
	if (challenge->key_needed && !key->set)
		return -EACCES;
	*ret_what = "the server asks for no key, so it may be another than the one --key is for";
	if (!challenge->key_needed && key->set && s->private_sock < 0 &&
	    rsx_endpoint_needs_key(&s->endpoint))
		return -EACCES;
	memcpy(server_nonce, challenge->nonce.data, sizeof(server_nonce));
	snprintf(s->version, sizeof(s->version), "%s", challenge->version ? challenge->version : "?");
	rsx_auth_mac(mac, key, "rsx tracer", server_nonce, nonce);
	auth.mac.data = mac;
	auth.mac.len = sizeof(mac);
	err = send_header(s->ctl, RSX_MSG_AUTH, 0, 0, &auth.base, &s->arena);
	if (!err || is_closed(err))
		err = handshake_next(s, RSX_MSG_WELCOME, &m, ret_what);
	if (err)
		return err;
	welcome = rsx_msg_unpack(&rsx__welcome__descriptor, &m, &s->arena);
	*ret_what = "the server sent a malformed welcome";
	if (!welcome || welcome->token.len != RSX_TOKEN_SIZE)
		return -EBADMSG;
	*ret_what = "the server does not know the key: is it the server it claims to be?";
	rsx_auth_mac(mac, key, "rsx server", nonce, server_nonce);
	if (challenge->key_needed &&
	    (welcome->mac.len != sizeof(mac) || !rsx_auth_equal(mac, welcome->mac.data, sizeof(mac))))
		return -EACCES;
	take_welcome(s, welcome);
	return 0;
}

int session_ask(struct session *s, enum rsx_msg type, const ProtobufCMessage *m,
		struct rsx_msg_in *ret, const char **ret_why)
{
	int err = send_header(s->ctl, type, 0, 0, m, &s->arena);

	if (!err || is_closed(err))
		err = handshake_next(s, type, ret, ret_why);
	return err;
}

static int load_key(struct rsx_key *key, const char *file)
{
	int err;

	*key = (struct rsx_key){ 0 };
	if (!file)
		return 0;
	err = rsx_key_load(key, file);
	if (err == -EINVAL)
		rsx_error("key file %s: too short; it must hold at least 16 bytes", file);
	else if (err)
		rsx_error("key file %s: %s", file, strerror(-err));
	return err ? RSX_EXIT_USAGE : 0;
}

static int open_endpoint(struct session *s, const char *address, bool quiet)
{
	const char *why = NULL;

	if (!address) {
		s->private_sock = private_start(quiet, &s->private_pid);
		return s->private_sock < 0 ? RSX_EXIT_CONNECT : 0;
	}
	if (rsx_endpoint_parse(&s->endpoint, address, &why)) {
		rsx_error("--server %s: %s", address, why ? why : "not an address");
		return RSX_EXIT_USAGE;
	}
	return 0;
}

void session_wake(struct session *s)
{
	fcntl(s->ctl, F_SETOWN, getpid());
	fcntl(s->ctl, F_SETFL, fcntl(s->ctl, F_GETFL) | O_ASYNC);
}

int session_open(struct session *s, const char *address, const char *key_file, bool quiet,
		 unsigned wants)
{
	const char *why = NULL;
	struct rsx_key key;
	int err;

	*s = (struct session){ .ctl = -1, .private_sock = -1, .next_lane = 1 };
	rsx_arena_init(&s->arena, 1u << 20);
	err = load_key(&key, key_file);
	if (!err)
		err = open_endpoint(s, address, quiet);
	if (err)
		return err;
	s->ctl = connect_raw(s, &why);
	if (s->ctl < 0) {
		rsx_error("cannot reach server %s: %s", address ? address : "(private)",
			  why ? why : strerror(-s->ctl));
		return RSX_EXIT_CONNECT;
	}
	rsx_rx_init(&s->rx, s->ctl);
	err = handshake(s, &key, wants, &why);
	if (err) {
		rsx_error("server %s: %s", address ? address : "(private)", why ? why : strerror(-err));
		return RSX_EXIT_REFUSED;
	}
	if (!address && !quiet)
		rsx_note("no server named: a private one serves this run (--server ADDR names one, -q hides this line)");
	rsx_arena_reset(&s->arena);
	s->last_heard_ns = s->last_ping_ns = now_ns();
	return 0;
}

void session_none(struct session *s)
{
	*s = (struct session){ .ctl = -1, .private_sock = -1, .none = true };
	rsx_arena_init(&s->arena, 1u << 20);
	rsx_rx_init(&s->rx, -1);
}

void session_close(struct session *s)
{
	while (s->n_spare)
		lane_free(s->spare[--s->n_spare]);
	if (s->ctl >= 0)
		close(s->ctl);
	if (s->private_sock >= 0)
		close(s->private_sock);
	s->ctl = s->private_sock = -1;
	private_wait(s->private_pid);
	rsx_rx_done(&s->rx);
	rsx_arena_done(&s->arena);
}

static struct lane *lane_connect(struct session *s)
{
	Rsx__Hello h = RSX__HELLO__INIT;
	struct lane *l = calloc(1, sizeof(*l));
	const char *why;

	if (!l)
		return NULL;
	l->id = s->next_lane++;
	l->cpu = -1;
	l->fd = connect_raw(s, &why);
	if (l->fd < 0) {
		errno = -l->fd;
		free(l);
		return NULL;
	}
	rsx_rx_init(&l->rx, l->fd);
	h.role = RSX__HELLO__ROLE__LANE;
	h.version = (char *)RSX_VERSION;
	h.session = s->id;
	h.token.data = s->token;
	h.token.len = sizeof(s->token);
	h.lane = l->id;
	if (send_header(l->fd, RSX_MSG_HELLO, l->id, 0, &h.base, &s->arena)) {
		lane_free(l);
		errno = ECONNRESET;
		l = NULL;
	}
	rsx_arena_reset(&s->arena);
	return l;
}

struct lane *session_lane(struct session *s)
{
	if (s->n_spare) {
		struct lane *l = s->spare[0];

		s->n_spare--;
		memmove(s->spare, s->spare + 1, s->n_spare * sizeof(s->spare[0]));
		return l;
	}
	return lane_connect(s);
}

void session_refill(struct session *s)
{
	if (!s->lost && !s->none && s->n_spare < SPARE_LANES) {
		struct lane *l = lane_connect(s);

		if (l)
			s->spare[s->n_spare++] = l;
	}
}

static void control(struct session *s, enum rsx_msg type, uint32_t lane, uint32_t call,
		    const ProtobufCMessage *m)
{
	if (s->lost || s->none)
		return;
	if (send_header(s->ctl, type, lane, call, m, &s->arena))
		s->lost = true;
	rsx_arena_reset(&s->arena);
}

void session_cancel(struct session *s, const struct lane *l)
{
	Rsx__Cancel m = RSX__CANCEL__INIT;

	m.lane = l->id;
	m.call = l->next_call;
	control(s, RSX_MSG_CANCEL, l->id, m.call, &m.base);
}

static void ping(struct session *s, bool pause)
{
	Rsx__Ping m = RSX__PING__INIT;

	s->last_ping_ns = now_ns();
	m.time_ns = (uint64_t)s->last_ping_ns;
	m.pause = pause;
	control(s, RSX_MSG_PING, 0, 0, &m.base);
}

void session_pause(struct session *s)
{
	ping(s, true);
}

void session_resume(struct session *s)
{
	s->last_heard_ns = now_ns();
	ping(s, false);
}

void session_drop(struct session *s, uint32_t lane)
{
	Rsx__Drop m = RSX__DROP__INIT;

	m.lane = lane;
	control(s, RSX_MSG_DROP, lane, 0, &m.base);
}

void session_bye(struct session *s, uint32_t lane)
{
	Rsx__Bye m = RSX__BYE__INIT;

	m.lane = lane;
	control(s, RSX_MSG_BYE, lane, 0, &m.base);
}

int session_read(struct session *s, void (*gone)(void *ctx, uint32_t lane, bool unasked),
		 void *ctx, const char **ret_why)
{
	struct rsx_msg_in m;
	int err;

	*ret_why = "the server closed the connection";
	if (s->lost)
		return -ECONNRESET;
	if (s->none)
		return 0;
	while ((err = rsx_rx_next(&s->rx, MSG_DONTWAIT, &m)) == 1) {
		s->last_heard_ns = now_ns();
		if (m.prefix.type == RSX_MSG_GONE) {
			Rsx__Gone *g = rsx_msg_unpack(&rsx__gone__descriptor, &m, &s->arena);

			if (g)
				gone(ctx, g->lane, g->unasked);
		} else if (m.prefix.type == RSX_MSG_ERROR) {
			static char text[512];
			Rsx__Error *e = rsx_msg_unpack(&rsx__error__descriptor, &m, &s->arena);

			snprintf(text, sizeof(text), "the server says: %s",
				 e && e->text ? e->text : "?");
			*ret_why = text;
			rsx_arena_reset(&s->arena);
			return -ECONNABORTED;
		}
		rsx_arena_reset(&s->arena);
	}
	if (err == -EAGAIN || err == -EINTR)
		return 0;
	return err ? err : -ECONNRESET;
}

int session_tick(struct session *s, int64_t now)
{
	if (s->none)
		return 0;
	if (now - s->last_heard_ns > RSX_SILENCE_MS * 1000000LL)
		return -ETIMEDOUT;
	if (now - s->last_ping_ns >= RSX_PING_EVERY_MS * 1000000LL)
		ping(s, false);
	return 0;
}
