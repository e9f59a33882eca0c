/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rsx-server's options. One table feeds getopt_long and --help; each row's
 * function takes the argument. One line says what is wrong.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "rsx/cleanup.h"
#include "rsx/exitcode.h"

#ifndef RSX_VERSION
#define RSX_VERSION "0"
#endif

struct option_row {
	const char *name;
	char letter;					     /* or 0 */
	const char *metavar;				     /* NULL: takes no argument */
	int (*take)(struct rsx_options *o, const char *arg); /* 0, 1: stop, -1: wrong */
	const char *help;
};

static int parse_number(const char *arg, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || *ret < min || *ret > max)
		return -1;
	return 0;
}

static int take_listen(struct rsx_options *o, const char *arg)
{
	if (o->nlisten == RSX_MAX_LISTENERS) {
		rsx_error("--listen: more than %d listeners", RSX_MAX_LISTENERS);
		return -1;
	}
	o->listen[o->nlisten++] = arg;
	return 0;
}

static int take_key(struct rsx_options *o, const char *arg)
{
	o->key_file = arg;
	return 0;
}

static int take_insecure(struct rsx_options *o, const char *arg)
{
	(void)arg;
	o->insecure = true;
	return 0;
}

static int take_allow_cid(struct rsx_options *o, const char *arg)
{
	unsigned long cid = 0;

	if (!strcmp(arg, "host")) {
		cid = VMADDR_CID_HOST;
	} else if (!strcmp(arg, "self")) {
		cid = VMADDR_CID_LOCAL;
	} else if (parse_number(arg, 0, UINT32_MAX - 1, &cid)) {
		rsx_error("--allow-cid %s: not a number, host or self", arg);
		return -1;
	}
	if (o->nallow_cid == RSX_MAX_ALLOW_CID) {
		rsx_error("--allow-cid: more than %d CIDs", RSX_MAX_ALLOW_CID);
		return -1;
	}
	o->allow_cid[o->nallow_cid++] = (uint32_t)cid;
	return 0;
}

static int take_max_sessions(struct rsx_options *o, const char *arg)
{
	unsigned long n;

	if (parse_number(arg, 1, RSX_MAX_SESSIONS, &n)) {
		rsx_error("--max-sessions %s: not a number from 1 to %d", arg, RSX_MAX_SESSIONS);
		return -1;
	}
	o->max_sessions = (unsigned)n;
	return 0;
}

static int take_chdir(struct rsx_options *o, const char *arg)
{
	o->chdir = arg;
	return 0;
}

static int take_private_fd(struct rsx_options *o, const char *arg)
{
	unsigned long n;

	if (parse_number(arg, 3, 1 << 20, &n)) {
		rsx_error("--private-fd %s: not a descriptor above 2", arg);
		return -1;
	}
	o->private_fd = (int)n;
	return 0;
}

static int take_log(struct rsx_options *o, const char *arg)
{
	static const char *const names[] = { "error", "note", "info", "debug" };

	for (size_t i = 0; i < RSX_ARRAY_SIZE(names); i++) {
		if (strcmp(arg, names[i]))
			continue;
		o->level = (enum rsx_log_level)i;
		return 0;
	}
	rsx_error("--log %s: not error, note, info or debug", arg);
	return -1;
}

static int take_quiet(struct rsx_options *o, const char *arg)
{
	(void)arg;
	o->level = RSX_LOG_ERROR;
	return 0;
}

static int take_verbose(struct rsx_options *o, const char *arg)
{
	(void)arg;
	if (o->level < RSX_LOG_DEBUG)
		o->level++;
	return 0;
}

static int take_version(struct rsx_options *o, const char *arg)
{
	(void)o;
	(void)arg;
	printf("rsx-server %s\n", RSX_VERSION);
	return 1;
}

static int take_help(struct rsx_options *o, const char *arg);

