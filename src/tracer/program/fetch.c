/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fetch.h. Called by split_exec.c, at the end by main.c. */
#include "program/fetch.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "op.h"
#include "paths/path.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define MAX_COPIES 64		    /* kept for the next exec */
#define MAX_KEPT   (256ll << 20) /* ... and bytes, but for the last one */
#define MAX_PHDRS  256

/* A file over there, as it was when it was copied. */
struct copy {
	struct copy *next; /* the last used one comes first */
	struct stat st;
	char *path;
	char *interp; /* PT_INTERP as it is over there, or NULL */
	off_t interp_at; /* where its program header is */
	char *loader; /* what the copy asks for instead, or NULL */
	bool pinned;  /* a loader: copies ask for it by name */
};

int fetch_check_machine(const uint8_t *head, unsigned n, const char *name)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)head;

	if (n < sizeof(*e) || memcmp(head, ELFMAG, SELFMAG))
		return 0;
	if (head[EI_CLASS] != ELFCLASS64 || e->e_machine != arch_elf_machine) {
		rsx_note("%s: a program for another architecture cannot run here", name);
		return -ENOEXEC;
	}
	return 0;
}

/* --- the directory --- */

static int private_dir(struct tracer *tr)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];

	if (tr->private_dir)
		return 0;
	snprintf(path, sizeof(path), "%s/rsx-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		return -errno;
	tr->private_dir = strdup(path);
	return tr->private_dir ? 0 : -ENOMEM;
}

int fetch_place(struct tracer *tr, const char *given, char **ret_path)
{
	const char *base = strrchr(given, '/');
	char path[1024];
	int n, err = private_dir(tr);

	if (err)
		return err;
	base = base ? base + 1 : given;
	n = snprintf(path, sizeof(path), "%s/%u", tr->private_dir, ++tr->private_n);
	if (mkdir(path, 0700))
		return -errno;
	snprintf(path + n, sizeof(path) - (size_t)n, "/%.255s", *base ? base : "program");
	*ret_path = strdup(path);
	return *ret_path ? 0 : -ENOMEM;
}

/* Beside a copy stands a link to its real name, for readlink of /proc/self/exe. */
static int exe_link(const char *copy, const char *exe)
{
	char link[1100];
	const char *slash = strrchr(copy, '/');

	snprintf(link, sizeof(link), "%.*s.exe", (int)(slash - copy), copy);
	return symlink(exe, link) ? -errno : 0;
}

static void copy_free(struct copy *c)
{
	if (!c)
		return;
	if (c->path)
		unlink(c->path);
	free(c->path);
	free(c->interp);
	free(c->loader);
	free(c);
}

void fetch_done(struct tracer *tr)
{
	char path[PATH_MAX];

	while (tr->copies) {
		struct copy *c = tr->copies;

		tr->copies = c->next;
		copy_free(c);
	}
	if (!tr->private_dir)
		return;
	for (unsigned i = 1; i <= tr->private_n; i++) {
		snprintf(path, sizeof(path), "%s/%u.exe", tr->private_dir, i);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%u", tr->private_dir, i);
		rmdir(path);
	}
	rmdir(tr->private_dir);
	free(tr->private_dir);
	tr->private_dir = NULL;
}

/* --- copies --- */

static int64_t copy_out(struct tracee *t, int64_t fd, int to)
{
	_rsx_free_ char *piece = malloc(RSX_MAX_PIECE);
	uint64_t at = 0;
	int64_t n;

	if (!piece)
		return -ENOMEM;
	for (;;) {
		n = op_remote(t, ROW(pread64),
			      OP_ARGS((uint64_t)fd, (uintptr_t)piece, RSX_MAX_PIECE, at));
		if (n <= 0)
			return n;
		if (pwrite(to, piece, (size_t)n, (off_t)at) != n)
			return -errno;
		at += (uint64_t)n;
	}
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       !memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) &&
	       !memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim));
}

/* Its times tell a change only if there was time for them to differ. */
static bool is_settled(const struct tracer *tr, const struct stat *st)
{
	struct timespec now;
	int64_t ago;

	clock_gettime(CLOCK_REALTIME, &now);
	ago = (now.tv_sec - st->st_ctim.tv_sec) * 1000000000LL + now.tv_nsec - st->st_ctim.tv_nsec;
	return ago + tr->session.clock_ahead_ns > 1000000000LL;
}

