/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendfile, copy_file_range and splice between files and pipes: with and without
 * offsets, more than there is, the two offsets afterwards, and the errors.
 */
#include "conf.h"
#include <sys/sendfile.h>

enum { SIZE = 200000 };

static bool equal(const char *a, const char *b)
{
	static char one[SIZE + 1], two[SIZE + 1];
	int fa = open(a, O_RDONLY), fb = open(b, O_RDONLY);
	long na = read(fa, one, sizeof(one)), nb = read(fb, two, sizeof(two));

	close(fa);
	close(fb);
	return na == nb && na >= 0 && !memcmp(one, two, na);
}

static void at(const char *what, int fd)
{
	printf("  %s at %ld\n", what, (long)lseek(fd, 0, SEEK_CUR));
}

static void sending(int in, int out)
{
	off_t off = 5;
	int p[2];
	char buf[16];

	T(sendfile(out, in, NULL, SIZE));
	at("in", in);
	at("out", out);
	TF(equal("in", "out"));
	T(sendfile(out, in, NULL, SIZE));
	T(ftruncate(out, 0));
	T(lseek(out, 0, SEEK_SET));
	T(sendfile(out, in, &off, 10));
	printf("  offset %ld\n", (long)off);
	at("in", in);
	off = SIZE - 3;
	T(sendfile(out, in, &off, 1 << 30));
	printf("  offset %ld\n", (long)off);
	off = -1;
	T(sendfile(out, in, &off, 10));
	T(sendfile(out, in, BAD, 10));
	T(sendfile(out, in, NULL, 0));
	T(sendfile(out, 99, NULL, 10));
	T(sendfile(99, in, NULL, 10));
	T(sendfile(in, out, NULL, 10));
	MUST(pipe(p));
	off = 0;
	T(sendfile(p[1], in, &off, 8));
	T(read(p[0], buf, 16));
	T(sendfile(out, p[0], NULL, 8));
	close(p[0]);
	close(p[1]);
}

static void ranges(int in, int out)
{
	off_t from = 100, to = 50;

	T(ftruncate(out, 0));
	T(lseek(in, 0, SEEK_SET));
	T(lseek(out, 0, SEEK_SET));
	T(copy_file_range(in, NULL, out, NULL, SIZE, 0));
	at("in", in);
	at("out", out);
	TF(equal("in", "out"));
	T(copy_file_range(in, NULL, out, NULL, SIZE, 0));
	T(copy_file_range(in, &from, out, &to, 10, 0));
	printf("  offsets %ld %ld\n", (long)from, (long)to);
	at("in", in);
	T(copy_file_range(in, &from, out, &to, 10, 1));
	T(copy_file_range(in, NULL, in, NULL, 10, 0));
	from = 0;
	to = 5;
	T(copy_file_range(in, &from, in, &to, 10, 0));
	T(copy_file_range(in, BAD, out, NULL, 10, 0));
	T(copy_file_range(in, NULL, 99, NULL, 10, 0));
	T(copy_file_range(out, NULL, in, NULL, 10, 0) == -1 ? -1 : 0);
}

static void splices(int in, int out)
{
	loff_t off = 10;
	char buf[16];
	int p[2];

	MUST(pipe(p));
	T(splice(in, &off, p[1], NULL, 8, 0));
	printf("  offset %ld\n", (long)off);
	T(ftruncate(out, 0));
	T(lseek(out, 0, SEEK_SET));
	T(splice(p[0], NULL, out, NULL, 5, 0));
	at("out", out);
	T(read(p[0], buf, 16));
	T(splice(in, NULL, out, NULL, 5, 0));
	T(splice(p[0], &off, out, NULL, 5, 0));
	T(splice(99, NULL, p[1], NULL, 5, 0));
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	char *text = malloc(SIZE);
	int in, out;

	conf_init();
	pattern(text, SIZE, 9);
	in = T(open("in", O_RDWR | O_CREAT, 0644));
	T(write(in, text, SIZE));
	T(close(in));
	in = T(open("in", O_RDONLY));
	out = T(open("out", O_RDWR | O_CREAT, 0644));
	sending(in, out);
	ranges(in, out);
	splices(in, out);
	return 0;
}
