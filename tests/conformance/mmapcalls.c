/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rarer ways to map, and the calls around mappings: what flags, descriptors,
 * offsets and lengths are refused, and with what; replacing, reordering, looking at
 * and locking pages; sealed memory; and when stores reach the file: every call that
 * ends a descriptor or a process.
 */
#include "fault.h"
#include <sys/sysmacros.h>

static size_t page;

static void *shown(const char *what, void *p)
{
	printf("%s: %s\n", what, p == MAP_FAILED ? conf_errname(errno) : "mapped");
	return p;
}

#define M(len, prot, flags, fd, off) \
	shown(#len " " #prot " " #flags " " #fd " " #off, mmap(NULL, len, prot, flags, fd, off))

static void refusals(void)
{
	int rd = T(open("f", O_RDONLY)), rw = T(open("f", O_RDWR)), wr = T(open("f", O_WRONLY));
	int path = T(open("f", O_PATH)), dir = T(open(".", O_RDONLY)), app, fifo, null, zero;

	M(page, PROT_READ, MAP_PRIVATE, path, 0);
	M(page, PROT_NONE, MAP_PRIVATE, path, 0);
	M(page, PROT_NONE, MAP_SHARED, wr, 0);
	M(page, PROT_WRITE, MAP_PRIVATE, wr, 0);
	M(page, PROT_NONE, MAP_PRIVATE, rd, 0);
	M(page, PROT_WRITE, MAP_PRIVATE, rd, 0);
	M(page, PROT_WRITE, MAP_SHARED, rw, 0);
	M(page, PROT_NONE, MAP_SHARED, dir, 0);
	M(0, PROT_READ, MAP_SHARED, dir, 0);
	M(0, PROT_READ, MAP_SHARED, rw, 0);
	M(page, PROT_READ, MAP_SHARED, rw, 100);
	M(page, PROT_READ, MAP_SHARED, rw, (off_t)(~(size_t)0 / 2 / page * page));
	M(~(size_t)0 / 4, PROT_READ, MAP_SHARED, rw, 0);
	M(~(size_t)0 - 2 * page, PROT_READ, MAP_PRIVATE, rw, 0);
	M(page, PROT_READ, MAP_SHARED, rw, 1000 * (off_t)page);
	M(page, PROT_READ, MAP_SHARED_VALIDATE, rw, 0);
	M(page, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, rw, 0);
	M(page, PROT_READ, MAP_SHARED_VALIDATE | 0x8000000, rw, 0);
	M(page, PROT_READ, MAP_SHARED | 0x8000000, rw, 0);
	M(page, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, rw, 0);
	M(page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_GROWSDOWN, rw, 0);
	M(page, PROT_READ, MAP_PRIVATE | MAP_NORESERVE | MAP_NONBLOCK | MAP_POPULATE, rw, 0);
	M(page, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE | MAP_EXECUTABLE, rw, 0);
	M(page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, rw, 0);
	M(page, 0x80, MAP_PRIVATE, rw, 0);
	app = T(open("f", O_RDWR | O_APPEND));
	M(page, PROT_READ, MAP_SHARED, app, 0);
	M(page, PROT_READ, MAP_PRIVATE, app, 0);
	MUST(mkfifo("fifo", 0600));
	fifo = T(open("fifo", O_RDWR));
	M(page, PROT_READ, MAP_PRIVATE, fifo, 0);
	null = T(open("/dev/null", O_RDWR));
	zero = T(open("/dev/zero", O_RDWR));
	M(page, PROT_READ, MAP_SHARED, null, 0);
	TF(*(char *)M(page, PROT_READ, MAP_PRIVATE, zero, 0) == 0);
	for (int fd = rd; fd <= zero; fd++)
		close(fd);
}

static void fixed(void)
{
	int fd = T(open("f", O_RDWR));
	char *at = mmap(NULL, 8 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p;

	p = mmap(at + page, page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	TF(p == at + page);
	touch("below", at, false);
	touch("the file", p, false);
	shown("no replace", mmap(p, page, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0));
	shown("odd", mmap(p + 1, page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0));
	TF(mmap(at, 3 * page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == at);
	touch("the file", at, false);
	touch("its second page", at + page, false);
	T(munmap(at, 8 * page));
	shown("at a hint", mmap(at, page, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0));
	T(munmap(at, page));
	T(munmap(at, page));
	T(munmap(at, (size_t)-1));
	close(fd);
}

static void pages(void)
{
	int fd = T(open("f", O_RDWR));
	char *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *q;
	unsigned char vec[8];

	touch("first", p, false);
	T(mincore(p, 4 * page, vec));
	TF(vec[0] & 1);
	T(mincore(p + 1, page, vec));
	T(mincore(p, page, BAD));
	T(mlock(p, 3 * page));
	T(munlock(p, 3 * page));
	T(syscall(SYS_mlock2, p, page, 1)); /* MLOCK_ONFAULT */
	T(syscall(SYS_mlock2, p, page, 2));
	T(munlock(p, page));
	T(mlock(p + 3 * page, page)); /* beyond the end */
	T(munlock(p, 4 * page));
	T(madvise(p + 1, page, MADV_NORMAL));
	T(madvise(p, page, 12345));
	T(madvise(p, page, MADV_SEQUENTIAL));
	T(madvise(p, page, MADV_DONTNEED));
	touch("after it", p, false);
	T(madvise(p, page, MADV_DONTFORK));
	T(madvise(p, page, MADV_DOFORK));
	T(madvise(p, 4 * page, 22)); /* MADV_POPULATE_READ, to beyond the end */
	T(mprotect(p, page, PROT_NONE));
	touch("none", p, false);
	touch("none", p, true);
	T(madvise(p, page, 22));
	T(mprotect(p, page, PROT_WRITE));
	touch("writable", p, true);
	T(mprotect(p, page, PROT_READ));
	touch("read-only", p, true);
	T(mprotect(p, page, 0x1000));
	T(mprotect(p + 1, page, PROT_READ));
	T(mprotect(p, page, PROT_READ | PROT_WRITE));
	q = mremap(p, 3 * page, page, 0);
	TF(q == p);
	touch("cut off", p + page, false);
	TF(mremap(p, page, 0, 0) == MAP_FAILED && errno == EINVAL);
	TF(mremap(p, page, page, 8) == MAP_FAILED && errno == EINVAL);
	TF(mremap(p + 1, page, page, 0) == MAP_FAILED && errno == EINVAL);
	q = mremap(p, page, page, MREMAP_MAYMOVE | 4, NULL); /* MREMAP_DONTUNMAP: from a hint */
	TF(q != MAP_FAILED && q != p && !memcmp(q, "!age 0", 6) && !memcmp(p, q, page));
	memcpy(q, "page 0", 6);
	TF(!memcmp(p, q, page));
	T(msync(p, page, MS_ASYNC | MS_INVALIDATE));
	T(msync(p, page, 64));
	T(remap_file_pages(q, page, 0, 1, 0));
	dump("the second", q, 6);
	T(remap_file_pages(q, page, PROT_READ, 1, 0));
	T(munmap(p, 4 * page));
	T(munmap(q, page));
	close(fd);
}

static void sealed(void)
{
	int fd = T(memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	char *p;

	T(ftruncate(fd, (off_t)page));
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	T(munmap(p, page));
	T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
	T(fcntl(fd, F_GET_SEALS));
	shown("sealed", mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	shown("to read", mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0));
	T(ftruncate(fd, 0));
	T(write(fd, "x", 1));
	T(close(fd));
	fd = T(open("f", O_RDWR));
	T(fcntl(fd, F_GET_SEALS));
	T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	T(close(fd));
}

/* A child stores and then does something; is it in the file, as another process reads it? */
static void stored(const char *what, void (*after)(char *p, int fd))
{
	int fd = (int)MUST(open("s", O_RDWR | O_CREAT | O_TRUNC, 0644)), go[2], done[2];
	char *p, c;
	pid_t pid;

	MUST(ftruncate(fd, (off_t)page));
	MUST(pipe(go));
	MUST(pipe(done));
	pid = conf_fork();
	if (!pid) {
		p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memcpy(p + 100, what, 5);
		after(p, fd);
		MUST(write(done[1], "x", 1));
		if (read(go[0], &c, 1) < 1)
			_exit(1);
		_exit(0);
	}
	close(done[1]);
	if (read(done[0], &c, 1) < 0)
		exit(99);
	fflush(stdout);
	/* by a program that has nothing to do with it */
	pid_t dd = conf_fork();
	if (!dd) {
		execl("/proc/self/exe", "mmapcalls", "show", (char *)NULL);
		_exit(9);
	}
	conf_reap(what, dd);
	MUST(write(go[1], "x", 1));
	conf_reap("child", pid);
	close(go[0]);
	close(go[1]);
	close(done[0]);
	close(fd);
}

static void by_msync(char *p, int fd)
{
	(void)fd;
	msync(p, page, MS_SYNC);
}

static void by_fsync(char *p, int fd)
{
	(void)p;
	fsync(fd);
}

static void by_fdatasync(char *p, int fd)
{
	(void)p;
	fdatasync(fd);
}

static void by_close(char *p, int fd)
{
	(void)p;
	close(fd);
}

static void by_dup3(char *p, int fd)
{
	(void)p;
	dup3(0, fd, O_CLOEXEC);
}

static void by_close_range(char *p, int fd)
{
	(void)p;
	syscall(SYS_close_range, fd, fd, 0);
}

static void by_munmap(char *p, int fd)
{
	(void)fd;
	munmap(p, page);
}

static void by_fork(char *p, int fd)
{
	pid_t pid = fork();

	(void)p;
	(void)fd;
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void by_exec(char *p, int fd)
{
	(void)p;
	(void)fd;
	execl("/bin/true", "true", (char *)NULL);
}

static void by_exit(char *p, int fd)
{
	(void)p;
	(void)fd;
	_exit(0);
}

static void by_kill(char *p, int fd)
{
	(void)p;
	(void)fd;
	raise(SIGKILL);
}

static void by_map_over(char *p, int fd)
{
	(void)fd;
	mmap(p, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void by_sync(char *p, int fd)
{
	(void)p;
	(void)fd;
	sync();
}

int main(int argc, char **argv)
{
	char text[16];
	int fd;

	conf_init();
	page = CONF_PAGE;
	if (argc > 1) {
		(void)argv;
		fd = (int)MUST(open("s", O_RDONLY));
		MUST(pread(fd, text, 5, 100));
		dump("in the file", text, 5);
		return 0;
	}
	catch_faults();
	fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "page %d", i);
		MUST(pwrite(fd, text, 6, (off_t)((size_t)i * page)));
	}
	MUST(close(fd));
	refusals();
	fixed();
	pages();
	sealed();
	stored("msync", by_msync);
	stored("fsync", by_fsync);
	stored("fdatasync", by_fdatasync);
	stored("close", by_close);
	stored("dup3 ", by_dup3);
	stored("close_range", by_close_range);
	stored("munmap", by_munmap);
	stored("fork ", by_fork);
	stored("execve", by_exec);
	stored("exit ", by_exit);
	stored("kill ", by_kill);
	stored("mmap over it", by_map_over);
	stored("sync ", by_sync);
	return 0;
}
