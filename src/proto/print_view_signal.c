/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of signals and of how children end. See print_view.h. */
#include "print_view.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "print_value.h"
#include "rsx/cleanup.h"

static const struct bit {
	uint64_t bit;
	const char *name;
} sa_flags[] = {
	{ 0x04000000, "SA_RESTORER" }, { 0x08000000, "SA_ONSTACK" }, { 0x10000000, "SA_RESTART" },
	{ 0x40000000, "SA_NODEFER" }, { 0x80000000, "SA_RESETHAND" }, { 4, "SA_SIGINFO" },
	{ 1, "SA_NOCLDSTOP" }, { 2, "SA_NOCLDWAIT" },
};

/* "[INT TERM]", or "~[KILL]" if most are in it. */
static void sigset_text(struct rsx_buf *b, uint64_t set)
{
	bool most = __builtin_popcountll(set) > 42, first = true;
	char name[32];

	if (most)
		rsx_buf_addc(b, '~');
	rsx_buf_addc(b, '[');
	for (int sig = 1; sig <= 64; sig++) {
		if ((set >> (sig - 1) & 1) == most)
			continue;
		rsx_signal_name(name, sizeof(name), sig);
		rsx_buf_addf(b, "%s%s", first ? "" : " ", name + 3);
		first = false;
	}
	rsx_buf_addc(b, ']');
}

bool view_sigset(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	uint64_t set;

	if (!view_read(c, c->native[i], &set, sizeof(set)))
		return false;
	sigset_text(b, set);
	return true;
}

static void bits_text(struct rsx_buf *b, const struct bit *bit, size_t n, uint64_t v)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		if (!(v & bit[i].bit))
			continue;
		rsx_buf_addf(b, "%s%s", first ? "" : "|", bit[i].name);
		v &= ~bit[i].bit;
		first = false;
	}
	if (v || first)
		rsx_buf_addf(b, v ? "%s%#llx" : "%s0", first ? "" : "|", (unsigned long long)v);
}

/* The kernel's struct: the handler first, the mask last. */
bool view_sigaction(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	struct {
		uint64_t handler, flags, restorer, mask;
	} sa;

	if (!view_read(c, c->native[i], &sa, sizeof(sa)))
		return false;
	rsx_buf_adds(b, "{sa_handler=");
	if (sa.handler <= 1)
		rsx_buf_adds(b, sa.handler ? "SIG_IGN" : "SIG_DFL");
	else
		print_addr(b, sa.handler);
	rsx_buf_adds(b, ", sa_mask=");
	sigset_text(b, sa.mask);
	rsx_buf_adds(b, ", sa_flags=");
	bits_text(b, sa_flags, RSX_ARRAY_SIZE(sa_flags), (uint32_t)sa.flags);
	if (sa.flags & 0x04000000)
		rsx_buf_addf(b, ", sa_restorer=%#llx", (unsigned long long)sa.restorer);
	rsx_buf_addc(b, '}');
	return true;
}

bool view_siginfo(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	siginfo_t si;

	if (!view_read(c, c->native[i], &si, sizeof(si)))
		return false;
	if (si.si_signo)
		rsx_print_siginfo(b, &si);
	else
		rsx_buf_adds(b, "{}");
	return true;
}

bool view_stack(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	static const struct bit flags[] = { { SS_ONSTACK, "SS_ONSTACK" }, { SS_DISABLE, "SS_DISABLE" } };
	stack_t st;

	if (!view_read(c, c->native[i], &st, sizeof(st)))
		return false;
	rsx_buf_adds(b, "{ss_sp=");
	print_addr(b, (uint64_t)(uintptr_t)st.ss_sp);
	rsx_buf_adds(b, ", ss_flags=");
	bits_text(b, flags, RSX_ARRAY_SIZE(flags), (uint32_t)st.ss_flags);
	rsx_buf_addf(b, ", ss_size=%zu}", st.ss_size);
	return true;
}

/* Only if a child was found: else nothing was written. */
bool view_wstatus(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	char name[32];
	int s;

	if (c->f->ret <= 0 || !view_read(c, c->native[i], &s, sizeof(s)))
		return false;
	if (WIFEXITED(s)) {
		rsx_buf_addf(b, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", WEXITSTATUS(s));
	} else if (WIFSIGNALED(s)) {
		rsx_signal_name(name, sizeof(name), WTERMSIG(s));
		rsx_buf_addf(b, "[{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}]", name,
			     WCOREDUMP(s) ? " && WCOREDUMP(s)" : "");
	} else if (WIFSTOPPED(s)) {
		rsx_signal_name(name, sizeof(name), WSTOPSIG(s));
		rsx_buf_addf(b, "[{WIFSTOPPED(s) && WSTOPSIG(s) == %s}]", name);
	} else {
		rsx_buf_adds(b, "[{WIFCONTINUED(s)}]");
	}
	return true;
}
