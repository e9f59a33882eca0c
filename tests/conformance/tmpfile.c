/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * O_TMPFILE: a file without a name, given one by linkat through the descriptor
 * and through /proc/self/fd, or kept from one by O_EXCL; its errors.
 */
#include "conf.h"

int main(void)
{
	char path[64], buf[16];
	struct stat st;
	int fd;

	conf_init();
	T(open(".", O_TMPFILE | O_RDONLY, 0600));
	T(open("missing", O_TMPFILE | O_RDWR, 0600));
	T(open(NIL, O_TMPFILE | O_RDWR, 0600));
	put("f", "file");
	T(open("f", O_TMPFILE | O_RDWR, 0600));
	fd = T(open(".", O_TMPFILE | O_RDWR, 0640));
	if (fd < 0)
		return 0; /* a filesystem without it */
	printf("F_GETFL %#o\n", (unsigned int)fcntl(fd, F_GETFL));
	MUST(fstat(fd, &st));
	printf("mode %#o nlink %d\n", st.st_mode, (int)st.st_nlink);
	T(write(fd, "nameless", 8));
	T(pread(fd, buf, sizeof(buf), 4));
	dump("tail", buf, 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	T(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	cat("named");
	MUST(fstat(fd, &st));
	printf("nlink %d\n", (int)st.st_nlink);
	T(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	T(close(fd));
	fd = T(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	T(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
	T(close(fd));
	fd = T(open(".", O_TMPFILE | O_WRONLY, 0600));
	T(linkat(fd, "", AT_FDCWD, "byfd", AT_EMPTY_PATH));
	T(linkat(fd, "", AT_FDCWD, "byfd2", 0));
	T(close(fd));
	T(close(fd));
	return 0;
}
