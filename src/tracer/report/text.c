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
#include "../choice.h"
#include "../trace.h"
#include "../tracee.h"
#include "stack.h"

#define NS 1000000000LL

void report_arg(struct rsx_buf *b, const struct trace *tr, const struct report_call *c, unsigned i)
{
	if (c->w->has_words)
		rsx_buf_adds(b, c->w->words[i] ? c->w->words[i] : "");
	else
		rsx_print_arg(b, c->f, c->native, c->done, &tr->print, i);
}

void report_words(struct rsx_buf *b, const struct trace *tr, const struct report_call *c)
{
	const struct rsx_syscall *row = c->f->row;
	bool first = true;

	rsx_buf_adds(b, row->name);
	rsx_buf_addc(b, '(');
	for (unsigned i = 0; i < row->nargs; i++) {
		if (!rsx_print_shows(c->f, i))
			continue;
		if (!first)
			rsx_buf_adds(b, ", ");
		first = false;
		report_arg(b, tr, c, i);
	}
	rsx_buf_adds(b, c->unfinished ? " <unfinished ...>)" : ")");
}

void report_signal_name(char *to, size_t room, int sig)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		snprintf(to, room, "SIG%s", name);
	else
		snprintf(to, room, "SIGRTMIN+%d", sig - SIGRTMIN);
}

void report_status(struct rsx_buf *b, int status)
{
	char name[32];

	report_signal_name(name, sizeof(name), WTERMSIG(status));
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

static void text_call(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_addf(b, "%d ", c->t->tid);
	clock_text(b, tr, c->wall_ns);
	relative_text(b, tr, c->w->began_ns);
	report_words(b, tr, c);
	if (c->unfinished)
		rsx_buf_adds(b, " = ?");
	else
		rsx_print_ret(b, c->f->row, c->ret, &tr->print);
	if (tr->opt->times)
		rsx_buf_addf(b, " <%.6f>", (double)(c->end_ns - c->w->began_ns) / NS);
	rsx_buf_addf(b, " [%s]\n", report_side(c));
	if (tr->opt->stacks)
		stack_text(b, c->w->stack);
}

/* si_code of a fault or of SIGCHLD is not decoded: its number is in <signal.h>. */
static void signal_info(struct rsx_buf *b, const siginfo_t *si)
{
	char name[32];

	report_signal_name(name, sizeof(name), si->si_signo);
	rsx_buf_addf(b, "{si_signo=%s, si_code=", name);
	if (si->si_code == SI_USER || si->si_code == SI_TKILL || si->si_code == SI_QUEUE)
		rsx_buf_addf(b, "%s, si_pid=%d, si_uid=%u}",
			     si->si_code == SI_USER ? "SI_USER" :
			     si->si_code == SI_TKILL ? "SI_TKILL" : "SI_QUEUE",
			     si->si_pid, si->si_uid);
	else if (si->si_signo == SIGCHLD)
		rsx_buf_addf(b, "%d, si_pid=%d, si_status=%d}", si->si_code, si->si_pid,
			     si->si_status);
	else if (si->si_signo == SIGSEGV || si->si_signo == SIGBUS || si->si_signo == SIGILL ||
		 si->si_signo == SIGFPE)
		rsx_buf_addf(b, "%d, si_addr=%p}", si->si_code, si->si_addr);
	else if (si->si_code == SI_KERNEL)
		rsx_buf_adds(b, "SI_KERNEL}");
	else
		rsx_buf_addf(b, "%d}", si->si_code);
}

static void text_signal(struct trace *tr, struct tracee *t, int sig, int64_t wall_ns)
{
	struct rsx_buf *b = &tr->out.buf;
	siginfo_t si = { .si_signo = sig };
	char name[32];

	report_signal_name(name, sizeof(name), sig);
	rsx_buf_addf(b, "%d ", t->tid);
	clock_text(b, tr, wall_ns);
	rsx_buf_addf(b, "--- %s ", name);
	if (!rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &si))
		signal_info(b, &si);
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
	.signal = text_signal,
	.exit = text_exit,
};
