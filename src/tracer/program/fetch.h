/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of remote programs, in a private directory ($TMPDIR/rsx-XXXXXX):
 *
 *   N/NAME    what is executed: comm comes from its name
 *   N.exe     a link with the program's real name, for /proc/self/exe
 *   copy-N    the copy that N/NAME is a link to, kept for the next exec of it
 *
 * A program whose loader (PT_INTERP) is the server's by the rules gets a copy
 * that asks for a copy of that loader: the new name is appended to the file
 * and the program header pointed at it. In memory, where the loader looks, the
 * old name stays.
 */
#ifndef RSX_TRACER_FETCH_H
#define RSX_TRACER_FETCH_H

#include <stdbool.h>
#include <stdint.h>

struct tracee;
struct tracer;

/* A fetched program while processes run it; shared by forked ones. */
struct running {
	int refs;
	char *exe;	/* its real name, over there */
	char *private;	/* the copy that runs */
	bool altered;	/* is not the same byte for byte */
};

/* Over there, `fd` (the twin's) is an ELF file for this machine: make a copy to
 * run under the name `given` has. `name`: what it is called if the server does
 * not know. 0 with one reference in *ret, or -errno. Called in an op. */
int64_t fetch_program(struct tracee *t, int64_t fd, const char *given, const char *name,
		      struct running **ret);

struct running *running_ref(struct running *r); /* takes NULL */
/* The last one removes the copy. Takes NULL. */
void running_unref(struct running *r);

/* A new place for a file with the name `given` has; the caller frees and unlinks. */
int fetch_place(struct tracer *tr, const char *given, char **ret_path);

/* Remove all that is left. */
void fetch_done(struct tracer *tr);

/* -ENOEXEC after one line if `head` is an ELF file for another machine, else 0. */
int fetch_check_machine(const uint8_t *head, unsigned n, const char *name);

#endif
