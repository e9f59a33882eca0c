/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sendfile, splice, tee and copy_file_range between every two of: a file, a
 * FIFO, a pipe, a memfd, devices, a unix socket; with and without offsets, and
 * what becomes of positions, offsets and contents. vmsplice to and from a FIFO.
 */
#include "conf.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SIZE 5000

enum { FILE_, FIFO, PIPE, MEMFD, ZERO, NULL_, SOCKET, NONE, ENDS };

static const char *const names[] = { "file", "fifo", "pipe",   "memfd",
				     "zero", "null", "socket", "none" };

struct end {
	int in, out; /* to read from, to write to */
	bool seeks;
};

static char text[SIZE];

/* A fresh one, with SIZE bytes in it if they can be read. */
static struct end make(int what, bool full)
{
	struct end e = { -1, -1, false };
	int p[2];

	switch (what) {
	case FILE_:
		e.in = e.out = (int)MUST(open(full ? "in" : "out", O_RDWR | O_CREAT | O_TRUNC, 0644));
		e.seeks = true;
		break;
	case FIFO:
		unlink("fifo");
		MUST(mkfifo("fifo", 0600));
		e.in = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
		e.out = (int)MUST(open("fifo", O_WRONLY | O_NONBLOCK));
		break;
	case PIPE:
		MUST(pipe2(p, O_NONBLOCK));
		e.in = p[0];
		e.out = p[1];
		break;
	case MEMFD:
		e.in = e.out = (int)MUST(memfd_create("m", 0));
		e.seeks = true;
		break;
	case ZERO:
		e.in = e.out = (int)MUST(open("/dev/zero", O_RDWR));
		return e;
	case NULL_:
		e.in = e.out = (int)MUST(open("/dev/null", O_RDWR));
		return e;
	case SOCKET:
		MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
		e.in = p[0];
		e.out = p[1];
		break;
	default:
		return e;
	}
	if (full)
		MUST(write(e.out, text, SIZE));
	if (full && e.seeks)
		lseek(e.in, 100, SEEK_SET);
	return e;
}

static void drop(const struct end *e)
{
	if (e->in >= 0)
		close(e->in);
	if (e->out >= 0 && e->out != e->in)
		close(e->out);
}

/* Where a transfer has left both ends, and what the second got. */
static void left(int from, int to, const struct end *a, const struct end *b)
{
	static char got[4 * SIZE];
	long n = 0, sum = 0;
	int waits = -1;

	if (a->seeks)
		printf(" at %ld", (long)lseek(a->in, 0, SEEK_CUR));
	else if ((from == FIFO || from == PIPE) && !ioctl(a->in, FIONREAD, &waits))
		printf(" holds %d", waits);
	if (b->seeks)
		printf(" to %ld", (long)lseek(b->out, 0, SEEK_CUR));
	if (b->seeks)
		n = pread(b->in, got, sizeof(got), 0);
	else if (to == FIFO || to == PIPE || to == SOCKET)
		n = read(b->in, got, sizeof(got));
	for (long i = 0; i < n; i++)
		sum += got[i] * (i + 1);
	printf(" got %ld %ld\n", n, sum);
}

enum { SENDFILE, SPLICE, TEE, COPY, CALLS };

static const char *const calls[] = { "sendfile", "splice", "tee", "copy_file_range" };

static void one(int call, int from, int to, bool offsets, size_t len)
{
	struct end a = make(from, true), b = make(to, false);
	loff_t in = 200, out = 300;
	ssize_t n = -1;

	errno = 0;
	if (call == SENDFILE)
		n = sendfile(b.out, a.in, offsets ? &in : NULL, len);
	else if (call == SPLICE)
		n = splice(a.in, offsets && a.seeks ? &in : NULL, b.out,
			   offsets && b.seeks ? &out : NULL, len, SPLICE_F_NONBLOCK);
	else if (call == TEE)
		n = tee(a.in, b.out, len, SPLICE_F_NONBLOCK);
	else
		n = copy_file_range(a.in, offsets ? &in : NULL, b.out, offsets ? &out : NULL, len, 0);
	printf("%s %s %s%s %zu = %zd %s, %ld %ld", calls[call], names[from], names[to],
	       offsets ? " offsets" : "", len, n, n < 0 ? conf_errname(errno) : "", (long)in,
	       (long)out);
	left(from, to, &a, &b);
	drop(&a);
	drop(&b);
}

/* Older kernels (6.1) cannot splice /dev/zero; rsx moves what it holds nevertheless. */
static bool zero_splices(void)
{
	static int known = -1;
	struct end zero, pipe;

	if (known < 0) {
		zero = make(ZERO, false);
		pipe = make(PIPE, false);
		known = splice(zero.in, NULL, pipe.out, NULL, 1, SPLICE_F_NONBLOCK) == 1;
		drop(&zero);
		drop(&pipe);
	}
	return known;
}

