/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open, openat: every flag that changes what is opened or how, the descriptor
 * numbers given, what F_GETFL and F_GETFD say afterwards, and the error of every
 * wrong path, pointer, flag and directory descriptor.
 */
#include "conf.h"

static void flags_of(int fd)
{
	printf("  F_GETFL %#o F_GETFD %d\n", (unsigned int)fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
}

static void good(void)
{
	static const struct {
		const char *name;
		int flags;
	} tab[] = {
#define F(flags) { #flags, flags }
		F(O_RDONLY),
		F(O_WRONLY),
		F(O_RDWR),
		F(O_WRONLY | O_RDWR),
		F(O_RDWR | O_APPEND),
		F(O_RDONLY | O_CLOEXEC),
		F(O_RDWR | O_NONBLOCK),
		F(O_RDWR | O_NDELAY | O_APPEND | O_CLOEXEC),
		F(O_RDWR | O_SYNC),
		F(O_RDWR | O_DSYNC),
		F(O_RDONLY | O_NOATIME),
		F(O_RDONLY | O_NOFOLLOW),
		F(O_RDONLY | O_NOCTTY),
		F(O_RDWR | O_CREAT),
		F(O_RDONLY | O_CREAT),
		F(O_RDWR | O_TRUNC),
		F(O_RDONLY | O_TRUNC),
		F(O_PATH),
		F(O_PATH | O_RDWR | O_APPEND | O_CLOEXEC),
		F(O_RDONLY | 0x40000000),
#undef F
	};

	for (size_t i = 0; i < sizeof(tab) / sizeof(tab[0]); i++) {
		struct stat st;
		int fd;

		put("f", "hello");
		fd = open("f", tab[i].flags, 0600);
		printf("open f %s", tab[i].name);
		conf_show("", fd);
		if (fd < 0)
			continue;
		flags_of(fd);
		if (!fstat(fd, &st))
			printf("  size %ld\n", (long)st.st_size);
		close(fd);
	}
}

static void create(void)
{
	struct stat st;
	int fd;

	fd = T(openat(AT_FDCWD, "new", O_RDWR | O_CREAT | O_EXCL, 0654));
	MUST(fstat(fd, &st));
	printf("mode %#o size %ld\n", st.st_mode, (long)st.st_size);
	T(openat(AT_FDCWD, "new", O_RDWR | O_CREAT | O_EXCL, 0654));
	close(fd);
	umask(077);
	fd = T(openat(AT_FDCWD, "new2", O_WRONLY | O_CREAT, 07777));
	MUST(fstat(fd, &st));
	printf("mode %#o\n", st.st_mode);
	close(fd);
	umask(022);
	MUST(symlink("nowhere", "dangling"));
	T(openat(AT_FDCWD, "dangling", O_RDONLY));
	T(openat(AT_FDCWD, "dangling", O_RDWR | O_CREAT | O_EXCL, 0600));
	fd = T(openat(AT_FDCWD, "dangling", O_RDWR | O_CREAT, 0600));
	close(fd);
	TOK(access("nowhere", F_OK));
	/* mode 0 still gives a usable descriptor to its maker */
	fd = T(openat(AT_FDCWD, "zero", O_RDWR | O_CREAT, 0));
	T(write(fd, "x", 1));
	close(fd);
}

static void directories(void)
{
	int fd, dir;

	MUST(mkdir("d", 0755));
	MUST(symlink("d", "ld"));
	MUST(symlink("f", "lf"));
	dir = T(openat(AT_FDCWD, "d", O_RDONLY | O_DIRECTORY));
	flags_of(dir);
	T(openat(AT_FDCWD, "d", O_RDWR));
	T(openat(AT_FDCWD, "d", O_WRONLY | O_CREAT, 0600));
	T(openat(AT_FDCWD, "d", O_RDONLY | O_CREAT, 0600));
	T(openat(AT_FDCWD, "d/new/", O_RDWR | O_CREAT, 0600));
	T(openat(AT_FDCWD, "f", O_RDONLY | O_DIRECTORY));
	T(openat(AT_FDCWD, "f/", O_RDONLY));
	T(openat(AT_FDCWD, "f/x", O_RDONLY));
	T(openat(AT_FDCWD, "ld", O_RDONLY | O_NOFOLLOW));
	T(openat(AT_FDCWD, "ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	T(openat(AT_FDCWD, "lf", O_RDONLY | O_NOFOLLOW));
	fd = T(openat(AT_FDCWD, "ld/.", O_RDONLY | O_NOFOLLOW));
	close(fd);
	fd = T(openat(AT_FDCWD, "lf", O_PATH | O_NOFOLLOW));
	flags_of(fd);
	close(fd);
	fd = T(openat(dir, "in", O_RDWR | O_CREAT, 0644));
	T(write(fd, "x", 1));
	close(fd);
	TOK(access("d/in", F_OK));
	fd = T(openat(dir, "../f", O_RDONLY));
	T(openat(fd, "x", O_RDONLY));
	T(openat(fd, "", O_RDONLY));
	close(fd);
	close(dir);
	T(openat(dir, "in", O_RDONLY));
	T(openat(-1, "in", O_RDONLY));
	T(openat(99, "in", O_RDONLY));
	T(openat(1, "in", O_RDONLY));
	fd = T(openat(-1, "/", O_RDONLY));
	close(fd);
}

static void errors(void)
{
	char *longest = malloc(5000);

	T(openat(AT_FDCWD, NIL, O_RDONLY));
	T(openat(AT_FDCWD, BAD, O_RDONLY));
	T(openat(AT_FDCWD, KERN, O_RDONLY));
	T(openat(AT_FDCWD, "", O_RDONLY));
	T(openat(AT_FDCWD, "", O_RDWR | O_CREAT, 0600));
	T(openat(AT_FDCWD, "missing", O_RDONLY));
	T(openat(AT_FDCWD, "missing/f", O_RDWR | O_CREAT, 0600));
	T(openat(AT_FDCWD, "missing", O_RDONLY | O_DIRECTORY));
	MUST(symlink("loop2", "loop1"));
	MUST(symlink("loop1", "loop2"));
	T(openat(AT_FDCWD, "loop1", O_RDONLY));
	T(openat(AT_FDCWD, "loop1/x", O_RDONLY));
	memset(longest, 'a', 5000);
	longest[256] = 0;
	T(openat(AT_FDCWD, longest, O_RDWR | O_CREAT, 0600));
	longest[256] = 'a';
	longest[4999] = 0;
	T(openat(AT_FDCWD, longest, O_RDONLY));
	/* no NUL before the page ends: unreadable, not too long */
	longest = guard(10);
	memset(longest, 'a', 10);
	T(openat(AT_FDCWD, longest, O_RDONLY));
	T(openat(AT_FDCWD, guard_str("f"), O_RDONLY));
	T(openat(AT_FDCWD, "newdir", O_RDONLY | O_CREAT | O_DIRECTORY, 0700));
}

int main(void)
{
	conf_init();
	good();
	create();
	directories();
	errors();
	return 0;
}
