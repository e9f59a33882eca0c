/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fsync, fdatasync, sync_file_range, syncfs, posix_fadvise and readahead on a
 * file, a directory, a read-only descriptor, a pipe and a closed one.
 */
#include "conf.h"

int main(void)
{
	int fd, ro, dir, p[2];

	conf_init();
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	T(write(fd, "hello", 5));
	T(fsync(fd));
	T(fdatasync(fd));
	T(sync_file_range(fd, 0, 5, SYNC_FILE_RANGE_WRITE));
	T(sync_file_range(fd, -1, 5, SYNC_FILE_RANGE_WRITE));
	T(sync_file_range(fd, 0, 5, 0x100));
	T(syncfs(fd));
	T(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	T(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	TF(posix_fadvise(fd, 0, 0, 99) == EINVAL);
	T(readahead(fd, 0, 100));
	ro = T(open("f", O_RDONLY));
	T(fsync(ro));
	T(fdatasync(ro));
	dir = T(open(".", O_RDONLY));
	T(fsync(dir));
	T(fdatasync(dir));
	MUST(pipe(p));
	T(fsync(p[0]));
	T(fdatasync(p[1]));
	TF(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL) == ESPIPE);
	T(close(fd));
	T(fsync(fd));
	T(fdatasync(fd));
	T(fsync(-1));
	T(syncfs(-1));
	T(readahead(fd, 0, 100));
	cat("f");
	return 0;
}
