/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is there? HELLO and AUTH of a connection that is not yet known; see
 * conn.c for the order and the ways it ends. Rows that the two ends describe
 * differently are found here, so that the session refuses just those.
 */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rsx/log.h"
#include "rsx/syscall.h"
#include "server.h"

#ifndef RSX_VERSION
#define RSX_VERSION "0"
#endif

static void protocol_error(struct rsx_conn *c)
{
	rsx_conn_fail(c, RSX__ERROR__CODE__PROTOCOL, "a hello that does not fit the protocol");
}

/* Compare the peer's rows with ours. Refused: another hash, or not ours. */
static bool compare_rows(struct rsx_conn *c, const Rsx__Hello *h)
{
	if (h->n_row_nr != h->n_row_hash || h->n_row_nr > RSX_MAX_ROWS)
		return false;
	for (size_t i = 0; i < h->n_row_nr; i++) {
		uint32_t nr = h->row_nr[i];
		const struct rsx_syscall *row;

		if (nr >= RSX_ROW_BITS)
			return false;
		row = rsx_syscall_by_nr(RSX_ARCH_GENERIC, nr);
		if (!row || rsx_syscall_hash(row) != h->row_hash[i])
			c->refused[nr / 8] |= (uint8_t)(1u << nr % 8);
	}
	return true;
}

static void control_hello(struct rsx_conn *c, const Rsx__Hello *h)
{
	Rsx__Challenge ch = RSX__CHALLENGE__INIT;

	if (h->nonce.len != RSX_NONCE_SIZE || h->arch >= RSX_ARCH_MAX || !compare_rows(c, h)) {
		protocol_error(c);
		return;
	}
	memcpy(c->tracer_nonce, h->nonce.data, RSX_NONCE_SIZE);
	rsx_random(c->server_nonce, RSX_NONCE_SIZE);
	c->arch = h->arch;
	c->want_times = h->want_times;
	c->want_names = h->want_names;
	c->state = RSX_CONN_AUTH;
	ch.version = (char *)RSX_VERSION;
	ch.nonce.data = c->server_nonce;
	ch.nonce.len = RSX_NONCE_SIZE;
	ch.key_needed = c->key_needed;
	rsx_conn_send(c, RSX_MSG_CHALLENGE, &ch.base);
}

static void lane_hello(struct rsx_conn *c, const Rsx__Hello *h)
{
	struct rsx_session *s = NULL;

	if (h->token.len == RSX_TOKEN_SIZE)
		s = rsx_session_find(c->srv, h->session, h->token.data);
	if (!s) {
		rsx_conn_fail(c, RSX__ERROR__CODE__DENIED, "a lane of no session here");
		return;
	}
	rsx_session_park(s, h->lane, rsx_conn_detach(c));
}

static bool auth_is_right(const struct rsx_conn *c, const Rsx__Auth *a)
{
	uint8_t mac[RSX_MAC_SIZE];

	if (!c->key_needed)
		return true;
	rsx_auth_mac(mac, &c->srv->key, "rsx tracer", c->server_nonce, c->tracer_nonce);
	return a->mac.len == RSX_MAC_SIZE && rsx_auth_equal(mac, a->mac.data, RSX_MAC_SIZE);
}

/* The process id namespace of this process, by its inode; 0: unknown. */
static uint64_t pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) ? 0 : st.st_ino;
}

static void welcome(struct rsx_conn *c, const struct rsx_session *s)
{
	static const struct rsx_key no_key = { .set = false };
	Rsx__Welcome w = RSX__WELCOME__INIT;
	uint32_t refused[RSX_ROW_BITS], forbidden[RSX_ROW_BITS];
	uint8_t mac[RSX_MAC_SIZE];
	char name[RSX_MAX_NAME] = "";
	struct timespec now;

	rsx_auth_mac(mac, c->key_needed ? &c->srv->key : &no_key, "rsx server", c->tracer_nonce,
		     c->server_nonce);
	gethostname(name, sizeof(name) - 1);
	clock_gettime(CLOCK_REALTIME, &now);
	for (uint32_t nr = 0; nr < RSX_ROW_BITS; nr++)
		if (rsx_shared_refused(s->shared, nr))
			refused[w.n_row_refused++] = nr;
	for (size_t i = 0; i < rsx_nsyscalls && w.n_row_forbidden < RSX_ROW_BITS; i++)
		if (!rsx_shared_allows(s->shared, &rsx_syscalls[i]))
			forbidden[w.n_row_forbidden++] =
				(uint32_t)rsx_syscalls[i].nr[RSX_ARCH_GENERIC];
	w.mac.data = mac;
	w.mac.len = sizeof(mac);
	w.session = s->id;
	w.token.data = (uint8_t *)s->token;
	w.token.len = sizeof(s->token);
	w.arch = RSX_ARCH_NATIVE;
	w.realtime_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	w.max_lanes = RSX_MAX_LANES;
	w.same_host = c->same_host;
	if (c->same_host) {
		w.pid = (uint32_t)getpid();
		w.pid_ns = pid_namespace();
	}
	w.hostname = name;
	w.row_refused = refused;
	w.row_forbidden = forbidden;
	rsx_conn_send(c, RSX_MSG_WELCOME, &w.base);
}

static void on_auth(struct rsx_conn *c, const Rsx__Auth *a)
{
	struct rsx_session *s;

	if (!auth_is_right(c, a)) {
		rsx_conn_fail(c, RSX__ERROR__CODE__AUTH, "the key is wrong");
		return;
	}
	if (c->srv->nsessions >= c->srv->opt->max_sessions) {
		rsx_conn_fail(c, RSX__ERROR__CODE__LIMIT, "the server has its maximum of sessions");
		return;
	}
	if (rsx_session_new(c, &s)) {
		rsx_conn_fail(c, RSX__ERROR__CODE__INTERNAL, "no memory for a session");
		return;
	}
	TAILQ_REMOVE(&c->srv->unknown, c, link);
	c->srv->nunknown--;
	c->state = RSX_CONN_CONTROL;
	rsx_rx_set_exact(&c->rx, false);
	rsx_info("session %016llx: begins: %s", (unsigned long long)s->id, c->peer);
	welcome(c, s);
}

void rsx_handshake(struct rsx_conn *c, const struct rsx_msg_in *msg)
{
	if (c->state == RSX_CONN_HELLO && msg->prefix.type == RSX_MSG_HELLO) {
		const Rsx__Hello *h = rsx_msg_unpack(&rsx__hello__descriptor, msg, &c->arena);

		if (h && h->role == RSX__HELLO__ROLE__CONTROL)
			control_hello(c, h);
		else if (h && h->role == RSX__HELLO__ROLE__LANE)
			lane_hello(c, h);
		else
			protocol_error(c);
	} else if (c->state == RSX_CONN_AUTH && msg->prefix.type == RSX_MSG_AUTH) {
		const Rsx__Auth *a = rsx_msg_unpack(&rsx__auth__descriptor, msg, &c->arena);

		if (a)
			on_auth(c, a);
		else
			protocol_error(c);
	} else {
		protocol_error(c);
	}
}