/* A socket takes what it likes at once; how much is the kernel's affair. */
static bool compared(int call, int from, int to)
{
	if ((from == ZERO || to == ZERO) && !zero_splices())
		return false;
	return !(call == SPLICE && from == SOCKET) && !(from == ZERO && to == NULL_) &&
	       !(call == SENDFILE && from == SOCKET);
}

static void all(void)
{
	int step = conf_often(3) < 3 ? 3 : 1; /* slow machines: two of four ways */

	for (int call = 0; call < CALLS; call++)
		for (int from = 0; from < ENDS; from++)
			for (int to = 0; to < ENDS; to++)
				for (int k = 0; compared(call, from, to) && k < 4; k += step)
					one(call, from, to, k % 2, k / 2 ? 4 * SIZE : 1000);
}

/* The same file, at two places: the kernel refuses what overlaps. */
static void itself(void)
{
	static const struct { loff_t in, out; size_t len; } at[] = {
		{ 0, 1000, 1000 }, { 0, 999, 1000 }, { 1000, 0, 1000 }, { 500, 0, 1000 },
		{ 0, 0, 10 }, { 4990, 5000, 100 }, { 4000, 4500, 10000 },
	};
	int same = (int)MUST(open("in", O_RDWR | O_CREAT | O_TRUNC, 0644)), dupe = dup(same);

	MUST(write(same, text, SIZE));
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		loff_t in = at[i].in, out = at[i].out, off = at[i].in;

		T(copy_file_range(same, &in, same, &out, at[i].len, 0));
		printf("%ld %ld\n", (long)in, (long)out);
		in = at[i].in;
		out = at[i].out;
		T(copy_file_range(same, &in, dupe, &out, at[i].len, 0));
		MUST(lseek(dupe, at[i].out, SEEK_SET));
		T(sendfile(dupe, same, &off, at[i].len < 100 ? at[i].len : 100));
	}
	T(copy_file_range(same, NULL, dupe, NULL, 10, 0));
	left(FILE_, FILE_, &(struct end){ same, same, true }, &(struct end){ dupe, dupe, true });
	close(same);
	close(dupe);
}

static void pages(const char *kind, int in, int out)
{
	struct iovec v[3] = { { "pages ", 6 }, { "", 0 }, { "of ours", 7 } };
	char *a = guard(5), *b = guard(64);
	struct iovec to[2] = { { a, 5 }, { b, 64 } }, big = { text, SIZE };
	ssize_t n;
	long all_of_it = 0;

	printf("-- %s\n", kind);
	T(vmsplice(in, to, 2, SPLICE_F_NONBLOCK));
	T(vmsplice(out, v, 3, SPLICE_F_NONBLOCK));
	T(vmsplice(in, to, 2, 0));
	dump("a", a, 5);
	dump("b", b, 8);
	T(vmsplice(out, v, 0, 0));
	T(vmsplice(out, v, 1025, 0));
	T(vmsplice(out, v, 3, 0x100));
	T(vmsplice(out, BAD, 1, 0));
	T(vmsplice(out, &(struct iovec){ BAD, 4 }, 1, SPLICE_F_NONBLOCK));
	T(vmsplice(out, &(struct iovec){ a, (size_t)-1 }, 1, 0));
	MUST(write(out, "x", 1));
	T(vmsplice(in, &(struct iovec){ BAD, 4 }, 1, 0));
	T(vmsplice(in, to, 1, 0));
	/* a full one takes no more */
	while ((n = vmsplice(out, &big, 1, SPLICE_F_NONBLOCK)) > 0)
		all_of_it += n;
	T(n);
	TF(all_of_it >= 16384);
	while ((n = read(in, b, 64)) > 0)
		all_of_it -= n;
	T(all_of_it);
	close(in);
	conf_handle(SIGPIPE, SIG_IGN, 0);
	T(vmsplice(out, v, 3, 0));
	close(out);
}

/* It waits, and a child's writing or reading ends that. */
static void waits(void)
{
	char got[8] = { 0 };
	struct iovec v = { got, 8 };
	int in, out;
	pid_t pid;

	unlink("fifo");
	MUST(mkfifo("fifo", 0600));
	in = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
	out = (int)MUST(open("fifo", O_WRONLY));
	pid = conf_fork();
	if (!pid) {
		conf_msleep(30);
		MUST(write(out, "late", 4));
		_exit(0);
	}
	T(vmsplice(in, &v, 1, 0));
	puts(got);
	conf_reap("writer", pid);
	close(out);
	T(vmsplice(in, &v, 1, 0));
	close(in);
}

int main(void)
{
	struct end p, f;
	struct iovec v = { "x", 1 };
	int fd;

	conf_init();
	pattern(text, SIZE, 5);
	all();
	itself();
	p = make(PIPE, false);
	f = make(FIFO, false);
	pages("pipe", p.in, p.out);
	pages("fifo", f.in, f.out);
	waits();
	fd = T(open("in", O_RDWR));
	T(vmsplice(fd, &v, 1, 0));
	T(vmsplice(fd, &v, 0, 0));
	close(fd);
	return 0;
}
