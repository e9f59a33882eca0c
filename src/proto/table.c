/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table: syscalls.def made into rsx_syscalls[] and its indexes, by reading
 * the file several times with different meanings of SYSCALL and LOWER. Nothing
 * here knows a call. Two rows with one number do not compile (a designated
 * initialiser would be given twice); tests/unit/test_table.c checks the rest.
 */
#include "rsx/syscall.h"

#include <errno.h>
#include <string.h>

#include "rsx/xlat.h"
#include "allowed.h"
#include "columns.h"

/* Row numbers, and syscall numbers by name for the variants. */
#define SYSCALL(name, ...) IDX_##name,
#define LOWER(name, ...) IDX_##name,
enum {
#include "syscalls.def"
	NROWS
};
#undef SYSCALL
#undef LOWER

#define SYSCALL(name, x86, gen, ...) X86_##name = (x86), GEN_##name = (gen),
#define LOWER(name, x86, gen, ...) SYSCALL(name, x86, gen)
enum {
#include "syscalls.def"
};
#undef SYSCALL
#undef LOWER

/* VARIANT rows: the name and numbers are those of the row they belong to. */
#define VARIANT(variant_, value, classes_, where_, ret_, restart_, ...)       \
	{                                                                     \
		.name = OF_NAME, .variant = #variant_, .nr = OF_NR,           \
		.sel_value = value, .classes = classes_, where_,              \
		.ret = RSX_##ret_, .restart = RSX_##restart_, __VA_ARGS__     \
	},

#define OF_NAME "fcntl"
#define OF_NR { X86_fcntl, GEN_fcntl }
static const struct rsx_syscall variants_fcntl[] = {
#include "variants/fcntl.def"
};
#undef OF_NAME
#undef OF_NR

#define OF_NAME "ioctl"
#define OF_NR { X86_ioctl, GEN_ioctl }
static const struct rsx_syscall variants_ioctl[] = {
#include "variants/ioctl.def"
};
#undef OF_NAME
#undef OF_NR

#define OF_NAME "kcmp"
#define OF_NR { X86_kcmp, GEN_kcmp }
static const struct rsx_syscall variants_kcmp[] = {
#include "variants/kcmp.def"
};
#undef OF_NAME
#undef OF_NR

#define OF_NAME "setsockopt"
#define OF_NR { X86_setsockopt, GEN_setsockopt }
static const struct rsx_syscall variants_sockopt[] = {
#include "variants/sockopt.def"
};
#undef OF_NAME
#undef OF_NR
#undef VARIANT

