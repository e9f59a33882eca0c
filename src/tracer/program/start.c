/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See start.h. */
#include "program/start.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "intercept/intercept.h"
#include "op.h"
#include "program/detach.h"
#include "ready/epoll.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

/* A forked twin's pid comes with the answer to Fork; the first one's does not. */
static void learn_twin_pid(struct tracee *t)
{
	char pid[32];
	int64_t n = op_remote(t, ROW(readlinkat),
			      OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t) "/proc/self",
				      (uintptr_t)pid, sizeof(pid) - 1));

	if (n <= 0)
		return;
	pid[n] = '\0';
	t->process->twin->pid = (pid_t)atoi(pid);
}

/* Its directory: --chdir, or `here` if that exists there too, or the root. */
static void begin_in(struct tracee *t, const char *here)
{
	struct tracer *tr = t->tracer;
	const char *want = tr->opt.chdir ? tr->opt.chdir : here;
	int64_t err;

	/* with -e, chdir may be this machine's: so is where it starts */
	if (!tr->opt.chdir && choice_stays(&tr->opt.choice, ROW(chdir))) {
		t->fs->side = SIDE_LOCAL;
		snprintf(t->fs->path, sizeof(t->fs->path), "%s", here);
		return;
	}
	err = op_remote(t, ROW(chdir), OP_ARGS((uintptr_t)want));
	if (err && tr->opt.chdir) {
		rsx_error("--chdir %s: %s (on the server)", want, strerror((int)-err));
		tr->start_failed = RSX_EXIT_USAGE;
	} else if (err && !tr->session.lost) {
		rsx_note("%s: %s on the server: starting in /", want, strerror((int)-err));
		op_remote(t, ROW(chdir), OP_ARGS((uintptr_t) "/"));
	}
	split_learn_cwd(t);
}

static void listen_to_session(struct tracer *tr)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = &tr->session };

	tr->epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(tr->epoll, EPOLL_CTL_ADD, tr->session.ctl, &e);
}

static struct lane *first_lane(struct tracer *tr)
{
	struct lane *lane = session_lane(&tr->session);

	if (!lane)
		rsx_error("cannot connect a lane: %s", strerror(errno));
	return lane;
}

/* --- a program that is started --- */

static int64_t begin(struct tracee *t)
{
	char cwd[PATH_MAX];

	begin_in(t, getcwd(cwd, sizeof(cwd)) ? cwd : "/");
	learn_twin_pid(t);
	split_begin_limits(t);
	if (t->tracer->start_failed)
		kill(t->tid, SIGKILL);
	intercept_resume(t, RESUME_SYSCALL, 0);
	return 0;
}

/* The program has the limit now; copies and images that are made for it have none. */
static void unlimit_self(void)
{
	struct rlimit l;

	if (!getrlimit(RLIMIT_FSIZE, &l)) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_FSIZE, &l);
	}
}

int start_program(struct tracer *tr, const char *path)
{
	struct lane *lane = first_lane(tr);
	struct tracee *t;

	if (!lane)
		return RSX_EXIT_CONNECT;
	listen_to_session(tr);
	t = intercept_launch(tr, path);
	if (!t) {
		lane_free(lane);
		return RSX_EXIT_PTRACE;
	}
	tr->first = t->tid;
	unlimit_self();
	t->process = process_new(tr, t->tid, twin_new(lane->id, 0));
	t->mm = mm_new();
	t->fs = fs_new(SIDE_REMOTE, "/");
	t->fds = fdtable_new();
	t->lane = lane;
	if (!t->process || !t->mm || !t->fs || !t->fds) {
		rsx_error("out of memory");
		return RSX_EXIT_FAILED;
	}
	t->process->threads = t->process->tasks = 1;
	lane_register(tr, t);
	op_start(t, begin);
	return 0;
}

/* --- processes that run already --- */

static struct tracee *leader_of(struct tracer *tr, const struct process *p)
{
	struct tracee *t = tracee_find(tr, p->pid);

	/* the first thread may have ended before the others */
	for (struct tracee *o = tr->tracees; !t && o; o = o->next)
		if (o->process == p)
			t = o;
	return t;
}

/* A new lane for t, served by a thread or process that `by`'s thread makes. */
static int give_lane(struct tracee *t, struct tracee *by, uint64_t flags)
{
	struct lane *lane = session_lane(&t->tracer->session);
	int64_t ret = lane ? split_ask_twin(by, lane, flags) : -(errno ? errno : ENOMEM);

	if (ret < 0) {
		rsx_error("-p %d: the server gives no lane for task %d: %s", t->process->pid,
			  t->tid, strerror((int)-ret));
		lane_free(lane);
		t->tracer->start_failed = RSX_EXIT_FAILED;
		return -1;
	}
	t->lane = lane;
	lane_register(t->tracer, t);
	if (!(flags & CLONE_THREAD)) {
		t->process->twin->lane = lane->id;
		t->process->twin->pid = (pid_t)ret;
	}
	return 0;
}

/* Is descriptor n of `pid` an epoll instance? */
static bool is_epoll(pid_t pid, int n)
{
	static const char name[] = "anon_inode:[eventpoll]";
	char path[64], to[sizeof(name) + 1];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, n);
	len = readlink(path, to, sizeof(to));
	return len == sizeof(name) - 1 && !memcmp(to, name, sizeof(name) - 1);
}

