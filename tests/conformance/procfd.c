/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/self/fd and /dev/fd: links that name a remote file by its absolute path,
 * deleted and renamed files, opening a number again (a new offset, another
 * mode), local pipes, /proc/self/cwd, and the listing of the directory.
 */
#include "conf.h"
#include <dirent.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

static char top[4096];

static void link_of(const char *what, const char *path)
{
	char to[4200];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n < 0) {
		printf("%s: %s\n", what, conf_errname(errno));
		return;
	}
	to[n] = 0;
	if (!strncmp(to, top, strlen(top)))
		printf("%s: TOP%s\n", what, to + strlen(top));
	else if (!strncmp(to, "pipe:[", 6))
		printf("%s: a pipe\n", what);
	else
		printf("%s: %s\n", what, to);
}

static void fd_link(const char *what, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	link_of(what, path);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	link_of(what, path);
}

static long reopen(const char *dir, int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%d", dir, fd);
	return open(path, flags);
}

static void listing(void)
{
	bool seen[64] = { false };
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && atoi(e->d_name) < 64)
			seen[atoi(e->d_name)] = true;
	closedir(dir);
	printf("listed:");
	for (int i = 0; i < 64; i++)
		if (seen[i])
			printf(" %d", i);
	printf("\n");
}

/* Calls without a DIRFD, on a name below a descriptor's directory; "in" is also here. */
static void through_directory(void)
{
	char name[64], cwd[4096], value[8];
	struct statfs fs;
	struct stat st;
	int out, d;

	MUST(mkdir("out", 0755));
	out = MUST(open("out", O_RDONLY | O_DIRECTORY));
	MUST(close(MUST(open("in", O_CREAT | O_WRONLY, 0644))));
	MUST(close(MUST(open("out/in", O_CREAT | O_WRONLY, 0644))));
	snprintf(name, sizeof(name), "/proc/self/fd/%d/in", out);
	T(setxattr(name, "trusted.where", "out", 3, 0));
	T(getxattr("out/in", "trusted.where", value, sizeof(value)));
	T(getxattr("in", "trusted.where", value, sizeof(value)));
	T(truncate(name, 5));
	T(stat("in", &st));
	TF(st.st_size == 0);
	T(stat("out/in", &st));
	TF(st.st_size == 5);
	snprintf(name, sizeof(name), "/dev/fd/%d/only", out);
	MUST(mkdir(name, 0755));
	T(statfs(name, &fs));
	MUST(getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	T(chdir(name));
	d = MUST(open("../in", O_RDONLY));
	MUST(close(d));
	MUST(chdir(cwd));
	T(unlink("in"));
	T(unlink("out/in"));
	T(rmdir("out/only"));
	T(rmdir("out"));
	T(close(out));
}

int main(void)
{
	char buf[16] = "";
	struct stat a, b;
	int f, d, p[2], again;

	conf_init();
	MUST(getcwd(top, sizeof(top)) ? 0 : -1);
	put("f", "0123456789");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	f = T(open("l", O_RDWR));
	d = T(open("d", O_RDONLY));
	MUST(pipe(p));
	fd_link("file", f);
	fd_link("directory", d);
	fd_link("pipe", p[0]);
	fd_link("closed", 50);
	link_of("cwd", "/proc/self/cwd");
	link_of("root", "/proc/self/root");
	link_of("self/fd", "/dev/fd");
	MUST(chdir("d"));
	link_of("cwd", "/proc/self/cwd");
	T(access("/proc/self/cwd/../f", F_OK));
	MUST(chdir(".."));
	T(lseek(f, 4, SEEK_SET));
	again = T(reopen("/proc/self/fd", f, O_RDONLY));
	T(read(again, buf, 3));
	dump("from the start", buf, 3);
	T(write(again, "x", 1));
	T(lseek(f, 0, SEEK_CUR));
	T(close(again));
	again = T(reopen("/dev/fd", f, O_RDWR | O_APPEND));
	T(write(again, "end", 3));
	T(close(again));
	cat("f");
	again = T(reopen("/dev/fd", f, O_RDWR | O_TRUNC));
	T(close(again));
	cat("f");
	again = T(reopen("/dev/fd", d, O_RDONLY | O_DIRECTORY));
	T(faccessat(again, "../f", F_OK, 0));
	T(close(again));
	T(reopen("/dev/fd", d, O_RDWR));
	T(reopen("/dev/fd", 50, O_RDONLY));
	again = T(reopen("/proc/self/fd", p[0], O_RDONLY | O_NONBLOCK));
	T(write(p[1], "pipe", 4));
	T(read(again, buf, 16));
	T(close(again));
	T(dup2(f, 0));
	again = T(open("/dev/stdin", O_RDONLY));
	T(close(again));
	fd_link("stdin", 0);
	snprintf(buf, sizeof(buf), "/dev/fd/%d", f);
	T(stat(buf, &a));
	T(fstat(f, &b));
	TF(a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_mode == b.st_mode);
	T(lstat(buf, &a));
	TF(S_ISLNK(a.st_mode));
	T(access(buf, R_OK));
	through_directory();
	T(rename("f", "g"));
	fd_link("renamed", f);
	T(unlink("g"));
	fd_link("deleted", f);
	T(rmdir("d"));
	fd_link("deleted directory", d);
	snprintf(buf, sizeof(buf), "/dev/fd/%d", p[1]);
	T(stat(buf, &a));
	TF(S_ISFIFO(a.st_mode));
	listing();
	T(system("echo by the shell > h; cat < h; cat /dev/fd/9 9< h"));
	return 0;
}
