/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * udp ADDRESS PORT: sends what it reads as one datagram until one comes back,
 * and prints that.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES 100
#define WAIT_MS 100

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct pollfd pfd = {.fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN};
	static char buf[65536];
	ssize_t n = read(0, buf, sizeof(buf));

	if (n < 0 || argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(2, "usage: udp ADDRESS PORT");
	to.sin_port = htons((in_port_t)atoi(argv[2]));
	if (connect(pfd.fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "connect");
	for (int i = 0; i < TRIES; i++) {
		static char got[65536];
		ssize_t have = -1;

		if (send(pfd.fd, buf, (size_t)n, 0) == n && poll(&pfd, 1, WAIT_MS) > 0)
			have = recv(pfd.fd, got, sizeof(got), 0);
		if (have >= 0)
			return write(1, got, (size_t)have) != have;
		if (errno == ECONNREFUSED)
			poll(NULL, 0, WAIT_MS); /* nobody is there yet */
	}
	errx(1, "no answer");
}
