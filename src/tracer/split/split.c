/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of split handlers, and the placeholder that stands here for a
 * descriptor over there.
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <linux/prctl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "dispatch.h"
#include "mmap/coherent.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define PLACEHOLDER_BASE 0x40000000u /* counts no program is likely to have */

struct handler {
	op_fn *fn;
	bool at_entry; /* starts with the call not skipped yet */
	/* Is there anything to do? NULL: always. */
	bool (*concerns)(const struct tracee *t);
	/* Does this call start so, though others of its row do not? NULL: no. */
	bool (*at_entry_too)(const struct tracee *t);
	/* Where the call runs if there is nothing to do, enum rsx_where. 0: here. */
	uint8_t otherwise;
};

static bool fd_remote(const struct tracee *t, unsigned arg)
{
	return fdtable_get(t->fds, (int)t->call.args[arg]) != NULL;
}

static bool fd_tracked(const struct tracee *t, unsigned arg)
{
	return fdtable_any(t->fds, (int)t->call.args[arg]) != NULL;
}

static bool first_fd(const struct tracee *t)
{
	return fd_tracked(t, 0);
}

/* Not an epoll instance, which is this machine's but for its companion. */
static bool either_fd(const struct tracee *t)
{
	return fd_tracked(t, 0) || fd_tracked(t, 1);
}

static bool any_fd(const struct tracee *t)
{
	return fdtable_next(t->fds, 0) >= 0;
}

/* Not an epoll instance: what is asked of its file, the one here answers. */
static bool remote_fd(const struct tracee *t)
{
	for (unsigned i = 0; i < t->call.row->nargs; i++)
		if (t->call.row->arg[i].kind == RSX_KIND_FD && fd_remote(t, i))
			return true;
	return false;
}

static bool cwd_remote(const struct tracee *t)
{
	return t->fs->side == SIDE_REMOTE;
}

static bool prctl_concerns(const struct tracee *t)
{
	return t->call.args[0] == PR_SET_SECCOMP || credentials_option(t->call.args[0]);
}

static bool never(const struct tracee *t)
{
	(void)t;
	return false;
}

static const struct handler handlers[RSX_SPLIT_MAX] = {
	[RSX_SPLIT_close] = { split_close, true, first_fd },
	[RSX_SPLIT_dup] = { split_dup, true, first_fd },
	[RSX_SPLIT_dup3] = { split_dup3, true, either_fd },
	[RSX_SPLIT_close_range] = { split_close_range, true, any_fd },
	[RSX_SPLIT_chdir] = { split_chdir, false, NULL },
	[RSX_SPLIT_fchdir] = { split_fchdir, true, NULL },
	[RSX_SPLIT_getcwd] = { split_getcwd, false, cwd_remote },
	[RSX_SPLIT_procdir] = { split_procdir, false, split_procdir_concerns, NULL,
				RSX_WHERE_BYFD },
	[RSX_SPLIT_chroot] = { split_chroot, false, NULL },
	[RSX_SPLIT_mmap] = { split_mmap, true, split_mmap_concerns },
	[RSX_SPLIT_munmap] = { split_munmap, true, split_munmap_concerns },
	[RSX_SPLIT_msync] = { split_msync, true, split_msync_concerns },
	[RSX_SPLIT_clone] = { split_clone, true, NULL },
	[RSX_SPLIT_exec] = { split_exec, true, NULL },
	[RSX_SPLIT_exit] = { NULL, true, never },
	[RSX_SPLIT_poll] = { split_poll, true, any_fd },
	[RSX_SPLIT_epoll] = { split_epoll, false, split_epoll_concerns, split_epoll_at_entry },
	[RSX_SPLIT_sendfile] = { split_sendfile, false, remote_fd },
	[RSX_SPLIT_pipe] = { NULL, true, never },
	[RSX_SPLIT_vmsplice] = { split_vmsplice, false, remote_fd },
	[RSX_SPLIT_lease] = { split_lease, false, remote_fd },
	[RSX_SPLIT_kill] = { split_kill, false, split_kill_concerns },
	[RSX_SPLIT_seccomp] = { split_seccomp, false, NULL },
	[RSX_SPLIT_prctl] = { split_prctl, false, prctl_concerns },
	[RSX_SPLIT_socket] = { split_socket, false, split_socket_concerns,
			       split_socket_at_entry, RSX_WHERE_BYFD },
	[RSX_SPLIT_netdev] = { split_netdev, false, NULL },
	[RSX_SPLIT_unshare] = { split_unshare, true, NULL },
	[RSX_SPLIT_vmem] = { split_vmem, true, split_vmem_concerns },
	[RSX_SPLIT_owner] = { split_owner, false, remote_fd },
	[RSX_SPLIT_kcmp] = { split_kcmp, false, split_kcmp_concerns },
	[RSX_SPLIT_rlimit] = { split_rlimit, true, split_rlimit_concerns },
};

