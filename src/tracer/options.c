/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See options.h. An option is a row: adding one is adding a row. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"

struct row {
	const char *name; /* long */
	char letter;	  /* 0: none */
	const char *arg;  /* NULL: takes none */
	const char *help;
	int (*set)(struct options *o, char *arg);
};

static int add_rule(struct options *o, int kind, const char *path, const char *to)
{
	if (o->n_rules == OPTION_RULES) {
		rsx_error("more than %d path rules", OPTION_RULES);
		return RSX_EXIT_USAGE;
	}
	if (!*path || (to && !*to)) {
		rsx_error("a path rule with an empty path");
		return RSX_EXIT_USAGE;
	}
	o->rule[o->n_rules++] = (struct option_rule){ kind, path, to };
	return 0;
}

static int set_server(struct options *o, char *arg)
{
	o->server = arg;
	return 0;
}

static int set_key(struct options *o, char *arg)
{
	o->key = arg;
	return 0;
}

static int set_chdir(struct options *o, char *arg)
{
	o->chdir = arg;
	return 0;
}

static int set_local(struct options *o, char *arg)
{
	return add_rule(o, RULE_LOCAL, arg, NULL);
}

static int set_remote(struct options *o, char *arg)
{
	return add_rule(o, RULE_REMOTE, arg, NULL);
}

static int set_deny(struct options *o, char *arg)
{
	return add_rule(o, RULE_DENY, arg, NULL);
}

static int set_map(struct options *o, char *arg)
{
	char *equals = strchr(arg, '=');

	if (!equals) {
		rsx_error("--map %s: expected REMOTE=LOCAL", arg);
		return RSX_EXIT_USAGE;
	}
	*equals = '\0';
	return add_rule(o, RULE_MAP, arg, equals + 1);
}

static int set_explain(struct options *o, char *arg)
{
	o->action = ACTION_EXPLAIN;
	o->explain = arg;
	return 0;
}

static int set_output(struct options *o, char *arg)
{
	o->trace = true;
	o->trace_file = arg;
	return 0;
}

static int set_verbose(struct options *o, char *arg)
{
	(void)arg;
	o->trace = true;
	return 0;
}

static int set_times(struct options *o, char *arg)
{
	(void)arg;
	o->times = true;
	return 0;
}

static int set_quiet(struct options *o, char *arg)
{
	(void)arg;
	o->quiet = true;
	return 0;
}

static int set_on_disconnect(struct options *o, char *arg)
{
	if (!strcmp(arg, "kill")) {
		o->on_disconnect = ON_DISCONNECT_KILL;
	} else if (!strcmp(arg, "eio")) {
		o->on_disconnect = ON_DISCONNECT_EIO;
	} else {
		rsx_error("--on-disconnect=%s: expected kill or eio", arg);
		return RSX_EXIT_USAGE;
	}
	return 0;
}

static int set_list(struct options *o, char *arg)
{
	(void)arg;
	o->action = ACTION_LIST;
	return 0;
}

static int set_help(struct options *o, char *arg)
{
	(void)arg;
	o->action = ACTION_HELP;
	return 0;
}

static int set_version(struct options *o, char *arg)
{
	(void)arg;
	o->action = ACTION_VERSION;
	return 0;
}

