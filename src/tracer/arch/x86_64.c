/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64 registers. The number register is rax; the kernel keeps the number
 * in orig_rax during the call and overwrites rax with -ENOSYS at entry. A
 * negative orig_rax at entry skips the call and disables restarts.
 */
#include "arch.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/ptrace.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ptrace.h"

#define X32_BIT 0x40000000

const uint64_t arch_sigreturn = 0x0f0000000fc0c748; /* mov $15, %rax; syscall */

const uint16_t arch_elf_machine = EM_X86_64;
const uint8_t arch_syscall_insn[ARCH_SYSCALL_INSN] = { 0x0f, 0x05 };

const struct arch_nr arch_nr = {
	.ppoll = SYS_ppoll, .eventfd2 = SYS_eventfd2, .openat = SYS_openat,
	.mmap = SYS_mmap, .munmap = SYS_munmap, .close = SYS_close, .dup = SYS_dup,
	.execve = SYS_execve, .execveat = SYS_execveat, .chdir = SYS_chdir,
	.msync = SYS_msync, .userfaultfd = SYS_userfaultfd,
};

int arch_entry(pid_t tid, struct rsx_entry *ret)
{
	struct ptrace_syscall_info info;

	if (rsx_ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) < 0)
		return -errno;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return -ESRCH; /* killed since: it is at that stop no more */
	ret->nr = (long)info.entry.nr;
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++)
		ret->args[i] = info.entry.args[i];
	ret->pc = info.instruction_pointer;
	ret->sp = info.stack_pointer;
	ret->foreign = info.arch != AUDIT_ARCH_X86_64 || (ret->nr & X32_BIT);
	return 0;
}

int arch_regs_get(pid_t tid, struct rsx_regs *regs)
{
	return rsx_ptrace(PTRACE_GETREGS, tid, 0, &regs->r) < 0 ? -errno : 0;
}

int arch_regs_set(pid_t tid, const struct rsx_regs *regs)
{
	return rsx_ptrace(PTRACE_SETREGS, tid, 0, (void *)&regs->r) < 0 ? -errno : 0;
}

int64_t arch_regs_result(const struct rsx_regs *regs)
{
	return (int64_t)regs->r.rax;
}

bool arch_regs_restarts(const struct rsx_regs *regs, uint64_t pc)
{
	return regs->r.rip == pc && arch_regs_result(regs) <= -512 && arch_regs_result(regs) >= -516;
}

static int poke(pid_t tid, size_t at, uint64_t value)
{
	return rsx_ptrace(PTRACE_POKEUSR, tid, at, (void *)value) < 0 ? -errno : 0;
}

#define REG(name) offsetof(struct user_regs_struct, name)

int arch_return_skipped(pid_t tid, int64_t ret)
{
	return poke(tid, REG(rax), (uint64_t)ret);
}

int arch_return_entry(pid_t tid, int64_t ret)
{
	int err = poke(tid, REG(orig_rax), UINT64_MAX);

	return err ? err : poke(tid, REG(rax), (uint64_t)ret);
}

void arch_regs_return(struct rsx_regs *regs, int64_t ret)
{
	regs->r.orig_rax = UINT64_MAX;
	regs->r.rax = (uint64_t)ret;
}

void arch_regs_restart(struct rsx_regs *regs, const struct rsx_entry *e, int code)
{
	regs->r.orig_rax = (uint64_t)e->nr;
	regs->r.rax = (uint64_t)-(int64_t)code;
}

static void set_args(struct rsx_regs *regs, const uint64_t args[RSX_MAX_ARGS])
{
	regs->r.rdi = args[0];
	regs->r.rsi = args[1];
	regs->r.rdx = args[2];
	regs->r.r10 = args[3];
	regs->r.r8 = args[4];
	regs->r.r9 = args[5];
}

void arch_regs_call(struct rsx_regs *regs, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	regs->r.rip -= ARCH_SYSCALL_INSN;
	regs->r.rax = (uint64_t)nr;
	regs->r.orig_rax = UINT64_MAX;
	set_args(regs, args);
}

void arch_regs_jump(struct rsx_regs *regs, uint64_t site)
{
	regs->r.rip = site + ARCH_SYSCALL_INSN;
}

uint64_t arch_regs_pc(const struct rsx_regs *regs)
{
	return regs->r.rip;
}

uint64_t arch_regs_sp(const struct rsx_regs *regs)
{
	return regs->r.rsp;
}

int arch_entry_replace(pid_t tid, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	struct rsx_regs regs;
	int err = arch_regs_get(tid, &regs);

	if (err)
		return err;
	regs.r.orig_rax = (uint64_t)nr;
	set_args(&regs, args);
	return arch_regs_set(tid, &regs);
}

int arch_entry_skip(pid_t tid)
{
	struct rsx_regs regs;
	int err = arch_regs_get(tid, &regs);

	if (err)
		return err;
	regs.r.orig_rax = (uint64_t)-1;
	return arch_regs_set(tid, &regs);
}

int arch_entry_arg(pid_t tid, unsigned arg, uint64_t value)
{
	static const uint16_t at[RSX_MAX_ARGS] = {
		REG(rdi), REG(rsi), REG(rdx), REG(r10), REG(r8), REG(r9),
	};

	return poke(tid, at[arg], value);
}

void arch_regs_fix_restart(struct rsx_regs *regs, const struct rsx_entry *e)
{
	(void)regs;
	(void)e;
}

void arch_regs_unhide(pid_t tid, struct rsx_regs *regs)
{
	(void)tid;
	(void)regs;
}

void arch_regs_args(struct rsx_regs *regs, const struct rsx_entry *e, bool keep_result)
{
	(void)keep_result;
	set_args(regs, e->args);
}

/* Callee-saved registers of the System V ABI; floating-point modes are not changed here. */
__asm__(".text\n"
	".globl arch_stack_switch\n"
	".type arch_stack_switch, @function\n"
	"arch_stack_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size arch_stack_switch, . - arch_stack_switch\n"
	".type stack_start, @function\n"
	"stack_start:\n"
	"	movq %r13, %rdi\n"
	"	callq *%r12\n"
	"	ud2\n"
	".size stack_start, . - stack_start\n");

extern const char stack_start[];

bool arch_link(pid_t tid, uint64_t *ret)
{
	(void)tid;
	(void)ret;
	return false;
}

void *arch_stack_init(void *top, void (*entry)(void *arg), void *arg)
{
	/*
	 * What arch_stack_switch pops, in its order, and where it returns to; two
	 * words more, so that the stack is aligned there.
	 */
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15) - 9;

	memset(sp, 0, 9 * sizeof(*sp));
	sp[2] = (uintptr_t)arg;	  /* r13 */
	sp[3] = (uintptr_t)entry; /* r12 */
	sp[6] = (uintptr_t)stack_start;
	return sp;
}
