/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rename, renameat and renameat2: over files, empty and full directories, to
 * itself and into itself, two names of one file, NOREPLACE and EXCHANGE, between
 * directory descriptors, and the errors.
 */
#include "conf.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2
#endif
#define RENAME2(from, to, flags) syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags)

static void plain(void)
{
	put("a", "A");
	put("b", "B");
	T(RENAME2("a", "c", 0));
	cat("c");
	T(access("a", F_OK));
	T(RENAME2("c", "b", 0));
	cat("b");
	T(RENAME2("b", "b", 0));
	MUST(link("b", "b2"));
	T(RENAME2("b", "b2", 0));
	T(access("b", F_OK));
	MUST(symlink("b", "l"));
	T(RENAME2("l", "m", 0));
	T(RENAME2("b2", "m", 0));
	cat("m");
	T(access("b2", F_OK));
}

static void directories(void)
{
	int one, two;

	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	put("d/in", "in");
	put("f", "F");
	T(RENAME2("d", "e", 0));
	cat("e/in");
	MUST(mkdir("d", 0755));
	put("d/x", "x");
	T(RENAME2("d", "e", 0));
	T(RENAME2("d", "f", 0));
	T(RENAME2("f", "d", 0));
	T(RENAME2("d", "d/sub", 0));
	T(RENAME2("d/x", "d", 0));
	T(RENAME2("f", "new/", 0));
	T(RENAME2("f/", "new", 0));
	T(RENAME2("d/", "new/", 0));
	T(RENAME2(".", "x", 0));
	T(RENAME2("f", ".", 0));
	T(RENAME2("..", "x", 0));
	one = T(open("e", O_RDONLY));
	two = T(open("new", O_RDONLY));
	T(renameat(one, "in", two, "out"));
	cat("new/out");
	T(renameat(one, "in", two, "out"));
	T(renameat(99, "in", two, "out"));
	T(renameat(two, "out", 99, "in"));
	/* an open descriptor follows its directory */
	T(RENAME2("new", "e/moved", 0));
	T(faccessat(two, "out", F_OK, 0));
	T(close(one));
	T(close(two));
}

static void flags(void)
{
	put("x", "X");
	put("y", "Y");
	T(RENAME2("x", "y", RENAME_NOREPLACE));
	T(RENAME2("x", "z", RENAME_NOREPLACE));
	T(RENAME2("y", "z", RENAME_EXCHANGE));
	cat("y");
	cat("z");
	T(RENAME2("y", "none", RENAME_EXCHANGE));
	T(RENAME2("y", "e", RENAME_EXCHANGE));
	cat("e");
	T(access("y/moved", F_OK));
	T(RENAME2("y", "z", RENAME_EXCHANGE | RENAME_NOREPLACE));
	T(RENAME2("y", "z", 1 << 10));
}

static void errors(void)
{
	T(RENAME2("none", "x", 0));
	T(RENAME2("z", "none/x", 0));
	T(RENAME2("z", "f/x", 0));
	T(RENAME2("", "x", 0));
	T(RENAME2("z", "", 0));
	T(RENAME2(NIL, "x", 0));
	T(RENAME2("z", NIL, 0));
	T(RENAME2(BAD, "x", 0));
	T(RENAME2("z", BAD, 0));
	T(RENAME2(guard_str("z"), guard_str("zz"), 0));
#ifdef SYS_rename
	T(syscall(SYS_rename, "zz", "z"));
	T(syscall(SYS_rename, "zz", "z"));
	T(syscall(SYS_rename, NIL, "z"));
	T(syscall(SYS_rename, "z", BAD));
#endif
#ifdef SYS_renameat
	T(syscall(SYS_renameat, AT_FDCWD, "z", AT_FDCWD, "last"));
	T(syscall(SYS_renameat, -1, "z", AT_FDCWD, "last"));
#endif
}

int main(void)
{
	conf_init();
	plain();
	directories();
	flags();
	errors();
	return 0;
}
