/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table: one row per syscall. src/proto/syscalls.def is its source, and
 * docs/ADDING-A-SYSCALL.md explains the columns. Everything that differs from
 * one call to the next is data here; no code outside the split handlers knows
 * which call it carries.
 */
#ifndef RSX_SYSCALL_H
#define RSX_SYSCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsx/abi.h"
#include "rsx/kind.h"
#include "rsx/limits.h"

/*
 * How long a pointer argument is. A pointer has two lengths: `cap`, the room
 * known at entry, and `fill`, the bytes produced, known at exit and never
 * above cap.
 */
enum rsx_len_op {
	RSX_LEN_NONE,	/* 0, or for fill: all of cap */
	RSX_LEN_BYTES,	/* a constant */
	RSX_LEN_STRUCT, /* the size of .layout */
	RSX_LEN_ARG,	/* the value of argument `arg` */
	RSX_LEN_ARG_X,	/* the value of argument `arg` times `size` */
	RSX_LEN_AT,	/* the int that pointer argument `arg` points to */
	RSX_LEN_RET,	/* the result */
	RSX_LEN_RET_X,	/* the result times `size` */
	RSX_LEN_BITS,	/* an fd_set of argument `arg` bits */
	RSX_LEN_FIELD,	/* the 32-bit field at offset `size` of argument `arg` */
	RSX_LEN_CASES,	/* what .cases has for the first 32 bits of argument `arg` */
};

/* A length by a version; a table ends with size 0, which any other version has. */
struct rsx_len_case {
	uint32_t value;
	uint16_t size;
};

/*
 * A head and an array behind it, value-result: the head says how many elements
 * there are, and afterwards, maybe in another field, how many were filled.
 * Offsets and sizes in bytes; fields are 2 or 4 bytes wide.
 */
struct rsx_counted {
	const char *name;
	uint16_t head;	     /* bytes in front of the array */
	uint16_t each;	     /* ... of an element */
	uint16_t count_at, count_size;
	uint16_t filled_at;  /* as wide as the count */
	uint16_t most;	     /* elements that may travel */
	bool refused;	     /* the kernel refuses more; else it gets no more */
	uint16_t status_at;  /* of an element with a descriptor: where its errno comes */
	bool elements_in;    /* they are inputs, too */
};

/*
 * A struct that holds a pointer, value-result or an input, and how much is there:
 * .size bytes; or as the struct says, .count_size (2 or 4) bytes wide, in elements; or
 * by the first 32 bits there, .cases. Offsets and sizes in bytes.
 */
struct rsx_pointed_case {
	uint32_t value;
	uint16_t size;	     /* 0 ends the list */
	uint16_t count_at;   /* elements that follow, in what is pointed to: */
	uint8_t count_size;  /* 4; 1: signed, 8: a bit for each; 0: none */
	uint8_t each;
};

struct rsx_pointed {
	const char *name;
	uint16_t head, at;   /* the struct; where in it the pointer is */
	uint16_t size;
	uint16_t count_at, count_size, each;
	const struct rsx_pointed_case *cases; /* any other value: EOPNOTSUPP */
	bool head_out;	     /* the kernel changes the struct, too */
};

struct rsx_len {
	uint8_t op;
	uint8_t arg;
	uint16_t size;
};

/* src/proto/abi/common.c */
extern const struct rsx_len_case rsx_cases_cap_data[];
extern const struct rsx_counted rsx_counted_file_handle, rsx_counted_fiemap,
	rsx_counted_dedupe;
extern const struct rsx_pointed rsx_pointed_ethtool, rsx_pointed_hwtstamp, rsx_pointed_rtentry,
	rsx_pointed_blkpg, rsx_pointed_iw_point, rsx_pointed_filter;

enum rsx_dir {
	RSX_IN = 1,
	RSX_OUT = 2,
	RSX_INOUT = 3,
};

/* Whether the last component of a PATH is followed if it is a symlink. */
enum rsx_follow {
	RSX_FOLLOW,	   /* always */
	RSX_NOFOLLOW,	   /* never */
	RSX_NOFOLLOW_IF,   /* unless flags argument .flagarg has .flagbit */
	RSX_FOLLOW_IF,	   /* only if flags argument .flagarg has .flagbit */
};

#define RSX_EMPTY_ALWAYS 0xff