static const struct row rows[] = {
	{ "server", 's', "ADDR", "the server: tcp:HOST:PORT, vsock:CID:PORT, unix:PATH\n"
	  "(default: $RSX_SERVER, or a private one for this run)", set_server },
	{ "key", 'k', "FILE", "the key file shared with the server (default: $RSX_KEY)", set_key },
	{ "chdir", 0, "DIR", "start in this directory of the server", set_chdir },
	{ "local", 0, "PATH", "PATH and what is below it is this machine's", set_local },
	{ "remote", 0, "PATH", "PATH and what is below it is the server's", set_remote },
	{ "deny", 0, "PATH", "PATH and what is below it cannot be used (EACCES)", set_deny },
	{ "map", 0, "REMOTE=LOCAL", "the program's REMOTE is LOCAL on this machine", set_map },
	{ "explain", 0, "PATH", "say which side PATH is on, and why", set_explain },
	{ "output", 'o', "FILE", "write a line per call to FILE", set_output },
	{ "verbose", 'v', NULL, "write a line per call to stderr", set_verbose },
	{ "time", 'T', NULL, "show the time spent in each call", set_times },
	{ "on-disconnect", 0, "kill|eio", "what a lost connection does to the program:\n"
	  "kill it (default), or fail its remote calls with EIO", set_on_disconnect },
	{ "quiet", 'q', NULL, "no notes on stderr, only errors", set_quiet },
	{ "list-syscalls", 0, NULL, "print the table of system calls", set_list },
	{ "help", 'h', NULL, "print this", set_help },
	{ "version", 'V', NULL, "print the version", set_version },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void options_help(void)
{
	puts("Usage: rsx-trace [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	     "Run PROGRAM here, in the context of another machine: its files, directories,\n"
	     "users and hostname are the server's.\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		const char *line = r->help;
		char left[64];

		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", r->letter ? '-' : ' ',
			 r->letter ? r->letter : ' ', r->letter ? ',' : ' ', r->name,
			 r->arg ? " " : "", r->arg ? r->arg : "");
		while (line) {
			const char *end = strchr(line, '\n');

			printf("  %-26s %.*s\n", left, (int)(end ? end - line : (long)strlen(line)), line);
			left[0] = '\0';
			line = end ? end + 1 : NULL;
		}
	}
	puts("\nThe exit status is the program's; or 2: wrong usage, 120: the server cannot be\n"
	     "reached, 121: it refused (key, version), 122: tracing is not possible, 123: the\n"
	     "connection was lost, 125: rsx-trace failed, 126: PROGRAM cannot be executed,\n"
	     "127: PROGRAM was not found.");
}

static void tables(struct option longs[N_ROWS + 1], char *shorts)
{
	*shorts++ = '+'; /* the program's own options are its own */
	*shorts++ = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];

		longs[i] = (struct option){ r->name, r->arg ? required_argument : no_argument, NULL,
					    (int)(256 + i) };
		if (!r->letter)
			continue;
		*shorts++ = r->letter;
		if (r->arg)
			*shorts++ = ':';
	}
	longs[N_ROWS] = (struct option){ 0 };
	*shorts = '\0';
}

static const struct row *find(int c)
{
	if (c >= 256)
		return &rows[c - 256];
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter == c)
			return &rows[i];
	return NULL;
}

/* What getopt did not like: a letter, or the long option `arg`. */
static int refuse(int c, const char *arg)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt && optopt < 256)
		arg = letter;
	if (c == ':')
		rsx_error("%s: needs an argument; see --help", arg);
	else if (optopt >= 256)
		rsx_error("%s: takes no argument; see --help", arg);
	else
		rsx_error("%s: no such option; see --help", arg);
	return RSX_EXIT_USAGE;
}

int options_parse(struct options *o, int argc, char **argv)
{
	struct option longs[N_ROWS + 1];
	char shorts[2 * N_ROWS + 3];
	int c, err;

	*o = (struct options){ .server = getenv("RSX_SERVER"), .key = getenv("RSX_KEY") };
	if (o->server && !*o->server)
		o->server = NULL;
	if (o->key && !*o->key)
		o->key = NULL;
	tables(longs, shorts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *r = c == '?' || c == ':' ? NULL : find(c);

		if (!r)
			return refuse(c, argv[optind - 1]);
		err = r->set(o, optarg);
		if (err)
			return err;
	}
	o->argv = argv + optind;
	if (o->action == ACTION_RUN && !*o->argv) {
		rsx_error("no program given: rsx-trace [OPTION]... -- PROGRAM [ARGUMENT]... (--help lists the options)");
		return RSX_EXIT_USAGE;
	}
	return 0;
}
