/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where first twins come from; see nursery.h. It waits for a request, forks,
 * and forgets: whether the twin lives is learned from the twin itself. It
 * ends with the main process, whose death closes the socket.
 */
#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#include <signal.h>
#include <stdint.h>
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

/* The descriptors that twins inherit, as twin.h says, and `sock`. 0 or -1. */
static int arrange_fds(int sock)
{
	int log = fcntl(STDERR_FILENO, F_DUPFD, RSX_TWIN_CTL + 1);
	int ctl = fcntl(sock, F_DUPFD, RSX_TWIN_CTL + 1);
	int nowhere = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (log < 0 || ctl < 0 || nowhere < 0)
		return -1;
	for (int fd = 0; fd < RSX_TWIN_LOG; fd++)
		dup2(nowhere, fd);
	dup2(log, RSX_TWIN_LOG);
	dup2(ctl, RSX_TWIN_CTL);
	close_range(RSX_TWIN_CTL + 1, ~0u, 0);
	rsx_log_to(RSX_TWIN_LOG);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_report_fd((void *)(intptr_t)RSX_TWIN_LOG);
#endif
	return 0;
}

static _Noreturn void serve(int sock, int cwd)
{
	struct rsx_ctl_in in;
	sigset_t all;

	sigfillset(&all); /* the main process decides when we end */
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "rsx-nursery");
	if (cwd >= 0 && fchdir(cwd))
		rsx_error("cannot go to the directory of --chdir: %s", strerror(errno));
	if (arrange_fds(sock))
		_exit(1);
	while (rsx_ctl_recv(RSX_TWIN_CTL, &in, 0) > 0) {
		if (in.msg.op == RSX_CTL_BIRTH && in.nfds == 2)
			raise_twin(RSX_TWIN_CTL, &in);
		rsx_ctl_drop_fds(&in);
	}
	_exit(0);
}

int rsx_nursery_start(int cwd, int *ret_sock)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (pid == 0)
		serve(pair[1], cwd);
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
