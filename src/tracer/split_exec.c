/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve, execveat. A local program is run by the kernel here. A remote one
 * is fetched into a private directory and run from there under its own name;
 * a remote script starts its interpreter, found by the same rules, with the
 * script's own path as argument.
 *
 * exec_done() is told of every successful exec, by whatever way.
 */
#include "split.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec.h"
#include "path.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define HEAD 256	  /* what the kernel reads of a script's first line */
#define MAX_DEPTH 4	  /* of interpreters that are scripts */
#define MAX_ARGV (1u << 20)

/* What is to be executed, found step by step. */
struct program {
	const char *path;	/* as the program names it now */
	int dirfd;		/* the program's number, or AT_FDCWD */
	bool empty;		/* AT_EMPTY_PATH */
	bool nofollow;
	struct path_decision d;
	char *insert[2 * MAX_DEPTH + 2]; /* new head of argv: interpreters, arguments, script */
	unsigned n_insert;
	char *private;		/* a fetched copy, or NULL */
	char *exe;		/* its real name */
};

static void program_done(struct program *p)
{
	for (unsigned i = 0; i < p->n_insert; i++)
		free(p->insert[i]);
	free(p->private);
	free(p->exe);
}

/* Programs for another machine: say so instead of failing strangely. */
static int check_machine(const uint8_t *head, size_t n, const char *name)
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

/* --- fetching --- */

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

/* A new file with the program's own name, so that comm is right. */
static int private_file(struct tracer *tr, const char *name, char **ret_path)
{
	const char *base = strrchr(name, '/');
	char dir[600], path[1024], link[1024];
	int err = private_dir(tr);
	int fd;

	if (err)
		return err;
	base = base && base[1] ? base + 1 : "program";
	snprintf(dir, sizeof(dir), "%s/%u", tr->private_dir, ++tr->private_n);
	if (mkdir(dir, 0700))
		return -errno;
	snprintf(path, sizeof(path), "%s/%.255s", dir, base);
	/* readlink of /proc/self/exe is answered with this link: path.c */
	snprintf(link, sizeof(link), "%s.exe", dir);
	if (symlink(name, link))
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return -errno;
	*ret_path = strdup(path);
	return fd;
}

static int64_t copy_out(struct tracee *t, int64_t twin, int to)
{
	_rsx_free_ char *piece = malloc(RSX_MAX_PIECE);
	uint64_t at = 0;
	int64_t n;

	if (!piece)
		return -ENOMEM;
	for (;;) {
		n = op_remote(t, ROW(pread64),
			      OP_ARGS((uint64_t)twin, (uintptr_t)piece, RSX_MAX_PIECE, at));
		if (n <= 0)
			return n;
		if (pwrite(to, piece, (size_t)n, (off_t)at) != n)
			return -errno;
		at += (uint64_t)n;
	}
}

static int64_t fetch(struct tracee *t, struct program *p, int64_t twin)
{
	char *path = NULL;
	int to = private_file(t->tracer, p->d.name, &path);
	int64_t err;

	if (to < 0)
		return to;
	err = copy_out(t, twin, to);
	close(to);
	if (!err && t->op) {
		p->private = path;
		p->exe = strdup(p->d.name);
		return 0;
	}
	if (path)
		unlink(path);
	free(path);
	return err;
}

/* --- looking at a remote file --- */

/* May it be executed? As execve(2): a regular file, with permission. */
static int64_t may_execute(struct tracee *t, const struct program *p, const char *path)
{
	struct stat st;
	int64_t err;

	if (p->empty)
		err = op_remote(t, ROW(fstat), OP_ARGS((uint64_t)p->d.dirfd, (uintptr_t)&st));
	else
		err = op_remote(t, ROW(newfstatat),
				OP_ARGS((uint64_t)(int64_t)p->d.dirfd, (uintptr_t)path,
					(uintptr_t)&st, p->nofollow ? AT_SYMLINK_NOFOLLOW : 0));
	if (err)
		return err;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (p->empty)
		return st.st_mode & 0111 ? 0 : -EACCES;
	return op_remote(t, ROW(faccessat),
			 OP_ARGS((uint64_t)(int64_t)p->d.dirfd, (uintptr_t)path, X_OK));
}

/* A readable descriptor over there. */
static int64_t open_there(struct tracee *t, const struct program *p, const char *path)
{
	char self[64];

	if (p->empty) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", p->d.dirfd);
		return op_remote(t, ROW(openat),
				 OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)self,
					 O_RDONLY | O_CLOEXEC));
	}
	return op_remote(t, ROW(openat), OP_ARGS((uint64_t)(int64_t)p->d.dirfd, (uintptr_t)path,
						 O_RDONLY | O_CLOEXEC));
}

static char *cut_word(char **at)
{
	char *s = *at + strspn(*at, " \t");
	char *end = s + strcspn(s, " \t");

	if (!*s)
		return NULL;
	*at = end;
	return s;
}

