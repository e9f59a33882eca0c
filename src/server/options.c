/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rsx-server's options. An option is a row: see rsx/optable.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/optable.h"
#include "rsx/syscall.h"

#ifndef RSX_VERSION
#define RSX_VERSION "0"
#endif

static int parse_number(const char *arg, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || *ret < min || *ret > max)
		return -1;
	return 0;
}

static int set_listen(void *to, char *arg)
{
	struct rsx_options *o = to;

	if (o->nlisten == RSX_MAX_LISTENERS) {
		rsx_error("--listen: more than %d listeners", RSX_MAX_LISTENERS);
		return RSX_EXIT_USAGE;
	}
	o->listen[o->nlisten++] = arg;
	return 0;
}

static int set_allow_cid(void *to, char *arg)
{
	struct rsx_options *o = to;
	unsigned long cid = 0;

	if (!strcmp(arg, "host")) {
		cid = VMADDR_CID_HOST;
	} else if (!strcmp(arg, "self")) {
		cid = VMADDR_CID_LOCAL;
	} else if (parse_number(arg, 0, UINT32_MAX - 1, &cid)) {
		rsx_error("--allow-cid %s: not a number, host or self", arg);
		return RSX_EXIT_USAGE;
	}
	if (o->nallow_cid == RSX_MAX_ALLOW_CID) {
		rsx_error("--allow-cid: more than %d CIDs", RSX_MAX_ALLOW_CID);
		return RSX_EXIT_USAGE;
	}
	o->allow_cid[o->nallow_cid++] = (uint32_t)cid;
	return 0;
}

/* Rows that say ROW_ASK. */
static int set_allow(void *to, char *arg)
{
	const struct rsx_syscall *row = rsx_syscall_by_name(arg);
	struct rsx_options *o = to;
	unsigned nr;

	if (!row || !(row->flags & RSX_ROW_ASK)) {
		rsx_error("--allow %s: not a call that is denied unless allowed (chroot is)", arg);
		return RSX_EXIT_USAGE;
	}
	nr = (unsigned)row->nr[RSX_ARCH_GENERIC];
	o->allow[nr / 8] |= (uint8_t)(1u << nr % 8);
	return 0;
}

static int set_max_sessions(void *to, char *arg)
{
	struct rsx_options *o = to;
	unsigned long n;

	if (parse_number(arg, 1, RSX_MAX_SESSIONS, &n)) {
		rsx_error("--max-sessions %s: not a number from 1 to %d", arg, RSX_MAX_SESSIONS);
		return RSX_EXIT_USAGE;
	}
	o->max_sessions = (unsigned)n;
	return 0;
}

static int set_private_fd(void *to, char *arg)
{
	struct rsx_options *o = to;
	unsigned long n;

	if (parse_number(arg, 3, 1 << 20, &n)) {
		rsx_error("--private-fd %s: not a descriptor above 2", arg);
		return RSX_EXIT_USAGE;
	}
	o->private_fd = (int)n;
	memset(o->allow, 0xff, sizeof(o->allow)); /* who asks for calls has started it */
	return 0;
}

static int set_verbose(void *to, char *arg)
{
	struct rsx_options *o = to;

	(void)arg;
	if (o->level < RSX_LOG_DEBUG)
		o->level++;
	return 0;
}

static int set_quiet(void *to, char *arg)
{
	struct rsx_options *o = to;

	(void)arg;
	o->level = RSX_LOG_ERROR;
	return 0;
}

static int set_help(void *to, char *arg);

static int set_version(void *to, char *arg)
{
	(void)to;
	(void)arg;
	printf("rsx-server %s\n", RSX_VERSION);
	return RSX_OPTION_STOP;
}

#define FLAG(field)  .kind = RSX_OPTION_FLAG, .at = offsetof(struct rsx_options, field)
#define TEXT(field)  .kind = RSX_OPTION_TEXT, .at = offsetof(struct rsx_options, field)
#define WORD(field)  .kind = RSX_OPTION_WORD, .at = offsetof(struct rsx_options, field)
#define CALL(verb)   .set = set_##verb
#define A_FILE	     .value = RSX_VALUE_FILE
#define A_DIR	     .value = RSX_VALUE_DIR
#define ADDRESS	     .value = RSX_VALUE_ADDRESS
#define ONCE	     .once = true
#define COMMAND_LINE .command = true

