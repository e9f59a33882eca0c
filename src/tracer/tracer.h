/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of rsx-trace: everything the event loop owns.
 */
#ifndef RSX_TRACER_TRACER_H
#define RSX_TRACER_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/options.h"
#include "passing/parcel.h"
#include "passing/standin.h"
#include "passing/transit.h"
#include "paths/policy.h"
#include "placement.h"
#include "program/exechold.h"
#include "report/trace.h"
#include "session.h"

#define TRACEE_HASH 1024

struct copy;
struct image;
struct keeper;

struct tracer {
	struct options opt;
	struct session session;
	struct policy policy;
	struct trace trace;
	char **env; /* of the program; NULL: ours */

	struct tracee *tracees;
	struct tracee *hash[TRACEE_HASH];
	struct process *processes;
	unsigned n_tracees;
	unsigned n_running; /* may stop at any time */
	unsigned n_waiting; /* calls in state WAITING: they have a deadline */
	unsigned n_remote;  /* calls outstanding, any state */

	/* children whose first stop came before their parent's event */
	pid_t *orphans;
	unsigned n_orphans;

	int epoll;
	pid_t first;	  /* the program's first process: its end is ours */
	int first_status; /* of wait(2); -1 until it has ended */
	bool told_seccomp;
	bool told_unshare;
	bool told_kill;
	bool told_vfork;
	bool told_shared; /* --mmap-shared=deny was applied */
	bool lost_told;	  /* the line about the lost connection was written */
	int cpus;	  /* how many this process may use */
	struct placement placement;
	struct exechold exechold;
	unsigned n_held;  /* tracees held at their exit event */
	unsigned n_vforks; /* parents that wait for a child's execve(2) or end */
	struct tracee *last_sent; /* whose call was sent last */
	bool control_ready;
	int ended_by;	  /* the signal that ended rsx-trace, or 0 */
	bool started;	  /* the program was executed */
	bool attached;	  /* to processes that we did not start */
	bool draining;	  /* detaching was asked for: what is new stays here */
	int64_t drain_seen_ns; /* when that was last looked at */
	int64_t drained_ns;    /* for how long in all */
	int64_t drain_idle_ns; /* and since the last remote call */
	bool drained;	  /* that is over; no vfork begins any more */
	bool detaching;	  /* no task goes on until all are let go */
	int64_t detach_at_ns; /* --detach-after; 0: never */
	int start_failed; /* an exit code: the program never started */
	char *private_dir; /* copies of remote programs; NULL until needed */
	unsigned private_n;
	struct copy *copies; /* fetch.c */
	unsigned copies_n;

	/* mapped remote files: image.h */
	struct image *images;
	unsigned n_images;
	unsigned n_pristine; /* images that mappings may change */
	struct keeper *keeper;
	int faults;	     /* epoll over all mm->uffd, -1: none yet */
	unsigned n_watched;  /* address spaces with one */

	struct transits transits;
	struct post post;
	struct standins standins;
	uint32_t last_placeholder; /* every one has a number: transit.h */
};

int64_t now_ns(void);

/* Let the loop hear from a new tracee's lane. */
void lane_register(struct tracer *tr, struct tracee *t);
/* Part of a message is still to be sent: flush it when there is room. */
void lane_want_output(struct tracer *tr, struct lane *l, bool yes);
/* The lane is of no use any more: what happens to it means nothing. */
void lane_unregister(struct tracer *tr, struct lane *l);

/*
 * Take signals from now on: only while the loop sleeps. Not before a program
 * was started, which would inherit that; before attaching.
 */
void loop_signals(const struct tracer *tr);

/* Run until the last tracee is gone. */
void loop_run(struct tracer *tr);

/* The connection is lost: end or fail every tracee, say so once. */
void tracer_lost(struct tracer *tr, const char *why);

#endif
