/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes COUNT: as many short-lived children, 20 at a time, each adding
 * one byte to the same file and ending with its number's low bits.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(int number)
{
	int fd = open("bytes", O_WRONLY | O_APPEND | O_CREAT, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		_exit(255);
	_exit(number & 63);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 2000;
	long sum = 0;

	for (int done = 0; done < count;) {
		int batch = count - done < 20 ? count - done : 20;

		for (int i = 0; i < batch; i++) {
			pid_t pid = fork();

			if (pid < 0) {
				perror("fork");
				return 1;
			}
			if (pid == 0)
				child(done + i);
		}
		for (int i = 0; i < batch; i++) {
			int status;

			if (wait(&status) < 0 || !WIFEXITED(status)) {
				perror("wait");
				return 1;
			}
			sum += WEXITSTATUS(status);
		}
		done += batch;
	}
	printf("%d processes, statuses sum to %ld\n", count, sum);
	return 0;
}
