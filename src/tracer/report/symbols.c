/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See symbols.h. */
#include "symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsx/cleanup.h"

#define SYMBOLS_MAX ((size_t)4 << 20)

const void *symfile_at(const struct symfile *f, uint64_t off, uint64_t len)
{
	if (off > f->size || len > f->size - off)
		return NULL;
	return f->data + off;
}

const char *symfile_text(const struct symfile *f, uint64_t off, uint64_t end)
{
	if (end > f->size || off >= end || !memchr(f->data + off, 0, end - off))
		return NULL;
	return (const char *)f->data + off;
}

/* --- sections --- */

static const Elf64_Ehdr *elf_header(const struct symfile *f)
{
	const Elf64_Ehdr *h = symfile_at(f, 0, sizeof(*h));

	if (!h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 || h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_shentsize != sizeof(Elf64_Shdr))
		return NULL;
	return h;
}

static bool section(const struct symfile *f, unsigned i, Elf64_Shdr *ret)
{
	const Elf64_Ehdr *h = elf_header(f);
	const void *at;

	if (!h || i >= h->e_shnum)
		return false;
	at = symfile_at(f, h->e_shoff + (uint64_t)i * sizeof(*ret), sizeof(*ret));
	if (!at || h->e_shoff > f->size)
		return false;
	memcpy(ret, at, sizeof(*ret));
	return true;
}

/* The first section of a type and, unless NULL, a name. */
static bool find_section(const struct symfile *f, uint32_t type, const char *name, Elf64_Shdr *ret)
{
	const Elf64_Ehdr *h = elf_header(f);
	Elf64_Shdr names;

	if (!h || (name && !section(f, h->e_shstrndx, &names)))
		return false;
	for (unsigned i = 0; i < h->e_shnum && section(f, i, ret); i++) {
		const char *is;

		if (ret->sh_type != type)
			continue;
		if (!name)
			return true;
		is = symfile_text(f, names.sh_offset + ret->sh_name,
				  names.sh_offset + names.sh_size);
		if (is && !strcmp(is, name))
			return true;
	}
	return false;
}

/* --- symbols --- */

static bool add_symbol(struct symfile *f, const struct symbol *s)
{
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 1024;
		struct symbol *more = room > SYMBOLS_MAX ? NULL :
							   realloc(f->symbol, room * sizeof(*more));

		if (!more)
			return false;
		f->symbol = more;
		f->room = room;
	}
	f->symbol[f->n++] = *s;
	return true;
}

/* "write" rather than "__write", a global name rather than a local one. */
static uint8_t rank(const char *name, unsigned bind)
{
	uint8_t n = bind == STB_LOCAL ? 8 : 0;

	while (n < 15 && *name++ == '_')
		n++;
	return n;
}

