/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending on a lane; see session.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

void lane_free(struct lane *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	rsx_rx_done(&l->rx);
	free(l);
}

int lane_send(struct lane *l, const struct rsx_msg_out *out)
{
	int err;

	if (l->broken)
		return -EPIPE;
	l->out = *out;
	l->out_sent = 0;
	err = rsx_send(l->fd, &l->out, MSG_DONTWAIT, &l->out_sent);
	l->out_pending = err == -EAGAIN;
	if (err && err != -EAGAIN)
		l->broken = true;
	return err == -EAGAIN ? 0 : err;
}

int lane_flush(struct lane *l)
{
	int err;

	if (!l->out_pending)
		return 0;
	err = rsx_send(l->fd, &l->out, MSG_DONTWAIT, &l->out_sent);
	if (err == -EAGAIN)
		return 0;
	l->out_pending = false;
	if (err)
		l->broken = true;
	return err;
}

int lane_send_now(struct lane *l, struct rsx_msg_out *out)
{
	size_t sent = 0;
	int err;

	if (l->broken)
		return -EPIPE;
	err = rsx_send(l->fd, out, 0, &sent);
	if (err)
		l->broken = true;
	return err;
}
