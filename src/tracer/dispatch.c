/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call's side, from its row, its descriptors and its paths; then its frame.
 * Called by call.c at every entry, and by handlers of SPLIT rows that come to
 * the conclusion that theirs is an ordinary call.
 */
#include "dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "description.h"
#include "paths/path.h"
#include "program/credentials.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

/* The flag words of O_* differ: they are compared in the wire's values. */
static bool nofollow(const struct call *c, const struct rsx_arg *a)
{
	const struct rsx_arg *f = &c->row->arg[a->flagarg];
	uint64_t v = c->args[a->flagarg];

	return rsx_arg_nofollow(a, f->xlat ? rsx_xlat_to_wire(f->xlat, RSX_ARCH_NATIVE, v) : v);
}

static int dirfd_arg(const struct call *c, unsigned path)
{
	return path && c->row->arg[path - 1].kind == RSX_KIND_DIRFD ? (int)path - 1 : -1;
}

/* Does "" or NULL mean the DIRFD itself in this very call? */
static bool empty_means_fd(const struct call *c, const struct rsx_arg *a)
{
	if (!a->emptyok)
		return false;
	return a->emptyarg == RSX_EMPTY_ALWAYS || (c->args[a->emptyarg] & AT_EMPTY_PATH);
}

/* What openat2(2) says of the way to a file, if the kernel will read it so. */
static void ask_openat2(const struct call *c, unsigned path, const struct rsx_mem *mem,
			struct path_question *q)
{
	struct open_how how;

	if (path + 1 >= c->row->nargs || c->row->arg[path + 1].layout != &rsx_layout_open_how ||
	    mem->read(mem->ctx, rsx_addr(c->args[path + 1]), &how, sizeof(how)))
		return;
	q->resolve = how.resolve;
	q->nofollow |= (how.flags & O_NOFOLLOW) != 0;
}

/* What is relative to a twin's descriptor, for a call without a DIRFD: a name that says so. */
static int name_through(struct call *c, struct path_decision *d)
{
	char *through;
	size_t room;

	if (d->side != SIDE_REMOTE || d->dirfd == AT_FDCWD || !d->use || d->use[0] == '/')
		return 0;
	room = strlen(d->use) + sizeof(PATH_TWIN_FD "-2147483648/");
	through = rsx_arena_alloc(&c->arena, room);
	if (!through)
		return -ENOMEM;
	snprintf(through, room, PATH_TWIN_FD "/%s", d->dirfd, d->use);
	d->use = through;
	d->dirfd = AT_FDCWD;
	return 0;
}

/* Decide one PATH argument and leave its text where capture finds it. */
static int decide_arg(struct tracee *t, unsigned i, struct path_decision *d)
{
	struct call *c = &t->call;
	const struct rsx_arg *a = &c->row->arg[i];
	int dirfd = dirfd_arg(c, i);
	struct rsx_mem mem = tracee_mem(t);
	struct path_question q = {
		.dirfd = dirfd >= 0 ? (int)c->args[dirfd] : AT_FDCWD,
		.nofollow = nofollow(c, a),
		.empty = empty_means_fd(c, a),
	};
	uint32_t len;
	char *text;
	int err;

	if (c->args[i]) {
		err = rsx_read_string(&mem, rsx_addr(c->args[i]), RSX_MAX_PATH, &c->arena, &text,
				      &len);
		if (err == -EFAULT)
			c->unreadable |= 1u << i;
		if (err)
			return err;
		q.path = text;
	}
	ask_openat2(c, i, &mem, &q);
	path_decide(t, &q, d);
	err = d->err;
	if (!err && dirfd < 0)
		err = name_through(c, d);
	if (err)
		return err;
	if (q.path)
		c->frame.preset[i] = d->use ? d->use : q.path;
	c->use_path[i] = d->use;
	c->path_name = d->name;
	c->path_at[i] = d->dirfd;
	return 0;
}

