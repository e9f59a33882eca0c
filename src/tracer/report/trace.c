/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See trace.h: what was asked for is opened and closed here; signals, ends and
 * notes pass through. Calls: watch.c.
 */
#include "report/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paths/policy.h"
#include "report/flame.h"
#include "report/stack.h"
#include "report/summary.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/print.h"
#include "rsx/xlat.h"
#include "tracee.h"
#include "tracer.h"

/* --- begin and end --- */

static bool shapes_lines(const struct report_opt *o)
{
	return o->stacks || o->clock || o->relative || o->times || o->names || o->strsize_given ||
	       o->n_paths || o->set || o->dry_run || o->hex || o->column || o->pc || o->numbers ||
	       o->successful || o->failed || o->signals_given;
}

bool report_lines_wanted(const struct report_opt *o)
{
	if (o->summary_too || o->verbose || o->format_given)
		return !o->summary || o->summary_too;
	return !o->summary && (o->file || (!o->flame && shapes_lines(o)));
}

bool report_wanted(const struct report_opt *o)
{
	return report_lines_wanted(o) || o->summary || o->flame;
}

static int open_set(struct trace *tr)
{
	char word[128], near[128];

	if (!callset_parse(&tr->set, tr->opt->set ? tr->opt->set : "all", word, sizeof(word)))
		return 0;
	callset_nearest(word, near, sizeof(near));
	if (!*word)
		rsx_error("--trace=%.200s: a name is missing", tr->opt->set);
	else if (*near)
		rsx_error("--trace: no system call or class %.80s; near it: %s", word, near);
	else
		rsx_error("--trace: no system call or class %.80s (--list-syscalls lists them)", word);
	return RSX_EXIT_USAGE;
}

/* The paths of -P, absolute: relative ones begin where rsx-trace was started. */
static int open_paths(struct trace *tr)
{
	for (unsigned i = 0; i < tr->opt->n_paths; i++) {
		const char *path = tr->opt->path[i];
		char text[2 * RSX_MAX_PATH], cwd[RSX_MAX_PATH], normal[RSX_MAX_PATH];

		if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
			cwd[0] = '\0';
		snprintf(text, sizeof(text), "%s/%s", cwd, path);
		if (!*path || path_normal(normal, text)) {
			rsx_error("-P %.200s: not a path", path);
			return RSX_EXIT_USAGE;
		}
		tr->path[i] = strdup(normal);
		if (!tr->path[i])
			return RSX_EXIT_FAILED;
	}
	return 0;
}

static const struct writer *const writers[] = {
	[REPORT_TEXT] = &report_text,
	[REPORT_JSON] = &report_json,
	[REPORT_CHROME] = &report_chrome,
};

int trace_open(struct trace *tr, const struct report_opt *opt)
{
	int err;

	tr->opt = opt;
	if (!report_wanted(opt))
		return 0;
	tr->writer = report_lines_wanted(opt) ? writers[opt->format] : NULL;
	tr->print.hex = opt->hex;
	tr->print.strsize = opt->strsize_given ? (unsigned)opt->strsize : REPORT_STRSIZE;
	if (opt->names)
		tr->print.name = names_print;
	err = open_set(tr);
	if (!err)
		err = open_paths(tr);
	if (err)
		return err;
	if (opt->summary || opt->summary_too)
		tr->summary = summary_new();
	if (opt->flame) {
		tr->flame = flame_new(opt->flame);
		if (!tr->flame)
			return RSX_EXIT_USAGE;
	}
	tr->stacks = opt->stacks || opt->flame;
	if (tr->stacks && !stack_init())
		return RSX_EXIT_FAILED;
	if (opt->append && opt->format == REPORT_CHROME) {
		rsx_error("-A with --format=chrome: such a file has an end");
		return RSX_EXIT_USAGE;
	}
	if (opt->file && strchr("|!", opt->file[0])) {
		rsx_error("-o '%.100s': no command can be named; in bash: -o >(COMMAND)", opt->file);
		return RSX_EXIT_USAGE;
	}
	err = out_open(&tr->out, opt->file, opt->append, tr->writer ? tr->writer->tail : "");
	if (err) {
		rsx_error("-o %s: %s", opt->file, strerror(-err));
		return RSX_EXIT_USAGE;
	}
	tr->on = true;
	if (tr->writer && tr->writer->begin)
		tr->writer->begin(tr);
	out_flush(&tr->out);
	return 0;
}

unsigned trace_wants(const struct trace *tr)
{
	if (!tr->on)
		return 0;
	return (tr->opt->format != REPORT_TEXT ? SESSION_WANT_TIMES : 0) |
	       (tr->opt->names ? SESSION_WANT_NAMES : 0);
}

void trace_close(struct trace *tr)
{
	if (!tr->on)
		return;
	if (tr->summary)
		summary_write(tr->summary, tr);
	out_close(&tr->out);
	if (tr->flame)
		flame_write(tr->flame);
	summary_free(tr->summary);
	flame_free(tr->flame);
	stack_done();
	for (unsigned i = 0; i < tr->opt->n_paths; i++)
		free(tr->path[i]);
	tr->on = false;
}

