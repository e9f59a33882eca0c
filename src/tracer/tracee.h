/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traced program as the kernel shares its parts: a tracee is one thread;
 * threads of a process share a struct process; memory, descriptors and
 * working directory are objects of their own because clone(2) shares them by
 * flags of their own.
 */
#ifndef RSX_TRACER_TRACEE_H
#define RSX_TRACER_TRACEE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch.h"
#include "call.h"
#include "fdtable.h"
#include "program/credentials.h"
#include "rsx/frame.h"

struct epoll;
struct lane;
struct op;
struct tracer;
struct maps;
struct running;
struct unwind;
struct waiting;

enum side {
	SIDE_LOCAL,
	SIDE_REMOTE,
};

/* An address space. */
struct mm {
	int refs;
	uint64_t scratch;  /* a page per slot, read-only for the program; 0: none yet */
	uint64_t scratch_rw; /* the same, writable; 0: none yet */
	uint64_t slots;	   /* bitmap of slots in use */
	int memfd;	   /* /proc/PID/mem, -1 until needed */
	struct running *running; /* a fetched program (fetch.h), or NULL */
	struct maps *maps; /* mappings of remote files, or NULL */
	int uffd;	   /* tells of pages that are missed in them, or -1: faults.h */
	struct tracer *faults_of; /* who listens to it */
	bool unwatched;	   /* a copy of one that has such: nobody is told yet */
	struct unwind *unwind; /* for stacks in the trace, or NULL */
	uint8_t predict[256]; /* by call site: 2-bit counter, is the next call local? */
};

/* The working and the root directory, as CLONE_FS shares them. */
struct fs {
	int refs;
	enum side side;
	char path[RSX_MAX_PATH]; /* absolute, from the first root; on the side `side` */
	char root[RSX_MAX_PATH]; /* chroot(2) over there; as `path`, "": none */
	unsigned trees; /* of root.h: that are in the new root, too */
};

/*
 * A process on the server. It stands for one traced process, or for several
 * that share descriptors or working directory without sharing threads
 * (CLONE_FILES, CLONE_FS without CLONE_THREAD): those are threads of one twin.
 */
struct twin {
	unsigned users; /* traced processes that have not ended */
	uint32_t lane;	/* its name: the number of its first lane */
	pid_t pid;	/* over there */
	pid_t locker;	/* who last asked for a lock, of processes that share the twin */
	bool bye_sent;	/* it was told to end */
	bool gone;	/* and has ended */
	int refs;	/* struct process */
};

/* A thread group. */
struct process {
	pid_t pid;
	pid_t own;     /* in its own pid namespace: what it calls itself */
	uint64_t pidns; /* which one; 0: rsx-trace's */
	unsigned threads; /* that have not come to their exit */
	unsigned tasks;	  /* tracees that point here */
	uint8_t changed;  /* of its credentials: credentials.h */
	struct twin *twin;
	struct process *next;
};

/* At which kind of stop a tracee is. */
enum pos {
	POS_RUNNING,
	POS_SYSEMU, /* a call, already skipped */
	POS_ENTRY,  /* a call about to run */
	POS_EXIT,   /* a call has ended */
	POS_SIGNAL, /* a signal is about to be delivered */
	POS_EVENT,  /* fork, exec, exit, group-stop ... */
};

/* What the next syscall stop will be, given how the tracee was resumed. */
enum expect {
	EXPECT_SYSEMU,
	EXPECT_ENTRY,
	EXPECT_EXIT,
};

enum resume {
	RESUME_SYSEMU,	/* the next call stops already skipped */
	RESUME_SYSCALL, /* the next call stops before and after */
};

/* What a clone in progress prepared for the task that comes of it. */
struct spawn {
	struct lane *lane; /* NULL once the new task has it */
	uint64_t flags;
	pid_t twin_pid;
	bool own_twin; /* or it is a thread of its parent's */
};

/* What an exec in progress prepared for the program that comes of it. */
struct execution {
	struct running *copy; /* the fetched program, or NULL */
	char *link;	      /* to an interpreter, under the script's name, or NULL */
	char *given;   /* the path of the call */
	struct becoming becoming;
};

