/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See options.h. An option is a row: adding one is adding a row. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/habit.h"
#include "cli/set.h"
#include "paths/policy.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/optable.h"

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

static int set_local(void *to, char *arg)
{
	return add_rule(to, RULE_LOCAL, arg, NULL);
}

static int set_remote(void *to, char *arg)
{
	return add_rule(to, RULE_REMOTE, arg, NULL);
}

static int set_deny(void *to, char *arg)
{
	return add_rule(to, RULE_DENY, arg, NULL);
}

static int set_map(void *to, char *arg)
{
	struct options *o = to;
	char *equals = strchr(arg, '=');

	if (!equals) {
		rsx_error("--map %s: expected REMOTE=LOCAL", arg);
		return RSX_EXIT_USAGE;
	}
	*equals = '\0';
	return add_rule(o, RULE_MAP, arg, equals + 1);
}

static int set_env(void *to, char *arg)
{
	struct options *o = to;

	if (!*arg || *arg == '=') {
		rsx_error("-E %.100s: expected VAR or VAR=VALUE", arg);
		return RSX_EXIT_USAGE;
	}
	if (o->n_env == OPTION_ENV) {
		rsx_error("more than %d changes of the environment", OPTION_ENV);
		return RSX_EXIT_USAGE;
	}
	o->env_change[o->n_env++] = arg;
	return 0;
}

/* -e: strace's own words choose what is shown, those of rsx what goes. */
static int set_expr(void *to, char *arg)
{
	struct options *o = to;
	bool shows;
	int err = habit_expr(&o->report, arg, &shows);

	return shows || err ? err : choice_add(&o->choice, arg);
}

/* -f: nothing to do. */
static int set_follow(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;

	(void)arg;
	if (r->follow++ == 0)
		return 0;
	rsx_error("-ff: all threads are in one file; grep '^PID ' takes one out");
	return RSX_EXIT_USAGE;
}

/* -x, -xx */
static int set_hex(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;

	(void)arg;
	r->hex += r->hex < 2;
	return 0;
}

static int set_column(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;
	char *end;

	r->column = strtol(arg, &end, 10);
	if (end != arg && !*end && r->column >= 0 && r->column <= 1000)
		return 0;
	rsx_error("-a %s: expected a column, at most 1000", arg);
	return RSX_EXIT_USAGE;
}

static int set_explain(void *to, char *arg)
{
	struct options *o = to;

	o->action = ACTION_EXPLAIN;
	o->explain = arg;
	return 0;
}

/* -t, -tt, -ttt */
static int set_clock(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;

	(void)arg;
	r->clock += r->clock < 3;
	return 0;
}

/* -y, -yy */
static int set_names(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;

	(void)arg;
	r->names += r->names < 2;
	return 0;
}

static int set_format(void *to, char *arg)
{
	static const char *const word[] = { "text", "json", "chrome" };
	struct report_opt *r = &((struct options *)to)->report;

	r->format_given = true;
	for (unsigned i = 0; i < RSX_ARRAY_SIZE(word); i++) {
		if (!strcmp(arg, word[i])) {
			r->format = (enum report_format)i;
			return 0;
		}
	}
	rsx_error("--format=%s: expected text, json or chrome", arg);
	return RSX_EXIT_USAGE;
}

static int set_strsize(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || end == arg || *end || n < 0 || n > REPORT_STRSIZE_MAX) {
		rsx_error("-s %s: expected a number of bytes, at most %d (an address is --server's)",
			  arg, REPORT_STRSIZE_MAX);
		return RSX_EXIT_USAGE;
	}
	r->strsize = n;
	r->strsize_given = true;
	return 0;
}

static int set_trace_path(void *to, char *arg)
{
	struct report_opt *r = &((struct options *)to)->report;

	if (r->n_paths == REPORT_PATHS) {
		rsx_error("more than %d -P", REPORT_PATHS);
		return RSX_EXIT_USAGE;
	}
	r->path[r->n_paths++] = arg;
	return 0;
}

