/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statically linked: lists a directory with sizes, and the host's name. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>

int main(int argc, char **argv)
{
	const char *where = argc > 1 ? argv[1] : ".";
	struct dirent **names;
	struct utsname name;
	int count = scandir(where, &names, NULL, alphasort);

	if (count < 0 || uname(&name)) {
		perror(where);
		return 1;
	}
	printf("%s:%s\n", name.nodename, where);
	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", where, names[i]->d_name);
		if (lstat(path, &st) == 0)
			printf("%06o %5ld %s\n", (unsigned int)st.st_mode,
			       S_ISREG(st.st_mode) ? (long)st.st_size : 0L,
			       names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}
