/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions: one traced tree of programs, its twins and lanes.
 *
 * A session begins with the AUTH of its control connection. Its first lane
 * makes its first twin; others follow by forks. It ends when that connection
 * closes, falls silent or breaks the protocol, or a twin reports a hostile
 * frame: all twins are killed, and when the last is really gone the session
 * is forgotten. Until then its id and token lead nowhere.
 */
#include <errno.h>
#include <stdatomic.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "server.h"

#define FIRST_LANE 1

/* Sealed: a twin that could shrink it would kill us with SIGBUS. */
static int make_shared(struct rsx_session *s)
{
	_rsx_close_ int fd = memfd_create("rsx-session", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *p;

	if (fd < 0 || ftruncate(fd, sizeof(*s->shared)) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	p = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	s->shared = p;
	s->memory = rsx_steal_fd(fd);
	return 0;
}

int rsx_session_new(struct rsx_conn *c, struct rsx_session **ret)
{
	struct rsx_session *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (make_shared(s)) {
		free(s);
		return -ENOMEM;
	}
	s->shared->same_host = c->same_host;
	s->shared->want_times = c->want_times;
	s->shared->want_names = c->want_names;
	memcpy(s->shared->refused, c->refused, sizeof(c->refused));
	memcpy(s->shared->allowed, c->srv->opt->allow, sizeof(s->shared->allowed));
	s->srv = c->srv;
	s->control = c;
	c->session = s;
	rsx_random(&s->id, sizeof(s->id));
	rsx_random(s->token, sizeof(s->token));
	memcpy(s->peer, c->peer, sizeof(s->peer));
	s->since = s->last_heard = uv_now(&s->srv->loop);
	LIST_INSERT_HEAD(&s->srv->sessions, s, link);
	s->srv->nsessions++;
	s->srv->nsessions_ever++;
	*ret = s;
	return 0;
}

struct rsx_session *rsx_session_find(struct rsx_server *srv, uint64_t id,
				     const uint8_t token[RSX_TOKEN_SIZE])
{
	struct rsx_session *s;

	LIST_FOREACH(s, &srv->sessions, link)
	if (s->id == id && s->control && rsx_auth_equal(s->token, token, RSX_TOKEN_SIZE))
		return s;
	return NULL;
}

/* --- lanes --- */

struct rsx_lane_rec *rsx_session_lane(struct rsx_session *s, uint32_t number)
{
	struct rsx_lane_rec *l;

	LIST_FOREACH(l, &s->lanes[number % LANE_BUCKETS], link)
	if (l->number == number)
		return l;
	return NULL;
}

struct rsx_counts rsx_slot_counts(const struct rsx_slot *s)
{
	return (struct rsx_counts) {
		.calls = atomic_load_explicit(&s->calls, memory_order_relaxed),
		.bytes = atomic_load_explicit(&s->bytes, memory_order_relaxed),
		.errors = atomic_load_explicit(&s->errors, memory_order_relaxed),
	};
}

void rsx_counts_add(struct rsx_counts *to, const struct rsx_counts *c)
{
	to->calls += c->calls;
	to->bytes += c->bytes;
	to->errors += c->errors;
}

void rsx_session_lane_free(struct rsx_lane_rec *l)
{
	struct rsx_session *s = l->session;

	rsx_interrupt_forget(l);
	if (l->slot) {
		size_t slot = (size_t)(l->slot - s->shared->slot);
		const struct rsx_counts c = rsx_slot_counts(l->slot);

		rsx_counts_add(&s->past, &c);
		rsx_counts_add(&s->srv->past, &c);
		s->slot_used[slot / 8] &= (uint8_t) ~(1u << slot % 8);
	}
	if (l->fd >= 0)
		close(l->fd);
	LIST_REMOVE(l, link);
	s->nlanes--;
	free(l);
}

int rsx_session_give(struct rsx_lane_rec *l, struct rsx_twin *t)
{
	struct rsx_session *s = l->session;

	for (unsigned i = 0; i < RSX_MAX_LANES; i++) {
		unsigned slot = (s->slot_hint + i) % RSX_MAX_LANES;

		if (s->slot_used[slot / 8] >> slot % 8 & 1)
			continue;
		s->slot_used[slot / 8] |= (uint8_t)(1u << slot % 8);
		s->slot_hint = slot + 1;
		l->slot = &s->shared->slot[slot];
		memset((void *)l->slot, 0, sizeof(*l->slot));
		l->twin = t;
		return (int)slot;
	}
	return -ENOSPC;
}

static struct rsx_lane_rec *lane_new(struct rsx_session *s, uint32_t number, int fd)
{
	struct rsx_lane_rec *l;

	if (s->nlanes >= RSX_MAX_LANES || rsx_session_lane(s, number))
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->session = s;
	l->number = number;
	l->fd = fd;
	LIST_INSERT_HEAD(&s->lanes[number % LANE_BUCKETS], l, link);
	s->nlanes++;
	return l;
}

void rsx_session_park(struct rsx_session *s, uint32_t number, int fd)
{
	struct rsx_lane_rec *l = lane_new(s, number, fd);

	if (!l) {
		close(fd);
		rsx_session_end(s, RSX__ERROR__CODE__LIMIT,
				"a lane number twice, or more lanes than the maximum");
		return;
	}
	if (number == FIRST_LANE && !s->had_twin) {
		s->had_twin = true;
		if (rsx_family_first(s, l))
			rsx_session_end(s, RSX__ERROR__CODE__INTERNAL,
					"the first twin cannot be made");
		return;
	}
	rsx_family_lane_came(s, l);
}

/* --- control messages: 0 or -EBADMSG --- */

static int on_ping(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	const Rsx__Ping *m = rsx_msg_unpack(&rsx__ping__descriptor, msg, &s->control->arena);

	if (!m)
		return -EBADMSG;
	s->paused = m->pause;
	rsx_conn_send(s->control, RSX_MSG_PONG, &m->base);
	return 0;
}

static int on_pong(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	(void)s;
	(void)msg;
	return 0;
}

static int on_cancel(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	const Rsx__Cancel *m = rsx_msg_unpack(&rsx__cancel__descriptor, msg, &s->control->arena);
	struct rsx_lane_rec *l;

	if (!m)
		return -EBADMSG;
	l = rsx_session_lane(s, m->lane);
	if (l && l->twin && m->call)
		rsx_interrupt_cancel(l, m->call);
	return 0;
}

static int on_drop(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	const Rsx__Drop *m = rsx_msg_unpack(&rsx__drop__descriptor, msg, &s->control->arena);
	struct rsx_lane_rec *l;

	if (!m)
		return -EBADMSG;
	l = rsx_session_lane(s, m->lane);
	if (l && l->twin)
		rsx_interrupt_drop(l);
	else if (l)
		rsx_session_lane_free(l);
	return 0;
}

static int on_bye(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	const Rsx__Bye *m = rsx_msg_unpack(&rsx__bye__descriptor, msg, &s->control->arena);
	struct rsx_twin *t;

	if (!m)
		return -EBADMSG;
	t = rsx_family_find(s, m->lane);
	if (t) {
		t->bye = true;
		rsx_family_kill(t);
	}
	return 0;
}

static int (*const handlers[RSX_MSG_MAX])(struct rsx_session *, const struct rsx_msg_in *) = {
	[RSX_MSG_PING] = on_ping, [RSX_MSG_PONG] = on_pong, [RSX_MSG_CANCEL] = on_cancel,
	[RSX_MSG_DROP] = on_drop, [RSX_MSG_BYE] = on_bye, [RSX_MSG_ENV] = rsx_environ_reply,
};

int rsx_session_control(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	s->last_heard = uv_now(&s->srv->loop);
	return handlers[msg->prefix.type] ? handlers[msg->prefix.type](s, msg) : -EBADMSG;
}

/* --- the end --- */

static void close_parked(struct rsx_session *s)
{
	for (unsigned i = 0; i < LANE_BUCKETS; i++) {
		struct rsx_lane_rec *l, *next;

		for (l = LIST_FIRST(&s->lanes[i]); l; l = next) {
			next = LIST_NEXT(l, link);
			if (!l->twin)
				rsx_session_lane_free(l);
		}
	}
}

/*
 * Comes twice on the way: with a text, then from rsx_conn_close() when the
 * connection is gone; the second one does the rest.
 */
void rsx_session_end(struct rsx_session *s, Rsx__Error__Code code, const char *text)
{
	struct rsx_twin *t;

	if (s->control) {
		if (text)
			rsx_conn_fail(s->control, code, text);
		else
			rsx_conn_close(s->control);
		return;
	}
	rsx_info("session %016llx: ends: %s", (unsigned long long)s->id, s->peer);
	explicit_bzero(s->token, sizeof(s->token));
	close_parked(s);
	LIST_FOREACH(t, &s->twins, link)
	rsx_family_kill(t);
	rsx_session_maybe_free(s);
}

void rsx_session_maybe_free(struct rsx_session *s)
{
	struct rsx_server *srv = s->srv;

	if (s->control || !LIST_EMPTY(&s->twins))
		return;
	munmap(s->shared, sizeof(*s->shared));
	if (s->memory >= 0)
		close(s->memory);
	LIST_REMOVE(s, link);
	srv->nsessions--;
	free(s);
	if (srv->opt->private_fd >= 0)
		rsx_server_stop(srv);
	rsx_server_maybe_stopped(srv);
}