static int add_pid(struct options *o, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (end == text || *end || pid <= 0 || pid > INT_MAX) {
		rsx_error("-p %s: not a process id", text);
		return RSX_EXIT_USAGE;
	}
	for (size_t i = 0; i < o->n_pids; i++)
		if (o->pid[i] == (pid_t)pid)
			return 0;
	if (o->n_pids == OPTION_PIDS) {
		rsx_error("-p: more than %d processes", OPTION_PIDS);
		return RSX_EXIT_USAGE;
	}
	o->pid[o->n_pids++] = (pid_t)pid;
	return 0;
}

/* One, or several as pidof(1) prints them. */
static int set_pid(void *to, char *arg)
{
	char *save = NULL, *word = strtok_r(arg, ", \n\t", &save);
	int err = word ? 0 : add_pid(to, arg);

	for (; word && !err; word = strtok_r(NULL, ", \n\t", &save))
		err = add_pid(to, word);
	return err;
}

static int set_detach_after(void *to, char *arg)
{
	struct options *o = to;
	char *end;

	o->detach_after = strtod(arg, &end);
	if (end != arg && !*end && o->detach_after > 0 && o->detach_after < 1e9)
		return 0;
	rsx_error("--detach-after %s: not a number of seconds above 0", arg);
	return RSX_EXIT_USAGE;
}

static int set_list(void *to, char *arg)
{
	struct options *o = to;

	(void)arg;
	o->action = ACTION_LIST;
	return 0;
}

static int set_doctor(void *to, char *arg)
{
	struct options *o = to;

	(void)arg;
	o->action = ACTION_DOCTOR;
	return 0;
}

static int set_help(void *to, char *arg)
{
	struct options *o = to;

	(void)arg;
	o->action = ACTION_HELP;
	return 0;
}

static int set_version(void *to, char *arg)
{
	struct options *o = to;

	(void)arg;
	o->action = ACTION_VERSION;
	return 0;
}

#define FLAG(field)  .kind = RSX_OPTION_FLAG, .at = offsetof(struct options, field)
#define TEXT(field)  .kind = RSX_OPTION_TEXT, .at = offsetof(struct options, field)
#define WORD(field)  .kind = RSX_OPTION_WORD, .at = offsetof(struct options, field)
#define CALL(verb)   .set = set_##verb
#define A_FILE	     .value = RSX_VALUE_FILE
#define A_DIR	     .value = RSX_VALUE_DIR
#define TWO_FILES    .value = RSX_VALUE_TWO_FILES
#define ADDRESS	     .value = RSX_VALUE_ADDRESS
#define A_PID	     .value = RSX_VALUE_PID
#define VARIABLE     .value = RSX_VALUE_VARIABLE
#define CALLS	     .value = RSX_VALUE_CALLS
#define COMMAND_LINE .command = true
#define ONCE	     .once = true
#define EARLY	     .early = true

