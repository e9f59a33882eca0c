/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a successful exec, whoever made it: the address space is new, the
 * kernel has closed the CLOEXEC placeholders, and what the new program finds
 * as its own name is mended. Called at the exec event (intercept/).
 */
#include "program/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "direct.h"
#include "mmap/maps.h"
#include "program/exechold.h"
#include "program/fetch.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

void execution_done(struct execution *e)
{
	running_unref(e->copy);
	if (e->link)
		unlink(e->link);
	free(e->link);
	free(e->given);
	*e = (struct execution){ 0 };
}

static bool fd_is_open(const struct tracee *t, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The kernel has closed the CLOEXEC placeholders; close what they stood for. */
static void close_cloexec(struct tracee *t)
{
	split_own_fds(t);
	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1))
		if (!fd_is_open(t, fd))
			split_drop_fd(t, fd);
	if (t->holding)
		direct_settle(t);
	exechold_end(t);
}

/* What the new program finds as its own path: AT_EXECFN's string, getauxval(3). */
static void mend_execfn(struct tracee *t, const char *given)
{
	char path[64], there[RSX_MAX_PATH];
	uint64_t pair[2], at = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/auxv", t->tid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (!at && fread(pair, sizeof(pair), 1, f) == 1)
		if (pair[0] == AT_EXECFN)
			at = pair[1];
	fclose(f);
	if (at && !tracee_read(t, at, there, strlen(given) + 1) &&
	    !memchr(there, 0, strlen(given)))
		tracee_poke(t, at, given, strlen(given) + 1);
}

/* A link to an interpreter has done its service; a copy stays while it runs. */
static void take_execution(struct tracee *t, struct mm *mm)
{
	struct execution *e = &t->execution;

	if (e->given)
		mend_execfn(t, e->given);
	mm->running = rsx_steal_ptr(e->copy);
	execution_done(e);
}

/* The twin is shown with the program's command line. */
static void tell_title(struct tracee *t)
{
	struct rsx_arena *arena = &t->tracer->session.arena;
	char path[64], text[RSX_MAX_TITLE];
	Rsx__Title m = RSX__TITLE__INIT;
	struct rsx_msg_out out;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", t->tid);
	f = t->lane ? fopen(path, "re") : NULL;
	if (!f)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	while (n && !text[n - 1])
		n--;
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
			text[i] = text[i] ? '?' : ' ';
	m.text = text;
	/* at once: nobody sends the rest; if it cannot be sent, the next call says so */
	if (!rsx_msg_pack(&out, RSX_MSG_TITLE, t->lane->id, 0, &m.base, arena))
		lane_send_now(t->lane, &out);
	rsx_arena_reset(arena);
}

void exec_done(struct tracee *t)
{
	struct mm *mm = mm_new();

	t->tracer->started = true;
	t->vforked = false;
	if (t->tracer->trace.on && !t->op) /* an op says so itself */
		trace_call(t, 0, false);
	call_exec_done(t);
	maps_exit(t);
	if (!mm) {
		rsx_error("out of memory");
		kill(t->tid, SIGKILL);
		return;
	}
	if (t->mm && t->slot >= 0)
		t->mm->slots &= ~(1ULL << t->slot);
	t->slot = -1;
	mm_unref(t->mm);
	t->mm = mm;
	credentials_become(t, &t->execution.becoming);
	take_execution(t, mm);
	close_cloexec(t);
	tell_title(t);
}
