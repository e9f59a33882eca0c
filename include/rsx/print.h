/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call as a strace-like text, from the same row that marshals it.
 */
#ifndef RSX_PRINT_H
#define RSX_PRINT_H

#include <signal.h>

#include "rsx/buf.h"
#include "rsx/frame.h"

struct rsx_print_opt {
	unsigned strsize; /* how much of a string is shown, as strace -s */
	unsigned hex;	  /* strings in hexadecimal, as strace -x (1) and -xx (2) */
	/*
	 * What to add behind descriptor `fd` of argument `arg` (RSX_FD_NAME_RET:
	 * the result), "</etc/passwd>"; AT_FDCWD comes here, too. NULL: nothing.
	 */
	void (*name)(void *ctx, struct rsx_buf *b, unsigned arg, int fd);
	void *name_ctx;
	/* For what is never captured (execve's argv); NULL: addresses are shown. */
	const struct rsx_mem *mem;
};

/* Is argument `i` shown at all? */
bool rsx_print_shows(const struct rsx_frame *f, unsigned i);
/*
 * Append its text. Values come from the frame (wire ABI); `native` are the
 * registers as the program gave them, for descriptors and addresses. Outputs are
 * shown only if `done` (the call came back without error).
 */
void rsx_print_arg(struct rsx_buf *b, const struct rsx_frame *f,
		   const uint64_t native[RSX_MAX_ARGS], bool done,
		   const struct rsx_print_opt *opt, unsigned i);

/*
 * What pointer argument `i` points to: the output once the call is done, the
 * input before. False if neither is known: then the address is all there is.
 */
bool rsx_print_memory(const struct rsx_frame *f, unsigned i, bool done, const uint8_t **ret,
		      size_t *ret_len);

/*
 * Append ` = 3`, ` = -1 ENOENT (No such file or directory)`, ` = 0x7f...`.
 * `ret` is what the program gets.
 */
void rsx_print_ret(struct rsx_buf *b, const struct rsx_syscall *row, int64_t ret,
		   const struct rsx_print_opt *opt);

/* " ([{fd=3, revents=POLLIN}])", " (Timeout)": what strace adds to a result. */
void rsx_print_more(struct rsx_buf *b, const struct rsx_frame *f,
		    const uint64_t native[RSX_MAX_ARGS], bool done, const struct rsx_print_opt *opt);

/* "{si_signo=SIGTERM, si_code=SI_USER, ...}" */
void rsx_print_siginfo(struct rsx_buf *b, const siginfo_t *si);

/* "SIGTERM", "SIGRT_3". */
void rsx_signal_name(char *to, size_t room, int sig);

/* "SO_ERROR", or NULL. */
const char *rsx_sockopt_name(int level, int value);

/* "ENOENT", or NULL. */
const char *rsx_errno_name(int err);

#endif
