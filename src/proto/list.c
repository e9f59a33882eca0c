/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The support table of the manual, printed from the rows themselves: name,
 * numbers, where it runs, how it restarts, why.
 */
#include "rsx/list.h"

#include "rsx/print.h"

static const char *const split_names[RSX_SPLIT_MAX] = {
#define NAME(handler) [RSX_SPLIT_##handler] = #handler
	NAME(close), NAME(dup), NAME(dup3), NAME(close_range), NAME(chdir),
	NAME(fchdir), NAME(getcwd), NAME(rlimit), NAME(vmem), NAME(mmap), NAME(munmap),
	NAME(msync), NAME(clone), NAME(exec), NAME(exit), NAME(poll),
	NAME(epoll), NAME(sendfile), NAME(pipe), NAME(vmsplice), NAME(lease), NAME(kill),
	NAME(seccomp), NAME(prctl), NAME(socket), NAME(netdev), NAME(unshare), NAME(chroot),
	NAME(procdir), NAME(kcmp), NAME(owner),
#undef NAME
};

/* "remote", "split mmap", "deny EPERM", "as openat", "by argument" */
static void where_text(const struct rsx_syscall *row, char *text, size_t size)
{
	const char *detail = "";

	if (row->lower) {
		snprintf(text, size, "as %s", row->lower->to);
		return;
	}
	if (row->nvariants && !row->sel_high) {
		const char *name = rsx_errno_name(row->err);

		snprintf(text, size, "below, or %s", name ? name : "?");
		return;
	}
	if (row->flags & RSX_ROW_ASK) {
		const char *name = rsx_errno_name(row->err);

		snprintf(text, size, "if allowed, or %s", name ? name : "?");
		return;
	}
	if (row->where == RSX_WHERE_SPLIT && row->split < RSX_SPLIT_MAX)
		detail = split_names[row->split];
	else if (row->where == RSX_WHERE_DENY)
		detail = rsx_errno_name(row->err);
	snprintf(text, size, "%s%s%s", rsx_where_name(row->where),
		 detail && *detail ? " " : "", detail ? detail : "");
}

static const char *nr_text(int nr, char text[8])
{
	if (nr < 0)
		return "-";
	snprintf(text, 8, "%d", nr);
	return text;
}

static void list_row(FILE *out, const struct rsx_syscall *row)
{
	const struct rsx_syscall *runs = row->lower ?
		rsx_syscall_by_name(row->lower->to) : row;
	char where[64], x86[8], gen[8];

	where_text(row, where, sizeof(where));
	if (row->variant)
		fprintf(out, "  %-22s %6s %7s", row->variant, "", "");
	else
		fprintf(out, "%-24s %6s %7s", row->name,
			nr_text(row->nr[RSX_ARCH_X86_64], x86),
			nr_text(row->nr[RSX_ARCH_GENERIC], gen));
	if (row->note)
		fprintf(out, "  %-18s %-7s %s\n", where,
			rsx_restart_name(runs->restart), row->note);
	else
		fprintf(out, "  %-18s %s\n", where, rsx_restart_name(runs->restart));
}

void rsx_list_syscalls(FILE *out)
{
	fprintf(out, "%-24s %6s %7s  %-18s %-7s %s\n", "syscall", "x86-64",
		"aarch64", "runs", "restart", "note");
	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		list_row(out, row);
		for (unsigned v = 0; v < row->nvariants; v++)
			list_row(out, &row->variants[v]);
	}
}
