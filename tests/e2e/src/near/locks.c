/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POSIX locks between two processes: conflict, owner, wait, release. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int lock(int fd, int command, short type, struct flock *ret_lock)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_len = 10 };
	int err = fcntl(fd, command, &l) ? errno : 0;

	if (ret_lock)
		*ret_lock = l;
	return err;
}

static int child(pid_t parent, int wake)
{
	int fd = open("lockfile", O_RDWR);
	struct flock owner;

	printf("child, no wait: %s\n", strerror(lock(fd, F_SETLK, F_WRLCK, NULL)));
	lock(fd, F_GETLK, F_WRLCK, &owner);
	printf("owner is the parent: %s\n", owner.l_pid == parent ? "yes" : "no");
	fflush(stdout);
	if (write(wake, "x", 1) != 1)
		return 1;
	printf("child, waiting: %s\n", strerror(lock(fd, F_SETLKW, F_WRLCK, NULL)));
	return 0;
}

int main(void)
{
	int fd = open("lockfile", O_RDWR | O_CREAT, 0644);
	pid_t self = getpid();
	int tell[2];
	char byte;

	if (fd < 0 || pipe(tell)) {
		perror("lockfile");
		return 1;
	}
	printf("parent: %s\n", strerror(lock(fd, F_SETLK, F_WRLCK, NULL)));
	fflush(stdout);
	if (fork() == 0) {
		int result = child(self, tell[1]);

		fflush(stdout);
		_exit(result);
	}
	if (read(tell[0], &byte, 1) != 1)
		return 1;
	usleep(50000);
	lock(fd, F_SETLK, F_UNLCK, NULL);
	wait(NULL);
	printf("parent again: %s\n", strerror(lock(fd, F_SETLK, F_WRLCK, NULL)));
	return 0;
}
