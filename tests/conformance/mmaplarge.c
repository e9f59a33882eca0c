/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapping of a large, mostly empty file, touched here and there: by loads and
 * stores, by system calls on both sides, by several threads, children and
 * programs at once; protected, moved, cut, dropped, removed and locked; its
 * file written, cut and made longer beneath it.
 */
#include "fault.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define MIB  ((size_t)1 << 20)
#define SIZE (96 * MIB)
#define STEP (7 * MIB + 5 * 4096 + 123) /* from mark to mark */
#define MARKS 12

static int make(const char *name)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));
	char mark[16];

	MUST(ftruncate(fd, SIZE));
	for (int i = 0; i < MARKS; i++) {
		snprintf(mark, sizeof(mark), "mark %02d", i);
		MUST(pwrite(fd, mark, 7, (off_t)(i * STEP)));
	}
	return fd;
}

static char *map(int fd, int prot, int flags)
{
	char *p = mmap(NULL, SIZE, prot, flags, fd, 0);

	MUST((long)p);
	return p;
}

static void marks(const char *what, const char *p, int from, int to)
{
	printf("%s:", what);
	for (int i = from; i < to; i++)
		printf(" %.7s", p + (size_t)i * STEP);
	printf("\n");
}

static void loads(void)
{
	int fd = make("a"), ro = (int)MUST(open("a", O_RDONLY));
	char *priv = map(ro, PROT_READ, MAP_PRIVATE), *shared = map(ro, PROT_READ, MAP_SHARED);

	marks("private", priv, 0, 3);
	marks("shared", shared, 2, 6);
	touch("empty", priv + 50 * MIB + 77, false);
	touch("read-only", priv + 60 * MIB, true);
	T(mprotect(shared, SIZE, PROT_READ | PROT_WRITE));
	T(mprotect(priv, SIZE, PROT_READ | PROT_WRITE));
	touch("private now", priv + 60 * MIB, true);
	touch("beside it", priv + 60 * MIB + 1, false);
	T(madvise(priv + 60 * MIB, 4096, MADV_DONTNEED));
	touch("dropped", priv + 60 * MIB, false);
	memcpy(priv + 3 * STEP, "MINE", 4);
	T(madvise(priv, SIZE, MADV_DONTNEED));
	marks("the file's again", priv, 3, 4);
	T(mprotect(priv + 70 * MIB, MIB, PROT_NONE));
	touch("none", priv + 70 * MIB, false);
	touch("none", priv + 70 * MIB, true);
	T(mprotect(priv + 70 * MIB, MIB, PROT_READ));
	touch("read again", priv + 70 * MIB, false);
	T(close(fd));
	T(close(ro));
	T(unlink("a"));
	marks("unlinked", priv, 8, 10);
	T(munmap(priv + 10 * STEP / 4096 * 4096, 4096));
	touch("hole", priv + 10 * STEP, false);
	marks("behind it", priv, 11, 12);
	MUST(munmap(priv, SIZE));
	MUST(munmap(shared, SIZE));
}

