/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sendfile, splice, tee and copy_file_range move, and whether the kernel
 * would: for transfers between a local and a remote descriptor
 * (split_sendfile.c), which no kernel sees as a whole.
 */
#ifndef RSX_TRACER_TRANSFER_H
#define RSX_TRACER_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracee;

/* One end: what the kernel would look at first. */
struct end {
	int fd; /* the program's number */
	int twin; /* -1: it is local */
	int flags; /* F_GETFL's; -1: not open */
	mode_t mode;
	dev_t dev; /* of a local device */
	uint64_t off; /* address of its offset, 0: the file's own */
};

/* The transfer, whatever it is called. */
struct transfer {
	struct end in, out;
	uint64_t len;
	uint64_t flags; /* of splice */
	uint8_t *here;	 /* room of ours */
	uint64_t there;	 /* ... and in the program */
};

/* From the registers of the call. */
void transfer_read(const struct tracee *t, struct transfer *x);

/*
 * In an op. 0: go on with it, from these offsets. What else it is, is the
 * call's result.
 */
int64_t transfer_judge(struct tracee *t, struct transfer *x, int64_t *in_off, int64_t *out_off);

bool transfer_is_remote(const struct end *e);
/* The twin's number, if the program's still stands for it: other threads go on. Or -EBADF. */
int64_t transfer_twin(const struct tracee *t, const struct end *e);

/* A pipe of the twin's, for a moment: 0 or -errno. Its end is not waited for. */
int64_t transfer_pipe(struct tracee *t, int p[2], int flags);
void transfer_pipe_close(struct tracee *t, const int p[2]);

bool transfer_is_pipe(const struct end *e);

/* Can it be spliced to: no directory, no eventfd. */
bool transfer_moves(const struct end *e);

/* ... and from: not /dev/null, either. */
bool transfer_gives(const struct end *e);

/* Does a local descriptor's driver take what is spliced to it? */
bool transfer_takes(const struct tracee *t, const struct end *e);

#endif
