/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See status.h. */
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/syscall.h"

#ifndef RSX_VERSION
#define RSX_VERSION "0"
#endif

#define READERS_MAX 16
#define PATIENCE_MS 10000 /* a reader that does not read */

struct reader {
	struct rsx_server *srv;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	int fd;
	char *text;
	size_t len, at;
};

/* --- the object --- */

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add(o, key, value);
}

static void add_number(struct json_object *o, const char *key, uint64_t n)
{
	add(o, key, json_object_new_uint64(n));
}

static void add_counts(struct json_object *o, const struct rsx_counts *c)
{
	add_number(o, "calls", c->calls);
	add_number(o, "bytes", c->bytes);
	add_number(o, "errors", c->errors);
}

static struct json_object *lane_object(const struct rsx_lane_rec *l, struct rsx_counts *total)
{
	struct json_object *o = json_object_new_object();
	const struct rsx_counts c = rsx_slot_counts(l->slot);
	const struct rsx_syscall *row = NULL;

	if (atomic_load(&l->slot->current))
		row = rsx_syscall_by_nr(RSX_ARCH_NATIVE, atomic_load(&l->slot->nr));
	add_number(o, "lane", l->number);
	add_number(o, "thread", atomic_load(&l->slot->tid));
	add(o, "call", row ? json_object_new_string(row->name) : NULL);
	add_counts(o, &c);
	rsx_counts_add(total, &c);
	return o;
}

static struct json_object *twin_object(struct rsx_session *s, const struct rsx_twin *t,
				       struct rsx_counts *total)
{
	struct json_object *o = json_object_new_object(), *lanes = json_object_new_array();
	struct rsx_lane_rec *l;

	for (unsigned i = 0; i < LANE_BUCKETS; i++)
		LIST_FOREACH(l, &s->lanes[i], link)
			if (l->twin == t && l->slot)
				json_object_array_add(lanes, lane_object(l, total));
	add_number(o, "pid", (uint64_t)t->pid);
	add(o, "lanes", lanes);
	return o;
}

static struct json_object *session_object(struct rsx_session *s, struct rsx_counts *total)
{
	struct json_object *o = json_object_new_object(), *twins = json_object_new_array();
	struct rsx_counts now = { 0 }, c = s->past;
	char id[17];
	struct rsx_twin *t;

	LIST_FOREACH(t, &s->twins, link)
		json_object_array_add(twins, twin_object(s, t, &now));
	rsx_counts_add(&c, &now);
	rsx_counts_add(total, &now);
	snprintf(id, sizeof(id), "%016" PRIx64, s->id); /* more than a JSON number holds */
	add(o, "id", json_object_new_string(id));
	add(o, "peer", json_object_new_string(s->peer));
	add_number(o, "age_ms", uv_now(&s->srv->loop) - s->since);
	add_number(o, "silent_ms", uv_now(&s->srv->loop) - s->last_heard);
	add(o, "paused", json_object_new_boolean(s->paused));
	add(o, "ending", json_object_new_boolean(!s->control));
	add_counts(o, &c);
	add(o, "twins", twins);
	return o;
}

static struct json_object *server_object(struct rsx_server *srv)
{
	struct json_object *o = json_object_new_object(), *sessions = json_object_new_array();
	struct json_object *listeners = json_object_new_array(), *total = json_object_new_object();
	struct rsx_counts c = srv->past;
	struct rsx_session *s;

	for (unsigned i = 0; i < srv->nlisteners; i++)
		json_object_array_add(listeners, json_object_new_string(srv->listener[i].ep.text));
	LIST_FOREACH(s, &srv->sessions, link)
		json_object_array_add(sessions, session_object(s, &c));
	add(o, "version", json_object_new_string(RSX_VERSION));
	add_number(o, "pid", (uint64_t)getpid());
	add_number(o, "uptime_ms", uv_now(&srv->loop) - srv->since);
	add(o, "listeners", listeners);
	add_number(o, "max_sessions", srv->opt->max_sessions);
	add_number(total, "sessions", srv->nsessions_ever);
	add_counts(total, &c);
	add(o, "total", total);
	add(o, "sessions", sessions);
	return o;
}