/* clang-format off */
static const struct rsx_option rows[] = {
	{ "server", 0, "ADDR", "the server: tcp:HOST:PORT, vsock:CID:PORT, unix:PATH\n"
	  "(default: $RSX_SERVER, or a private one for this run)", TEXT(server),
	  ADDRESS },
	{ "key", 0, "FILE", "the key file shared with the server (default: $RSX_KEY)",
	  TEXT(key), A_FILE },
	{ "chdir", 0, "DIR", "start in this directory of the server", TEXT(chdir) },
	{ "local", 0, "PATH", "PATH and what is below it is this machine's", CALL(local), A_FILE },
	{ "remote", 0, "PATH", "PATH and what is below it is the server's", CALL(remote), A_FILE },
	{ "deny", 0, "PATH", "PATH and what is below it cannot be used (EACCES)", CALL(deny), A_FILE },
	{ "map", 0, "REMOTE=LOCAL", "the program's REMOTE is LOCAL on this machine", CALL(map),
	  TWO_FILES },
	{ "attach", 'p', "PID", "attach to a running process instead of starting one;\n"
	  "may be given several times", CALL(pid), A_PID, COMMAND_LINE },
	{ "detach-after", 0, "SECONDS", "detach after so long (Ctrl-C detaches, too)",
	  CALL(detach_after), ONCE, COMMAND_LINE },
	{ "detach", 0, "eio|kill", "what detaching does to a program with remote descriptors:\n"
	  "their use fails (default), or it is killed", WORD(on_detach) },
	{ "all", 0, NULL, "programs and libraries are the server's, too", FLAG(all) },
	{ "env", 0, "local|remote|merge", "the program's environment: this machine's (default),\n"
	  "the one rsx-server was started with, or both", WORD(env) },
	{ "setenv", 'E', "VAR[=VALUE]", "set VAR for the program; without =, remove it", CALL(env), VARIABLE },
	{ "expr", 'e', "EXPR", "which calls go where, SET as strace's (openat,%net,!%file):\n"
	  "remote=SET: only these go to the server\n"
	  "local=SET: these do not\n"
	  "deny=SET[:ERRNO]: these fail (default: EPERM)\n"
	  "allow=SET: these may be made though they are denied otherwise (chroot)\n"
	  "trace=SET, signal=SET, status=SET: what is shown, as strace's", CALL(expr), CALLS },
	{ "config", 0, "FILE", "take options from FILE, not from the usual files\n"
	  "(~/.config/rsx/config, and .rsx here or above)", TEXT(config), A_FILE, COMMAND_LINE,
	  EARLY },
	{ "no-config", 0, NULL, "take options from no file", FLAG(no_config), COMMAND_LINE, EARLY },
	{ "explain", 0, "PATH|SYSCALL", "say which side it is on, and why", CALL(explain), A_FILE, ONCE,
	  COMMAND_LINE },
	{ "output", 'o', "FILE", "write the trace to FILE", TEXT(report.file), A_FILE },
	{ "verbose", 'v', NULL, "write a line per call to stderr", FLAG(report.verbose) },
	{ "format", 0, "text|json|chrome", "how: lines like strace's (default), JSON objects,\n"
	  "or a file for Perfetto (ui.perfetto.dev)", CALL(format), ONCE },
	{ "trace", 0, "SET", "show only these calls: names, %classes; !SET: all others",
	  TEXT(report.set) },
	{ "trace-path", 'P', "PATH", "show only calls that touch PATH (may be repeated)",
	  CALL(trace_path), A_FILE },
	{ "absolute-timestamps", 't', NULL, "begin lines with the time; -tt: and microseconds;\n"
	  "-ttt: in seconds since 1970", CALL(clock) },
	{ "relative-timestamps", 'r', NULL, "begin lines with the time since the last call",
	  FLAG(report.relative) },
	{ "time", 'T', NULL, "show the time spent in each call", FLAG(report.times) },
	{ "decode-fds", 'y', NULL, "show the paths and addresses behind descriptors;\n"
	  "-yy: devices, too", CALL(names) },
	{ "string-limit", 's', "N", "show N bytes of data (default 32)", CALL(strsize), ONCE },
	{ "strings-in-hex", 'x', NULL, "show strings with unprintable bytes in hexadecimal;\n"
	  "-xx: all strings", CALL(hex) },
	{ "columns", 'a', "N", "align results in this column (default 0: no)", CALL(column), ONCE },
	{ "instruction-pointer", 'i', NULL, "show where in the program each call was made",
	  FLAG(report.pc) },
	{ "syscall-number", 'n', NULL, "show the number of each call", FLAG(report.numbers) },
	{ "successful-only", 'z', NULL, "show only calls that succeed", FLAG(report.successful) },
	{ "failed-only", 'Z', NULL, "show only calls that fail", FLAG(report.failed) },
	{ "follow-forks", 'f', NULL, "nothing: children are always traced", CALL(follow) },
	{ "output-append-mode", 'A', NULL, "write behind what -o's FILE has", FLAG(report.append) },
	{ "stack-trace", 'k', NULL, "show the stack of each call", FLAG(report.stacks) },
	{ "summary-only", 'c', NULL, "no lines, but a summary: calls, times, round trips",
	  FLAG(report.summary) },
	{ "summary", 'C', NULL, "the lines, and the summary", FLAG(report.summary_too) },
	{ "summary-sort-by", 'S', REPORT_SORTS, "order of the summary (default: time)",
	  WORD(report.sort) },
	{ "summary-wall-clock", 'w', NULL, "nothing: the summary's times are always those of the clock",
	  FLAG(report.wall) },
	{ "flame", 0, "FILE", "draw the time in remote calls by stack into FILE (SVG)",
	  TEXT(report.flame), A_FILE },
	{ "dry-run", 0, NULL, "run everything here and show what would go to a server",
	  FLAG(report.dry_run) },
	{ "on-disconnect", 0, "kill|eio", "what a lost connection does to the program:\n"
	  "kill it (default), or fail its remote calls with EIO", WORD(on_disconnect) },
	{ "mmap-shared", 0, "writeback|deny", "writable shared mappings of the server's files: write back\n"
	  "what they change (default), or refuse them with ENODEV", WORD(mmap_shared) },
	{ "quiet", 'q', NULL, "no notes on stderr, only errors", FLAG(quiet), EARLY },
	{ "doctor", 0, NULL, "check what a run needs, here and on the server", CALL(doctor),
	  COMMAND_LINE },
	{ "list-syscalls", 0, NULL, "print the table of system calls", CALL(list), COMMAND_LINE, EARLY },
	{ "completions", 0, RSX_SHELLS, "print a script that completes the command line", WORD(shell),
	  COMMAND_LINE, EARLY },
	{ "help", 'h', NULL, "print this", CALL(help), COMMAND_LINE, EARLY },
	{ "version", 'V', NULL, "print the version", CALL(version), COMMAND_LINE,
	  EARLY },
};
/* clang-format on */

