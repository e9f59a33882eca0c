/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame: one call with its memory, in the wire's ABI. The tracer captures
 * it and commits what came back; the server places it, runs it, harvests it.
 *
 * Rules of the engine (src/proto/engine.c):
 *  1. Lengths and addresses are read once, at entry.
 *  2. Blobs travel in the order in which the table walks the arguments; the
 *     server walks its own copy of the row and rejects a frame that does not fit.
 *  3. The parts of an iovec share one result, filled in order.
 *  4. On error nothing is written back, unless the row says so: then what had gone.
 *  5. NULL stays NULL, and a pointer that cannot be read stays one: it has no blob,
 *     and the kernel over there gets one as bad. It says EFAULT, or what is wrong first.
 *     Data to be written ends over there where it could not be read here.
 *  6. A server pointer never reaches the tracee, nor the other way round.
 *  7. A transport failure is not an errno.
 */
#ifndef RSX_FRAME_H
#define RSX_FRAME_H

#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "rsx/addr.h"
#include "rsx/arena.h"
#include "rsx/syscall.h"

/* How the engine reaches a traced program's memory. All return 0 or -EFAULT. */
struct rsx_mem {
	void *ctx;
	int (*read)(void *ctx, struct rsx_addr from, void *to, size_t len);
	int (*write)(void *ctx, struct rsx_addr to, const void *from, size_t len);
	/* Scatter `len` bytes over iov (tracee addresses). Returns the bytes
	 * written before the first fault, or -EFAULT if none. */
	ssize_t (*writev)(void *ctx, const struct iovec *to, size_t n,
			  const void *from, size_t len);
	/* The traced pid of a pid over there, or the pid itself. May be NULL. */
	int (*pid)(void *ctx, int there);
	/* The other way round. May be NULL. */
	int (*pid_there)(void *ctx, int here);
	/* The twin's number of a descriptor that a message passes, -EBADF, or
	 * -EPERM if it is no remote one. NULL: it is as it is. */
	int (*fd)(void *ctx, int here);
	/* The same of a descriptor in a struct; -EXDEV if it is no remote one. */
	int (*fd_in_struct)(void *ctx, int here);
	/* Gather: the bytes read before the first fault, or -EFAULT if none. */
	ssize_t (*readv)(void *ctx, const struct iovec *from, size_t n,
			 void *to, size_t len);
};

struct rsx_blob {
	uint8_t arg;	 /* which argument points here */
	uint32_t in_len; /* bytes that travel with the call */
	uint32_t cap;	 /* room for what comes back; 0 for pure inputs */
	uint32_t out_len;/* bytes that came back */
	uint8_t *in;	 /* in_len bytes */
	uint8_t *out;	 /* tracer: out_len bytes of the reply;
			  * server: cap bytes for the kernel to fill */
	void *native;	 /* server: what MSGHDR's pointer points to; tracer:
			  * COUNTED as the program has it */
	/* tracer only */
	struct rsx_addr addr;
	struct rsx_addr name, control; /* MSGHDR */
	struct iovec *iov; /* IOVEC: the tracee's, what is left of it */
	uint32_t niov;
	/* MSGHDR, after the commit: what was received, lengths in bytes */
	uint8_t *control_got;
	uint32_t control_len;
	uint32_t msg_flags;
};

/* What a descriptor of the call is, in words; see rsx/fdname.h. */
struct rsx_frame_name {
	uint8_t arg; /* or RSX_FD_NAME_RET */
	const char *text;
};
#define RSX_FD_NAME_RET RSX_MAX_ARGS

/* A pointer among the wire's arguments. */
enum rsx_pointer {
	RSX_POINTER_NULL,
	RSX_POINTER_BLOB,     /* its memory is the next blob */
	RSX_POINTER_UNMAPPED, /* there is none: no blob */
	RSX_POINTER_BEYOND,   /* beyond what is user memory: the kernel need not look */
	RSX_POINTER_MAX,
};
/*
 * A pointer that is as bad as the program's, for the kernel: to where nothing can be
 * mapped (vm.mmap_min_addr), or to the kernel's half.
 */
static inline uint64_t rsx_bad_pointer(uint64_t kind)
{
	return kind == RSX_POINTER_BEYOND ? ~(uint64_t)0xfff : 8;
}

#define RSX_ASKED EREMCHG /* no call of the table has it */

