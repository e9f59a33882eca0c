/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The private server: an rsx-server of this run's own, reached over a socket
 * pair that nobody else can name.
 */
#ifndef RSX_TRACER_PRIVATE_H
#define RSX_TRACER_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

/* Start it. The socket that private_connect() needs, or -errno after one line. */
int private_start(bool quiet, pid_t *ret_pid);

/* A new connection: one end of a socket pair whose other end is sent over. */
int private_connect(int sock);

/* Wait for its end after the socket was closed. 0: nothing to wait for. */
void private_wait(pid_t pid);

#endif