struct rsx_arg {
	uint8_t kind; /* enum rsx_kind */
	uint8_t dir;  /* enum rsx_dir, pointers only; 0 means RSX_IN */
	bool emptyok; /* PATH: "" or NULL with AT_EMPTY_PATH means the DIRFD */
	uint8_t emptyarg; /* which argument AT_EMPTY_PATH is in, or
			   * RSX_EMPTY_ALWAYS: "" alone means the DIRFD */
	uint8_t follow;	 /* enum rsx_follow, PATH only */
	uint8_t flagarg; /* which argument .flagbit is in; MODE: shown only if
			  * that argument has one of the bits */
	uint16_t fds;	 /* BUF, COUNTED: structs of this size that begin with a
			  * descriptor (struct pollfd) */
	bool creates;	 /* PATH: the last component is a name, not resolved */
	uint8_t view;	 /* enum rsx_view: how the trace shows memory that never travels */
	bool view_out;	 /* ... and it is known only when the call has ended */
	uint32_t flagbit; /* asm-generic value */
	const char *name;
	struct rsx_len cap;
	struct rsx_len fill;
	union {
		const struct rsx_len_case *cases;  /* if .cap is LEN_CASES */
		const struct rsx_counted *counted; /* of COUNTED */
		const struct rsx_pointed *pointed; /* of POINTED */
	};
	const struct rsx_layout *layout;
	const struct rsx_xlat *xlat;
};

/* print_view.c */
enum rsx_view {
	RSX_VIEW_NONE,
	RSX_VIEW_sigset,
	RSX_VIEW_sigaction,
	RSX_VIEW_siginfo,
	RSX_VIEW_stack,	   /* stack_t */
	RSX_VIEW_wstatus,
	RSX_VIEW_rusage,
	RSX_VIEW_timespec,
	RSX_VIEW_timeval,
	RSX_VIEW_itimerval,
	RSX_VIEW_itimerspec,
	RSX_VIEW_rlimit,
	RSX_VIEW_int,
	RSX_VIEW_pair,
	RSX_VIEW_string,
	RSX_VIEW_cpus,	   /* a bitmap; as long as the result, or the argument before it */
	RSX_VIEW_clone_args,
	RSX_VIEW_msghdr,
	RSX_VIEW_mmsghdr,
	RSX_VIEW_pollfds,
	RSX_VIEW_fdset,
	RSX_VIEW_epoll_events, /* as many as the result */
	RSX_VIEW_iovec,
	RSX_VIEW_sockopt,  /* a number: the option's name by the level before it */
	RSX_VIEW_optval,   /* bytes: an int if there are four */
	RSX_VIEW_prctl,	   /* a number */
	RSX_VIEW_hex,	   /* a number */
	RSX_VIEW_left,	   /* a timespec, if a signal ended the call */
	RSX_VIEW_random,   /* bytes that are no text, as many as the result */
	RSX_VIEW_protocol, /* a number: of an internet socket */
	RSX_VIEW_futex_op, /* a number */
	RSX_VIEW_futex_time, /* for the operations that have a timeout */
	RSX_VIEW_futex_arg,  /* for those that have more arguments */
	RSX_VIEW_MAX
};

/* Where a call runs. */
enum rsx_where {
	RSX_WHERE_NONE,	  /* a hole: the lint refuses it */
	RSX_WHERE_LOCAL,  /* here */
	RSX_WHERE_REMOTE, /* on the server */
	RSX_WHERE_BYFD,	  /* where its first FD argument lives */
	RSX_WHERE_BYPATH, /* where its PATH arguments lead */
	RSX_WHERE_SPLIT,  /* a handler in src/tracer/split_*.c decides */
	RSX_WHERE_DENY,	  /* nowhere: it fails with .err and one line */
};

/* What the result is. */
enum rsx_ret {
	RSX_RET_INT,
	RSX_RET_COUNT, /* bytes or elements moved */
	RSX_RET_FD,    /* a new descriptor: the twin's number becomes a placeholder here */
	RSX_RET_PID,
	RSX_RET_ADDR,
	RSX_RET_FLAGS, /* bits, converted and named by .ret_xlat */
	RSX_RET_NONE,  /* does not return */
};

/* What a handled signal does to a call that has moved nothing: signal(7). */
enum rsx_restart {
	RSX_RESTART_NEVER,  /* the call is not interrupted */
	RSX_RESTART_SYS,    /* ERESTARTSYS: restarted if SA_RESTART */
	RSX_RESTART_NOHAND, /* ERESTARTNOHAND: EINTR if a handler ran */
	RSX_RESTART_EINTR,  /* EINTR always */
	RSX_RESTART_BLOCK,  /* ERESTART_RESTARTBLOCK: restart_syscall(2) */
};