struct rsx_frame {
	const struct rsx_syscall *row; /* of this very call, variants resolved */
	uint64_t args[RSX_MAX_ARGS];   /* wire values; enum rsx_pointer */
	int64_t ret;
	uint32_t fd_mode; /* RET_FD: st_mode of the new descriptor */
	uint8_t raised;	  /* the signal that the kernel sent the caller: SIGPIPE,
			   * SIGXFSZ, or 0 */
	/* server, for a tracer that wants to know: in the arena */
	uint64_t exec_ns;
	uint8_t nnames;
	struct rsx_frame_name *name; /* nnames of them */
	/*
	 * A name is to be made, whatever its links lead to: without it, the server answers
	 * -RSX_ASKED and the links, in the place of a name that is not there.
	 */
	bool sure;
	/* A path was not found and leads through symlinks: the name after each, absolute. */
	uint8_t nlinks;
	struct rsx_frame_name *link; /* nlinks of them; arg: the path's argument */
	/* tracer: strings that take the place of the tracee's (decided paths) */
	const char *preset[RSX_MAX_ARGS];
	uint32_t unmapped; /* tracer: arguments (bits) that are bad pointers, whatever they are by now */
	uint64_t data_len;   /* PIECES: bytes of this piece */
	uint64_t data_total; /* PIECES: bytes from this piece to the end */
	bool data_in;	     /* PIECES: a write */
	bool has_offset;     /* PIECES: at an offset of its own, not the file's */
	bool hold_control; /* tracer: MSGHDR: the caller writes the control data */
	bool socket;	  /* tracer: of a socket: what is received is whole or EFAULT */
	bool old_dirents; /* tracer: commit struct linux_dirent (getdents) */
	uint8_t times;	  /* tracer: enum rsx_times of the caller's timespec2 */
	uint8_t nblobs;
	struct rsx_blob blob[RSX_MAX_BLOBS];
};

/* The blob of argument `arg`, or NULL if that pointer is NULL. */
struct rsx_blob *rsx_frame_blob(struct rsx_frame *f, unsigned arg);

/* The value of a length, from wire args, blobs and (LEN_RET) f->ret. */
uint64_t rsx_len_eval(const struct rsx_frame *f, const struct rsx_arg *arg,
		      struct rsx_len len);

/* --- tracer side: src/proto/capture.c, src/proto/commit.c --- */

/*
 * Fill `f` from native register values. Descriptors in `args` must already be
 * the twin's numbers. `skip` bytes of a PIECES row's data are passed over
 * (0 at first) and at most RSX_MAX_PIECE of it captured.
 * Returns 0, or a negative errno that the call fails with.
 */
int rsx_capture(struct rsx_frame *f, const struct rsx_syscall *row,
		const uint64_t args[RSX_MAX_ARGS], uint64_t skip,
		const struct rsx_mem *mem, struct rsx_arena *arena);

/* Where user addresses end: beyond, the kernel says EFAULT before it looks. */
uint64_t rsx_user_end(void);

/*
 * Read a NUL-terminated string of at most `room` bytes with its NUL. 0,
 * -EFAULT, -ENAMETOOLONG or -ENOMEM.
 */
int rsx_read_string(const struct rsx_mem *mem, struct rsx_addr from, size_t room,
		    struct rsx_arena *arena, char **ret, uint32_t *ret_len);

/*
 * Write the outputs into the tracee. f->ret and the blobs' out/out_len are
 * from the reply. Returns the result for the tracee's register: f->ret,
 * converted by the row, or -EFAULT if a pointer cannot be written.
 */
int64_t rsx_commit(struct rsx_frame *f, const struct rsx_mem *mem,
		   struct rsx_arena *arena);

/*
 * Write the control data of a frame with .hold_control, and the lengths and
 * flags with it. The caller has replaced the descriptors in b->control_got.
 * 0 or -EFAULT.
 */
int rsx_commit_control(struct rsx_blob *b, const struct rsx_mem *mem);

/*
 * Give a captured message (a MSGHDR to be sent) another name of `len` bytes.
 * 0, -EINVAL, -ENOMEM.
 */
int rsx_msghdr_rename(struct rsx_blob *b, const void *name, uint32_t len,
		      struct rsx_arena *arena);

/*
 * For the trace, after a call that ran here: read back what the kernel wrote.
 * f was captured from the same arguments, f->ret is the result. Outputs that
 * cannot be read are left out.
 */
void rsx_capture_outputs(struct rsx_frame *f, const struct rsx_mem *mem,
			 struct rsx_arena *arena);

/* --- server side: src/proto/place.c --- */

/*
 * Fill `f` from what a peer sent: args, and the lengths and bytes of the
 * input blobs. Checks everything against the row. On success `ret_native` holds
 * the arguments of the native call, pointers into `payload` or `arena`.
 * Returns 0; -EBADMSG if the frame does not fit the row (hostile or broken
 * peer); -ENOMEM.
 */
int rsx_place(struct rsx_frame *f, const struct rsx_syscall *row,
	      const uint64_t *args, const uint32_t *in_len, size_t n_in,
	      uint8_t *payload, size_t payload_len, struct rsx_arena *arena,
	      uint64_t ret_native[RSX_MAX_ARGS]);

/*
 * The call failed with EINVAL, as direct I/O does (O_DIRECT, see open(2)) when
 * its memory is not aligned: move the data of a PIECES row to where it is.
 * Whether anything was moved, and so the call may be made again.
 */
bool rsx_place_aligned(struct rsx_frame *f, struct rsx_arena *arena,
		       uint64_t native[RSX_MAX_ARGS]);

/*
 * After the call: f->ret is the result; sets each blob's out_len, never above
 * cap, and converts outputs to the wire's layout in place.
 */
void rsx_harvest(struct rsx_frame *f, struct rsx_arena *arena);

#endif
