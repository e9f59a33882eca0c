/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which thread a signal goes to. One for a process goes to its first thread, unless
 * that blocks it: the kernel asks that one first (complete_signal() in
 * kernel/signal.c), and programs rely on it, as a server does whose first thread is
 * to notice by EINTR that it shall end. But a thread in a ptrace stop, or one whose
 * signals are blocked while it is put to sleep, is passed over, and threads that
 * are traced are there often. So what another one got is given back.
 */
#include "sigroute.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "ptrace.h"
#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

uint64_t sigroute_set(pid_t tid, const char *key)
{
	char path[64], line[256];
	_rsx_fclose_ FILE *f = NULL;
	size_t n = strlen(key);

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n))
			return strtoull(line + n, NULL, 16);
	return 0;
}

bool sigroute_in(uint64_t set, int sig)
{
	return set >> (sig - 1) & 1;
}

/*
 * Was it sent to the process? What raise(3), pthread_kill(3) and the kernel for a
 * thread's own fault send is the thread's; where siginfo does not tell, it stays
 * where it is. Job control goes to all threads, and a second SIGCONT or SIGTSTP
 * would take back what came in between.
 */
static bool is_for_process(const struct tracee *t, int sig, const siginfo_t *si)
{
	switch (sig) {
	case SIGCONT:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return false;
	case SIGPIPE:
	case SIGXFSZ: /* the kernel's look like kill(2)'s */
		return si->si_code == SI_USER && si->si_pid != t->process->pid;
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGWINCH:
	case SIGALRM:
		if (si->si_code == SI_KERNEL)
			return true; /* a terminal's, or setitimer(2)'s */
		break;
	default:
		break;
	}
	return si->si_code == SI_USER ||
	       (si->si_code == SI_QUEUE && si->si_pid != t->process->pid);
}

static uint64_t blocked_by(const struct tracee *t)
{
	return t->call.mask_blocked ? t->call.mask : sigroute_set(t->tid, "SigBlk:");
}

bool sigroute_moves(struct tracee *t, int sig)
{
	struct tracee *first;
	siginfo_t si;

	if (t->tid == t->process->pid ||
	    rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &si) < 0 || !is_for_process(t, sig, &si) ||
	    !sigroute_in(sigroute_set(t->tid, "SigCgt:"), sig))
		return false;
	first = tracee_find(t->tracer, t->process->pid);
	if (!first || first->counted_out || sigroute_in(blocked_by(first), sig))
		return false;
	return call_send_signal(first, sig, &si);
}
