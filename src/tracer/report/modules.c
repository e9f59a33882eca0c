/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See modules.h. Read from /proc/PID/maps and the tracee's memory. A remote
 * file's mapping is of a memfd of ours (image.h), a remote program's of a
 * private copy: both are opened by what is mapped, and called what they are
 * on the server.
 */
#include "modules.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tracee.h"
#include "../tracer.h"
#include "mmap/image.h"
#include "program/fetch.h"
#include "rsx/cleanup.h"
#include "symbols.h"

#define MODULES_MAX 65536
#define PHDRS_MAX   64
#define VDSO_MAX    (64u << 10)

/* One line of /proc/PID/maps. */
struct line {
	uint64_t start, end, off, ino;
	char perms[8], dev[16];
	char path[RSX_MAX_PATH];
};

static struct module_file *files;

/* --- files --- */

/* The image that a memfd mapping is of, or NULL. */
static const struct image *image_of(const struct tracee *t, const struct line *l)
{
	struct stat st;

	if (strncmp(l->path, "/memfd:", 7) != 0)
		return NULL;
	for (const struct image *im = t->tracer->images; im; im = im->next)
		if (!fstat(im->memfd, &st) && st.st_ino == l->ino)
			return im;
	return NULL;
}

static int open_file(const struct tracee *t, const struct line *l, const struct image *im)
{
	char path[128];
	struct stat st;
	int fd;

	if (im)
		return fcntl(im->memfd, F_DUPFD_CLOEXEC, 0);
	fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == l->ino)
		return fd;
	if (fd >= 0)
		close(fd);
	/* deleted or replaced; needs privileges */
	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", t->tid,
		 (unsigned long long)l->start, (unsigned long long)l->end);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static struct symfile *vdso_symbols(const struct tracee *t, const struct line *l)
{
	size_t size = l->end - l->start;
	void *copy = size <= VDSO_MAX ? malloc(size) : NULL;

	if (!copy)
		return NULL;
	if (tracee_read((struct tracee *)t, l->start, copy, size)) {
		free(copy);
		return NULL;
	}
	return symfile_memory(copy, size);
}

static struct symfile *open_symbols(const struct tracee *t, const struct line *l,
				    const struct image *im)
{
	if (!strcmp(l->path, "[vdso]"))
		return vdso_symbols(t, l);
	if (l->path[0] != '/')
		return NULL;

	_rsx_close_ int fd = open_file(t, l, im);

	return fd < 0 ? NULL : symfile_open(fd);
}

static const char *name_of(const struct tracee *t, const struct line *l, const struct image *im)
{
	const struct running *r = t->mm->running;
	struct stat st;

	if (im && im->name)
		return im->name;
	if (r && r->exe && r->private && !stat(r->private, &st) && st.st_ino == l->ino)
		return r->exe;
	return l->path;
}

static const struct module_file *file_of(const struct tracee *t, const struct line *l)
{
	const struct image *im = image_of(t, l);
	const char *name = name_of(t, l, im);
	struct module_file *f;

	for (f = files; f; f = f->next)
		if (f->ino == l->ino && !strcmp(f->dev, l->dev) && !strcmp(f->name, name))
			return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->name = strdup(name);
	if (!f->name) {
		free(f);
		return NULL;
	}
	f->ino = l->ino;
	memcpy(f->dev, l->dev, sizeof(f->dev));
	f->symbols = open_symbols(t, l, im);
	f->next = files;
	files = f;
	return f;
}

void modules_forget_files(void)
{
	while (files) {
		struct module_file *f = files;

		files = f->next;
		symfile_free(f->symbols);
		free(f->name);
		free(f);
	}
}

/* --- mappings --- */

/*
 * .eh_frame_hdr: version 1, then the encodings of a pointer, of the number of
 * entries and of the entries; the usual ones are all that linkers write
 * (LSB, Exception Frames: DW_EH_PE_pcrel|sdata4, udata4, datarel|sdata4).
 */
static void find_table(struct module *m, const struct rsx_mem *mem, uint64_t header)
{
	struct {
		uint8_t version, pointer, count, table;
		uint32_t frames, entries;
	} h;

	if (mem->read(mem->ctx, rsx_addr(header), &h, sizeof(h)) || h.version != 1 ||
	    h.pointer != 0x1b || h.count != 0x03 || h.table != 0x3b)
		return;
	m->header = header;
	m->table = header + sizeof(h);
	m->entries = h.entries;
}

