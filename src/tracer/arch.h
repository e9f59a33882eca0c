/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of a stopped tracee. The files in arch/ are the only ones that
 * name a register; everything else speaks of calls, arguments and results.
 *
 * A syscall stop leaves the program counter behind the syscall instruction.
 * "Rewound" means moved back onto it, so that the program executes it again.
 */
#ifndef RSX_TRACER_ARCH_H
#define RSX_TRACER_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "rsx/limits.h"

struct rsx_regs {
	struct user_regs_struct r;
};

/* A call as the program made it. */
struct rsx_entry {
	long nr;
	uint64_t args[RSX_MAX_ARGS];
	uint64_t pc; /* behind the syscall instruction */
	uint64_t sp;
	bool foreign; /* made through another ABI (32-bit, x32) */
};

/* The call at a syscall-entry or SYSEMU stop. 0 or -ESRCH. */
int arch_entry(pid_t tid, struct rsx_entry *ret);

int arch_regs_get(pid_t tid, struct rsx_regs *regs);
int arch_regs_set(pid_t tid, const struct rsx_regs *regs);

/* The result register at a syscall-exit stop. */
int64_t arch_regs_result(const struct rsx_regs *regs);

/*
 * At an event stop in the call that returns to `pc`: will the kernel make it
 * again? It ended with one of ERESTARTSYS to ERESTART_RESTARTBLOCK (x86-64), or
 * is rewound already (arm64).
 */
bool arch_regs_restarts(const struct rsx_regs *regs, uint64_t pc);

/* At a SYSEMU stop: the call that was skipped returns `ret`. */
int arch_return_skipped(pid_t tid, int64_t ret);

/* At a syscall-entry stop: skip the call, it returns `ret`. */
int arch_return_entry(pid_t tid, int64_t ret);

/*
 * Make `regs`, as saved at the entry of a call, those of its return with
 * `ret`, for use at any later stop. The kernel will not restart anything.
 */
void arch_regs_return(struct rsx_regs *regs, int64_t ret);

/*
 * Make `regs` those of a call that the kernel is to restart or to end with
 * EINTR by its own rules; `code` is ERESTARTSYS or ERESTARTNOHAND, positive.
 */
void arch_regs_restart(struct rsx_regs *regs, const struct rsx_entry *e, int code);

/* Rewind `regs` and make them those of another call, to be executed next. */
void arch_regs_call(struct rsx_regs *regs, long nr, const uint64_t args[RSX_MAX_ARGS]);

/* Make `regs` those of a return from the syscall instruction at `site`. */
void arch_regs_jump(struct rsx_regs *regs, uint64_t site);
uint64_t arch_regs_pc(const struct rsx_regs *regs);
uint64_t arch_regs_sp(const struct rsx_regs *regs);

/* The instruction that makes a call, its length, and how instructions are aligned. */
#if defined(__x86_64__)
#define ARCH_SYSCALL_INSN 2
#define ARCH_INSN_ALIGN 1
#else
#define ARCH_SYSCALL_INSN 4
#define ARCH_INSN_ALIGN 4
#endif
extern const uint8_t arch_syscall_insn[ARCH_SYSCALL_INSN];

/* At a syscall-entry stop: replace the call that is about to run. */
int arch_entry_replace(pid_t tid, long nr, const uint64_t args[RSX_MAX_ARGS]);
/* At an entry stop: the call does not run; the registers stay, what it would return is not set. */
int arch_entry_skip(pid_t tid);

/* At a syscall-entry stop: replace one argument. */
int arch_entry_arg(pid_t tid, unsigned arg, uint64_t value);

/*
 * At a signal-delivery stop that ended a call prepared by
 * arch_regs_restart(): mend what the kernel's restart lost (arm64: x0).
 */
void arch_regs_fix_restart(struct rsx_regs *regs, const struct rsx_entry *e);

/*
 * `regs` were read at a syscall stop and are to be set at a stop of another
 * kind: add what the kernel hides at syscall stops only (arm64: x7).
 */
void arch_regs_unhide(pid_t tid, struct rsx_regs *regs);

/*
 * Put the program's own arguments back after a call with rewritten ones; at an
 * exit stop the result register keeps the result.
 */
void arch_regs_args(struct rsx_regs *regs, const struct rsx_entry *e, bool keep_result);

/* The register that holds a leaf function's return address; false: there is none. */
bool arch_link(pid_t tid, uint64_t *ret);

/* The first 8 bytes of the code that a signal handler returns to: rt_sigreturn(2). */
extern const uint64_t arch_sigreturn;

/* ELF e_machine of programs that can run here. */
extern const uint16_t arch_elf_machine;

/*
 * Coroutine stacks (op.c). arch_stack_init() prepares the stack that ends at
 * `top` so that the first switch to the returned value calls entry(arg), which
 * must not return. arch_stack_switch() saves the callee-saved registers and
 * where it is in *save, and goes on where `to` was saved.
 */
void *arch_stack_init(void *top, void (*entry)(void *arg), void *arg);
void arch_stack_switch(void **save, void *to);

/* Numbers of calls the tracer makes a tracee do. */
struct arch_nr {
	long ppoll, eventfd2, openat, mmap, munmap, close, dup, execve, execveat, chdir, msync,
		userfaultfd;
};
extern const struct arch_nr arch_nr;

#endif
