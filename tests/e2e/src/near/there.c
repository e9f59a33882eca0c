/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * there ADDRESS COMMAND: has the agent (agent.c) at ADDRESS run COMMAND;
 * prints what it prints and exits as it does.
 */
#include <arpa/inet.h>
#include <err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGENT_PORT 7

static void put(const unsigned char *from, size_t n)
{
	while (n > 0) {
		ssize_t done = write(1, from, n);

		if (done < 0)
			err(125, "write");
		from += done;
		n -= (size_t)done;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(AGENT_PORT)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	unsigned char got[4096];
	size_t have = 0;
	ssize_t n;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(125, "usage: there ADDRESS COMMAND");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		err(125, "%s", argv[1]);
	if (send(fd, argv[2], strlen(argv[2]) + 1, 0) != (ssize_t)strlen(argv[2]) + 1)
		err(125, "send");
	/* The last byte is kept back: it is the status. */
	while ((n = read(fd, got + have, sizeof(got) - have)) > 0) {
		have += (size_t)n;
		put(got, have - 1);
		got[0] = got[have - 1];
		have = 1;
	}
	if (n < 0 || have == 0)
		err(125, "no status");
	return got[0];
}
