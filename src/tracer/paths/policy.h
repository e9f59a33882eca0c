/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules over paths: code is local, the world is remote. The longest rule that
 * covers a path decides; a rule of the user's beats a default of the same
 * length.
 */
#ifndef RSX_TRACER_POLICY_H
#define RSX_TRACER_POLICY_H

#include <stdbool.h>
#include <stddef.h>

enum rule_kind {
	RULE_REMOTE,
	RULE_LOCAL,
	RULE_DENY, /* EACCES */
	RULE_MAP,  /* the program's PATH is `to`, here */
};

struct rule {
	enum rule_kind kind;
	char *path; /* absolute, no trailing slash (but "/") */
	size_t len;
	char *to;	 /* MAP */
	bool user;
	bool libraries; /* covers only names of shared libraries */
	const char *why; /* for --explain */
};

struct policy {
	struct rule *rules;
	size_t n;
};

/*
 * The defaults; `all`: programs and libraries are the server's, too. 0 or
 * -ENOMEM.
 */
int policy_init(struct policy *p, bool all);
void policy_done(struct policy *p);

/* Add a rule of the user's; paths are made absolute and normal. 0, -ENOMEM, -EINVAL. */
int policy_add(struct policy *p, enum rule_kind kind, const char *path, const char *to);

/* The started program is local, and what lies beside it. */
int policy_add_program(struct policy *p, const char *path);

/* The rule for an absolute, normal path. Never NULL. */
const struct rule *policy_rule(const struct policy *p, const char *path);

/* Is it the name of a shared library: *.so, *.so.N? */
bool path_is_library(const char *path);

/*
 * Make an absolute path normal in text: no empty, "." and ".." components.
 * `to` holds RSX_MAX_PATH bytes. 0 or -ENAMETOOLONG.
 */
int path_normal(char *to, const char *path);

/* One line for --explain. */
void policy_explain(const struct policy *p, const char *path, char *to, size_t room);

#endif
