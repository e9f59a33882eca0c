/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that need both sides. Each family has a file of its own, and all of a
 * call's logic is in its handler.
 */
#ifndef RSX_TRACER_SPLIT_H
#define RSX_TRACER_SPLIT_H

#include <stdbool.h>

#include "op.h"

struct lane;

/* The handler of a SPLIT row. */
op_fn *split_handler(const struct rsx_syscall *row);

/* Does it want to start this very call at the entry stop, not skipped yet? */
bool split_at_entry(const struct tracee *t);

/* Has the handler anything to do with this very call? */
bool split_concerns(const struct tracee *t);

/* Map the scratch page, then meet the call again. */
int64_t split_map_scratch(struct tracee *t);

/* c->frame makes a descriptor over there: forward it, make a placeholder here. */
int64_t split_new_descriptor(struct tracee *t);

/* The row of a call, looked up once. */
#define ROW(name)                                                    \
	({                                                           \
		static const struct rsx_syscall *row_;               \
		if (!row_)                                           \
			row_ = rsx_syscall_by_name(#name);           \
		row_;                                                \
	})

/* split_fd.c */
int64_t split_close(struct tracee *t);
int64_t split_unread(struct tracee *t);
int64_t split_dup(struct tracee *t);
int64_t split_dup3(struct tracee *t);
int64_t split_close_range(struct tracee *t);
/* Close the twin's descriptor behind a number that is gone here. */
void split_drop_fd(struct tracee *t, int fd);
/* If t shares its descriptors, it no longer does, on either side. */
void split_own_fds(struct tracee *t);

/* split_sendfile.c */
int64_t split_sendfile(struct tracee *t);

/* split_socket.c */
int64_t split_socket(struct tracee *t);
/* Did a signal end a wait of a socket? Then split_interrupted() sees about SA_RESTART. */
bool split_may_have_limit(const struct tracee *t, int64_t ret);
int64_t split_interrupted(struct tracee *t);

/* split_kill.c */
int64_t split_kill(struct tracee *t);
bool split_kill_concerns(const struct tracee *t);

/* split_poll.c */
int64_t split_poll(struct tracee *t);

/* split_epoll.c */
int64_t split_epoll(struct tracee *t);
bool split_epoll_concerns(const struct tracee *t);
bool split_epoll_at_entry(const struct tracee *t);
int64_t split_epoll_companion(struct tracee *t, int epfd, bool make);

/* split_epwait.c: epoll_pwait(2), epoll_pwait2(2) */
int64_t split_epwait(struct tracee *t);
/* Would this wait end without a look at anything but the local members? */
bool split_epwait_is_local(const struct tracee *t);

/* A signal mask argument, as the kernel checks it first: 0, -EINVAL or -EFAULT. */
int split_check_mask(struct tracee *t, uint64_t mask, uint64_t size);

/* split_cwd.c */
int64_t split_chdir(struct tracee *t);
int64_t split_fchdir(struct tracee *t);
int64_t split_getcwd(struct tracee *t);
int64_t split_chroot(struct tracee *t);
/* Ask the twin where it is and remember it. */
int64_t split_learn_cwd(struct tracee *t);

/* split_clone.c, split_exec.c, split_mmap.c, split_misc.c */
int64_t split_clone(struct tracee *t);
int64_t split_begin_unshared(struct tracee *t);

/*
 * In an op: ask t's twin for a thread or a process, as the clone(2) flags say,
 * that serves the new lane. Its pid there, 0 for a thread, or -errno.
 */
int64_t split_ask_twin(struct tracee *t, struct lane *lane, uint64_t flags);
int64_t split_exec(struct tracee *t);
int64_t split_mmap(struct tracee *t);
int64_t split_munmap(struct tracee *t);
int64_t split_msync(struct tracee *t);
bool split_mmap_concerns(const struct tracee *t);
bool split_munmap_concerns(const struct tracee *t);
bool split_msync_concerns(const struct tracee *t);
int64_t split_seccomp(struct tracee *t);
int64_t split_unshare(struct tracee *t);

#endif
