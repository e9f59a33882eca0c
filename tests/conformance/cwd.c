/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The working directory: chdir, fchdir, getcwd with every buffer size, "..",
 * links, renamed and deleted directories, inheritance over fork, and local
 * directories on the way.
 */
#include "conf.h"

static char top[4096];

/* Print where we are, without the name of the scratch directory. */
static void where(void)
{
	char buf[4096];

	if (!getcwd(buf, sizeof(buf)))
		printf("  at: %s\n", conf_errname(errno));
	else if (!strncmp(buf, top, strlen(top)))
		printf("  at: TOP%s\n", buf + strlen(top));
	else
		printf("  at: %s\n", buf);
}

static void getting(void)
{
	long n = (long)strlen(top) + 1;
	char *buf = guard(4096);
	char *edge = guard(n), *less = guard(n - 1);

	TF(syscall(SYS_getcwd, buf, 4096) == n);
	TF(touched(buf, 4096) == n && !strcmp(buf, top));
	TF(syscall(SYS_getcwd, edge, n) == n);
	TF(!strcmp(edge, top));
	TF(syscall(SYS_getcwd, edge, 4096) == -1 || !strcmp(edge, top));
	T(syscall(SYS_getcwd, less, n - 1));
	TF(touched(less, n - 1) == 0);
	T(syscall(SYS_getcwd, buf, 1));
	T(syscall(SYS_getcwd, buf, 0));
	T(syscall(SYS_getcwd, NIL, 0));
	T(syscall(SYS_getcwd, NIL, 4096));
	T(syscall(SYS_getcwd, BAD, 4096));
	T(syscall(SYS_getcwd, RO, 4096));
}

static void moving(void)
{
	int dir, file;

	T(chdir("a/b/c"));
	where();
	cat("f");
	cat("../f");
	T(chdir("../.."));
	where();
	T(chdir("../link"));
	where();
	T(chdir(".."));
	where();
	T(chdir(top));
	where();
	T(chdir("none"));
	T(chdir("file"));
	T(chdir("file/x"));
	T(chdir("loop"));
	T(chdir(""));
	T(chdir(NIL));
	T(chdir(BAD));
	T(chdir(guard_str("a")));
	where();
	T(chdir("///"));
	where();
	T(chdir("/usr/../usr/./lib/.."));
	where();
	T(access("lib", F_OK));
	T(chdir("../.."));
	where();
	dir = T(open(top, O_RDONLY));
	T(fchdir(dir));
	where();
	file = T(open("file", O_RDONLY));
	T(fchdir(file));
	T(close(file));
	T(fchdir(file));
	T(fchdir(-1));
	T(chdir("a/b"));
	T(fchdir(dir));
	where();
	T(close(dir));
}

static void forks(void)
{
	pid_t pid = conf_fork();

	if (!pid) {
		T(chdir("a"));
		where();
		pid = conf_fork();
		if (!pid) {
			where();
			T(chdir("b"));
			where();
			_exit(0);
		}
		conf_reap("grandchild", pid);
		where();
		_exit(0);
	}
	conf_reap("child", pid);
	where();
}

static void gone(void)
{
	struct stat st;

	MUST(mkdir("dead", 0755));
	T(chdir("dead"));
	T(rename("../dead", "../renamed"));
	where();
	T(rmdir("../renamed"));
	where();
	T(open("f", O_RDWR | O_CREAT, 0644));
	T(mkdir("d", 0755));
	T(stat(".", &st));
	printf("  nlink %d\n", (int)st.st_nlink);
	T(stat("none", &st));
	T(access("..", F_OK));
	T(chdir("."));
	T(rmdir("."));
	T(chdir(".."));
	where();
	T(chdir(top));
	where();
}

int main(void)
{
	conf_init();
	MUST(!getcwd(top, sizeof(top)) ? -1 : 0);
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	put("file", "top");
	put("a/b/f", "b");
	put("a/b/c/f", "c");
	MUST(symlink("a/b", "link"));
	MUST(symlink("loop", "loop"));
	getting();
	moving();
	forks();
	gone();
	return 0;
}
