/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve, execveat. A local program is run by the kernel here. A remote one
 * is fetched into a private directory and run from there under its own name;
 * a remote script starts its interpreter, found by the same rules, with the
 * script's own path as argument. The interpreter is run through a link that
 * has the script's name, so that comm is right; AT_EXECFN is mended after the
 * exec, and /proc/self/exe when it is read (path.c). A remote symlink that
 * leads to what a rule keeps here (a virtual environment's python3) is decided
 * anew, whatever the server has there, and run through such a link, too.
 *
 * exec.c has what is done after every successful exec, by whatever way.
 */
#include "split/split.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmap/maps.h"
#include "paths/path.h"
#include "program/exec.h"
#include "program/exechold.h"
#include "program/fetch.h"
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
	bool led_here;		/* by a remote symlink */
	struct path_decision d;
	char *insert[2 * MAX_DEPTH + 2]; /* new head of argv: interpreters, arguments, script */
	unsigned n_insert;
	struct running *copy;	/* what to run instead, or NULL */
	char *link;		/* to an interpreter, to be run instead, or NULL */
	char *given;		/* the path of the call, for AT_EXECFN and comm */
};

static void program_done(struct program *p)
{
	for (unsigned i = 0; i < p->n_insert; i++)
		free(p->insert[i]);
	running_unref(p->copy);
	if (p->link)
		unlink(p->link); /* not handed over: nothing runs it */
	free(p->link);
	free(p->given);
}

/* A local interpreter under the name of the script it runs, or a program under the link's. */
static int link_interpreter(struct tracee *t, struct program *p)
{
	const char *interpreter = p->d.use ? p->d.use : p->path;
	int err = fetch_place(t->tracer, p->given, &p->link);

	if (!err && symlink(interpreter, p->link))
		err = -errno;
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

static const struct rsx_syscall *fcntl_row(uint64_t cmd)
{
	return rsx_syscall_variant(ROW(fcntl), OP_ARGS(0, cmd));
}

/*
 * A file that somebody writes cannot be executed. A read lease is refused in
 * just that case, fcntl(2); where we may not ask for one, we do not know.
 */
static int64_t is_written(struct tracee *t, int64_t fd)
{
	int64_t err = op_remote(t, fcntl_row(F_SETLEASE), OP_ARGS((uint64_t)fd, F_SETLEASE, F_RDLCK));

	if (err == 0)
		op_remote(t, fcntl_row(F_SETLEASE), OP_ARGS((uint64_t)fd, F_SETLEASE, F_UNLCK));
	return err == -EAGAIN ? -ETXTBSY : 0;
}

/* A script on a descriptor that exec closes cannot be read by its interpreter. */
static bool closed_by_exec(const struct tracee *t, int fd)
{
	return tracee_fd_has(t, fd, O_CLOEXEC);
}

/* A readable descriptor over there. -ELOOP: there are links on the way to it. */
static int64_t open_straight(struct tracee *t, const struct program *p, const char *path)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
				      .resolve = RESOLVE_NO_SYMLINKS };

	return op_remote(t, ROW(openat2), OP_ARGS((uint64_t)(int64_t)p->d.dirfd, (uintptr_t)path,
						  (uintptr_t)&how, sizeof(how)));
}

/* A readable descriptor over there. -ENOENT with a detour: it is here. */
static int64_t open_there(struct tracee *t, const struct program *p, const char *path)
{
	int64_t fd;
	char self[64];

	if (p->empty) {
		snprintf(self, sizeof(self), PATH_TWIN_FD, p->d.dirfd);
		return op_remote(t, ROW(openat),
				 OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)self,
					 O_RDONLY | O_CLOEXEC));
	}
	fd = open_straight(t, p, path);
	if (fd == -ELOOP && t->call.detour.to)
		return -ENOENT;
	if (fd != -ELOOP && fd != -ENOSYS)
		return fd;
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

