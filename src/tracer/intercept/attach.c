/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seizing a process that runs. Every task is seized and stopped before
 * anything is decided, so that none makes a call that nobody sees: the list of
 * tasks is read again until nothing new is in it. PTRACE_SEIZE and
 * PTRACE_INTERRUPT disturb no call: one that was interrupted is made again by
 * the kernel as after a signal without a handler, ptrace(2).
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../arch.h"
#include "../ptrace.h"
#include "../sigroute.h"
#include "../tracer.h"
#include "../yama.h"
#include "intercept.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/syscall.h"

#define PATIENCE_NS 10000000000LL /* for a task to stop */
#define CHILDREN 16
#define STATUS_MAX 256
#define GENERATIONS 64 /* between the server and a process of its */

/* Processes that were made while their parents were being seized. */
struct children {
	pid_t pid[CHILDREN];
	unsigned n;
};

/* What stands behind `key`, as "Uid:", in /proc/PID/status; false: nothing. */
static bool status_text(pid_t pid, const char *key, char to[STATUS_MAX])
{
	char path[64], line[STATUS_MAX];
	_rsx_fclose_ FILE *f = NULL;
	size_t n = strlen(key);

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n))
			continue;
		n += strspn(line + n, " \t");
		memmove(to, line + n, strlen(line + n) + 1);
		return true;
	}
	return false;
}

/* A number there, in base 10; -1: none. */
static long status_of(pid_t pid, const char *key)
{
	char text[STATUS_MAX];

	return status_text(pid, key, text) ? atol(text) : -1;
}

static void say_why_not(pid_t pid, int err)
{
	long tracer = status_of(pid, "TracerPid:"), uid = status_of(pid, "Uid:");
	const char *yama = yama_refuses(true);

	if (err == ESRCH || tracer < 0)
		rsx_error("-p %d: no such process", pid);
	else if (tracer > 0)
		rsx_error("-p %d: it is already traced, by process %ld; only one tracer is possible",
			  pid, tracer);
	else if (err != EPERM)
		rsx_error("-p %d: cannot be traced: %s", pid, strerror(err));
	else if (geteuid() && uid != (long)geteuid())
		rsx_error("-p %d: it is user %ld's; run rsx-trace as that user or as root", pid, uid);
	else if (yama)
		rsx_error("-p %d: %s", pid, yama);
	else
		rsx_error("-p %d: not permitted: it has more rights than rsx-trace, cannot be dumped, or a "
			  "seccomp filter, container or security module forbids ptrace", pid);
}

/* Is it the server of this run, or a process that works for it? */
static bool is_servers(const struct tracer *tr, pid_t pid)
{
	for (int i = 0; tr->session.server_pid && pid > 1 && i < GENERATIONS; i++) {
		if (pid == tr->session.server_pid)
			return true;
		pid = (pid_t)status_of(pid, "PPid:");
	}
	return false;
}

/* Would the tracing wait for itself? Says so. */
static int check_own(const struct tracer *tr, pid_t pid)
{
	if (pid == getpid())
		rsx_error("-p %d: that is this rsx-trace itself", pid);
	else if (is_servers(tr, pid))
		rsx_error("-p %d: it belongs to the rsx-server of this run, whose calls would wait for "
			  "themselves; name another server", pid);
	else
		return 0;
	return RSX_EXIT_PTRACE;
}

/* A task that has ended is there still: a first thread is until all others have. */
static bool has_ended(pid_t tid)
{
	char state[STATUS_MAX];

	return status_text(tid, "State:", state) && (*state == 'Z' || *state == 'X');
}

