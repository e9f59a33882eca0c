/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lint of the table: what the compiler cannot see about syscalls.def. Every
 * check walks all rows and variants, so that a new row is covered the day it
 * is written. Kernel numbers are checked at compile time (nr_check_*.c).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <string.h>

#include "rsx/list.h"
#include "rsx/print.h"
#include "rsx/syscall.h"
#include "rsx/xlat.h"

typedef void check_row(const struct rsx_syscall *row);

/* Variants stand for their row, which only selects among them. */
static void each_row(check_row *check)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		check(row);
		for (unsigned v = 0; v < row->nvariants; v++)
			check(&row->variants[v]);
	}
}

#define ROW_ASSERT(row, what, cond)                                           \
	ck_assert_msg(cond, "%s %s: %s", (row)->name,                         \
		      (row)->variant ? (row)->variant : "", what)

static unsigned count_kind(const struct rsx_syscall *row, enum rsx_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < row->nargs; i++)
		n += row->arg[i].kind == kind;
	return n;
}

START_TEST(names_and_numbers_are_unique)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		ROW_ASSERT(row, "name is given twice",
			   rsx_syscall_by_name(row->name) == row);
		for (unsigned arch = 0; arch < RSX_ARCH_MAX; arch++)
			if (row->nr[arch] >= 0)
				ROW_ASSERT(row, "number is given twice",
					   rsx_syscall_by_nr(arch, row->nr[arch]) == row);
		ROW_ASSERT(row, "has no number at all",
			   row->nr[0] >= 0 || row->nr[1] >= 0);
		ROW_ASSERT(row, "is a variant", !row->variant);
	}
}
END_TEST

static bool in(long nr, long first, long last)
{
	return nr >= first && nr <= last;
}

/* Linux 6.12: what is not a hole in the kernel's tables must have a row. */
START_TEST(every_number_has_a_row)
{
	for (long nr = 0; nr <= 466; nr++) {
		if (in(nr, 0, 335) || in(nr, 424, 466))
			ck_assert_msg(rsx_syscall_by_nr(RSX_ARCH_X86_64, nr),
				      "x86-64 %ld has no row", nr);
		else
			ck_assert_ptr_null(rsx_syscall_by_nr(RSX_ARCH_X86_64, nr));

		if (in(nr, 0, 243) || in(nr, 260, 294) || in(nr, 424, 466))
			ck_assert_msg(rsx_syscall_by_nr(RSX_ARCH_GENERIC, nr),
				      "asm-generic %ld has no row", nr);
		else
			ck_assert_ptr_null(rsx_syscall_by_nr(RSX_ARCH_GENERIC, nr));
	}
}
END_TEST

START_TEST(numbers_out_of_range_have_no_row)
{
	static const long bad[] = { -1, -4095, 467, 511, 512, 513, 1023, 1L << 30,
				    0x40000000 /* x32 */, 1L << 40 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_ptr_null(rsx_syscall_by_nr(RSX_ARCH_X86_64, bad[i]));
		ck_assert_ptr_null(rsx_syscall_by_nr(RSX_ARCH_GENERIC, bad[i]));
	}
	ck_assert_ptr_null(rsx_syscall_by_name("no_such_call"));
	ck_assert_ptr_null(rsx_syscall_by_name(""));
}
END_TEST

