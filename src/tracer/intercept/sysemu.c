/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PTRACE_SYSEMU. How a tracee is resumed predicts its next call:
 *
 *   resumed with    the next call stops     forwarding it    running it here
 *   SYSEMU          once, already skipped   1 stop in all    3 stops (rewind,
 *                                                            exit of the skipped
 *                                                            one, entry)
 *   SYSCALL         before it runs          1 stop in all    1 stop in all
 *
 * but resuming with SYSCALL from an entry or SYSEMU stop costs one stop more
 * (the exit stop), while from an exit stop it costs nothing. resume_kind() in
 * call.c chooses. The facts are observed ones; docs/INTERNALS.md has the
 * measurements.
 *
 * A tracee's life: attached (EVENT_STOP) -> calls, signals, group-stops ->
 * EVENT_EXIT, where the last thread of a process waits until its twin is gone
 * -> reaped.
 */
#include "intercept.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lifecycle.h"
#include "../op.h"
#include "../ptrace.h"
#include "../tracee.h"
#include "../tracer.h"
#include "../yama.h"
#include "mmap/faults.h"
#include "program/detach.h"
#include "program/exec.h"
#include "program/exechold.h"
#include "rsx/log.h"
#include "split/split.h"

static void running(struct tracee *t, bool yes)
{
	if (yes == (t->pos == POS_RUNNING))
		return;
	t->tracer->n_running += yes ? 1 : -1u;
}

static void set_pos(struct tracee *t, enum pos pos)
{
	running(t, pos == POS_RUNNING);
	t->pos = pos;
}

static long request(const struct tracee *t)
{
	return t->how == RESUME_SYSEMU ? PTRACE_SYSEMU : PTRACE_SYSCALL;
}

void intercept_resume(struct tracee *t, enum resume how, int sig)
{
	if (t->dead || detach_takes(t, sig))
		return;
	switch (t->pos) {
	case POS_SYSEMU:
	case POS_ENTRY:
		t->expect = how == RESUME_SYSCALL ? EXPECT_EXIT : EXPECT_SYSEMU;
		t->how = how;
		break;
	case POS_EXIT:
		t->expect = how == RESUME_SYSCALL ? EXPECT_ENTRY : EXPECT_SYSEMU;
		t->how = how;
		break;
	case POS_SIGNAL:
	case POS_EVENT:
		break;
	case POS_RUNNING:
		return;
	}
	set_pos(t, POS_RUNNING);
	/* ESRCH: killed meanwhile; its exit will be reported */
	rsx_ptrace(request(t), t->tid, 0, (void *)(long)sig);
}

void intercept_interrupt(struct tracee *t)
{
	t->interrupted = true;
	rsx_ptrace(PTRACE_INTERRUPT, t->tid, 0, NULL);
}

void intercept_exit_go_on(struct tracee *t)
{
	if (!t->exiting)
		return;
	t->exiting = false;
	t->tracer->n_held--;
	set_pos(t, POS_RUNNING);
	rsx_ptrace(PTRACE_CONT, t->tid, 0, NULL);
}