/* The classes of -e, strace's words. */
enum {
	RSX_CLASS_FILE = 1 << 0,    /* takes a path */
	RSX_CLASS_DESC = 1 << 1,    /* takes or returns a descriptor */
	RSX_CLASS_NET = 1 << 2,
	RSX_CLASS_PROCESS = 1 << 3, /* its life: made, changed, ended, waited for */
	RSX_CLASS_MEMORY = 1 << 4,
	RSX_CLASS_IPC = 1 << 5,
	RSX_CLASS_SIGNAL = 1 << 6,
	RSX_CLASS_CREDS = 1 << 7,
	RSX_CLASS_CLOCK = 1 << 8,   /* reads or sets a clock */
	RSX_CLASS_STAT = 1 << 9,    /* the stat family, as strace divides it */
	RSX_CLASS_LSTAT = 1 << 10,
	RSX_CLASS_FSTAT = 1 << 11,
	RSX_CLASS_STATFS = 1 << 12,
	RSX_CLASS_FSTATFS = 1 << 13,
	RSX_CLASS_USTAT = 1 << 14,
	RSX_CLASS_PURE = 1 << 15,   /* no arguments, never fails */
	RSX_CLASS_SYSTEM = 1 << 16, /* the machine: uname, sysinfo, modules; not strace's */
};

/* Row flags. */
enum {
	RSX_ROW_WIRE = 1 << 0,	/* SPLIT, but may also travel as a call */
	RSX_ROW_PIECES = 1 << 1,/* large transfers go in pieces: the
				 * BUF or IOVEC argument is the data, the OFF
				 * argument, if any, moves on */
	RSX_ROW_ERRDATA = 1 << 2, /* outputs are written back on error too */
	RSX_ROW_LOCKS = 1 << 3, /* takes a lock that close(2) would drop */
	RSX_ROW_OWN_FDS = 1 << 4, /* unshare: the thread may get a table of its own */
	RSX_ROW_PATH_FD = 1 << 5, /* VARIANT: for an O_PATH descriptor, too; others are
				   * EBADF there */
	RSX_ROW_ASK = 1 << 6, /* fails with .err, unless both sides' users permit it */
	RSX_ROW_CREDS = 1 << 7, /* may change credentials, which exec must then look at */
	RSX_ROW_FILE_LOCKS = 1 << 8, /* takes a lock of the open file description */
};

/* Handlers of SPLIT rows: src/tracer/split/split.c maps them to functions. */
enum rsx_split {
	RSX_SPLIT_NONE,
	RSX_SPLIT_close,
	RSX_SPLIT_dup,	    /* dup, F_DUPFD, F_DUPFD_CLOEXEC */
	RSX_SPLIT_dup3,	    /* dup2, dup3 */
	RSX_SPLIT_close_range,
	RSX_SPLIT_chdir,
	RSX_SPLIT_fchdir,
	RSX_SPLIT_getcwd,
	RSX_SPLIT_chroot,
	RSX_SPLIT_procdir,  /* getdents64 of /proc */
	RSX_SPLIT_mmap,
	RSX_SPLIT_munmap,   /* munmap, mremap, mprotect of what mmap made */
	RSX_SPLIT_msync,
	RSX_SPLIT_clone,    /* fork, vfork, clone, clone3 */
	RSX_SPLIT_exec,	    /* execve, execveat */
	RSX_SPLIT_exit,
	RSX_SPLIT_poll,	    /* poll, ppoll, select, pselect6 */
	RSX_SPLIT_epoll,    /* epoll_ctl, epoll_wait and kin */
	RSX_SPLIT_sendfile, /* two descriptors, maybe on two sides */
	RSX_SPLIT_pipe,	    /* the tracer's own use of one over there */
	RSX_SPLIT_vmsplice, /* a pipe of the server's */
	RSX_SPLIT_lease,    /* F_SETLEASE, F_NOTIFY: what would send signals */
	RSX_SPLIT_kill,	    /* kill, tgkill, rt_sigqueueinfo, pidfd_open ... */
	RSX_SPLIT_seccomp,  /* accepted, not installed */
	RSX_SPLIT_prctl,
	RSX_SPLIT_socket,
	RSX_SPLIT_netdev,   /* questions about network interfaces */
	RSX_SPLIT_unshare,
	RSX_SPLIT_vmem,	    /* another process's memory: process_vm_readv ... */
	RSX_SPLIT_kcmp,
	RSX_SPLIT_owner,    /* SIOCSPGRP and the like: as F_SETOWN */
	RSX_SPLIT_rlimit,   /* setrlimit, prlimit64 of RLIMIT_FSIZE, RLIMIT_AS */
	RSX_SPLIT_MAX
};

