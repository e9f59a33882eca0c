/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split calls that need little: sandboxes, unshare.
 */
#include "split.h"

#include <errno.h>
#include <sched.h>

#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/* A filter would kill calls that are made on the program's behalf. */
int64_t split_seccomp(struct tracee *t)
{
	if (!t->tracer->told_seccomp)
		rsx_note("the program asked for a seccomp filter: accepted, not installed");
	t->tracer->told_seccomp = true;
	return 0;
}

/*
 * unshare(2) of what rsx keeps per thread too. The lane's thread unshares its
 * own table or working directory over there: the kernel's rules, not ours.
 * Namespaces are refused: which side's would they be?
 */
int64_t split_unshare(struct tracee *t)
{
	uint64_t flags = t->call.args[0];
	int64_t ret;

	if (flags & ~(uint64_t)(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))
		return -EPERM;
	ret = op_remote(t, ROW(unshare), OP_ARGS(flags & (CLONE_FS | CLONE_FILES)));
	if (!ret)
		ret = op_native_original(t);
	if (!ret && (flags & CLONE_FS) && t->fs->refs > 1) {
		struct fs *own = fs_copy(t->fs);

		if (own) {
			fs_unref(t->fs);
			t->fs = own;
		}
	}
	if (!ret && (flags & CLONE_FILES))
		fdtable_unshare(&t->fds);
	return ret;
}
