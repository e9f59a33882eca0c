/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals in words: their names, and who sent them and why, sigaction(2). */
#include "rsx/print.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "rsx/cleanup.h"

/* strace's names of the real-time signals: the kernel's SIGRTMIN is 32, not libc's. */
void rsx_signal_name(char *to, size_t room, int sig)
{
	const char *name = sigabbrev_np(sig);

	if (sig == SIGIO) /* libc says SIGPOLL */
		snprintf(to, room, "SIGIO");
	else if (name)
		snprintf(to, room, "SIG%s", name);
	else if (sig == 32)
		snprintf(to, room, "SIGRTMIN");
	else
		snprintf(to, room, "SIGRT_%d", sig - 32);
}

static const char *si_code_name(const siginfo_t *si)
{
	static const char *const chld[] = { NULL, "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED",
					    "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED" };
	static const char *const segv[] = { NULL, "SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR",
					    "SEGV_PKUERR" };
	static const char *const bus[] = { NULL, "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR" };
	static const char *const fpe[] = { NULL, "FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV",
					   "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV",
					   "FPE_FLTSUB" };
	static const char *const ill[] = { NULL, "ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR",
					   "ILL_ILLTRP", "ILL_PRVOPC" };
	static const char *const trap[] = { NULL, "TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH",
					    "TRAP_HWBKPT" };
	static const struct {
		int sig;
		size_t n;
		const char *const *name;
	} own[] = {
		{ SIGCHLD, RSX_ARRAY_SIZE(chld), chld }, { SIGSEGV, RSX_ARRAY_SIZE(segv), segv },
		{ SIGBUS, RSX_ARRAY_SIZE(bus), bus },	 { SIGFPE, RSX_ARRAY_SIZE(fpe), fpe },
		{ SIGILL, RSX_ARRAY_SIZE(ill), ill },	 { SIGTRAP, RSX_ARRAY_SIZE(trap), trap },
	};

	switch (si->si_code) {
	case SI_USER:
		return "SI_USER";
	case SI_KERNEL:
		return "SI_KERNEL";
	case SI_QUEUE:
		return "SI_QUEUE";
	case SI_TIMER:
		return "SI_TIMER";
	case SI_MESGQ:
		return "SI_MESGQ";
	case SI_ASYNCIO:
		return "SI_ASYNCIO";
	case SI_SIGIO:
		return "SI_SIGIO";
	case SI_TKILL:
		return "SI_TKILL";
	}
	for (size_t i = 0; i < RSX_ARRAY_SIZE(own); i++)
		if (own[i].sig == si->si_signo && si->si_code > 0 && (size_t)si->si_code < own[i].n)
			return own[i].name[si->si_code];
	return NULL;
}

/* How a child ended: a status, or a signal's name. */
static void child_status(struct rsx_buf *b, const siginfo_t *si)
{
	char name[32];

	rsx_signal_name(name, sizeof(name), si->si_status);
	if (si->si_code == CLD_EXITED)
		rsx_buf_addf(b, ", si_status=%d", si->si_status);
	else
		rsx_buf_addf(b, ", si_status=%s", name);
	rsx_buf_addf(b, ", si_utime=%ld, si_stime=%ld", si->si_utime, si->si_stime);
}

/* What siginfo has depends on who sent the signal: sigaction(2). */
void rsx_print_siginfo(struct rsx_buf *b, const siginfo_t *si)
{
	const char *code = si_code_name(si);
	char name[32];

	rsx_signal_name(name, sizeof(name), si->si_signo);
	rsx_buf_addf(b, "{si_signo=%s, si_code=", name);
	if (code)
		rsx_buf_adds(b, code);
	else
		rsx_buf_addf(b, "%d", si->si_code);
	if (si->si_code == SI_TIMER)
		rsx_buf_addf(b, ", si_timerid=%d, si_overrun=%d", si->si_timerid, si->si_overrun);
	else if (si->si_code == SI_USER || si->si_code == SI_TKILL || si->si_code == SI_QUEUE ||
		 (si->si_signo == SIGCHLD && si->si_code > 0 && si->si_code != SI_KERNEL))
		rsx_buf_addf(b, ", si_pid=%d, si_uid=%u", si->si_pid, si->si_uid);
	else if (code && si->si_code > 0 && si->si_code != SI_KERNEL)
		rsx_buf_addf(b, si->si_addr ? ", si_addr=%p" : ", si_addr=NULL", si->si_addr);
	if (si->si_code == SI_QUEUE || si->si_code == SI_TIMER)
		rsx_buf_addf(b, ", si_value={sival_int=%d, sival_ptr=%p}", si->si_value.sival_int,
			     si->si_value.sival_ptr);
	if (si->si_signo == SIGCHLD && si->si_code > 0 && si->si_code != SI_KERNEL)
		child_status(b, si);
	rsx_buf_addc(b, '}');
}
