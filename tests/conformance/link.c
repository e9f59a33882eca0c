/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link, linkat, symlink and symlinkat: counts, following or not, empty and
 * unreadable names, existing targets, loops and long chains of links.
 */
#include "conf.h"

static void nlink_of(const char *name)
{
	struct stat st;

	MUST(lstat(name, &st));
	printf("%s: type %#o nlink %d\n", name, st.st_mode & S_IFMT, (int)st.st_nlink);
}

static void hard(void)
{
	int dir;

	T(linkat(AT_FDCWD, "f", AT_FDCWD, "g", 0));
	nlink_of("f");
	T(linkat(AT_FDCWD, "f", AT_FDCWD, "g", 0));
	T(linkat(AT_FDCWD, "d", AT_FDCWD, "d2", 0));
	T(linkat(AT_FDCWD, "none", AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, "none/x", 0));
	T(linkat(AT_FDCWD, "f/x", AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, "x/", 0));
	T(linkat(AT_FDCWD, "l", AT_FDCWD, "l2", 0));
	nlink_of("l2");
	T(linkat(AT_FDCWD, "l", AT_FDCWD, "l3", AT_SYMLINK_FOLLOW));
	nlink_of("l3");
	T(linkat(AT_FDCWD, "", AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, "", 0));
	T(linkat(AT_FDCWD, NIL, AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, NIL, 0));
	T(linkat(AT_FDCWD, BAD, AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, BAD, 0));
	T(linkat(AT_FDCWD, "f", AT_FDCWD, "x", 1));
	T(linkat(99, "f", AT_FDCWD, "x", 0));
	T(linkat(AT_FDCWD, "f", 99, "x", 0));
	dir = T(open("d", O_RDONLY));
	T(linkat(AT_FDCWD, "f", dir, "in", 0));
	T(linkat(dir, "in", AT_FDCWD, "out", 0));
	T(close(dir));
	nlink_of("out");
#ifdef SYS_link
	T(syscall(SYS_link, guard_str("f"), guard_str("h")));
	T(syscall(SYS_link, "f", "h"));
	T(syscall(SYS_link, NIL, "i"));
	T(syscall(SYS_link, "f", BAD));
	nlink_of("h");
#endif
}

static void soft(void)
{
	char name[32], to[32];
	int dir;

	T(symlinkat("anything at all", AT_FDCWD, "s"));
	nlink_of("s");
	T(symlinkat("x", AT_FDCWD, "s"));
	T(symlinkat("", AT_FDCWD, "t"));
	T(symlinkat("x", AT_FDCWD, ""));
	T(symlinkat("x", AT_FDCWD, "none/t"));
	T(symlinkat("x", AT_FDCWD, "f/t"));
	T(symlinkat("x", AT_FDCWD, "t/"));
	T(symlinkat(NIL, AT_FDCWD, "t"));
	T(symlinkat(BAD, AT_FDCWD, "t"));
	T(symlinkat("x", AT_FDCWD, NIL));
	T(symlinkat("x", AT_FDCWD, BAD));
	T(symlinkat("x", 99, "t"));
	dir = T(open("d", O_RDONLY));
	T(symlinkat(guard_str("../f"), dir, guard_str("up")));
	T(close(dir));
	cat("d/up");
#ifdef SYS_symlink
	T(syscall(SYS_symlink, "f", "old"));
	T(syscall(SYS_symlink, "f", "old"));
	T(syscall(SYS_symlink, BAD, "older"));
	cat("old");
#endif
	/* forty links are followed, one more is not */
	put("c0", "end of the chain");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(to, sizeof(to), "c%d", i - 1);
		MUST(symlink(to, name));
	}
	cat("c40");
	cat("c41");
}

int main(void)
{
	conf_init();
	put("f", "file");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	hard();
	soft();
	return 0;
}
