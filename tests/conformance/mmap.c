/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping files to read them: private and shared, with offsets, after the
 * descriptor is closed or the file unlinked, over fork, the zeroes after the end
 * and the SIGBUS beyond it; and every way in which mmap refuses.
 */
#include "conf.h"
#include <setjmp.h>

static sigjmp_buf back;

static void on_bus(int sig)
{
	siglongjmp(back, sig);
}

/* Read one byte of a mapping, or say which signal came. */
static void peek(const char *what, const volatile char *p)
{
	int sig = sigsetjmp(back, 1);

	if (sig)
		printf("%s: SIG%s\n", what, sigabbrev_np(sig));
	else
		printf("%s: %#x\n", what, (unsigned char)*p);
}

static void refused(const char *what, void *p)
{
	if (p == MAP_FAILED)
		printf("%s: %s\n", what, conf_errname(errno));
	else
		printf("%s: mapped\n", what);
}

#define REFUSED(call)		       refused(#call, call)
#define MAP(len, prot, flags, fd, off) mmap(NULL, len, prot, flags, fd, off)

static void reading(size_t page)
{
	size_t size = 3 * page + 100;
	char *want = malloc(size), *p, *q;
	int fd = T(open("f", O_RDWR | O_CREAT, 0644));
	pid_t pid;

	pattern(want, size, 5);
	MUST(write(fd, want, size));
	p = MAP(size, PROT_READ, MAP_PRIVATE, fd, 0);
	TF(p != MAP_FAILED && !memcmp(p, want, size));
	peek("after the end", p + size);
	q = MAP(page, PROT_READ, MAP_SHARED, fd, (off_t)page);
	TF(q != MAP_FAILED && !memcmp(q, want + page, page));
	TF(lseek(fd, 0, SEEK_CUR) == (long)size);
	T(close(fd));
	T(unlink("f"));
	TF(!memcmp(p, want, size) && !memcmp(q, want + page, page));
	pid = conf_fork();
	if (!pid) {
		TF(!memcmp(p, want, size) && !memcmp(q, want + page, page));
		_exit(0);
	}
	conf_reap("child", pid);
	T(munmap(p + page, page));
	peek("in the hole", p + page);
	peek("before it", p + page - 1);
	TF(!memcmp(p + 2 * page, want + 2 * page, page + 100));
	T(munmap(p, 4 * page));
	T(munmap(q, page));
}

static void private_copy(size_t page)
{
	char *p;
	int fd;

	put("f", "0123456789");
	fd = T(open("f", O_RDONLY));
	p = MAP(page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	memcpy(p, "XXX", 3);
	dump("mine", p, 10);
	cat("f");
	T(msync(p, page, MS_SYNC));
	cat("f");
	pid_t pid = conf_fork();
	if (!pid) {
		memcpy(p + 5, "child", 5);
		_exit(0);
	}
	conf_reap("child", pid);
	dump("mine", p, 10);
	T(mprotect(p, page, PROT_READ));
	T(munmap(p, page));
	T(close(fd));
}

static void beyond(size_t page)
{
	char *p;
	int fd;

	put("f", "short");
	fd = T(open("f", O_RDWR));
	p = MAP(4 * page, PROT_READ, MAP_SHARED, fd, 0);
	peek("the first", p);
	peek("the last", p + 4);
	peek("zeroes", p + 5);
	peek("end of page", p + page - 1);
	peek("next page", p + page);
	T(ftruncate(fd, (off_t)(2 * page)));
	peek("grown", p + page);
	peek("still beyond", p + 2 * page);
	T(ftruncate(fd, 1));
	peek("cut", p + 4);
	peek("cut page", p + page);
	T(munmap(p, 4 * page));
	T(ftruncate(fd, 0));
	p = MAP(page, PROT_READ, MAP_PRIVATE, fd, 0);
	peek("empty file", p);
	T(munmap(p, page));
	T(close(fd));
}

static void errors(size_t page)
{
	int rd = T(open("f", O_RDONLY)), wr = T(open("f", O_WRONLY)), rw = T(open("f", O_RDWR));
	int dir = T(open(".", O_RDONLY)), p[2];
	char *at;

	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, wr, 0));
	REFUSED(MAP(page, PROT_WRITE, MAP_SHARED, rd, 0));
	REFUSED(MAP(page, PROT_READ | PROT_WRITE, MAP_SHARED, wr, 0));
	REFUSED(MAP(0, PROT_READ, MAP_PRIVATE, rd, 0));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, rd, 1));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, rd, -(off_t)page));
	REFUSED(MAP(page, PROT_READ, 0, rd, 0));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE | MAP_SHARED, 99, 0));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, 99, 0));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, -1, 0));
	REFUSED(MAP((size_t)-1, PROT_READ, MAP_PRIVATE, rd, 0));
	REFUSED(MAP((size_t)-1 / 2, PROT_READ, MAP_PRIVATE, rd, 0));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, dir, 0));
	MUST(pipe(p));
	REFUSED(MAP(page, PROT_READ, MAP_PRIVATE, p[0], 0));
	REFUSED(mmap((void *)1, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, rd, 0));
	at = MAP(2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TF(mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, rd, 0) == at);
	REFUSED(mmap(at + page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, rd, 0));
	T(munmap(at + 1, page));
	T(munmap(at, 0));
	T(msync(at + 1, page, MS_SYNC));
	T(msync(at, page, MS_SYNC | MS_ASYNC));
	T(munmap(at, 2 * page));
	T(msync(at, page, MS_SYNC));
	at = MAP(page, PROT_READ, MAP_SHARED, rd, 0);
	T(mprotect(at, page, PROT_READ | PROT_WRITE));
	at = MAP(page, PROT_READ, MAP_SHARED, rw, 0);
	T(mprotect(at, page, PROT_READ | PROT_WRITE));
	REFUSED(MAP(page, PROT_READ | PROT_EXEC, MAP_PRIVATE, rd, 0));
}

int main(void)
{
	size_t page = CONF_PAGE;

	conf_init();
	conf_handle(SIGBUS, on_bus, 0);
	conf_handle(SIGSEGV, on_bus, 0);
	reading(page);
	private_copy(page);
	beyond(page);
	errors(page);
	return 0;
}
