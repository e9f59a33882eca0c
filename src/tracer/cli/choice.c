/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See choice.h. Everything is worked out when the options are read. */
#include "cli/choice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/set.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/print.h"
#include "rsx/syscall.h"

#define MAX_ERRNO 4095

static bool in(const struct callset *set, size_t i)
{
	const struct rsx_syscall *row = &rsx_syscalls[i];

	return callset_has(set, row, row->lower ? &rsx_syscalls[row->lower->row] : row);
}

static void set_remote(struct choice *c, const struct callset *set, int err)
{
	(void)err;
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		c->row[i].stays = !in(set, i);
}

static void set_local(struct choice *c, const struct callset *set, int err)
{
	(void)err;
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		if (in(set, i))
			c->row[i].stays = true;
}

/* A call that does not return cannot fail, nor may the kernel's own two. */
static bool can_fail(const struct rsx_syscall *row)
{
	return row->ret != RSX_RET_NONE && strcmp(row->name, "rt_sigreturn") &&
	       strcmp(row->name, "restart_syscall");
}

static void set_deny(struct choice *c, const struct callset *set, int err)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		if (in(set, i) && can_fail(&rsx_syscalls[i]))
			c->row[i].err = (int16_t)err;
}

static void set_allow(struct choice *c, const struct callset *set, int err)
{
	(void)err;
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		c->row[i].asked |= in(set, i);
}

static const struct {
	const char *name;
	bool takes_errno;
	void (*fn)(struct choice *c, const struct callset *set, int err);
} verbs[] = {
	{ "remote", false, set_remote },
	{ "local", false, set_local },
	{ "deny", true, set_deny },
	{ "allow", false, set_allow },
};

const char *const choice_verbs[] = { "remote", "local", "deny", "allow", NULL };

/* "ENOENT" or "2"; 0 if it is neither. */
static int errno_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && n > 0 && n <= MAX_ERRNO)
		return (int)n;
	for (int err = 1; err < 256; err++) {
		const char *name = rsx_errno_name(err);

		if (name && !strcmp(name, text))
			return err;
	}
	return 0;
}

static int wrong_word(const char *verb, const char *set, const char *word)
{
	char near[128];

	callset_nearest(word, near, sizeof(near));
	if (!*word)
		rsx_error("-e %s=%.200s: a name is missing", verb, set);
	else if (*near)
		rsx_error("-e %s=%.200s: no system call or class %.80s; near it: %s", verb, set,
			  word, near);
	else
		rsx_error("-e %s=%.200s: no system call or class %.80s (--list-syscalls lists them)",
			  verb, set, word);
	return RSX_EXIT_USAGE;
}

int choice_add(struct choice *c, const char *expr)
{
	size_t n = strcspn(expr, "="), v;
	_rsx_free_ char *text = NULL;
	struct callset set;
	char word[128], *colon;
	int err = EPERM;

	for (v = 0; v < RSX_ARRAY_SIZE(verbs); v++)
		if (strlen(verbs[v].name) == n && !memcmp(verbs[v].name, expr, n))
			break;
	if (v == RSX_ARRAY_SIZE(verbs) || !expr[n]) {
		rsx_error("-e %.200s: expected remote=SET, local=SET, deny=SET[:ERRNO], "
			  "allow=SET or trace=SET", expr);
		return RSX_EXIT_USAGE;
	}
	text = strdup(expr + n + 1);
	if (!text) {
		rsx_error("out of memory");
		return RSX_EXIT_FAILED;
	}
	colon = verbs[v].takes_errno ? strrchr(text, ':') : NULL;
	if (colon) {
		*colon = '\0';
		err = errno_of(colon + 1);
		if (!err) {
			rsx_error("-e %.200s: no such error: %.80s", expr, colon + 1);
			return RSX_EXIT_USAGE;
		}
	}
	if (callset_parse(&set, text, word, sizeof(word)))
		return wrong_word(verbs[v].name, text, word);
	c->any = true;
	verbs[v].fn(c, &set, err);
	return 0;
}

int choice_denies(const struct choice *c, const struct rsx_syscall *made)
{
	return c->any ? -c->row[made - rsx_syscalls].err : 0;
}

bool choice_stays(const struct choice *c, const struct rsx_syscall *made)
{
	return c->any && c->row[made - rsx_syscalls].stays;
}

bool choice_asked(const struct choice *c, const struct rsx_syscall *made)
{
	return c->any && c->row[made - rsx_syscalls].asked;
}
