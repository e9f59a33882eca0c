/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code in an address space: which file each executable mapping is of,
 * where its unwind table is in memory, and its symbols.
 */
#ifndef RSX_REPORT_MODULES_H
#define RSX_REPORT_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symfile;
struct tracee;

/* A file that was mapped; kept to the end of the trace. */
struct module_file {
	struct module_file *next;
	char *name; /* as the program knows it */
	uint64_t ino;
	char dev[16];
	struct symfile *symbols; /* NULL: none */
};

struct module {
	uint64_t start, end; /* the executable mapping */
	uint64_t bias;	     /* address in memory - address in the file */
	const struct module_file *file;
	/* .eh_frame_hdr in memory: a sorted table of functions; 0: none */
	uint64_t header, table, entries;
};

struct modules {
	struct module *m; /* by address */
	size_t n;
};

/* Read t's mappings. 0 or -errno. */
int modules_read(struct modules *ms, const struct tracee *t);
void modules_done(struct modules *ms);
bool modules_equal(const struct modules *a, const struct modules *b);
const struct module *modules_find(const struct modules *ms, uint64_t address);
/* Does any of it overlap [start, start + len)? */
bool modules_overlap(const struct modules *ms, uint64_t start, uint64_t len);

/* Forget all files. */
void modules_forget_files(void);

#endif
