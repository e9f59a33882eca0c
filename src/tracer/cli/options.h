/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of rsx-trace: one table, from which --help is made too. */
#ifndef RSX_TRACER_OPTIONS_H
#define RSX_TRACER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/choice.h"
#include "report/report.h"

/* In the order of the option's words. */
enum on_disconnect {
	ON_DISCONNECT_KILL,
	ON_DISCONNECT_EIO,
};

/* Writable shared mappings of remote files. */
enum mmap_shared {
	MMAP_SHARED_WRITEBACK,
	MMAP_SHARED_DENY,
};

enum env_from {
	ENV_LOCAL,
	ENV_REMOTE,
	ENV_MERGE,
};

enum option_action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST,
	ACTION_EXPLAIN,
	ACTION_DOCTOR,
	ACTION_COMPLETIONS,
};

/* --local, --remote, --deny, --map, in the order given. */
struct option_rule {
	int kind; /* enum rule_kind */
	const char *path;
	const char *to;
};

enum on_detach {
	ON_DETACH_EIO,
	ON_DETACH_KILL,
};

#define OPTION_RULES 256
#define OPTION_ENV   256
#define OPTION_PIDS 64

struct options {
	enum option_action action;
	const char *server; /* NULL: a private one */
	const char *key;
	const char *config; /* NULL: the usual files */
	bool no_config;
	const char *chdir;
	const char *explain;
	int shell; /* enum rsx_shell, for ACTION_COMPLETIONS */
	struct report_opt report;
	bool quiet;
	enum env_from env;
	const char *env_change[OPTION_ENV]; /* -E: "VAR=value" or "VAR" */
	size_t n_env;
	bool all; /* programs and libraries are the server's, too */
	enum on_disconnect on_disconnect;
	enum mmap_shared mmap_shared;
	struct option_rule rule[OPTION_RULES];
	size_t n_rules;
	pid_t pid[OPTION_PIDS]; /* to attach to */
	size_t n_pids;
	double detach_after; /* seconds; 0: not by itself */
	enum on_detach on_detach;
	struct choice choice;
	char **argv; /* the program and its arguments */
};

/* 0, or an exit code after one line on stderr. */
int options_parse(struct options *o, int argc, char **argv);
void options_help(void);
void options_completions(const struct options *o);

#endif
