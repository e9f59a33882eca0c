/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program's options are rows of one table. The command line, --help, the
 * configuration files and the shells' completions are all made from it, so an
 * option is added by adding a row.
 */
#ifndef RSX_OPTABLE_H
#define RSX_OPTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* What the value names, for completions. */
enum rsx_option_value {
	RSX_VALUE_TEXT,
	RSX_VALUE_FILE,
	RSX_VALUE_DIR,
	RSX_VALUE_TWO_FILES, /* FILE=FILE */
	RSX_VALUE_ADDRESS,
	RSX_VALUE_PID,
	RSX_VALUE_VARIABLE, /* of the environment */
	RSX_VALUE_CALLS,    /* QUALIFIER=SET */
};

/* What becomes of the value. */
enum rsx_option_kind {
	RSX_OPTION_CALL, /* .set does it all */
	RSX_OPTION_FLAG, /* a bool becomes true */
	RSX_OPTION_TEXT, /* a const char * points at it */
	RSX_OPTION_WORD, /* an int becomes its index in .metavar, "one|two|three" */
};

#define RSX_OPTION_STOP (-1)

struct rsx_option {
	const char *name;    /* without the dashes */
	char letter;	     /* 0: none */
	const char *metavar; /* NULL: takes no value */
	const char *help;    /* lines, separated by \n */
	enum rsx_option_kind kind;
	size_t at; /* of the field, in what the table fills */
	/*
	 * 0; RSX_OPTION_STOP: all is done, exit with 0; or an exit code after
	 * one line on stderr. `arg` may be written to, and outlives `to`.
	 */
	int (*set)(void *to, char *arg);
	enum rsx_option_value value;
	bool command; /* makes sense on a command line only */
	bool once;    /* a call that takes the last value, not all of them */
	bool early;   /* is looked at before configuration files are read */
};

/* Two options of a command line. Files may say what is of no use for one run. */
struct rsx_optable_pair {
	const char *one, *other; /* long names */
	bool needs;	 /* `one` is nothing without `other`; else they exclude each other */
	const char *why; /* ends the line that says so */
};

/* An option of a similar program, which this one has not: what to do instead. */
struct rsx_optable_hint {
	char letter;
	const char *say;
};

struct rsx_optable {
	const struct rsx_option *row;
	size_t n;
	const struct rsx_optable_pair *pair;
	size_t n_pairs;
	const struct rsx_optable_hint *hint;
	size_t n_hints;
	bool program; /* the first word that is no option ends the options */
	/* for RSX_VALUE_CALLS: a list that ends with NULL; a class's name or NULL */
	const char *const *qualifiers;
	const char *(*set_word)(size_t i);
};

#define RSX_OPTIONS_MAX 128 /* rows of a table */

/*
 * Take the options of argv into `to`; the rest begins at argv[optind]. 0,
 * RSX_OPTION_STOP, or an exit code after one line on stderr.
 */
int rsx_optable_parse(const struct rsx_optable *t, void *to, int argc, char **argv);

/*
 * The same, but takes only rows that are early, and says nothing: what is wrong
 * is left for rsx_optable_parse().
 */
void rsx_optable_parse_early(const struct rsx_optable *t, void *to, int argc, char **argv);

/* As if `row` were given with `arg` (NULL: none); `shown` is its name in a message. */
int rsx_optable_apply(const struct rsx_option *row, void *to, const char *shown, char *arg);

/* The row of a long name, or NULL. */
const struct rsx_option *rsx_optable_find(const struct rsx_optable *t, const char *name);

/* The lines of --help, to stdout. */
void rsx_optable_help(const struct rsx_optable *t);

/* In the order of RSX_SHELLS. */
enum rsx_shell {
	RSX_SHELL_NONE = -1,
	RSX_SHELL_BASH,
	RSX_SHELL_ZSH,
};
#define RSX_SHELLS "bash|zsh"

/* A script that completes the program's command line, to stdout. */
void rsx_optable_completions(const struct rsx_optable *t, const char *program,
			     enum rsx_shell shell);

#endif
