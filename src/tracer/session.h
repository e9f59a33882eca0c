/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer's side of a session: the control connection (hello, heartbeat,
 * Cancel, Bye, Gone) and the lanes. A lane is a connection of its own that
 * carries one thread's calls, one outstanding at a time.
 */
#ifndef RSX_TRACER_SESSION_H
#define RSX_TRACER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/auth.h"
#include "rsx/transport.h"
#include "rsx/wire.h"

struct tracee;

#define SPARE_LANES 4

struct lane {
	int fd;
	uint32_t id;
	uint32_t next_call;
	bool broken;
	int cpu; /* its thread is kept on, or -1 */
	int tid; /* its thread, over there; 0: not asked for */
	struct rsx_rx rx;
	struct tracee *owner;
	/* what the socket did not take yet */
	struct rsx_msg_out out;
	size_t out_sent;
	bool out_pending;
};

struct session {
	int ctl;
	int private_sock; /* SEQPACKET to the private server, or -1 */
	pid_t private_pid;
	struct rsx_endpoint endpoint;
	struct rsx_rx rx;
	struct rsx_arena arena;
	uint64_t id;
	uint8_t token[RSX_TOKEN_SIZE];
	uint32_t next_lane;
	struct lane *spare[SPARE_LANES];
	unsigned n_spare;
	bool same_host;
	pid_t server_pid; /* its main process; 0: not in this pid namespace */
	int arch; /* enum rsx_arch of the server */
	bool lost;
	bool none; /* a dry run: there is no server */
	int64_t last_heard_ns;
	int64_t last_ping_ns;
	bool refused[RSX_MAX_ROWS]; /* by asm-generic number */
	bool forbidden[RSX_MAX_ROWS]; /* needs rsx-server --allow; as above */
	char hostname[RSX_MAX_NAME];
	char version[RSX_MAX_NAME]; /* the server's */
	int64_t clock_ahead_ns;	    /* the server's clock, of this one */
	unsigned n_refused;	    /* rows in which the tables differ */
};

/* What the server's replies are to tell besides: rsx.proto, Hello. */
#define SESSION_WANT_TIMES 1u
#define SESSION_WANT_NAMES 2u

/*
 * Connect and shake hands; `address` NULL starts a private server. Returns 0
 * or an exit code (rsx/exitcode.h) after one line on stderr.
 */
int session_open(struct session *s, const char *address, const char *key_file, bool quiet,
		 unsigned wants);
/* No server: the functions below do nothing. */
void session_none(struct session *s);
void session_close(struct session *s);

/*
 * Ask the server on the control connection and wait for its answer, of the
 * same type. Only before lanes are in use. 0, or -errno with *ret_why.
 */
int session_ask(struct session *s, enum rsx_msg type, const ProtobufCMessage *m,
		struct rsx_msg_in *ret, const char **ret_why);

/* A new connected lane, or NULL (errno set). Takes a spare one if there is one. */
struct lane *session_lane(struct session *s);
/* Connect spare lanes while there is nothing better to do. */
void session_refill(struct session *s);
void lane_free(struct lane *l);

/*
 * Send on a lane without blocking; what the socket does not take goes out from
 * lane_flush(). The message's memory must live until then. 0 or -errno.
 */
int lane_send(struct lane *l, const struct rsx_msg_out *out);
int lane_flush(struct lane *l);
/* The same, but waits until it is sent: for small messages nobody answers. */
int lane_send_now(struct lane *l, struct rsx_msg_out *out);

/* Control messages; a failure marks the session lost. */
/* The tracer is about to be stopped for an unknown time; it goes on. */
void session_pause(struct session *s);
void session_resume(struct session *s);
void session_cancel(struct session *s, const struct lane *l);
void session_drop(struct session *s, uint32_t lane);
void session_bye(struct session *s, uint32_t lane);

/*
 * From now on SIGIO, which must have a handler, wakes a blocking wait(2) when
 * the control connection has something.
 */
void session_wake(struct session *s);

/*
 * Read what the control connection has. For each Gone, `gone` is called.
 * 0, or a negative errno: the connection is lost (*ret_why says how).
 */
int session_read(struct session *s, void (*gone)(void *ctx, uint32_t lane, bool unasked),
		 void *ctx, const char **ret_why);

/* Heartbeat; call about once a second. 0, or -ETIMEDOUT. */
int session_tick(struct session *s, int64_t now);

#endif
