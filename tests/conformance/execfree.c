/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What execve(2) closes is free as soon as anybody can know of it: who has seen the end
 * of a pipe that was close-on-exec takes the lock and binds the port that the child had.
 */
#include "conf.h"
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>

static char *self;
static struct sockaddr_in at = { .sin_family = AF_INET };

static int listener(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, 1)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void executed(int (*begin)(void), int (*is_free)(void), const char *what)
{
	const int n = conf_often(40);
	int freed = 0;
	char c;

	for (int i = 0; i < n; i++) {
		int p[2], fd;
		pid_t pid;

		/* in this order: the kernel lets go of what was opened last first */
		MUST(pipe2(p, O_CLOEXEC));
		fd = begin();
		pid = conf_fork();
		if (!pid) {
			execl(self, self, "wait", (char *)NULL);
			_exit(1);
		}
		close(fd);
		close(p[1]);
		while (read(p[0], &c, 1) > 0)
			;
		freed += is_free();
		close(p[0]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	printf("%s: %d of %d\n", what, freed, n);
}

static int lock(void)
{
	int fd = (int)MUST(open("f", O_RDWR | O_CLOEXEC));

	MUST(flock(fd, LOCK_EX));
	return fd;
}

static int lock_is_free(void)
{
	int fd = open("f", O_RDWR), ret = !flock(fd, LOCK_EX | LOCK_NB);

	close(fd);
	return ret;
}

static int port(void)
{
	return (int)MUST(listener());
}

static int port_is_free(void)
{
	int fd = listener();

	close(fd);
	return fd >= 0;
}

/* One that fails closes nothing, and the others go on. */
static void failed(void)
{
	int fd = lock();

	for (int i = conf_often(40); i; i--)
		execl("f", "f", (char *)NULL);
	T(execl("/nothing", "nothing", (char *)NULL));
	T(execl("f", "f", (char *)NULL));
	TF(!lock_is_free());
	close(fd);
	TF(lock_is_free());
}

int main(int argc, char **argv)
{
	socklen_t len = sizeof(at);
	int fd;

	if (argc > 1)
		for (;;)
			pause();
	conf_init();
	self = argv[0];
	put("f", "no program");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = listener();
	MUST(getsockname(fd, (void *)&at, &len));
	close(fd);
	executed(lock, lock_is_free, "lock");
	executed(port, port_is_free, "port");
	failed();
	return 0;
}