/* What the ELF header at `base` says of the module. */
static void read_headers(struct module *m, const struct rsx_mem *mem, uint64_t base)
{
	Elf64_Phdr ph[PHDRS_MAX];
	uint64_t unwind = 0;
	bool loaded = false;
	Elf64_Ehdr h;

	if (mem->read(mem->ctx, rsx_addr(base), &h, sizeof(h)) ||
	    memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 || h.e_phentsize != sizeof(ph[0]) ||
	    h.e_phnum > PHDRS_MAX ||
	    mem->read(mem->ctx, rsx_addr(base + h.e_phoff), ph, h.e_phnum * sizeof(ph[0])))
		return;
	for (unsigned i = 0; i < h.e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && !loaded) {
			loaded = true;
			m->bias = base - (ph[i].p_vaddr - ph[i].p_offset);
		}
		if (ph[i].p_type == PT_GNU_EH_FRAME)
			unwind = ph[i].p_vaddr;
	}
	if (unwind)
		find_table(m, mem, m->bias + unwind);
}

static int add(struct modules *ms, const struct tracee *t, const struct line *l, uint64_t base)
{
	struct rsx_mem mem = tracee_mem((struct tracee *)t);
	struct module *m;

	if (ms->n == MODULES_MAX)
		return -E2BIG;
	if (!(ms->n & (ms->n - 1))) { /* 0, 1, 2, 4 ...: full */
		m = realloc(ms->m, (ms->n ? 2 * ms->n : 1) * sizeof(*m));
		if (!m)
			return -ENOMEM;
		ms->m = m;
	}
	m = &ms->m[ms->n];
	*m = (struct module){ .start = l->start, .end = l->end, .bias = l->start - l->off };
	if (l->path[0])
		m->file = file_of(t, l);
	if (base)
		read_headers(m, &mem, base);
	ms->n++;
	return 0;
}

static bool parse(const char *text, struct line *l)
{
	unsigned long long start, end, off, ino;
	int at = 0;

	if (sscanf(text, "%llx-%llx %7s %llx %15s %llu %n", &start, &end, l->perms, &off, l->dev,
		   &ino, &at) < 6)
		return false;
	l->start = start;
	l->end = end;
	l->off = off;
	l->ino = ino;
	snprintf(l->path, sizeof(l->path), "%.*s", (int)strcspn(text + at, "\n"), text + at);
	return true;
}

int modules_read(struct modules *ms, const struct tracee *t)
{
	char path[64], text[RSX_MAX_PATH + 256];
	uint64_t base = 0, base_ino = 0;
	struct line l;
	int err = 0;
	FILE *f;

	*ms = (struct modules){ 0 };
	snprintf(path, sizeof(path), "/proc/%d/maps", t->tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (!err && fgets(text, sizeof(text), f)) {
		if (!parse(text, &l))
			continue;
		if (!l.off) {
			base = l.path[0] == '/' || !strcmp(l.path, "[vdso]") ? l.start : 0;
			base_ino = l.ino;
		}
		if (l.perms[2] == 'x')
			err = add(ms, t, &l, base && base_ino == l.ino ? base : 0);
	}
	fclose(f);
	if (err)
		modules_done(ms);
	return err;
}

void modules_done(struct modules *ms)
{
	free(ms->m);
	*ms = (struct modules){ 0 };
}

bool modules_equal(const struct modules *a, const struct modules *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->m[i].start != b->m[i].start || a->m[i].end != b->m[i].end ||
		    a->m[i].bias != b->m[i].bias || a->m[i].file != b->m[i].file)
			return false;
	return true;
}

const struct module *modules_find(const struct modules *ms, uint64_t address)
{
	size_t low = 0, high = ms->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (ms->m[mid].start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && address < ms->m[low - 1].end ? &ms->m[low - 1] : NULL;
}

bool modules_overlap(const struct modules *ms, uint64_t start, uint64_t len)
{
	for (size_t i = 0; i < ms->n; i++)
		if (start < ms->m[i].end && ms->m[i].start < start + len)
			return true;
	return false;
}
