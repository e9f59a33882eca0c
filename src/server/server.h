/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main process: listeners, connections, sessions and their twins, on one
 * libuv loop. It believes nothing that its peers or its twins say.
 *
 * Who owns what: the server owns listeners, unknown connections and sessions;
 * a session owns its control connection, its lanes and its twins. A lane that
 * was given to a twin is only a record here; its connection is the twin's.
 */
#ifndef RSX_SERVER_SERVER_H
#define RSX_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "options.h"
#include "rsx/auth.h"
#include "rsx/buf.h"
#include "rsx/transport.h"
#include "rsx/wire.h"
#include "shared.h"

#define LANE_BUCKETS 256u

struct rsx_server;
struct rsx_session;

/* What lanes have done. */
struct rsx_counts {
	uint64_t calls, bytes, errors;
};

struct rsx_counts rsx_slot_counts(const struct rsx_slot *s);
void rsx_counts_add(struct rsx_counts *to, const struct rsx_counts *c);

/* --- connections: conn.c, handshake.c --- */

enum rsx_conn_state {
	RSX_CONN_HELLO,	  /* nothing is known */
	RSX_CONN_AUTH,	  /* said hello, was challenged */
	RSX_CONN_CONTROL, /* a session's control connection */
	RSX_CONN_CLOSED,  /* waits for libuv's close callback */
};

struct rsx_conn {
	TAILQ_ENTRY(rsx_conn) link; /* unknown ones, oldest first */
	struct rsx_server *srv;
	struct rsx_session *session; /* CONTROL */
	enum rsx_conn_state state;
	uv_poll_t poll;
	int fd;
	struct rsx_rx rx;
	struct rsx_arena arena;
	struct rsx_buf out; /* what the socket did not take yet */
	size_t out_at;
	uint64_t since; /* ms, of the loop */
	bool key_needed;
	bool same_host;
	char peer[128];
	/* between hello and welcome */
	uint32_t arch;
	bool want_times, want_names; /* rsx.proto, Hello */
	uint8_t tracer_nonce[RSX_NONCE_SIZE];
	uint8_t server_nonce[RSX_NONCE_SIZE];
	uint8_t refused[RSX_ROW_BITS / 8];
};

/* Take over an accepted connection; NULL, and `fd` is closed, on failure. */
struct rsx_conn *rsx_conn_accept(struct rsx_server *srv, int fd, bool key_needed, bool same_host,
		     const char *peer);

/* Queue a message; a connection that does not read is closed. */
void rsx_conn_send(struct rsx_conn *c, enum rsx_msg type, const ProtobufCMessage *header);

/* Close, telling the peer and the log why. */
void rsx_conn_fail(struct rsx_conn *c, Rsx__Error__Code code, const char *text);

/* Close; a control connection takes its session with it. */
void rsx_conn_close(struct rsx_conn *c);

/* Give up the connection but keep its descriptor, which is returned blocking. */
int rsx_conn_detach(struct rsx_conn *c);

/* A message of the handshake. The connection may be gone afterwards. */
void rsx_handshake(struct rsx_conn *c, const struct rsx_msg_in *msg);

/* --- sessions: session.c --- */

struct rsx_twin;

struct rsx_lane_rec {
	LIST_ENTRY(rsx_lane_rec) link; /* bucket */
	LIST_ENTRY(rsx_lane_rec) interrupted;
	struct rsx_session *session;
	uint32_t number;
	int fd;		       /* parked: the connection; else -1 */
	struct rsx_twin *twin; /* given: whose it is */
	struct rsx_slot *slot; /* given */
	/* interrupt.c */
	bool interrupting;
	bool dropped;
	uint32_t cancel; /* the call, or 0 */
	unsigned tries;
	uint64_t next_try; /* ms */
};

struct rsx_session {
	LIST_ENTRY(rsx_session) link;
	struct rsx_server *srv;
	struct rsx_conn *control; /* NULL once the session has ended */
	uint64_t id;
	uint8_t token[RSX_TOKEN_SIZE];
	char peer[128];
	uint64_t since;	     /* ms */
	uint64_t last_heard; /* ms */
	struct rsx_counts past; /* of lanes that have ended */
	bool paused;	     /* it said that it would be silent */
	bool had_twin;
	struct rsx_shared *shared;
	int memory; /* what holds `shared` */
	LIST_HEAD(, rsx_twin) twins;
	LIST_HEAD(, rsx_lane_rec) lanes[LANE_BUCKETS];
	unsigned nlanes;
	unsigned slot_hint;
	uint8_t slot_used[RSX_MAX_LANES / 8];
};

/* A session for an authenticated control connection. 0 or -errno. */
int rsx_session_new(struct rsx_conn *c, struct rsx_session **ret);