/* "#!INTERPRETER [ARGUMENT]": put them in front. 0, or -errno as execve(2) has it. */
static int script(struct program *p, char *line, const char *script_path)
{
	char *interpreter, *argument, *at = line + 2, *end;
	const char *head[3];
	unsigned n = 0;

	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	interpreter = cut_word(&at);
	if (!interpreter)
		return end ? -ENOEXEC : -EACCES; /* as the kernel has it */
	if (*at)
		*at++ = '\0';
	argument = at + strspn(at, " \t");
	for (end = argument + strlen(argument); end > argument && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	head[n++] = interpreter;
	if (*argument)
		head[n++] = argument;
	/* an earlier script's path stays; the first time it replaces argv[0] */
	if (!p->n_insert)
		head[n++] = script_path;
	if (p->n_insert + n > RSX_ARRAY_SIZE(p->insert))
		return -ELOOP;
	if (p->n_insert) {
		/* the former interpreter's name becomes the script's path */
		free(p->insert[0]);
		p->insert[0] = strdup(script_path);
	}
	memmove(p->insert + n, p->insert, p->n_insert * sizeof(*p->insert));
	p->n_insert += n;
	for (unsigned i = 0; i < n; i++)
		p->insert[i] = strdup(head[i]);
	for (unsigned i = 0; i < p->n_insert; i++)
		if (!p->insert[i])
			return -ENOMEM;
	p->path = p->insert[0];
	p->dirfd = AT_FDCWD;
	p->empty = p->nofollow = false;
	return 0;
}

/* What a script's interpreter is told to read. */
static void script_name(const struct program *p, char to[RSX_MAX_PATH])
{
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
	n = is_written(t, fd);
	if (!n)
		n = op_remote(t, ROW(pread64), OP_ARGS((uint64_t)fd, (uintptr_t)head, HEAD, 0));
	if (n < 0) {
		err = n;
	} else if (n >= 2 && head[0] == '#' && head[1] == '!') {
		script_name(p, name);
		err = p->dirfd != AT_FDCWD && p->path[0] != '/' && closed_by_exec(t, p->dirfd) ?
			      -ENOENT : script(p, head, name);
		if (!err)
			err = 1;
	} else if (n < (int64_t)sizeof(Elf64_Ehdr) || memcmp(head, ELFMAG, SELFMAG)) {
		err = -ENOEXEC;
	} else {
		err = fetch_check_machine((uint8_t *)head, (unsigned)n, p->d.name);
		if (!err)
			err = fetch_program(t, fd, p->given, p->d.name, &p->copy);
	}
	op_remote(t, ROW(close), OP_ARGS((uint64_t)fd));
	return err;
}

/* Is the interpreter that a script here names the server's, or a link there? */
static bool is_remote(struct tracee *t, const char *line)
{
	char name[HEAD + 1];
	const char *at = line + strspn(line, " \t");
	struct path_question q = { .path = name, .dirfd = AT_FDCWD, .exec = true };
	struct path_decision d;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " \t\n"), at);
	if (!*name)
		return false;
	path_decide(t, &q, &d);
	return !d.err && d.side == SIDE_REMOTE;
}

/*
 * One local file. A script is the kernel's business, unless it would be run
 * under another name than its own, or its interpreter is the server's. 1: go on.
 */
static int64_t look_here(struct tracee *t, struct program *p)
{
	const char *path = p->d.use ? p->d.use : p->path;
	char head[HEAD + 1] = { 0 }, name[RSX_MAX_PATH];
	_rsx_close_ int fd = -1;
	ssize_t n;
	int err;

	if (path[0] != '/')
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd < 0 ? -1 : pread(fd, head, HEAD, 0);
	if (n < 2)
		return 0; /* the kernel will say why */
	if (head[0] != '#' || head[1] != '!')
		return fetch_check_machine((uint8_t *)head, (unsigned)n, path);
	if (!p->led_here && !p->n_insert && !is_remote(t, head + 2))
		return 0;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS))
		return -errno;
	script_name(p, name);
	err = script(p, head, name);
	return err ? err : 1;
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
		if (p->d.side == SIDE_REMOTE) {
			err = look(t, p);
			if (err == -ENOENT && t->call.detour.to) {
				path_decide(t, &q, &p->d);
				detour_drop(&t->call.detour);
				p->led_here |= p->d.side == SIDE_LOCAL;
			}
		}
		if (p->d.err)
			return p->d.err;
		if (p->d.side == SIDE_LOCAL)
			err = look_here(t, p);
		if (err <= 0)
			return err;
	}
	return -ELOOP;
}

/* --- running it --- */

/* Room in the program that exec takes away: a scratch slot, or *ret_mapped bytes. */
static int64_t make_room(struct tracee *t, size_t size, size_t *ret_mapped)
{
	uint64_t at = size <= SCRATCH_SLOT_SIZE && !scratch_map(t) ? scratch_at(t) : 0;

	*ret_mapped = at ? 0 : size;
	if (at)
		return (int64_t)at;
	return op_native(t, arch_nr.mmap, OP_ARGS(0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
						  (uint64_t)-1, 0));
}

/*
 * Build the new argv and strings. Returns their address, or -errno; *ret_mapped:
 * how much is to be unmapped if exec fails.
 */
