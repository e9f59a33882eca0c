/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sequence.h - what the parts of tests/random/sequence share.
 *
 * A script is a sequence of calls, one a line:
 *
 *	ACTOR CALL ARGUMENT...
 *
 * The actors (0 is the first) take turns, so that a script has one outcome.
 * Descriptors are held in slots ($0 to $9), mappings in others (m0 to m3).
 * `call_tables` has every call: what its arguments are, in words from which the
 * generator makes them and the interpreter reads them, and the function.
 */
#ifndef RSX_TESTS_SEQUENCE_H
#define RSX_TESTS_SEQUENCE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum {
	SLOTS = 10,
	MAPS = 4,
	ACTORS = 4,
	MAX_ARGS = 12,
	MAX_STEPS = 400,
	MAX_DATA = 128 * 1024,	   /* bytes a call may move */
	MAX_OUTPUT = 1024 * 1024,  /* text a sequence may print */
};

/* What a slot holds, as far as the generator knows. */
enum what {
	W_NONE,
	W_FILE,
	W_DIR,
	W_PATH,
	W_PIPE,
	W_EVENT,
	W_INOTIFY,
	W_STREAM,
	W_DGRAM,
	W_UNIX,
	W_LISTENER,
	W_EPOLL,
};

enum family { FILES = 1, NET = 2 };

/* One line of a script. */
struct step {
	int actor;
	const struct call *call;
	int nargs;
	char *arg[MAX_ARGS];
	char text[400]; /* the line, cut into words: arg points into it */
	char line[400]; /* the line as it is */
};

/*
 * args: a word per argument. A KIND (`new`, `file`, `path`, `len`: kinds[] in
 * generate.c), [A B C] for one of these, <A B C> for any of these or none.
 * weight: how often the generator takes it, per family. makes: what is in the
 * `new` slots afterwards.
 */
struct call {
	const char *name;
	void (*run)(struct step *step);
	const char *args;
	unsigned char files, net;
	enum what makes;
};

extern const struct call calls_file[], calls_name[], calls_map[], calls_lock[];
extern const struct call calls_net[], calls_ready[], calls_self[], calls_more[];
extern const struct call calls_old[], calls_rare[];
extern const struct call *const call_tables[];
const struct call *call_find(const char *name);

/* The state of the actor that runs; see actors.c. */
struct mapping {
	unsigned char *at;
	size_t len;
};
extern int *slots;	       /* shared with who shares the descriptor table */
extern struct mapping mappings[MAPS];
extern char top[PATH_MAX];     /* the sequence's directory: % in paths */
extern volatile int broken_pipes;
int actor_of_pid(pid_t pid);
void actors_begin(void);
void actors_run(struct step *step);
void actors_end(void);

/* What a step's arguments are. */
int slot_index(struct step *step, int arg);
int fd_arg(struct step *step, int arg); /* also `cwd` and plain numbers */
long num_arg(struct step *step, int arg);
const char *path_arg(struct step *step, int arg);
struct mapping *map_arg(struct step *step, int arg);

/* What a call has moved into a pipe, said and taken out again; see calls_file.c. */
void drain(long moved, int pipe);

/* Words such as O_RDWR. */
bool word_value(const char *word, size_t len, long *ret_value);

/* What a step prints. say() adds to the line, result() the call's outcome. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void result(long ret);
void say_bytes(const void *data, size_t len);
void say_text(const char *text, size_t len); /* our directory and inodes hidden */
void say_offset(int fd);
void set_slot(int index, int fd); /* after result(); closes what was there */
/* len bytes ending at an unreadable page; pattern() fills them. */
unsigned char *buffer(size_t len);
void pattern(void *data, size_t len, unsigned int seed);

/* The program itself, and what it does when run again: for `exec`. */
extern const char *program;
int inherited(char **fds);

int generate(unsigned long seed, const char *family, int length, FILE *out);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