op_fn *split_handler(const struct rsx_syscall *row)
{
	return handlers[row->split].fn;
}

bool split_at_entry(const struct tracee *t)
{
	const struct handler *h = &handlers[t->call.row->split];

	return h->at_entry || (h->at_entry_too && h->at_entry_too(t));
}

bool split_concerns(const struct tracee *t)
{
	const struct handler *h = &handlers[t->call.row->split];

	return h->fn && (!h->concerns || h->concerns(t));
}

uint8_t split_otherwise(const struct rsx_syscall *row)
{
	const struct handler *h = &handlers[row->split];

	return h->otherwise ? h->otherwise : RSX_WHERE_LOCAL;
}

/* O_CLOEXEC, SOCK_CLOEXEC, IN_CLOEXEC are one bit; openat2 has it in a struct. */
static bool wants_cloexec(const struct call *c, bool *ret_readonly, bool *ret_cut, bool *ret_path)
{
	uint64_t flags = 0;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		const struct rsx_arg *a = &c->row->arg[i];
		struct rsx_blob *b;

		if (a->kind == RSX_KIND_FLAGS && (strstr(a->name, "flags") || !strcmp(a->name, "type")))
			flags = c->args[i];
		if (a->layout != &rsx_layout_open_how)
			continue;
		b = rsx_frame_blob((struct rsx_frame *)&c->frame, i);
		if (b && b->in_len >= sizeof(flags))
			memcpy(&flags, b->in, sizeof(flags));
	}
	*ret_readonly = (flags & O_ACCMODE) == O_RDONLY;
	*ret_cut = c->path_name && (flags & O_TRUNC);
	*ret_path = c->path_name && (flags & O_PATH);
	return flags & O_CLOEXEC;
}

/* Readable and writable at once, as a file is; its count is its number: transit.h. */
static int64_t placeholder(struct tracee *t, bool cloexec)
{
	uint32_t count = PLACEHOLDER_BASE + t->tracer->last_placeholder++ % PLACEHOLDER_BASE;

	return op_native(t, arch_nr.eventfd2, OP_ARGS(count, cloexec ? EFD_CLOEXEC : 0));
}

/* Map a new placeholder to what it stands for; both are closed if that fails. */
static int64_t map_new(struct tracee *t, int64_t fd, int64_t twin, uint32_t mode, bool readonly,
		       const char *name)
{
	if (fd >= 0) {
		split_drop_fd(t, (int)fd);
		if (!fdtable_set(t->fds, (int)fd, (int)twin, mode, readonly, name))
			return fd;
		op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
		fd = -ENOMEM;
	}
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
	return fd;
}

int64_t split_adopt(struct tracee *t, int twin, uint32_t mode, bool cloexec, const char *name)
{
	return map_new(t, placeholder(t, cloexec), twin, mode, false, name);
}

/*
 * The kernel refuses a descriptor before it opens anything. Near the limit the
 * placeholder is therefore made first.
 */
static bool near_limit(const struct tracee *t)
{
	struct rlimit l;

	return !prlimit(t->tid, RLIMIT_NOFILE, NULL, &l) &&
	       (rlim_t)t->fds->top + 64 >= l.rlim_cur;
}

int64_t split_new_descriptor(struct tracee *t)
{
	struct call *c = &t->call;
	const char *name = c->path_name;
	bool readonly, cut, path, cloexec = wants_cloexec(c, &readonly, &cut, &path);
	const struct fdentry *from;
	int64_t twin, fd = -1;
	uint32_t mode;

	if (near_limit(t)) {
		fd = placeholder(t, cloexec);
		if (fd < 0)
			return fd;
	}
	twin = op_forward(t);
	if (split_may_have_limit(t, twin))
		twin = split_interrupted(t);
	if (call_found_links(t, twin)) {
		call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)twin));
		twin = -ENXIO; /* decided anew: call_detours() */
	}
	if (twin < 0) {
		if (fd >= 0)
			op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
		return twin;
	}
	from = c->row->nargs && c->row->arg[0].kind == RSX_KIND_FD ?
		       fdtable_get(t->fds, (int)c->args[0]) : NULL;
	mode = c->frame.fd_mode | (path ? FD_MODE_PATH : 0);
	readonly = readonly && (S_ISREG(mode) || S_ISDIR(mode));
	if (cut && t->tracer->n_images)
		coherent_truncated(t, (int)twin);
	/* what comes of a unix socket is one */
	if (S_ISSOCK(mode) && from && (from->mode & FD_MODE_UNIX))
		mode |= FD_MODE_UNIX;
	if (fd < 0)
		fd = placeholder(t, cloexec);
	return map_new(t, fd, twin, mode, readonly, name);
}

int64_t split_map_scratch(struct tracee *t)
{
	int err = scratch_map(t);

	return err ? err : OP_AGAIN;
}