/* clang-format off */
static const struct rsx_option rows[] = {
	{ "listen", 'l', "ADDR", "listen at tcp:HOST:PORT, vsock:CID:PORT or unix:PATH;\n"
	  "may be repeated", CALL(listen), ADDRESS },
	{ "key", 'k', "FILE", "the key that tcp peers must prove to have: any file of\n"
	  "16 bytes or more", TEXT(key_file), A_FILE },
	{ "insecure", 0, NULL, "let anybody who reaches a tcp listener run anything here",
	  FLAG(insecure) },
	{ "allow-cid", 0, "CID", "vsock peers to accept; may be repeated\n"
	  "(default: host and self)", CALL(allow_cid) },
	{ "allow", 0, "CALL", "a system call that is denied otherwise: chroot", CALL(allow) },
	{ "max-sessions", 0, "N", "sessions at a time", CALL(max_sessions), ONCE },
	{ "chdir", 'C', "DIR", "where sessions start", TEXT(chdir), A_DIR },
	{ "log", 0, "error|note|info|debug", "what to say on stderr (default: note)", WORD(level) },
	{ "quiet", 'q', NULL, "errors only", CALL(quiet) },
	{ "verbose", 'v', NULL, "say more; twice for everything", CALL(verbose) },
	{ "status", 0, "unix:PATH", "tell there what is going on", TEXT(status) },
	{ "query", 0, "unix:PATH", "print what the server with this --status is doing",
	  TEXT(query), COMMAND_LINE },
	{ "json", 0, NULL, "with --query: as JSON", FLAG(json), COMMAND_LINE },
	{ "private-fd", 0, "N", "serve one session over connections received on socket N\n"
	  "(used by rsx-trace)", CALL(private_fd), ONCE, COMMAND_LINE },
	{ "completions", 0, RSX_SHELLS, "print a script that completes the command line",
	  WORD(shell), COMMAND_LINE },
	{ "help", 'h', NULL, "this text", CALL(help), COMMAND_LINE },
	{ "version", 'V', NULL, "the version", CALL(version), COMMAND_LINE },
};
/* clang-format on */

static const struct rsx_optable table = { rows, RSX_ARRAY_SIZE(rows), .program = false };

static int set_help(void *to, char *arg)
{
	(void)to;
	(void)arg;
	printf("Usage: rsx-server --listen ADDR [OPTION]...\n"
	       "       rsx-server --query unix:PATH [--json]\n"
	       "Run the calls of programs that rsx-trace traces elsewhere.\n\n");
	rsx_optable_help(&table);
	printf("\nExit status: 0 ended by a signal or by its session, 2 an option is wrong,\n"
	       "120 and 121 --query got no answer, 125 the server itself failed.\n");
	return RSX_OPTION_STOP;
}

/* What must hold of the options together. */
static int check(const struct rsx_options *o, int argc, char **argv)
{
	if (optind < argc) {
		rsx_error("%s: not an option; see --help", argv[optind]);
		return RSX_EXIT_USAGE;
	}
	if (o->query || o->json) {
		if (o->query && !o->nlisten && o->private_fd < 0 && !o->status)
			return 0;
		rsx_error(o->query ? "--query asks a running server; it cannot serve besides" :
				     "--json: only with --query");
		return RSX_EXIT_USAGE;
	}
	if (o->nlisten && o->private_fd >= 0) {
		rsx_error("--private-fd and --listen exclude each other");
		return RSX_EXIT_USAGE;
	}
	if (!o->nlisten && o->private_fd < 0) {
		rsx_error("nowhere to listen: give --listen ADDR (tcp:HOST:PORT, vsock:CID:PORT, "
			  "unix:PATH)");
		return RSX_EXIT_USAGE;
	}
	return 0;
}

int rsx_options_parse(struct rsx_options *o, int argc, char **argv, int *ret_code)
{
	int err;

	*o = (struct rsx_options) {
		.level = RSX_LOG_NOTE,
		.max_sessions = RSX_MAX_SESSIONS,
		.private_fd = -1,
		.shell = RSX_SHELL_NONE,
	};
	err = rsx_optable_parse(&table, o, argc, argv);
	if (!err && o->shell != RSX_SHELL_NONE) {
		rsx_optable_completions(&table, "rsx-server", (enum rsx_shell)o->shell);
		err = RSX_OPTION_STOP;
	}
	if (!err)
		err = check(o, argc, argv);
	*ret_code = err == RSX_OPTION_STOP ? RSX_EXIT_OK : err;
	return err;
}
