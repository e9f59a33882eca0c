/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links to /dev/stdin, /dev/stdout and /proc/self/fd/N lead to this program's own
 * descriptors, whatever they are: a pipe, a file, a socket, nothing.
 */
#include "conf.h"
#include <sys/socket.h>
#include <sys/statfs.h>

static const char *const links[] = { "in", "out", "number", "twice", "folder/0" };

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode;
}

/* Every way to ask what the name leads to, compared with the descriptor itself. */
static void look(const char *name, int fd)
{
	struct stat own, st = { 0 };
	struct statx x = { 0 };
	char text[64];
	int path;
	ssize_t n;

	printf("-- %s\n", name);
	memset(&own, 0, sizeof(own));
	T(fstat(fd, &own));
	T(stat(name, &st));
	TF(same(&own, &st));
	st = (struct stat){ 0 };
	T(fstatat(AT_FDCWD, name, &st, 0));
	TF(same(&own, &st));
	T(statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, &x));
	TF(x.stx_mode == own.st_mode && x.stx_ino == own.st_ino);
	if (!strchr(name, '/')) {
		TOK(lstat(name, &st));
		TF(S_ISLNK(st.st_mode));
	}
	path = open(name, O_PATH);
	TF(path >= 0);
	st = (struct stat){ 0 };
	if (path >= 0) {
		T(fstat(path, &st));
		TF(same(&own, &st));
		close(path);
	}
	if (fcntl(fd, F_GETFD) >= 0)
		T(access(name, F_OK));
	n = strchr(name, '/') ? 0 : readlink(name, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	puts(text);
}

static void all(const char *what)
{
	printf("---- %s\n", what);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		look(links[i], i == 1 ? STDOUT_FILENO : STDIN_FILENO);
}

int main(void)
{
	struct stat st;
	int p[2], f;

	conf_init();
	MUST(symlink("/dev/stdin", "in"));
	MUST(symlink("/dev/stdout", "out"));
	MUST(symlink("/proc/self/fd/0", "number"));
	MUST(symlink("in", "twice"));
	MUST(symlink("/proc/self/fd", "folder"));
	MUST(mkfifo("fifo", 0600));
	put("file", "in the file");
	MUST(pipe(p));
	MUST(dup2(p[0], STDIN_FILENO));
	all("a pipe");
	f = (int)MUST(open("file", O_RDONLY));
	MUST(dup2(f, STDIN_FILENO));
	all("a file");
	cat("in");
	cat("folder/0");
	MUST(dup2((int)MUST(socket(AF_INET, SOCK_STREAM, 0)), STDIN_FILENO));
	all("a socket");
	close(STDIN_FILENO);
	all("nothing");
	/* a socket that has a name is where it is */
	f = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	MUST(symlink("sock", "to-sock"));
	T(stat("to-sock", &st));
	T(mknod("sock", S_IFSOCK | 0600, 0));
	T(stat("to-sock", &st));
	TF(S_ISSOCK(st.st_mode));
	return 0;
}
