/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See explain.h. Everything is read from the row; no call is known here. */
#include "cli/explain.h"

#include <stdio.h>

#include "cli/choice.h"
#include "cli/set.h"
#include "paths/policy.h"
#include "rsx/buf.h"
#include "rsx/print.h"
#include "rsx/syscall.h"
#include "tracer.h"

#define EXPLAIN_MAX (2 * RSX_MAX_PATH)

static void where(struct rsx_buf *b, const struct rsx_syscall *row)
{
	static const char *const text[] = {
		[RSX_WHERE_LOCAL] = "local: it always runs here",
		[RSX_WHERE_REMOTE] = "remote: it always runs on the server",
		[RSX_WHERE_BYFD] = "by descriptor: it runs where its first descriptor is",
		[RSX_WHERE_BYPATH] = "by path: it runs where its paths lead, and fails with EXDEV "
				     "if they lead to both sides",
		[RSX_WHERE_SPLIT] = "both sides: rsx-trace decides for each call what is done where",
		[RSX_WHERE_NONE] = "unknown",
	};
	const char *name = rsx_errno_name(row->err);

	if (row->where == RSX_WHERE_DENY)
		rsx_buf_addf(b, "denied: it fails with %s", name ? name : "an error");
	else if (row->nvariants && !row->sel_high)
		rsx_buf_addf(b, "by descriptor: on a remote one it goes if its argument \"%s\" is one "
			     "of %u known values, else it fails with %s",
			     row->arg[row->sel].name, row->nvariants, name ? name : "an error");
	else
		rsx_buf_adds(b, text[row->where]);
}

static void classes(struct rsx_buf *b, unsigned bits)
{
	const char *name, *comma = "";

	if (!bits)
		return;
	rsx_buf_adds(b, " (");
	for (size_t i = 0; (name = callset_class_name(i)); i++) {
		unsigned is = callset_class(name);

		/* one name for each bit: some classes have two, or take in others */
		if ((is & bits) != is || is & (is - 1))
			continue;
		rsx_buf_addf(b, "%s%%%s", comma, name);
		comma = ",";
		bits &= ~is;
	}
	rsx_buf_addc(b, ')');
}

void explain_call(struct rsx_buf *b, const struct rsx_syscall *row, const struct choice *choice)
{
	const struct rsx_syscall *runs = row->lower ? rsx_syscall_by_name(row->lower->to) : row;
	int err = choice->any ? choice_denies(choice, row) : 0;

	rsx_buf_addf(b, "%s: ", row->name);
	if (runs != row)
		rsx_buf_addf(b, "made as %s, which is ", runs->name);
	where(b, runs);
	classes(b, row->classes ? row->classes : runs->classes);
	if (row->note || runs->note)
		rsx_buf_addf(b, "; %s", row->note ? row->note : runs->note);
	if (err)
		rsx_buf_addf(b, "; -e denies it: %s", rsx_errno_name(-err));
	else if (choice->any && choice_stays(choice, row))
		rsx_buf_adds(b, "; -e keeps it here, unless its descriptor is over there");
}

void explain(const struct tracer *tr, const char *what)
{
	const struct rsx_syscall *row = rsx_syscall_by_name(what);
	char line[EXPLAIN_MAX];
	struct rsx_buf b;

	if (!row) {
		policy_explain(&tr->policy, what, line, sizeof(line));
		puts(line);
		return;
	}
	rsx_buf_init(&b, EXPLAIN_MAX);
	explain_call(&b, row, &tr->opt.choice);
	puts(b.data);
	rsx_buf_done(&b);
}
