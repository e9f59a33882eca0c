/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Five gibibytes that are mostly holes: sizes and offsets above 32 bits in every
 * call that has any; data and holes found; mapped far behind; no trace of it left.
 */
#include "conf.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

#define GIB (1L << 30)
#define END (5 * GIB)

static void seek(int fd)
{
	static const long from[] = { 0, 4096, GIB, 3 * GIB - 1, 3 * GIB, END - 4, END - 1, END };
	off_t to;

	for (unsigned i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		to = lseek(fd, from[i], SEEK_DATA);
		printf("data from %ld: %ld %s\n", from[i], to < 0 ? to : to / 4096,
		       to < 0 ? conf_errname(errno) : "pages");
		to = lseek(fd, from[i], SEEK_HOLE);
		printf("hole from %ld: %ld %s\n", from[i], to < 0 ? to : to / 4096,
		       to < 0 ? conf_errname(errno) : "pages");
	}
}

static void offsets(int fd)
{
	char buf[16] = "";
	struct iovec v = { buf, 8 };
	off_t at;

	T(pwrite(fd, "start", 5, 0));
	T(pwrite(fd, "three", 5, 3 * GIB));
	T(lseek(fd, END - 4, SEEK_SET));
	T(write(fd, "tail", 4));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, -2 * GIB, SEEK_CUR));
	T(read(fd, buf, 8));
	dump("three", buf, 8);
	T(lseek(fd, 0, SEEK_CUR));
	T(preadv(fd, &v, 1, END - 6));
	dump("tail", buf, 8);
	T(pwritev(fd, &v, 1, 4 * GIB));
	T(preadv2(fd, &v, 1, -1, 0));
	T(lseek(fd, 0, SEEK_CUR));
	at = 3 * GIB;
	T(sendfile(open("copy", O_RDWR | O_CREAT, 0644), fd, &at, 5));
	printf("at %ld\n", (long)at);
	cat("copy");
	T(pread(fd, buf, 1, END));
	T(pread(fd, buf, 1, END - 1));
	T(pread(fd, buf, 8, LONG_MAX));
	T(pread(fd, buf, 8, LONG_MAX - 7));
	T(pwrite(fd, buf, 8, LONG_MAX - 3));
}

static void sizes(int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	printf("size %ld\n", (long)st.st_size);
	TF(st.st_blocks < 1000);
	MUST(stat("big", &st));
	printf("size %ld\n", (long)st.st_size);
	T(truncate("big", END + GIB));
	T(lseek(fd, 0, SEEK_END));
	T(lseek(fd, -1, SEEK_END));
	T(ftruncate(fd, END));
	T(lseek(fd, 0, SEEK_END));
	T(fallocate(fd, FALLOC_FL_KEEP_SIZE, END + GIB, 8192));
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * GIB, 4096));
	T(lseek(fd, GIB, SEEK_DATA));
	T(pwrite(fd, "three", 5, 3 * GIB));
	T(posix_fadvise(fd, 3 * GIB, GIB, POSIX_FADV_WILLNEED));
	T(readahead(fd, 4 * GIB, 1 << 20));
	T(sync_file_range(fd, 3 * GIB, GIB, SYNC_FILE_RANGE_WRITE));
}

static void locks(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 4 * GIB, .l_len = GIB };

	T(fcntl(fd, F_OFD_SETLK, &l));
	l = (struct flock) { .l_type = F_WRLCK };
	T(fcntl(open("big", O_RDWR), F_OFD_GETLK, &l));
	printf("%d %ld+%ld\n", l.l_type, (long)l.l_start, (long)l.l_len);
}

int main(void)
{
	int fd;

	conf_init();
	fd = T(open("big", O_RDWR | O_CREAT, 0644));
	T(ftruncate(fd, END));
	offsets(fd);
	T(fsync(fd));
	seek(fd);
	sizes(fd);
	locks(fd);
	/* what a look at all of it would take too long for */
	T(unlink("big"));
	return 0;
}
