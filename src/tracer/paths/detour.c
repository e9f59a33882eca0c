/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See detour.h. Noted by reply.c, taken by call.c and split_exec.c, looked up by path.c. */
#include "paths/detour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "paths/policy.h"
#include "tracee.h"
#include "tracer.h"

/* Is something by this name here, where the rule says that it would be? */
static bool is_here(const struct rule *rule, const char *name)
{
	char path[2 * RSX_MAX_PATH];
	struct stat st;

	if (rule->kind == RULE_DENY)
		return true;
	if (rule->kind == RULE_MAP)
		snprintf(path, sizeof(path), "%s%s", rule->to, name + rule->len);
	return !lstat(rule->kind == RULE_MAP ? path : name, &st);
}

/* One detour a call: what is asked for in its place is as good as the program's own. */
static void note(struct tracee *t, bool if_here)
{
	struct call *c = &t->call;
	const struct rsx_frame *f = &c->frame;
	char name[RSX_MAX_PATH];

	for (unsigned i = 0; i < f->nlinks && !c->detour.to; i++) {
		struct rsx_blob *b = rsx_frame_blob(&c->frame, f->link[i].arg);
		const struct rule *rule;

		if (f->row->arg[f->link[i].arg].kind != RSX_KIND_PATH || !b || !b->in_len ||
		    path_normal(name, f->link[i].text))
			continue;
		rule = policy_rule(&t->tracer->policy, name);
		if (rule->kind == RULE_REMOTE || (if_here && !is_here(rule, name)))
			continue;
		c->detour.from = strdup((const char *)b->in);
		c->detour.to = strdup(name);
		if (!c->detour.from || !c->detour.to)
			detour_drop(&c->detour);
	}
}

void detour_note(struct tracee *t)
{
	note(t, false);
}

bool detour_asked(struct tracee *t)
{
	note(t, true);
	return t->call.detour.to != NULL;
}

const char *detour_of(const struct tracee *t, const char *path)
{
	const struct detour *d = &t->call.detour;

	return d->to && path && !strcmp(path, d->from) ? d->to : NULL;
}

void detour_drop(struct detour *d)
{
	free(d->from);
	free(d->to);
	*d = (struct detour){ 0 };
}
