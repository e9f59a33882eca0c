/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which descriptors of a traced program live on the server. One table per
 * files_struct, shared as CLONE_FILES says. A number that is not in the table
 * is local, or not open: the tracee's own kernel table knows, since every
 * remote descriptor has a placeholder there.
 */
#ifndef RSX_TRACER_FDTABLE_H
#define RSX_TRACER_FDTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which file it is over there. An inode's number is used again after its end,
 * its time of birth is not; 0: unknown.
 */
struct file_id {
	uint64_t dev, ino, birth;
};

/*
 * The mode of an epoll instance: the descriptor here is a real epoll with the
 * local members, the twin's is its companion with the remote ones.
 */
#define FD_MODE_EPOLL 0170000
/* Or'ed to any mode: opened with O_PATH, good for nothing but names. */
#define FD_MODE_PATH (1u << 20)
/* Or'ed to a socket's mode: AF_UNIX. */
#define FD_MODE_UNIX (1u << 21)

struct description;
struct epoll;

struct fdentry {
	int twin;	/* the twin's number; -1: not remote */
	uint32_t mode;	/* st_mode's type bits; 0: unknown */
	bool readonly;	/* was opened O_RDONLY: close cannot report an error */
	bool file_known; /* `file` was asked for */
	bool mappable;	/* and mmap may read it */
	bool append_known, append; /* O_APPEND */
	struct file_id file;
	struct epoll *epoll; /* FD_MODE_EPOLL: the instance */
	struct description *of; /* NULL: there was no memory */
	char *path;	/* absolute, as decided at open; NULL: none */
};

struct fdtable {
	int refs;
	bool locks; /* a lock was taken: close must not be reordered */
	int n;	    /* entries allocated */
	int top;    /* the highest number ever given */
	struct fdentry *entry;
};

struct fdtable *fdtable_new(void);
struct fdtable *fdtable_copy(const struct fdtable *t); /* NULL: no memory */
struct fdtable *fdtable_ref(struct fdtable *t);
void fdtable_unref(struct fdtable *t);
/* Replace a shared table by a copy of one's own; without memory it stays shared. */
void fdtable_unshare(struct fdtable **t);

/* The entry of a remote descriptor, or NULL. Valid until the table changes. */
struct fdentry *fdtable_get(const struct fdtable *t, int64_t fd);

/* The same, but also that of an epoll instance with a companion. */
struct fdentry *fdtable_any(const struct fdtable *t, int64_t fd);

/* Map fd; path is copied. 0 or -ENOMEM. An older entry must be gone. */
int fdtable_set(struct fdtable *t, int fd, int twin, uint32_t mode, bool readonly,
		const char *path);

/*
 * Map fd to what dup(2) made over there of another descriptor, whose entry was
 * `from`. 0 or -ENOMEM.
 */
int fdtable_set_dup(struct fdtable *t, int fd, int twin, const struct fdentry *from);

/* Map fd to an epoll instance, of which the table gets a reference. 0 or -ENOMEM. */
int fdtable_set_epoll(struct fdtable *t, int fd, int twin, struct epoll *ep);

/* A copy that outlives the entry, for an op that waits meanwhile. 0 or -ENOMEM. */
int fdentry_keep(const struct fdentry *e, struct fdentry *ret);
void fdentry_drop(struct fdentry *kept);
#define _fdentry_drop_ __attribute__((cleanup(fdentry_drop)))

/* The instance behind fd, or NULL if it is no epoll with a companion. */
struct epoll *fdtable_epoll(const struct fdtable *t, int64_t fd);

/* Forget fd; returns the twin's number, or -1. */
int fdtable_take(struct fdtable *t, int fd);

/* The lowest remote descriptor >= from, or -1. */
int fdtable_next(const struct fdtable *t, int from);

#endif