static char *status_text(struct rsx_server *srv, size_t *ret_len)
{
	struct json_object *o = server_object(srv);
	const char *s = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, ret_len);
	char *text = malloc(*ret_len + 1);

	if (text) {
		memcpy(text, s, *ret_len);
		text[(*ret_len)++] = '\n';
	}
	json_object_put(o);
	return text;
}

/* --- its readers --- */

static void on_closed(uv_handle_t *h)
{
	struct reader *r = h->data;

	if (--r->handles)
		return;
	close(r->fd);
	r->srv->nreaders--;
	free(r->text);
	free(r);
}

static void reader_close(struct reader *r)
{
	if (uv_is_closing((uv_handle_t *)&r->poll))
		return;
	uv_close((uv_handle_t *)&r->poll, on_closed);
	uv_close((uv_handle_t *)&r->timer, on_closed);
}

static void on_patience(uv_timer_t *t)
{
	reader_close(t->data);
}

static void on_writable(uv_poll_t *p, int status, int events)
{
	struct reader *r = p->data;
	ssize_t n = send(r->fd, r->text + r->at, r->len - r->at, MSG_NOSIGNAL | MSG_DONTWAIT);

	(void)status;
	(void)events;
	if (n > 0)
		r->at += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || r->at == r->len)
		reader_close(r);
}

static void reader_new(struct rsx_server *srv, int fd)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r)
		r->text = status_text(srv, &r->len);
	if (!r || !r->text || uv_poll_init(&srv->loop, &r->poll, fd)) {
		if (r)
			free(r->text);
		free(r);
		close(fd);
		return;
	}
	r->srv = srv;
	r->fd = fd;
	r->handles = 2;
	uv_timer_init(&srv->loop, &r->timer);
	r->poll.data = r->timer.data = r;
	uv_poll_start(&r->poll, UV_WRITABLE, on_writable);
	uv_timer_start(&r->timer, on_patience, PATIENCE_MS, 0);
	srv->nreaders++;
}

static void on_asked(uv_poll_t *p, int status, int events)
{
	struct rsx_listener *l = p->data;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	char peer[128] = "?";
	bool same_host;

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	if (rsx_endpoint_admit(&l->ep, fd, NULL, 0, peer, sizeof(peer), &same_host)) {
		rsx_note("%s: may not ask for the status", peer);
		close(fd);
	} else if (l->srv->nreaders >= READERS_MAX) {
		close(fd);
	} else {
		reader_new(l->srv, fd);
	}
}

int rsx_status_open(struct rsx_server *srv)
{
	struct rsx_listener *l = &srv->status;
	const char *why = NULL, *text = srv->opt->status;

	if (!text)
		return 0;
	l->srv = srv;
	if (strncmp(text, "unix:", 5) || rsx_endpoint_parse(&l->ep, text, &why)) {
		rsx_error("--status %s: %s", text, why ? why : "it must be unix:PATH");
		return RSX_EXIT_USAGE;
	}
	l->fd = rsx_endpoint_listen(&l->ep, &why);
	if (l->fd < 0) {
		rsx_error("cannot listen on %s: %s", text, why ? why : strerror(-l->fd));
		return RSX_EXIT_FAILED;
	}
	if (uv_poll_init(&srv->loop, &l->poll, l->fd)) {
		rsx_error("cannot watch %s", text);
		return RSX_EXIT_FAILED;
	}
	l->poll.data = l;
	uv_poll_start(&l->poll, UV_READABLE, on_asked);
	return 0;
}

void rsx_status_close(struct rsx_server *srv)
{
	struct rsx_listener *l = &srv->status;

	if (!l->poll.data)
		return;
	uv_close((uv_handle_t *)&l->poll, NULL);
	l->poll.data = NULL;
	close(l->fd);
	rsx_endpoint_unlisten(&l->ep);
}
