/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack of a stopped tracee (-k, --flame), innermost frame first.
 *
 * libunwind walks it with its ptrace accessors, but finds the unwind tables
 * where they are, in the tracee's memory: so files that are gone, private or
 * on the server make no difference. Go programs have no such tables; their own
 * (pclntab) are read by gotab.c. Names come from the files' symbol tables
 * (symbols.c). What is known of an address is kept per address space until
 * its mappings of code change.
 */
#ifndef RSX_REPORT_STACK_H
#define RSX_REPORT_STACK_H

#include <stdbool.h>
#include <stdint.h>

struct mm;
struct rsx_buf;
struct tracee;
struct unwind;

#define STACK_DEPTH 128

struct stack_frame {
	uint64_t pc;
	uint64_t offset;    /* of pc in the symbol */
	uint64_t address;   /* of pc in the file: as nm and addr2line have it */
	const char *symbol; /* NULL: unknown; lives as long as the trace */
	const char *file;   /* NULL: no file */
};

struct stack {
	unsigned n;
	struct stack_frame frame[];
};

/* Stacks will be asked for. False after one line on stderr: libunwind is missing. */
bool stack_init(void);

/* At a call's entry. NULL: no memory, or nothing can be read. */
struct stack *stack_take(struct tracee *t);
void stack_free(struct stack *s);

/* t's current call returns `ret`: have mappings of code changed? */
void stack_note(struct tracee *t, int64_t ret);
/* An address space ends; takes NULL. */
void stack_mm_free(struct unwind *u);
/* The trace ends. */
void stack_done(void);

/* " > /lib/libc.so.6(write+0x14) [0xf5b14]\n" per frame; takes NULL. */
void stack_text(struct rsx_buf *b, const struct stack *s);
/* An array of objects. */
void stack_json(struct rsx_buf *b, const struct stack *s);

#endif