static void check_place(const struct rsx_syscall *row)
{
	if (row->lower) {
		ROW_ASSERT(row, "LOWER row has a place of its own",
			   row->where == RSX_WHERE_NONE && !row->nargs);
		return;
	}
	ROW_ASSERT(row, "has no place", row->where != RSX_WHERE_NONE &&
						row->where <= RSX_WHERE_DENY);
	ROW_ASSERT(row, "split handler", (row->where == RSX_WHERE_SPLIT) ==
						 (row->split != RSX_SPLIT_NONE));
	ROW_ASSERT(row, "split handler", row->split < RSX_SPLIT_MAX);
	ROW_ASSERT(row, "ROW_WIRE is for SPLIT rows",
		   !(row->flags & RSX_ROW_WIRE) || row->where == RSX_WHERE_SPLIT);
	ROW_ASSERT(row, "ROW_WIRE row cannot travel",
		   !(row->flags & RSX_ROW_WIRE) || rsx_syscall_on_wire(row));
	if (row->where == RSX_WHERE_SPLIT || row->where == RSX_WHERE_DENY)
		ROW_ASSERT(row, "says not why", row->note);
	if (row->where == RSX_WHERE_DENY)
		ROW_ASSERT(row, "has no errno",
			   row->err > 0 && rsx_errno_name(row->err));
	else
		ROW_ASSERT(row, "errno without DENY, a handler, variants or a check",
			   !row->err || row->where == RSX_WHERE_SPLIT || row->nvariants ||
				   row->allowed || row->flags & RSX_ROW_ASK);
	ROW_ASSERT(row, "may be allowed, and has no errno if it is not",
		   !(row->flags & RSX_ROW_ASK) || row->err > 0);
	ROW_ASSERT(row, "a check without an errno", !row->allowed || row->err > 0);
	if (row->where == RSX_WHERE_BYPATH)
		ROW_ASSERT(row, "has no PATH", count_kind(row, RSX_KIND_PATH));
	if (row->where == RSX_WHERE_BYFD)
		ROW_ASSERT(row, "does not begin with an FD",
			   row->nargs && row->arg[0].kind == RSX_KIND_FD);
}

START_TEST(every_row_has_a_place)
{
	each_row(check_place);
}
END_TEST

/* A note is half a sentence for a table: one line, no full stop. */
static void check_note(const struct rsx_syscall *row)
{
	if (!row->note)
		return;
	ROW_ASSERT(row, "note is empty", *row->note);
	ROW_ASSERT(row, "note is long", strlen(row->note) < 90);
	ROW_ASSERT(row, "note has more than one line", !strchr(row->note, '\n'));
	ROW_ASSERT(row, "note ends with a full stop",
		   row->note[strlen(row->note) - 1] != '.');
}

START_TEST(notes_fit_a_table)
{
	each_row(check_note);
}
END_TEST

static bool is_count(enum rsx_kind kind)
{
	return kind == RSX_KIND_SIZE || kind == RSX_KIND_INT || kind == RSX_KIND_UINT;
}

static void check_len(const struct rsx_syscall *row, const struct rsx_len *len,
		      bool at_exit)
{
	ROW_ASSERT(row, "length argument does not exist",
		   len->op == RSX_LEN_NONE || len->arg < row->nargs);

	unsigned kind = row->arg[len->arg].kind;

	switch (len->op) {
	case RSX_LEN_ARG_X:
		ROW_ASSERT(row, "LEN_ARG_X times nothing", len->size);
		/* fall through */
	case RSX_LEN_ARG:
	case RSX_LEN_BITS:
		ROW_ASSERT(row, "length is not a count", is_count(kind));
		break;
	case RSX_LEN_AT:
		ROW_ASSERT(row, "LEN_AT without SOCKLEN", kind == RSX_KIND_SOCKLEN);
		break;
	case RSX_LEN_FIELD:
		ROW_ASSERT(row, "LEN_FIELD of no pointer", rsx_kind_is_pointer(kind));
		break;
	case RSX_LEN_CASES:
		ROW_ASSERT(row, "LEN_CASES of nothing that goes",
			   rsx_kind_is_pointer(kind) && (row->arg[len->arg].dir & RSX_IN));
		break;
	case RSX_LEN_RET_X:
	case RSX_LEN_RET:
		ROW_ASSERT(row, "the result is not known at entry", at_exit);
		ROW_ASSERT(row, "the result is no count", row->ret == RSX_RET_COUNT);
		break;
	case RSX_LEN_BYTES:
		ROW_ASSERT(row, "LEN_BYTES of nothing", len->size);
		break;
	}
}

