/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/fd, fdinfo and cwd of another process, a child: links to remote
 * files and local pipes, what they lead to, opening them and what is relative
 * to them, as fuser(1) and lsof(8) do; and ".." behind them.
 */
#include "conf.h"
#include <dirent.h>

static char top[4096];
static int child, ready[2], hold[2];

static const char *of_child(const char *what)
{
	static char name[128];

	snprintf(name, sizeof(name), "/proc/%d/%s", child, what);
	return name;
}

static void link_of(const char *what)
{
	char to[4200];
	ssize_t n = readlink(of_child(what), to, sizeof(to) - 1);

	if (n < 0) {
		printf("%s: %s\n", what, conf_errname(errno));
		return;
	}
	to[n] = 0;
	if (!strncmp(to, top, strlen(top)))
		printf("%s: TOP%s\n", what, to + strlen(top));
	else
		printf("%s: %s\n", what, strncmp(to, "pipe:[", 6) ? to : "a pipe");
}

/* Has descriptors 20 to 22, of which its parent knows nothing. */
static void be_the_child(void)
{
	MUST(mkdir("c", 0755));
	MUST(chdir("c"));
	MUST(dup2(MUST(open("../f", O_RDWR)), 20));
	MUST(dup2(MUST(open("..", O_RDONLY)), 21));
	MUST(dup2(hold[0], 22));
	MUST(lseek(20, 3, SEEK_SET));
	MUST(write(ready[1], "", 1));
	_exit(read(hold[0], top, 1) == 0 ? 0 : 1);
}

static void listing(void)
{
	DIR *dir = opendir(of_child("fd"));
	struct dirent *e;
	int n = 0;

	while ((e = readdir(dir)))
		n += atoi(e->d_name) >= 20 && atoi(e->d_name) <= 22;
	closedir(dir);
	printf("listed: %d\n", n);
}

static void show(const char *what, const char *path)
{
	char buf[16];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	printf("%s: %s\n", what, n < 0 ? conf_errname(errno) : n == 10 ? "the file" : "another");
	if (fd >= 0)
		close(fd);
}

/* "..", which leads up from the directory and not from the link's place in /proc. */
static void upwards(void)
{
	char path[8192], to[8192];
	struct stat a, b;

	show("up from its directory", of_child("cwd/../f"));
	show("down and up", of_child("cwd/./../c/..//f"));
	show("nothing there", of_child("cwd/../g"));
	show("up from a descriptor", of_child("fd/21/c/../f"));
	show("a file is no directory", of_child("fd/20/../f"));
	show("up from the root", of_child("root/../../proc/self/nothing"));
	snprintf(path, sizeof(path), "/proc/%d/root/..%s/f", child, top);
	show("from its root", path);
	snprintf(path, sizeof(path), "/proc/self/root/../..%s/c/../f", top);
	show("from my root", path);
	snprintf(path, sizeof(path), "/proc//%d/./task/%d/cwd/../f", child, child);
	show("of its thread", path);
	snprintf(path, sizeof(path), "/proc/%d/cwd/c/../f", (int)getpid());
	show("mine, by number", path);
	snprintf(path, sizeof(path), "/proc/self/task/%d/cwd/c/../f", (int)getpid());
	show("mine, by task", path);
	T(stat(of_child("cwd/.."), &a));
	T(stat(".", &b));
	TF(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	T(mkdir(of_child("cwd/../new"), 0700));
	T(access("new", F_OK));
	strcpy(to, of_child("cwd/../newer"));
	T(rename(of_child("cwd/../new"), to));
	T(rmdir("newer"));
	T(symlink("f", of_child("cwd/../s")));
	T(readlink(of_child("cwd/../s"), path, 1));
	T(unlink(of_child("cwd/../s")));
	TOK(open(of_child("cwd/../made"), O_WRONLY | O_CREAT | O_EXCL, 0600));
	T(unlink("made"));
	T(open(of_child("cwd/../../../../../../../../../../../usr/bin/env"), O_RDONLY) >= 0);
}

int main(void)
{
	struct stat a, b;
	char buf[64] = "";
	int fd, d, status;

	conf_init();
	MUST(getcwd(top, sizeof(top)) ? 0 : -1);
	put("f", "0123456789");
	MUST(pipe2(ready, O_CLOEXEC));
	MUST(pipe2(hold, O_CLOEXEC));
	child = (int)MUST(fork());
	if (!child) {
		MUST(close(hold[1]));
		be_the_child();
	}
	MUST(read(ready[0], buf, 1));
	link_of("fd/20");
	link_of("fd/21");
	link_of("fd/22");
	link_of("fd/23");
	link_of("cwd");
	listing();
	T(stat(of_child("fd/20"), &a));
	T(stat("f", &b));
	TF(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	T(lstat(of_child("fd/20"), &a));
	TF(S_ISLNK(a.st_mode));
	T(stat(of_child("fd/22"), &a));
	TF(S_ISFIFO(a.st_mode));
	T(stat(of_child("fd/23"), &a));
	fd = (int)T(open(of_child("fd/20"), O_RDONLY));
	T(read(fd, buf, 4));
	dump("from the start", buf, 4);
	MUST(close(fd));
	fd = (int)T(open(of_child("fdinfo/20"), O_RDONLY));
	T(read(fd, buf, 6));
	dump("position", buf, 6);
	MUST(close(fd));
	d = (int)T(open(of_child("fd/21"), O_RDONLY | O_DIRECTORY));
	T(faccessat(d, "c", F_OK, 0));
	T(faccessat(d, "../c", F_OK, 0));
	T(access(of_child("fd/21/f"), R_OK));
	MUST(close(d));
	d = (int)T(open(of_child("fd"), O_RDONLY | O_DIRECTORY));
	T(fstatat(d, "20", &a, 0));
	TF(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	MUST(close(d));
	upwards();
	T(unlink("f"));
	link_of("fd/20");
	MUST(close(hold[1]));
	MUST(waitpid(child, &status, 0));
	TF(status == 0);
	link_of("fd/20");
	T(rmdir("c"));
	return 0;
}
