/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stat family by every number: fstat, newfstatat with its flags, and stat
 * and lstat where they exist. All must agree on a file, a directory, a link, a
 * FIFO and a device; the structure is written whole and not a byte beyond.
 */
#include "conf.h"
#include <sys/sysmacros.h>

static void show(const char *what, const struct stat *st)
{
	printf("%s: mode %#o nlink %d uid %d gid %d", what, st->st_mode,
	       S_ISDIR(st->st_mode) ? 0 : (int)st->st_nlink, st->st_uid == geteuid(),
	       st->st_gid == getegid());
	if (S_ISCHR(st->st_mode))
		printf(" rdev %u,%u", major(st->st_rdev), minor(st->st_rdev));
	else if (!S_ISDIR(st->st_mode))
		printf(" size %ld", (long)st->st_size);
	printf(" times %d%d%d\n", st->st_atim.tv_sec > 1000000000, st->st_mtim.tv_sec > 1000000000,
	       st->st_ctim.tv_sec > 1000000000);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void family(const char *name)
{
	struct stat *at = (void *)guard(sizeof(*at));
	struct stat *other = (void *)guard(sizeof(*at));
	int fd;

	if (fstatat(AT_FDCWD, name, at, AT_SYMLINK_NOFOLLOW)) {
		conf_show(name, -1);
		return;
	}
	show(name, at);
	fd = open(name, O_PATH | O_NOFOLLOW);
	MUST(fstat(fd, other));
	TF(same(at, other));
	refill(other, sizeof(*other));
	MUST(fstatat(fd, "", other, AT_EMPTY_PATH));
	TF(same(at, other));
	close(fd);
#ifdef SYS_lstat
	refill(other, sizeof(*other));
	MUST(syscall(SYS_lstat, name, other));
	TF(same(at, other));
	if (!S_ISLNK(at->st_mode)) {
		refill(other, sizeof(*other));
		MUST(syscall(SYS_stat, name, other));
		TF(same(at, other));
	}
#endif
}

static void errors(void)
{
	struct stat st, *edge = (void *)guard(sizeof(st));
	int dir = T(open("d", O_RDONLY)), f = T(open("f", O_RDONLY));

	T(fstatat(AT_FDCWD, "missing", &st, 0));
	T(fstatat(AT_FDCWD, "f/x", &st, 0));
	T(fstatat(AT_FDCWD, "f/", &st, 0));
	T(fstatat(AT_FDCWD, "loop", &st, 0));
	T(fstatat(AT_FDCWD, "loop", &st, AT_SYMLINK_NOFOLLOW));
	T(fstatat(AT_FDCWD, "l/", &st, AT_SYMLINK_NOFOLLOW));
	T(fstatat(AT_FDCWD, "", &st, 0));
	T(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	T(fstatat(AT_FDCWD, NIL, &st, 0));
	T(fstatat(AT_FDCWD, BAD, &st, 0));
	T(fstatat(AT_FDCWD, "f", NIL, 0));
	T(fstatat(AT_FDCWD, "f", BAD, 0));
	T(fstatat(AT_FDCWD, "f", RO, 0));
	T(fstatat(AT_FDCWD, "f", (void *)((char *)edge + 1), 0));
	T(fstatat(AT_FDCWD, "missing", BAD, 0));
	T(fstatat(AT_FDCWD, "f", &st, 0x4));
	T(fstatat(AT_FDCWD, "f", &st, AT_NO_AUTOMOUNT));
	T(fstatat(AT_FDCWD, "f", &st, -1));
	T(fstatat(99, "f", &st, 0));
	T(fstatat(99, "", &st, AT_EMPTY_PATH));
	T(fstatat(f, "x", &st, 0));
	T(fstatat(f, "", &st, 0));
	T(fstatat(dir, "in", &st, 0));
	T(fstatat(dir, "../f", &st, 0));
	T(fstat(99, &st));
	T(fstat(-1, &st));
	T(fstat(f, NIL));
	T(fstat(f, BAD));
	T(fstat(99, BAD));
#ifdef SYS_stat
	T(syscall(SYS_stat, "loop", &st));
	T(syscall(SYS_stat, NIL, &st));
	T(syscall(SYS_stat, "f", BAD));
	T(syscall(SYS_stat, "", &st));
	T(syscall(SYS_lstat, "f/x", &st));
	T(syscall(SYS_lstat, "f", NIL));
#endif
}

int main(void)
{
	struct stat st;
	int p[2];

	conf_init();
	put("f", "hello");
	MUST(link("f", "hard"));
	MUST(mkdir("d", 02755));
	put("d/in", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	family("f");
	family("d");
	family("l");
	family("fifo");
	family("loop");
	family("/dev/null");
	MUST(stat("l", &st));
	show("through l", &st);
	errors();
	MUST(pipe(p));
	MUST(fstat(p[0], &st));
	printf("pipe %#o\n", st.st_mode);
	return 0;
}
