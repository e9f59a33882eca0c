/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of the functions in .eh_frame, for files without .eh_frame_hdr:
 * static programs, mostly. Format: Linux Standard Base, "Exception Frames";
 * the encodings are DWARF's DW_EH_PE_*.
 */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#define ABSPTR 0x00
#define UDATA2 0x02
#define UDATA4 0x03
#define UDATA8 0x04
#define SDATA2 0x0a
#define SDATA4 0x0b
#define SDATA8 0x0c
#define PCREL  0x10
#define FORM   0x0f
#define OMIT   0xff

#define ENTRIES_MAX (1u << 20)

/* The section as it is read; `at` is an offset in it. */
struct frames {
	const uint8_t *data;
	uint64_t size;
	uint64_t address; /* of its first byte, as the file has it */
};

static bool number(const struct frames *f, uint64_t *at, unsigned size, bool sign, uint64_t *ret)
{
	uint64_t v = 0;

	if (*at > f->size || size > f->size - *at)
		return false;
	memcpy(&v, f->data + *at, size);
	if (sign && size < 8 && v >> (8 * size - 1))
		v |= ~0ull << (8 * size);
	*at += size;
	*ret = v;
	return true;
}

static bool skip_leb(const struct frames *f, uint64_t *at)
{
	while (*at < f->size)
		if (!(f->data[(*at)++] & 0x80))
			return true;
	return false;
}

/* A pointer in one of the encodings that name code. */
static bool pointer(const struct frames *f, uint64_t *at, uint8_t encoding, uint64_t *ret)
{
	uint64_t from = f->address + *at, v;
	bool good = false;

	switch (encoding & FORM) {
	case UDATA2:
	case SDATA2:
		good = number(f, at, 2, (encoding & FORM) == SDATA2, &v);
		break;
	case UDATA4:
	case SDATA4:
		good = number(f, at, 4, (encoding & FORM) == SDATA4, &v);
		break;
	case ABSPTR:
	case UDATA8:
	case SDATA8:
		good = number(f, at, 8, false, &v);
		break;
	}
	if (!good || (encoding & ~FORM & 0x7f) > PCREL)
		return false;
	*ret = (encoding & PCREL) ? v + from : v;
	return true;
}

/* How the CIE at `at` (behind its id) encodes the addresses of its functions. */
static bool cie_encoding(const struct frames *f, uint64_t at, uint8_t *ret)
{
	const char *augmentation = (const char *)f->data + at + 1;
	uint64_t skipped;

	*ret = ABSPTR;
	if (at + 1 >= f->size || !memchr(augmentation, 0, f->size - at - 1))
		return false;
	if (*augmentation != 'z')
		return !*augmentation;
	at += 2 + strlen(augmentation);
	/* code and data alignment, return address register, length of what follows */
	if (!skip_leb(f, &at) || !skip_leb(f, &at) || !skip_leb(f, &at) || !skip_leb(f, &at))
		return false;
	for (const char *c = augmentation + 1; *c; c++) {
		uint8_t encoding;

		if (*c == 'S' || *c == 'B')
			continue;
		if (at >= f->size)
			return false;
		encoding = f->data[at++];
		if (*c == 'R') {
			*ret = encoding;
			return true;
		}
		/* L: the encoding alone; P: and a pointer */
		if (*c == 'P' && encoding != OMIT && !pointer(f, &at, encoding & ~PCREL & 0x7f, &skipped))
			return false;
		if (*c != 'L' && *c != 'P')
			return false;
	}
	return true;
}

static bool add(struct ehtable *t, uint64_t function, uint64_t fde)
{
	int64_t a = (int64_t)(function - t->base), b = (int64_t)(fde - t->base);
	size_t room = t->n ? 2 * t->n : 64;
	struct ehentry *more;

	if (a != (int32_t)a || b != (int32_t)b || t->n == ENTRIES_MAX)
		return false;
	if (t->n < 64 ? !t->n : !(t->n & (t->n - 1))) {
		more = realloc(t->entry, room * sizeof(*more));
		if (!more)
			return false;
		t->entry = more;
	}
	t->entry[t->n++] = (struct ehentry){ (int32_t)a, (int32_t)b };
	return true;
}

static int by_function(const void *a, const void *b)
{
	const struct ehentry *x = a, *y = b;

	return x->function < y->function ? -1 : x->function > y->function;
}

/* One record: length, 0 (a CIE) or the distance to its CIE, the rest. */
static bool record(const struct frames *f, struct ehtable *t, uint64_t *at)
{
	uint64_t began = *at, length, id, here, cie, function;
	uint8_t encoding;

	if (!number(f, at, 4, false, &length) || !length || length == 0xffffffff ||
	    length > f->size - *at)
		return false;
	here = *at;
	*at += length;
	if (!number(f, &here, 4, false, &id) || !id)
		return true;
	cie = here - 4 - id + 8; /* behind length and id of the CIE */
	if (id > here - 4 || !cie_encoding(f, cie, &encoding) ||
	    !pointer(f, &here, encoding, &function))
		return true;
	return add(t, function, f->address + began);
}

struct ehtable *ehtable_open(const struct symfile *file, uint64_t off, uint64_t size,
			     uint64_t address)
{
	struct frames f = { symfile_at(file, off, size), size, address };
	struct ehtable *t = calloc(1, sizeof(*t));
	uint64_t at = 0;

	if (!t || !f.data) {
		free(t);
		return NULL;
	}
	t->base = address;
	while (record(&f, t, &at))
		;
	if (!t->n) {
		ehtable_free(t);
		return NULL;
	}
	qsort(t->entry, t->n, sizeof(*t->entry), by_function);
	return t;
}

void ehtable_free(struct ehtable *t)
{
	if (t)
		free(t->entry);
	free(t);
}
