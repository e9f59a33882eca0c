/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statfs and fstatfs: the path and the descriptor agree, the numbers make sense,
 * the structure is written to its end and no further, and the errors.
 */
#include "conf.h"
#include <sys/statvfs.h>
#include <sys/vfs.h>

int main(void)
{
	struct statfs *a = (void *)guard(sizeof(*a)), *b = (void *)guard(sizeof(*b));
	struct statvfs v;
	int fd, p[2];

	conf_init();
	put("f", "x");
	T(statfs(".", a));
	fd = T(open("f", O_RDONLY));
	T(fstatfs(fd, b));
	printf("type %#lx bsize %ld namelen %ld frsize %ld\n", (long)a->f_type, (long)a->f_bsize,
	       (long)a->f_namelen, (long)a->f_frsize);
	TF(a->f_type == b->f_type && a->f_bsize == b->f_bsize);
	TF(a->f_blocks == b->f_blocks && a->f_files == b->f_files);
	TF(!memcmp(&a->f_fsid, &b->f_fsid, sizeof(a->f_fsid)));
	TF(a->f_bfree <= a->f_blocks && a->f_bavail <= a->f_bfree);
	TF(a->f_blocks > 0);
	T(statvfs("f", &v));
	TF(v.f_bsize == (unsigned long)a->f_bsize && v.f_blocks == a->f_blocks);
	printf("namemax %ld flag %#lx\n", (long)v.f_namemax, v.f_flag);
	T(statfs("none", a));
	T(statfs("f/x", a));
	T(statfs("", a));
	T(statfs(NIL, a));
	T(statfs(BAD, a));
	T(statfs("f", NIL));
	T(statfs("f", BAD));
	T(statfs("f", RO));
	T(statfs("f", (void *)((char *)a + 1)));
	T(statfs("none", BAD));
	T(fstatfs(fd, BAD));
	T(close(fd));
	T(fstatfs(fd, a));
	T(fstatfs(fd, BAD));
	T(fstatfs(-1, a));
	T(statfs("/proc/self", a));
	printf("type %#lx\n", (long)a->f_type);
	MUST(pipe(p));
	T(fstatfs(p[0], a));
	printf("type %#lx\n", (long)a->f_type);
	fd = T(open(".", O_PATH));
	T(fstatfs(fd, a));
	printf("type %d\n", a->f_type == b->f_type);
	return 0;
}
