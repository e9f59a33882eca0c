// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As a program: plugin PATH LIBRARY...: loads each, calls its function, unloads
 * it, so that the next one comes to lie in the same place. As a library: the
 * function, NAME, makes access(2).
 */
#ifdef NAME
#include <unistd.h>

__attribute__((noinline)) int NAME(const char *path);

__attribute__((noinline)) int NAME(const char *path)
{
	int ret = access(path, F_OK);

	__asm__ volatile("" ::: "memory");
	return ret;
}

int (*const entry)(const char *path) = NAME;
#else
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char *argv[])
{
	for (int i = 2; i < argc; i++) {
		void *lib = dlopen(argv[i], RTLD_NOW);
		int (**entry)(const char *) = lib ? dlsym(lib, "entry") : NULL;

		if (!entry)
			return 1;
		printf("%p %d\n", (void *)*entry, (*entry)(argv[1]));
		dlclose(lib);
	}
	return 0;
}
#endif
