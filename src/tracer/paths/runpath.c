/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading DT_RUNPATH from an ELF file; see runpath.h. The file is mapped and
 * every offset in it is checked before it is followed.
 */
#include "paths/runpath.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsx/cleanup.h"

struct image {
	const uint8_t *data;
	size_t size;
};

static const void *at(const struct image *im, uint64_t off, uint64_t len)
{
	return off <= im->size && len <= im->size - off ? im->data + off : NULL;
}

static const Elf64_Phdr *segments(const struct image *im, unsigned *ret_n)
{
	const Elf64_Ehdr *e = at(im, 0, sizeof(*e));

	if (!e || memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_ident[EI_CLASS] != ELFCLASS64 ||
	    e->e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	*ret_n = e->e_phnum;
	return at(im, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr));
}

/* Where in the file the byte at virtual address `addr` is; UINT64_MAX: nowhere. */
static uint64_t file_offset(const Elf64_Phdr *ph, unsigned n, uint64_t addr)
{
	for (unsigned i = 0; i < n; i++)
		if (ph[i].p_type == PT_LOAD && addr >= ph[i].p_vaddr &&
		    addr - ph[i].p_vaddr < ph[i].p_filesz)
			return ph[i].p_offset + (addr - ph[i].p_vaddr);
	return UINT64_MAX;
}

/* The string, or NULL. DT_RUNPATH beats DT_RPATH. */
static const char *find(const struct image *im)
{
	unsigned n = 0;
	const Elf64_Phdr *ph = segments(im, &n);
	uint64_t strtab = 0, path = 0, off;
	bool runpath = false, any = false;

	for (unsigned i = 0; ph && i < n; i++) {
		const Elf64_Dyn *d = at(im, ph[i].p_offset, ph[i].p_filesz);

		if (ph[i].p_type != PT_DYNAMIC || !d)
			continue;
		for (uint64_t k = 0; k < ph[i].p_filesz / sizeof(*d) && d[k].d_tag != DT_NULL; k++) {
			if (d[k].d_tag == DT_STRTAB)
				strtab = d[k].d_un.d_ptr;
			if (d[k].d_tag == DT_RUNPATH || (d[k].d_tag == DT_RPATH && !runpath)) {
				path = d[k].d_un.d_val;
				runpath = d[k].d_tag == DT_RUNPATH;
				any = true;
			}
		}
	}
	off = any ? file_offset(ph, n, strtab) : UINT64_MAX;
	if (off == UINT64_MAX || off + path >= im->size ||
	    !memchr(im->data + off + path, 0, im->size - off - path))
		return NULL;
	return (const char *)im->data + off + path;
}

/* One entry, with $ORIGIN or ${ORIGIN} in front replaced by the program's directory. */
static void one(const char *entry, size_t len, const char *origin,
		void (*each)(void *ctx, const char *dir), void *ctx)
{
	static const char *const words[] = { "$ORIGIN", "${ORIGIN}" };
	char dir[2 * PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(words[i]);

		if (len >= n && !strncmp(entry, words[i], n)) {
			snprintf(dir, sizeof(dir), "%s%.*s", origin, (int)(len - n), entry + n);
			each(ctx, dir);
			return;
		}
	}
	if (len && len < PATH_MAX && entry[0] == '/') {
		snprintf(dir, sizeof(dir), "%.*s", (int)len, entry);
		each(ctx, dir);
	}
}

void runpath_each(const char *program, void (*each)(void *ctx, const char *dir), void *ctx)
{
	_rsx_free_ char *real = realpath(program, NULL);
	_rsx_close_ int fd = open(program, O_RDONLY | O_CLOEXEC);
	struct image im = { 0 };
	const char *path;
	struct stat st;
	void *map;

	if (!real || fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return;
	im = (struct image){ map, (size_t)st.st_size };
	*strrchr(real, '/') = '\0';
	path = find(&im);
	while (path && *path) {
		size_t n = strcspn(path, ":");

		one(path, n, real, each, ctx);
		path += n + (path[n] == ':');
	}
	munmap(map, (size_t)st.st_size);
}