/* The session with this id if the token is its own, else NULL. */
struct rsx_session *rsx_session_find(struct rsx_server *srv, uint64_t id,
				     const uint8_t token[RSX_TOKEN_SIZE]);

/* A lane's connection has come. Takes over `fd`. */
void rsx_session_park(struct rsx_session *s, uint32_t number, int fd);

/* A message on the control connection: 0 or -EBADMSG. */
int rsx_session_control(struct rsx_session *s, const struct rsx_msg_in *msg);
/* The environment that the server was started with: environ.c. 0 or -EBADMSG. */
int rsx_environ_reply(struct rsx_session *s, const struct rsx_msg_in *msg);

/* Kill its twins; it is forgotten when they are gone. `text` may be NULL. */
void rsx_session_end(struct rsx_session *s, Rsx__Error__Code code, const char *text);

/* Forget it if it has ended and its twins are gone. */
void rsx_session_maybe_free(struct rsx_session *s);

struct rsx_lane_rec *rsx_session_lane(struct rsx_session *s, uint32_t number);

/* Give a parked lane to a twin: assign its slot, return its index or -ENOSPC. */
int rsx_session_give(struct rsx_lane_rec *l, struct rsx_twin *t);
void rsx_session_lane_free(struct rsx_lane_rec *l);

/* --- twins as main sees them: family.c --- */

struct rsx_twin {
	LIST_ENTRY(rsx_twin) link;
	struct rsx_session *session;
	uint32_t id; /* its first lane */
	pid_t pid;   /* 0 until it has started */
	int pidfd;
	int ctl;
	uv_poll_t ctl_poll, pid_poll;
	unsigned nhandles; /* uv handles not yet closed */
	bool bye;	   /* its end was asked for */
	bool silent;	   /* it never was: no Gone */
	/* what it waits for */
	uint32_t want_op; /* enum rsx_ctl_op, or 0 */
	uint32_t want_lane;
	uint64_t want_until; /* ms */
};

/* Make the session's first twin for its parked first lane. 0 or -errno. */
int rsx_family_first(struct rsx_session *s, struct rsx_lane_rec *l);

/* A lane has come: somebody may be waiting for it. */
void rsx_family_lane_came(struct rsx_session *s, struct rsx_lane_rec *l);

/* Give up waits that took too long. */
void rsx_family_tick(struct rsx_session *s, uint64_t now);

void rsx_family_kill(struct rsx_twin *t);
struct rsx_twin *rsx_family_find(struct rsx_session *s, uint32_t id);

/* --- interrupt.c --- */

void rsx_interrupt_cancel(struct rsx_lane_rec *l, uint32_t call);
void rsx_interrupt_drop(struct rsx_lane_rec *l);
void rsx_interrupt_forget(struct rsx_lane_rec *l);
void rsx_interrupt_tick(uv_timer_t *timer);

/* --- the server: server.c, listen.c --- */

struct rsx_listener {
	struct rsx_server *srv;
	struct rsx_endpoint ep;
	int fd;
	bool paused;
	uv_poll_t poll; /* poll.data is set while it is open */
};

struct rsx_server {
	uv_loop_t loop;
	const struct rsx_options *opt;
	struct rsx_key key;
	struct rsx_listener listener[RSX_MAX_LISTENERS];
	unsigned nlisteners;
	struct rsx_listener private; /* fd: the socket of --private-fd */
	struct rsx_listener status;
	unsigned nreaders;
	uint64_t since; /* ms */
	uint64_t nsessions_ever;
	struct rsx_counts past; /* of lanes that have ended, of any session */
	TAILQ_HEAD(rsx_conn_list, rsx_conn) unknown;
	unsigned nunknown;
	LIST_HEAD(, rsx_session) sessions;
	unsigned nsessions;
	LIST_HEAD(, rsx_lane_rec) interrupted;
	uv_timer_t interrupt_timer;
	uv_timer_t tick, give_up;
	uv_signal_t sigterm, sigint;
	bool stopping;
	int exit_code;
	int nursery; /* socket to where first twins come from */
	uv_poll_t nursery_poll;
};

/* Open the listeners that the options name. 0 or an exit code, after a line. */
int rsx_listen_open(struct rsx_server *srv);
int rsx_listen_private(struct rsx_server *srv);
void rsx_listen_resume(struct rsx_server *srv); /* those that ran out of something */
void rsx_listen_close(struct rsx_server *srv);

/* Serve until a signal or the private session's end. Returns the exit code. */
int rsx_server_run(const struct rsx_options *opt);

/* End everything; the loop stops when all twins are gone. */
void rsx_server_stop(struct rsx_server *srv);
void rsx_server_maybe_stopped(struct rsx_server *srv);

#endif
