/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See set.h. */
#include "cli/set.h"

#include <assert.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "rsx/cleanup.h"
#include "rsx/syscall.h"

#define MAX_WORD 64 /* of what is compared for nearness */

/* strace's names; %system is ours. */
static const struct {
	const char *name;
	unsigned bits;
} classes[] = {
	{ "file", RSX_CLASS_FILE },
	{ "desc", RSX_CLASS_DESC },
	{ "net", RSX_CLASS_NET },
	{ "network", RSX_CLASS_NET },
	{ "process", RSX_CLASS_PROCESS },
	{ "memory", RSX_CLASS_MEMORY },
	{ "ipc", RSX_CLASS_IPC },
	{ "signal", RSX_CLASS_SIGNAL },
	{ "creds", RSX_CLASS_CREDS },
	{ "clock", RSX_CLASS_CLOCK },
	{ "pure", RSX_CLASS_PURE },
	{ "stat", RSX_CLASS_STAT },
	{ "lstat", RSX_CLASS_LSTAT },
	{ "fstat", RSX_CLASS_FSTAT },
	{ "%stat", RSX_CLASS_STAT | RSX_CLASS_LSTAT | RSX_CLASS_FSTAT },
	{ "statfs", RSX_CLASS_STATFS },
	{ "fstatfs", RSX_CLASS_FSTATFS },
	{ "%statfs", RSX_CLASS_STATFS | RSX_CLASS_FSTATFS | RSX_CLASS_USTAT },
	{ "system", RSX_CLASS_SYSTEM },
};

unsigned callset_class(const char *name)
{
	for (size_t i = 0; i < RSX_ARRAY_SIZE(classes); i++)
		if (!strcmp(classes[i].name, name))
			return classes[i].bits;
	return 0;
}

const char *callset_class_name(size_t i)
{
	return i < RSX_ARRAY_SIZE(classes) ? classes[i].name : NULL;
}

static void list(struct callset *set, size_t i)
{
	assert(i < RSX_MAX_ROWS);
	set->listed[i / 8] |= (uint8_t)(1u << i % 8);
}

static bool listed(const struct callset *set, size_t i)
{
	return set->listed[i / 8] >> i % 8 & 1;
}

static bool add_class(struct callset *set, const char *name)
{
	unsigned bits = callset_class(name);

	for (size_t i = 0; i < rsx_nsyscalls; i++)
		if (rsx_syscalls[i].classes & bits)
			list(set, i);
	return bits != 0;
}

static bool add_regex(struct callset *set, const char *text)
{
	regex_t re;

	if (regcomp(&re, text, REG_EXTENDED | REG_NOSUB))
		return false;
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		if (!regexec(&re, rsx_syscalls[i].name, 0, NULL, 0))
			list(set, i);
	regfree(&re);
	return true;
}

static bool add_name(struct callset *set, const char *name)
{
	const struct rsx_syscall *row = rsx_syscall_by_name(name);

	if (row)
		list(set, (size_t)(row - rsx_syscalls));
	return row != NULL;
}

static bool add_all(struct callset *set)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		list(set, i);
	return true;
}

/* strace's classes before they had a mark; it knows them still. */
static bool is_old_class(const char *word)
{
	static const char *const old[] = {
		"file", "process", "network", "signal", "ipc", "desc", "memory",
	};

	for (size_t i = 0; i < RSX_ARRAY_SIZE(old); i++)
		if (!strcmp(word, old[i]))
			return true;
	return false;
}

static bool add_word(struct callset *set, const char *word)
{
	if (!strcmp(word, "all"))
		return add_all(set);
	if (!strcmp(word, "none"))
		return true;
	if (word[0] == '%')
		return add_class(set, word + 1);
	if (is_old_class(word))
		return add_class(set, word);
	if (word[0] == '/')
		return word[1] && add_regex(set, word + 1);
	if (word[0] == '?') /* there may be no such call */
		return word[1] && (add_word(set, word + 1) || true);
	return add_name(set, word);
}

int callset_parse(struct callset *set, const char *text, char *ret_word, size_t room)
{
	struct callset made = { .negated = text[0] == '!' };
	char word[256];

	text += made.negated;
	for (;;) {
		size_t n = strcspn(text, ",");

		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		if (!n || n >= sizeof(word) || !add_word(&made, word)) {
			snprintf(ret_word, room, "%s", word);
			return -EINVAL;
		}
		if (!text[n])
			break;
		text += n + 1;
	}
	*set = made;
	return 0;
}

/* --- what may have been meant --- */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, taken out, replaced or swapped. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][MAX_WORD + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > MAX_WORD || nb > MAX_WORD)
		return MAX_WORD;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[na % 3][nb];
}

#define NEAREST 3

struct nearest {
	const char *name[NEAREST];
	const char *mark[NEAREST]; /* what stands before the name */
	unsigned far[NEAREST];
	unsigned n;
};

static void consider(struct nearest *best, const char *word, const char *mark, const char *name)
{
	unsigned far = distance(word, name), limit = (unsigned)strlen(name) / 3, i;

	if (far > least(limit ? limit : 1, 3))
		return;
	for (i = best->n; i > 0 && best->far[i - 1] > far; i--) {
		if (i == NEAREST)
			continue;
		best->name[i] = best->name[i - 1];
		best->mark[i] = best->mark[i - 1];
		best->far[i] = best->far[i - 1];
	}
	if (i == NEAREST)
		return;
	best->name[i] = name;
	best->mark[i] = mark;
	best->far[i] = far;
	if (best->n < NEAREST)
		best->n++;
}

void callset_nearest(const char *word, char *to, size_t room)
{
	struct nearest best = { .n = 0 };
	size_t len = 0;

	/* a class's name is often written without its mark */
	for (size_t i = 0; i < RSX_ARRAY_SIZE(classes); i++)
		consider(&best, word + (word[0] == '%'), "%", classes[i].name);
	for (size_t i = 0; word[0] != '%' && i < rsx_nsyscalls; i++)
		consider(&best, word + (word[0] == '?'), "", rsx_syscalls[i].name);
	to[0] = '\0';
	for (unsigned i = 0; i < best.n && len < room; i++)
		len += (size_t)snprintf(to + len, room - len, "%s%s%s", i ? ", " : "",
					best.mark[i], best.name[i]);
}

/* --- asking --- */

/* Where a row stands in the table; a variant stands where its call does. */
static size_t place(const struct rsx_syscall *row)
{
	if (row < rsx_syscalls || row >= rsx_syscalls + rsx_nsyscalls)
		row = rsx_syscall_by_nr(RSX_ARCH_NATIVE, row->nr[RSX_ARCH_NATIVE]);
	return (size_t)(row - rsx_syscalls);
}

bool callset_has(const struct callset *set, const struct rsx_syscall *made,
		 const struct rsx_syscall *row)
{
	return (listed(set, place(made)) || listed(set, place(row))) != set->negated;
}
