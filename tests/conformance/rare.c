/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File calls that few programs make: preadv2's flags, fallocate's modes, advice,
 * syncs, clones, what the page cache has, tee, a user per thread, pidfds, and
 * what of the machine may not be changed.
 */
#include "conf.h"
#include <linux/capability.h>
#include <pthread.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

static void flags(int fd)
{
	char a[8], b[8];
	struct iovec v[2] = { { a, 4 }, { b, 4 } }, w = { "flags", 5 };

	T(pwritev2(fd, &w, 1, 0, RWF_SYNC));
	T(pwritev2(fd, &w, 1, 3, RWF_DSYNC | RWF_HIPRI));
	T(pwritev2(fd, &w, 1, 0, RWF_APPEND));
	T(lseek(fd, 0, SEEK_CUR));
	T(pwritev2(fd, &w, 1, -1, RWF_APPEND));
	T(lseek(fd, 0, SEEK_CUR));
	T(preadv2(fd, v, 2, 0, RWF_NOWAIT));
	dump("a", a, 4);
	T(preadv2(fd, v, 2, 0, RWF_APPEND));
	T(preadv2(fd, v, 2, 0, 1 << 30));
	T(pwritev2(fd, &w, 1, 0, 1 << 30));
	T(preadv2(fd, v, 2, -2, 0));
	T(pwritev2(fd, &w, 1, -2, 0));
	T(lseek(fd, 2, SEEK_SET));
	T(preadv2(fd, v, 2, -1, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(preadv2(fd, v, 1025, 0, 0));
	T(preadv2(fd, v, -1, 0, 0));
	T(preadv2(fd, NIL, 0, 0, 0));
	T(preadv2(fd, BAD, 1, 0, 0));
	cat("f");
}

static void allocate(void)
{
	int fd = T(open("alloc", O_RDWR | O_CREAT | O_TRUNC, 0644));
	char *buf = guard(65536);
	struct stat st;

	pattern(buf, 65536, 7);
	T(write(fd, buf, 65536));
	T(fallocate(fd, FALLOC_FL_ZERO_RANGE, 100, 5000));
	T(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 60000, 50000));
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10000, 20000));
	T(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4096, 4096));
	T(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 1, 4096));
	T(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	T(fallocate(fd, FALLOC_FL_INSERT_RANGE, 8192, 8192));
	T(fallocate(fd, FALLOC_FL_INSERT_RANGE, 1 << 20, 8192));
	T(fallocate(fd, FALLOC_FL_UNSHARE_RANGE, 0, 4096));
	T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE, 0, 4096));
	T(fallocate(fd, 0, LONG_MAX, 1));
	T(fallocate(fd, 0, 0, LONG_MAX));
	T(fallocate(fd, 0, 0, -1));
	MUST(fstat(fd, &st));
	printf("size %ld\n", (long)st.st_size);
	T(close(fd));
}

static void advise(int fd)
{
	int p[2];

	for (int i = 0; i < 8; i++)
		T(posix_fadvise(fd, 0, 0, i));
	T(posix_fadvise(fd, 0, -1, 0));
	T(posix_fadvise(99, 0, 0, 0));
	MUST(pipe(p));
	T(posix_fadvise(p[0], 0, 0, 0));
	T(readahead(fd, 0, 100));
	T(readahead(fd, -1, 100));
	T(readahead(p[0], 0, 1));
	T(readahead(99, 0, 1));
	T(sync_file_range(fd, 0, 0, 7));
	T(sync_file_range(fd, -1, 0, 7));
	T(sync_file_range(fd, 0, 0, 8));
	T(sync_file_range(p[0], 0, 0, 0));
	T(syncfs(fd));
	T(syncfs(p[0]));
	T(syncfs(99));
	T(fdatasync(fd));
	T(fdatasync(p[0]));
}

static void cached(int fd)
{
	struct { uint64_t off, len; } range = { 0, 0 };
	struct { uint64_t cache, dirty, writeback, evicted, recent; } got = { 0 };

	T(fsync(fd));
	T(syscall(SYS_cachestat, fd, &range, &got, 0));
	printf("%d cached %d dirty\n", (int)got.cache, (int)got.dirty);
	T(syscall(SYS_cachestat, fd, &range, &got, 1));
	/* a kernel before 6.5 says ENOSYS before it looks at any address */
	if (syscall(SYS_cachestat, fd, &range, &got, 0) == 0 || errno != ENOSYS)
		T(syscall(SYS_cachestat, fd, BAD, &got, 0));
	T(syscall(SYS_cachestat, fd, &range, BAD, 0));
	T(syscall(SYS_cachestat, 99, &range, &got, 0));
}

