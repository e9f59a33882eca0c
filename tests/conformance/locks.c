/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Record locks: who holds them (F_GETLK names the child by its pid), ranges that
 * split and merge, what close and fork do to them, OFD locks, flock, and errors.
 */
#include "conf.h"
#include <sys/file.h>

#define LK(type, start, len)                                                                       \
	(&(struct flock) { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len })

static void query(int fd, int cmd, int type, long start, long len, pid_t child)
{
	struct flock lk = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	if (fcntl(fd, cmd, &lk) < 0)
		printf("  query: %s\n", conf_errname(errno));
	else if (lk.l_type == F_UNLCK)
		printf("  query %ld+%ld: free\n", start, len);
	else
		printf("  query %ld+%ld: %s %ld+%ld by %s\n", start, len,
		       lk.l_type == F_WRLCK ? "write" : "read", (long)lk.l_start, (long)lk.l_len,
		       lk.l_pid == child       ? "the child"
		       : lk.l_pid == getpid()  ? "me"
		       : lk.l_pid == getppid() ? "the parent"
		       : lk.l_pid == -1	       ? "a description"
					       : "a stranger");
}

static void processes(volatile int *step)
{
	int fd = T(open("f", O_RDWR)), other;
	pid_t pid = conf_fork();

	if (!pid) {
		MUST(fcntl(fd, F_SETLK, LK(F_WRLCK, 10, 10)));
		MUST(fcntl(fd, F_SETLK, LK(F_RDLCK, 30, 0)));
		step[0] = 1;
		await(&step[1], 1);
		T(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 5)));
		query(fd, F_GETLK, F_WRLCK, 0, 0, -2);
		query(fd, F_GETLK, F_RDLCK, 0, 0, -2);
		/* closing any descriptor of the file drops all of ours */
		other = open("f", O_RDONLY);
		close(other);
		step[0] = 2;
		await(&step[1], 2);
		_exit(0);
	}
	await(&step[0], 1);
	query(fd, F_GETLK, F_WRLCK, 0, 0, pid);
	query(fd, F_GETLK, F_WRLCK, 0, 10, pid);
	query(fd, F_GETLK, F_RDLCK, 25, 100, pid);
	query(fd, F_GETLK, F_WRLCK, 1000, 1, pid);
	T(fcntl(fd, F_SETLK, LK(F_WRLCK, 15, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 15, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 40, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 0, 5)));
	step[1] = 1;
	await(&step[0], 2);
	query(fd, F_GETLK, F_WRLCK, 0, 0, pid);
	step[1] = 2;
	conf_reap("holder", pid);
	T(close(fd));
}

static void at_exit(volatile int *step)
{
	int fd = T(open("f", O_RDWR));
	pid_t pid = conf_fork();

	if (!pid) {
		MUST(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 0)));
		step[2] = 1;
		await(&step[3], 1);
		_exit(3);
	}
	await(&step[2], 1);
	T(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 0)));
	step[3] = 1;
	conf_reap("locker", pid);
	/* a reaped process holds nothing */
	T(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 0)));
	pid = conf_fork();
	if (!pid) {
		T(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 0)));
		query(fd, F_GETLK, F_WRLCK, 0, 0, -2);
		_exit(0);
	}
	conf_reap("not inherited", pid);
	T(close(fd));
}

static void descriptions(void)
{
	int a = T(open("f", O_RDWR)), b = T(open("f", O_RDWR)), c = T(dup(a));

	T(fcntl(a, F_OFD_SETLK, LK(F_WRLCK, 0, 10)));
	T(fcntl(c, F_OFD_SETLK, LK(F_WRLCK, 5, 10)));
	T(fcntl(b, F_OFD_SETLK, LK(F_RDLCK, 0, 1)));
	query(b, F_OFD_GETLK, F_WRLCK, 0, 0, -2);
	T(fcntl(b, F_SETLK, LK(F_WRLCK, 0, 1)));
	query(b, F_GETLK, F_WRLCK, 0, 0, -2);
	T(close(a));
	T(fcntl(b, F_OFD_SETLK, LK(F_RDLCK, 0, 1)));
	T(close(c));
	T(fcntl(b, F_OFD_SETLK, LK(F_RDLCK, 0, 1)));
	T(close(b));
}

static void whole(void)
{
	int a = T(open("f", O_RDWR)), b = T(open("f", O_RDONLY)), c;

	T(flock(a, LOCK_EX));
	T(flock(b, LOCK_SH | LOCK_NB));
	T(flock(a, LOCK_SH));
	T(flock(b, LOCK_SH | LOCK_NB));
	T(flock(b, LOCK_EX | LOCK_NB));
	T(flock(a, LOCK_UN));
	T(flock(b, LOCK_EX | LOCK_NB));
	c = T(dup(b));
	T(close(b));
	T(flock(a, LOCK_SH | LOCK_NB));
	T(close(c));
	T(flock(a, LOCK_SH | LOCK_NB));
	T(flock(a, 77));
	T(close(a));
	T(flock(a, LOCK_SH));
}

static void errors(void)
{
	int fd = T(open("f", O_RDONLY));

	T(fcntl(fd, F_SETLK, LK(F_WRLCK, 0, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 0, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, -5, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 5, -3)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 5, -6)));
	T(fcntl(fd, F_SETLK, LK(77, 0, 1)));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, LONG_MAX, 2)));
	T(fcntl(fd, F_SETLK, NIL));
	T(fcntl(fd, F_SETLK, BAD));
	T(fcntl(fd, F_GETLK, BAD));
	T(fcntl(fd, F_GETLK, RO));
	T(fcntl(fd, F_GETLK, LK(F_UNLCK, 0, 1)));
	T(fcntl(fd, F_OFD_SETLK, (&(struct flock) { .l_type = F_RDLCK, .l_pid = 1 })));
	T(fcntl(fd, F_SETLK, (&(struct flock) { .l_type = F_RDLCK, .l_whence = 9 })));
	T(fcntl(fd, F_SETLK, (&(struct flock) { .l_type = F_UNLCK, .l_whence = SEEK_END })));
	T(close(fd));
	T(fcntl(fd, F_SETLK, LK(F_RDLCK, 0, 1)));
	T(fcntl(-1, F_SETLK, BAD));
}

int main(void)
{
	volatile int *step;

	conf_init();
	step = conf_shared();
	put("f", "0123456789");
	processes(step);
	at_exit(step);
	descriptions();
	whole();
	errors();
	return 0;
}