static bool is_code(const Elf64_Sym *s)
{
	unsigned type = ELF64_ST_TYPE(s->st_info);

	return s->st_shndx != SHN_UNDEF && s->st_shndx < SHN_LORESERVE &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

/* The symbols of one table, whose names are in `from` (this file or its debug file). */
static bool load_table(struct symfile *f, const struct symfile *from, uint32_t type)
{
	Elf64_Shdr table, strings;
	size_t before = f->n;

	if (!find_section(from, type, NULL, &table) || !section(from, table.sh_link, &strings) ||
	    !symfile_at(from, table.sh_offset, table.sh_size) ||
	    !symfile_at(from, strings.sh_offset, strings.sh_size))
		return false;
	for (uint64_t i = 1; i < table.sh_size / sizeof(Elf64_Sym); i++) {
		const char *name;
		Elf64_Sym s;

		memcpy(&s, from->data + table.sh_offset + i * sizeof(s), sizeof(s));
		if (!is_code(&s))
			continue;
		name = symfile_text(from, strings.sh_offset + s.st_name,
				    strings.sh_offset + strings.sh_size);
		/* $x and its kin mark kinds of code on aarch64 */
		if (!name || !*name || *name == '$' ||
		    !add_symbol(f, &(struct symbol){ s.st_value, s.st_value + s.st_size, name,
						     rank(name, ELF64_ST_BIND(s.st_info)) }))
			continue;
	}
	return f->n > before;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return strcmp(x->name, y->name);
}

/* Sorted, one name per address; a symbol without a size ends at the next one. */
static void put_in_order(struct symfile *f)
{
	size_t n = 0;

	if (!f->n)
		return;
	qsort(f->symbol, f->n, sizeof(*f->symbol), by_address);
	for (size_t i = 0; i < f->n; i++) {
		if (n && f->symbol[n - 1].start == f->symbol[i].start) {
			if (f->symbol[i].end > f->symbol[n - 1].end)
				f->symbol[n - 1].end = f->symbol[i].end;
			continue;
		}
		f->symbol[n++] = f->symbol[i];
	}
	f->n = n;
	for (size_t i = 0; i + 1 < n; i++)
		if (f->symbol[i].end == f->symbol[i].start)
			f->symbol[i].end = f->symbol[i + 1].start;
}

static struct symfile *open_bare(int fd)
{
	struct symfile *f = calloc(1, sizeof(*f));
	struct stat st;
	void *p;

	if (!f || fstat(fd, &st) || st.st_size < (off_t)sizeof(Elf64_Ehdr)) {
		free(f);
		return NULL;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		free(f);
		return NULL;
	}
	f->data = p;
	f->size = (size_t)st.st_size;
	f->mapped = true;
	return f;
}

/* /usr/lib/debug/.build-id/ab/cdef....debug, which the build id names. */
static struct symfile *open_debug(const struct symfile *f)
{
	char path[256] = "/usr/lib/debug/.build-id/";
	const uint8_t *note;
	Elf64_Shdr s;
	size_t at = strlen(path);
	uint32_t head[3];

	if (!find_section(f, SHT_NOTE, ".note.gnu.build-id", &s))
		return NULL;
	note = symfile_at(f, s.sh_offset, s.sh_size);
	if (!note || s.sh_size < 16)
		return NULL;
	memcpy(head, note, sizeof(head)); /* name's size, id's size, type */
	if (head[0] != 4 || head[1] < 2 || head[1] > 64 || head[1] > s.sh_size - 16)
		return NULL;
	for (uint32_t i = 0; i < head[1]; i++)
		at += (size_t)snprintf(path + at, sizeof(path) - at, "%02x%s", note[16 + i],
				       i ? "" : "/");
	snprintf(path + at, sizeof(path) - at, ".debug");

	_rsx_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? NULL : open_bare(fd);
}

static void load_go(struct symfile *f)
{
	Elf64_Shdr table, text;

	if (!find_section(f, SHT_PROGBITS, ".gopclntab", &table) &&
	    !find_section(f, SHT_PROGBITS, ".data.rel.ro.gopclntab", &table))
		return;
	if (find_section(f, SHT_PROGBITS, ".text", &text))
		f->go = gotab_open(f, table.sh_offset, table.sh_size, text.sh_addr);
}

/* Only where there is no .eh_frame_hdr: that needs no file. */
static void load_frames(struct symfile *f)
{
	Elf64_Shdr s;

	if (find_section(f, SHT_PROGBITS, ".eh_frame_hdr", &s))
		return;
	if (find_section(f, SHT_PROGBITS, ".eh_frame", &s) ||
	    find_section(f, SHT_X86_64_UNWIND, ".eh_frame", &s))
		f->frames = ehtable_open(f, s.sh_offset, s.sh_size, s.sh_addr);
}

static struct symfile *load(struct symfile *f)
{
	if (!f)
		return NULL;
	if (!elf_header(f)) {
		symfile_free(f);
		return NULL;
	}
	if (!load_table(f, f, SHT_SYMTAB)) {
		load_table(f, f, SHT_DYNSYM);
		f->debug = open_debug(f);
		if (f->debug)
			load_table(f, f->debug, SHT_SYMTAB);
	}
	put_in_order(f);
	load_go(f);
	load_frames(f);
	return f;
}

struct symfile *symfile_open(int fd)
{
	return load(open_bare(fd));
}

struct symfile *symfile_memory(void *data, size_t size)
{
	struct symfile *f = calloc(1, sizeof(*f));

	if (!f) {
		free(data);
		return NULL;
	}
	f->data = data;
	f->size = size;
	return load(f);
}

void symfile_free(struct symfile *f)
{
	if (!f)
		return;
	symfile_free(f->debug);
	if (f->mapped)
		munmap((void *)f->data, f->size);
	else
		free((void *)f->data);
	free(f->symbol);
	free(f->go);
	ehtable_free(f->frames);
	free(f);
}

bool symfile_find(const struct symfile *f, uint64_t address, const char **ret_name,
		  uint64_t *ret_offset)
{
	size_t low = 0, high = f->n;

	while (low < high) { /* the first that begins behind the address */
		size_t mid = (low + high) / 2;

		if (f->symbol[mid].start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low && address < f->symbol[low - 1].end) {
		*ret_name = f->symbol[low - 1].name;
		*ret_offset = address - f->symbol[low - 1].start;
		return true;
	}
	return f->go && gotab_find(f->go, address, ret_name, ret_offset);
}
