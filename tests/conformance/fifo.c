/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FIFOs: mkfifo and mknod, open that waits for the other end, O_NONBLOCK, data
 * in both sizes, end of file, EPIPE and SIGPIPE, FIONREAD, and another thread
 * that works while one waits.
 */
#include "conf.h"
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static void making(void)
{
	struct stat st;

	T(mkfifo("fifo", 0640));
	T(mkfifo("fifo", 0640));
	T(mknod("node", S_IFIFO | 0600, 0));
	T(mknod("plain", S_IFREG | 0604, 0));
	T(mknod("plain0", 0604, 0));
	T(mknod("dir", S_IFDIR | 0700, 0));
	T(mknod("none/x", S_IFIFO, 0));
	T(syscall(SYS_mknodat, AT_FDCWD, NIL, S_IFIFO, 0));
	T(syscall(SYS_mknodat, AT_FDCWD, BAD, S_IFIFO, 0));
	T(syscall(SYS_mknodat, 99, "x", S_IFIFO, 0));
	MUST(stat("fifo", &st));
	printf("%#o\n", st.st_mode);
	MUST(stat("plain", &st));
	printf("%#o\n", st.st_mode);
#ifdef SYS_mknod
	T(syscall(SYS_mknod, "old", S_IFIFO | 0611, 0));
#endif
}

static void nonblock(void)
{
	char buf[16];
	int r, w, n;

	T(open("fifo", O_WRONLY | O_NONBLOCK));
	r = T(open("fifo", O_RDONLY | O_NONBLOCK));
	T(read(r, buf, 1));
	w = T(open("fifo", O_WRONLY | O_NONBLOCK));
	T(read(r, buf, 1));
	T(write(w, "hello", 5));
	T(ioctl(r, FIONREAD, &n));
	printf("%d\n", n);
	T(read(r, buf, 16));
	dump("buf", buf, 5);
	T(lseek(r, 0, SEEK_CUR));
	T(pread(r, buf, 1, 0));
	T(fsync(w));
	T(ftruncate(w, 0));
	T(close(w));
	T(read(r, buf, 16));
	w = T(open("fifo", O_WRONLY));
	T(close(r));
	signal(SIGPIPE, SIG_IGN);
	T(write(w, "x", 1));
	signal(SIGPIPE, SIG_DFL);
	T(close(w));
	w = T(open("fifo", O_RDWR));
	T(write(w, "both", 4));
	T(read(w, buf, 16));
	T(close(w));
}

/* Each side's open waits for the other's. */
static void meeting(void)
{
	static char big[100000], back[100000];
	volatile int *step = conf_shared();
	pid_t pid = conf_fork();
	long n, got = 0;
	int fd;

	pattern(big, sizeof(big), 3);
	if (!pid) {
		await(&step[0], 1);
		conf_msleep(50);
		step[1] = 1;
		fd = open("fifo", O_WRONLY);
		n = write(fd, big, sizeof(big));
		close(fd);
		_exit(n == sizeof(big) ? 0 : 1);
	}
	step[0] = 1;
	fd = T(open("fifo", O_RDONLY));
	TF(step[1] == 1);
	while ((n = read(fd, back + got, sizeof(back) - got)) > 0)
		got += n;
	printf("%ld bytes\n", got);
	TF(!memcmp(big, back, sizeof(big)));
	conf_reap("writer", pid);
	T(close(fd));
}

/* vmsplice(2) into a named FIFO, and out of one. */
static void spliced(void)
{
	char more[9000], *at = guard(sizeof(more)), buf[16] = { 0 };
	struct iovec v[2] = { { "ab", 2 }, { "cde", 3 } }, to = { buf, sizeof(buf) };
	struct iovec large = { at, sizeof(more) };
	int r, w, both, file;

	memset(at, 'v', sizeof(more));
	r = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
	w = (int)MUST(open("fifo", O_WRONLY));
	T(vmsplice(w, v, 2, 0));
	T(vmsplice(r, &to, 1, SPLICE_F_NONBLOCK));
	dump("spliced", buf, 5);
	T(vmsplice(r, &to, 1, SPLICE_F_NONBLOCK));
	T(vmsplice(w, v, 0, 0));
	T(vmsplice(w, v, 1, 0x100));
	T(vmsplice(w, BAD, 1, 0));
	T(vmsplice(w, &large, 1, SPLICE_F_GIFT | SPLICE_F_MORE));
	memset(at, 'w', sizeof(more));
	T(read(r, more, sizeof(more)));
	both = (int)MUST(open("fifo", O_RDWR));
	T(vmsplice(both, v, 2, 0));
	T(read(both, buf, sizeof(buf)));
	file = (int)MUST(open("plain", O_RDWR));
	T(vmsplice(file, v, 1, 0));
	close(file);
	file = (int)MUST(open("fifo", O_PATH));
	T(vmsplice(file, v, 1, 0));
	T(ioctl(file, FIOCLEX));
	T(ioctl(file, FIONCLEX));
	T(fcntl(file, F_SETFD, FD_CLOEXEC));
	close(file);
	close(both);
	close(r);
	T(vmsplice(w, v, 0, 0));
	close(w);
}

static void sigpipe(void)
{
	pid_t pid = conf_fork();
	int r, w;

	if (!pid) {
		r = open("fifo", O_RDONLY | O_NONBLOCK);
		w = open("fifo", O_WRONLY);
		close(r);
		if (write(w, "x", 1) < 0)
			_exit(1);
		_exit(2);
	}
	conf_reap("no reader", pid);
}

static volatile int opened;

static void *waiter(void *arg)
{
	int fd = open("fifo", O_RDONLY);
	char c = 0;

	opened = read(fd, &c, 1) == 1 && c == 'k';
	close(fd);
	return arg;
}

static void beside(void)
{
	pthread_t thread;
	int fd, n = 0;

	pthread_create(&thread, NULL, waiter, NULL);
	for (int i = 0; i < 20; i++) {
		put("work", "work");
		n += access("work", F_OK) == 0 && unlink("work") == 0;
		conf_msleep(2);
	}
	printf("worked %d\n", n);
	TF(opened == 0);
	fd = open("fifo", O_WRONLY);
	n = (int)write(fd, "k", 1);
	pthread_join(thread, NULL);
	TF(opened == 1 && n == 1);
	close(fd);
}

int main(void)
{
	conf_init();
	making();
	nonblock();
	meeting();
	spliced();
	sigpipe();
	beside();
	return 0;
}