static void check_pointer(const struct rsx_syscall *row, const struct rsx_arg *a)
{
	ROW_ASSERT(row, "strings are inputs",
		   (a->kind != RSX_KIND_PATH && a->kind != RSX_KIND_STR) ||
			   a->dir <= RSX_IN);
	ROW_ASSERT(row, "a pointer without a cap",
		   a->cap.op || a->kind == RSX_KIND_PATH || a->kind == RSX_KIND_STRV);
	ROW_ASSERT(row, "LEN_STRUCT without a layout",
		   a->cap.op != RSX_LEN_STRUCT || a->layout);
	ROW_ASSERT(row, "a layout on something else",
		   !a->layout || (a->kind == RSX_KIND_STRUCT || a->kind == RSX_KIND_ARRAY));
	ROW_ASSERT(row, "descriptors in something else than an input of structs",
		   !a->fds || (a->dir != RSX_OUT &&
			       (a->kind == RSX_KIND_COUNTED ?
					a->counted->elements_in && a->counted->each == a->fds :
					a->kind == RSX_KIND_BUF && a->cap.size == a->fds &&
						(a->cap.op == RSX_LEN_ARG_X ||
						 a->cap.op == RSX_LEN_BYTES))));
	ROW_ASSERT(row, "COUNTED is value-result, and of limited size",
		   a->kind != RSX_KIND_COUNTED ||
			   (a->counted && a->dir == RSX_INOUT &&
			    a->counted->head + a->counted->most * a->counted->each <=
				    (int)RSX_MAX_SMALL_BUF));
	ROW_ASSERT(row, "POINTED has a pointer inside, and says how much is there in one way",
		   a->kind != RSX_KIND_POINTED ||
			   (a->pointed && a->pointed->at + 8 <= a->pointed->head &&
			    !!a->pointed->size + !!a->pointed->each + !!a->pointed->cases == 1));
	ROW_ASSERT(row, "a bitmap of descriptors that travels",
		   a->cap.op != RSX_LEN_BITS || !rsx_syscall_on_wire(row));
	ROW_ASSERT(row, "fill of a pure input",
		   !a->fill.op || (a->dir & RSX_OUT));
	ROW_ASSERT(row, "an IOVEC is counted by an argument",
		   a->kind != RSX_KIND_IOVEC || a->cap.op == RSX_LEN_ARG);
	if (a->layout) {
		ROW_ASSERT(row, "an empty layout",
			   a->layout->wire_size && a->layout->native_size);
		ROW_ASSERT(row, "a layout that differs without converters",
			   a->layout->wire_size == a->layout->native_size ||
				   (a->layout->to_wire && a->layout->to_native));
	}
	check_len(row, &a->cap, false);
	check_len(row, &a->fill, true);
}

static void check_scalar(const struct rsx_syscall *row, const struct rsx_arg *a)
{
	ROW_ASSERT(row, "a scalar with a direction or a length",
		   !a->dir && !a->cap.op && !a->fill.op && !a->layout);
	ROW_ASSERT(row, "an ENUM without names",
		   a->kind != RSX_KIND_ENUM || a->xlat);
	ROW_ASSERT(row, "names on something else",
		   !a->xlat || a->kind == RSX_KIND_ENUM || a->kind == RSX_KIND_FLAGS);
	ROW_ASSERT(row, "a flagbit on something else",
		   !a->flagbit || a->kind == RSX_KIND_MODE);
}

static void check_flagbit(const struct rsx_syscall *row, const struct rsx_arg *a)
{
	ROW_ASSERT(row, "flagarg does not exist", a->flagarg < row->nargs);
	if (a->flagbit)
		ROW_ASSERT(row, "flagarg is no FLAGS",
			   row->arg[a->flagarg].kind == RSX_KIND_FLAGS);
	if (a->emptyok && a->emptyarg != RSX_EMPTY_ALWAYS)
		ROW_ASSERT(row, "emptyarg is no FLAGS",
			   a->emptyarg < row->nargs &&
				   row->arg[a->emptyarg].kind == RSX_KIND_FLAGS);
	if (a->follow == RSX_NOFOLLOW_IF || a->follow == RSX_FOLLOW_IF)
		ROW_ASSERT(row, "follows depending on nothing", a->flagbit);
}

