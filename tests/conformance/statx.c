/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statx: what the mask asks for and gets, agreement with stat, the empty path,
 * sync flags, and wrong masks, flags and pointers.
 */
#include "conf.h"
#include <linux/stat.h>

/* The kernel's structure: not glibc's, so that both headers can be had. */
#define STATX(dir, path, flags, mask, buf) syscall(SYS_statx, dir, path, flags, mask, buf)

static void agree(const char *name)
{
	struct statx *x = (void *)guard(256);
	struct stat st;

	MUST(lstat(name, &st));
	T(STATX(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, x));
	printf("mask %#x mode %#o\n", x->stx_mask & 0xfff, x->stx_mode);
	TF(x->stx_ino == st.st_ino && x->stx_mode == st.st_mode);
	TF(x->stx_nlink == st.st_nlink && x->stx_size == (uint64_t)st.st_size);
	TF(x->stx_uid == st.st_uid && x->stx_gid == st.st_gid);
	TF(x->stx_blocks == (uint64_t)st.st_blocks);
	TF(x->stx_blksize == (uint64_t)st.st_blksize);
	TF(x->stx_mtime.tv_sec == st.st_mtim.tv_sec);
	TF(x->stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
	TF(x->stx_ctime.tv_sec == st.st_ctim.tv_sec);
	TF(!(x->stx_mask & STATX_BTIME) || x->stx_btime.tv_sec <= x->stx_ctime.tv_sec);
	TF(x->stx_dev_major == (st.st_dev >> 8 & 0xfff));
	printf("attributes %#llx\n", (unsigned long long)(x->stx_attributes & 0x874));
}

int main(void)
{
	static const unsigned int masks[] = { 0,
					      STATX_TYPE,
					      STATX_MODE,
					      STATX_SIZE,
					      STATX_INO,
					      STATX_NLINK,
					      STATX_BASIC_STATS,
					      STATX_BTIME,
					      STATX_BASIC_STATS | STATX_BTIME,
					      0x1000,
					      0x3fff };
	struct statx *x = (void *)guard(256);
	int fd;

	conf_init();
	put("f", "hello");
	MUST(mkdir("d", 0700));
	MUST(symlink("f", "l"));
	agree("f");
	agree("d");
	agree("l");
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		refill(x, 256);
		MUST(STATX(AT_FDCWD, "f", 0, masks[i], x));
		printf("mask %#x gives %#x size %d\n", masks[i], x->stx_mask & 0x3fff,
		       (int)x->stx_size);
	}
	T(STATX(AT_FDCWD, "f", AT_STATX_FORCE_SYNC, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", AT_STATX_DONT_SYNC, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", AT_NO_AUTOMOUNT, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", 1, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", 0, 0x80000000U, x));
	T(STATX(AT_FDCWD, "missing", 0, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f/x", 0, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "", 0, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "", AT_EMPTY_PATH, STATX_TYPE, x));
	printf("type %#o\n", x->stx_mode & S_IFMT);
	T(STATX(AT_FDCWD, BAD, 0, STATX_SIZE, x));
	T(STATX(AT_FDCWD, NIL, 0, STATX_SIZE, x));
	T(STATX(AT_FDCWD, "f", 0, STATX_SIZE, BAD));
	T(STATX(AT_FDCWD, "f", 0, STATX_SIZE, NIL));
	T(STATX(AT_FDCWD, "f", 0, STATX_SIZE, RO));
	T(STATX(AT_FDCWD, "f", 0, STATX_SIZE, (char *)x + 1));
	T(STATX(99, "f", 0, STATX_SIZE, x));
	T(STATX(99, "/", 0, STATX_SIZE, x));
	fd = T(open("f", O_RDONLY));
	T(STATX(fd, "", AT_EMPTY_PATH, STATX_SIZE, x));
	printf("size %d\n", (int)x->stx_size);
	T(STATX(fd, "f", 0, STATX_SIZE, x));
	T(close(fd));
	T(STATX(fd, "", AT_EMPTY_PATH, STATX_SIZE, x));
	return 0;
}
