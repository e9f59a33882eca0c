/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file system says that is full, read-only, out of quota or very large.
 * test_faults.py makes one, and runs this there natively and under rsx-trace:
 * what it prints must be the same.
 *
 *	faults full|readonly|quota|group|many|descriptors|nofiles|mapping
 */
#include "../conformance/conf.h"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <linux/fs.h>

#define MIB (1 << 20)

/* Until nothing goes any more: how much went, and why it ended. */
static void fill(int fd, size_t piece)
{
	char *buf = guard(piece);
	long total = 0;
	ssize_t n;

	pattern(buf, piece, 1);
	while ((n = write(fd, buf, piece)) > 0)
		total += n;
	printf("%ld in pieces of %zu, then %s\n", total, piece, n ? conf_errname(errno) : "0");
}

/* One call for more than there is room: what went is the result. */
static void large(size_t len, int flags)
{
	char *buf = guard(len);
	struct iovec v[3] = { { buf, len / 4 }, { buf + len / 4, len / 4 }, { buf + len / 2, len / 2 } };
	struct stat st;
	int fd = (int)MUST(open("large", O_RDWR | O_CREAT | O_TRUNC | flags, 0644));

	pattern(buf, len, 2);
	T(write(fd, buf, len));
	T(write(fd, buf, len));
	T(lseek(fd, 0, SEEK_CUR));
	T(ftruncate(fd, 0));
	T(writev(fd, v, 3));
	T(writev(fd, v, 3));
	T(ftruncate(fd, 0));
	T(pwrite(fd, buf, len, 4096));
	T(pwrite(fd, buf, len, 0));
	T(fsync(fd));
	MUST(fstat(fd, &st));
	printf("size %ld\n", (long)st.st_size);
	T(close(fd));
	T(unlink("large"));
}

static void copies(int full)
{
	int in = (int)MUST(open("source", O_RDONLY)), p[2], left = -1;
	off_t at = 0;

	T(lseek(full, 0, SEEK_END) > 0);
	T(sendfile(full, in, &at, 65536));
	printf("at %ld\n", (long)at);
	T(copy_file_range(in, &at, full, NULL, 65536, 0));
	printf("at %ld\n", (long)at);
	MUST(pipe(p));
	T(write(p[1], "piped", 5));
	T(splice(p[0], NULL, full, NULL, 5, 0));
	T(ioctl(p[0], FIONREAD, &left));
	printf("%d left in the pipe\n", left);
}

static void names(void)
{
	char name[32];
	int n;

	for (n = 0; n < 1000; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		if (mknod(name, S_IFREG | 0644, 0))
			break;
	}
	printf("%d names, then %s\n", n, conf_errname(errno));
	T(mkdir("d", 0755));
	T(symlink("x", "l"));
	T(mkfifo("fifo", 0600));
	T(open("f", O_RDWR | O_CREAT, 0644));
	T(open(".", O_RDWR | O_TMPFILE, 0644));
	T(open("n0", O_RDWR | O_CREAT, 0644) >= 0);
	T(rename("n0", "m0"));
	T(link("m0", "n0"));
	while (n-- > 0) {
		snprintf(name, sizeof(name), "n%d", n);
		unlink(name);
	}
	T(unlink("m0"));
	T(mkdir("d", 0755));
	T(rmdir("d"));
}

static void full(void)
{
	int fd = (int)MUST(open("full", O_RDWR | O_CREAT, 0644)), other;

	large(4 * MIB, 0);
	large(4 * MIB, O_APPEND);
	fill(fd, 10000);
	fill(fd, 1);
	T(fallocate(fd, 0, 0, 4 * MIB));
	T(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * MIB));
	T(ftruncate(fd, 64L * MIB));
	T(pwrite(fd, "x", 1, 32L * MIB));
	T(pwrite(fd, "x", 1, 0));
	T(pwrite(fd, "", 0, 32L * MIB));
	copies(fd);
	T(other = open("other", O_RDWR | O_CREAT, 0644));
	T(write(other, "x", 1));
	T(close(other));
	T(unlink("other"));
	T(close(fd));
	T(truncate("full", 4096));
	fd = (int)MUST(open("full", O_RDWR | O_APPEND));
	T(write(fd, "again", 5));
	T(close(fd));
	T(unlink("full"));
	names();
}

