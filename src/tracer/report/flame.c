/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers the tree of a flame graph; see flame.h. */
#include "flame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tracee.h"
#include "out.h"
#include "report/trace.h"
#include "rsx/log.h"
#include "stack.h"

#define FLAME_NODES 200000 /* distinct stacks beyond that are counted where they part */

struct flame {
	struct flame_node root;
	unsigned nodes;
	struct out out;
};

struct flame *flame_new(const char *file)
{
	struct flame *f = calloc(1, sizeof(*f));
	int err = f ? out_open(&f->out, file, false, "") : -ENOMEM;

	if (err) {
		rsx_error("--flame %s: %s", file, strerror(-err));
		free(f);
		return NULL;
	}
	f->root.name = strdup("all remote calls");
	return f;
}

static void free_children(struct flame_node *n)
{
	struct flame_node *c = n->child, *next;

	for (; c; c = next) {
		next = c->next;
		free_children(c);
		free(c->name);
		free(c);
	}
}

void flame_free(struct flame *f)
{
	if (!f)
		return;
	free_children(&f->root);
	free(f->root.name);
	free(f);
}

/* The child of that name; a new one stands first. The parent, if there is no room. */
static struct flame_node *down(struct flame *f, struct flame_node *n, const char *name)
{
	struct flame_node *c, **link = &n->child;

	for (; (c = *link); link = &c->next) {
		if (strcmp(c->name, name) != 0)
			continue;
		*link = c->next; /* what was asked for last will be asked for next */
		c->next = n->child;
		n->child = c;
		return c;
	}
	c = f->nodes < FLAME_NODES ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return n;
	c->name = strdup(name);
	if (!c->name) {
		free(c);
		return n;
	}
	f->nodes++;
	c->next = n->child;
	n->child = c;
	return c;
}

static struct flame_node *count(struct flame_node *n, uint64_t ns)
{
	n->ns += ns;
	n->calls++;
	return n;
}

static void program_name(const struct tracee *t, char to[64])
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", t->tid);
	f = fopen(path, "re");
	if (!f || !fgets(to, 64, f))
		snprintf(to, 64, "?");
	to[strcspn(to, "\n")] = '\0';
	if (f)
		fclose(f);
}

static const char *frame_name(const struct stack_frame *fr, char text[256])
{
	const char *slash = fr->file ? strrchr(fr->file, '/') : NULL;

	if (fr->symbol)
		return fr->symbol;
	if (fr->file)
		snprintf(text, 256, "%s+%#llx", slash ? slash + 1 : fr->file,
			 (unsigned long long)fr->address);
	else
		snprintf(text, 256, "%#llx", (unsigned long long)fr->pc);
	return text;
}

void flame_add(struct flame *f, const struct report_call *c)
{
	uint64_t ns = (uint64_t)(c->end_ns - c->w->began_ns);
	struct flame_node *n = &f->root, *at;
	const struct stack *s = c->w->stack;
	char text[256];

	if (c->ran != RAN_THERE && c->ran != RAN_BOTH && c->ran != RAN_WOULD_GO)
		return;
	count(n, ns);
	program_name(c->t, text);
	at = down(f, n, text);
	for (unsigned i = s ? s->n : 0; at != n; i--) {
		n = count(at, ns);
		if (!i)
			break;
		at = down(f, n, frame_name(&s->frame[i - 1], text));
	}
	at = down(f, n, c->f->row->name);
	if (at != n)
		count(at, ns);
}

void flame_write(struct flame *f)
{
	flame_svg(&f->out.buf, &f->root);
	if (f->out.buf.failed)
		rsx_error("the flame graph is too large: it is cut");
	out_close(&f->out);
}
