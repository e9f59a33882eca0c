/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where first twins come from; see nursery.h. It waits for a request, forks,
 * and forgets: whether the twin lives is learned from the twin itself. It
 * ends with the main process, whose death closes the socket.
 */
#include "nursery.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"
#include "rsx/log.h"
#include "twin.h"

static void raise_twin(int sock, struct rsx_ctl_in *in)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(sock);
		rsx_twin_run(in->fd[0], in->fd[1]);
	}
	if (pid < 0)
		rsx_error("cannot fork: %s", strerror(errno));
}

static _Noreturn void serve(int sock, int null, int cwd)
{
	struct rsx_ctl_in in;
	sigset_t all;

	sigfillset(&all); /* the main process decides when we end */
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "rsx-nursery");
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (cwd >= 0 && fchdir(cwd))
		rsx_error("cannot go to the directory of --chdir: %s", strerror(errno));
	if (dup2(sock, 3) != 3)
		_exit(1);
	close_range(4, ~0u, 0);
	while (rsx_ctl_recv(3, &in, 0) > 0) {
		if (in.msg.op == RSX_CTL_BIRTH && in.nfds == 2)
			raise_twin(3, &in);
		rsx_ctl_drop_fds(&in);
	}
	_exit(0);
}

int rsx_nursery_start(int null, int cwd, int *ret_sock)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (pid == 0)
		serve(pair[1], null, cwd);
	close(pair[1]);
	if (pid < 0) {
		int err = -errno;

		close(pair[0]);
		return err;
	}
	*ret_sock = pair[0];
	return 0;
}

int rsx_nursery_twin(int sock, int ctl, int memory)
{
	const struct rsx_ctl msg = { .op = RSX_CTL_BIRTH };
	const int fds[] = { ctl, memory };

	return rsx_ctl_send(sock, &msg, fds, 2, MSG_DONTWAIT);
}
