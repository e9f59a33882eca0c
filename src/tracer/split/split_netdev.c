/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about network interfaces, which any socket may be asked
 * (netdevice(7)): the interfaces are the server's. A local socket, as every unix
 * socket is at first, lends the question to a new one over there.
 */
#include "split/split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch.h"
#include "tracee.h"
#include "tracer.h"

static bool is_socket(const struct tracee *t, int fd)
{
	char path[64], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
	n = readlink(path, link, sizeof(link));
	return n > 7 && !strncmp(link, "socket:", 7);
}

int64_t split_netdev(struct tracee *t)
{
	struct call *c = &t->call;
	uint64_t args[RSX_MAX_ARGS];
	int64_t there, ret = 0;

	if (c->row->err && (fdtable_get(t->fds, (int)c->args[0]) || is_socket(t, (int)c->args[0]))) {
		trace_denied(t, c->row);
		return -c->row->err;
	}
	if (fdtable_get(t->fds, (int)c->args[0]))
		return dispatch_as(t, RSX_WHERE_BYFD, &ret) == VERDICT_THERE ? op_forward(t) : ret;
	if (!is_socket(t, (int)c->args[0]))
		return OP_RUN_HERE;
	there = op_remote(t, ROW(socket), OP_ARGS(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC));
	if (there < 0)
		return there;
	memcpy(args, c->args, sizeof(args));
	args[0] = (uint64_t)there;
	c->mem = tracee_mem(t);
	ret = rsx_capture(&c->frame, c->row, args, 0, &c->mem, &c->arena);
	if (!ret)
		ret = op_forward(t);
	call_send_noreply(t, ROW(close), OP_ARGS((uint64_t)there));
	return ret;
}
