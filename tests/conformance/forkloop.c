/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 500 short-lived children one after another, then ten at a time: each writes
 * one byte through an inherited descriptor and exits with its own status.
 */
#include "conf.h"

int main(void)
{
	int fd, good = 0, status, many, rounds;
	pid_t pid[10];

	conf_init();
	many = conf_often(500);
	rounds = conf_often(10);
	fd = T(open("f", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < many; i++) {
		pid[0] = conf_fork();
		if (!pid[0])
			_exit(write(fd, "x", 1) == 1 ? i % 200 : 255);
		if (waitpid(pid[0], &status, 0) == pid[0] && WIFEXITED(status) &&
		    WEXITSTATUS(status) == i % 200)
			good++;
	}
	printf("%d of %d\n", good, many);
	T(lseek(fd, 0, SEEK_CUR));
	good = 0;
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 10; i++) {
			pid[i] = conf_fork();
			if (!pid[i])
				_exit(write(fd, "y", 1) == 1 ? i : 255);
		}
		for (int i = 9; i >= 0; i--)
			if (waitpid(pid[i], &status, 0) == pid[i] && WEXITSTATUS(status) == i)
				good++;
	}
	printf("%d of %d\n", good, 10 * rounds);
	T(lseek(fd, 0, SEEK_CUR));
	T(waitpid(-1, &status, 0));
	return 0;
}
