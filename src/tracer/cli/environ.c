/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See environ.h. What the server says is bounded before it is kept. */
#include "cli/environ.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "session.h"

struct env {
	char **var; /* ends with NULL once there is one */
	size_t n;
	size_t bytes;
};

/* Merged, these are this machine's: the terminal is here. */
static const char *const terminal[] = { "TERM", "COLORTERM", "LINES", "COLUMNS" };

void environ_free(char **env)
{
	for (size_t i = 0; env && env[i]; i++)
		free(env[i]);
	free(env);
}

static size_t name_len(const char *var)
{
	return strcspn(var, "=");
}

static bool same_name(const char *a, const char *b)
{
	size_t n = name_len(a);

	return n == name_len(b) && !memcmp(a, b, n);
}

static void drop(struct env *e, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (same_name(e->var[i], name))
			free(e->var[i]);
		else
			e->var[kept++] = e->var[i];
	}
	e->n = kept;
	if (e->var)
		e->var[kept] = NULL;
}

/* Add "NAME=value", of `len` bytes, in place of what has that name. */
static int put(struct env *e, const char *text, size_t len)
{
	char *var = strndup(text, len);
	char **more;

	if (!var)
		return -ENOMEM;
	drop(e, var);
	more = realloc(e->var, (e->n + 2) * sizeof(*more));
	if (!more) {
		free(var);
		return -ENOMEM;
	}
	e->var = more;
	more[e->n++] = var;
	more[e->n] = NULL;
	e->bytes += len + 1;
	return 0;
}

static int put_all(struct env *e, char *const *from)
{
	int err = 0;

	for (; !err && *from; from++)
		err = put(e, *from, strlen(*from));
	return err;
}

/* What a peer says may be anything. */
static bool is_variable(const ProtobufCBinaryData *v)
{
	const uint8_t *equals = v->len ? memchr(v->data, '=', v->len) : NULL;

	return equals && equals > v->data && !memchr(v->data, 0, v->len) &&
	       (v->len < 4 || memcmp(v->data, "RSX_", 4));
}

static int take_part(struct env *e, const Rsx__Env *part)
{
	int err = 0;

	for (size_t i = 0; !err && i < part->n_var; i++) {
		const ProtobufCBinaryData *v = &part->var[i];

		if (!is_variable(v))
			continue;
		if (e->n >= RSX_MAX_ENV_VARS || e->bytes + v->len >= RSX_MAX_ENV)
			return -E2BIG;
		err = put(e, (const char *)v->data, v->len);
	}
	return err;
}

static int ask(struct env *e, struct session *s)
{
	Rsx__Env m = RSX__ENV__INIT;
	const char *why = NULL;
	int err;

	do {
		struct rsx_msg_in msg;
		const Rsx__Env *part = NULL;
		uint32_t from = m.from;

		err = session_ask(s, RSX_MSG_ENV, &m.base, &msg, &why);
		if (!err)
			part = rsx_msg_unpack(&rsx__env__descriptor, &msg, &s->arena);
		if (!err && (!part || (part->from && part->from <= from))) {
			why = "the server sent a malformed environment";
			err = -EBADMSG;
		}
		if (!err)
			err = take_part(e, part);
		m.from = err ? 0 : part->from;
		rsx_arena_reset(&s->arena);
	} while (m.from);
	if (err == -E2BIG)
		rsx_error("--env: the server's environment is larger than %u KiB or %u variables",
			  RSX_MAX_ENV >> 10, RSX_MAX_ENV_VARS);
	else if (err)
		rsx_error("--env: %s", why ? why : strerror(-err));
	return err ? RSX_EXIT_REFUSED : 0;
}

static int keep_terminal(struct env *e)
{
	int err = 0;

	for (size_t i = 0; i < RSX_ARRAY_SIZE(terminal); i++) {
		drop(e, terminal[i]);
		for (char **v = environ; !err && *v; v++)
			if (same_name(*v, terminal[i]))
				err = put(e, *v, strlen(*v));
	}
	return err;
}

static int change(struct env *e, const struct options *o)
{
	int err = 0;

	for (size_t i = 0; !err && i < o->n_env; i++) {
		if (strchr(o->env_change[i], '='))
			err = put(e, o->env_change[i], strlen(o->env_change[i]));
		else
			drop(e, o->env_change[i]);
	}
	return err;
}

int environ_build(const struct options *o, struct session *s, char ***ret)
{
	struct env e = { .var = NULL };
	int err, exit_code = 0;

	if (o->env == ENV_LOCAL && !o->n_env)
		return 0;
	e.var = calloc(1, sizeof(*e.var));
	err = e.var ? 0 : -ENOMEM;
	if (!err && o->env != ENV_REMOTE)
		err = put_all(&e, environ);
	e.bytes = 0;
	if (!err && o->env != ENV_LOCAL)
		exit_code = ask(&e, s);
	if (!err && o->env == ENV_MERGE)
		err = keep_terminal(&e);
	if (!err)
		err = change(&e, o);
	if (err) {
		rsx_error("out of memory");
		exit_code = RSX_EXIT_FAILED;
	}
	if (exit_code)
		environ_free(e.var);
	else
		*ret = e.var;
	return exit_code;
}
