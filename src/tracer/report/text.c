/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines like strace's: thread, time, the call, its result, the time it took,
 * and the side on which it ran; below it the stack, if -k asks for it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "../ptrace.h"
#include "../tracee.h"
#include "cli/choice.h"
#include "report/trace.h"
#include "stack.h"

#define NS 1000000000LL

void report_arg(struct rsx_buf *b, const struct trace *tr, const struct report_call *c, unsigned i)
{
	if (c->w->has_words)
		rsx_buf_adds(b, c->w->words[i] ? c->w->words[i] : "");
	else
		rsx_print_arg(b, c->f, c->native, c->done, &tr->print, i);
}

/* Arguments from `from` to before `to`, with commas between them. */
static void some_words(struct rsx_buf *b, const struct trace *tr, const struct report_call *c,
		       unsigned from, unsigned to)
{
	bool first = from == 0;

	for (unsigned i = from; i < to; i++) {
		if (!rsx_print_shows(c->f, i))
			continue;
		if (!first)
			rsx_buf_adds(b, ", ");
		first = false;
		report_arg(b, tr, c, i);
	}
}

void report_words(struct rsx_buf *b, const struct trace *tr, const struct report_call *c)
{
	rsx_buf_adds(b, c->f->row->name);
	rsx_buf_addc(b, '(');
	some_words(b, tr, c, 0, c->f->row->nargs);
	rsx_buf_adds(b, c->unfinished ? " <unfinished ...>)" : ")");
}

void report_status(struct rsx_buf *b, int status)
{
	char name[32];

	rsx_signal_name(name, sizeof(name), WTERMSIG(status));
	if (WIFEXITED(status))
		rsx_buf_addf(b, "exited with %d", WEXITSTATUS(status));
	else
		rsx_buf_addf(b, "killed by %s%s", name,
			     WCOREDUMP(status) ? " (core dumped)" : "");
}

const char *report_side(const struct report_call *c)
{
	switch ((enum chosen)c->t->call.chosen) {
	case CHOSEN_DENIED:
		return "denied -e";
	case CHOSEN_HERE:
		if (c->ran == RAN_HERE)
			return "local -e";
		break;
	case CHOSEN_BY_FD:
		if (c->ran == RAN_THERE)
			return "remote fd";
		break;
	case CHOSEN_NOT:
		break;
	}
	return ran_name[c->ran];
}

/* -t, -tt, -ttt */
static void clock_text(struct rsx_buf *b, const struct trace *tr, int64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS);
	long micros = (long)(wall_ns % NS / 1000);
	struct tm tm;

	if (!tr->opt->clock)
		return;
	if (tr->opt->clock >= 3) {
		rsx_buf_addf(b, "%lld.%06ld ", (long long)seconds, micros);
		return;
	}
	localtime_r(&seconds, &tm);
	rsx_buf_addf(b, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (tr->opt->clock == 2)
		rsx_buf_addf(b, ".%06ld", micros);
	rsx_buf_addc(b, ' ');
}

/* -r: since the line before; calls are told when they end, so it may be negative. */
static void relative_text(struct rsx_buf *b, struct trace *tr, int64_t began_ns)
{
	int64_t since = tr->last_began_ns ? began_ns - tr->last_began_ns : 0;

	if (!tr->opt->relative)
		return;
	tr->last_began_ns = began_ns;
	rsx_buf_addf(b, "%s%12.6f ", tr->opt->clock ? "(+" : "", (double)since / NS);
	if (tr->opt->clock) {
		b->data[b->len - 1] = ')';
		rsx_buf_addc(b, ' ');
	}
}

/* The beginning of every line of a call, -i and -n included. */
static void call_head(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_addf(b, "%d ", c->t->tid);
	clock_text(b, tr, c->wall_ns);
	relative_text(b, tr, c->w->began_ns);
	if (tr->opt->numbers)
		rsx_buf_addf(b, "[%4ld] ", c->w->nr);
	if (tr->opt->pc)
		rsx_buf_addf(b, "[%016llx] ", (unsigned long long)c->w->pc);
}

/* The first argument that is known only when the call has ended. */
static unsigned first_output(const struct rsx_syscall *row)
{
	unsigned i = 0;

	while (i < row->nargs && !(row->arg[i].dir & RSX_OUT) && !row->arg[i].view_out)
		i++;
	return i;
}

static void print_result(struct rsx_buf *b, struct trace *tr, const struct report_call *c)
{
	rsx_print_ret(b, c->f->row, c->ret, &tr->print);
	rsx_print_more(b, c->f, c->native, c->done, &tr->print);
}

/* -a: results stand below each other. */
static void align(struct rsx_buf *b, const struct trace *tr, size_t line)
{
	while (b->len - line < (size_t)tr->opt->column && !b->failed)
		rsx_buf_addc(b, ' ');
}

static void text_call(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;
	size_t line;

	call_head(tr, c);
	line = b->len;
	if (c->w->told) {
		rsx_buf_addf(b, "<... %s resumed>", c->f->row->name);
		some_words(b, tr, c, first_output(c->f->row), c->f->row->nargs);
		rsx_buf_adds(b, c->unfinished ? " <unfinished ...>)" : ")");
	} else {
		report_words(b, tr, c);
	}
	align(b, tr, line);
	if (c->unfinished)
		rsx_buf_adds(b, " = ?");
	else
		print_result(b, tr, c);
	if (tr->opt->times)
		rsx_buf_addf(b, " <%.6f>", (double)(c->end_ns - c->w->began_ns) / NS);
	rsx_buf_addf(b, " [%s]\n", report_side(c));
	if (tr->opt->stacks)
		stack_text(b, c->w->stack);
}

static void text_waiting(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;
	unsigned to = first_output(c->f->row);

	call_head(tr, c);
	rsx_buf_addf(b, "%s(", c->f->row->name);
	some_words(b, tr, c, 0, to);
	rsx_buf_adds(b, to && to < c->f->row->nargs ? ", <unfinished ...>\n" : " <unfinished ...>\n");
}

static void text_signal(struct trace *tr, struct tracee *t, int sig, int64_t wall_ns)
{
	struct rsx_buf *b = &tr->out.buf;
	siginfo_t si = { .si_signo = sig };
	char name[32];

	rsx_signal_name(name, sizeof(name), sig);
	rsx_buf_addf(b, "%d ", t->tid);
	clock_text(b, tr, wall_ns);
	rsx_buf_addf(b, "--- %s ", name);
	if (!rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &si))
		rsx_print_siginfo(b, &si);
	rsx_buf_adds(b, " ---\n");
}

static void text_exit(struct trace *tr, struct tracee *t, int status, int64_t wall_ns)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_addf(b, "%d ", t->tid);
	clock_text(b, tr, wall_ns);
	rsx_buf_adds(b, "+++ ");
	report_status(b, status);
	rsx_buf_adds(b, " +++\n");
}

const struct writer report_text = {
	.tail = "",
	.call = text_call,
	.waiting = text_waiting,
	.signal = text_signal,
	.exit = text_exit,
};
