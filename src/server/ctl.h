/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between the main process and a twin, on a SOCK_SEQPACKET pair.
 * A twin asks, the main process answers with a GRANT; nothing is ever sent
 * to a twin unasked, so that a signal on its end means that main is gone.
 */
#ifndef RSX_SERVER_CTL_H
#define RSX_SERVER_CTL_H

#include <stdint.h>
#include <sys/types.h>

#define RSX_CTL_MAX_FDS 2

enum rsx_ctl_op {
	/* asked by a twin, answered by a GRANT */
	RSX_CTL_WANT_LANE = 1, /* -> the connection of lane `lane` */
	RSX_CTL_WANT_TWIN,     /* -> that, and the new twin's control socket */
	RSX_CTL_NO_FORK,       /* the twin for `lane` could not be made */
	/* told by a twin */
	RSX_CTL_STARTED, /* a new twin, with a pidfd of itself */
	RSX_CTL_ENDED,	 /* lane `lane` has ended */
	RSX_CTL_HOSTILE, /* its peer broke the protocol: end the session */
	/* from the main process */
	RSX_CTL_GRANT,
	RSX_CTL_BIRTH, /* to the nursery: control socket, session memory */
};

struct rsx_ctl {
	uint32_t op;
	uint32_t lane;
	int32_t err;   /* GRANT: 0 or -errno */
	uint32_t slot; /* GRANT: the lane's slot */
};

struct rsx_ctl_in {
	struct rsx_ctl msg;
	int fd[RSX_CTL_MAX_FDS]; /* owned by the receiver */
	unsigned nfds;
	pid_t pid; /* of the sender, if SO_PASSCRED is on, else 0 */
};

/* 0 or -errno. */
int rsx_ctl_send(int sock, const struct rsx_ctl *msg, const int *fds, unsigned nfds, int flags);

/* 1, 0 at the end, -EAGAIN, -EBADMSG (another size; nothing is kept), -errno. */
int rsx_ctl_recv(int sock, struct rsx_ctl_in *in, int flags);

/* Close what was received and not taken. */
void rsx_ctl_drop_fds(struct rsx_ctl_in *in);

#endif
