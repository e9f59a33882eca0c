/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See detour.h. Noted by reply.c, taken by call.c and split_exec.c, looked up by path.c. */
#include "paths/detour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "paths/policy.h"
#include "tracee.h"
#include "tracer.h"

/* One detour a call: what is asked for in its place is as good as the program's own. */
void detour_note(struct tracee *t)
{
	struct call *c = &t->call;
	const struct rsx_frame *f = &c->frame;
	char name[RSX_MAX_PATH];

	for (unsigned i = 0; i < f->nlinks && !c->detour.to; i++) {
		struct rsx_blob *b = rsx_frame_blob(&c->frame, f->link[i].arg);

		if (f->row->arg[f->link[i].arg].kind != RSX_KIND_PATH || !b || !b->in_len ||
		    path_normal(name, f->link[i].text) ||
		    policy_rule(&t->tracer->policy, name)->kind == RULE_REMOTE)
			continue;
		c->detour.from = strdup((const char *)b->in);
		c->detour.to = strdup(name);
		if (!c->detour.from || !c->detour.to)
			detour_drop(&c->detour);
	}
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
