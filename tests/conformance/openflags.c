/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open flags whose bits differ between the architectures: O_DIRECTORY,
 * O_NOFOLLOW, O_DIRECT and O_LARGEFILE, in every combination, on a file, a folder
 * and links to both, by name: what each opens, what F_GETFL and F_SETFL make of
 * them, and that a descriptor with O_DIRECT reads and writes as it should.
 */
#include "conf.h"

#ifdef __aarch64__
#define LARGEFILE 0400000
#else
#define LARGEFILE 0100000 /* libc's O_LARGEFILE is 0 */
#endif

static const struct {
	const char *name;
	int bit;
} flag[] = {
	{ "DIRECTORY", O_DIRECTORY },
	{ "NOFOLLOW", O_NOFOLLOW },
	{ "DIRECT", O_DIRECT },
	{ "LARGEFILE", LARGEFILE },
	{ "APPEND", O_APPEND },
	{ "NONBLOCK", O_NONBLOCK },
	{ "PATH", O_PATH },
};

enum { DIFFERENT = 4, FLAGS = sizeof(flag) / sizeof(flag[0]) };

static void names(int flags)
{
	int rest = flags & ~O_ACCMODE;

	printf(" %d", flags & O_ACCMODE);
	for (int i = 0; i < FLAGS; i++) {
		if (rest & flag[i].bit)
			printf(" %s", flag[i].name);
		rest &= ~flag[i].bit;
	}
	printf(rest ? " %#o\n" : "\n", (unsigned)rest);
}

static void combination(const char *name, int flags)
{
	struct stat st;
	int fd = open(name, flags);

	printf("%s", name);
	names(flags);
	if (fd < 0) {
		printf("  %s\n", conf_errname(errno));
		return;
	}
	MUST(fstat(fd, &st));
	printf("  %#o", st.st_mode & S_IFMT);
	names(fcntl(fd, F_GETFL));
	close(fd);
}

static void setfl(void)
{
	int fd = T(open("f", O_RDWR));

	for (int i = 0; i < DIFFERENT; i++) {
		printf("F_SETFL %s: %d", flag[i].name, fcntl(fd, F_SETFL, flag[i].bit));
		names(fcntl(fd, F_GETFL));
	}
	T(fcntl(fd, F_SETFL, O_DIRECT | O_APPEND | O_NONBLOCK));
	names(fcntl(fd, F_GETFL));
	T(close(fd));
}

static void direct(void)
{
	char *page = guard(CONF_PAGE);
	int fd = T(open("big", O_RDWR | O_CREAT | O_DIRECT, 0644));

	pattern(page, CONF_PAGE, 3);
	T(pwrite(fd, page, CONF_PAGE, 0));
	T(pwrite(fd, page, CONF_PAGE, (off_t)CONF_PAGE));
	T(pwrite(fd, page, CONF_PAGE, 1));
	T(pwrite(fd, page, 100, 0));
	refill(page, CONF_PAGE);
	T(pread(fd, page, CONF_PAGE, (off_t)CONF_PAGE));
	printf("sum %lx\n", sum(page, CONF_PAGE));
	T(pread(fd, page, CONF_PAGE, 1));
	T(pread(fd, page, 100, 0));
	T(pread(fd, page, CONF_PAGE, 2 * (off_t)CONF_PAGE));
	T(close(fd));
}

int main(void)
{
	static const char *const names_of[] = { "f", "d", "lf", "ld", "f/", "ld/" };

	conf_init();
	put("f", "hello");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "lf"));
	MUST(symlink("d", "ld"));
	for (size_t n = 0; n < sizeof(names_of) / sizeof(names_of[0]); n++) {
		for (int bits = 0; bits < 1 << DIFFERENT; bits++) {
			int flags = 0;

			for (int i = 0; i < DIFFERENT; i++)
				if (bits >> i & 1)
					flags |= flag[i].bit;
			combination(names_of[n], O_RDONLY | flags);
			combination(names_of[n], O_PATH | flags);
			combination(names_of[n], O_RDWR | flags);
		}
	}
	setfl();
	direct();
	return 0;
}