static void readonly(void)
{
	int fd, flags = 0;
	char *map;

	T(open("file", O_WRONLY));
	T(open("file", O_RDWR));
	T(open("file", O_RDONLY | O_TRUNC));
	T(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(open("new", O_RDWR | O_CREAT, 0644));
	T(open("new", O_RDWR));
	T(open(".", O_RDWR | O_TMPFILE, 0644));
	T(open("d", O_RDWR));
	T(fd = open("file", O_RDONLY | O_CREAT, 0644));
	T(write(fd, "x", 1));
	T(ftruncate(fd, 0));
	T(fallocate(fd, 0, 0, 1));
	T(fchmod(fd, 0600));
	T(fchown(fd, 1, 1));
	T(futimens(fd, NULL));
	T(fsetxattr(fd, "user.x", "v", 1, 0));
	T(fremovexattr(fd, "user.x"));
	T(ioctl(fd, FS_IOC_SETFLAGS, &flags) && (errno == EROFS || errno == ENOTTY));
	T(fsync(fd));
	T(syncfs(fd));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	TF(map != MAP_FAILED && map[0] == 't');
	TF(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	T(access("file", R_OK));
	T(access("file", W_OK));
	T(access("d", W_OK));
	T(access("new", W_OK));
	T(mkdir("new", 0755));
	T(mkdir("d", 0755));
	T(mknod("new", S_IFIFO | 0600, 0));
	T(symlink("x", "new"));
	T(symlink("x", "file"));
	T(link("file", "new"));
	T(link("file", "d"));
	T(unlink("file"));
	T(unlink("new"));
	T(rmdir("d"));
	T(rmdir("file"));
	T(rename("file", "new"));
	T(rename("new", "newer"));
	T(rename("file", "../outside"));
	T(truncate("file", 0));
	T(truncate("new", 0));
	T(chmod("file", 0600));
	T(chmod("new", 0600));
	T(chown("file", 1, 1));
	T(lchown("file", 1, 1));
	T(utimensat(AT_FDCWD, "file", NULL, 0));
	T(setxattr("file", "user.x", "v", 1, 0));
	T(removexattr("file", "user.x"));
	T(fcntl(fd, F_SETLK, (&(struct flock) { .l_type = F_RDLCK })));
	cat("file");
}

static void quota(void)
{
	char name[32];
	int fd = (int)MUST(open("used", O_RDWR | O_CREAT, 0644)), n;

	fill(fd, 4096);
	T(pwrite(fd, "x", 1, 0));
	T(ftruncate(fd, 64L * MIB));
	T(pwrite(fd, "x", 1, 32L * MIB));
	T(fallocate(fd, 0, 0, 64L * MIB));
	T(fsync(fd));
	T(close(fd));
	T(mkdir("d", 0755));
	T(unlink("used"));
	fd = (int)MUST(open("used", O_RDWR | O_CREAT, 0644));
	T(write(fd, "again", 5));
	T(close(fd));
	for (n = 0; n < 1000; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		if (mknod(name, S_IFREG | 0644, 0))
			break;
	}
	printf("%d names, then %s\n", n, conf_errname(errno));
	T(mkdir("e", 0755));
	T(symlink("x", "l"));
	T(open("f", O_RDWR | O_CREAT, 0644));
	while (n-- > 0) {
		snprintf(name, sizeof(name), "n%d", n);
		unlink(name);
	}
	T(rmdir("d"));
	T(unlink("used"));
}

/*
 * The same where a subvolume has a limit (btrfs): how much goes is that one's own
 * affair, and said when it comes to mind.
 */
static void group(void)
{
	int fd = (int)MUST(open("used", O_RDWR | O_CREAT, 0644)), other;
	char *buf = guard(65536), *map;

	MUST(ftruncate(fd, 8 * MIB));
	map = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pattern(buf, 65536, 4);
	while (write(fd, buf, 65536) > 0 && !fsync(fd))
		;
	printf("full: %s\n", conf_errname(errno));
	T(write(fd, buf, 65536));
	T(pwrite(fd, buf, 65536, 4 * MIB));
	T(pwritev(fd, &(struct iovec) { buf, 65536 }, 1, 4 * MIB));
	T(fallocate(fd, 0, 0, 8 * MIB));
	T(open("other", O_RDWR | O_CREAT, 0644));
	T(mkdir("d", 0755));
	T(symlink("x", "l"));
	T(mknod("n", S_IFIFO | 0600, 0));
	T(access("used", W_OK));
	TF(map != MAP_FAILED);
	munmap(map, 8 * MIB);
	T(close(fd));
	T(unlink("used"));
	sync();
	other = T(open("other", O_RDWR | O_CREAT, 0644));
	T(write(other, "again", 5));
	T(fsync(other));
	T(close(other));
}

/* A directory of a hundred thousand: each once, in one order, from any place. */
static void many(void)
{
	static long mark[101];
	static char at[101][32];
	unsigned long sum_of = 0;
	int n = 0, wrong = 0;
	struct dirent *e;
	DIR *dir = opendir(".");

	while ((e = readdir(dir))) {
		if (n++ % 1000 == 0 && n / 1000 <= 100) {
			mark[n / 1000] = telldir(dir);
			e = readdir(dir);
			n++;
			snprintf(at[(n - 1) / 1000], sizeof(at[0]), "%.31s", e ? e->d_name : "");
		}
		if (e)
			sum_of = sum_of * 31 + sum(e->d_name, strlen(e->d_name));
	}
	printf("%d entries, %lx\n", n, sum_of);
	for (int i = 100; i >= 0; i--) {
		if (!at[i][0])
			continue;
		seekdir(dir, mark[i]);
		e = readdir(dir);
		wrong += !e || strcmp(e->d_name, at[i]) || !e->d_name[0];
	}
	printf("%d wrong after seekdir\n", wrong);
	rewinddir(dir);
	for (n = 0; readdir(dir); n++)
		;
	printf("%d entries\n", n);
	closedir(dir);
	T(access("entry-000000", F_OK));
	T(access("entry-099999", F_OK));
	T(access("entry-100000", F_OK));
	T(rmdir("../many"));
}

/* The limit is one side's: what could not be opened can be, later. */
static void descriptors(void)
{
	static int fd[4096];
	int n = 0;

	while (n < 4096 && (fd[n] = open("file", O_RDONLY)) >= 0)
		n++;
	printf("%s\n", conf_errname(errno));
	TF(n > 20);
	T(open("file", O_RDONLY));
	T(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(dup(fd[0]) == -1 && errno == EMFILE);
	T(access("file", F_OK));
	T(read(fd[n - 1], &(char) { 0 }, 1));
	while (n-- > 5)
		close(fd[n]);
	T(close(open("file", O_RDONLY)));
	cat("file");
}

/*
 * Stores into a mapping of a file with a hole where the disk has no room: what
 * is there is msync's to say. Not compared with the native run, where the store
 * itself ends in SIGBUS.
 */
static void full_mapping(void)
{
	int fd = (int)MUST(open("mapped", O_RDWR | O_CREAT, 0644)), other;
	char *page = guard(4096), *map;

	MUST(pwrite(fd, "first", 5, 0));
	MUST(ftruncate(fd, 1 << 20));
	other = (int)MUST(open("filler", O_RDWR | O_CREAT, 0644));
	while (write(other, page, 4096) > 0)
		;
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TF(map != MAP_FAILED);
	memcpy(map, "FIRST", 5);
	T(msync(map, 4096, MS_SYNC));
	memcpy(map + 65536, "hole", 4);
	T(msync(map, 1 << 20, MS_SYNC));
	T(unlink("filler"));
	close(other);
	T(msync(map, 1 << 20, MS_SYNC));
	T(munmap(map, 1 << 20));
	T(pread(fd, page, 4, 65536));
	dump("hole", page, 4);
	close(fd);
}

/*
 * One of ten opens meets a kernel that has no room for another open file: the
 * fourth, by its mode. The nine others stay open until stdin ends.
 */
static void no_files(void)
{
	char c;

	for (int i = 0; i < 10; i++)
		T(open("file", O_RDWR | O_CREAT, i == 3 ? 0123 : 0644));
	T(access("file", F_OK));
	puts("ready");
	fflush(stdout);
	T(read(0, &c, 1));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} what[] = { { "full", full },
		     { "readonly", readonly },
		     { "quota", quota },
		     { "group", group },
		     { "many", many },
		     { "descriptors", descriptors },
		     { "nofiles", no_files },
		     { "mapping", full_mapping } };

	conf_init();
	for (size_t i = 0; argc > 1 && i < sizeof(what) / sizeof(what[0]); i++)
		if (!strcmp(argv[1], what[i].name))
			what[i].fn();
	return 0;
}