static void syscall_stop(struct tracee *t)
{
	switch (t->expect) {
	case EXPECT_SYSEMU:
		set_pos(t, POS_SYSEMU);
		break;
	case EXPECT_ENTRY:
		set_pos(t, POS_ENTRY);
		break;
	case EXPECT_EXIT:
		set_pos(t, POS_EXIT);
		break;
	}
	if (call_owns_stop(t))
		call_parking_stop(t);
	else if (t->op && op_wants_stop(t))
		op_native_stop(t);
	else if (t->pos == POS_EXIT)
		call_exit_stop(t);
	else
		call_enter(t);
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Before a new task runs. */
static void adopt(struct tracee *t)
{
	if (t->mm && t->mm->unwatched)
		faults_adopt(t);
}

static void event_stop(struct tracee *t, int sig)
{
	set_pos(t, POS_EVENT);
	if (is_stop_signal(sig) && detach_takes(t, 0))
		return;
	if (is_stop_signal(sig) && t->tracer->detaching && call_may_end_stopped(t)) {
		t->listening = false;
		set_pos(t, POS_SIGNAL);
		call_end_stopped(t);
		return;
	}
	if (is_stop_signal(sig)) {
		t->listening = true;
		set_pos(t, POS_RUNNING); /* it may report again at any time */
		rsx_ptrace(PTRACE_LISTEN, t->tid, 0, NULL);
		return;
	}
	t->listening = false;
	t->interrupted = false;
	adopt(t);
	intercept_resume(t, t->how, 0);
}

void intercept_stopped(struct tracee *t)
{
	set_pos(t, POS_EVENT);
}

void intercept_go_on(struct tracee *t)
{
	event_stop(t, t->stop_signal);
}

void intercept_out(struct tracee *t, int sig)
{
	intercept_interrupt(t);
	set_pos(t, POS_RUNNING);
	rsx_ptrace(PTRACE_CONT, t->tid, 0, (void *)(long)sig);
}

static void fork_event(struct tracee *t)
{
	unsigned long child = 0;

	set_pos(t, POS_EVENT);
	if (!rsx_ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &child))
		lifecycle_child(t, (pid_t)child);
	intercept_resume(t, t->how, 0);
}

static void exec_event(struct tracer *tr, struct tracee *t, pid_t pid)
{
	unsigned long former = (unsigned long)pid;

	rsx_ptrace(PTRACE_GETEVENTMSG, pid, 0, &former);
	if ((pid_t)former != pid) {
		/* another thread than the leader called exec and is now the leader */
		struct tracee *real = tracee_find(tr, (pid_t)former);

		if (real) {
			if (t)
				lifecycle_reaped(t);
			tracee_rename(real, pid);
			t = real;
		}
	}
	if (!t)
		return;
	set_pos(t, POS_EVENT);
	exec_done(t);
	intercept_resume(t, t->how, 0);
}

static void exit_event(struct tracee *t)
{
	set_pos(t, POS_EVENT);
	t->exiting = true;
	t->tracer->n_held++;
	lifecycle_exiting(t);
}

static void signal_stop(struct tracee *t, int sig)
{
	set_pos(t, POS_SIGNAL);
	sig = call_signal_stop(t, sig);
	if (sig < 0)
		return;
	if (sig == SIGBUS)
		faults_signal(t);
	if (sig && t->tracer->trace.on)
		trace_signal(t, sig);
	intercept_resume(t, t->how, sig);
}

/* A task whose parent's event has not come yet: remember it. */
static void orphan(struct tracer *tr, pid_t pid)
{
	pid_t *p = realloc(tr->orphans, (tr->n_orphans + 1) * sizeof(*p));

	if (!p)
		return;
	tr->orphans = p;
	p[tr->n_orphans++] = pid;
}

void intercept_adopt(struct tracer *tr, struct tracee *child)
{
	for (unsigned i = 0; i < tr->n_orphans; i++) {
		if (tr->orphans[i] != child->tid)
			continue;
		tr->orphans[i] = tr->orphans[--tr->n_orphans];
		/* its first stop is waiting for us */
		set_pos(child, POS_EVENT);
		adopt(child);
		intercept_resume(child, child->how, 0);
		return;
	}
}

void intercept_kept(struct tracer *tr, pid_t tid)
{
	struct tracee *t = tracee_find(tr, tid);

	if (!t)
		return;
	placement_stop(tr, t);
	syscall_stop(t);
}

void intercept_event(struct tracer *tr, pid_t pid, int status)
{
	struct tracee *t = tracee_find(tr, pid);
	int event = status >> 16;
	int sig = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

	if (tr->exechold.n_kept)
		exechold_forget(tr, pid);
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (pid == tr->first)
			tr->first_status = status;
		if (pid == tr->session.private_pid)
			tr->session.private_pid = 0;
		if (t && tr->trace.on)
			trace_exit(t, status);
		if (t)
			lifecycle_reaped(t);
		return;
	}
	placement_stop(tr, t);
	if (event == PTRACE_EVENT_EXEC) {
		exec_event(tr, t, pid);
		return;
	}
	if (!t) {
		orphan(tr, pid);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		fork_event(t);
		break;
	case PTRACE_EVENT_EXIT:
		exit_event(t);
		break;
	case PTRACE_EVENT_STOP:
		event_stop(t, sig);
		break;
	case 0:
		if (sig == (SIGTRAP | 0x80) && !exechold_keeps(t))
			syscall_stop(t);
		else if (sig != (SIGTRAP | 0x80))
			signal_stop(t, sig);
		break;
	default:
		set_pos(t, POS_EVENT);
		intercept_resume(t, t->how, 0);
	}
}