/* One argument of the call a LOWER row turns into: an argument or a constant. */
struct rsx_lower_arg {
	uint8_t from; /* 1 + index of the old argument, or 0: the constant */
	int64_t value;
};

/*
 * What the caller's times look like where the modern call takes two struct
 * timespec. The tracer converts; microseconds outside 0..999999 are EINVAL.
 */
enum rsx_times {
	RSX_TIMES_TIMESPEC, /* nothing to convert */
	RSX_TIMES_UTIMBUF,  /* two int64 seconds */
	RSX_TIMES_TIMEVAL,  /* two {int64 seconds, int64 microseconds} */
};

struct rsx_lower {
	const char *to; /* row name */
	uint16_t row;	/* where `to` stands in rsx_syscalls[] */
	uint8_t nargs;
	bool dirents; /* the caller wants struct linux_dirent, not linux_dirent64 */
	uint8_t times; /* enum rsx_times: of its timespec2 argument */
	struct rsx_lower_arg arg[RSX_MAX_ARGS];
};

struct rsx_syscall {
	const char *name;    /* of the call, for variants too: "fcntl" */
	const char *variant; /* "F_GETFL"; NULL if this is no VARIANT row */
	int16_t nr[RSX_ARCH_MAX]; /* -1 where there is none */
	uint32_t classes;
	uint8_t where;	 /* enum rsx_where */
	uint8_t split;	 /* enum rsx_split */
	uint8_t ret;	 /* enum rsx_ret */
	uint8_t restart; /* enum rsx_restart */
	uint16_t flags;
	uint8_t nargs;
	int16_t err; /* DENY, ROW_ASK, a SPLIT that refuses: a positive errno; variants:
		      * that of an unknown one */
	struct rsx_arg arg[RSX_MAX_ARGS];
	const struct rsx_xlat *ret_xlat;
	/* Which argument values may travel; others fail with .err on both sides.
	 * NULL: all. */
	bool (*allowed)(const uint64_t args[RSX_MAX_ARGS]);
	/* VARIANT rows, chosen by argument `sel` (fcntl's cmd, ioctl's request) */
	uint8_t sel;
	/* not 0: the argument that sel_value's upper 16 bits are of (an option's level);
	 * what no variant has is then as the row itself says */
	uint8_t sel_high;
	uint16_t nvariants;
	uint64_t sel_value;
	const struct rsx_syscall *variants;
	const struct rsx_lower *lower; /* LOWER rows; NULL: this is none */
	const char *note; /* for the manual: why it runs where it runs */
};

extern const struct rsx_syscall rsx_syscalls[];
extern const size_t rsx_nsyscalls;

/* The row of a number, or NULL. Constant time. */
const struct rsx_syscall *rsx_syscall_by_nr(enum rsx_arch arch, long nr);

/* The row of a name, or NULL. */
const struct rsx_syscall *rsx_syscall_by_name(const char *name);

/*
 * The row that describes this very call: the variant chosen by an argument,
 * or the row itself. NULL if the row has variants and none fits (.err says
 * what the caller gets).
 */
const struct rsx_syscall *rsx_syscall_variant(const struct rsx_syscall *row,
					      const uint64_t args[RSX_MAX_ARGS]);

/* The row a LOWER row turns into, with its arguments; `row` itself otherwise. */
const struct rsx_syscall *rsx_syscall_lower(const struct rsx_syscall *row,
					    const uint64_t in[RSX_MAX_ARGS],
					    uint64_t ret_args[RSX_MAX_ARGS]);

/* May a peer ask for this row? */
bool rsx_syscall_on_wire(const struct rsx_syscall *row);

/*
 * Is the last component of PATH argument `a` left alone if it is a symlink?
 * `flags`: the value of argument a->flagarg, on the wire.
 */
bool rsx_arg_nofollow(const struct rsx_arg *a, uint64_t flags);

/* A hash of all that both ends must agree on for this row (not names' prose). */
uint32_t rsx_syscall_hash(const struct rsx_syscall *row);

/* "remote", "local", "by fd" ...: the words of --list-syscalls. */
const char *rsx_where_name(enum rsx_where where);
const char *rsx_restart_name(enum rsx_restart restart);

#endif
