/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openat2: the structure's size rules (too small, larger with zeroes, larger
 * with ones), the flags it is strict about, and every RESOLVE_ restriction.
 */
#include "conf.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct how {
	uint64_t flags, mode, resolve;
	uint64_t more[2];
};

#define HOW(f, m, r)		      (&(struct how) { f, m, r, { 0, 0 } })
#define OPENAT2(dir, path, how, size) syscall(SYS_openat2, dir, path, how, size)

enum { NO_XDEV = 1, NO_MAGIC = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

static void sizes(void)
{
	struct how *end;
	int fd;

	fd = T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 0), 24));
	close(fd);
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 0), 0));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 0), 23));
	fd = T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 0), 32));
	close(fd);
	T(OPENAT2(AT_FDCWD, "f", (&(struct how) { O_RDONLY, 0, 0, { 1, 0 } }), 32));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 0), 1 << 20));
	T(OPENAT2(AT_FDCWD, "f", NIL, 24));
	T(OPENAT2(AT_FDCWD, "f", BAD, 24));
	end = (void *)guard(24);
	memset(end, 0, 24);
	fd = T(OPENAT2(AT_FDCWD, "f", end, 24));
	close(fd);
	T(OPENAT2(AT_FDCWD, "f", end, 32));
}

static void strict(void)
{
	int fd;

	T(OPENAT2(AT_FDCWD, "f", HOW(1ULL << 40, 0, 0), 24));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0600, 0), 24));
	T(OPENAT2(AT_FDCWD, "g", HOW(O_RDWR | O_CREAT, 010000, 0), 24));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, 1 << 20), 24));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_RDONLY, 0, BENEATH | IN_ROOT), 24));
	T(OPENAT2(AT_FDCWD, "f", HOW(O_PATH | O_RDWR, 0, 0), 24));
	fd = T(OPENAT2(AT_FDCWD, "g", HOW(O_RDWR | O_CREAT | O_EXCL, 0640, 0), 24));
	close(fd);
	T(OPENAT2(AT_FDCWD, "g", HOW(O_RDWR | O_CREAT | O_EXCL, 0640, 0), 24));
	T(OPENAT2(AT_FDCWD, "missing", HOW(O_RDONLY, 0, 0), 24));
	T(OPENAT2(AT_FDCWD, NIL, HOW(O_RDONLY, 0, 0), 24));
	T(OPENAT2(99, "f", HOW(O_RDONLY, 0, 0), 24));
}

static void resolve(void)
{
	int dir, fd;

	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put("d/in", "inside");
	MUST(symlink("in", "d/link"));
	MUST(symlink("/in", "d/abs"));
	MUST(symlink("../f", "d/up"));
	dir = T(open("d", O_PATH | O_DIRECTORY));
	fd = T(OPENAT2(dir, "link", HOW(O_RDONLY, 0, BENEATH), 24));
	close(fd);
	T(OPENAT2(dir, "link", HOW(O_RDONLY, 0, NO_SYMLINKS), 24));
	T(OPENAT2(dir, "up", HOW(O_RDONLY, 0, BENEATH), 24));
	T(OPENAT2(dir, "../f", HOW(O_RDONLY, 0, BENEATH), 24));
	T(OPENAT2(dir, "/f", HOW(O_RDONLY, 0, BENEATH), 24));
	T(OPENAT2(dir, "abs", HOW(O_RDONLY, 0, BENEATH), 24));
	fd = T(OPENAT2(dir, "abs", HOW(O_RDONLY, 0, IN_ROOT), 24));
	close(fd);
	fd = T(OPENAT2(dir, "/in", HOW(O_RDONLY, 0, IN_ROOT), 24));
	close(fd);
	fd = T(OPENAT2(dir, "../../in", HOW(O_RDONLY, 0, IN_ROOT), 24));
	close(fd);
	T(OPENAT2(dir, "up", HOW(O_RDONLY, 0, IN_ROOT), 24));
	fd = T(OPENAT2(dir, "e/../in", HOW(O_RDONLY, 0, BENEATH | NO_SYMLINKS | NO_XDEV | NO_MAGIC),
		       24));
	close(fd);
	close(dir);
}

int main(void)
{
	conf_init();
	put("f", "outside");
	sizes();
	strict();
	resolve();
	return 0;
}
