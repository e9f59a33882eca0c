/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault.h - what the programs about mappings share: a load or store, and the signal it ends with. */
#ifndef RSX_TESTS_FAULT_H
#define RSX_TESTS_FAULT_H

#include "conf.h"
#include <setjmp.h>

static sigjmp_buf fault_back;
static siginfo_t fault_info;

static void on_fault(int sig, siginfo_t *info, void *ctx)
{
	(void)ctx;
	fault_info = *info;
	siglongjmp(fault_back, sig);
}

static CONF_UNUSED void catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	MUST(sigaction(SIGBUS, &sa, NULL));
	MUST(sigaction(SIGSEGV, &sa, NULL));
}

static CONF_UNUSED const char *fault_code(const siginfo_t *s)
{
	if (s->si_signo == SIGBUS)
		return s->si_code == BUS_ADRERR ? "BUS_ADRERR" : "?";
	return s->si_code == SEGV_ACCERR ? "SEGV_ACCERR" :
	       s->si_code == SEGV_MAPERR ? "SEGV_MAPERR" : "?";
}

/* Load from, or store to, p: what came of it, and if a signal, which and where. */
static CONF_UNUSED void touch(const char *what, volatile char *p, bool store)
{
	int sig = sigsetjmp(fault_back, 1);

	if (sig)
		printf("%s: SIG%s %s at the %s\n", what, sigabbrev_np(sig),
		       fault_code(&fault_info),
		       fault_info.si_addr == (void *)p ? "address" : "wrong one");
	else if (store)
		*p = '!', printf("%s: stored\n", what);
	else
		printf("%s: %#x\n", what, (unsigned char)*p);
}

#endif