/* The program of a process: any task's that has not ended tells. A descriptor, or -1 and errno. */
static int open_exe(pid_t pid)
{
	char path[64 + sizeof(((struct dirent *)0)->d_name)];
	_rsx_closedir_ DIR *dir = NULL;
	struct dirent *e;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && fd < 0 && (e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/exe", pid, e->d_name);
		if (*e->d_name != '.')
			fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

/* Is it a program that this tracer can trace? Says why not. */
static int check_program(pid_t pid)
{
	char state[STATUS_MAX];
	Elf64_Ehdr h;
	_rsx_close_ int fd = -1;

	errno = ESRCH;
	fd = open_exe(pid);
	if (fd < 0 && errno == ENOENT && !access("/proc/self/exe", F_OK) &&
	    status_text(pid, "State:", state)) {
		rsx_error(has_ended(pid) ?
				  "-p %d: it has ended; its parent has not waited for it yet" :
				  "-p %d: a kernel thread", pid);
		return RSX_EXIT_PTRACE;
	}
	if (fd < 0) /* the seizing will tell */
		return 0;
	if (read(fd, &h, sizeof(h)) != sizeof(h) || memcmp(h.e_ident, ELFMAG, SELFMAG))
		return 0;
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_machine != arch_elf_machine) {
		rsx_error("-p %d: a 32-bit program, or one of another architecture; rsx-trace traces "
			  "64-bit programs of its own", pid);
		return RSX_EXIT_PTRACE;
	}
	return 0;
}

/*
 * The call a task sleeps in, asked for before the task is disturbed:
 * afterwards the kernel does not tell the first argument any more (arm64).
 */
static void note_call(struct tracee *t)
{
	struct rsx_entry *e = &t->call.entry;
	char path[64], text[256];
	_rsx_fclose_ FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/syscall", t->tid);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f) ||
	    sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		   " %" SCNx64 " %" SCNx64, &e->nr, &e->args[0], &e->args[1], &e->args[2],
		   &e->args[3], &e->args[4], &e->args[5], &e->sp, &e->pc) != 9)
		e->pc = 0;
}

/*
 * Most interrupted calls are made again by the kernel, but epoll_wait(2) and a
 * few more end with EINTR even if no signal came, signal(7). The program did
 * not ask for that.
 */
void intercept_redo(struct tracee *t)
{
	const struct rsx_entry *e = &t->call.entry;
	const struct rsx_syscall *row = NULL;
	struct rsx_regs regs;

	if (e->pc)
		row = rsx_syscall_by_nr(RSX_ARCH_NATIVE, (uint32_t)e->nr);
	if (row && row->lower)
		row = &rsx_syscalls[row->lower->row];
	if (!row || row->restart != RSX_RESTART_EINTR || arch_regs_get(t->tid, &regs) ||
	    arch_regs_pc(&regs) != e->pc || arch_regs_result(&regs) != -EINTR)
		return;
	if ((sigroute_set(t->tid, "SigPnd:") | sigroute_set(t->tid, "ShdPnd:")) &
	    ~sigroute_set(t->tid, "SigBlk:"))
		return;
	arch_regs_call(&regs, e->nr, e->args);
	arch_regs_set(t->tid, &regs);
}

/* Will the kernel make the noted call again? */
static bool is_begun(const struct tracee *t)
{
	struct rsx_regs regs;

	return t->call.entry.pc && !arch_regs_get(t->tid, &regs) &&
	       arch_regs_restarts(&regs, t->call.entry.pc);
}

/* Seize one task and ask it to stop. 0, or an errno. */
static int seize(struct tracer *tr, pid_t tid)
{
	struct tracee *t;

	/* a task that its parent made while that was seized already is ours */
	if (rsx_ptrace(PTRACE_SEIZE, tid, 0, (void *)(long)INTERCEPT_OPTIONS) < 0) {
		if (errno != EPERM || status_of(tid, "TracerPid:") != getpid())
			return errno;
		return tracee_new(tr, tid) ? 0 : ENOMEM;
	}
	t = tracee_new(tr, tid);
	if (!t)
		return ENOMEM;
	note_call(t);
	if (rsx_ptrace(PTRACE_INTERRUPT, tid, 0, NULL) == 0)
		return 0;
	tracee_free(t);
	return errno;
}

/* Seize the tasks of `pid` that are not seized yet; counts them. 0 or an errno. */
static int seize_new(struct tracer *tr, pid_t pid, unsigned *ret_n)
{
	char path[64];
	_rsx_closedir_ DIR *dir = NULL;
	struct dirent *e;

	*ret_n = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return ESRCH;
	while ((e = readdir(dir))) {
		pid_t tid = (pid_t)atoi(e->d_name);
		int err;

		if (tid <= 0 || tracee_find(tr, tid))
			continue;
		err = seize(tr, tid);
		if (err && has_ended(tid))
			continue;
		if (err && (err != ESRCH || tid == pid))
			return err;
		*ret_n += !err;
	}
	return 0;
}

