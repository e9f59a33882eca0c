/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The working directory is a side and a path. On the server it is the twin's;
 * here it is the tracee's own, which stays where it was while the program
 * believes to be there.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "dispatch.h"
#include "paths/root.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

int64_t split_learn_cwd(struct tracee *t)
{
	struct fs *fs = t->fs;
	char path[RSX_MAX_PATH];
	int64_t n = op_remote(t, ROW(getcwd), OP_ARGS((uintptr_t)path, sizeof(path)));

	fs->side = SIDE_REMOTE;
	if (n > 0)
		path[n - 1] = '\0'; /* where it ends in any case */
	if (n > 0 && path[0] == '/')
		root_full(fs, path, fs->path);
	return n < 0 ? n : 0;
}

/* The twin changes its directory; where it is then, only it knows. */
static int64_t chdir_there(struct tracee *t)
{
	int64_t ret = op_forward(t);

	if (ret == 0)
		split_learn_cwd(t);
	return ret;
}

static int64_t chdir_here(struct tracee *t)
{
	struct call *c = &t->call;
	const char *path = c->use_path[0] ? c->use_path[0] : c->frame.preset[0];
	uint64_t at;
	int64_t ret;

	if (!path)
		return -EFAULT;
	ret = scratch_map(t);
	if (ret)
		return ret;
	at = scratch_put(t, 0, path, strlen(path) + 1);
	if (!at)
		return -ENOMEM;
	ret = op_native(t, arch_nr.chdir, OP_ARGS(at));
	if (ret == 0)
		tracee_note_cwd(t, SIDE_LOCAL);
	return ret;
}

int64_t split_chdir(struct tracee *t)
{
	int64_t ret = 0;

	switch (dispatch_as(t, RSX_WHERE_BYPATH, &ret)) {
	case VERDICT_THERE:
		return chdir_there(t);
	case VERDICT_HERE:
		return chdir_here(t);
	default:
		return ret;
	}
}

int64_t split_fchdir(struct tracee *t)
{
	int64_t ret = 0;

	switch (dispatch_as(t, RSX_WHERE_BYFD, &ret)) {
	case VERDICT_THERE:
		return chdir_there(t);
	case VERDICT_HERE:
		ret = op_native_original(t);
		if (ret == 0)
			tracee_note_cwd(t, SIDE_LOCAL);
		return ret;
	default:
		return ret;
	}
}

int64_t split_getcwd(struct tracee *t)
{
	int64_t ret = 0;

	if (dispatch_as(t, RSX_WHERE_REMOTE, &ret) != VERDICT_THERE)
		return ret;
	return op_forward(t);
}
