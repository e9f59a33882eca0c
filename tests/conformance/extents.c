/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs with an array behind them, or a descriptor in them: where a file's
 * extents are (FIEMAP), ranges that share their blocks (FICLONERANGE,
 * FIDEDUPERANGE), handles of names (name_to_handle_at); flags of files. Whether the file system
 * can do it at all is its own affair: what it answers is compared.
 */
#include "conf.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define EXTENTS 4

/* A struct fiemap with room for n extents, at an unreadable page. */
static struct fiemap *ask(uint32_t n, uint64_t start, uint64_t len, uint32_t flags)
{
	struct fiemap *m = (void *)guard(sizeof(*m) + n * sizeof(m->fm_extents[0]));

	memset(m, 0, sizeof(*m));
	m->fm_start = start;
	m->fm_length = len;
	m->fm_flags = flags;
	m->fm_extent_count = n;
	return m;
}

/* Not where on the disk: that is another place for each file. */
static void show(const struct fiemap *m, size_t room)
{
	printf("  flags %#x mapped %u of %u\n", m->fm_flags, m->fm_mapped_extents,
	       m->fm_extent_count);
	for (uint32_t i = 0; i < m->fm_mapped_extents && i < m->fm_extent_count; i++)
		printf("  %lld+%lld %#x\n", (long long)m->fm_extents[i].fe_logical,
		       (long long)m->fm_extents[i].fe_length, m->fm_extents[i].fe_flags);
	printf("  touched %ld\n", touched(m, room));
}

static void map(int fd, uint32_t n, uint64_t start, uint64_t len, uint32_t flags)
{
	struct fiemap *m = ask(n, start, len, flags);

	T(ioctl(fd, FS_IOC_FIEMAP, m));
	show(m, sizeof(*m) + n * sizeof(m->fm_extents[0]));
}

static void extents(void)
{
	int fd = T(open("holes", O_RDWR | O_CREAT, 0644)), p[2];
	char *page = guard(4096);

	for (int i = 0; i < EXTENTS; i++)
		MUST(pwrite(fd, page, 4096, i * 65536L));
	T(fsync(fd));
	map(fd, 0, 0, ~0ULL, 0);
	map(fd, EXTENTS, 0, ~0ULL, FIEMAP_FLAG_SYNC);
	map(fd, 2, 0, ~0ULL, 0);
	map(fd, 16, 65536, 65536, 0);
	map(fd, 1, 4096, 4096, 0);
	map(fd, 1, 0, ~0ULL, 1 << 20);
	map(fd, 1, 0, ~0ULL, FIEMAP_FLAG_XATTR);
	map(fd, 1, 0, 0, 0);
	map(fd, 1, ~0ULL, 1, 0);
	map(fd, 2000, 0, ~0ULL, 0);
	/* who cannot do it at all does not look at the address */
	if (!ioctl(fd, FS_IOC_FIEMAP, ask(0, 0, ~0ULL, 0))) {
		T(ioctl(fd, FS_IOC_FIEMAP, NIL));
		T(ioctl(fd, FS_IOC_FIEMAP, BAD));
		T(ioctl(fd, FS_IOC_FIEMAP, (char *)ask(0, 0, 1, 0) + 1));
	}
	T(ioctl(99, FS_IOC_FIEMAP, BAD));
	T(close(fd));
	fd = T(open(".", O_RDONLY | O_DIRECTORY));
	T(ioctl(fd, FS_IOC_FIEMAP, ask(0, 0, ~0ULL, 0)) == 0 || errno == EOPNOTSUPP);
	T(close(fd));
	MUST(pipe(p));
	T(ioctl(p[0], FS_IOC_FIEMAP, ask(0, 0, ~0ULL, 0)));
	MUST(mkfifo("fifo", 0600));
	fd = T(open("fifo", O_RDWR));
	T(ioctl(fd, FS_IOC_FIEMAP, ask(0, 0, ~0ULL, 0)));
	T(close(fd));
}