static void check_args(const struct rsx_syscall *row)
{
	unsigned blobs = 0;

	ROW_ASSERT(row, "too many arguments", row->nargs <= RSX_MAX_ARGS);
	for (unsigned i = 0; i < RSX_MAX_ARGS; i++) {
		const struct rsx_arg *a = &row->arg[i];

		if (i >= row->nargs) {
			ROW_ASSERT(row, "has more arguments than it says", !a->kind);
			continue;
		}
		ROW_ASSERT(row, "argument without a kind",
			   a->kind > RSX_KIND_NONE && a->kind < RSX_KIND_MAX);
		ROW_ASSERT(row, "argument without a name", a->name && *a->name);
		if (rsx_kind_is_pointer(a->kind)) {
			check_pointer(row, a);
			blobs++;
		} else {
			check_scalar(row, a);
		}
		check_flagbit(row, a);
		if (a->kind == RSX_KIND_DIRFD)
			ROW_ASSERT(row, "DIRFD without the PATH after it",
				   i + 1 < row->nargs &&
					   row->arg[i + 1].kind == RSX_KIND_PATH);
		if (a->kind != RSX_KIND_PATH)
			ROW_ASSERT(row, "path words on something else",
				   !a->follow && !a->creates && !a->emptyok &&
					   !a->emptyarg);
	}
	ROW_ASSERT(row, "too many blobs", blobs <= RSX_MAX_BLOBS);
}

START_TEST(arguments_are_sound)
{
	each_row(check_args);
}
END_TEST

static void check_pieces(const struct rsx_syscall *row)
{
	if (!(row->flags & RSX_ROW_PIECES))
		return;
	ROW_ASSERT(row, "PIECES needs one BUF, IOVEC or MSGHDR",
		   count_kind(row, RSX_KIND_BUF) + count_kind(row, RSX_KIND_IOVEC) +
				   count_kind(row, RSX_KIND_MSGHDR) == 1);
	ROW_ASSERT(row, "PIECES needs a count", row->ret == RSX_RET_COUNT);
	ROW_ASSERT(row, "PIECES has at most one OFF", count_kind(row, RSX_KIND_OFF) <= 1);
}

START_TEST(pieces_have_one_buffer)
{
	each_row(check_pieces);
}
END_TEST

static void check_result(const struct rsx_syscall *row)
{
	ROW_ASSERT(row, "restart class", row->restart <= RSX_RESTART_BLOCK);
	ROW_ASSERT(row, "result", row->ret <= RSX_RET_NONE);
	ROW_ASSERT(row, "result does not come back but travels",
		   row->ret != RSX_RET_NONE || !rsx_syscall_on_wire(row));
	ROW_ASSERT(row, "ret_xlat without RET_FLAGS",
		   !row->ret_xlat == (row->ret != RSX_RET_FLAGS));
	/* only what sleeps here may continue by restart_syscall(2) */
	ROW_ASSERT(row, "RESTART_BLOCK travels",
		   row->restart != RSX_RESTART_BLOCK || !rsx_syscall_on_wire(row));
	ROW_ASSERT(row, "travels without an asm-generic number",
		   !rsx_syscall_on_wire(row) || row->nr[RSX_ARCH_GENERIC] >= 0);
}

START_TEST(results_are_sound)
{
	each_row(check_result);
}
END_TEST

static void check_variants(const struct rsx_syscall *row)
{
	ROW_ASSERT(row, "variants of a variant", !row->variant || !row->nvariants);
	for (unsigned v = 0; v < row->nvariants; v++) {
		const struct rsx_syscall *variant = &row->variants[v];
		uint64_t args[RSX_MAX_ARGS] = { 0 };
		const struct rsx_xlat *names = row->arg[row->sel].xlat;

		args[row->sel] = variant->sel_value;
		if (row->sel_high) {
			args[row->sel_high] = args[row->sel] >> 16;
			args[row->sel] &= 0xffff;
		}
		ROW_ASSERT(variant, "value is given twice",
			   rsx_syscall_variant(row, args) == variant);
		args[row->sel] |= 0xffffffff00000000;
		ROW_ASSERT(variant, "value is compared with all 64 bits",
			   rsx_syscall_variant(row, args) == variant);
		ROW_ASSERT(variant, "name or number of its row",
			   !strcmp(variant->name, row->name) &&
				   !memcmp(variant->nr, row->nr, sizeof(row->nr)));
		ROW_ASSERT(variant, "selecting argument is of another kind",
			   variant->arg[row->sel].kind == row->arg[row->sel].kind);
		ROW_ASSERT(variant, "name in the trace", !row->sel_high ||
			   !strcmp(rsx_sockopt_name((int)args[row->sel_high], (int)variant->sel_value & 0xffff),
				   variant->variant));
		ROW_ASSERT(variant, "name in the trace", row->sel_high ||
			   (rsx_xlat_name(names, variant->sel_value) &&
				   !strcmp(rsx_xlat_name(names, variant->sel_value),
					   variant->variant)));
	}
	if (row->nvariants) {
		uint64_t args[RSX_MAX_ARGS] = { 0, 0x7fff1234, 0x7fff1234 };

		ROW_ASSERT(row, "an unknown value has a row",
			   rsx_syscall_variant(row, args) == (row->sel_high ? row : NULL));
		ROW_ASSERT(row, "an unknown value has no errno", row->err > 0);
	}
}

