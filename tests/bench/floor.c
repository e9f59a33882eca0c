/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor CALLS: what a forwarded call costs at least on this machine.
 *
 * A child makes system calls in a loop. For each one its tracer does what no
 * tracer of this kind can do without: take the SYSEMU stop, get the registers,
 * read 64 bytes of the child's memory, exchange 64 bytes with a server over
 * loopback TCP, set the result, resume. The server echoes and does nothing
 * else. Tracer and child always share a CPU, since a stop across two costs
 * many times more; the server is once on that CPU, all of them sleeping in
 * recv(), and once on another, both ends looking without sleeping.
 *
 * Prints nanoseconds per call: `same` and `other` for the whole, then the
 * parts, each alone.
 */
#include <elf.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "bench.h"

#include <linux/ptrace.h>

#define MESSAGE 64

struct floor {
	pid_t child;
	int fd;	   /* to the server, or -1 */
	int flags; /* of recv */
	char message[MESSAGE];
};

/* The memory that the tracer reads: the same address in the child. */
static char shared_place[MESSAGE] = "what a call's argument points to";

static long trace(long request, pid_t pid, uintptr_t addr, void *data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

static void child_loop(int cpu)
{
	bench_pin(cpu);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	for (;;)
		syscall(SYS_lseek, -1, shared_place, SEEK_CUR);
}

static pid_t start_child(int cpu)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		bench_die("fork");
	if (!pid)
		child_loop(cpu);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("the traced child");
	if (trace(PTRACE_SETOPTIONS, pid, 0, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)))
		bench_die("PTRACE_SETOPTIONS");
	return pid;
}

static pid_t start_server(int cpu, int fd, int other_end, int flags)
{
	char message[MESSAGE];
	pid_t pid = fork();

	if (pid < 0)
		bench_die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(other_end);
	bench_pin(cpu);
	while (bench_recv(fd, message, sizeof(message), flags))
		bench_send(fd, message, sizeof(message));
	_exit(0);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- the parts --- */

static void stop(struct floor *f)
{
	int status;

	if (trace(PTRACE_SYSEMU, f->child, 0, NULL))
		bench_die("PTRACE_SYSEMU");
	if (waitpid(f->child, &status, __WALL) != f->child || !WIFSTOPPED(status))
		bench_die("the traced child");
}

static void get(struct floor *f)
{
	struct ptrace_syscall_info info;

	if (trace(PTRACE_GET_SYSCALL_INFO, f->child, sizeof(info), &info) <= 0)
		bench_die("PTRACE_GET_SYSCALL_INFO");
}

static void set(struct floor *f)
{
#ifdef __x86_64__
	if (trace(PTRACE_POKEUSER, f->child, offsetof(struct user_regs_struct, rax), NULL))
		bench_die("PTRACE_POKEUSER");
#else
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof(regs) };

	if (trace(PTRACE_GETREGSET, f->child, NT_PRSTATUS, &v))
		bench_die("PTRACE_GETREGSET");
	regs.regs[0] = 0;
	if (trace(PTRACE_SETREGSET, f->child, NT_PRSTATUS, &v))
		bench_die("PTRACE_SETREGSET");
#endif
}

static void read_memory(struct floor *f)
{
	struct iovec here = { f->message, MESSAGE }, there = { shared_place, MESSAGE };

	if (process_vm_readv(f->child, &here, 1, &there, 1, 0) != MESSAGE)
		bench_die("process_vm_readv");
}

static void round_trip(struct floor *f)
{
	bench_send(f->fd, f->message, MESSAGE);
	if (!bench_recv(f->fd, f->message, MESSAGE, f->flags))
		bench_die("the echo server");
}

static void stop_get_set(struct floor *f)
{
	stop(f);
	get(f);
	set(f);
}

static void whole(struct floor *f)
{
	stop(f);
	get(f);
	read_memory(f);
	round_trip(f);
	set(f);
}

static void measure(struct floor *f, const char *name, void (*part)(struct floor *), long calls)
{
	int64_t began;

	for (long i = 0; i < calls / 20 + 1; i++)
		part(f);
	began = bench_now_ns();
	for (long i = 0; i < calls; i++)
		part(f);
	bench_report(name, (double)(bench_now_ns() - began) / (double)calls);
}

static void placement(int tracer_cpu, int server_cpu, int flags, const char *name_whole,
		      const char *name_trip, long calls)
{
	struct floor f = { .flags = flags };
	pid_t server;
	int fd[2];

	bench_tcp_pair(fd);
	server = start_server(server_cpu, fd[1], fd[0], flags);
	close(fd[1]);
	f.fd = fd[0];
	f.child = start_child(tracer_cpu);
	measure(&f, name_whole, whole, calls);
	measure(&f, name_trip, round_trip, calls);
	end(f.child);
	end(server);
	close(f.fd);
}

static void parts(int cpu, long calls)
{
	struct floor f = { .child = start_child(cpu), .fd = -1 };

	measure(&f, "stop", stop_get_set, calls);
	measure(&f, "readv", read_memory, calls);
	end(f.child);
}

int main(int argc, char *argv[])
{
	int first = bench_cpu(0), second = bench_cpu(1);
	long calls;

	if (argc != 2)
		bench_usage("floor CALLS");
	calls = bench_count(argv[1]);
	bench_pin(first);
	placement(first, first, 0, "same", "trip-same", calls);
	if (second >= 0)
		placement(first, second, MSG_DONTWAIT, "other", "trip-other", calls);
	parts(first, calls);
	return 0;
}
