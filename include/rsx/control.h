/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ancillary data, walked as the kernel walks it: a header that does not fit
 * ends the list (sending it is EINVAL there). cmsg(3), unix(7).
 */
#ifndef RSX_CONTROL_H
#define RSX_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSX_SCM_MAX_FD 253 /* net/scm.h: more in one message is EINVAL */

struct rsx_cmsg {
	size_t at;	/* of the header */
	size_t next;	/* where to go on; 0 to begin */
	int level, type;
	uint8_t *data;
	size_t len;	/* of the data, bytes */
};

/* The next one, or false. `c` is zeroed for the first. */
bool rsx_cmsg_next(uint8_t *control, size_t len, struct rsx_cmsg *c);

/* How many descriptors it passes; 0 if it is of another kind. */
size_t rsx_cmsg_fds(const struct rsx_cmsg *c);
int rsx_cmsg_fd(const struct rsx_cmsg *c, size_t i);
void rsx_cmsg_set_fd(const struct rsx_cmsg *c, size_t i, int fd);

/* Put `pid(ctx, pid)` into SCM_CREDENTIALS. Others are left alone. */
void rsx_cmsg_map_pid(const struct rsx_cmsg *c, int (*pid)(void *ctx, int pid), void *ctx);

#endif
