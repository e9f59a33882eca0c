/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See placement.h. */
#include "placement.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "tracee.h"
#include "tracer.h"

#define LOOK_EVERY 32		   /* remote calls between two looks at where t is */
#define BUSY_NS (LOOK_EVERY * 1000000LL) /* as many calls in less time are worth it */
#define MOVES_MAX 6		   /* so often in a row t was elsewhere: give up */
#define PAUSE_LOOKS 32

void placement_init(struct tracer *tr)
{
	struct placement *p = &tr->placement;

	*p = (struct placement){ .cpu = -1 };
	if (!sched_getaffinity(0, sizeof(p->home), &p->home))
		tr->cpus = CPU_COUNT(&p->home);
}

bool placement_on(const struct tracer *tr)
{
	return tr->placement.cpu >= 0;
}

/* The CPU that t ran on last: field 39 of /proc/PID/stat, proc(5). */
static int cpu_of(const struct tracee *t)
{
	char path[64], text[1024], *at;
	_rsx_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", t->process->pid, t->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	at = strrchr(text, ')'); /* the name may hold anything */
	for (int field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

/* A CPU for the server's thread: the next of ours. */
static int another_cpu(const struct placement *p, int cpu)
{
	for (int i = 1; i < CPU_SETSIZE; i++) {
		int other = (cpu + i) % CPU_SETSIZE;

		if (other != cpu && CPU_ISSET((unsigned)other, &p->home))
			return other;
	}
	return -1;
}

static void place_lane(struct tracee *t, int cpu)
{
	Rsx__Place m = RSX__PLACE__INIT;
	struct rsx_arena *arena = &t->tracer->session.arena;
	struct rsx_msg_out out;

	if (t->lane->cpu == cpu)
		return;
	m.cpu = cpu;
	if (!rsx_msg_pack(&out, RSX_MSG_PLACE, t->lane->id, 0, &m.base, arena) &&
	    !lane_send_now(t->lane, &out))
		t->lane->cpu = cpu;
	rsx_arena_reset(arena);
}

void placement_end(struct tracer *tr)
{
	struct placement *p = &tr->placement;

	p->t = NULL;
	p->streak = 0;
	if (p->cpu < 0)
		return;
	p->cpu = -1;
	sched_setaffinity(0, sizeof(p->home), &p->home);
}

void placement_stop(struct tracer *tr, const struct tracee *t)
{
	if (tr->placement.t && tr->placement.t != t)
		placement_end(tr);
}

static void follow(struct placement *p, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned)cpu, &one);
	p->cpu = sched_setaffinity(0, sizeof(one), &one) ? -1 : cpu;
}

/* Where is t, and is it worth while to be there too? */
static void look(struct tracee *t)
{
	struct placement *p = &t->tracer->placement;
	int64_t now = now_ns(), took = now - p->looked_ns;
	int cpu;

	p->looked_ns = now;
	if (p->pause) {
		p->pause--;
		return;
	}
	if (took > BUSY_NS) {
		placement_end(t->tracer);
		return;
	}
	cpu = cpu_of(t);
	if (cpu == p->cpu) {
		p->moves = 0;
		return;
	}
	if (cpu < 0 || !CPU_ISSET((unsigned)cpu, &p->home))
		return;
	if (++p->moves > MOVES_MAX) {
		p->moves = 0;
		p->pause = PAUSE_LOOKS;
		placement_end(t->tracer);
		return;
	}
	follow(p, cpu);
}

void placement_call(struct tracee *t)
{
	struct tracer *tr = t->tracer;
	struct placement *p = &tr->placement;

	if (tr->cpus < 2 || !tr->session.same_host)
		return;
	if (p->t != t) {
		placement_end(tr);
		p->t = t;
		p->looked_ns = now_ns();
	}
	if (++p->streak % LOOK_EVERY == 0)
		look(t);
	place_lane(t, p->cpu < 0 ? -1 : another_cpu(p, p->cpu));
}
