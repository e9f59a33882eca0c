/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose file lives in the far world: says what it was given and
 * which file the kernel says it is.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char world[64] = "?\n";
	char self[256];
	ssize_t n;
	FILE *f = fopen("/srv/WORLD", "r");

	if (f) {
		if (!fgets(world, sizeof(world), f))
			strcpy(world, "empty\n");
		fclose(f);
	}
	printf("program in %s", world);
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = %s\n", i, argv[i]);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n >= 0) {
		self[n] = '\0';
		printf("exe = %s\n", self);
	}
	return 5;
}
