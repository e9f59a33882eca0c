/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * listening [-] PORT...: waits until something listens on every one of these
 * TCP ports here, with `-` until nothing does. After 20 s it gives up and exits
 * with 1.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTEN 0xa
#define STEP_US 5000
#define TRIES (20 * 1000000 / STEP_US)

static bool in_table(const char *path, unsigned int port)
{
	FILE *table = fopen(path, "re");
	unsigned int its, state;
	bool found = false;
	char line[512];

	while (table && !found && fgets(line, sizeof(line), table))
		found = sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &its, &state) == 2 &&
			its == port && state == LISTEN;
	if (table)
		fclose(table);
	return found;
}

int main(int argc, char **argv)
{
	bool want = argc < 2 || strcmp(argv[1], "-") != 0;

	for (int i = want ? 1 : 2, tries = 0; i < argc; i++) {
		unsigned int port = (unsigned int)atoi(argv[i]);

		while ((in_table("/proc/net/tcp", port) || in_table("/proc/net/tcp6", port)) != want) {
			if (++tries > TRIES) {
				printf("port %u: %s\n", port, want ? "nobody listens" : "still there");
				return 1;
			}
			usleep(STEP_US);
		}
	}
	return 0;
}
