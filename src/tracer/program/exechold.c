/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See exechold.h. */
#include "program/exechold.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "intercept/intercept.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

/* With a table that others share nothing is closed for good. */
static bool closes_something(const struct tracee *t)
{
	if (t->fds->refs > 1)
		return false;
	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1))
		if (split_close_matters(t, fdtable_any(t->fds, fd)) &&
		    tracee_fd_has(t, fd, O_CLOEXEC))
			return true;
	return false;
}

bool exechold_begin(struct tracee *t)
{
	if (!t->holding && closes_something(t)) {
		t->holding = true;
		t->tracer->exechold.n_tasks++;
	}
	return t->holding;
}

void exechold_end(struct tracee *t)
{
	if (!t->holding)
		return;
	t->holding = false;
	t->tracer->exechold.n_tasks--;
}

bool exechold_keeps(const struct tracee *t)
{
	struct exechold *h = &t->tracer->exechold;
	pid_t *kept;

	if (!h->n_tasks || t->holding)
		return false;
	if (h->n_kept == h->room) {
		kept = realloc(h->kept, (h->room + 16) * sizeof(*kept));
		if (!kept)
			return false;
		h->kept = kept;
		h->room += 16;
	}
	h->kept[h->n_kept++] = t->tid;
	return true;
}

void exechold_forget(struct tracer *tr, pid_t tid)
{
	struct exechold *h = &tr->exechold;

	for (unsigned i = 0; i < h->n_kept; i++) {
		if (h->kept[i] != tid)
			continue;
		memmove(h->kept + i, h->kept + i + 1, (--h->n_kept - i) * sizeof(tid));
		return;
	}
}

void exechold_release(struct tracer *tr, bool late)
{
	struct exechold *h = &tr->exechold;

	/* one that goes on may execute a program itself: then the rest wait again */
	for (unsigned n = h->n_kept; n && h->n_kept && (late || !h->n_tasks); n--) {
		pid_t tid = h->kept[0];

		memmove(h->kept, h->kept + 1, --h->n_kept * sizeof(tid));
		intercept_kept(tr, tid);
	}
}