#define VARIANTS(set, argument, unknown)                                      \
	.variants = variants_##set, .sel = argument, .err = unknown,          \
	.nvariants = sizeof(variants_##set) / sizeof(variants_##set[0])
/* by two arguments; what is unknown is as the row says */
#define VARIANTS_BY(set, argument, upper)                                     \
	.variants = variants_##set, .sel = argument, .sel_high = upper,       \
	.nvariants = sizeof(variants_##set) / sizeof(variants_##set[0])

#define SYSCALL(name_, x86, gen, classes_, where_, ret_, restart_, ...)       \
	[IDX_##name_] = {                                                     \
		.name = #name_, .nr = { x86, gen }, .classes = classes_,      \
		where_, .ret = RSX_##ret_, .restart = RSX_##restart_,         \
		__VA_ARGS__                                                   \
	},
#define LOWER(name_, x86, gen, classes_, to_, largs, ...)                     \
	[IDX_##name_] = {                                                     \
		.name = #name_, .nr = { x86, gen }, .classes = classes_,      \
		.lower = &(const struct rsx_lower){ .to = #to_, .row = IDX_##to_, largs, ##__VA_ARGS__ } \
	},
#define LARGS(...)                                                            \
	.nargs = sizeof((struct rsx_lower_arg[]){ __VA_ARGS__ }) /            \
		 sizeof(struct rsx_lower_arg),                                \
	.arg = { __VA_ARGS__ }

const struct rsx_syscall rsx_syscalls[] = {
#include "syscalls.def"
};
#undef SYSCALL
#undef LOWER

const size_t rsx_nsyscalls = NROWS;

/*
 * Indexes by number, 0 for a hole. A row without a number on an architecture
 * gets a slot of its own behind the last number, so that none is given twice.
 */
#define NR_END 512
#define SLOT(name, nr) [(nr) < 0 ? NR_END + IDX_##name : (nr)] = IDX_##name + 1,

static const uint16_t index_x86_64[NR_END + NROWS] = {
#define SYSCALL(name, x86, gen, ...) SLOT(name, x86)
#define LOWER(name, x86, gen, ...) SLOT(name, x86)
#include "syscalls.def"
#undef SYSCALL
#undef LOWER
};

static const uint16_t index_generic[NR_END + NROWS] = {
#define SYSCALL(name, x86, gen, ...) SLOT(name, gen)
#define LOWER(name, x86, gen, ...) SLOT(name, gen)
#include "syscalls.def"
#undef SYSCALL
#undef LOWER
};

const struct rsx_syscall *rsx_syscall_by_nr(enum rsx_arch arch, long nr)
{
	const uint16_t *index =
		arch == RSX_ARCH_X86_64 ? index_x86_64 : index_generic;

	if (nr < 0 || nr >= NR_END || !index[nr])
		return NULL;
	return &rsx_syscalls[index[nr] - 1];
}

const struct rsx_syscall *rsx_syscall_by_name(const char *name)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		if (!strcmp(rsx_syscalls[i].name, name))
			return &rsx_syscalls[i];
	return NULL;
}

/* Commands and requests are 32 bits wide in the kernel, whatever the register holds. */
const struct rsx_syscall *rsx_syscall_variant(const struct rsx_syscall *row,
					      const uint64_t args[RSX_MAX_ARGS])
{
	uint32_t value;

	if (!row->nvariants)
		return row;
	value = (uint32_t)args[row->sel];
	if (row->sel_high) {
		uint32_t high = (uint32_t)args[row->sel_high];

		if (value > UINT16_MAX || high > UINT16_MAX)
			return row;
		value |= high << 16;
	}
	for (size_t i = 0; i < row->nvariants; i++)
		if (row->variants[i].sel_value == value)
			return &row->variants[i];
	return row->sel_high ? row : NULL;
}

const struct rsx_syscall *rsx_syscall_lower(const struct rsx_syscall *row,
					    const uint64_t in[RSX_MAX_ARGS],
					    uint64_t ret_args[RSX_MAX_ARGS])
{
	const struct rsx_lower *lower = row->lower;

	if (!lower) {
		memmove(ret_args, in, RSX_MAX_ARGS * sizeof(in[0]));
		return row;
	}

	uint64_t out[RSX_MAX_ARGS] = { 0 };

	for (unsigned i = 0; i < lower->nargs; i++) {
		const struct rsx_lower_arg *a = &lower->arg[i];

		out[i] = a->from ? in[a->from - 1] : (uint64_t)a->value;
	}
	memcpy(ret_args, out, sizeof(out));
	return &rsx_syscalls[lower->row];
}

/* Kinds that stay here: a row that has one cannot be sent. */
static bool has_local_kind(const struct rsx_syscall *row)
{
	for (unsigned i = 0; i < row->nargs; i++) {
		switch (row->arg[i].kind) {
		case RSX_KIND_ADDR:
		case RSX_KIND_STRV:
			return true;
		}
	}
	return false;
}

bool rsx_syscall_on_wire(const struct rsx_syscall *row)
{
	if (row->lower || row->nr[RSX_ARCH_GENERIC] < 0)
		return false;
	if (row->nvariants && !row->sel_high) {
		for (size_t i = 0; i < row->nvariants; i++)
			if (rsx_syscall_on_wire(&row->variants[i]))
				return true;
		return false;
	}
	/* a row that says so itself travels without its addresses */
	if (has_local_kind(row) && !(row->flags & RSX_ROW_WIRE))
		return false;

	switch (row->where) {
	case RSX_WHERE_REMOTE:
	case RSX_WHERE_BYFD:
	case RSX_WHERE_BYPATH:
		return true;
	case RSX_WHERE_SPLIT:
		return row->flags & RSX_ROW_WIRE;
	default:
		return false;
	}
}

/* FNV-1a, 32 bits. Integers go in low byte first, whatever this machine does. */
static void hash_bytes(uint32_t *h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		*h = (*h ^ *p++) * 16777619u;
}

static void hash_int(uint32_t *h, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		hash_bytes(h, &(uint8_t){ v >> (8 * i) }, 1);
}

static void hash_str(uint32_t *h, const char *s)
{
	hash_bytes(h, s ? s : "", s ? strlen(s) + 1 : 1);
}

static void hash_len(uint32_t *h, const struct rsx_len *len)
{
	hash_int(h, len->op);
	hash_int(h, len->arg);
	hash_int(h, len->size);
}

static void hash_pointed(uint32_t *h, const struct rsx_pointed *k)
{
	hash_str(h, k->name);
	hash_int(h, k->head);
	hash_int(h, k->at);
	hash_int(h, k->size);
	hash_int(h, k->each);
	for (const struct rsx_pointed_case *c = k->cases; c && c->size; c++) {
		hash_int(h, c->value);
		hash_int(h, c->size);
		hash_int(h, c->each);
	}
}

static void hash_arg(uint32_t *h, const struct rsx_arg *a)
{
	hash_int(h, a->kind);
	hash_int(h, a->dir);
	hash_len(h, &a->cap);
	hash_len(h, &a->fill);
	for (const struct rsx_len_case *c = a->cap.op == RSX_LEN_CASES ? a->cases : NULL;
	     c && c->size; c++) {
		hash_int(h, c->value);
		hash_int(h, c->size);
	}
	if (a->kind == RSX_KIND_COUNTED) {
		hash_str(h, a->counted->name);
		hash_int(h, a->counted->most);
	}
	if (a->kind == RSX_KIND_POINTED)
		hash_pointed(h, a->pointed);
	hash_str(h, a->layout ? a->layout->name : NULL);
	hash_int(h, a->layout ? a->layout->wire_size : 0);
	hash_int(h, a->fds);
}

static void hash_row(uint32_t *h, const struct rsx_syscall *row)
{
	hash_str(h, row->name);
	hash_str(h, row->variant);
	hash_int(h, row->nr[RSX_ARCH_GENERIC]);
	hash_int(h, row->ret);
	hash_int(h, row->flags & (RSX_ROW_PIECES | RSX_ROW_ERRDATA));
	hash_int(h, row->nargs);
	for (unsigned i = 0; i < row->nargs; i++)
		hash_arg(h, &row->arg[i]);

	hash_int(h, row->sel);
	hash_int(h, row->sel_high);
	hash_int(h, row->sel_value);
	hash_int(h, row->nvariants);
	for (unsigned i = 0; i < row->nvariants; i++)
		hash_row(h, &row->variants[i]);
}

uint32_t rsx_syscall_hash(const struct rsx_syscall *row)
{
	uint32_t h = 2166136261u;

	hash_row(&h, row);
	return h;
}

const char *rsx_where_name(enum rsx_where where)
{
	static const char *const name[] = {
		[RSX_WHERE_NONE] = "none",
		[RSX_WHERE_LOCAL] = "local",
		[RSX_WHERE_REMOTE] = "remote",
		[RSX_WHERE_BYFD] = "by fd",
		[RSX_WHERE_BYPATH] = "by path",
		[RSX_WHERE_SPLIT] = "split",
		[RSX_WHERE_DENY] = "deny",
	};

	return (size_t)where < sizeof(name) / sizeof(name[0]) ? name[where] : "?";
}

const char *rsx_restart_name(enum rsx_restart restart)
{
	static const char *const name[] = {
		[RSX_RESTART_NEVER] = "never",
		[RSX_RESTART_SYS] = "sys",
		[RSX_RESTART_NOHAND] = "nohand",
		[RSX_RESTART_EINTR] = "eintr",
		[RSX_RESTART_BLOCK] = "block",
	};

	return (size_t)restart < sizeof(name) / sizeof(name[0]) ? name[restart] : "?";
}
