/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors from one process on the server to another: a twin's to the
 * keeper, the keeper's to a twin. See transit.h for what they are passed for.
 */
#ifndef RSX_TRACER_PARCEL_H
#define RSX_TRACER_PARCEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct arrived;
struct tracee;
struct tracer;

/* Part of struct tracer: where the keeper receives. */
struct post {
	int box; /* its socket's number plus 1; 0: none yet */
	struct sockaddr_un name;
	socklen_t name_len;
	uint64_t last_id;
	struct arrived *arrived; /* before it was asked for */
};

/* A datagram: who it is for, one descriptor, and the number it is known by. */
struct parcel {
	struct msghdr m;
	struct iovec iov;
	uint64_t id;
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} room;
};

/* An abstract name of 128 random bits; its length, 0: no randomness. */
socklen_t parcel_random_name(struct sockaddr_un *sun);
/* To be received; with parcel_put(), to be sent. */
void parcel_init(struct parcel *p, struct sockaddr_un *to, socklen_t len, uint64_t id);
void parcel_put(struct parcel *p, int fd);
/* The descriptor of a received parcel, or -1; *ret_pid: who sent it. */
int parcel_fd(struct parcel *p, pid_t *ret_pid);

/* Is there a twin with this pid? Only those may send anything to the keeper. */
bool parcel_is_twin(const struct tracer *tr, pid_t pid);

/* In an op: a copy of the descriptor of t's twin; the keeper's number, or -errno. */
int64_t parcel_give(struct tracee *t, int twin);
/* In an op: a copy of the keeper's descriptor; the number in t's twin, or -errno. */
int64_t parcel_take(struct tracee *t, int kept);
/* Close the keeper's. */
void parcel_close(struct tracer *tr, int kept);
void parcel_end(struct tracer *tr);

#endif