/* What a task reports on its way to the stop it was asked for. True: it is there. */
static bool arrived(struct tracee *t, int status, struct children *kids)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	unsigned long child = 0;

	if (event == PTRACE_EVENT_STOP) {
		t->stop_signal = sig;
		t->call.begun = is_begun(t);
		intercept_redo(t);
		return true;
	}
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) &&
	    !rsx_ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &child) && kids->n < CHILDREN)
		kids->pid[kids->n++] = (pid_t)child;
	rsx_ptrace(PTRACE_INTERRUPT, t->tid, 0, NULL); /* any stop forgets the former one */
	rsx_ptrace(PTRACE_CONT, t->tid, 0, (void *)(long)(event ? 0 : sig));
	return false;
}

/* Wait until t has stopped, or is gone (it is freed then). 0 or -ETIMEDOUT. */
static int wait_stop(struct tracee *t, struct children *kids)
{
	const struct timespec pause = { 0, 500000 };
	const int64_t end = now_ns() + PATIENCE_NS;
	int status;

	while (now_ns() < end) {
		pid_t got = waitpid(t->tid, &status, __WALL | WNOHANG);

		if (got == 0) {
			nanosleep(&pause, NULL);
		} else if (got < 0 || WIFEXITED(status) || WIFSIGNALED(status)) {
			tracee_free(t);
			return 0;
		} else if (arrived(t, status, kids)) {
			intercept_stopped(t);
			return 0;
		}
	}
	return -ETIMEDOUT;
}

/* All that are not stopped yet. 0, or -ETIMEDOUT after one line. */
static int wait_stops(struct tracer *tr, pid_t pid, struct children *kids)
{
	struct tracee *t, *next;

	for (t = tr->tracees; t; t = next) {
		next = t->next;
		if (t->pos != POS_RUNNING || !wait_stop(t, kids))
			continue;
		rsx_error("-p %d: task %d does not stop; it may be waiting for a device or for the "
			  "end of a vfork", pid, t->tid);
		return -ETIMEDOUT;
	}
	return 0;
}

static int attach_process(struct tracer *tr, pid_t pid, struct children *kids)
{
	struct process *p;
	unsigned n;
	int err;

	do {
		err = seize_new(tr, pid, &n);
		if (err) {
			say_why_not(pid, err);
			return RSX_EXIT_PTRACE;
		}
		if (wait_stops(tr, pid, kids))
			return RSX_EXIT_PTRACE;
	} while (n);
	p = process_new(tr, pid, twin_new(0, 0));
	if (!p) {
		rsx_error("out of memory");
		return RSX_EXIT_FAILED;
	}
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->process)
			continue;
		t->process = p;
		p->threads++;
		p->tasks++;
	}
	if (p->threads)
		return 0;
	say_why_not(pid, ESRCH); /* all have ended meanwhile */
	return RSX_EXIT_PTRACE;
}

/* The process that a task belongs to: any of its threads may have been named. */
static pid_t process_of(pid_t tid)
{
	long pid = status_of(tid, "Tgid:");

	return pid > 0 ? (pid_t)pid : tid;
}

static bool is_attached(const struct tracer *tr, pid_t pid)
{
	const struct process *p = tr->processes;

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

int intercept_attach(struct tracer *tr, pid_t tid)
{
	struct children kids = { .n = 0 };
	pid_t pid = process_of(tid);
	int err;

	if (is_attached(tr, pid))
		return 0;
	err = check_own(tr, pid);
	if (!err)
		err = check_program(pid);
	if (!err)
		err = attach_process(tr, pid, &kids);
	for (unsigned i = 0; !err && i < kids.n; i++)
		if (!is_attached(tr, kids.pid[i]))
			err = attach_process(tr, kids.pid[i], &kids);
	return err;
}
