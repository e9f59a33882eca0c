/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chroot(2), for who asked for it. The root moves on the server alone: the
 * tracee's own never does, and what is local is named from there. A name in the
 * new root is decided under its full name, so a rule over a path holds whatever
 * root the path is seen from, and code in the new root is the server's.
 */
#include "paths/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dispatch.h"
#include "paths/path.h"
#include "paths/policy.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

/*
 * Trees that the kernel fills, and a name that only a real one has. In a root
 * that has it, names in the tree mean what they mean here.
 */
static const struct {
	const char *tree, *witness;
} trees[] = {
	{ "/proc", "/proc/self/stat" },
	{ "/dev", "/dev/tty" },
	{ "/sys", "/sys/devices/system/cpu" },
};

static const char *below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

int root_full(const struct fs *fs, const char *inner, char full[RSX_MAX_PATH])
{
	size_t n = strlen(fs->root), len = strlen(inner);

	if (n + len >= RSX_MAX_PATH)
		return -ENAMETOOLONG;
	memcpy(full, fs->root, n);
	memcpy(full + n, inner, len + 1);
	if (n && len == 1) /* the root itself */
		full[n] = '\0';
	return 0;
}

int root_full_name(const struct fs *fs, const char *path, bool outside, char inner[RSX_MAX_PATH],
		   char full[RSX_MAX_PATH])
{
	int err = path_normal(inner, path);

	if (!err && outside)
		strcpy(full, inner);
	else if (!err)
		err = root_full(fs, inner, full);
	return err;
}

const struct rule *root_rule(const struct fs *fs, const struct policy *p, char full[RSX_MAX_PATH],
			     const char *inner)
{
	const struct rule *rule = policy_rule(p, full), *same;

	if (!fs->root[0] || rule->kind == RULE_DENY || !root_has_tree(fs, inner))
		return rule;
	same = policy_rule(p, inner);
	if (same->kind != RULE_LOCAL)
		return rule;
	strcpy(full, inner);
	return same;
}

const char *root_inner(const struct fs *fs, const char *full)
{
	const char *inner = below(full, fs->root);

	return inner && !*inner ? "/" : inner;
}

bool root_has_tree(const struct fs *fs, const char *inner)
{
	if (!fs->root[0])
		return true;
	for (unsigned i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		if (below(inner, trees[i].tree))
			return fs->trees >> i & 1;
	return false;
}

/* The directory as the server resolves it; else as the program named it. */
static void real_name(struct tracee *t, char to[RSX_MAX_PATH])
{
	const struct call *c = &t->call;
	const char *path = c->use_path[0] ? c->use_path[0] : c->frame.preset[0];
	char named[RSX_MAX_PATH], link[64], inner[RSX_MAX_PATH];
	int64_t fd, n;

	snprintf(named, sizeof(named), "%s", path);
	snprintf(to, RSX_MAX_PATH, "%s", c->path_name);
	fd = op_remote(t, ROW(openat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)named,
					       O_PATH | O_CLOEXEC));
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), PATH_TWIN_FD, (int)fd);
	n = op_remote(t, ROW(readlinkat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)link,
						  (uintptr_t)inner, sizeof(inner) - 1));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)fd));
	inner[n > 0 ? n : 0] = '\0';
	if (inner[0] == '/')
		root_full(t->fs, inner, to);
}

static void look_around(struct tracee *t)
{
	struct fs *fs = t->fs;

	fs->trees = 0;
	for (unsigned i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		if (!op_remote(t, ROW(faccessat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD,
							  (uintptr_t)trees[i].witness, F_OK)))
			fs->trees |= 1u << i;
}

int64_t split_chroot(struct tracee *t)
{
	char root[RSX_MAX_PATH];
	int64_t ret = 0;

	switch (dispatch_as(t, RSX_WHERE_BYPATH, &ret)) {
	case VERDICT_THERE:
		break;
	case VERDICT_HERE:
		rsx_note("chroot fails with EPERM: %s is this machine's, and the program's root "
			 "is the server's", t->call.path_name);
		return -EPERM;
	default:
		return ret;
	}
	real_name(t, root);
	/* that has taken the frame's place */
	dispatch_as(t, RSX_WHERE_BYPATH, &ret);
	ret = ret ? ret : op_forward(t);
	if (ret)
		return ret;
	snprintf(t->fs->root, sizeof(t->fs->root), "%s", strcmp(root, "/") ? root : "");
	look_around(t);
	return 0;
}
