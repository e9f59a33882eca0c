/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of a world with another C library: linked dynamically, with a
 * loader that only that world has. It says what it is taken for, before and
 * after a fork and an exec, and works with its world's files.
 */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "greet.h"

extern char **environ;

static void wait_for(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	printf("child: %d\n", status);
	fflush(stdout);
}

static void identity(const char *who, char **argv)
{
	char exe[256] = "?", comm[32] = "?";
	FILE *f = fopen("/proc/self/comm", "r");
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	if (f) {
		if (fscanf(f, "%31s", comm) != 1)
			comm[0] = '\0';
		fclose(f);
	}
	printf("%s: argv[0] %s, exe %s, comm %s, execfn %s\n", who, argv[0], exe, comm,
	       (const char *)getauxval(AT_EXECFN));
	fflush(stdout);
}

/* The file that it reads as its own is the one that the world has. */
static void own_file(void)
{
	FILE *self = fopen("/proc/self/exe", "r"), *file = fopen("/bin/tool", "r");
	Elf64_Phdr ph;
	Elf64_Ehdr e;
	char interp[128];
	int a, b;
	long n = 0;

	if (!self || !file)
		exit(3);
	do {
		a = getc(self);
		b = getc(file);
		n++;
	} while (a == b && a != EOF);
	printf("own file: %s\n", a == b ? "the same" : "another one");
	rewind(file);
	if (fread(&e, sizeof(e), 1, file) != 1)
		exit(3);
	for (int i = 0; i < e.e_phnum; i++) {
		fseek(file, (long)(e.e_phoff + i * sizeof(ph)), SEEK_SET);
		if (fread(&ph, sizeof(ph), 1, file) != 1 || ph.p_type != PT_INTERP)
			continue;
		fseek(file, (long)ph.p_offset, SEEK_SET);
		if (fread(interp, 1, ph.p_filesz, file) == ph.p_filesz)
			printf("loader: %s\n", interp);
	}
	fclose(self);
	fclose(file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
	DIR *dir = opendir(path);
	char *names[400];
	struct dirent *e;
	int n = 0;

	while (dir && n < 400 && (e = readdir(dir)))
		names[n++] = strdup(e->d_name);
	qsort(names, (size_t)n, sizeof(*names), by_name);
	for (int i = 0; i < n; i++)
		puts(names[i]);
	if (dir)
		closedir(dir);
}

static void spawn(const char *path, const char *name)
{
	char *argv[] = { (char *)name, "child", NULL };
	pid_t pid;
	int err = posix_spawnp(&pid, path, NULL, NULL, argv, environ);

	if (err)
		printf("spawn %s: %s\n", path, strerror(err));
	else
		wait_for(pid);
}

int main(int argc, char **argv)
{
	struct passwd *pw;
	struct utsname u;
	pid_t pid;

	if (argc > 1 && !strcmp(argv[1], "child")) {
		identity("child", argv);
		return 7;
	}
	identity("first", argv);
	greet("us");
	own_file();
	uname(&u);
	pw = getpwuid(1000);
	printf("on %s, user 1000 is %s\n", u.nodename, pw ? pw->pw_name : "nobody");
	list("/srv/data/sub");
	list("/lib");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		identity("forked", argv);
		_exit(0);
	}
	wait_for(pid);
	spawn("/bin/tool", "another-name");
	spawn("/bin/tool", "again");
	spawn("tool", "tool"); /* by PATH */
	spawn("/srv/bin/script", "script");
	spawn("/bin/no-loader", "no-loader");
	spawn("/usr/bin/env", "env"); /* not in this world */
	return 5;
}
