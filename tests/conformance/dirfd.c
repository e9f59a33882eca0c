/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directory descriptors: a chain of openat into the depth and out again by "..",
 * after a rename and after removal, names relative to them while the working
 * directory is elsewhere, links that lead out, and a walk and removal of a tree.
 */
#include "conf.h"
#include <dirent.h>
#include <ftw.h>

static int visits[16];

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	visits[type & 15]++;
	return remove(path);
}

static void chain(void)
{
	char name[16];
	int dir = T(open(".", O_PATH)), next, fd;
	struct stat top, st;

	MUST(fstat(dir, &top));
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "level-%d", i);
		MUST(mkdirat(dir, name, 0755));
		next = (int)MUST(openat(dir, name, O_RDONLY | O_DIRECTORY));
		close(dir);
		dir = next;
	}
	fd = T(openat(dir, "bottom", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(write(fd, "bottom", 6));
	T(close(fd));
	T(symlinkat("../level-29/bottom", dir, "link"));
	fd = T(openat(dir, "link", O_RDONLY));
	T(close(fd));
	for (int i = 0; i < 30; i++) {
		next = (int)MUST(openat(dir, "..", O_RDONLY | O_DIRECTORY));
		close(dir);
		dir = next;
	}
	MUST(fstat(dir, &st));
	TF(st.st_ino == top.st_ino && st.st_dev == top.st_dev);
	T(close(dir));
	T(nftw("level-0", visit, 16, FTW_DEPTH | FTW_PHYS));
	printf("directories %d files %d links %d\n", visits[FTW_DP], visits[FTW_F], visits[FTW_SL]);
}

static void elsewhere(void)
{
	char buf[64] = "";
	int dir, fd;

	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	put("a/f", "in a");
	MUST(symlink("/", "a/root"));
	MUST(symlink("..", "a/b/up"));
	dir = T(open("a", O_RDONLY));
	T(chdir("/"));
	fd = T(openat(dir, "f", O_RDONLY));
	T(read(fd, buf, sizeof(buf)));
	dump("f", buf, 4);
	T(close(fd));
	T(faccessat(dir, "root/proc", F_OK, 0));
	T(faccessat(dir, "root/none-of-that", F_OK, 0));
	T(faccessat(dir, "b/up/f", F_OK, 0));
	T(faccessat(dir, "./b/../b/./../f", F_OK, 0));
	T(faccessat(dir, "../../../../../../../../../../proc/self", F_OK, 0));
	T(faccessat(dir, "/usr", F_OK, 0));
	T(renameat(dir, "f", dir, "g"));
	T(fchdir(dir));
	cat("g");
	T(chdir(".."));
	T(rename("a", "z"));
	T(faccessat(dir, "g", F_OK, 0));
	T(mkdirat(dir, "new", 0755));
	T(access("z/new", F_OK));
	T(unlinkat(dir, "new", AT_REMOVEDIR));
	T(unlinkat(dir, "g", 0));
	T(unlinkat(dir, "root", 0));
	T(unlinkat(dir, "b/up", 0));
	T(unlinkat(dir, "b", AT_REMOVEDIR));
	T(rmdir("z"));
	T(mkdirat(dir, "new", 0755));
	T(openat(dir, "f", O_RDWR | O_CREAT, 0644));
	T(faccessat(dir, ".", F_OK, 0));
	T(fchdir(dir));
	T(close(dir));
	T(chdir(".."));
}

int main(void)
{
	conf_init();
	chain();
	elsewhere();
	return 0;
}