/* The entry of the same epoll instance under another number, or NULL. */
static const struct fdentry *known_instance(const struct tracee *t, int fd)
{
	pid_t pid = t->process->pid;

	for (int o = fdtable_next(t->fds, 0); o >= 0; o = fdtable_next(t->fds, o + 1))
		if (!syscall(SYS_kcmp, pid, pid, KCMP_FILE, o, fd))
			return fdtable_any(t->fds, o);
	return NULL;
}

static void adopt_epoll(struct tracee *t, int fd)
{
	const struct fdentry *known = known_instance(t, fd);
	struct epoll *ep = known ? epoll_ref(known->epoll) : epoll_new();
	int64_t twin = known ? op_remote(t, ROW(dup), OP_ARGS((uint64_t)known->twin))
			     : op_remote(t, ROW(epoll_create1), OP_ARGS(EPOLL_CLOEXEC));

	if (ep)
		ep->here = true; /* maybe: what it has is not known */
	if (twin >= 0 && ep)
		fdtable_set_epoll(t->fds, fd, (int)twin, ep);
	epoll_unref(ep);
}

/*
 * Epoll instances that exist already are local and stay so, but remote
 * descriptors may be added to them: each gets its companion now.
 */
static void adopt_epolls(struct tracee *t)
{
	char path[64];
	_rsx_closedir_ DIR *dir = NULL;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/fd", t->process->pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		int fd = atoi(e->d_name);

		if (e->d_name[0] != '.' && is_epoll(t->process->pid, fd))
			adopt_epoll(t, fd);
	}
}

static int64_t begin_process(struct tracee *t)
{
	struct tracer *tr = t->tracer;
	char path[64], cwd[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cwd", t->process->pid);
	n = readlink(path, cwd, sizeof(cwd) - 1);
	cwd[n > 0 ? n : 0] = '\0';
	begin_in(t, n > 0 ? cwd : "/");
	if (!t->process->twin->pid)
		learn_twin_pid(t);
	split_begin_limits(t);
	adopt_epolls(t);
	for (struct tracee *o = tr->tracees; o; o = o->next)
		if (o->process == t->process && !o->lane && !o->exiting &&
		    give_lane(o, t, CLONE_THREAD))
			break;
	t->beginning = false;
	if (tr->start_failed) {
		detach_begin(tr);
		return 0;
	}
	for (struct tracee *o = tr->tracees; o; o = o->next)
		if (o->process == t->process && o != t && o->lane)
			intercept_go_on(o);
	intercept_go_on(t);
	return 0;
}

/* Detaching waits for its end. */
static void let_begin(struct tracee *t, op_fn *op)
{
	t->beginning = true;
	op_start(t, op);
}

/* The first process's twin is fresh: the others' are forked from it now. */
static int64_t begin_first(struct tracee *t)
{
	struct tracer *tr = t->tracer;

	for (struct process *p = tr->processes; p; p = p->next) {
		struct tracee *o = leader_of(tr, p);

		if (o && o != t && give_lane(o, t, 0)) {
			t->beginning = false;
			return 0;
		}
	}
	for (struct process *p = tr->processes; p; p = p->next) {
		struct tracee *o = leader_of(tr, p);

		if (o && o != t && o->lane)
			let_begin(o, begin_process);
	}
	return begin_process(t);
}

static void local_program(struct tracer *tr, pid_t pid)
{
	char path[64], exe[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n <= 0)
		return;
	exe[n] = '\0';
	if (!access(exe, F_OK))
		policy_add_program(&tr->policy, exe);
}

/* What the threads of one process share. */
static int share_parts(struct tracer *tr, const struct process *p)
{
	struct tracee *l = leader_of(tr, p);

	l->mm = mm_new();
	l->fs = fs_new(SIDE_REMOTE, "/");
	l->fds = fdtable_new();
	if (!l->mm || !l->fs || !l->fds) {
		rsx_error("out of memory");
		return RSX_EXIT_FAILED;
	}
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->process != p || t == l)
			continue;
		t->mm = mm_ref(l->mm);
		t->fs = fs_ref(l->fs);
		t->fds = fdtable_ref(l->fds);
	}
	return 0;
}

int start_attached(struct tracer *tr)
{
	struct lane *lane = first_lane(tr);
	struct tracee *t = NULL;
	int err = lane ? 0 : RSX_EXIT_CONNECT;

	listen_to_session(tr);
	tr->attached = true;
	tr->started = true;
	loop_signals(tr);
	for (size_t i = 0; !err && i < tr->opt.n_pids; i++) {
		local_program(tr, tr->opt.pid[i]);
		err = intercept_attach(tr, tr->opt.pid[i]);
	}
	for (struct process *p = tr->processes; !err && p; p = p->next) {
		err = share_parts(tr, p);
		t = leader_of(tr, p);
	}
	if (err) {
		lane_free(lane);
		return err;
	}
	t->process->twin->lane = lane->id;
	t->lane = lane;
	lane_register(tr, t);
	if (!tr->opt.quiet)
		rsx_note("attached to %u tasks; Ctrl-C detaches", tr->n_tracees);
	if (tr->opt.detach_after > 0)
		tr->detach_at_ns = now_ns() + (int64_t)(tr->opt.detach_after * 1e9);
	let_begin(t, begin_first);
	return 0;
}
