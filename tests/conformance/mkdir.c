/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdir, mkdirat, rmdir and unlinkat(AT_REMOVEDIR): modes under the umask, "."
 * and "..", trailing slashes, non-empty directories, links in the way, errors.
 */
#include "conf.h"

static void mode(const char *name)
{
	struct stat st;

	MUST(stat(name, &st));
	printf("%s: %#o nlink %s\n", name, st.st_mode, st.st_nlink ? "some" : "none");
}

int main(void)
{
	char *name = guard(300);
	int dir;

	conf_init();
	put("f", "x");
	MUST(symlink("nowhere", "dangling"));
	T(mkdirat(AT_FDCWD, "a", 0777));
	mode("a");
	T(mkdirat(AT_FDCWD, "b/", 07777));
	mode("b");
	T(mkdirat(AT_FDCWD, "c", 0));
	mode("c");
	T(mkdirat(AT_FDCWD, "a", 0777));
	T(mkdirat(AT_FDCWD, "f", 0777));
	T(mkdirat(AT_FDCWD, "f/d", 0777));
	T(mkdirat(AT_FDCWD, "missing/d", 0777));
	T(mkdirat(AT_FDCWD, "dangling", 0777));
	T(mkdirat(AT_FDCWD, ".", 0777));
	T(mkdirat(AT_FDCWD, "..", 0777));
	T(mkdirat(AT_FDCWD, "/", 0777));
	T(mkdirat(AT_FDCWD, "", 0777));
	T(mkdirat(AT_FDCWD, NIL, 0777));
	T(mkdirat(AT_FDCWD, BAD, 0777));
	T(mkdirat(99, "x", 0777));
	memset(name, 'n', 299);
	name[299] = 0;
	T(mkdirat(AT_FDCWD, name, 0777));
	dir = T(open("a", O_RDONLY));
	T(mkdirat(dir, "in", 0700));
	mode("a/in");
	T(unlinkat(AT_FDCWD, "a", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "a", 0));
	T(unlinkat(dir, "in/.", AT_REMOVEDIR));
	T(unlinkat(dir, "in/..", AT_REMOVEDIR));
	T(unlinkat(dir, "in/", AT_REMOVEDIR));
	T(unlinkat(dir, "in", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "dangling", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "/", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "a", 0x40));
	T(unlinkat(AT_FDCWD, "a", AT_REMOVEDIR));
	T(mkdirat(dir, "in", 0700));
	T(close(dir));
#ifdef SYS_mkdir
	T(syscall(SYS_mkdir, guard_str("old"), 0711));
	mode("old");
	T(syscall(SYS_mkdir, "old", 0711));
	T(syscall(SYS_mkdir, NIL, 0711));
	T(syscall(SYS_mkdir, BAD, 0711));
	T(syscall(SYS_rmdir, "missing"));
	T(syscall(SYS_rmdir, "f"));
	T(syscall(SYS_rmdir, "."));
	T(syscall(SYS_rmdir, NIL));
	T(syscall(SYS_rmdir, BAD));
	T(syscall(SYS_rmdir, guard_str("old")));
	T(syscall(SYS_rmdir, "old"));
#endif
	return 0;
}
