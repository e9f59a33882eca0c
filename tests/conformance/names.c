/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a name may be: every byte from 1 to 255, 255 and 256 bytes, paths of 4095
 * and 4096, many slashes, paths deeper than PATH_MAX reached step by step.
 */
#include "conf.h"
#include <dirent.h>

static void bytes(void)
{
	char name[4] = "x?y";
	bool seen[256] = { false };
	int made = 0, found = 0, same = 0;
	struct dirent *e;
	DIR *dir;

	MUST(mkdir("bytes", 0755));
	MUST(chdir("bytes"));
	for (int c = 1; c < 256; c++) {
		struct stat st;
		int fd;

		if (c == '/')
			continue;
		name[1] = (char)c;
		fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
		made += fd >= 0 && write(fd, &name[1], 1) == 1 && !close(fd) && !stat(name, &st);
	}
	dir = opendir(".");
	while ((e = readdir(dir))) {
		if (strlen(e->d_name) != 3)
			continue;
		found += !seen[(unsigned char)e->d_name[1]];
		seen[(unsigned char)e->d_name[1]] = true;
	}
	closedir(dir);
	for (int c = 1; c < 256; c++) {
		char back[4];

		name[1] = (char)c;
		if (c == '/' || symlink(name, "link"))
			continue;
		same += readlink("link", back, 4) == 3 && !memcmp(back, name, 3) &&
			!access("link", F_OK) && !unlink("link") && !unlink(name);
	}
	printf("made %d found %d same %d\n", made, found, same);
	MUST(chdir(".."));
	T(rmdir("bytes"));
}

static void lengths(void)
{
	char *name = guard(257), *other = guard(257);
	int fd;

	memset(name, 'n', 256);
	name[256] = 0;
	T(open(name, O_RDWR | O_CREAT, 0644));
	T(mkdir(name, 0755));
	T(symlink("x", name));
	T(access(name, F_OK));
	T(rename(name, "x"));
	T(unlink(name));
	name++;
	fd = T(open(name, O_RDWR | O_CREAT, 0644));
	T(close(fd));
	memset(other, 'o', 255);
	other[255] = 0;
	T(rename(name, other));
	T(link(other, name));
	T(unlink(name));
	T(unlink(other));
}

/* "./././...f" of exactly this many bytes, the NUL not counted */
static char *slashes(const char *unit, long len)
{
	char *p = guard(len + 1);
	long n = (long)strlen(unit);

	for (long i = 0; i < len - 1; i++)
		p[i] = unit[i % n];
	if ((len - 1) % n)
		for (long i = len - 1 - (len - 1) % n; i < len - 1; i++)
			p[i] = '/';
	p[len - 1] = 'f';
	p[len] = 0;
	return p;
}

static void paths(void)
{
	struct stat st;

	put("f", "found");
	T(stat(slashes("./", 100), &st));
	T(stat(slashes("./", 4094), &st));
	T(stat(slashes("./", 4095), &st));
	T(stat(slashes("./", 4096), &st));
	T(stat(slashes("./", 5000), &st));
	T(stat(slashes("././//", 4095), &st));
	T(open(slashes("./", 4095), O_RDWR));
	T(open(slashes("./", 4096), O_RDWR));
	T(rename(slashes("./", 4095), slashes("././", 4095)));
	T(access(slashes("./", 4095), F_OK));
	T(chdir(slashes("./", 4097)));
	T(symlink(slashes("./", 4095), "long"));
	T(symlink(slashes("./", 4096), "longer"));
	cat("long");
}

/* Deeper than any path: only relative steps reach it. */
static void deep(void)
{
	char name[201], buf[8192];
	int top = (int)MUST(open(".", O_RDONLY)), n;
	long len;

	memset(name, 'd', 200);
	name[200] = 0;
	for (n = 0; n < 25; n++)
		if (mkdir(name, 0755) || chdir(name))
			break;
	printf("%d deep\n", n);
	TF(getcwd(buf, 4096) == NULL && errno == ERANGE);
	len = syscall(SYS_getcwd, buf, sizeof(buf));
	TF(len == -1 ? errno == ENAMETOOLONG : len > 5000);
	put("bottom", "at the bottom");
	cat("bottom");
	MUST(unlink("bottom"));
	while (n-- > 0)
		if (chdir("..") || rmdir(name))
			break;
	printf("%d left\n", n + 1);
	T(fchdir(top));
	T(access("f", F_OK));
}

int main(void)
{
	conf_init();
	bytes();
	lengths();
	paths();
	deep();
	return 0;
}
