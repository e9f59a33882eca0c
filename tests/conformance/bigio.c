/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfers larger than any message: 3 MiB in one write and one read, in one
 * iovec, appended, and lengths of gigabytes for a small file. The count is the
 * whole and the bytes are the same.
 */
#include "conf.h"
#include <sys/uio.h>

enum { BIG = 3 << 20 };

int main(void)
{
	char *out = guard(BIG), *in = guard(BIG);
	struct iovec iov[3] = { { in, 1000001 },
				{ in + 1000001, 7 },
				{ in + 1000008, BIG - 1000008 } };
	unsigned long want;
	int fd;

	conf_init();
	pattern(out, BIG, 7);
	want = sum(out, BIG);
	fd = T(open("big", O_RDWR | O_CREAT, 0644));
	T(write(fd, out, BIG));
	T(lseek(fd, 0, SEEK_CUR));
	T(lseek(fd, 0, SEEK_SET));
	T(read(fd, in, BIG));
	TF(sum(in, BIG) == want);
	T(read(fd, in, BIG));
	refill(in, BIG);
	T(pread(fd, in, BIG, 0));
	TF(sum(in, BIG) == want);
	refill(in, BIG);
	T(preadv(fd, iov, 3, 0));
	TF(sum(in, BIG) == want);
	/* more asked for than the file or the buffer has */
	refill(in, BIG);
	T(pread(fd, in, 0x7fffffff, 0));
	TF(sum(in, BIG) == want);
	refill(in, BIG);
	T(pread(fd, in, BIG, 1));
	TF(!memcmp(in, out + 1, BIG - 1));
	TF((unsigned char)in[BIG - 1] == CONF_FILL);
	/* odd sizes around the powers of two */
	for (int shift = 12; shift <= 21; shift += 3) {
		for (int d = -1; d <= 1; d++) {
			long n = (1L << shift) + d, got;

			refill(in, BIG);
			got = pread(fd, in, n, 5);
			printf("%ld: %ld %d\n", n, got, !memcmp(in, out + 5, n));
		}
	}
	for (int i = 0; i < 3; i++)
		iov[i].iov_base = out + ((char *)iov[i].iov_base - in);
	T(ftruncate(fd, 0));
	T(pwritev(fd, iov, 3, 0));
	T(pread(fd, in, BIG, 0));
	TF(sum(in, BIG) == want);
	T(close(fd));
	fd = T(open("log", O_RDWR | O_CREAT | O_APPEND, 0644));
	T(write(fd, out, BIG));
	T(write(fd, out, BIG));
	T(lseek(fd, 0, SEEK_END));
	T(pread(fd, in, BIG, BIG));
	TF(sum(in, BIG) == want);
	T(close(fd));
	return 0;
}