static void clones(void)
{
	int from = T(open("from", O_RDWR | O_CREAT, 0644)), p[2];
	int to = T(open("to", O_RDWR | O_CREAT, 0644)), ro = T(open("from", O_RDONLY));
	struct file_clone_range r = { from, 0, 8192, 4096 }, *edge = (void *)guard(sizeof(r));
	char *text = guard(16384);

	pattern(text, 16384, 3);
	MUST(write(from, text, 16384));
	T(ioctl(to, FICLONERANGE, &r));
	*edge = r;
	T(ioctl(to, FICLONERANGE, edge));
	T(ioctl(to, FICLONERANGE, (char *)edge + 1));
	T(ioctl(to, FICLONERANGE, BAD));
	T(ioctl(ro, FICLONERANGE, &r));
	r.src_offset = 1;
	T(ioctl(to, FICLONERANGE, &r));
	r.src_fd = 99;
	T(ioctl(to, FICLONERANGE, &r));
	r.src_fd = -1;
	T(ioctl(to, FICLONERANGE, &r));
	MUST(pipe(p));
	r.src_fd = p[0];
	T(ioctl(to, FICLONERANGE, &r));
	T(ioctl(99, FICLONERANGE, &r));
	T(close(from));
	T(close(to));
	T(close(ro));
}

static void same_range(int fd, int n, const int *dest, uint64_t len)
{
	size_t size = sizeof(struct file_dedupe_range) + (size_t)n * 32;
	struct file_dedupe_range *r = (void *)guard(size);

	memset(r, 0, size);
	r->src_length = len;
	r->dest_count = (uint16_t)n;
	for (int i = 0; i < n; i++)
		r->info[i].dest_fd = dest[i];
	T(ioctl(fd, FIDEDUPERANGE, r));
	for (int i = 0; i < n; i++)
		printf("  %s %d: %lld\n", r->info[i].dest_fd == dest[i] ? "same fd" : "another fd",
		       r->info[i].status, (long long)r->info[i].bytes_deduped);
}

static void dedupes(void)
{
	int one = T(open("from", O_RDWR)), two = T(open("twin", O_RDWR | O_CREAT, 0644));
	int ro = T(open("twin", O_RDONLY));
	char *text = guard(16384);

	pattern(text, 16384, 3);
	MUST(write(two, text, 16384));
	same_range(one, 1, (int[]) { two }, 8192);
	same_range(one, 3, (int[]) { two, 99, -1 }, 8192);
	same_range(one, 1, (int[]) { ro }, 8192);
	same_range(one, 0, NULL, 8192);
	same_range(one, 128, (int[128]) { 0 }, 8192);
	T(ioctl(one, FIDEDUPERANGE, BAD));
	T(ioctl(99, FIDEDUPERANGE, BAD));
	T(close(one));
	T(close(two));
	T(close(ro));
}

/* A handle's bytes are the file's: the same for every name of it. */
static int handle_of(int dir, const char *name, unsigned int room, int flags, uint8_t *bytes)
{
	struct file_handle *h = (void *)guard(sizeof(*h) + room);
	int mount = -7, ret;

	h->handle_bytes = room;
	ret = name_to_handle_at(dir, name, h, &mount, flags);
	conf_show(name ? name : "NULL", ret);
	if (ret == 0 || errno == EOVERFLOW)
		printf("  %u bytes, %s a mount\n", h->handle_bytes, mount >= 0 ? "with" : "without");
	else
		printf("  touched %s\n", h->handle_bytes == room && mount == -7 ? "not" : "yes");
	if (!ret && bytes)
		memcpy(bytes, h->f_handle, h->handle_bytes);
	return ret;
}

