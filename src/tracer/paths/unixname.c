/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See unixname.h. unix(7). */
#include "paths/unixname.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "paths/path.h"
#include "paths/policy.h"
#include "split/split.h"
#include "tracer.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)

static int put_path(struct unixname *n, const char *path)
{
	size_t len = strlen(path);

	if (len > sizeof(n->sun.sun_path))
		return -ENAMETOOLONG;
	memset(n->sun.sun_path, 0, sizeof(n->sun.sun_path));
	memcpy(n->sun.sun_path, path, len);
	n->len = (socklen_t)(HEAD + len + (len < sizeof(n->sun.sun_path)));
	n->changed = true;
	return 0;
}

static int decide_abstract(struct tracee *t, struct unixname *n)
{
	const struct rule *r;

	n->text[0] = '@';
	r = policy_rule(&t->tracer->policy, n->text);
	n->side = r->kind == RULE_LOCAL || t->call.stays ? SIDE_LOCAL : SIDE_REMOTE;
	return r->kind == RULE_DENY ? -EACCES : 0;
}

static int decide_path(struct tracee *t, struct unixname *n)
{
	const struct path_question q = {
		.path = n->text, .dirfd = AT_FDCWD, .nofollow = t->call.row == ROW(bind),
	};
	char through[RSX_MAX_PATH];
	struct path_decision d;

	path_decide(t, &q, &d);
	if (d.err)
		return d.err;
	n->side = d.side;
	if (!d.use)
		return 0;
	if (d.side == SIDE_REMOTE && d.dirfd != AT_FDCWD && d.use[0] != '/') {
		/* relative to a directory of the twin's: it can be named there */
		snprintf(through, sizeof(through), PATH_TWIN_FD "/%s", d.dirfd, d.use);
		if (strlen(through) > sizeof(n->sun.sun_path)) /* room is short */
			snprintf(through, sizeof(through), "/proc/self/fd/%d/%s", d.dirfd, d.use);
		return put_path(n, through);
	}
	return put_path(n, d.use);
}

int unixname_read(struct tracee *t, uint64_t at, uint32_t len, struct unixname *n)
{
	memset(n, 0, sizeof(*n));
	if (!at || len < sizeof(sa_family_t) || len > sizeof(n->sun) ||
	    tracee_read(t, at, &n->sun, len) || n->sun.sun_family != AF_UNIX)
		return 0; /* the kernel says what is wrong with it */
	if (len <= HEAD && t->call.row != ROW(bind))
		return 0;
	n->len = len;
	n->given = true;
	if (len > HEAD)
		memcpy(n->text, n->sun.sun_path, len - HEAD);
	/* to bind to no name at all asks for an abstract one */
	return n->text[0] ? decide_path(t, n) : decide_abstract(t, n);
}
