/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rsx-server --query: what a server's status socket says, as text or as it is. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsx/buf.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "status.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define PATIENCE_MS 5000

/* Everything until the server closes. 0 or -errno. */
static int read_answer(int fd, struct rsx_buf *to)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char part[16384];

	for (;;) {
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) == 0)
			return -ETIMEDOUT;
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n == 0)
			return to->failed || !to->len ? -EBADMSG : 0;
		if (n > 0)
			rsx_buf_add(to, part, (size_t)n);
	}
}

static uint64_t number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_object_object_get(o, key));
}

static const char *text(struct json_object *o, const char *key)
{
	const char *s = json_object_get_string(json_object_object_get(o, key));

	return s ? s : "-";
}

static void print_time(uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		printf("%" PRIu64 " s", s);
	else if (s < 3600)
		printf("%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		printf("%" PRIu64 " h %" PRIu64 " min", s / 3600, s / 60 % 60);
}

static void print_counts(struct json_object *o)
{
	printf("%" PRIu64 " calls, %" PRIu64 " bytes, %" PRIu64 " errors\n", number(o, "calls"),
	       number(o, "bytes"), number(o, "errors"));
}

static void print_twin(struct json_object *twin)
{
	struct json_object *lanes = json_object_object_get(twin, "lanes");

	for (size_t i = 0; i < json_object_array_length(lanes); i++) {
		struct json_object *l = json_object_array_get_idx(lanes, i);

		printf("  twin %" PRIu64 "  lane %" PRIu64 "  thread %" PRIu64 "  %s  ",
		       number(twin, "pid"), number(l, "lane"), number(l, "thread"), text(l, "call"));
		print_counts(l);
	}
}

static void print_session(struct json_object *s)
{
	struct json_object *twins = json_object_object_get(s, "twins");

	printf("\nsession %s  %s  ", text(s, "id"), text(s, "peer"));
	print_time(number(s, "age_ms"));
	if (json_object_get_boolean(json_object_object_get(s, "paused")))
		printf("  paused");
	if (json_object_get_boolean(json_object_object_get(s, "ending")))
		printf("  ending");
	printf("  ");
	print_counts(s);
	for (size_t i = 0; i < json_object_array_length(twins); i++)
		print_twin(json_object_array_get_idx(twins, i));
}

static void print_status(struct json_object *o)
{
	struct json_object *sessions = json_object_object_get(o, "sessions");
	struct json_object *listeners = json_object_object_get(o, "listeners");
	struct json_object *total = json_object_object_get(o, "total");

	printf("rsx-server %s  pid %" PRIu64 "  up ", text(o, "version"), number(o, "pid"));
	print_time(number(o, "uptime_ms"));
	printf("\n");
	for (size_t i = 0; i < json_object_array_length(listeners); i++)
		printf("listening on %s\n",
		       json_object_get_string(json_object_array_get_idx(listeners, i)));
	printf("sessions: %zu now of at most %" PRIu64 ", %" PRIu64 " so far; ",
	       json_object_array_length(sessions), number(o, "max_sessions"),
	       number(total, "sessions"));
	print_counts(total);
	for (size_t i = 0; i < json_object_array_length(sessions); i++)
		print_session(json_object_array_get_idx(sessions, i));
}

static int print_answer(const char *address, const struct rsx_buf *answer, bool json)
{
	struct json_object *o;

	if (json) {
		fputs(answer->data, stdout);
		return 0;
	}
	o = json_tokener_parse(answer->data);
	if (!json_object_is_type(json_object_object_get(o, "sessions"), json_type_array)) {
		rsx_error("%s: what answers is no status socket of an rsx-server", address);
		json_object_put(o);
		return RSX_EXIT_REFUSED;
	}
	print_status(o);
	json_object_put(o);
	return 0;
}

int rsx_query(const char *address, bool json)
{
	struct rsx_endpoint ep;
	const char *why = NULL;
	struct rsx_buf answer;
	_rsx_close_ int fd = -1;
	int err;

	if (strncmp(address, "unix:", 5) || rsx_endpoint_parse(&ep, address, &why)) {
		rsx_error("--query %s: %s", address, why ? why : "it must be unix:PATH");
		return RSX_EXIT_USAGE;
	}
	fd = rsx_endpoint_connect(&ep, PATIENCE_MS, &why);
	if (fd < 0) {
		rsx_error("cannot reach %s: %s", address, why ? why : strerror(-fd));
		return RSX_EXIT_CONNECT;
	}
	rsx_buf_init(&answer, ANSWER_MAX);
	err = read_answer(fd, &answer);
	if (err)
		rsx_error("%s: no answer: %s; only the server's user and root may ask", address,
			  strerror(-err));
	err = err ? RSX_EXIT_REFUSED : print_answer(address, &answer, json);
	rsx_buf_done(&answer);
	return err;
}