/* The same in one pipe twice; pages of the program's as a pipe's. */
static void pipes(const char *kind, int a[2], int b[2])
{
	struct iovec v[2] = { { "page", 4 }, { "s of ours", 9 } };
	char buf[32];

	printf("-- %s\n", kind);
	T(tee(a[0], b[1], 100, SPLICE_F_NONBLOCK));
	T(write(a[1], "once and again", 14));
	T(tee(a[0], b[1], 0, 0));
	T(tee(a[0], b[1], 4, 0));
	T(tee(a[0], b[1], 100, 0));
	T(tee(a[0], a[1], 4, 0));
	T(tee(a[1], b[1], 4, 0));
	T(tee(a[0], b[0], 4, 0));
	T(tee(a[0], 99, 4, 0));
	T(tee(a[0], b[1], 4, 0x100));
	dump("a", buf, read(a[0], buf, sizeof(buf)));
	dump("b", buf, read(b[0], buf, sizeof(buf)));
	if (a[0] != b[0]) {
		T(vmsplice(a[1], v, 2, 0));
		dump("a", buf, read(a[0], buf, sizeof(buf)));
		T(vmsplice(a[1], v, 0, 0));
		T(vmsplice(a[1], BAD, 1, 0));
		T(vmsplice(a[1], v, 2, 0x100));
		T(vmsplice(99, v, 2, 0));
	}
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void all_pipes(void)
{
	int a[2], b[2];

	MUST(pipe(a));
	MUST(pipe(b));
	pipes("pipes", a, b);
	MUST(mkfifo("one", 0600));
	MUST(mkfifo("two", 0600));
	a[0] = (int)MUST(open("one", O_RDONLY | O_NONBLOCK));
	a[1] = (int)MUST(open("one", O_WRONLY));
	b[0] = (int)MUST(open("two", O_RDONLY | O_NONBLOCK));
	b[1] = (int)MUST(open("two", O_WRONLY));
	pipes("names", a, b);
}

/* The kernel's own calls are a thread's: the C library's are every thread's. */
static void *other_user(void *arg)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { 0 }, got[2];

	(void)arg;
	T(syscall(SYS_setresgid, 65534, 65534, 65534));
	T(syscall(SYS_setresuid, 65534, 65534, -1));
	TOK(open("secret", O_RDONLY));
	T(syscall(SYS_setuid, 0));
	TOK(open("secret", O_RDONLY));
	T(syscall(SYS_capset, &h, none));
	T(syscall(SYS_capget, &h, got));
	printf("%#x %#x\n", got[0].effective, got[0].permitted);
	TOK(chown("secret", 1, 1));
	T(syscall(SYS_setfsuid, 77));
	T(syscall(SYS_setfsuid, -1));
	return NULL;
}

static void threads(void)
{
	pthread_t thread;

	if (geteuid())
		return;
	put("secret", "");
	MUST(chmod("secret", 0));
	MUST(chown("secret", 5, 5));
	MUST(pthread_create(&thread, NULL, other_user, NULL));
	pthread_join(thread, NULL);
	printf("%u %u\n", geteuid(), getegid());
	TOK(chown("secret", 0, 0));
	T(syscall(SYS_setfsuid, -1));
	MUST(unlink("secret"));
}

