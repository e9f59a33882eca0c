/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aarch64 registers. The number is in x8 and, during a stop, in the regset
 * NT_ARM_SYSTEM_CALL; x0 is first argument and result. The kernel keeps the
 * first argument aside (orig_x0) for restarts; since 6.1.192 and 6.12.115 a
 * SETREGSET at the entry stop rewrites that copy as well, hence
 * arch_regs_fix_restart(). x7 is hidden at syscall stops, where writes to
 * it are lost too, but not at signal-delivery stops: arch_regs_unhide().
 */
#include "arch.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/ptrace.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ptrace.h"


#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

const uint64_t arch_sigreturn = 0xd4000001d2801168; /* mov x8, #139; svc #0 */

const uint16_t arch_elf_machine = EM_AARCH64;
const uint8_t arch_syscall_insn[ARCH_SYSCALL_INSN] = { 0x01, 0x00, 0x00, 0xd4 };

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
	ret->foreign = info.arch != AUDIT_ARCH_AARCH64;
	return 0;
}

int arch_regs_get(pid_t tid, struct rsx_regs *regs)
{
	struct iovec iov = { &regs->r, sizeof(regs->r) };

	return rsx_ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) < 0 ? -errno : 0;
}

int arch_regs_set(pid_t tid, const struct rsx_regs *regs)
{
	struct iovec iov = { (void *)&regs->r, sizeof(regs->r) };

	return rsx_ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) < 0 ? -errno : 0;
}

static int set_number(pid_t tid, int nr)
{
	struct iovec iov = { &nr, sizeof(nr) };

	return rsx_ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &iov) < 0 ? -errno : 0;
}

int64_t arch_regs_result(const struct rsx_regs *regs)
{
	return (int64_t)regs->r.regs[0];
}

bool arch_regs_restarts(const struct rsx_regs *regs, uint64_t pc)
{
	return regs->r.pc == pc - ARCH_SYSCALL_INSN;
}

int arch_return_skipped(pid_t tid, int64_t ret)
{
	struct rsx_regs regs;
	int err = arch_regs_get(tid, &regs);

	if (err)
		return err;
	regs.r.regs[0] = (uint64_t)ret;
	return arch_regs_set(tid, &regs);
}

int arch_return_entry(pid_t tid, int64_t ret)
{
	int err = arch_return_skipped(tid, ret);

	return err ? err : set_number(tid, -1);
}

void arch_regs_return(struct rsx_regs *regs, int64_t ret)
{
	regs->r.regs[0] = (uint64_t)ret;
}

void arch_regs_restart(struct rsx_regs *regs, const struct rsx_entry *e, int code)
{
	(void)e;
	regs->r.regs[0] = (uint64_t)-(int64_t)code;
}

static void set_args(struct rsx_regs *regs, const uint64_t args[RSX_MAX_ARGS])
{
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++)
		regs->r.regs[i] = args[i];
}

void arch_regs_call(struct rsx_regs *regs, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	regs->r.pc -= ARCH_SYSCALL_INSN;
	regs->r.regs[8] = (uint64_t)nr;
	set_args(regs, args);
}

void arch_regs_jump(struct rsx_regs *regs, uint64_t site)
{
	regs->r.pc = site + ARCH_SYSCALL_INSN;
}

uint64_t arch_regs_pc(const struct rsx_regs *regs)
{
	return regs->r.pc;
}

uint64_t arch_regs_sp(const struct rsx_regs *regs)
{
	return regs->r.sp;
}

int arch_entry_replace(pid_t tid, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	struct rsx_regs regs;
	int err = arch_regs_get(tid, &regs);

	if (err)
		return err;
	regs.r.regs[8] = (uint64_t)nr;
	set_args(&regs, args);
	err = arch_regs_set(tid, &regs);
	return err ? err : set_number(tid, (int)nr);
}

int arch_entry_skip(pid_t tid)
{
	return set_number(tid, -1);
}

int arch_entry_arg(pid_t tid, unsigned arg, uint64_t value)
{
	struct rsx_regs regs;
	int err = arch_regs_get(tid, &regs);

	if (err)
		return err;
	regs.r.regs[arg] = value;
	return arch_regs_set(tid, &regs);
}

void arch_regs_fix_restart(struct rsx_regs *regs, const struct rsx_entry *e)
{
	if (regs->r.pc == e->pc - ARCH_SYSCALL_INSN)
		regs->r.regs[0] = e->args[0];
}

void arch_regs_unhide(pid_t tid, struct rsx_regs *regs)
{
	struct rsx_regs now;

	if (!arch_regs_get(tid, &now))
		regs->r.regs[7] = now.r.regs[7];
}

void arch_regs_args(struct rsx_regs *regs, const struct rsx_entry *e, bool keep_result)
{
	uint64_t result = regs->r.regs[0];

	set_args(regs, e->args);
	if (keep_result)
		regs->r.regs[0] = result;
}

/* x19 to x30 and d8 to d15 are the callee's to keep, AAPCS64. */
__asm__(".text\n"
	".globl arch_stack_switch\n"
	".type arch_stack_switch, %function\n"
	"arch_stack_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size arch_stack_switch, . - arch_stack_switch\n"
	".globl arch_stack_start\n" /* a local one would come from the GOT without its offset */
	".hidden arch_stack_start\n"
	".type arch_stack_start, %function\n"
	"arch_stack_start:\n"
	"	mov x0, x20\n"
	"	blr x19\n"
	"	brk #0\n"
	".size arch_stack_start, . - arch_stack_start\n");

extern const char arch_stack_start[] __attribute__((visibility("hidden")));

bool arch_link(pid_t tid, uint64_t *ret)
{
	struct rsx_regs regs;

	if (arch_regs_get(tid, &regs))
		return false;
	*ret = regs.r.regs[30];
	return true;
}

void *arch_stack_init(void *top, void (*entry)(void *arg), void *arg)
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15) - 20;

	memset(sp, 0, 20 * sizeof(*sp));
	sp[0] = (uintptr_t)entry;	 /* x19 */
	sp[1] = (uintptr_t)arg;		 /* x20 */
	sp[11] = (uintptr_t)arch_stack_start; /* x30 */
	return sp;
}
