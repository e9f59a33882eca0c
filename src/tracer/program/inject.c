/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See inject.h. */
#include "program/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "op.h"
#include "ptrace.h"
#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

#define BELOW_STACK 512 /* beyond every ABI's red zone */
#define VDSO_MAX 65536

static bool is_site(struct tracee *t, uint64_t at)
{
	uint8_t text[ARCH_SYSCALL_INSN];

	return !tracee_read(t, at, text, sizeof(text)) &&
	       !memcmp(text, arch_syscall_insn, sizeof(text));
}

/* The vDSO falls back to real calls, so it has the instruction. */
static uint64_t site_in_vdso(struct tracee *t)
{
	char path[64], line[512];
	_rsx_fclose_ FILE *f = NULL;
	_rsx_free_ uint8_t *text = malloc(VDSO_MAX);
	unsigned long start = 0, end = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", t->tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[vdso]") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			break;
	if (!text || end <= start || end - start > VDSO_MAX ||
	    tracee_read(t, start, text, end - start))
		return 0;
	for (size_t i = 0; i + ARCH_SYSCALL_INSN <= end - start; i += ARCH_INSN_ALIGN)
		if (!memcmp(text + i, arch_syscall_insn, ARCH_SYSCALL_INSN))
			return start + i;
	return 0;
}

static uint64_t find_site(struct tracee *t)
{
	for (const struct tracee *o = t->tracer->tracees; o; o = o->next)
		if (o->mm == t->mm && o->call.entry.pc &&
		    is_site(t, o->call.entry.pc - ARCH_SYSCALL_INSN))
			return o->call.entry.pc - ARCH_SYSCALL_INSN;
	return site_in_vdso(t);
}

/* Wait for the next syscall stop. */
static int next_syscall_stop(struct injection *in)
{
	pid_t tid = in->t->tid;
	int status;

	for (;;) {
		if (rsx_ptrace(PTRACE_SYSCALL, tid, 0, NULL) < 0 ||
		    waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status) ||
		    status >> 16 == PTRACE_EVENT_EXIT) {
			in->dead = true;
			return -ESRCH;
		}
		if (status >> 8 == (SIGTRAP | 0x80))
			return 0;
		if (status >> 8 == SIGSTOP)
			in->stopped = true;
	}
}

int64_t inject(struct injection *in, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	struct rsx_regs regs = in->saved;

	arch_regs_jump(&regs, in->site);
	arch_regs_call(&regs, nr, args);
	if (in->dead || arch_regs_set(in->t->tid, &regs) || next_syscall_stop(in) ||
	    next_syscall_stop(in) || arch_regs_get(in->t->tid, &regs))
		return -ESRCH;
	return arch_regs_result(&regs);
}

int inject_begin(struct injection *in, struct tracee *t)
{
	uint64_t all = ~0ULL;

	*in = (struct injection){ .t = t, .site = find_site(t) };
	if (!in->site)
		return -ENOEXEC;
	if (arch_regs_get(t->tid, &in->saved) ||
	    rsx_ptrace(PTRACE_GETSIGMASK, t->tid, sizeof(in->mask), &in->mask) < 0)
		return -ESRCH;
	in->room = (arch_regs_sp(&in->saved) - BELOW_STACK) & ~(uint64_t)15;
	if (tracee_read(t, in->room, in->kept, INJECT_ROOM))
		return -EFAULT;
	rsx_ptrace(PTRACE_SETSIGMASK, t->tid, sizeof(all), &all);
	return 0;
}

/* Back to an event stop: only from there the kernel restarts an interrupted call. */
static int to_event_stop(struct injection *in)
{
	pid_t tid = in->t->tid;
	int status;

	while (!in->dead) {
		/* any other stop forgets that it was asked for */
		if (rsx_ptrace(PTRACE_INTERRUPT, tid, 0, NULL) < 0 ||
		    rsx_ptrace(PTRACE_CONT, tid, 0, NULL) < 0 ||
		    waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
			break;
		if (status >> 16 == PTRACE_EVENT_STOP)
			return 0;
	}
	return -ESRCH;
}

void inject_end(struct injection *in)
{
	if (to_event_stop(in))
		return;
	tracee_poke(in->t, in->room, in->kept, INJECT_ROOM);
	arch_regs_set(in->t->tid, &in->saved);
	rsx_ptrace(PTRACE_SETSIGMASK, in->t->tid, sizeof(in->mask), &in->mask);
	if (in->stopped)
		kill(in->t->process->pid, SIGSTOP);
}

static int64_t open_there(struct injection *in, const char *path, int flags)
{
	if (tracee_poke(in->t, in->room, path, strlen(path) + 1))
		return -EFAULT;
	return inject(in, SYS_openat, OP_ARGS((uint64_t)(int64_t)AT_FDCWD, in->room,
					      (uint64_t)flags | O_CLOEXEC));
}

static int64_t dead_file(struct injection *in)
{
	return open_there(in, "/", O_PATH);
}

/* A pseudo-terminal's master whose slave was closed: pty(7). */
static int64_t dead_reader(struct injection *in)
{
	int64_t master = open_there(in, "/dev/ptmx", O_RDONLY | O_NOCTTY), slave;
	const int unlock = 0;

	if (master < 0)
		return dead_file(in);
	tracee_poke(in->t, in->room, &unlock, sizeof(unlock));
	inject(in, SYS_ioctl, OP_ARGS((uint64_t)master, TIOCSPTLCK, in->room));
	slave = inject(in, SYS_ioctl, OP_ARGS((uint64_t)master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	if (slave >= 0) {
		inject(in, SYS_close, OP_ARGS((uint64_t)slave));
		return master;
	}
	inject(in, SYS_close, OP_ARGS((uint64_t)master));
	return dead_file(in);
}

static int64_t dead_socket(struct injection *in)
{
	int pair[2];
	int64_t err;

	err = inject(in, SYS_socketpair,
		     OP_ARGS(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in->room));
	if (err)
		return err;
	if (tracee_read(in->t, in->room, pair, sizeof(pair)))
		return -EFAULT;
	inject(in, SYS_close, OP_ARGS((uint64_t)pair[1]));
	return pair[0];
}

int inject_dead_fd(struct injection *in, int fd, enum dead_fd kind)
{
	int64_t flags = inject(in, SYS_fcntl, OP_ARGS((uint64_t)fd, F_GETFD));
	int64_t dead = kind == DEAD_SOCKET ? dead_socket(in) :
		       kind == DEAD_READER ? dead_reader(in) : dead_file(in);
	int64_t err;

	if (dead < 0)
		return (int)dead;
	err = inject(in, SYS_dup3, OP_ARGS((uint64_t)dead, (uint64_t)fd,
					   flags & FD_CLOEXEC ? O_CLOEXEC : 0));
	inject(in, SYS_close, OP_ARGS((uint64_t)dead));
	return err < 0 ? (int)err : 0;
}