static struct copy *take_known(struct tracer *tr, const struct stat *st)
{
	for (struct copy **p = &tr->copies; *p; p = &(*p)->next) {
		struct copy *c = *p;

		if (!same_file(&c->st, st))
			continue;
		*p = c->next;
		return c;
	}
	return NULL;
}

static void put_first(struct tracer *tr, struct copy *c)
{
	int64_t bytes = 0;
	unsigned n = 0;

	c->next = tr->copies;
	tr->copies = c;
	for (struct copy **p = &tr->copies; *p;) {
		struct copy *old = *p;

		if (!old->pinned) {
			bytes += old->st.st_size;
			n++;
		}
		if (old->pinned || n == 1 || (n <= MAX_COPIES && bytes <= MAX_KEPT)) {
			p = &old->next;
			continue;
		}
		*p = old->next;
		copy_free(old);
	}
}

/* Find PT_INTERP in the copy; a file that has none, or makes no sense, is left alone. */
static int find_interp(struct copy *c, int fd)
{
	Elf64_Ehdr e;
	Elf64_Phdr ph;
	char name[PATH_MAX];

	if (pread(fd, &e, sizeof(e), 0) != sizeof(e) || e.e_phentsize != sizeof(ph) ||
	    e.e_phnum > MAX_PHDRS)
		return 0;
	for (unsigned i = 0; i < e.e_phnum; i++) {
		off_t at = (off_t)(e.e_phoff + i * sizeof(ph));

		if (pread(fd, &ph, sizeof(ph), at) != sizeof(ph))
			return 0;
		if (ph.p_type != PT_INTERP)
			continue;
		if (ph.p_filesz < 2 || ph.p_filesz > sizeof(name) ||
		    pread(fd, name, ph.p_filesz, (off_t)ph.p_offset) != (ssize_t)ph.p_filesz ||
		    name[ph.p_filesz - 1])
			return 0;
		c->interp = strdup(name);
		c->interp_at = at;
		return c->interp ? 0 : -ENOMEM;
	}
	return 0;
}

/* Have the copy ask for `loader`. */
static int alter(struct copy *c, int fd, const char *loader)
{
	size_t n = strlen(loader) + 1;
	off_t end = lseek(fd, 0, SEEK_END);
	Elf64_Phdr ph;

	if (end < 0 || pread(fd, &ph, sizeof(ph), c->interp_at) != sizeof(ph))
		return -errno;
	ph.p_offset = (uint64_t)end;
	ph.p_filesz = n;
	if (pwrite(fd, loader, n, end) != (ssize_t)n ||
	    pwrite(fd, &ph, sizeof(ph), c->interp_at) != sizeof(ph))
		return -errno;
	c->loader = strdup(loader);
	return c->loader ? 0 : -ENOMEM;
}

static int64_t loader_for(struct tracee *t, const char *interp, const char **ret);

/* A new copy of `fd` at `path`, which it takes; with the loader that it must have. */
static int64_t make_copy(struct tracee *t, int64_t fd, const struct stat *st, char *path,
			 bool program, struct copy **ret)
{
	struct copy *c = calloc(1, sizeof(*c));
	const char *loader = NULL;
	_rsx_close_ int to = -1;
	int64_t err;

	if (!c || !path) {
		free(c);
		free(path);
		return -ENOMEM;
	}
	c->st = *st;
	c->path = path;
	to = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	err = to < 0 ? -errno : copy_out(t, fd, to);
	if (!err && program)
		err = find_interp(c, to);
	if (!err && c->interp)
		err = loader_for(t, c->interp, &loader);
	if (!err && loader)
		err = alter(c, to, loader);
	if (err)
		copy_free(c);
	else
		*ret = c;
	return err;
}

/* --- the loader --- */

static int64_t check_loader(struct tracee *t, int64_t fd, struct stat *st, const char *name)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	int64_t n = op_remote(t, ROW(fstat), OP_ARGS((uint64_t)fd, (uintptr_t)st));

	if (n)
		return n;
	if (!S_ISREG(st->st_mode) || !(st->st_mode & 0111))
		return -EACCES;
	n = op_remote(t, ROW(pread64), OP_ARGS((uint64_t)fd, (uintptr_t)head, sizeof(head), 0));
	if (n < 0)
		return n;
	if (n < (int64_t)sizeof(head) || memcmp(head, ELFMAG, SELFMAG))
		return -ELIBBAD; /* as execve(2) */
	return fetch_check_machine(head, sizeof(head), name) ? -ELIBBAD : 0;
}

