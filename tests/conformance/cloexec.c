/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Close on exec: the program runs itself again, by /proc/self/exe and by its own
 * path, and lists which descriptors came through, with offsets, locks, the
 * working directory and the umask.
 */
#include "conf.h"

static void listing(const char *who)
{
	printf("%s:", who);
	for (int fd = 3; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0)
			printf(" %d%s@%ld", fd, flags ? "c" : "", (long)lseek(fd, 0, SEEK_CUR));
	}
	printf(" umask %#o\n", umask(027));
	cat("here");
}

static void again(const char *path, const char *self)
{
	pid_t pid = conf_fork();

	if (!pid) {
		execl(path, self, "list", (char *)NULL);
		conf_show("execl", -1);
		_exit(9);
	}
	conf_reap("exec", pid);
}

int main(int argc, char **argv)
{
	struct flock lk = { .l_type = F_WRLCK };
	int p[2], fd;

	conf_init();
	if (argc > 1) {
		umask(027);
		listing(argv[1]);
		fd = 3;
		if (fcntl(fd, F_GETFD) >= 0)
			T(write(fd, "from the new program", 20));
		return 0;
	}
	MUST(mkdir("d", 0755));
	put("f", "0123456789");
	put("here", "top");
	put("d/here", "below");
	MUST(open("f", O_RDWR));
	MUST(open("f", O_RDWR | O_CLOEXEC));
	MUST(open(".", O_RDONLY | O_DIRECTORY));
	MUST(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	MUST(pipe(p));
	MUST(pipe2(p, O_CLOEXEC));
	MUST(fcntl(3, F_DUPFD_CLOEXEC, 20));
	MUST(fcntl(4, F_DUPFD, 30));
	MUST(dup3(3, 40, O_CLOEXEC));
	MUST(open("f", O_PATH));
	fd = (int)MUST(open("f", O_RDONLY));
	MUST(fcntl(fd, F_SETFD, FD_CLOEXEC));
	MUST(lseek(3, 4, SEEK_SET));
	again("/proc/self/exe", "self");
	T(lseek(3, 0, SEEK_CUR));
	cat("f");
	MUST(chdir("d"));
	again(argv[0], argv[0]);
	listing("before");
	/* a lock is the process's and lives through exec */
	MUST(chdir(".."));
	MUST(ftruncate(3, 0));
	MUST(fcntl(3, F_SETLK, &lk));
	fflush(stdout);
	pid_t pid = conf_fork();
	if (!pid) {
		TF(fcntl(3, F_SETLK, &lk) == -1);
		_exit(0);
	}
	conf_reap("locked out", pid);
	execl("/proc/self/exe", argv[0], "last", (char *)NULL);
	return 1;
}