/* --- beside the calls --- */

struct trace *trace_of(const struct tracee *t)
{
	return &t->tracer->trace;
}

int64_t trace_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void trace_tick(struct tracer *tr)
{
	const struct report_opt *o = tr->trace.opt;
	int64_t now;

	if (!tr->trace.on || !tr->trace.writer || !tr->trace.writer->waiting || o->successful ||
	    o->failed)
		return;
	now = now_ns();
	for (struct tracee *t = tr->tracees; t; t = t->next)
		watch_tell_waiting(t, now);
}

static bool signal_shown(const struct report_opt *o, int sig)
{
	return !o->signals_given || (o->signals >> (sig - 1) & 1);
}

void trace_signal(struct tracee *t, int sig)
{
	struct trace *tr = trace_of(t);

	if (!signal_shown(tr->opt, sig))
		return;
	if (tr->writer && tr->writer->signal && t->tracer->started)
		tr->writer->signal(tr, t, sig, trace_clock());
}

void trace_exit(struct tracee *t, int status)
{
	struct trace *tr = trace_of(t);

	if (tr->writer && tr->writer->exit && t->tracer->started)
		tr->writer->exit(tr, t, status, trace_clock());
	out_flush_full(&tr->out);
}

/* --- notes --- */

/* True the first time for a number. */
static bool first_time(struct tracee *t, long nr)
{
	struct trace *tr = trace_of(t);
	unsigned bit = (unsigned)nr % (8 * sizeof(tr->told));
	bool told = tr->told[bit / 8] >> bit % 8 & 1;

	tr->told[bit / 8] |= (uint8_t)(1u << bit % 8);
	return !told;
}

void trace_unknown(struct tracee *t)
{
	const struct rsx_entry *e = &t->call.entry;

	if (!first_time(t, e->nr))
		return;
	if (e->foreign)
		rsx_note("a 32-bit system call (%ld) was made: it fails with ENOSYS", e->nr);
	else
		rsx_note("system call %ld is unknown: it fails with ENOSYS", e->nr);
}

/* True the first time for a value, and of so many as there is room for. */
static bool first_value(struct tracee *t, uint64_t key)
{
	struct trace *tr = trace_of(t);

	for (unsigned i = 0; i < tr->n_unserved; i++)
		if (tr->unserved[i] == key)
			return false;
	if (tr->n_unserved == RSX_ARRAY_SIZE(tr->unserved))
		return false;
	tr->unserved[tr->n_unserved++] = key;
	return true;
}

void trace_denied(struct tracee *t, const struct rsx_syscall *row)
{
	const char *name = rsx_errno_name(row->err);

	if (row->err == ENOSYS ||
	    !(row->variant ? first_value(t, (uint64_t)t->call.entry.nr << 48 ^ row->sel_value) :
			     first_time(t, t->call.entry.nr)))
		return;
	rsx_note("%s%s%s fails with %s: %s", row->name, row->variant ? " " : "",
		 row->variant ? row->variant : "", name ? name : "an error",
		 row->note ? row->note : "it is not supported");
}

/* "TIOCSTI (0x5412)", "level 263 option 5" */
static void name_value(char to[80], const struct rsx_syscall *row, const uint64_t *args,
		       unsigned arg)
{
	const struct rsx_xlat *x = row->arg[arg].xlat;
	bool option = row->arg[arg].view == RSX_VIEW_sockopt;
	uint64_t value = (uint32_t)args[arg];
	const char *name = option ? rsx_sockopt_name((int)args[arg - 1], (int)value) :
			   x ? rsx_xlat_name(x, rsx_xlat_to_wire(x, RSX_ARCH_NATIVE, value)) : NULL;

	if (name)
		snprintf(to, 80, "%s (0x%llx)", name, (unsigned long long)value);
	else if (option)
		snprintf(to, 80, "level %d, option %d", (int)args[arg - 1], (int)value);
	else
		snprintf(to, 80, "0x%llx", (unsigned long long)value);
}

void trace_unsupported(struct tracee *t, const struct rsx_syscall *row, unsigned arg)
{
	const uint64_t *args = t->call.args;
	const struct fdentry *e = fdtable_get(t->fds, (int)args[0]);
	const char *error = rsx_errno_name(row->err);
	bool file = e && e->path && !S_ISSOCK(e->mode);
	uint64_t level = row->arg[arg].view == RSX_VIEW_sockopt ? args[arg - 1] : 0;
	char what[80];

	if (!first_value(t, (uint64_t)t->call.entry.nr << 48 ^ level << 32 ^ (uint32_t)args[arg]))
		return;
	name_value(what, row, args, arg);
	rsx_note("%s %s on descriptor %d (%s) fails with %s: it does not travel. %s", row->name,
		 what, (int)args[0], file ? e->path : e && S_ISSOCK(e->mode) ? "a socket" : "a file",
		 error ? error : "an error",
		 file ? "Run such a program over there, or keep the file here with --local" :
			"Run such a program over there, or use this machine's with -e local=%net");
}