/*
 * Which file is the loader `interp` here? NULL: the one of that name. Its copy
 * is kept until the end, since copies of programs ask for it by name.
 */
static int64_t loader_for(struct tracee *t, const char *interp, const char **ret)
{
	struct path_question q = { .path = interp, .dirfd = AT_FDCWD, .exec = true };
	struct tracer *tr = t->tracer;
	struct path_decision d;
	struct copy *c = NULL;
	struct stat st;
	char *path;
	int64_t fd, err;

	*ret = NULL;
	path_decide(t, &q, &d);
	if (d.err)
		return d.err;
	if (d.side == SIDE_LOCAL) {
		*ret = d.use;
		return 0;
	}
	fd = op_remote(t, ROW(openat), OP_ARGS((uint64_t)(int64_t)d.dirfd,
					       (uintptr_t)(d.use ? d.use : interp),
					       O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	err = check_loader(t, fd, &st, interp);
	if (!err)
		c = take_known(tr, &st);
	if (!err && !c) {
		err = fetch_place(tr, interp, &path);
		if (!err)
			err = make_copy(t, fd, &st, path, false, &c);
	}
	op_remote(t, ROW(close), OP_ARGS((uint64_t)fd));
	if (err)
		return err;
	c->pinned = true;
	put_first(tr, c);
	*ret = c->path;
	return 0;
}

/* Does a kept copy still ask for the right loader? */
static int64_t loader_is_right(struct tracee *t, const struct copy *c)
{
	const char *loader;
	int64_t err = c->interp ? loader_for(t, c->interp, &loader) : 0;

	if (err || !c->interp)
		return err ? err : 1;
	return loader && c->loader ? !strcmp(loader, c->loader) : loader == c->loader;
}

/* --- programs --- */

/* A copy of the program, known or new, that is in no list. */
static int64_t copy_of(struct tracee *t, int64_t fd, struct copy **ret)
{
	struct tracer *tr = t->tracer;
	struct copy *c;
	struct stat st;
	char *path = NULL;
	int64_t err = op_remote(t, ROW(fstat), OP_ARGS((uint64_t)fd, (uintptr_t)&st));

	if (err)
		return err;
	c = take_known(tr, &st);
	if (c) {
		err = loader_is_right(t, c);
		if (err == 1) {
			*ret = c;
			return 0;
		}
		copy_free(c);
		if (err)
			return err;
	}
	err = private_dir(tr);
	if (!err && asprintf(&path, "%s/copy-%u", tr->private_dir, ++tr->copies_n) < 0)
		err = -ENOMEM;
	return err ? err : make_copy(t, fd, &st, path, true, ret);
}

/* The real name of an open file over there, links resolved. */
static void real_name(struct tracee *t, int64_t fd, char to[RSX_MAX_PATH], const char *otherwise)
{
	char self[64];
	int64_t n;

	snprintf(self, sizeof(self), PATH_TWIN_FD, (int)fd);
	n = op_remote(t, ROW(readlinkat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)self,
						  (uintptr_t)to, RSX_MAX_PATH - 1));
	if (n > 0)
		to[n] = '\0';
	else
		snprintf(to, RSX_MAX_PATH, "%s", otherwise);
}

/* A place to run it from, under its name. */
static int install(struct tracer *tr, const struct copy *c, const char *given, const char *name,
		   struct running **ret)
{
	struct running *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->refs = 1;
	r->altered = c->loader != NULL;
	r->exe = strdup(name);
	err = r->exe ? fetch_place(tr, given, &r->private) : -ENOMEM;
	if (!err)
		err = exe_link(r->private, name);
	if (!err && link(c->path, r->private))
		err = -errno;
	if (err)
		running_unref(r);
	else
		*ret = r;
	return err;
}

int64_t fetch_program(struct tracee *t, int64_t fd, const char *given, const char *otherwise,
		      struct running **ret)
{
	char name[RSX_MAX_PATH];
	struct copy *c = NULL;
	int64_t err = copy_of(t, fd, &c);

	if (err)
		return err;
	real_name(t, fd, name, otherwise);
	err = install(t->tracer, c, given, name, ret);
	if (is_settled(t->tracer, &c->st))
		put_first(t->tracer, c);
	else
		copy_free(c);
	return err;
}

struct running *running_ref(struct running *r)
{
	if (r)
		r->refs++;
	return r;
}

void running_unref(struct running *r)
{
	if (!r || --r->refs)
		return;
	if (r->private)
		unlink(r->private);
	free(r->private);
	free(r->exe);
	free(r);
}
