/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * agent ADDRESS PORT: runs commands for there.c, natively where it stands. A
 * connection brings one command's text up to a NUL; bash runs it with its
 * output on that connection, and the last byte sent is its exit status.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char command[65536];

static int listener(const char *address, const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	inet_pton(AF_INET, address, &at.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 50))
		err(1, "%s port %s", address, port);
	return fd;
}

static void serve(int fd)
{
	size_t have = 0;
	int status;
	unsigned char byte;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	while (!memchr(command, 0, have)) {
		ssize_t n = read(fd, command + have, sizeof(command) - have);

		if (n <= 0)
			errx(1, "no whole command");
		have += (size_t)n;
	}
	pid = fork();
	if (pid == 0) {
		dup2(fd, 1);
		dup2(fd, 2);
		execlp("bash", "bash", "-c", command, NULL);
		err(127, "bash");
	}
	waitpid(pid, &status, 0);
	byte = (unsigned char)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (write(fd, &byte, 1) != 1)
		err(1, "write");
	/* What it left in the background may hold the connection. */
	shutdown(fd, SHUT_RDWR);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3)
		errx(2, "usage: agent ADDRESS PORT");
	fd = listener(argv[1], argv[2]);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (conn >= 0 && fork() == 0) {
			serve(conn);
			return 0;
		}
		close(conn);
	}
}
