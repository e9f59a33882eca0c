/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registry and shared parts of tracees; see tracee.h. */
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmap/faults.h"
#include "mmap/maps.h"
#include "op.h"
#include "program/fetch.h"
#include "report/stack.h"
#include "rsx/cleanup.h"
#include "tracer.h"

static unsigned bucket(pid_t tid)
{
	return (unsigned)tid % TRACEE_HASH;
}

/*
 * What a task calls itself: the last number of NSpid in /proc/PID/status,
 * pid_namespaces(7). What rsx-trace starts is in its own namespace; only a
 * process that it attached to may be in another.
 */
static pid_t own_id(const struct tracer *tr, pid_t tid)
{
	char path[64], line[256], *last;
	_rsx_fclose_ FILE *f = NULL;

	if (!tr->attached)
		return tid;
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		last = strncmp(line, "NSpid:", 6) ? NULL : strrchr(line, '\t');
		if (last)
			return (pid_t)atoi(last + 1);
	}
	return tid;
}

static uint64_t pid_namespace(const struct tracer *tr, pid_t pid)
{
	char path[64];
	struct stat own, st;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	if (!tr->attached || stat("/proc/self/ns/pid", &own) || stat(path, &st))
		return 0;
	return st.st_ino == own.st_ino ? 0 : st.st_ino;
}

struct tracee *tracee_new(struct tracer *tr, pid_t tid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->tid = tid;
	t->own = own_id(tr, tid);
	t->tracer = tr;
	t->slot = -1;
	t->pos = POS_RUNNING;
	t->how = RESUME_SYSCALL;
	t->expect = EXPECT_ENTRY;
	call_init(&t->call);
	tr->n_running++;
	tr->n_tracees++;
	t->hash_next = tr->hash[bucket(tid)];
	tr->hash[bucket(tid)] = t;
	t->next = tr->tracees;
	if (t->next)
		t->next->prev = t;
	tr->tracees = t;
	return t;
}

static void unhash(struct tracee *t)
{
	struct tracee **p = &t->tracer->hash[bucket(t->tid)];

	while (*p && *p != t)
		p = &(*p)->hash_next;
	if (*p)
		*p = t->hash_next;
}

void tracee_rename(struct tracee *t, pid_t tid)
{
	unhash(t);
	t->tid = tid;
	t->hash_next = t->tracer->hash[bucket(tid)];
	t->tracer->hash[bucket(tid)] = t;
}

void tracee_free(struct tracee *t)
{
	struct tracer *tr = t->tracer;

	placement_stop(tr, NULL);
	unhash(t);
	if (t->prev)
		t->prev->next = t->next;
	else
		tr->tracees = t->next;
	if (t->next)
		t->next->prev = t->prev;
	tr->n_tracees--;
	if (tr->last_sent == t)
		tr->last_sent = NULL;
	if (t->pos == POS_RUNNING)
		tr->n_running--;
	if (t->mm && t->slot >= 0)
		t->mm->slots &= ~(1ULL << t->slot);
	call_done(&t->call);
	lane_free(t->lane);
	mm_unref(t->mm);
	fs_unref(t->fs);
	if (t->fds && t->fds->refs == 1)
		transit_forget_table(t->tracer, t->fds);
	fdtable_unref(t->fds);
	free(t);
}

struct tracee *tracee_find(struct tracer *tr, pid_t tid)
{
	struct tracee *t = tr->hash[bucket(tid)];

	while (t && t->tid != tid)
		t = t->hash_next;
	return t;
}

struct twin *twin_new(uint32_t lane, pid_t pid)
{
	struct twin *w = calloc(1, sizeof(*w));

	if (w) {
		w->lane = lane;
		w->pid = pid;
	}
	return w;
}

struct process *process_new(struct tracer *tr, pid_t pid, struct twin *twin)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p || !twin) {
		free(p);
		return NULL;
	}
	p->pid = pid;
	p->own = own_id(tr, pid);
	p->pidns = pid_namespace(tr, pid);
	p->twin = twin;
	twin->users++;
	twin->refs++;
	p->next = tr->processes;
	tr->processes = p;
	return p;
}

void process_free(struct tracer *tr, struct process *p)
{
	struct process **at = &tr->processes;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	if (!--p->twin->refs)
		free(p->twin);
	free(p);
}

struct process *process_find(struct tracer *tr, pid_t pid)
{
	struct process *p = tr->processes;

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

struct process *process_named(const struct tracee *t, pid_t id)
{
	struct process *p = t->tracer->processes;

	if (!t->process->pidns)
		return process_find(t->tracer, id);
	while (p && (p->own != id || p->pidns != t->process->pidns))
		p = p->next;
	return p;
}

struct tracee *tracee_named(const struct tracee *t, pid_t id)
{
	struct tracee *o = t->tracer->tracees;

	if (!t->process->pidns)
		return tracee_find(t->tracer, id);
	while (o && (o->own != id || o->process->pidns != t->process->pidns))
		o = o->next;
	return o;
}

bool zombie_named(const struct tracee *t, pid_t pid)
{
	char path[32], line[256];
	const char *state = NULL;
	int parent = 0;
	FILE *f;

	if (t->process->pidns)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fgets(line, sizeof(line), f))
		state = strrchr(line, ')');
	fclose(f);
	return state && sscanf(state, ") Z %d", &parent) == 1 &&
	       process_find(t->tracer, parent);
}

struct mm *mm_new(void)
{
	struct mm *mm = calloc(1, sizeof(*mm));

	if (!mm)
		return NULL;
	mm->refs = 1;
	mm->memfd = mm->uffd = -1;
	return mm;
}

struct mm *mm_ref(struct mm *mm)
{
	mm->refs++;
	return mm;
}

void mm_unref(struct mm *mm)
{
	if (!mm || --mm->refs)
		return;
	if (mm->memfd >= 0)
		close(mm->memfd);
	running_unref(mm->running);
	faults_mm_free(mm);
	maps_free(mm->maps);
	stack_mm_free(mm->unwind);
	free(mm);
}

struct fs *fs_new(enum side side, const char *path)
{
	struct fs *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->side = side;
	snprintf(fs->path, sizeof(fs->path), "%s", path);
	return fs;
}

struct fs *fs_copy(const struct fs *fs)
{
	struct fs *copy = fs_new(fs->side, fs->path);

	if (copy) {
		memcpy(copy->root, fs->root, sizeof(copy->root));
		copy->trees = fs->trees;
	}
	return copy;
}

struct fs *fs_ref(struct fs *fs)
{
	fs->refs++;
	return fs;
}

void fs_unref(struct fs *fs)
{
	if (fs && !--fs->refs)
		free(fs);
}

void tracee_note_cwd(struct tracee *t, enum side side)
{
	char link[64], path[RSX_MAX_PATH];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/cwd", t->tid);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return;
	path[n] = '\0';
	t->fs->side = side;
	snprintf(t->fs->path, sizeof(t->fs->path), "%s", path);
}

int tracee_fd_flags(const struct tracee *t, int fd)
{
	char path[64], line[128];
	_rsx_fclose_ FILE *f = NULL;
	unsigned flags;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", t->tid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "flags: %o", &flags) == 1)
			return (int)flags;
	return -1;
}

bool tracee_fd_has(const struct tracee *t, int fd, int flag)
{
	int flags = tracee_fd_flags(t, fd);

	return flags >= 0 && flags & flag;
}
