/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending and receiving control messages with descriptors; see ctl.h. */
#include "ctl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int rsx_ctl_send(int sock, const struct rsx_ctl *msg, const int *fds, unsigned nfds, int flags)
{
	char room[CMSG_SPACE(RSX_CTL_MAX_FDS * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { (void *)msg, sizeof(*msg) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (nfds) {
		mh.msg_control = room;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(sock, &mh, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void take_control(struct rsx_ctl_in *in, struct msghdr *mh)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t len = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS && len >= sizeof(struct ucred)) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			in->pid = cred.pid;
		}
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < len / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (in->nfds < RSX_CTL_MAX_FDS)
				in->fd[in->nfds++] = fd;
			else
				close(fd);
		}
	}
}

int rsx_ctl_recv(int sock, struct rsx_ctl_in *in, int flags)
{
	char room[CMSG_SPACE(RSX_CTL_MAX_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))]
		__attribute__((aligned(8)));
	struct iovec iov = { &in->msg, sizeof(in->msg) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	ssize_t n;

	*in = (struct rsx_ctl_in) { .nfds = 0 };
	do
		n = recvmsg(sock, &mh, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	take_control(in, &mh);
	if (n == 0) {
		rsx_ctl_drop_fds(in);
		return 0;
	}
	if (n != sizeof(in->msg) || mh.msg_flags & MSG_TRUNC) {
		rsx_ctl_drop_fds(in);
		return -EBADMSG;
	}
	return 1;
}

void rsx_ctl_drop_fds(struct rsx_ctl_in *in)
{
	while (in->nfds)
		close(in->fd[--in->nfds]);
}
