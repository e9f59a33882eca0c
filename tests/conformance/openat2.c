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

/* What is cached is the machine's affair. */
static void say(size_t at, const char *name, uint64_t resolve, int fd)
{
	const char *what = fd >= 0 ? "ok" : conf_errname(errno);

	if ((resolve & CACHED) && (fd >= 0 || errno == EAGAIN || errno == ENOENT))
		what = "it, or not cached";
	printf("%zu %s: %s\n", at, name, what);
	close(fd);
}

/* Links that are none, other file systems, and a root that is a directory. */
static void magic(void)
{
	static const uint64_t all[] = { 0, NO_XDEV, NO_MAGIC, NO_SYMLINKS, BENEATH, IN_ROOT,
					NO_MAGIC | BENEATH, CACHED };
	static const char *const names[] = {
		"/proc/self/cwd/f", "/proc/self/cwd", "/proc/self/status", "/proc/self/root",
		"/proc/version", "/dev/null", "/", "//", "..", "/d/../../in", "link", "l", "abs",
		"/usr/share", "/usr/lib/os-release", "",
	};
	char name[64];
	int dir = MUST(open("d", O_PATH | O_DIRECTORY)), file = MUST(open("f", O_RDONLY));
	int here = MUST(open("/usr/share", O_PATH | O_DIRECTORY)), p[2], fd;

	MUST(pipe(p));
	MUST(symlink("d/in", "l"));
	for (size_t r = 0; r < sizeof(all) / sizeof(all[0]); r++) {
		const int at[] = { AT_FDCWD, dir, file, here, p[0], 99 };

		printf("-- %#llx\n", (unsigned long long)all[r]);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			for (size_t d = 0; d < sizeof(at) / sizeof(at[0]); d++) {
				fd = (int)OPENAT2(at[d], names[i], HOW(O_PATH, 0, all[r]), 24);
				say(d, names[i], all[r], fd);
			}
		}
		snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
		fd = (int)OPENAT2(AT_FDCWD, name, HOW(O_RDONLY, 0, all[r]), 24);
		say(0, "fd/N", all[r], fd);
		snprintf(name, sizeof(name), "/dev/fd/%d/in", dir);
		fd = (int)OPENAT2(AT_FDCWD, name, HOW(O_RDONLY, 0, all[r]), 24);
		say(0, "fd/N/in", all[r], fd);
	}
	fd = T(OPENAT2(AT_FDCWD, "l", HOW(O_RDONLY | O_NOFOLLOW, 0, 0), 24));
	fd = T(OPENAT2(AT_FDCWD, "/usr/lib/os-release", HOW(O_RDONLY | O_NOFOLLOW, 0, 0), 24)) < 0;
}

int main(void)
{
	conf_init();
	put("f", "outside");
	sizes();
	strict();
	resolve();
	magic();
	return 0;
}