START_TEST(variants_are_sound)
{
	each_row(check_variants);
}
END_TEST

static void check_lower(const struct rsx_syscall *row)
{
	const uint64_t in[RSX_MAX_ARGS] = { 100, 101, 102, 103, 104, 105 };
	const struct rsx_syscall *to;
	uint64_t args[RSX_MAX_ARGS];
	bool times = false, dirents = false;

	if (!row->lower) {
		ROW_ASSERT(row, "lowers to itself",
			   rsx_syscall_lower(row, in, args) == row &&
				   !memcmp(args, in, sizeof(in)));
		return;
	}
	to = rsx_syscall_by_name(row->lower->to);
	ROW_ASSERT(row, "target does not exist", to);
	ROW_ASSERT(row, "target is another", rsx_syscall_lower(row, in, args) == to);
	ROW_ASSERT(row, "target is a LOWER row itself", !to->lower);
	ROW_ASSERT(row, "target has no asm-generic number", to->nr[RSX_ARCH_GENERIC] >= 0);
	ROW_ASSERT(row, "has an asm-generic number", row->nr[RSX_ARCH_GENERIC] < 0);
	ROW_ASSERT(row, "argument count", row->lower->nargs == to->nargs);
	for (unsigned i = 0; i < to->nargs; i++) {
		ROW_ASSERT(row, "argument does not exist",
			   row->lower->arg[i].from <= RSX_MAX_ARGS);
		if (to->arg[i].kind == RSX_KIND_DIRFD && !row->lower->arg[i].from)
			ROW_ASSERT(row, "constant DIRFD", (int)args[i] == AT_FDCWD);
		times |= to->arg[i].layout == &rsx_layout_timespec2;
		dirents |= to->arg[i].kind == RSX_KIND_DIRENTS;
	}
	ROW_ASSERT(row, "times are converted", times == !!row->lower->times);
	ROW_ASSERT(row, "dirents are converted", dirents == row->lower->dirents);
	ROW_ASSERT(row, "travels itself", !rsx_syscall_on_wire(row));
}

START_TEST(lower_rows_lead_somewhere)
{
	each_row(check_lower);
}
END_TEST

START_TEST(lowering_moves_arguments)
{
	uint64_t in[RSX_MAX_ARGS] = { 0x1000, 0101, 0644 };
	uint64_t out[RSX_MAX_ARGS];
	const struct rsx_syscall *row;

	row = rsx_syscall_lower(rsx_syscall_by_name("open"), in, out);
	ck_assert_str_eq(row->name, "openat");
	ck_assert_int_eq((int)out[0], AT_FDCWD);
	ck_assert_uint_eq(out[1], 0x1000);
	ck_assert_uint_eq(out[2], 0101);
	ck_assert_uint_eq(out[3], 0644);
	ck_assert_uint_eq(out[4], 0);

	row = rsx_syscall_lower(rsx_syscall_by_name("creat"), in, out);
	ck_assert_str_eq(row->name, "openat");
	ck_assert_uint_eq(out[2], O_CREAT | O_TRUNC | O_WRONLY);
	ck_assert_uint_eq(out[3], 0101);

	row = rsx_syscall_lower(rsx_syscall_by_name("symlink"), in, in); /* in place */
	ck_assert_str_eq(row->name, "symlinkat");
	ck_assert_uint_eq(in[0], 0x1000);
	ck_assert_int_eq((int)in[1], AT_FDCWD);
	ck_assert_uint_eq(in[2], 0101);
}
END_TEST