static void calls_here(char *p)
{
	struct iovec v[2] = { { p + STEP, 7 }, { p + 2 * STEP, 7 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	struct timespec *ts = (struct timespec *)(p + 20 * MIB);
	int pair[2], s[2];

	MUST(pipe(pair));
	T(write(pair[1], p, 7));
	T(writev(pair[1], v, 2));
	T(read(pair[0], p + 30 * MIB, 21));
	dump("read", p + 30 * MIB, 21);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	v[0].iov_base = p + 3 * STEP;
	v[1].iov_base = p + 4 * STEP;
	T(sendmsg(s[0], &m, 0));
	T(recv(s[1], p + 40 * MIB, 14, 0));
	dump("received", p + 40 * MIB, 14);
	T(syscall(SYS_futex, p + 45 * MIB, FUTEX_WAIT, 1, NULL, NULL, 0));
	T(nanosleep(ts, NULL));
	T(clock_gettime(CLOCK_REALTIME, (struct timespec *)(p + 21 * MIB)));
	TF(((struct timespec *)(p + 21 * MIB))->tv_sec > 1000);
	memset(p + 21 * MIB, 0, sizeof(*ts));
	T(mprotect(p + 22 * MIB + 4096, 4096, PROT_NONE));
	T(write(pair[1], p + 22 * MIB + 4093, 7));
	T(mprotect(p + 22 * MIB + 4096, 4096, PROT_READ | PROT_WRITE));
	v[0] = (struct iovec){ p + 50 * MIB, 14 };
	v[1] = (struct iovec){ p + 5 * STEP, 14 };
	T(process_vm_readv(getpid(), v, 1, v + 1, 1, 0));
	dump("from itself", p + 50 * MIB, 7);
	for (int i = 0; i < 2; i++) {
		close(pair[i]);
		close(s[i]);
	}
}

static void calls_there(char *p)
{
	struct iovec v[2] = { { p + 8 * STEP, 7 }, { p + 9 * STEP, 7 } };
	int fd = T(open("out", O_RDWR | O_CREAT | O_TRUNC, 0644));

	T(write(fd, p + 7 * STEP, 7));
	T(writev(fd, v, 2));
	cat("out");
	T(pread(fd, p + 31 * MIB, 21, 0));
	dump("pread", p + 31 * MIB, 21);
	T(write(fd, p + 80 * MIB, 3 * MIB));
	T(pread(fd, p + 84 * MIB, 3 * MIB, 5));
	TF(!memcmp(p + 84 * MIB, "07mark", 2) && !p[87 * MIB - 1]);
	strcpy(p + 35 * MIB + 4094, "out");
	T(access(p + 35 * MIB + 4094, F_OK));
	T(access(p + 36 * MIB, F_OK));
	T(close(fd));
}

struct job {
	const char *p;
	int sum;
};

static void *sum_marks(void *arg)
{
	struct job *j = arg;
	sigset_t all;

	/* a signal that is blocked cannot tell of a missing page */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < MARKS; i++)
		j->sum += j->p[(size_t)i * STEP + 6];
	return NULL;
}

static void threads(void)
{
	int fd = make("t"), want = 0;
	char *p = map(fd, PROT_READ, MAP_SHARED);
	pthread_t thread[8];
	struct job job[8];
	struct sigaction sa;

	for (int i = 0; i < 8; i++) {
		job[i] = (struct job){ p, 0 };
		pthread_create(&thread[i], NULL, sum_marks, &job[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		want += job[i].sum;
	}
	printf("sum %d\n", want);
	TF(!sigaction(SIGSEGV, NULL, &sa) && sa.sa_sigaction == on_fault);
	TF(!sigaction(SIGBUS, NULL, &sa) && sa.sa_sigaction == on_fault);
	MUST(munmap(p, SIZE));
	close(fd);
}

static void children(void)
{
	int fd = make("c");
	char *priv = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char *shared = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t pid;

	marks("before", priv, 0, 2);
	memcpy(priv, "PRIV", 4);
	pid = conf_fork();
	if (!pid) {
		marks("child", priv, 0, 4);
		marks("child", shared, 4, 6);
		memcpy(shared + 6 * STEP, "CHILD", 5);
		pid = conf_fork();
		if (!pid) {
			marks("grandchild", shared, 6, 9);
			_exit(0);
		}
		conf_reap("grandchild", pid);
		fflush(stdout);
		_exit(0);
	}
	conf_reap("child", pid);
	marks("parent", shared, 6, 8);
	marks("parent", priv, 9, 11);
	fflush(stdout);
	pid = vfork();
	if (!pid) {
		execl("/proc/self/exe", "mmaplarge", "c", (char *)NULL);
		_exit(9);
	}
	conf_reap("program", pid);
	marks("after it", shared, 11, 12);
	MUST(munmap(priv, SIZE));
	MUST(munmap(shared, SIZE));
	close(fd);
}

/* Neither a mapping nor a child needs a descriptor. */
static void no_descriptors(void)
{
	struct rlimit old, none;
	int fd = make("d"), next = (int)MUST(dup(fd));
	char *p;
	pid_t pid;

	MUST(close(next));
	MUST(getrlimit(RLIMIT_NOFILE, &old));
	none = (struct rlimit){ (rlim_t)next, old.rlim_max };
	T(setrlimit(RLIMIT_NOFILE, &none));
	TF(dup(fd) < 0 && errno == EMFILE);
	p = map(fd, PROT_READ, MAP_SHARED);
	marks("mapped", p, 0, 2);
	pid = conf_fork();
	if (!pid) {
		marks("child", p, 3, 5);
		_exit(0);
	}
	conf_reap("child", pid);
	T(setrlimit(RLIMIT_NOFILE, &old));
	MUST(munmap(p, SIZE));
	close(fd);
}

/* Runs as another program. */
static int other(const char *name)
{
	char *p = map((int)MUST(open(name, O_RDWR)), PROT_READ | PROT_WRITE, MAP_SHARED);

	marks("another program", p, 5, 8);
	memcpy(p + 11 * STEP, "OTHER", 5);
	return 0;
}

static void moves(void)
{
	int fd = make("m");
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), *q, *over;

	marks("here", p, 0, 1);
	q = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TF(mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	touch("where it was", p, false);
	marks("moved", q, 1, 3);
	TF(mremap(q, SIZE, SIZE / 2, 0) == q);
	touch("shrunk", q + SIZE / 2, false);
	p = mremap(q, SIZE / 2, SIZE, MREMAP_MAYMOVE);
	marks("grown", p, 9, 12);
	q = mremap(p, 0, SIZE, MREMAP_MAYMOVE);
	marks("doubled", q, 5, 7);
	memcpy(q + 7 * STEP, "STORE", 5);
	marks("the first", p, 7, 8);
	over = p + 8 * STEP / 4096 * 4096;
	TF(mmap(over, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == over);
	touch("over it", over, false);
	TF(mmap(over, MIB, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == over);
	marks("another part", over, 0, 1);
	T(msync(q, SIZE, MS_SYNC));
	T(remap_file_pages(q, MIB, 0, 7 * STEP / 4096, 0));
	printf("in another order: %.5s\n", q + 7 * STEP % 4096);
	MUST(munmap(p, SIZE));
	MUST(munmap(q, SIZE));
	close(fd);
}

static void advice(void)
{
	int fd = make("v");
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), buf[8] = "";
	struct stat st;

	T(madvise(p, SIZE, MADV_RANDOM));
	T(madvise(p, MIB, MADV_WILLNEED));
	T(madvise(p + STEP / 4096 * 4096, MIB, 22)); /* MADV_POPULATE_READ */
	T(madvise(p + 2 * STEP / 4096 * 4096, MIB, 23)); /* MADV_POPULATE_WRITE */
	T(mlock(p + 3 * STEP / 4096 * 4096, 8192));
	T(munlock(p + 3 * STEP / 4096 * 4096, 8192));
	marks("populated", p, 0, 4);
	T(madvise(p + 4 * STEP / 4096 * 4096, 4096, MADV_REMOVE));
	T(pread(fd, buf, 7, 4 * STEP));
	dump("removed", buf, 7);
	touch("removed", p + 4 * STEP, false);
	T(madvise(p + 5 * STEP / 4096 * 4096, 2 * MIB, MADV_REMOVE));
	touch("removed untouched", p + 5 * STEP, false);
	TF(!fstat(fd, &st) && st.st_size == SIZE);
	MUST(munmap(p, SIZE));
	p = map(fd, PROT_READ, MAP_PRIVATE | MAP_POPULATE);
	marks("at once", p, 6, 9);
	MUST(munmap(p, SIZE));
	close(fd);
}

static void changes(void)
{
	int fd = make("w"), app;
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), buf[16] = "";
	off_t in = 0, out = 33 * MIB + 5;

	T(pwrite(fd, "written", 7, 30 * MIB + 4090));
	dump("where nobody looked", p + 30 * MIB + 4090, 7);
	T(pwrite(fd, "again", 5, 30 * MIB + 4094));
	dump("where somebody did", p + 30 * MIB + 4090, 10);
	memcpy(p + 40 * MIB, "stored", 6);
	T(pread(fd, buf, 6, 40 * MIB));
	dump("read", buf, 6);
	T(copy_file_range(fd, &in, fd, &out, 7, 0));
	dump("copied", p + 33 * MIB + 5, 7);
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, STEP, 4));
	dump("a hole", p + STEP, 7);
	T(fallocate(fd, FALLOC_FL_ZERO_RANGE, 2 * STEP, 3));
	dump("zeroes", p + 2 * STEP, 7);
	T(ftruncate(fd, 50 * MIB + 10));
	touch("beyond the end", p + 50 * MIB + 4096, false);
	touch("beyond the end", p + 80 * MIB, true);
	touch("the last page", p + 50 * MIB + 11, false);
	T(ftruncate(fd, SIZE));
	marks("longer again", p, 6, 7);
	touch("empty now", p + 8 * STEP, false);
	app = T(open("w", O_WRONLY | O_APPEND));
	T(ftruncate(fd, 60 * MIB));
	T(write(app, "appended", 8));
	dump("appended", p + 60 * MIB, 8);
	T(close(T(open("w", O_WRONLY | O_TRUNC))));
	touch("cut at open", p, false);
	T(close(app));
	T(close(fd));
	MUST(munmap(p, SIZE));
}

int main(int argc, char **argv)
{
	char *p;
	int fd;

	conf_init();
	catch_faults();
	if (argc > 1)
		return other(argv[1]);
	loads();
	fd = make("h");
	p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	calls_here(p);
	MUST(munmap(p, SIZE));
	p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	calls_here(p);
	calls_there(p);
	MUST(munmap(p, SIZE));
	close(fd);
	threads();
	children();
	no_descriptors();
	moves();
	advice();
	changes();
	return 0;
}
