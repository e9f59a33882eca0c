/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that need both sides. Each family has a file of its own, and all of a
 * call's logic is in its handler.
 */
#ifndef RSX_TRACER_SPLIT_H
#define RSX_TRACER_SPLIT_H

#include <stdbool.h>

#include "op.h"
#include "rsx/control.h"

struct fdentry;
struct lane;

/* The handler of a SPLIT row. */
op_fn *split_handler(const struct rsx_syscall *row);

/* Does it want to start this very call at the entry stop, not skipped yet? */
bool split_at_entry(const struct tracee *t);

/* Has the handler anything to do with this very call? */
bool split_concerns(const struct tracee *t);
/* If not: where it runs, enum rsx_where. */
uint8_t split_otherwise(const struct rsx_syscall *row);

/* Map the scratch page, then meet the call again. */
int64_t split_map_scratch(struct tracee *t);

/* c->frame makes a descriptor over there: forward it, make a placeholder here. */
int64_t split_new_descriptor(struct tracee *t);

/* A descriptor that came to the twin: a placeholder for it, or -errno and it is closed. */
int64_t split_adopt(struct tracee *t, int twin, uint32_t mode, bool cloexec, const char *name);

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
/* A lock of what is mapped: the mapping holds it, too. */
int64_t split_lock(struct tracee *t);
bool split_lock_concerns(const struct tracee *t);
/* Close the twin's descriptor behind a number that is gone here. */
void split_drop_fd(struct tracee *t, int fd);
/* Must the close of what this entry stands for be waited for? */
bool split_close_matters(const struct tracee *t, const struct fdentry *e);
/* If t shares its descriptors, it no longer does, on either side. */
void split_own_fds(struct tracee *t);

/* split_sendfile.c */
int64_t split_sendfile(struct tracee *t);

/* split_vmsplice.c */
int64_t split_vmsplice(struct tracee *t);
/* What is sure to fit into the server's pipe; with `wait` until there is room. Or -errno. */
int64_t split_pipe_room(struct tracee *t, int twin, bool wait);

/* split_socket.c */
int64_t split_socket(struct tracee *t);
bool split_socket_concerns(const struct tracee *t);
bool split_socket_at_entry(const struct tracee *t);
/* The call in pieces; control data received is left for split_rights.c. */
int64_t split_socket_forward(struct tracee *t);
/* Let the program's call run here, wherever the op is by now; its result. */
int64_t split_native(struct tracee *t);
/* Did a signal end a wait of a socket? Then split_interrupted() sees about SA_RESTART. */
bool split_may_have_limit(const struct tracee *t, int64_t ret);
int64_t split_interrupted(struct tracee *t);

/* split_unix.c: bind, connect, sendto and sendmsg of unix sockets with a name */
int64_t split_unix(struct tracee *t, uint64_t name, uint32_t len);

/* split_rights.c: descriptors in messages */
struct posted {
	unsigned n;
	uint64_t id[RSX_SCM_MAX_FD];
	uint32_t message[RSX_SCM_MAX_FD]; /* of a vector */
};
/* Put the remote descriptors of `n` messages on their way: 0, -errno. */
int split_post(struct tracee *t, uint64_t msg, uint32_t n, struct posted *p);
/* The first `sent` messages have gone. */
void split_posted(struct tracee *t, const struct posted *p, int64_t sent);
int64_t split_send_here(struct tracee *t, uint64_t msg, uint32_t n);
int64_t split_receive_here(struct tracee *t, uint64_t msg, uint64_t flags, int64_t ret);
/* sendmsg over there: what stands in for local descriptors goes with it. */
int64_t split_send_there(struct tracee *t, int64_t (*send)(struct tracee *t));
/* After recvmsg over there: its control data. */
int64_t split_settle_control(struct tracee *t);

/* split_netdev.c */
int64_t split_netdev(struct tracee *t);

/* split_kcmp.c */
int64_t split_kcmp(struct tracee *t);
bool split_kcmp_concerns(const struct tracee *t);

/* split_procdir.c */
int64_t split_procdir(struct tracee *t);
bool split_procdir_concerns(const struct tracee *t);

/* split_procfile.c: an open that runs here, of /proc/PID/status or stat */
int64_t split_procfile(struct tracee *t);
bool split_procfile_concerns(const struct tracee *t);

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
/*
 * In an op: fd is about to be closed. A thread that waits in it goes on waiting, by
 * another number.
 */
void split_epwait_keep(struct tracee *t, int fd);
/* Is fd such a number, which the program does not know? */
bool split_epwait_is_kept(const struct tracee *t, int fd);
/* Would this wait end without a look at anything but the local members? */
bool split_epwait_is_local(const struct tracee *t);

/* A signal mask argument, as the kernel checks it first: 0, -EINVAL or -EFAULT. */
int split_check_mask(struct tracee *t, uint64_t mask, uint64_t size);
/* fd was a local member of epfd and has become remote. */
struct epoll_event;
void split_epoll_move(struct tracee *t, int epfd, int fd, struct epoll_event *event);

/* split_cwd.c */
int64_t split_chdir(struct tracee *t);
int64_t split_fchdir(struct tracee *t);
int64_t split_getcwd(struct tracee *t);
int64_t split_chroot(struct tracee *t); /* root.c */
/* Ask the twin where it is and remember it. */
int64_t split_learn_cwd(struct tracee *t);

/* A clone without a server: the new task gets its parts all the same. False: EPERM. */
bool split_prepare_dry(struct tracee *t);

/*
 * In an op: ask t's twin for a thread or a process, as the clone(2) flags say,
 * that serves the new lane. Its pid there, 0 for a thread, or -errno.
 */
int64_t split_ask_twin(struct tracee *t, struct lane *lane, uint64_t flags);

/* split_clone.c, split_exec.c, split_mmap.c, split_remap.c, split_madvise.c, split_misc.c */
int64_t split_clone(struct tracee *t);
int64_t split_exec(struct tracee *t);
int64_t split_mmap(struct tracee *t);
int64_t split_munmap(struct tracee *t);
int64_t split_msync(struct tracee *t);
bool split_mmap_concerns(const struct tracee *t);
bool split_munmap_concerns(const struct tracee *t);
bool split_msync_concerns(const struct tracee *t);
int64_t split_vmem(struct tracee *t);
bool split_vmem_concerns(const struct tracee *t);
int64_t split_seccomp(struct tracee *t);
int64_t split_prctl(struct tracee *t);
int64_t split_lease(struct tracee *t);
int64_t split_owner(struct tracee *t);
int64_t split_unshare(struct tracee *t);
int64_t split_rlimit(struct tracee *t);
bool split_rlimit_concerns(const struct tracee *t);
/* In an op, at the start: limits that the program inherits. */
void split_begin_limits(struct tracee *t);

#endif