/* clang-format off */
static const struct rsx_optable_pair pairs[] = {
	{ "attach", "dry-run", false, "what a process opened before is not known" },
	{ "attach", "env", false, "a process that runs has its environment" },
	{ "attach", "setenv", false, "a process that runs has its environment" },
	{ "attach", "doctor", false, "--doctor looks at no process" },
	{ "attach", "explain", false, "--explain looks at no process" },
	{ "detach-after", "attach", true, "it detaches what was attached to" },
	{ "detach", "attach", true, "it says what detaching does" },
	{ "chdir", "dry-run", false, "DIR is the server's, and a dry run asks no server" },
	{ "doctor", "dry-run", false, "--doctor runs nothing" },
	{ "explain", "doctor", false, "one at a time" },
	{ "config", "no-config", false, "from which file, then?" },
	{ "summary-only", "summary", false, "-c is the summary alone, -C both" },
	{ "successful-only", "failed-only", false, "no call is left" },
	{ "output-append-mode", "output", true, "append to which file?" },
};

static const struct rsx_optable_hint hints[] = {
	{ 'b', "not available; -p with --detach-after lets a process go" },
	{ 'd', "not available; -v shows the calls" },
	{ 'D', "not available; start rsx-trace with setsid, or -p from elsewhere" },
	{ 'F', "not needed: children are always traced" },
	{ 'I', "not available; SIGTERM and SIGHUP end rsx-trace, -p detaches by Ctrl-C" },
	{ 'N', "not available; -n shows the numbers of calls" },
	{ 'O', "not needed: the summary has the time of each call as it was" },
	{ 'u', "not available; runuser -u NAME -- rsx-trace runs both as NAME" },
	{ 'U', "not available; --format=json -c has all that the summary knows" },
	{ 'X', "not available; flags and constants have their names" },
	{ 'Y', "not available; --format=chrome has the names of threads" },
};
/* clang-format on */

