/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See control.h. Headers need not be aligned: they are copied. */
#include "rsx/control.h"

#include <string.h>
#include <sys/socket.h>

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04 /* linux/socket.h: one descriptor, of the sender */
#endif

bool rsx_cmsg_next(uint8_t *control, size_t len, struct rsx_cmsg *c)
{
	struct cmsghdr h;

	if (c->next > len || len - c->next < sizeof(h))
		return false;
	memcpy(&h, control + c->next, sizeof(h));
	if (h.cmsg_len < sizeof(h) || h.cmsg_len > len - c->next)
		return false;
	c->at = c->next;
	c->level = h.cmsg_level;
	c->type = h.cmsg_type;
	c->data = control + c->at + sizeof(h);
	c->len = h.cmsg_len - sizeof(h);
	c->next = c->at + CMSG_ALIGN(h.cmsg_len);
	return true;
}

size_t rsx_cmsg_fds(const struct rsx_cmsg *c)
{
	if (c->level != SOL_SOCKET || (c->type != SCM_RIGHTS && c->type != SCM_PIDFD))
		return 0;
	return c->len / sizeof(int);
}

int rsx_cmsg_fd(const struct rsx_cmsg *c, size_t i)
{
	int fd;

	memcpy(&fd, c->data + i * sizeof(fd), sizeof(fd));
	return fd;
}

void rsx_cmsg_set_fd(const struct rsx_cmsg *c, size_t i, int fd)
{
	memcpy(c->data + i * sizeof(fd), &fd, sizeof(fd));
}

void rsx_cmsg_map_pid(const struct rsx_cmsg *c, int (*pid)(void *ctx, int pid), void *ctx)
{
	struct ucred cred;

	if (c->level != SOL_SOCKET || c->type != SCM_CREDENTIALS || c->len < sizeof(cred) || !pid)
		return;
	memcpy(&cred, c->data, sizeof(cred));
	cred.pid = pid(ctx, cred.pid);
	memcpy(c->data, &cred, sizeof(cred));
}