/* clang-format off */
static const struct option_row rows[] = {
	{ "listen", 'l', "ADDR", take_listen,
	  "listen at tcp:HOST:PORT, vsock:CID:PORT or unix:PATH; may be repeated" },
	{ "key", 'k', "FILE", take_key,
	  "the key that tcp peers must prove to have: any file of 16 bytes or more" },
	{ "insecure", 0, NULL, take_insecure,
	  "let anybody who reaches a tcp listener run anything here" },
	{ "allow-cid", 0, "CID", take_allow_cid,
	  "vsock peers to accept; may be repeated (default: host and self)" },
	{ "max-sessions", 0, "N", take_max_sessions, "sessions at a time" },
	{ "chdir", 'C', "DIR", take_chdir, "where sessions start" },
	{ "log", 0, "LEVEL", take_log, "error, note (default), info or debug" },
	{ "quiet", 'q', NULL, take_quiet, "errors only" },
	{ "verbose", 'v', NULL, take_verbose, "say more; twice for everything" },
	{ "private-fd", 0, "N", take_private_fd,
	  "serve one session over connections received on socket N (used by rsx-trace)" },
	{ "help", 'h', NULL, take_help, "this text" },
	{ "version", 'V', NULL, take_version, "the version" },
};
/* clang-format on */

static int take_help(struct rsx_options *o, const char *arg)
{
	(void)o;
	(void)arg;
	printf("usage: rsx-server --listen ADDR [OPTION]...\n"
	       "Run the calls of programs that rsx-trace traces elsewhere.\n\n");
	for (size_t i = 0; i < RSX_ARRAY_SIZE(rows); i++) {
		char left[64], letter[8] = "    ";

		if (rows[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, rows[i].name,
			 rows[i].metavar ? " " : "", rows[i].metavar ? rows[i].metavar : "");
		printf("  %-24s %s\n", left, rows[i].help);
	}
	printf("\nExit status: 0 ended by a signal or by its session, 2 an option is wrong,\n"
	       "125 the server itself failed.\n");
	return 1;
}

/* The table as getopt_long wants it; values are row indexes from 256 on. */
static void for_getopt(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < RSX_ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option) {
			.name = rows[i].name,
			.has_arg = rows[i].metavar ? required_argument : no_argument,
			.val = 256 + (int)i,
		};
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (rows[i].metavar)
			*shorts++ = ':';
	}
	longs[RSX_ARRAY_SIZE(rows)] = (struct option) { .name = NULL };
	*shorts = 0;
}

static const struct option_row *find_row(int val)
{
	if (val >= 256)
		return &rows[val - 256];
	for (size_t i = 0; i < RSX_ARRAY_SIZE(rows); i++)
		if (rows[i].letter && rows[i].letter == val)
			return &rows[i];
	return NULL;
}

/* What must hold of the options together. */
static int check(const struct rsx_options *o, int argc, char **argv)
{
	if (optind < argc) {
		rsx_error("%s: not an option; see --help", argv[optind]);
		return -1;
	}
	if (o->nlisten && o->private_fd >= 0) {
		rsx_error("--private-fd and --listen exclude each other");
		return -1;
	}
	if (!o->nlisten && o->private_fd < 0) {
		rsx_error("nowhere to listen: give --listen ADDR (tcp:HOST:PORT, vsock:CID:PORT, "
			  "unix:PATH)");
		return -1;
	}
	return 0;
}

/* What getopt did not like: a letter, or the long option `arg`. */
static int refuse(int val, const char *arg)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt && optopt < 256)
		arg = letter;
	if (val == ':')
		rsx_error("%s: needs an argument; see --help", arg);
	else if (optopt >= 256)
		rsx_error("%s: takes no argument; see --help", arg);
	else
		rsx_error("%s: no such option; see --help", arg);
	return -1;
}

int rsx_options_parse(struct rsx_options *o, int argc, char **argv, int *ret_code)
{
	struct option longs[RSX_ARRAY_SIZE(rows) + 1];
	char shorts[2 * RSX_ARRAY_SIZE(rows) + 2];
	int val, r = 0;

	*o = (struct rsx_options) {
		.level = RSX_LOG_NOTE,
		.max_sessions = RSX_MAX_SESSIONS,
		.private_fd = -1,
	};
	for_getopt(longs, shorts);
	opterr = 0;
	while (!r && (val = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = find_row(val);

		if (!row || val == ':' || val == '?')
			r = refuse(val, argv[optind - 1]);
		else
			r = row->take(o, optarg);
	}
	if (!r)
		r = check(o, argc, argv);
	*ret_code = r < 0 ? RSX_EXIT_USAGE : RSX_EXIT_OK;
	return r;
}