static void handles(void)
{
	uint8_t one[MAX_HANDLE_SZ] = { 0 }, two[MAX_HANDLE_SZ] = { 0 };
	int mount, fd = T(open("from", O_PATH));
	struct file_handle *h = (void *)guard(sizeof(*h) + 128);

	MUST(link("from", "again"));
	MUST(symlink("from", "l"));
	handle_of(AT_FDCWD, "from", 128, 0, one);
	handle_of(AT_FDCWD, "again", 128, 0, two);
	TF(!memcmp(one, two, sizeof(one)));
	handle_of(AT_FDCWD, "l", 128, 0, two);
	TF(memcmp(one, two, sizeof(one)));
	handle_of(AT_FDCWD, "l", 128, AT_SYMLINK_FOLLOW, two);
	TF(!memcmp(one, two, sizeof(one)));
	handle_of(fd, "", 128, AT_EMPTY_PATH, two);
	TF(!memcmp(one, two, sizeof(one)));
	handle_of(fd, "", 128, 0, NULL);
	handle_of(fd, "x", 128, 0, NULL);
	handle_of(99, "x", 128, 0, NULL);
	handle_of(AT_FDCWD, "from", 0, 0, NULL);
	handle_of(AT_FDCWD, "from", 3, 0, NULL);
	handle_of(AT_FDCWD, "from", 129, 0, NULL);
	handle_of(AT_FDCWD, "missing", 128, 0, NULL);
	handle_of(AT_FDCWD, "missing", 0, 0, NULL);
	handle_of(AT_FDCWD, "from", 128, 1 << 20, NULL);
	handle_of(AT_FDCWD, "/proc/self/maps", 128, 0, NULL);
	h->handle_bytes = 128;
	if (!name_to_handle_at(AT_FDCWD, "from", h, &mount, 0)) {
		T(name_to_handle_at(AT_FDCWD, "from", BAD, &mount, 0));
		T(name_to_handle_at(AT_FDCWD, "from", NIL, &mount, 0));
		T(name_to_handle_at(AT_FDCWD, "from", h, BAD, 0));
	}
	T(name_to_handle_at(AT_FDCWD, BAD, h, &mount, 0));
	T(close(fd));
}

/* Flags and project of a file, the name of its file system. */
static void attributes(void)
{
	int fd = T(open("from", O_RDWR)), flags = -1, version = 0;
	struct fsxattr *x = (void *)guard(sizeof(*x));
	char *label = guard(FSLABEL_MAX);
	bool can;

	can = T(ioctl(fd, FS_IOC_FSGETXATTR, x)) == 0;
	if (can) {
		printf("%#x %u %u\n", x->fsx_xflags, x->fsx_extsize, x->fsx_projid);
		x->fsx_xflags |= FS_XFLAG_NODUMP;
		T(ioctl(fd, FS_IOC_FSSETXATTR, x));
		T(ioctl(fd, FS_IOC_FSGETXATTR, x));
		printf("%#x\n", x->fsx_xflags);
		T(ioctl(fd, FS_IOC_FSSETXATTR, BAD));
		T(ioctl(fd, FS_IOC_FSGETXATTR, (char *)x + 1));
	}
	if (!T(ioctl(fd, FS_IOC_GETFLAGS, &flags))) {
		printf("%#x\n", flags);
		flags ^= FS_NODUMP_FL;
		T(ioctl(fd, FS_IOC_SETFLAGS, &flags));
		flags |= FS_IMMUTABLE_FL;
		T(ioctl(fd, FS_IOC_SETFLAGS, &flags));
		T(open("from", O_RDWR) < 0);
		T(unlink("again"));
		flags &= ~FS_IMMUTABLE_FL;
		T(ioctl(fd, FS_IOC_SETFLAGS, &flags));
		T(ioctl(fd, FS_IOC_SETFLAGS, BAD));
		T(ioctl(fd, FS_IOC_GETFLAGS, BAD));
	}
	TOK(ioctl(fd, FS_IOC_GETVERSION, &version));
	if (!T(ioctl(fd, FS_IOC_GETFSLABEL, label)))
		TF(memchr(label, 0, FSLABEL_MAX));
	T(close(fd));
}

int main(void)
{
	conf_init();
	extents();
	clones();
	dedupes();
	handles();
	attributes();
	return 0;
}
