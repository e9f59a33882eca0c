/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See jobctl.h. */
#include "jobctl.h"

#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "tracee.h"
#include "tracer.h"

#define OTHERS_NS 300000000LL /* what the others have to stop, handlers included */
#define FORGET_NS 3000000000LL /* the program did something else with its signal */

static volatile sig_atomic_t came; /* the signal, 0: none */

void jobctl_signalled(int sig)
{
	came = sig;
}

static bool all_stopped(const struct tracer *tr)
{
	for (const struct tracee *t = tr->tracees; t; t = t->next)
		if (!t->listening && !tracee_has_ended(t))
			return false;
	return true;
}

/* Is the program that was started? Its first thread may have ended. */
static bool first_stopped(const struct tracer *tr)
{
	const struct tracee *t = tr->tracees;

	while (t && !(t->process && t->process->pid == tr->first && t->listening))
		t = t->next;
	return t != NULL;
}

static void stop_like(int sig)
{
	struct sigaction old, deflt = { .sa_handler = SIG_DFL };
	sigset_t just, mask;

	sigaction(sig, &deflt, &old);
	sigemptyset(&just);
	sigaddset(&just, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &just, &mask); /* here it stops */
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(sig, &old, NULL);
}

/* The shell continues our process group; the program may be in another. */
static void continue_program(const struct tracer *tr)
{
	pid_t group = getpgid(tr->first);

	if (group > 0 && group != getpgrp())
		kill(-group, SIGCONT);
}

void jobctl_check(struct tracer *tr)
{
	static int64_t since;
	int64_t now;
	int sig = came;

	if (!sig)
		return;
	now = now_ns();
	if (!since)
		since = now;
	if (first_stopped(tr)) {
		if (!all_stopped(tr) && now - since < OTHERS_NS)
			return;
		trace_flush(&tr->trace);
		session_pause(&tr->session);
		stop_like(sig);
		session_resume(&tr->session);
		continue_program(tr);
	} else if (now - since < FORGET_NS) {
		return;
	}
	came = 0;
	since = 0;
}
