/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that sessions' first twins are forked from. It is made before
 * the main process reads the key or starts libuv, so a twin, which runs what
 * a stranger asks for, has never seen either (libuv's fork handler would also
 * close descriptors by number in every forked child).
 */
#ifndef RSX_SERVER_NURSERY_H
#define RSX_SERVER_NURSERY_H

/*
 * Start it; it ends when *ret_sock is closed, which must be read by nobody
 * but for its end. `cwd` is where twins start, or -1. 0, 1 and 2 must be open.
 * 0 or -errno.
 */
int rsx_nursery_start(int cwd, int *ret_sock);

/* Ask for a twin with this control socket and session memory. 0 or -errno. */
int rsx_nursery_twin(int sock, int ctl, int memory);

#endif
