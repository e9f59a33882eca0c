/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trace shows: one finished call as trace.c hands it to a writer (text,
 * json, chrome), to the summary and to the flame graph.
 */
#ifndef RSX_REPORT_H
#define RSX_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rsx/frame.h"
#include "rsx/print.h"

struct out;
struct report_call;
struct stack;
struct trace;
struct tracee;

#define REPORT_PATHS 64
#define REPORT_STRSIZE 32
#define REPORT_STRSIZE_MAX (1 << 20) /* more than one piece does not travel at once */

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_CHROME,
};

/* -S: in the order of REPORT_SORTS. */
enum report_sort {
	SORT_TIME,
	SORT_CALLS,
	SORT_ERRORS,
	SORT_NAME,
	SORT_NOTHING,
};
#define REPORT_SORTS "time|calls|errors|name|nothing"

/* From the command line. */
struct report_opt {
	bool verbose;	     /* -v */
	const char *file;    /* -o */
	bool summary;	     /* -c: instead of the calls */
	bool summary_too;    /* -C: besides them */
	bool stacks;	     /* -k */
	const char *flame;   /* --flame: a file's name, or NULL */
	enum report_format format;
	bool format_given;
	unsigned clock;	     /* -t, -tt, -ttt: 1, 2, 3 */
	bool relative;	     /* -r */
	bool times;	     /* -T */
	unsigned names;	     /* -y, -yy: 1, 2 */
	bool strsize_given;
	long strsize;	     /* -s */
	const char *path[REPORT_PATHS]; /* -P */
	unsigned n_paths;
	const char *set;     /* --trace, or NULL: all calls */
	bool dry_run;	     /* --dry-run */
	unsigned hex;	     /* -x, -xx: 1, 2 */
	long column;	     /* -a; 0: not aligned */
	bool pc, numbers;    /* -i, -n */
	bool successful, failed; /* -z, -Z: only these */
	unsigned follow;     /* -f: how often */
	bool append;	     /* -A */
	enum report_sort sort; /* -S */
	bool wall;	     /* -w, which is no choice */
	bool signals_given;  /* -e signal=: */
	uint64_t signals;    /* bit n-1: signal n is shown */
};

/* Does anything of this ask for a trace? For its lines? */
bool report_wanted(const struct report_opt *o);
bool report_lines_wanted(const struct report_opt *o);

/* Where a call ran. */
enum ran {
	RAN_HERE,     /* "local" */
	RAN_THERE,    /* "remote" */
	RAN_BOTH,     /* "both" */
	RAN_NOWHERE,  /* "rsx": rsx-trace itself gave the answer */
	RAN_WOULD_GO, /* "would go": here, in a dry run */
	RAN_MAX,
};

extern const char *const ran_name[RAN_MAX];

/* The last word of a line: where it ran, and what -e had to do with it. */
const char *report_side(const struct report_call *c);

#define REPORT_COMM 64 /* a task's name, which has 15 characters, a kernel thread's a few more */

/* One message to the server and its reply. */
#define WATCH_TRIPS 32

struct trip {
	int64_t sent_ns, back_ns; /* CLOCK_MONOTONIC */
	uint64_t server_ns;	  /* of that, in the kernel there */
};

/* What is measured of a call, from its first stop on. */
struct watch {
	bool open;  /* a call is under way */
	/* chrome: the names that the process's and the thread's track have; outlive the call */
	char track[2][REPORT_COMM];
	pid_t tid;  /* who made the call: an exec makes it the leader */
	bool shown; /* it is of those that are to be shown */
	long nr;
	uint64_t pc, sp;
	int64_t began_ns;
	unsigned n_trips; /* all; the first WATCH_TRIPS of them are in trip[], behind them the last */
	struct trip trip[WATCH_TRIPS + 1];
	uint64_t wire_ns;   /* from sending to receiving, all trips, without ... */
	uint64_t server_ns; /* ... this */
	uint64_t bytes_out, bytes_in; /* of messages */
	char *name[RSX_MAX_ARGS + 1]; /* descriptors, as the server calls them */
	/* arguments, if their memory will be gone: execve's */
	bool has_words, matched; /* matched: -P */
	bool told; /* a line says that it has begun */
	char *words[RSX_MAX_ARGS];
	struct stack *stack;
};

/* A finished call. */
struct report_call {
	struct tracee *t;
	const struct watch *w;
	const struct rsx_frame *f;
	const uint64_t *native; /* the registers, lowered */
	int64_t ret;
	bool done;	 /* came back without error: outputs count */
	bool unfinished; /* the task ended inside it: there is no result */
	enum ran ran;
	int64_t end_ns;
	int64_t wall_ns; /* CLOCK_REALTIME at began_ns */
};

/* One format of the lines. NULL where there is nothing to write. */
struct writer {
	const char *tail; /* out_open()'s */
	void (*begin)(struct trace *tr);
	void (*call)(struct trace *tr, const struct report_call *c);
	/* It has not ended yet, but takes long. */
	void (*waiting)(struct trace *tr, const struct report_call *c);
	/* t is about to end; /proc still has it. */
	void (*ending)(struct trace *tr, struct tracee *t);
	void (*signal)(struct trace *tr, struct tracee *t, int sig, int64_t wall_ns);
	void (*exit)(struct trace *tr, struct tracee *t, int status, int64_t wall_ns);
};

extern const struct writer report_text, report_json, report_chrome;

/* "exited with 1", "killed by SIGKILL", and so on, of wait(2)'s status. */
void report_status(struct rsx_buf *b, int status);

/* --- names.c: what is behind descriptors, and the paths of calls --- */

/* At the call's first stop: its descriptors may be others when it has ended. */
void names_enter(const struct tracee *t, struct watch *w, const struct rsx_syscall *row,
		 const uint64_t args[RSX_MAX_ARGS]);
/* Append "</etc/passwd>" for a descriptor of the call; see struct rsx_print_opt. */
void names_print(void *ctx, struct rsx_buf *b, unsigned arg, int fd);
/* The same text without the brackets, or "". */
void names_text(const struct report_call *c, unsigned arg, int fd, char *to, size_t room);
/* Does the call touch one of the paths of -P? */
bool names_match(const struct report_call *c, char *const *path, unsigned n);

/* Append argument `i` of a call: read now, or at its entry. */
void report_arg(struct rsx_buf *b, const struct trace *tr, const struct report_call *c, unsigned i);
/* Append "openat(AT_FDCWD, ...)". */
void report_words(struct rsx_buf *b, const struct trace *tr, const struct report_call *c);

#endif