/* "#!INTERPRETER [ARGUMENT]": put them in front. 0, or -ENOEXEC. */
static int script(struct program *p, char *line, const char *script_path)
{
	char *interpreter, *argument, *at = line + 2, *end;
	char *head[3];
	unsigned n = 0;

	line[strcspn(line, "\n")] = '\0';
	interpreter = cut_word(&at);
	if (!interpreter)
		return -ENOEXEC;
	if (*at)
		*at++ = '\0';
	argument = at + strspn(at, " \t");
	for (end = argument + strlen(argument); end > argument && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	head[n++] = strdup(interpreter);
	if (*argument)
		head[n++] = strdup(argument);
	/* an earlier script's path stays; the first time it replaces argv[0] */
	if (!p->n_insert)
		head[n++] = strdup(script_path);
	if (p->n_insert + n > RSX_ARRAY_SIZE(p->insert))
		return -ELOOP;
	if (p->n_insert) {
		/* the former interpreter's name becomes the script's path */
		free(p->insert[0]);
		p->insert[0] = strdup(script_path);
	}
	memmove(p->insert + n, p->insert, p->n_insert * sizeof(*p->insert));
	memcpy(p->insert, head, n * sizeof(*head));
	p->n_insert += n;
	p->path = p->insert[0];
	p->dirfd = AT_FDCWD;
	p->empty = p->nofollow = false;
	return 0;
}

/* What a script's interpreter is told to read. */
static void script_name(const struct tracee *t, const struct program *p, char to[RSX_MAX_PATH])
{
	(void)t;
	if (p->dirfd == AT_FDCWD || p->path[0] == '/')
		snprintf(to, RSX_MAX_PATH, "%s", p->path);
	else if (p->empty)
		snprintf(to, RSX_MAX_PATH, "/dev/fd/%d", p->dirfd);
	else
		snprintf(to, RSX_MAX_PATH, "/dev/fd/%d/%s", p->dirfd, p->path);
}

/* One remote file: a script changes p->path, a program is fetched. 1: go on. */
static int64_t look(struct tracee *t, struct program *p)
{
	const char *path = p->d.use ? p->d.use : p->path;
	char head[HEAD + 1] = { 0 }, name[RSX_MAX_PATH];
	int64_t fd, n, err = may_execute(t, p, path);

	if (err)
		return err;
	fd = open_there(t, p, path);
	if (fd < 0)
		return fd;
	n = op_remote(t, ROW(pread64), OP_ARGS((uint64_t)fd, (uintptr_t)head, HEAD, 0));
	if (n < 0) {
		err = n;
	} else if (n >= 2 && head[0] == '#' && head[1] == '!') {
		script_name(t, p, name);
		err = script(p, head, name);
		if (!err)
			err = 1;
	} else if (n < (int64_t)sizeof(Elf64_Ehdr) || memcmp(head, ELFMAG, SELFMAG)) {
		err = -ENOEXEC;
	} else {
		err = check_machine((uint8_t *)head, (size_t)n, p->d.name);
		if (!err)
			err = fetch(t, p, fd);
	}
	op_remote(t, ROW(close), OP_ARGS((uint64_t)fd));
	return err;
}

/* Decide and look until a program that can be run here is found. */
static int64_t find(struct tracee *t, struct program *p)
{
	for (int depth = 0; depth <= MAX_DEPTH; depth++) {
		struct path_question q = {
			.path = p->path, .dirfd = p->dirfd, .empty = p->empty,
			.nofollow = p->nofollow, .exec = true,
		};
		int64_t err;

		path_decide(t, &q, &p->d);
		if (p->d.err)
			return p->d.err;
		if (p->d.side == SIDE_LOCAL)
			return 0;
		err = look(t, p);
		if (err <= 0)
			return err;
	}
	return -ELOOP;
}

/* --- running it --- */

/*
 * Build the new argv and strings in a mapping of their own; exec takes it
 * away. Returns its address, or -errno.
 */
static int64_t put_argv(struct tracee *t, const struct program *p, const char *path,
			uint64_t old_argv, uint64_t *ret_path)
{
	struct rsx_mem mem = tracee_mem(t);
	size_t n_old = 0, strings = strlen(path) + 1, at, size;
	_rsx_free_ uint8_t *image = NULL;
	uint64_t *argv, pointer = 0;
	int64_t map;

	for (; old_argv && n_old < MAX_ARGV; n_old++) {
		if (mem.read(mem.ctx, rsx_addr(old_argv + 8 * n_old), &pointer, 8))
			return -EFAULT;
		if (!pointer)
			break;
	}
	for (unsigned i = 0; i < p->n_insert; i++)
		strings += strlen(p->insert[i]) + 1;
	at = (p->n_insert + n_old + 2) * 8;
	size = at + strings;
	image = calloc(1, size);
	if (!image)
		return -ENOMEM;
	map = op_native(t, arch_nr.mmap,
			OP_ARGS(0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0));
	if (map < 0 && map >= -4095)
		return map;
	argv = (uint64_t *)image;
	for (unsigned i = 0; i < p->n_insert; i++) {
		*argv++ = (uint64_t)map + at;
		strcpy((char *)image + at, p->insert[i]);
		at += strlen(p->insert[i]) + 1;
	}
	for (size_t i = p->n_insert ? 1 : 0; i < n_old; i++)
		if (mem.read(mem.ctx, rsx_addr(old_argv + 8 * i), argv++, 8))
			return -EFAULT;
	strcpy((char *)image + at, path);
	*ret_path = (uint64_t)map + at;
	return tracee_poke(t, (uint64_t)map, image, size) ? -EFAULT : map;
}

static int64_t run(struct tracee *t, struct program *p, uint64_t argv, uint64_t envp)
{
	const char *path = p->private ? p->private : p->d.use ? p->d.use : p->path;
	uint64_t at_path = 0;
	int64_t map = put_argv(t, p, path, argv, &at_path);
	int64_t ret;

	if (map < 0 && map >= -4095)
		return map;
	t->execution.exe = rsx_steal_ptr(p->exe);
	t->execution.private = rsx_steal_ptr(p->private);
	ret = op_native(t, arch_nr.execve, OP_ARGS(at_path, (uint64_t)map, envp));
	if (ret == 0)
		return OP_NATIVE_DONE;
	if (t->execution.private)
		unlink(t->execution.private);
	free(t->execution.private);
	free(t->execution.exe);
	t->execution = (struct execution){ 0 };
	return ret;
}

/* A program here, under the name it was called by: the kernel does it all. */
static int check_local(struct tracee *t, const struct program *p)
{
	const char *path = p->d.use ? p->d.use : p->path;
	_rsx_close_ int fd = -1;
	uint8_t head[sizeof(Elf64_Ehdr)];
	ssize_t n;

	(void)t;
	if (path[0] != '/')
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0; /* the kernel will say why */
	n = pread(fd, head, sizeof(head), 0);
	return n > 0 ? check_machine(head, (size_t)n, path) : 0;
}

static int64_t read_call(struct tracee *t, struct program *p, uint64_t *argv, uint64_t *envp)
{
	struct call *c = &t->call;
	struct rsx_mem mem = tracee_mem(t);
	bool at = c->made == ROW(execveat);
	const uint64_t *a = c->args + (at ? 1 : 0);
	uint32_t len;
	char *text;
	int err;

	p->dirfd = at ? (int)c->args[0] : AT_FDCWD;
	p->empty = at && (c->args[4] & AT_EMPTY_PATH);
	p->nofollow = at && (c->args[4] & AT_SYMLINK_NOFOLLOW);
	*argv = a[1];
	*envp = a[2];
	err = rsx_read_string(&mem, rsx_addr(a[0]), RSX_MAX_PATH, &c->arena, &text, &len);
	if (err)
		return err;
	p->path = text;
	if (*text)
		p->empty = false;
	else if (!p->empty)
		return -ENOENT;
	return 0;
}

int64_t split_exec(struct tracee *t)
{
	struct program p = { 0 };
	uint64_t argv = 0, envp = 0;
	int64_t ret = read_call(t, &p, &argv, &envp);

	if (!ret)
		ret = find(t, &p);
	if (!ret && !p.private)
		ret = check_local(t, &p);
	if (!ret && !p.private && !p.n_insert && !p.d.use)
		ret = OP_RUN_HERE;
	else if (!ret)
		ret = run(t, &p, argv, envp);
	program_done(&p);
	return ret;
}

/* --- afterwards --- */

static bool fd_is_open(const struct tracee *t, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The kernel has closed the CLOEXEC placeholders; close what they stood for. */
static void close_cloexec(struct tracee *t)
{
	if (t->fds->refs > 1) {
		struct fdtable *own = fdtable_copy(t->fds);

		if (own) {
			fdtable_unref(t->fds);
			t->fds = own;
		}
	}
	for (int fd = fdtable_next(t->fds, 0); fd >= 0; fd = fdtable_next(t->fds, fd + 1))
		if (!fd_is_open(t, fd))
			split_drop_fd(t, fd);
}

void exec_done(struct tracee *t)
{
	struct mm *mm = mm_new();

	call_exec_done(t);
	if (!mm) {
		rsx_error("out of memory");
		kill(t->tid, SIGKILL);
		return;
	}
	mm->exe = t->execution.exe;
	mm->exe_private = t->execution.private;
	t->execution = (struct execution){ 0 };
	if (t->mm && t->slot >= 0)
		t->mm->slots &= ~(1ULL << t->slot);
	t->slot = -1;
	mm_unref(t->mm);
	t->mm = mm;
	close_cloexec(t);
}
