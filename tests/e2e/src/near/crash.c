/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a file and dies of SIGSEGV. */
#include <stdio.h>
#include <string.h>

int main(void)
{
	volatile char *nowhere = NULL;
	FILE *f = fopen("last-words", "w");

	if (!f)
		return 1;
	fputs("about to crash\n", f);
	fclose(f);
	puts("before");
	fflush(stdout);
	*nowhere = 1;
	puts("after");
	return 0;
}