static void pidfds(int fd)
{
	siginfo_t info = { 0 };
	pid_t pid = conf_fork();
	int p;

	if (!pid) {
		for (;;)
			pause();
	}
	TOK(p = (int)syscall(SYS_pidfd_open, pid, 0));
	T(fcntl(p, F_GETFD));
	T(syscall(SYS_pidfd_open, pid, 1));
	T(syscall(SYS_pidfd_open, 0, 0));
	T(syscall(SYS_pidfd_send_signal, p, 0, NULL, 0));
	T(syscall(SYS_pidfd_send_signal, p, 99, NULL, 0));
	T(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
	T(read(p, &(char) { 0 }, 1));
	T(syscall(SYS_pidfd_send_signal, p, SIGKILL, NULL, 0));
	T(waitid(P_PIDFD, p, &info, WEXITED));
	printf("%d %d\n", info.si_code == CLD_KILLED, info.si_status);
	T(syscall(SYS_pidfd_send_signal, p, SIGKILL, NULL, 0));
	T(waitid(P_PIDFD, p, &info, WEXITED));
	T(close(p));
}

static void controls(int fd)
{
	int n = -1, on = 1, other = T(open("clone", O_RDWR | O_CREAT, 0644)), p[2];
	uint64_t size = 7;

	T(ioctl(fd, FIONREAD, &n));
	printf("%d\n", n);
	T(ioctl(fd, FIONREAD, BAD));
	T(ioctl(fd, FS_IOC_GETFLAGS, &n));
	T(ioctl(fd, FS_IOC_SETFLAGS, &n));
	n |= FS_APPEND_FL;
	if (!T(ioctl(other, FS_IOC_SETFLAGS, &n))) {
		T(open("clone", O_RDWR));
		T(pwrite(other, "x", 1, 0));
		T(unlink("clone"));
		n &= ~FS_APPEND_FL;
		T(ioctl(other, FS_IOC_SETFLAGS, &n));
	}
	TOK(ioctl(fd, FS_IOC_GETVERSION, &n));
	T(ioctl(fd, FIGETBSZ, &n));
	printf("%d\n", n);
	T(ioctl(other, FICLONE, fd));
	T(ioctl(other, FICLONE, 99));
	T(ioctl(99, FICLONE, fd));
	T(ioctl(fd, BLKGETSIZE64, &size));
	T(ioctl(fd, BLKSSZGET, &n));
	T(ioctl(fd, TCGETS, &n));
	T(ioctl(fd, FIONBIO, &on));
	printf("%#x\n", fcntl(fd, F_GETFL) & O_NONBLOCK);
	T(ioctl(fd, FIOQSIZE, &size));
	printf("%lu\n", (unsigned long)size);
	T(ioctl(fd, 0xdead, &n));
	MUST(pipe(p));
	T(ioctl(other, FICLONE, p[0]) == -1 && (errno == EXDEV || errno == EINVAL || errno == EBADF));
	T(close(other));
}

/* No one may: the same as natively, for somebody who is not root. */
static void forbidden(int fd)
{
	int n;

	T(mount("none", ".", "tmpfs", 0, NULL));
	T(umount2(".", MNT_DETACH));
	T(syscall(SYS_pivot_root, ".", "."));
	T(chroot("."));
	T(syscall(SYS_setns, fd, CLONE_NEWNS) == -1);
	T(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	T(syscall(SYS_open_by_handle_at, AT_FDCWD, NIL, 0) == -1);
	T(ioctl(fd, FIFREEZE, 0));
	T(ioctl(fd, FIBMAP, &n));
	T(swapon("f", 0));
	T(acct("f"));
	T(syscall(SYS_open_tree, AT_FDCWD, ".", 1));
	T(syscall(SYS_fsopen, "tmpfs", 0));
}

static void nodes(void)
{
	struct stat st;

	T(mknod("fifo", S_IFIFO | 0640, 0));
	T(mknod("reg", S_IFREG | 0604, 0));
	T(mknod("bare", 0600, 0));
	T(mknod("sock", S_IFSOCK | 0600, 0));
	T(mknod("dir", S_IFDIR | 0600, 0));
	T(mknod("link", S_IFLNK | 0600, 0));
	T(mknod("reg", S_IFREG | 0600, 0));
	if (!geteuid()) {
		T(mknod("zero", S_IFCHR | 0600, makedev(1, 5)));
		T(mknod("far", S_IFBLK | 0600, makedev(4095, 1048575)));
		MUST(stat("zero", &st));
		printf("%u:%u\n", major(st.st_rdev), minor(st.st_rdev));
		MUST(stat("far", &st));
		printf("%u:%u\n", major(st.st_rdev), minor(st.st_rdev));
		T(open("far", O_RDONLY));
		T(open("zero", O_RDONLY));
		T(unlink("far"));
		T(unlink("zero"));
	}
	T(open("sock", O_RDONLY));
	T(unlink("sock"));
}

/* close_range and dup3 end a descriptor of a mapping: what was changed stays. */
static void mappings(void)
{
	char *map, text[] = "mapped text";
	int fd, other;

	for (int i = 0; i < 3; i++) {
		put("m", "before, and more");
		fd = (int)MUST(open("m", O_RDWR));
		map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memcpy(map, text, 11);
		other = (int)MUST(open("f", O_RDONLY));
		if (i == 0)
			T(syscall(SYS_close_range, fd, fd, 0));
		else if (i == 1)
			T(dup3(other, fd, O_CLOEXEC) == fd);
		else
			T(syscall(SYS_close_range, fd, fd, CLOSE_RANGE_UNSHARE));
		cat("m");
		map[0] = 'M';
		T(munmap(map, 4096));
		cat("m");
		close(other);
		close(fd);
	}
}

static int in_clone(void *arg)
{
	int fd = *(int *)arg;

	T(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE));
	T(fcntl(fd, F_GETFD));
	T(read(fd, &(char) { 0 }, 1));
	_exit(0);
}

/* The tables part before anything is closed: the other one keeps its own. */
static void unshared(int fd)
{
	static char stack[65536] __attribute__((aligned(16)));
	char c;
	pid_t pid;

	pid = (pid_t)MUST(clone(in_clone, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &fd));
	conf_reap("of the same table", pid);
	T(pread(fd, &c, 1, 0));
	T(syscall(SYS_close_range, 500, 400, 0));
	T(syscall(SYS_close_range, 500, 600, 1));
	T(syscall(SYS_close_range, 500, 600, CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE));
}

int main(void)
{
	pid_t pid;
	int fd;

	conf_init();
	put("f", "0123456789");
	fd = T(open("f", O_RDWR));
	flags(fd);
	allocate();
	advise(fd);
	cached(fd);
	controls(fd);
	nodes();
	mappings();
	all_pipes();
	threads();
	pidfds(fd);
	unshared(fd);
	pid = conf_fork();
	if (!pid) {
		MUST(geteuid() ? 0 : setresuid(65534, 65534, 65534));
		forbidden(fd);
		_exit(0);
	}
	conf_reap("nobody", pid);
	sync();
	return 0;
}
