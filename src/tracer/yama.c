/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See yama.h. */
#include "yama.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rsx/cleanup.h"

enum { ANY, DESCENDANTS, ROOT, NOBODY };

int yama_scope(void)
{
	_rsx_fclose_ FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope;

	return f && fscanf(f, "%d", &scope) == 1 ? scope : -1;
}

/* What Yama means by root: CAP_SYS_PTRACE, which root in a container may lack. */
static bool is_root(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &head, data) &&
	       (data[0].effective & CAP_TO_MASK(CAP_SYS_PTRACE));
}

const char *yama_refuses(bool running)
{
	switch (yama_scope()) {
	case DESCENDANTS:
		return !running || is_root() ? NULL :
			"Yama lets only root attach (kernel.yama.ptrace_scope is 1); "
			"run rsx-trace as root (CAP_SYS_PTRACE), or set it to 0 with sysctl";
	case ROOT:
		return is_root() ? NULL : running ?
			"Yama lets only root trace (kernel.yama.ptrace_scope is 2); "
			"run rsx-trace as root (CAP_SYS_PTRACE), or set it to 0 with sysctl" :
			"Yama lets only root trace (kernel.yama.ptrace_scope is 2); "
			"run rsx-trace as root (CAP_SYS_PTRACE), or set it to 1 or 0 with sysctl";
	case NOBODY:
		return "Yama forbids all tracing (kernel.yama.ptrace_scope is 3); only a reboot lifts it";
	default:
		return NULL;
	}
}
