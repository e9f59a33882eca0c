/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unix:PATH or unix:@NAME. The kernel says who the peer is. A listener's file
 * is made with mode 0600; one left behind by a dead server is replaced.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "transport.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)

static int unix_parse(struct rsx_endpoint *ep, const char *rest, const char **ret_why)
{
	size_t len = strlen(rest), room = sizeof(((struct sockaddr_un *)0)->sun_path);

	*ret_why = "a unix address is unix:PATH or unix:@NAME";
	if (!len || !strcmp(rest, "@"))
		return -EINVAL;
	*ret_why = "the path is longer than the 107 bytes a unix socket may have";
	if (len >= room)
		return -EINVAL;
	memcpy(ep->host, rest, len + 1);
	return 0;
}

static int unix_resolve(const struct rsx_endpoint *ep, bool listening,
			struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&to[0].ss;
	size_t len = strlen(ep->host);

	(void)listening;
	(void)ret_why;
	memset(&to[0], 0, sizeof(to[0]));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, ep->host, len);
	to[0].len = (socklen_t)(PATH_OFFSET + len + 1);
	if (ep->host[0] == '@') { /* abstract: no NUL at the end */
		un->sun_path[0] = 0;
		to[0].len--;
	}
	return 1;
}

/* Does a dead server's socket file stand in the way? */
static bool is_stale(const struct sockaddr_un *un, socklen_t len)
{
	_rsx_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || lstat(un->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	return connect(fd, (const struct sockaddr *)un, len) && errno == ECONNREFUSED;
}

static int unix_bind(int fd, const struct rsx_sockaddr *sa)
{
	const struct sockaddr_un *un = (const void *)&sa->ss;
	bool named = un->sun_path[0];

	/* Linux gives the file the socket inode's own mode */
	if (named && fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, (const struct sockaddr *)un, sa->len))
		return 0;
	if (errno != EADDRINUSE || !named || !is_stale(un, sa->len))
		return -errno;
	if (unlink(un->sun_path) && errno != ENOENT)
		return -errno;
	return bind(fd, (const struct sockaddr *)un, sa->len) ? -errno : 0;
}

static void unix_unlisten(const struct rsx_endpoint *ep)
{
	if (ep->host[0] != '@')
		unlink(ep->host);
}

static int unix_format(const struct rsx_sockaddr *sa, char *to, size_t room)
{
	const struct sockaddr_un *un = (const void *)&sa->ss;
	size_t len = sa->len > PATH_OFFSET ? sa->len - PATH_OFFSET : 0;
	int n;

	if (!len)
		n = snprintf(to, room, "unix:");
	else if (!un->sun_path[0])
		n = snprintf(to, room, "unix:@%.*s", (int)len - 1, un->sun_path + 1);
	else
		n = snprintf(to, room, "unix:%.*s", (int)len, un->sun_path);
	return (size_t)n < room ? 0 : -ENOSPC;
}

static bool unix_is_loopback(const struct rsx_sockaddr *sa)
{
	(void)sa;
	return true;
}

static int unix_admit(int fd, struct rsx_admission *a)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	snprintf(a->peer, a->room, "unix: pid %d, uid %u", (int)cred.pid, cred.uid);
	a->same_host = true;
	return cred.uid == geteuid() || cred.uid == 0 ? 0 : -EACCES;
}

static const char *unix_explain(const struct rsx_endpoint *ep, int err, bool listening)
{
	(void)ep;
	switch (err) {
	case -ECONNREFUSED:
		return "the socket is there but no server listens";
	case -ENOENT:
		return listening ? "the directory does not exist" : "no such socket";
	case -ETIMEDOUT:
		return "the server is too busy";
	case -EADDRINUSE:
		return listening ? "another server listens there, or it is no socket" : NULL;
	default:
		return NULL;
	}
}

const struct rsx_transport rsx_transport_unix = {
	.name = "unix",
	.parse = unix_parse,
	.resolve = unix_resolve,
	.bind = unix_bind,
	.unlisten = unix_unlisten,
	.format = unix_format,
	.is_loopback = unix_is_loopback,
	.admit = unix_admit,
	.explain = unix_explain,
};