/* Is a path that the call follows missing here? The kernel looks for it first. */
static bool missing_here(const struct tracee *t, const struct path_decision *d)
{
	static const char *const own[] = { "/proc/self", "/proc/thread-self", "/dev/fd" };
	const char *name = d->use ? d->use : d->name;
	char path[RSX_MAX_PATH + 64];

	if (!name)
		return false;
	snprintf(path, sizeof(path), "%s", name);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		size_t n = strlen(own[i]);

		if (!strncmp(name, own[i], n) && name[n] == '/')
			snprintf(path, sizeof(path), "/proc/%d%s%s", t->tid,
				 i == 2 ? "/fd" : "", name + n);
	}
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
}

/*
 * What begins at a descriptor that is not open, or that is no directory, is on
 * no side: beside a path over there, the kernel there says so, in its order.
 */
static bool goes_along(struct tracee *t, unsigned i, const struct path_decision *d)
{
	struct call *c = &t->call;
	int dirfd = dirfd_arg(c, i);

	if (d->fault == -ENOTDIR && c->frame.preset[i]) {
		c->path_at[i] = AT_FDCWD;
		if (c->frame.preset[i][0])
			c->frame.preset[i] = "/dev/null/none";
		return true;
	}
	if (dirfd < 0 || d->dirfd == AT_FDCWD || d->dirfd != (int)c->args[dirfd] ||
	    dispatch_foreign_fd(t, d->dirfd) != -EBADF)
		return false;
	c->path_at[i] = -1;
	return true;
}

/*
 * All paths of a call live on one side, or it fails as across file systems. One that
 * cannot be read is on none: the kernel of the other one's side, or the server's, says
 * what is wrong with the call.
 */
static enum verdict by_path(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;
	struct path_decision d[RSX_MAX_ARGS];
	unsigned here = 0, there = 0;
	bool looked_for = false, null = false;
	int fault = 0;
	struct path_decision local = { 0 };

	for (unsigned i = 0; i < c->row->nargs; i++) {
		int err;

		if (c->row->arg[i].kind != RSX_KIND_PATH)
			continue;
		err = decide_arg(t, i, &d[i]);
		if (c->unreadable & 1u << i) {
			d[i].side = SIDE_REMOTE;
			c->path_at[i] = AT_FDCWD;
			continue;
		}
		if (err) {
			*ret = err;
			return VERDICT_RETURN;
		}
		null |= !c->args[i] && !empty_means_fd(c, &c->row->arg[i]);
		if (d[i].fault && !fault && !(looked_for && missing_here(t, &local)))
			fault = d[i].fault;
		if (d[i].side == SIDE_REMOTE) {
			there++;
			continue;
		}
		here++;
		if (!c->row->arg[i].creates) {
			looked_for = true;
			local = d[i];
		}
	}
	for (unsigned i = 0; here && there && i < c->row->nargs; i++) {
		if (c->row->arg[i].kind == RSX_KIND_PATH && d[i].side == SIDE_LOCAL)
			here -= goes_along(t, i, &d[i]);
	}
	if (here && there) {
		if (null)
			*ret = -EFAULT;
		else if (fault)
			*ret = fault;
		else
			*ret = looked_for && missing_here(t, &local) ? -ENOENT : -EXDEV;
		return VERDICT_RETURN;
	}
	return there || (c->unreadable && !here && !c->stays) ? VERDICT_THERE : VERDICT_HERE;
}

/* Whatever -e says: here is only the placeholder. */
static enum verdict there_by_fd(struct call *c)
{
	if (c->stays)
		c->chosen = CHOSEN_BY_FD;
	return VERDICT_THERE;
}

static enum verdict by_fd(struct tracee *t)
{
	struct call *c = &t->call;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		unsigned kind = c->row->arg[i].kind;

		if (kind == RSX_KIND_FD || kind == RSX_KIND_DIRFD)
			return fdtable_get(t->fds, (int)c->args[i]) ? there_by_fd(c) : VERDICT_HERE;
	}
	return VERDICT_HERE;
}

/* A path beside a local descriptor (inotify_add_watch) is local as that is. */
static enum verdict with_local_fd(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		bool chosen = c->stays;
		enum verdict v;

		if (c->row->arg[i].kind != RSX_KIND_PATH)
			continue;
		c->stays = true;
		v = by_path(t, ret);
		if (!chosen) /* it is the descriptor's doing */
			c->chosen = CHOSEN_NOT;
		return v;
	}
	return VERDICT_HERE;
}

/*
 * A path beside a remote descriptor is decided like any other, and must lead to
 * the same side: what is here cannot be watched from there.
 */
