/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See own.h. */
#include "paths/own.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths/path.h"
#include "program/fetch.h"
#include "tracee.h"
#include "tracer.h"

/* The part of /proc/self that is the twin's. */
static bool proc_is_remote(const char *rest)
{
	static const char *const names[] = {
		"mounts", "mountinfo", "mountstats", "cgroup", "net", "ns",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(rest, names[i], n) && (!rest[n] || rest[n] == '/'))
			return true;
	}
	return false;
}

static const char *under(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : path + n;
}

bool own_fd_of(const char *rest, long *ret_fd, const char **ret_rest)
{
	char *end;

	if (!isdigit((unsigned char)rest[0]))
		return false;
	*ret_fd = strtol(rest, &end, 10);
	*ret_rest = end;
	return !*end || *end == '/';
}

struct tracee *own_self(struct tracee *t)
{
	struct tracee *leader = tracee_find(t->tracer, t->process->pid);

	return leader && leader->lane ? leader : t;
}

pid_t own_pid_there(const struct tracee *o)
{
	const struct twin *twin = o->process->twin;

	return o->lane && o->lane->tid && o->lane->id != twin->lane ? o->lane->tid : twin->pid;
}

/* What /proc calls o over there: for itself, and for others. */
static void name_there(const struct tracee *t, const struct tracee *o, char to[16])
{
	if (o == t || (o->process == t->process && o->fds == t->fds && o->fs == t->fs))
		snprintf(to, 16, "thread-self");
	else
		snprintf(to, 16, "%d", own_pid_there(o));
}

/*
 * `rest` is what stands behind /proc/PID/ of traced task `of`. True if the
 * name belongs to the server; `to` is then its name there.
 */
static bool proc_of_twin(struct tracee *t, const struct tracee *of, const char *rest, char *to)
{
	const struct process *p = of->process;
	const bool stays = t->call.stays;
	const char *tail, *in_fd;
	char who[16];
	long fd;

	name_there(t, of, who);
	if (!strncmp(rest, "task/", 5)) {
		/* /proc/PID/task/TID/x names the same things as /proc/PID/x */
		rest += 5 + strcspn(rest + 5, "/");
		rest += *rest == '/';
	}
	if (!stays && proc_is_remote(rest)) {
		/* a thread has not all of them */
		snprintf(to, OWN_NAME_ROOM, "/proc/%s/%s", p == t->process ? "self" : who, rest);
		return true;
	}
	if (!stays && !strncmp(rest, "root", 4) && (!rest[4] || rest[4] == '/')) {
		snprintf(to, OWN_NAME_ROOM, "/proc/%s/%s", who, rest);
		return true;
	}
	if (!stays && !strncmp(rest, "cwd", 3) && (!rest[3] || rest[3] == '/') &&
	    (p != t->process || of->fs->side == SIDE_REMOTE)) {
		snprintf(to, OWN_NAME_ROOM, "/proc/%s/%s", who, rest);
		return true;
	}
	in_fd = under(rest, "fd");
	if (!in_fd)
		in_fd = under(rest, "fdinfo");
	if (in_fd && own_fd_of(in_fd, &fd, &tail)) {
		const struct fdentry *e = fdtable_get(of->fds, fd);

		if (e) {
			path_by_descriptor(t);
			snprintf(to, OWN_NAME_ROOM, "/proc/%s/%.*s%d%s", who, (int)(in_fd - rest),
				 rest, e->twin, tail);
			return true;
		}
	}
	return false;
}

/*
 * /proc/self/exe of a fetched program: the copy, or the link with its real name.
 * A copy that had to be altered is not shown: the original is.
 */
static void private_exe(const struct running *running, bool nofollow, char *to)
{
	const char *copy = running->private, *slash = strrchr(copy, '/');

	if (nofollow)
		snprintf(to, OWN_NAME_ROOM, "%.*s.exe", (int)(slash - copy), copy);
	else
		snprintf(to, OWN_NAME_ROOM, "%s", running->altered ? running->exe : copy);
}

bool own_name(struct tracee *t, const char *name, bool nofollow, bool *ret_remote, char *to)
{
	static const struct {
		const char *dev, *proc;
	} std[] = {
		{ "/dev/stdin", "fd/0" }, { "/dev/stdout", "fd/1" }, { "/dev/stderr", "fd/2" },
	};
	const struct tracee *who = own_self(t);
	const char *rest = NULL;
	char buf[RSX_MAX_PATH + 8];
	long pid;

	for (size_t i = 0; i < 3 && !rest; i++)
		if (!strcmp(name, std[i].dev))
			rest = std[i].proc;
	if (!rest && under(name, "/dev/fd")) {
		snprintf(buf, sizeof(buf), "fd/%s", under(name, "/dev/fd"));
		rest = buf;
	}
	if (!rest)
		rest = under(name, "/proc/self");
	if (!rest && under(name, "/proc/thread-self")) {
		rest = under(name, "/proc/thread-self");
		who = t;
	}
	if (!rest && !strncmp(name, "/proc/", 6) && own_fd_of(name + 6, &pid, &rest)) {
		struct tracee *other = tracee_named(t, (pid_t)pid);

		*to = '\0';
		*ret_remote = false;
		if (!other) /* it has ended, or its first thread has */
			return process_named(t, (pid_t)pid) || zombie_named(t, (pid_t)pid);
		who = other;
		rest += *rest == '/';
	}
	if (!rest)
		return false;
	*to = '\0';
	*ret_remote = proc_of_twin(t, who, rest, to);
	if (!*ret_remote && !strcmp(rest, "exe") && who->mm && who->mm->running) {
		private_exe(who->mm->running, nofollow, to);
		/* who reads its own file gets it as it is */
		*ret_remote = !nofollow && who->mm->running->altered;
	}
	return true;
}

static const char *fd_name(struct tracee *t, struct fdtable *fds, int twin)
{
	for (int i = fdtable_next(fds, 0); i >= 0; i = fdtable_next(fds, i + 1)) {
		const struct fdentry *e = fdtable_get(fds, i);

		if (e && e->twin == twin && e->path)
			return path_keep(t, e->path);
	}
	return NULL;
}

const char *own_real_name(struct tracee *t, const char *there, const char *otherwise)
{
	const struct tracee *of = t;
	const char *rest, *name;
	int pid = 0, twin, end = 0;

	if (sscanf(there, "/proc/%d/", &pid) == 1)
		for (of = t->tracer->tracees; of && of->process->twin->pid != pid;)
			of = of->next;
	rest = under(there, pid ? "/proc" : "/proc/thread-self");
	if (!of || !rest)
		return otherwise;
	if (pid)
		rest += strcspn(rest, "/") + 1;
	if (!strcmp(rest, "cwd") && of->fs->side == SIDE_REMOTE)
		return path_keep(t, of->fs->path);
	if (sscanf(rest, "fd/%d%n", &twin, &end) != 1 || rest[end])
		return otherwise;
	name = fd_name(t, of->fds, twin);
	return name ? name : otherwise;
}
