/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --flame: the time spent in remote calls by the stacks that made them, as a
 * flame graph: an SVG with a small script, for a browser.
 */
#ifndef RSX_REPORT_FLAME_H
#define RSX_REPORT_FLAME_H

#include <stdint.h>

struct flame;
struct report_call;

/* NULL after one line on stderr: the file cannot be written. */
struct flame *flame_new(const char *file);
void flame_free(struct flame *f);
void flame_add(struct flame *f, const struct report_call *c);
void flame_write(struct flame *f);

/*
 * The graph is a tree of names; a node's time is that of all stacks through
 * it. flame.c gathers it, flame_svg.c draws it.
 */
struct flame_node {
	char *name;
	uint64_t ns, calls;
	struct flame_node *child, *next; /* `next`: the parent's next child */
};

struct rsx_buf;
void flame_svg(struct rsx_buf *b, const struct flame_node *root);

#endif