static enum verdict with_remote_fd(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		bool stays = c->stays;
		struct path_decision d;

		if (c->row->arg[i].kind != RSX_KIND_PATH)
			continue;
		c->stays = false; /* the descriptor is stronger */
		*ret = decide_arg(t, i, &d);
		c->stays = stays;
		if (c->unreadable & 1u << i) {
			*ret = 0;
			return VERDICT_THERE;
		}
		if (!*ret && d.side != SIDE_REMOTE)
			*ret = d.fault ? d.fault : missing_here(t, &d) ? -ENOENT : -EXDEV;
		if (*ret)
			return VERDICT_RETURN;
	}
	return VERDICT_THERE;
}

int dispatch_foreign_fd(struct tracee *t, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	return access(path, F_OK) ? -EBADF : -EXDEV;
}

static void note_lock(struct tracee *t)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);

	if (e && e->of)
		e->of->locked = true;
}

int64_t dispatch_capture(struct tracee *t)
{
	struct call *c = &t->call;
	uint64_t args[RSX_MAX_ARGS];
	int err;

	memcpy(args, c->args, sizeof(args));
	c->frame.socket = false;
	for (unsigned i = 0; i < c->row->nargs; i++) {
		const struct fdentry *e;

		if (c->row->arg[i].kind == RSX_KIND_FD) {
			e = fdtable_get(t->fds, (int)args[i]);
			if (!e)
				return dispatch_foreign_fd(t, (int)args[i]);
			args[i] = (uint64_t)e->twin;
			c->frame.socket |= S_ISSOCK(e->mode);
		} else if (c->row->arg[i].kind == RSX_KIND_DIRFD) {
			bool path_next = i + 1 < c->row->nargs &&
					 c->row->arg[i + 1].kind == RSX_KIND_PATH;

			args[i] = (uint64_t)(int64_t)(path_next ? c->path_at[i + 1] : AT_FDCWD);
		}
	}
	c->mem = tracee_mem(t);
	c->frame.old_dirents = c->made->lower && c->made->lower->dirents;
	c->frame.times = c->made->lower ? c->made->lower->times : RSX_TIMES_TIMESPEC;
	c->frame.unmapped = c->unreadable;
	err = rsx_capture(&c->frame, c->row, args, c->done, &c->mem, &c->arena);
	if (!err && (c->row->flags & RSX_ROW_LOCKS)) {
		t->fds->locks = true;
		t->process->twin->locker = t->process->own;
	}
	if (!err && (c->row->flags & RSX_ROW_FILE_LOCKS))
		note_lock(t);
	if (!err && (c->row->flags & RSX_ROW_CREDS))
		credentials_changed(t);
	return err;
}

/* Choose the variant; a missing one is remembered in *ret. */
static bool choose_variant(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;
	const struct rsx_syscall *v = rsx_syscall_variant(c->row, c->args);
	const struct fdentry *e = fdtable_get(t->fds, (int)c->args[0]);

	/* the placeholder does not know that there is no file behind the name */
	if (e && (e->mode & FD_MODE_PATH) && !(v && (v->flags & RSX_ROW_PATH_FD))) {
		*ret = -EBADF;
		return false;
	}
	if (v) {
		c->row = v;
		return true;
	}
	*ret = c->row->err ? -c->row->err : -EINVAL;
	trace_unsupported(t, c->row, c->row->sel);
	return false;
}

static enum verdict there(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;
	int nr = c->row->nr[RSX_ARCH_GENERIC];

	if (t->tracer->session.lost) {
		tracer_lost(t->tracer, "the connection to the server broke");
		*ret = -EIO;
		return VERDICT_RETURN;
	}
	if (nr < 0 || nr >= RSX_MAX_ROWS || t->tracer->session.refused[nr]) {
		*ret = -ENOSYS;
		return VERDICT_RETURN;
	}
	if (c->row->allowed && !c->row->allowed(c->args)) {
		*ret = -c->row->err;
		if (c->row->arg[2].view == RSX_VIEW_sockopt)
			trace_unsupported(t, c->row, 2);
		return VERDICT_RETURN;
	}
	*ret = dispatch_capture(t);
	return *ret ? VERDICT_RETURN : VERDICT_THERE;
}

