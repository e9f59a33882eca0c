/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside a twin: the process that stands for one traced process. One thread
 * per lane. There is one twin per process, so its state is the module's.
 */
#ifndef RSX_SERVER_TWIN_H
#define RSX_SERVER_TWIN_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "rsx/arena.h"
#include "rsx/wire.h"
#include "shared.h"

/*
 * The first descriptors of a twin are its own. 0, 1 and 2 are a socket, which
 * cannot be opened by name: a link to /dev/stdout on the server, of a log file
 * in a container, say, must not lead to the twin's own (ENXIO, see links.c).
 */
enum {
	RSX_TWIN_LOG = 3,
	RSX_TWIN_CTL, /* the nursery's socket, in the nursery */
	RSX_TWIN_OWN_FDS = RSX_TWIN_CTL,
};

struct rsx_lane {
	LIST_ENTRY(rsx_lane) link; /* the process's lanes, under its lock */
	uint32_t number;
	int fd;
	struct rsx_slot *slot;
	const struct rsx_shared *shared;
	struct rsx_rx rx;
	struct rsx_arena arena;
	struct rsx_policy *policy; /* of its descriptor table */
	/* spinning for the next call: see lane.c */
	bool may_spin;
	bool pinned;
	uint32_t spin_skip;
	uint32_t spin_backoff;
	struct rsx_parting *parting; /* what a new lane's thread does first, or NULL */
};

/* A new lane's thread parts from its maker's tables; that waits for it. */
struct rsx_parting {
	uint32_t unshare; /* CLONE_FILES, CLONE_FS */
	sem_t done;
	int64_t err;
};

/* How a lane came to its end. */
enum rsx_lane_end {
	RSX_LANE_EOF,	  /* the connection closed: the thread is gone there */
	RSX_LANE_DROP,	  /* the main process said so */
	RSX_LANE_HOSTILE, /* the peer broke the protocol */
};

/* --- twin.c --- */

/*
 * Become the first twin of a session, in a fresh child of the nursery. Waits
 * on `ctl` for its lane, serves, never returns. `memory` holds the session's
 * struct rsx_shared.
 */
_Noreturn void rsx_twin_run(int ctl, int memory);

/* Answer a FORK message on this lane: the child's pid, or -errno. In the
 * child, returns 0 with `l` being its lane. */
int64_t rsx_twin_fork(struct rsx_lane *l, const Rsx__Fork *m);

/* Answer a NEWLANE message: 0 or -errno. */
int64_t rsx_twin_new_lane(struct rsx_lane *l, const Rsx__NewLane *m);

/* Run this lane's thread on one cpu, or anywhere (-1). */
void rsx_twin_place(struct rsx_lane *l, int cpu);

/* unshare(2) by this lane's thread; the table of what is ours goes along. */
int64_t rsx_twin_unshare(struct rsx_lane *l, uint64_t flags);

/* --- lane.c --- */

/* Serve a lane until it ends. */
enum rsx_lane_end rsx_lane_serve(struct rsx_lane *l);

/* --- links.c --- */

/*
 * Before the call: would it make a name that is not there, by way of links? Then the
 * tracer is to say first whether it has that; what the links lead to is in f->link.
 */
bool rsx_links_ask(struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS],
		   struct rsx_arena *arena);
/* The call is made: if a path was not found, what its links lead to goes into f->link. */
void rsx_links_tell(struct rsx_frame *f, const uint64_t native[RSX_MAX_ARGS],
		    struct rsx_arena *arena);

/* --- execute.c --- */

/* Execute a CALL. 0 with f->ret and outputs, or -EBADMSG / -ENOMEM. */
int rsx_execute(struct rsx_lane *l, const struct rsx_msg_in *msg, struct rsx_frame *f);

/* Run one native call for `l` as call number `call`, restarted when it was
 * interrupted and nobody had asked for that. -errno on failure. */
int64_t rsx_execute_native(struct rsx_lane *l, uint32_t call, long nr,
			   const uint64_t args[RSX_MAX_ARGS]);

/* --- policy.c: which descriptors are ours, which rows a peer may ask for --- */

/* Once per process tree, before the first mark. 0 or -errno. */
int rsx_policy_init(void);

/*
 * The bitmap of a descriptor table. For a thread to be made: the maker's, with
 * a reference. It adopts it, and leaves it at its end. The lock is held for
 * share and leave.
 */
struct rsx_policy *rsx_policy_share(void);
void rsx_policy_adopt(struct rsx_policy *p);
void rsx_policy_leave(struct rsx_policy *p);

/*
 * This thread has a table of its own now: close the other lanes in it. Its
 * bitmap, instead of the one it had, or NULL: no memory.
 */
struct rsx_policy *rsx_policy_own(int lane, int ctl);

/* In the child of a fork: what is ours is closed, but for stdio and these. */
void rsx_policy_forked(const int *fds, unsigned n);
int rsx_policy_mark(int fd); /* 0, or -EMFILE if the number is too high */
void rsx_policy_unmark(int fd);
bool rsx_policy_is_internal(int fd);

/* Does an argument of `f` name a descriptor of ours? */
bool rsx_policy_touches_internal(const struct rsx_frame *f);

/* Close every descriptor that is not ours. */
void rsx_policy_close_guest(void);

#endif
