/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/status and /proc/PID/stat of a traced process: as they would be if it ran
 * over there, and by itself. The user, groups, capabilities and umask are its twin's, no
 * debugger is attached, and what stops for rsx-trace has not stopped.
 *
 * The program gets a file with the text as it is when it is opened: a memfd, which it
 * opens by way of /proc as an image of a mapped file (split_mmap.c). Where it may not, or
 * anything else fails, it gets the kernel's own file. proc(5).
 */
#include "split/split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/xlat.h"
#include "scratch.h"
#include "tracee.h"
#include "tracer.h"

#define TEXT_MAX (64u << 10) /* a user may be in many groups */

/* Opens that read. Not of O_PATH or O_DIRECTORY. */
#define MAY_HAVE (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_NOATIME | O_SYNC)
#define W_O_LARGEFILE 0400000 /* the wire's: libc's is 0, but others give it */

/* The lines of a process that are its twin's. */
static const char *const theirs[] = {
	"Umask:", "Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",
};

struct file {
	struct tracee *of;
	bool status; /* or stat */
	bool thread; /* /proc/PID/task/TID/... */
};

/* Whose it is, and which one; false: another file. */
static bool parse(const struct tracee *t, const char *name, struct file *f)
{
	const char *rest = name ? name : "";
	int id = 0, n = 0;

	*f = (struct file){ .of = (struct tracee *)t };
	if (!strncmp(rest, "/proc/self/", 11))
		f->of = tracee_find(t->tracer, t->process->pid), rest += 11;
	else if (!strncmp(rest, "/proc/thread-self/", 18))
		rest += 18;
	else if (sscanf(rest, "/proc/%d/%n", &id, &n) == 1 && n)
		f->of = tracee_named(t, id), rest += n;
	else
		return false;
	n = 0;
	if (sscanf(rest, "task/%d/%n", &id, &n) == 1 && n)
		f->of = tracee_named(t, id), rest += n, f->thread = true;
	f->status = !strcmp(rest, "status");
	return f->of && (f->status || !strcmp(rest, "stat"));
}

static bool only_reads(uint64_t flags)
{
	const uint64_t large = rsx_xlat_from_wire(&rsx_xlat_open_flags, RSX_ARCH_NATIVE,
						  W_O_LARGEFILE);

	return !(flags & ~(large | MAY_HAVE));
}

bool split_procfile_concerns(const struct tracee *t)
{
	const struct call *c = &t->call;
	struct file f;

	if (c->row != ROW(openat) || !c->path_name || strncmp(c->path_name, "/proc/", 6) ||
	    !only_reads(c->args[2]) || t->tracer->session.none)
		return false;
	/* the kernel shows who looks at itself as running */
	return parse(t, c->path_name, &f) && (f.status || f.of != t);
}

/* The file here, NUL-terminated. NULL: it cannot be read. */
static char *read_here(const struct file *f)
{
	_rsx_free_ char *text = malloc(TEXT_MAX);
	_rsx_close_ int fd = -1;
	size_t len = 0;
	char path[64];
	ssize_t n = 1;

	if (f->thread || f->of->tid != f->of->process->pid)
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", f->of->process->pid,
			 f->of->tid, f->status ? "status" : "stat");
	else
		snprintf(path, sizeof(path), "/proc/%d/%s", f->of->tid,
			 f->status ? "status" : "stat");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && text && n > 0 && len < TEXT_MAX - 1) {
		n = read(fd, text + len, TEXT_MAX - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!len)
		return NULL;
	text[len] = '\0';
	return rsx_steal_ptr(text);
}

/* The twin's status, NUL-terminated. NULL: there is none. */
static char *read_there(struct tracee *t, const struct file *f)
{
	_rsx_free_ char *text = malloc(TEXT_MAX);
	char path[64];
	int64_t fd, n;

	if (f->of == t)
		snprintf(path, sizeof(path), "/proc/thread-self/status");
	else
		snprintf(path, sizeof(path), "/proc/%d/status", f->of->process->twin->pid);
	if (!text || t->call.stays)
		return NULL;
	fd = op_remote(t, ROW(openat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)path,
					       O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return NULL;
	n = op_remote(t, ROW(read), OP_ARGS((uint64_t)fd, (uintptr_t)text, TEXT_MAX - 1));
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)fd));
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	return rsx_steal_ptr(text);
}

