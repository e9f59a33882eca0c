/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mix.c and its parts share. */
#ifndef RSX_TESTS_MIX_H
#define RSX_TESTS_MIX_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define MAX_PARTS 16

struct part {
	const char *name;
	void (*run)(const struct part *p);
};

/* In memory that all processes share. */
struct shared {
	atomic_ulong work[MAX_PARTS]; /* units, by part */
	atomic_ulong sent[MAX_PARTS]; /* what the other process of a part has done */
	atomic_ulong signals;
};

extern const struct part parts[];
extern const unsigned n_parts;
extern const char *self;      /* this program */
extern const char *part_name; /* of this process */
extern struct shared *shared;

int64_t now_ms(void);
bool going(void); /* time is not over, or this is a process's first look */

_Noreturn void fail(const char *file, int line, const char *what);

/* A child that ends with fn(); finish() sees that it ended well. */
pid_t start(void (*fn)(void *), void *arg);
void finish(pid_t pid);

/* What an exec'd child does; its exit status. */
int part_record(const char *file);

#define CHECK(cond) ((cond) ? (void)0 : fail(__FILE__, __LINE__, #cond))

/* A call that signals may interrupt, made again until they do not. */
#define AGAIN(call)                                        \
	({                                                 \
		long again_ret;                            \
		do                                         \
			again_ret = (long)(call);          \
		while (again_ret < 0 && errno == EINTR);   \
		again_ret;                                 \
	})

#endif
