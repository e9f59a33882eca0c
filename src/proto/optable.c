/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See optable.h. What is wrong is one line on stderr. */
#include "rsx/optable.h"

#include <assert.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "rsx/exitcode.h"
#include "rsx/log.h"

#define LONG  256 /* getopt's values of rows: the row's index from here on */
#define WIDTH 26  /* of --help's left column */

/* The place of `arg` among the words of "one|two|three", or -1. */
static int word_index(const char *words, const char *arg)
{
	size_t len = strlen(arg);

	for (int i = 0;; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && !memcmp(words, arg, n))
			return i;
		if (!words[n])
			return -1;
		words += n + 1;
	}
}

static int take_word(const struct rsx_option *row, int *to, const char *shown, const char *arg)
{
	int i = word_index(row->metavar, arg);

	if (i < 0) {
		rsx_error("%s %.100s: expected %s", shown, arg, row->metavar);
		return RSX_EXIT_USAGE;
	}
	*to = i;
	return 0;
}

int rsx_optable_apply(const struct rsx_option *row, void *to, const char *shown, char *arg)
{
	void *field = (char *)to + row->at;

	switch (row->kind) {
	case RSX_OPTION_CALL:
		return row->set(to, arg);
	case RSX_OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case RSX_OPTION_TEXT:
		*(const char **)field = arg;
		return 0;
	case RSX_OPTION_WORD:
		return take_word(row, field, shown, arg);
	}
	return RSX_EXIT_FAILED;
}

const struct rsx_option *rsx_optable_find(const struct rsx_optable *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->row[i].name, name))
			return &t->row[i];
	return NULL;
}

/* The table as getopt_long(3) wants it. */
static void for_getopt(const struct rsx_optable *t, struct option *longs, char *shorts)
{
	if (t->program)
		*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < t->n; i++) {
		const struct rsx_option *row = &t->row[i];

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->metavar ? required_argument : no_argument,
			.val = LONG + (int)i,
		};
		if (!row->letter)
			continue;
		*shorts++ = row->letter;
		if (row->metavar)
			*shorts++ = ':';
	}
	longs[t->n] = (struct option){ .name = NULL };
	*shorts = '\0';
}

static const struct rsx_option *row_of(const struct rsx_optable *t, int val)
{
	if (val >= LONG)
		return &t->row[val - LONG];
	for (size_t i = 0; i < t->n; i++)
		if (t->row[i].letter == val)
			return &t->row[i];
	return NULL;
}

static const char *hint_of(const struct rsx_optable *t, int letter)
{
	for (size_t i = 0; i < t->n_hints; i++)
		if (t->hint[i].letter == letter)
			return t->hint[i].say;
	return NULL;
}

/* What getopt did not like: a letter, or the long option `arg`. */
static int refuse(const struct rsx_optable *t, int val, const char *arg)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *say = val == '?' && optopt && optopt < LONG ? hint_of(t, optopt) : NULL;

	if (say) {
		rsx_error("-%c: %s", optopt, say);
		return RSX_EXIT_USAGE;
	}
	if (optopt && optopt < LONG)
		arg = letter;
	if (val == ':')
		rsx_error("%s: needs an argument; see --help", arg);
	else if (optopt >= LONG)
		rsx_error("%s: takes no argument; see --help", arg);
	else
		rsx_error("%s: no such option; see --help", arg);
	return RSX_EXIT_USAGE;
}

void rsx_optable_parse_early(const struct rsx_optable *t, void *to, int argc, char **argv)
{
	struct option longs[RSX_OPTIONS_MAX + 1];
	char shorts[2 * RSX_OPTIONS_MAX + 3];
	int val;

	assert(t->n <= RSX_OPTIONS_MAX);
	for_getopt(t, longs, shorts);
	opterr = 0;
	optind = 0; /* getopt_long(3): begin anew */
	while ((val = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct rsx_option *row = val == '?' || val == ':' ? NULL : row_of(t, val);

		if (row && row->early)
			rsx_optable_apply(row, to, row->name, optarg);
	}
}

/* "-p" or "--doctor", as it is mostly written. */
static void usual_name(const struct rsx_option *row, char *to, size_t room)
{
	if (row->letter)
		snprintf(to, room, "-%c", row->letter);
	else
		snprintf(to, room, "--%s", row->name);
}

static int check_pairs(const struct rsx_optable *t, const bool *given)
{
	for (size_t i = 0; i < t->n_pairs; i++) {
		const struct rsx_optable_pair *p = &t->pair[i];
		const struct rsx_option *one = rsx_optable_find(t, p->one);
		const struct rsx_option *other = rsx_optable_find(t, p->other);
		char a[64], b[64];

		if (!given[one - t->row] || given[other - t->row] == p->needs)
			continue;
		usual_name(one, a, sizeof(a));
		usual_name(other, b, sizeof(b));
		rsx_error("%s %s %s: %s", a, p->needs ? "without" : "with", b, p->why);
		return RSX_EXIT_USAGE;
	}
	return 0;
}

int rsx_optable_parse(const struct rsx_optable *t, void *to, int argc, char **argv)
{
	struct option longs[RSX_OPTIONS_MAX + 1];
	char shorts[2 * RSX_OPTIONS_MAX + 3];
	bool given[RSX_OPTIONS_MAX] = { false };
	int val, err = 0;

	assert(t->n <= RSX_OPTIONS_MAX);
	for_getopt(t, longs, shorts);
	opterr = 0;
	optind = 0;
	while (!err && (val = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct rsx_option *row = val == '?' || val == ':' ? NULL : row_of(t, val);
		char shown[64];

		if (!row)
			return refuse(t, val, argv[optind - 1]);
		given[row - t->row] = true;
		snprintf(shown, sizeof(shown), "--%s", row->name);
		err = rsx_optable_apply(row, to, shown, optarg);
	}
	return err ? err : check_pairs(t, given);
}

static void print_row(const struct rsx_option *row)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
		 row->metavar ? " " : "", row->metavar ? row->metavar : "");
	if (strlen(left) > WIDTH) {
		printf("  %s\n", left);
		left[0] = '\0';
	}
	for (const char *line = row->help; line;) {
		const char *end = strchr(line, '\n');

		printf("  %-*s %.*s\n", WIDTH, left, (int)strcspn(line, "\n"), line);
		left[0] = '\0';
		line = end ? end + 1 : NULL;
	}
}

void rsx_optable_help(const struct rsx_optable *t)
{
	for (size_t i = 0; i < t->n; i++)
		print_row(&t->row[i]);
}
