/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for locks: F_SETLKW, F_OFD_SETLKW and flock sleep until the holder
 * lets go or dies; a deadlock is EDEADLK; a second thread keeps working while
 * the first one waits.
 */
#include "conf.h"
#include <pthread.h>
#include <sys/file.h>

static struct flock lk(int type, long start, long len)
{
	return (struct flock) {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};
}

static long take(int fd, int cmd, int type, long start, long len)
{
	struct flock l = lk(type, start, len);

	return cmd == LOCK_EX ? flock(fd, type == F_UNLCK ? LOCK_UN : LOCK_EX) : fcntl(fd, cmd, &l);
}

/* The child holds, we wait; step[1] is set just before it lets go. */
static void wait_for(const char *what, int cmd, bool die)
{
	volatile int *step = conf_shared();
	pid_t pid = conf_fork();
	int fd;

	if (!pid) {
		fd = open("f", O_RDWR);
		MUST(take(fd, cmd, F_WRLCK, 0, 0));
		step[0] = 1;
		await(&step[2], 1);
		conf_msleep(50);
		step[1] = 1;
		if (die)
			raise(SIGKILL);
		MUST(take(fd, cmd, F_UNLCK, 0, 0));
		await(&step[3], 1);
		_exit(0);
	}
	fd = open("f", O_RDWR);
	await(&step[0], 1);
	step[2] = 1;
	printf("%s%s", what, die ? ", holder dies" : "");
	conf_show("", take(fd, cmd, F_WRLCK, 0, 0));
	TF(step[1] == 1);
	step[3] = 1;
	conf_reap("holder", pid);
	close(fd);
}

static void deadlock(void)
{
	volatile int *step = conf_shared();
	int fd = open("f", O_RDWR);
	pid_t pid;

	MUST(take(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = conf_fork();
	if (!pid) {
		MUST(take(fd, F_SETLK, F_WRLCK, 1, 1));
		step[0] = 1;
		/* one of the two is told; it gives way and the other gets it */
		if (take(fd, F_SETLKW, F_WRLCK, 0, 1) < 0) {
			step[1] = errno;
			take(fd, F_SETLK, F_UNLCK, 1, 1);
		}
		_exit(0);
	}
	await(&step[0], 1);
	if (take(fd, F_SETLKW, F_WRLCK, 1, 1) < 0) {
		step[2] = errno;
		take(fd, F_SETLK, F_UNLCK, 0, 1);
	}
	close(fd);
	conf_reap("rival", pid);
	TF((step[1] == EDEADLK) != (step[2] == EDEADLK));
	TF(step[1] + step[2] == EDEADLK);
}

static volatile int waiting, worked;

static void *worker(void *arg)
{
	volatile int *step = arg;
	int fd = open("g", O_RDWR | O_CREAT, 0644);

	await(&waiting, 1);
	for (worked = 0; worked < 50; worked++)
		if (pwrite(fd, "x", 1, worked) != 1)
			break;
	close(fd);
	step[1] = 1; /* now the holder may let go */
	return NULL;
}

static void beside(void)
{
	volatile int *step = conf_shared();
	pid_t pid = conf_fork();
	pthread_t thread;
	int fd;

	if (!pid) {
		fd = open("f", O_RDWR);
		MUST(take(fd, F_SETLK, F_WRLCK, 0, 0));
		step[0] = 1;
		await(&step[1], 1);
		_exit(0);
	}
	fd = open("f", O_RDWR);
	pthread_create(&thread, NULL, worker, (void *)step);
	await(&step[0], 1);
	waiting = 1;
	T(take(fd, F_SETLKW, F_WRLCK, 0, 0));
	printf("worked %d\n", worked);
	pthread_join(thread, NULL);
	conf_reap("holder", pid);
	close(fd);
}

int main(void)
{
	conf_init();
	put("f", "x");
	wait_for("F_SETLKW", F_SETLKW, false);
	wait_for("F_SETLKW", F_SETLKW, true);
	wait_for("F_OFD_SETLKW", F_OFD_SETLKW, false);
	wait_for("F_OFD_SETLKW", F_OFD_SETLKW, true);
	wait_for("flock", LOCK_EX, false);
	wait_for("flock", LOCK_EX, true);
	deadlock();
	beside();
	return 0;
}