/* 't' is rsx-trace's doing. What does the task do without it? */
static const char *state_of(const struct tracee *t, const struct tracee *of)
{
	if (of == t)
		return "R (running)";
	if (of->listening)
		return "T (stopped)";
	return of->call.state == CALL_NONE ? "R (running)" : "S (sleeping)";
}

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/* The line of `text` that begins as `line` does, if it is one of the twin's; or `line`. */
static const char *whose(const char *line, const char *text)
{
	for (size_t i = 0; text && i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		if (!begins(line, theirs[i]))
			continue;
		for (const char *l = text; l; l = strchr(l, '\n') ? strchr(l, '\n') + 1 : NULL)
			if (begins(l, theirs[i]))
				return l;
	}
	return line;
}

static void write_status(FILE *to, const struct tracee *t, const struct file *f, const char *here,
			 const char *there)
{
	for (const char *line = here; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *use = whose(line, there);

		if (begins(line, "TracerPid:"))
			fprintf(to, "TracerPid:\t0\n");
		else if (begins(line, "State:\tt") || (begins(line, "State:") && f->of == t))
			fprintf(to, "State:\t%s\n", state_of(t, f->of));
		else
			fprintf(to, "%.*s\n", (int)strcspn(use, "\n"), use);
	}
}

/* "PID (name) S ...", and the name may have parentheses of its own. */
static void write_stat(FILE *to, const struct tracee *t, const struct file *f, char *here)
{
	char *end = strrchr(here, ')');

	if (end && begins(end, ") t"))
		end[2] = state_of(t, f->of)[0];
	fputs(here, to);
}

/* A memfd with the text as the program is to see it, or -1. */
static int make(struct tracee *t, const char *name, const struct file *f)
{
	_rsx_free_ char *there = f->status ? read_there(t, f) : NULL;
	struct file now;
	_rsx_free_ char *here = NULL;
	int fd;
	FILE *to;

	/* it may have ended meanwhile */
	if (!parse(t, name, &now) || now.of != f->of)
		return -1;
	here = read_here(f);
	fd = here ? memfd_create(f->status ? "status" : "stat", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;
	to = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
	if (!to) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (f->status)
		write_status(to, t, f, here, there);
	else
		write_stat(to, t, f, here);
	fclose(to);
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	return fd;
}

static int64_t open_here(struct tracee *t, const char *path, uint64_t flags)
{
	uint64_t at = 0;

	if (!scratch_map(t))
		at = scratch_put(t, 0, path, strlen(path) + 1);
	if (!at)
		return -ENOMEM;
	return op_native(t, arch_nr.openat, OP_ARGS((uint64_t)(int64_t)AT_FDCWD, at, flags));
}

int64_t split_procfile(struct tracee *t)
{
	const uint64_t flags = t->call.args[2];
	_rsx_close_ int fd = -1;
	char path[RSX_MAX_PATH];
	struct file f;
	int64_t ret = -ENOENT;

	/* the calls below have the arena for themselves */
	snprintf(path, sizeof(path), "%s", t->call.path_name);
	t->call.path_name = NULL;
	if (parse(t, path, &f))
		fd = make(t, path, &f);
	t->call.frame.row = NULL; /* the trace shows the program's own call */
	if (fd >= 0) {
		char by[64];

		snprintf(by, sizeof(by), "/proc/%d/fd/%d", getpid(), fd);
		ret = open_here(t, by, flags & ~(uint64_t)O_NOFOLLOW);
	}
	if (ret == -EACCES || ret == -EPERM || ret == -ENOENT)
		ret = open_here(t, path, flags);
	return ret;
}
