/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short words that syscalls.def is written in. Included by table.c alone,
 * after every other header, because words like IN and FILE are everyone's.
 * docs/ADDING-A-SYSCALL.md explains them one by one.
 */
#ifndef RSX_PROTO_COLUMNS_H
#define RSX_PROTO_COLUMNS_H

/* classes */
#define FILE RSX_CLASS_FILE
#define DESC RSX_CLASS_DESC
#define NET RSX_CLASS_NET
#define PROCESS RSX_CLASS_PROCESS
#define MEMORY RSX_CLASS_MEMORY
#define IPC RSX_CLASS_IPC
#define SIGNAL RSX_CLASS_SIGNAL
#define CREDS RSX_CLASS_CREDS
#define CLOCK RSX_CLASS_CLOCK
#define STAT RSX_CLASS_STAT
#define LSTAT RSX_CLASS_LSTAT
#define FSTAT RSX_CLASS_FSTAT
#define STATFS RSX_CLASS_STATFS
#define FSTATFS RSX_CLASS_FSTATFS
#define USTAT RSX_CLASS_USTAT
#define PURE RSX_CLASS_PURE
#define SYSTEM RSX_CLASS_SYSTEM

/* where */
#define LOCAL .where = RSX_WHERE_LOCAL
#define REMOTE .where = RSX_WHERE_REMOTE
#define BYFD .where = RSX_WHERE_BYFD
#define BYPATH .where = RSX_WHERE_BYPATH
#define SPLIT(handler) .where = RSX_WHERE_SPLIT, .split = RSX_SPLIT_##handler
#define DENY(errno_) .where = RSX_WHERE_DENY, .err = errno_

/* row flags */
#define ROW_WIRE RSX_ROW_WIRE
#define ROW_PIECES RSX_ROW_PIECES
#define ROW_ERRDATA RSX_ROW_ERRDATA
#define ROW_LOCKS RSX_ROW_LOCKS
#define ROW_FILE_LOCKS RSX_ROW_FILE_LOCKS
#define ROW_OWN_FDS RSX_ROW_OWN_FDS
#define ROW_PATH_FD RSX_ROW_PATH_FD
#define ROW_ASK RSX_ROW_ASK
#define ROW_CREDS RSX_ROW_CREDS

/* arguments: A(KIND, "name", ...) */
#define ARGS(...)                                                             \
	.nargs = sizeof((struct rsx_arg[]){ __VA_ARGS__ }) /                  \
		 sizeof(struct rsx_arg),                                      \
	.arg = { __VA_ARGS__ }
#define A(kind_, name_, ...)                                                  \
	{ .kind = RSX_KIND_##kind_, .name = name_, __VA_ARGS__ }

#define IN .dir = RSX_IN
#define OUT .dir = RSX_OUT
#define INOUT .dir = RSX_INOUT

/* lengths */
#define LEN_BYTES(n) { RSX_LEN_BYTES, 0, n }
#define LEN_STRUCT { RSX_LEN_STRUCT, 0, 0 }
#define LEN_ARG(a) { RSX_LEN_ARG, a, 0 }
#define LEN_ARG_X(a, n) { RSX_LEN_ARG_X, a, n }
#define LEN_AT(a) { RSX_LEN_AT, a, 0 }
#define LEN_RET { RSX_LEN_RET, 0, 0 }
#define LEN_RET_X(n) { RSX_LEN_RET_X, 0, n }
#define LEN_BITS(a) { RSX_LEN_BITS, a, 0 }
#define LEN_FIELD(a, off) { RSX_LEN_FIELD, a, off }
#define LEN_CASES(a) { RSX_LEN_CASES, a, 0 }

/* a struct by its layout; names for values */
#define LAYOUT(l) .layout = &rsx_layout_##l, .cap = LEN_STRUCT
#define X(set) .xlat = &rsx_xlat_##set

/* a BUF of structs that begin with a descriptor */
#define FDS(n) .fds = n
/* a struct with a pointer */
#define POINTED_AS(p) .pointed = &rsx_pointed_##p, .cap = LEN_BYTES(sizeof(uint64_t))
/* a head and elements */
#define COUNTED_AS(c) .counted = &rsx_counted_##c, .cap = LEN_BYTES(sizeof(uint32_t))

/* how the trace shows what does not travel; SHOWN_OUT: when the call has ended */
#define SHOWN(v) .view = RSX_VIEW_##v
#define SHOWN_OUT(v) .view = RSX_VIEW_##v, .view_out = true

/* paths */
#define NOFOLLOW .follow = RSX_NOFOLLOW
#define NOFOLLOW_IF(a, bit)                                                   \
	.follow = RSX_NOFOLLOW_IF, .flagarg = a, .flagbit = bit
#define FOLLOW_IF(a, bit) .follow = RSX_FOLLOW_IF, .flagarg = a, .flagbit = bit
#define EMPTY_IF(a) .emptyok = true, .emptyarg = a
#define EMPTY_ALWAYS .emptyok = true, .emptyarg = RSX_EMPTY_ALWAYS
#define CREATES .creates = true, .follow = RSX_NOFOLLOW
#define SHOWN_IF(a, bits) .flagarg = a, .flagbit = bits

/* LOWER rows: argument n of the caller, or a constant */
#define LA(n) { .from = 1 + (n) }
#define LA_CONST(v) { .value = v }

/* bits of flags arguments, as the wire has them */
#define W_O_NOFOLLOW 0100000
#define W_O_CREAT_TMPFILE (0100 | 020000000)
#define W_AT_SYMLINK_NOFOLLOW 0x100
#define W_AT_SYMLINK_FOLLOW 0x400
#define W_AT_REMOVEDIR 0x200
#define W_AT_FDCWD (-100)
#define W_IN_DONT_FOLLOW 0x2000000

#endif