struct tracee {
	pid_t tid;
	pid_t own; /* in its own pid namespace */
	struct tracer *tracer;
	struct process *process;
	struct mm *mm;
	struct fs *fs;
	struct fdtable *fds;
	struct lane *lane;
	int slot; /* in mm->scratch, -1: none */
	uint64_t bus_at; /* a page there cannot be had, a SIGBUS was sent; or 0 */
	bool prefaulted; /* what its call points at was just filled */

	/* intercept/sysemu.c */
	enum pos pos;
	enum expect expect;
	enum resume how;
	bool listening; /* group-stopped */
	int stop_signal; /* attached: of its first stop */
	bool holding; /* exechold.h */
	bool held; /* at its last stop, before it is let go */
	bool interrupted; /* PTRACE_INTERRUPT is under way */
	bool dead;
	bool exiting; /* at the exit event, held until the twin is gone */
	bool vforked;	   /* its parent waits in vfork(2) for its execve(2) or end */
	bool vfork_held;   /* its vfork is not begun before it is let go */
	bool beginning;	   /* attached to; its process is not let go yet */
	bool counted_out; /* no longer in process->threads */
	uint8_t site; /* of the last call, for the predictor */

	struct call call;
	struct op *op;
	struct epoll *waits_on; /* asleep in an epoll_wait(2) of its own on this one, */
	struct waiting *waiting; /* in a wait for both sides: split_epwait.c */
	bool woken; /* which was ended because there is now a remote member */
	struct spawn spawn;
	struct execution execution;

	struct tracee *hash_next;
	struct tracee *next, *prev; /* tracer->tracees */
};

/* It is past its last stop. A first thread that ends is reaped after all others only. */
static inline bool tracee_has_ended(const struct tracee *t)
{
	return t->counted_out && !t->exiting;
}

static inline struct lane *rsx_steal_lane(struct spawn *s)
{
	struct lane *l = s->lane;

	s->lane = NULL;
	return l;
}

struct tracee *tracee_new(struct tracer *tr, pid_t tid);
void tracee_free(struct tracee *t);
struct tracee *tracee_find(struct tracer *tr, pid_t tid);
void tracee_rename(struct tracee *t, pid_t tid);

/* With a twin of its own, or a share of another's. NULL: no memory. */
struct process *process_new(struct tracer *tr, pid_t pid, struct twin *twin);
struct twin *twin_new(uint32_t lane, pid_t pid);
void process_free(struct tracer *tr, struct process *p);
struct process *process_find(struct tracer *tr, pid_t pid);

/* What t calls pid or tid `id`; NULL: not traced. */
struct process *process_named(const struct tracee *t, pid_t id);
struct tracee *tracee_named(const struct tracee *t, pid_t id);
/* Has it ended, and its parent, a traced process, not waited for it yet? */
bool zombie_named(const struct tracee *t, pid_t pid);

struct mm *mm_new(void);
struct mm *mm_ref(struct mm *mm);
void mm_unref(struct mm *mm);

struct fs *fs_new(enum side side, const char *path);
struct fs *fs_copy(const struct fs *fs);
struct fs *fs_ref(struct fs *fs);
void fs_unref(struct fs *fs);
/* t's own directory has changed: that is the program's now, on `side`. */
void tracee_note_cwd(struct tracee *t, enum side side);

/*
 * The flags of t's own descriptor, O_CLOEXEC among them, as /proc/PID/fdinfo has them;
 * -1: it is not open.
 */
int tracee_fd_flags(const struct tracee *t, int fd);
/* Is it open with this one? */
bool tracee_fd_has(const struct tracee *t, int fd, int flag);

/* The engine's way into t's memory. */
struct rsx_mem tracee_mem(struct tracee *t);
/* The tracer's own memory as the engine's: for calls made on t's behalf. */
extern const struct rsx_mem self_mem;
/* Strings of ours are used as they are: reading them in blocks would run over their ends. */
void self_strings(struct rsx_frame *f, const struct rsx_syscall *row,
		  const uint64_t args[RSX_MAX_ARGS]);

/* The program's memory, with its own rights: 0, or -EFAULT if not all of it can be had. */
int tracee_read(struct tracee *t, uint64_t from, void *to, size_t len);
int tracee_write(struct tracee *t, uint64_t to, const void *from, size_t len);
/* Write where the program itself may not (the scratch page). 0 or -errno. */
int tracee_poke(struct tracee *t, uint64_t to, const void *from, size_t len);

#endif