enum verdict dispatch_as(struct tracee *t, uint8_t where, int64_t *ret)
{
	struct call *c = &t->call;
	enum verdict v = VERDICT_HERE;

	switch ((enum rsx_where)where) {
	case RSX_WHERE_LOCAL:
		return VERDICT_HERE;
	case RSX_WHERE_DENY:
		trace_denied(t, c->row);
		*ret = -c->row->err;
		return VERDICT_RETURN;
	case RSX_WHERE_SPLIT:
		return VERDICT_SPLIT;
	case RSX_WHERE_REMOTE:
		v = VERDICT_THERE;
		break;
	case RSX_WHERE_BYFD:
		v = by_fd(t);
		v = v == VERDICT_HERE ? with_local_fd(t, ret) : with_remote_fd(t, ret);
		break;
	case RSX_WHERE_BYPATH:
		v = by_path(t, ret);
		break;
	case RSX_WHERE_NONE:
		*ret = -ENOSYS;
		return VERDICT_RETURN;
	}
	return v == VERDICT_THERE ? there(t, ret) : v;
}

/* What -e says about the call. True: it fails. Our own way to the program is exempt. */
static bool choose(struct tracee *t, int64_t *ret)
{
	const struct choice *choice = &t->tracer->opt.choice;
	struct call *c = &t->call;

	c->chosen = CHOSEN_NOT;
	c->stays = t->tracer->draining;
	if (!choice->any || !t->tracer->started)
		return false;
	c->stays = c->stays || choice_stays(choice, c->made);
	*ret = choice_denies(choice, c->made);
	if (*ret)
		c->chosen = CHOSEN_DENIED;
	return *ret != 0;
}

/* A call that both users must have asked for. True: it fails. */
static bool forbidden(struct tracee *t, int64_t *ret)
{
	const struct rsx_syscall *row = t->call.row;

	if (!(row->flags & RSX_ROW_ASK))
		return false;
	if (choice_asked(&t->tracer->opt.choice, t->call.made) &&
	    !t->tracer->session.forbidden[row->nr[RSX_ARCH_GENERIC]])
		return false;
	trace_denied(t, row);
	*ret = -row->err;
	return true;
}

/*
 * A call that was begun before this task was attached to goes on here: the
 * FIFO that it waits for is one of this machine.
 */
static bool goes_on(const struct call *c)
{
	const struct rsx_syscall *row = c->row;

	return c->begun && (row->where == RSX_WHERE_BYPATH || row->where == RSX_WHERE_REMOTE ||
			    (row->where == RSX_WHERE_SPLIT && row->split == RSX_SPLIT_socket));
}

enum verdict dispatch(struct tracee *t, int64_t *ret)
{
	struct call *c = &t->call;

	memset(c->frame.preset, 0, sizeof(c->frame.preset));
	memset(c->use_path, 0, sizeof(c->use_path));
	c->path_name = NULL;
	c->unreadable = c->frame.unmapped = 0;
	c->row = NULL;
	c->made = c->entry.foreign ? NULL : rsx_syscall_by_nr(RSX_ARCH_NATIVE, c->entry.nr);
	if (!c->made) {
		trace_unknown(t);
		*ret = -ENOSYS;
		return VERDICT_RETURN;
	}
	c->row = rsx_syscall_lower(c->made, c->entry.args, c->args);
	if (goes_on(c))
		return VERDICT_HERE;
	if (choose(t, ret) || forbidden(t, ret))
		return VERDICT_RETURN;
	if (c->row->variants) {
		/* a local descriptor may be asked anything */
		if (by_fd(t) == VERDICT_HERE) {
			const struct rsx_syscall *v = rsx_syscall_variant(c->row, c->args);

			if (v && v->where == RSX_WHERE_SPLIT)
				c->row = v;
			return v && v->where == RSX_WHERE_SPLIT ? VERDICT_SPLIT : VERDICT_HERE;
		}
		if (!choose_variant(t, ret))
			return VERDICT_RETURN;
	}
	if (c->stays && c->row->where == RSX_WHERE_REMOTE) {
		c->chosen = CHOSEN_HERE;
		return VERDICT_HERE;
	}
	return dispatch_as(t, c->row->where, ret);
}