/* As execvp(3), with PATH's directories on the server: an errno. */
static int exec_along_path(char *const argv[], const char *name)
{
	const char *at = getenv("PATH");
	char path[PATH_MAX];
	int err = ENOENT;

	for (at = at ? at : "/usr/bin:/bin"; *at;) {
		size_t n = strcspn(at, ":");

		if ((size_t)snprintf(path, sizeof(path), "%.*s%s%s", (int)n, at, n ? "/" : "",
				     name) < sizeof(path)) {
			execv(path, argv);
			if (errno == EACCES)
				err = EACCES;
			else if (errno != ENOENT && errno != ENOTDIR)
				return errno;
		}
		at += n + (at[n] == ':');
	}
	return err;
}

/*
 * The child waits in read() until it is traced; then it executes the program
 * as a traced call, so that policy decides where the file comes from. If that
 * fails, its exit status is the errno.
 */
static void launch_child(int go, const struct tracer *tr, const char *path)
{
	char c;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (read(go, &c, 1) < 0)
		_exit(errno);
	if (tr->env)
		environ = tr->env;
	if (tr->opt.all && !strchr(path, '/'))
		_exit(exec_along_path(tr->opt.argv, path));
	execv(path, tr->opt.argv);
	_exit(errno);
}

static const char *why_no_ptrace(int err)
{
	const char *yama = yama_refuses(false);

	if (err != EPERM)
		return strerror(err);
	if (yama)
		return yama;
	return "not permitted: a seccomp filter, container or security module forbids ptrace "
	       "(docker run --cap-add=SYS_PTRACE allows it), or this program is already being traced";
}

static struct tracee *launch_seize(struct tracer *tr, pid_t pid)
{
	struct ptrace_syscall_info info;
	struct tracee *t;
	int status;

	if (rsx_ptrace(PTRACE_SEIZE, pid, 0, (void *)(long)(INTERCEPT_OPTIONS | PTRACE_O_EXITKILL)) < 0) {
		rsx_error("cannot trace the program: %s", why_no_ptrace(errno));
		return NULL;
	}
	if (rsx_ptrace(PTRACE_INTERRUPT, pid, 0, NULL) < 0 ||
	    waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
		rsx_error("cannot stop the program: %s", strerror(errno));
		return NULL;
	}
	/* it came with PTRACE_SYSEMU for aarch64, in Linux 5.3 */
	if (rsx_ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0) {
		rsx_error("this kernel's ptrace lacks PTRACE_GET_SYSCALL_INFO: %s; "
			  "rsx-trace needs Linux 5.3 or later", strerror(errno));
		return NULL;
	}
	t = tracee_new(tr, pid);
	if (!t)
		rsx_error("out of memory");
	else
		set_pos(t, POS_EVENT);
	return t;
}

struct tracee *intercept_launch(struct tracer *tr, const char *path)
{
	struct tracee *t;
	int go[2], status;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC)) {
		rsx_error("cannot make a pipe: %s", strerror(errno));
		return NULL;
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		launch_child(go[0], tr, path);
	}
	if (pid < 0)
		rsx_error("cannot start the program: %s", strerror(errno));
	close(go[0]);
	t = pid < 0 ? NULL : launch_seize(tr, pid);
	if (!t && pid > 0) {
		kill(pid, SIGKILL);
		/* it may stop at its exit event first */
		while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
			rsx_ptrace(PTRACE_CONT, pid, 0, NULL);
	}
	/* the child's read ends; it is stopped, or gets EINTR and starts anew */
	close(go[1]);
	return t;
}
