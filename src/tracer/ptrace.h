/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ptrace(2) by number: glibc's <sys/ptrace.h> clashes with <linux/ptrace.h>,
 * which has what we need.
 */
#ifndef RSX_TRACER_PTRACE_H
#define RSX_TRACER_PTRACE_H

#include <linux/ptrace.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif

/* -1 with errno set, as ptrace(2). */
static inline long rsx_ptrace(long req, pid_t tid, uint64_t addr, void *data)
{
	return syscall(SYS_ptrace, req, (long)tid, addr, data);
}

#endif