START_TEST(what_may_travel)
{
	static const char *const yes[] = {
		"read", "openat", "close", "dup", "getcwd", "fcntl", "ioctl",
		"sendfile", "uname", "setuid", "statx", "inotify_init1", "ppoll",
		"socket", "bind", "accept4", "sendmsg", "recvmsg",
	};
	static const char *const no[] = {
		"open", "dup2", "dup3", "mmap", "execve", "clone", "exit_group",
		"mount", "futex", "pselect6", "kill", "sendmmsg", "vmsplice",
		"ptrace", "io_uring_setup", "close_range",
	};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(rsx_syscall_on_wire(rsx_syscall_by_name(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!rsx_syscall_on_wire(rsx_syscall_by_name(no[i])), "%s", no[i]);
}
END_TEST

START_TEST(prctl_travels_for_capabilities_alone)
{
	static const int yes[] = { PR_SET_KEEPCAPS, PR_CAPBSET_READ, PR_SET_SECUREBITS,
				   PR_CAP_AMBIENT };
	static const int no[] = { PR_SET_NAME, PR_GET_NAME, PR_SET_DUMPABLE, PR_SET_PDEATHSIG,
				  PR_SET_SECCOMP, PR_SET_MM, PR_SET_CHILD_SUBREAPER, -1 };
	const struct rsx_syscall *row = rsx_syscall_by_name("prctl");
	uint64_t args[RSX_MAX_ARGS] = { 0 };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		args[0] = (uint64_t)yes[i];
		ck_assert_msg(row->allowed(args), "%d", yes[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		args[0] = (uint64_t)(int64_t)no[i];
		ck_assert_msg(!row->allowed(args), "%d", no[i]);
	}
}
END_TEST

START_TEST(hashes_differ_and_see_changes)
{
	struct rsx_syscall row = *rsx_syscall_by_name("read");
	uint32_t h = rsx_syscall_hash(&row);

	for (size_t i = 0; i < rsx_nsyscalls; i++)
		for (size_t j = i + 1; j < rsx_nsyscalls; j++)
			ck_assert_msg(rsx_syscall_hash(&rsx_syscalls[i]) !=
					      rsx_syscall_hash(&rsx_syscalls[j]),
				      "%s %s", rsx_syscalls[i].name, rsx_syscalls[j].name);

	row.where = RSX_WHERE_LOCAL;
	row.note = "prose";
	row.arg[1].name = "elsewhere";
	ck_assert_uint_eq(rsx_syscall_hash(&row), h);
	row.arg[1].cap.arg = 1;
	ck_assert_uint_ne(rsx_syscall_hash(&row), h);
	row = *rsx_syscall_by_name("fcntl");
	h = rsx_syscall_hash(&row);
	row.nvariants--;
	ck_assert_uint_ne(rsx_syscall_hash(&row), h);
}
END_TEST

static size_t lines_of(const char *text)
{
	size_t n = 0;

	while (*text)
		n += *text++ == '\n';
	return n;
}

START_TEST(list_has_a_line_per_row)
{
	size_t want = 1, size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	rsx_list_syscalls(out);
	fclose(out);
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		want += 1 + rsx_syscalls[i].nvariants;
	ck_assert_uint_eq(lines_of(text), want);
	ck_assert_ptr_nonnull(strstr(text, "as openat"));
	ck_assert_ptr_nonnull(strstr(text, "split mmap"));
	ck_assert_ptr_nonnull(strstr(text, "deny EPERM"));
	ck_assert_ptr_nonnull(strstr(text, "\n  F_GETFL"));
	ck_assert_ptr_null(strstr(text, "(null)"));
	ck_assert_ptr_null(strstr(text, " \n"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("lint");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, names_and_numbers_are_unique);
	tcase_add_test(tc, every_number_has_a_row);
	tcase_add_test(tc, numbers_out_of_range_have_no_row);
	tcase_add_test(tc, every_row_has_a_place);
	tcase_add_test(tc, notes_fit_a_table);
	tcase_add_test(tc, arguments_are_sound);
	tcase_add_test(tc, pieces_have_one_buffer);
	tcase_add_test(tc, results_are_sound);
	tcase_add_test(tc, variants_are_sound);
	tcase_add_test(tc, lower_rows_lead_somewhere);
	tcase_add_test(tc, lowering_moves_arguments);
	tcase_add_test(tc, what_may_travel);
	tcase_add_test(tc, prctl_travels_for_capabilities_alone);
	tcase_add_test(tc, hashes_differ_and_see_changes);
	tcase_add_test(tc, list_has_a_line_per_row);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
