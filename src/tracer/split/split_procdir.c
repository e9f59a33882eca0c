/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listing of /proc. It is the server's, but the processes that the program
 * knows of are the traced ones: in the place of a twin stands what it stands for,
 * under the number by which /proc/N leads there (path.c). A process of the
 * server's that has such a number by chance cannot be seen.
 */
#include "split/split.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

/* getdents64(2) */
struct record {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

#define NAME offsetof(struct record, name)
#define RECORD_MAX 32u /* of a record whose name is a number */

struct listing {
	char *at;
	size_t len, room;
};

bool split_procdir_concerns(const struct tracee *t)
{
	const struct fdentry *e = fdtable_get(t->fds, (int)t->call.args[0]);

	return e && e->path && !strcmp(e->path, "/proc") && t->call.made == t->call.row;
}

static void put(struct listing *to, const struct record *like, const char *name)
{
	size_t reclen = (NAME + strlen(name) + 1 + 7) / 8 * 8;
	struct record *d = (struct record *)(to->at + to->len);

	if (to->len + reclen > to->room)
		return;
	memset(d, 0, reclen);
	memcpy(d, like, NAME);
	d->reclen = (uint16_t)reclen;
	strcpy(d->name, name);
	to->len += reclen;
}

/* All traced processes that a twin stands for. False: it is none. */
static bool put_traced(const struct tracee *t, struct listing *to, const struct record *d,
		       pid_t pid)
{
	bool is_twin = false;
	char name[16];

	for (const struct process *p = t->tracer->processes; p; p = p->next) {
		if (p->twin->pid != pid)
			continue;
		is_twin = true;
		if (!p->tasks || p->pidns != t->process->pidns)
			continue;
		snprintf(name, sizeof(name), "%d", p->own);
		put(to, d, name);
	}
	return is_twin;
}

static void translate(const struct tracee *t, const char *from, size_t len, struct listing *to)
{
	const struct record *d;

	for (size_t at = 0; at + NAME < len; at += d->reclen) {
		char *end;
		long pid;

		d = (const struct record *)(from + at);
		if (d->reclen <= NAME || at + d->reclen > len ||
		    !memchr(d->name, 0, d->reclen - NAME))
			return;
		pid = strtol(d->name, &end, 10);
		if (pid > 0 && !*end &&
		    (put_traced(t, to, d, (pid_t)pid) || process_named(t, (pid_t)pid)))
			continue;
		put(to, d, d->name);
	}
}

/* How much room a longer name, or a second process of one twin, may need. */
static size_t reserve(const struct tracee *t, size_t count)
{
	size_t need = 0;

	for (const struct process *p = t->tracer->processes; p; p = p->next)
		need += RECORD_MAX;
	return need < count / 2 ? need : count / 2;
}

/* One call over there, translated in place. Its length, which may be 0 though more follows. */
static int64_t list(struct tracee *t, char *buf, size_t count, int64_t *ret_there)
{
	struct call *c = &t->call;
	struct listing to = { .at = buf + count, .room = count };
	int64_t ret = 0;

	c->args[2] = count - reserve(t, count);
	dispatch_as(t, RSX_WHERE_BYFD, &ret);
	c->args[2] = count;
	*ret_there = ret ? ret : op_forward(t);
	if (*ret_there <= 0)
		return *ret_there;
	if (!rsx_result_fits(&c->frame))
		return -EIO;
	if (tracee_read(t, c->args[1], buf, (size_t)*ret_there))
		return -EFAULT;
	translate(t, buf, (size_t)*ret_there, &to);
	if (tracee_write(t, c->args[1], to.at, to.len))
		return -EFAULT;
	return (int64_t)to.len;
}

int64_t split_procdir(struct tracee *t)
{
	size_t count = (uint32_t)t->call.args[2];
	_rsx_free_ char *buf = NULL;
	int64_t ret, there;

	if (count > RSX_MAX_PIECE)
		count = RSX_MAX_PIECE;
	buf = malloc(2 * count + 1);
	if (!buf)
		return -ENOMEM;
	do {
		ret = list(t, buf, count, &there);
	} while (!ret && there > 0);
	return ret;
}
