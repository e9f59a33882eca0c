/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting a private rsx-server; see private.h. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/log.h"

/* The server stands beside this program, or is found in PATH. */
static void server_path(char *to, size_t room)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	snprintf(to, room, "rsx-server");
	if (n <= 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return;
	*slash = '\0';
	if ((size_t)snprintf(to, room, "%s/rsx-server", self) >= room || access(to, X_OK))
		snprintf(to, room, "rsx-server");
}

/* `report` is told why it could not be executed, and closes if it was. */
static _Noreturn void child(int sock, int report, const char *path, bool quiet)
{
	char number[16];
	int err;

	/* survive exec: the only descriptor the server is given */
	fcntl(sock, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", sock);
	setsid();
	execlp(path, "rsx-server", "--private-fd", number, quiet ? "--quiet" : NULL, (char *)NULL);
	err = errno;
	_exit(write(report, &err, sizeof(err)) == sizeof(err) ? 127 : 126);
}

/* The process that serves `sock`: 0 or -errno. */
static int spawn(int sock, const char *path, bool quiet, pid_t *ret_pid)
{
	int report[2], err = 0;

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	*ret_pid = fork();
	if (*ret_pid == 0)
		child(sock, report[1], path, quiet);
	if (*ret_pid < 0)
		err = errno;
	close(report[1]);
	if (!err && read(report[0], &err, sizeof(err)) > 0)
		waitpid(*ret_pid, NULL, 0);
	close(report[0]);
	if (err)
		*ret_pid = 0;
	return -err;
}

int private_start(bool quiet, pid_t *ret_pid)
{
	char path[PATH_MAX + 16];
	int pair[2], err;

	server_path(path, sizeof(path));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		rsx_error("cannot make a socket pair: %s", strerror(errno));
		return -errno;
	}
	err = spawn(pair[1], path, quiet, ret_pid);
	close(pair[1]);
	if (err) {
		rsx_error("cannot start a private server, %s: %s; it is looked for beside "
			  "rsx-trace and in PATH (--server ADDR names one that runs)",
			  path, strerror(-err));
		close(pair[0]);
		return err;
	}
	return pair[0];
}

int private_connect(int sock)
{
	char byte = 'c';
	struct iovec iov = { &byte, 1 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	_rsx_close_ int here = -1;
	_rsx_close_ int there = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	here = pair[0];
	there = pair[1];
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &there, sizeof(int));
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		return -errno;
	return rsx_steal_fd(here);
}

void private_wait(pid_t pid)
{
	const struct timespec pause = { 0, 2000000 };

	if (pid <= 0)
		return;
	/* it ends by itself when the socket closes; be patient, then firm */
	for (int i = 0; i < 1000; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		nanosleep(&pause, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