static int64_t put_argv(struct tracee *t, const struct program *p, const char *path,
			uint64_t old_argv, uint64_t *ret_path, size_t *ret_mapped)
{
	size_t n_old = 0, strings = strlen(path) + 1, at, size;
	_rsx_free_ uint8_t *image = NULL;
	uint64_t *argv, pointer = 0;
	int64_t map;

	if (p->n_insert && old_argv) {
		/* argv[0] gives way to the script, but must have been there */
		uint8_t byte;

		if (tracee_read(t, old_argv, &pointer, 8) ||
		    (pointer && tracee_read(t, pointer, &byte, 1)))
			return -EFAULT;
	}
	for (; old_argv && n_old < MAX_ARGV; n_old++) {
		if (tracee_read(t, old_argv + 8 * n_old, &pointer, 8))
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
	map = make_room(t, size, ret_mapped);
	if (map < 0 && map >= -4095)
		return map;
	argv = (uint64_t *)image;
	for (unsigned i = 0; i < p->n_insert; i++) {
		*argv++ = (uint64_t)map + at;
		strcpy((char *)image + at, p->insert[i]);
		at += strlen(p->insert[i]) + 1;
	}
	for (size_t i = p->n_insert ? 1 : 0; i < n_old; i++)
		if (tracee_read(t, old_argv + 8 * i, argv++, 8))
			return -EFAULT;
	strcpy((char *)image + at, path);
	*ret_path = (uint64_t)map + at;
	return tracee_poke(t, (uint64_t)map, image, size) ? -EFAULT : map;
}

/*
 * The name to call it by: at least as long as the one the program gave, which
 * takes its place on the new stack (AT_EXECFN).
 */
static void padded(const struct program *p, char to[RSX_MAX_PATH])
{
	const char *private = p->copy ? p->copy->private : p->link;
	const char *slash = private ? strrchr(private, '/') : NULL;
	size_t n, want = strlen(p->given);

	if (!slash) {
		snprintf(to, RSX_MAX_PATH, "%s", p->d.use ? p->d.use : p->path);
		return;
	}
	n = (size_t)(slash + 1 - private);
	memcpy(to, private, n);
	while (n + strlen(slash + 1) < want && n + 300 < RSX_MAX_PATH) {
		to[n++] = '.';
		to[n++] = '/';
	}
	snprintf(to + n, RSX_MAX_PATH - n, "%s", slash + 1);
}

static int64_t run(struct tracee *t, struct program *p, uint64_t argv, uint64_t envp)
{
	char path[RSX_MAX_PATH];
	uint64_t at_path = 0;
	size_t mapped = 0;
	int64_t map, ret;

	padded(p, path);
	map = put_argv(t, p, path, argv, &at_path, &mapped);
	if (map < 0 && map >= -4095)
		return map;
	t->execution.copy = rsx_steal_ptr(p->copy);
	t->execution.link = rsx_steal_ptr(p->link);
	t->execution.given = rsx_steal_ptr(p->given);
	ret = op_native(t, arch_nr.execve, OP_ARGS(at_path, (uint64_t)map, envp));
	if (ret == 0)
		return OP_NATIVE_DONE;
	execution_done(&t->execution);
	if (mapped)
		op_native(t, arch_nr.munmap, OP_ARGS((uint64_t)map, mapped));
	return ret;
}

/*
 * The call as the program made it; `watched`: its end must be known. Elsewhere than at
 * its entry it would be asked about anew.
 */
static int64_t run_original(struct tracee *t, bool watched)
{
	int64_t ret;

	if (t->pos == POS_ENTRY && !watched)
		return OP_RUN_HERE;
	ret = op_native_original(t);
	return ret == 0 ? OP_NATIVE_DONE : ret;
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
	if (at && (c->args[4] & ~(uint64_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)))
		return -EINVAL;
	if (p->dirfd == AT_FDCWD || *text == '/')
		p->given = strdup(text);
	else if (asprintf(&p->given, *text ? "/dev/fd/%d/%s" : "/dev/fd/%d", p->dirfd, text) < 0)
		p->given = NULL;
	return p->given ? 0 : -ENOMEM;
}

int64_t split_exec(struct tracee *t)
{
	struct program p = { 0 };
	uint64_t argv = 0, envp = 0;
	int64_t ret = read_call(t, &p, &argv, &envp);
	bool watched;

	if (!ret)
		ret = find(t, &p);
	if (!ret && !p.copy && (p.n_insert || p.led_here))
		ret = link_interpreter(t, &p);
	if (!ret)
		credentials_ask(t, &t->execution.becoming);
	watched = !ret && exechold_begin(t);
	if (!ret && !p.copy && !p.link && !p.d.use)
		ret = run_original(t, watched);
	else if (!ret)
		ret = run(t, &p, argv, envp);
	exechold_end(t);
	program_done(&p);
	return ret;
}
