/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table by which a Go program walks its own stacks, which stays when it is
 * stripped: names of functions and, for each address, the size of the frame.
 * Layouts: Go's src/debug/gosym/pclntab.go and src/runtime/symtab.go, of
 * versions 1.16 to 1.17, and 1.18 and later.
 */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC_116 0xfffffffau
#define MAGIC_118 0xfffffff0u
#define MAGIC_120 0xfffffff1u

struct gotab {
	const struct symfile *f;
	uint64_t start, end; /* of the table in the file */
	bool wide;	     /* 1.16: entries are addresses; else offsets from `text` */
	uint8_t quantum;     /* of code addresses */
	uint64_t text;
	uint64_t n;	     /* functions */
	uint64_t names, pcs, functions; /* in the file */
};

static bool word(const struct gotab *g, uint64_t off, unsigned size, uint64_t *ret)
{
	const void *at = off < g->start || off > g->end || size > g->end - off ?
				 NULL : symfile_at(g->f, off, size);

	*ret = 0;
	if (at)
		memcpy(ret, at, size);
	return at != NULL;
}

static bool header(struct gotab *g)
{
	uint64_t magic, shape, w[8];

	if (!word(g, g->start, 4, &magic) || !word(g, g->start + 4, 4, &shape))
		return false;
	if ((magic != MAGIC_116 && magic != MAGIC_118 && magic != MAGIC_120) ||
	    (shape & 0xffff) || shape >> 24 != 8)
		return false;
	g->wide = magic == MAGIC_116;
	g->quantum = (uint8_t)(shape >> 16);
	for (unsigned i = 0; i < 8; i++)
		if (!word(g, g->start + 8 + 8 * i, 8, &w[i]))
			return false;
	/* nfunc, nfiles, [textStart,] names, cu, files, pcs, functions */
	g->n = w[0];
	if (!g->wide) {
		g->text = w[2] ? w[2] : g->text; /* 0 in a file that is to be relocated */
		memmove(&w[2], &w[3], 5 * sizeof(w[0]));
	}
	g->names = g->start + w[2];
	g->pcs = g->start + w[5];
	g->functions = g->start + w[6];
	return g->n && g->n < (1u << 24) && g->names > g->start && g->names < g->end &&
	       g->pcs > g->start && g->pcs < g->end && g->functions > g->start &&
	       g->functions < g->end;
}

struct gotab *gotab_open(const struct symfile *f, uint64_t off, uint64_t len, uint64_t text)
{
	struct gotab *g = calloc(1, sizeof(*g));

	if (!g || !symfile_at(f, off, len)) {
		free(g);
		return NULL;
	}
	g->f = f;
	g->start = off;
	g->end = off + len;
	g->text = text;
	if (!header(g)) {
		free(g);
		return NULL;
	}
	return g;
}

/* Entry i of the list of functions: its address and where its record is. */
static bool entry(const struct gotab *g, uint64_t i, uint64_t *ret_address, uint64_t *ret_record)
{
	unsigned size = g->wide ? 8 : 4;
	uint64_t at = g->functions + 2 * size * i;

	if (!word(g, at, size, ret_address) || !word(g, at + size, size, ret_record))
		return false;
	if (!g->wide)
		*ret_address += g->text;
	*ret_record += g->functions;
	return true;
}

/* The function that holds an address; the last entry is only an end. */
static bool function(const struct gotab *g, uint64_t address, uint64_t *ret_start,
		     uint64_t *ret_record)
{
	uint64_t low = 0, high = g->n, start, record, last = 0;
	unsigned size = g->wide ? 8 : 4;

	if (!word(g, g->functions + 2 * size * g->n, size, &last))
		return false;
	if (address >= last + (g->wide ? 0 : g->text))
		return false;
	while (low < high) {
		uint64_t mid = (low + high) / 2;

		if (!entry(g, mid, &start, &record))
			return false;
		if (start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && entry(g, low - 1, ret_start, ret_record);
}

/* Where in a function's record the fields behind the address are. */
static uint64_t fields(const struct gotab *g, uint64_t record)
{
	return record + (g->wide ? 8 : 4);
}

bool gotab_find(const struct gotab *g, uint64_t address, const char **ret_name,
		uint64_t *ret_offset)
{
	uint64_t start, record, name;

	if (!function(g, address, &start, &record) || !word(g, fields(g, record), 4, &name))
		return false;
	*ret_name = symfile_text(g->f, g->names + name, g->end);
	*ret_offset = address - start;
	return *ret_name && **ret_name;
}

static bool varint(const struct gotab *g, uint64_t *at, uint64_t *ret)
{
	uint64_t byte;

	*ret = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (!word(g, (*at)++, 1, &byte))
			return false;
		*ret |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* A list of (change of value, length of code) pairs: the value at an address. */
bool gotab_frame(const struct gotab *g, uint64_t address, uint64_t *ret_size)
{
	uint64_t start, record, at, pc, change, length;
	int64_t value = -1;

	if (!function(g, address, &start, &record) || !word(g, fields(g, record) + 12, 4, &at) || !at)
		return false;
	at += g->pcs;
	for (pc = start; pc <= address; pc += length * g->quantum) {
		if (!varint(g, &at, &change) || (!change && pc != start) || !varint(g, &at, &length))
			return false;
		value += (int64_t)(change & 1 ? ~(change >> 1) : change >> 1);
	}
	*ret_size = (uint64_t)value;
	return value >= 0 && value < (1 << 24);
}