static const struct rsx_optable table = {
	rows, RSX_ARRAY_SIZE(rows), .program = true,
	.pair = pairs, .n_pairs = RSX_ARRAY_SIZE(pairs),
	.hint = hints, .n_hints = RSX_ARRAY_SIZE(hints),
	.qualifiers = choice_verbs, .set_word = callset_class_name,
};

void options_completions(const struct options *o)
{
	rsx_optable_completions(&table, "rsx-trace", (enum rsx_shell)o->shell);
}

void options_help(void)
{
	puts("Usage: rsx-trace [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	     "       rsx-trace [OPTION]... -p PID\n"
	     "Run PROGRAM here, in the context of another machine: its files, directories,\n"
	     "users and hostname are the server's.\n");
	rsx_optable_help(&table);
	puts("\nThe exit status is the program's; or 2: wrong usage, 120: the server cannot be\n"
	     "reached, 121: it refused (key, version), 122: tracing is not possible, 123: the\n"
	     "connection was lost, 125: rsx-trace failed, 126: PROGRAM cannot be executed,\n"
	     "127: PROGRAM was not found.");
}

static void be_quiet(const struct options *o)
{
	rsx_log_init("rsx-trace", o->quiet ? RSX_LOG_ERROR : RSX_LOG_NOTE);
}

/* Not for --help and the like: they serve when a file is wrong. */
static int from_files(struct options *o)
{
	bool ask = o->action == ACTION_HELP || o->action == ACTION_VERSION ||
		   o->action == ACTION_LIST || o->shell != RSX_SHELL_NONE;
	int err;

	if (ask || o->no_config)
		return 0;
	if (o->config)
		return config_load_file(&table, o, o->config);
	err = config_load_user(&table, o);
	be_quiet(o);
	return err ? err : config_load_project(&table, o);
}

static void from_environment(const char *name, const char **to)
{
	const char *value = getenv(name);

	if (value && *value)
		*to = value;
}

/* Defaults, files, environment, command line: the later ones win. */
int options_parse(struct options *o, int argc, char **argv)
{
	int err;

	*o = (struct options){ .action = ACTION_RUN, .shell = RSX_SHELL_NONE };
	rsx_optable_parse_early(&table, o, argc, argv);
	be_quiet(o);
	err = from_files(o);
	if (err)
		return err;
	from_environment("RSX_SERVER", &o->server);
	from_environment("RSX_KEY", &o->key);
	err = rsx_optable_parse(&table, o, argc, argv);
	if (err)
		return err;
	if (o->shell != RSX_SHELL_NONE)
		o->action = ACTION_COMPLETIONS;
	be_quiet(o);
	o->argv = argv + optind;
	if (o->n_pids && *o->argv) {
		rsx_error("-p attaches to a process that runs; %s cannot be started besides", *o->argv);
		return RSX_EXIT_USAGE;
	}
	if (o->n_pids && o->report.dry_run) { /* by a file */
		rsx_error("-p with --dry-run: what a process opened before is not known");
		return RSX_EXIT_USAGE;
	}
	if (*o->argv && o->action != ACTION_RUN && o->action != ACTION_HELP) {
		rsx_error("%s: no program is run by --doctor, --explain, --list-syscalls, "
			  "--completions and --version", *o->argv);
		return RSX_EXIT_USAGE;
	}
	if (o->action == ACTION_RUN && !*o->argv && !o->n_pids) {
		rsx_error("no program given: rsx-trace [OPTION]... -- PROGRAM [ARGUMENT]... (--help lists the options)");
		return RSX_EXIT_USAGE;
	}
	return 0;
}
