/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of addresses in ELF files: .symtab, else .dynsym and the separate
 * debug file of /usr/lib/debug, else a Go program's own table. What a file
 * says is not believed: every offset in it is checked.
 */
#ifndef RSX_REPORT_SYMBOLS_H
#define RSX_REPORT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ehtable;
struct gotab;

struct symbol {
	uint64_t start, end;
	const char *name;
	uint8_t rank; /* of several names of one address: the least */
};

struct symfile {
	const uint8_t *data; /* the file */
	size_t size;
	bool mapped; /* else malloc'ed */
	struct symbol *symbol;
	size_t n, room;
	struct gotab *go; /* NULL: not a Go program */
	struct ehtable *frames; /* unwind information without a table of its own, or NULL */
	struct symfile *debug; /* where some of the names are, or NULL */
};

/* Of an open file; `fd` stays the caller's. NULL: no memory, not an ELF file. */
struct symfile *symfile_open(int fd);
/* Of a copy in memory (the vdso); takes `data`, from malloc(3), over. */
struct symfile *symfile_memory(void *data, size_t size);
void symfile_free(struct symfile *f);

/* `address` as the file has it. False: no name. */
bool symfile_find(const struct symfile *f, uint64_t address, const char **ret_name,
		  uint64_t *ret_offset);

/* `len` bytes at `off`, or NULL: not in the file. */
const void *symfile_at(const struct symfile *f, uint64_t off, uint64_t len);
/* The NUL-terminated text at `off`, below `end`; or NULL. */
const char *symfile_text(const struct symfile *f, uint64_t off, uint64_t end);

/* --- ehframe.c --- */

/* As .eh_frame_hdr has it: sorted, addresses relative to `base`. */
struct ehentry {
	int32_t function, fde;
};

struct ehtable {
	uint64_t base; /* as the file has it */
	size_t n;
	struct ehentry *entry;
};

/* Of .eh_frame, [off, off + size) of the file. NULL: not understood. */
struct ehtable *ehtable_open(const struct symfile *f, uint64_t off, uint64_t size,
			     uint64_t address);
void ehtable_free(struct ehtable *t);

/* --- gotab.c --- */

/* The table in [off, off + len) of the file; `text`: .text's address. NULL: not understood. */
struct gotab *gotab_open(const struct symfile *f, uint64_t off, uint64_t len, uint64_t text);
bool gotab_find(const struct gotab *g, uint64_t address, const char **ret_name,
		uint64_t *ret_offset);
/* How many bytes the function's frame holds at `address`, without a return address. */
bool gotab_frame(const struct gotab *g, uint64_t address, uint64_t *ret_size);

#endif
