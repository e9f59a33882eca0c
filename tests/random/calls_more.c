/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_more.c - positions in directories, blocks that files share, handles of
 * names, and what a child of vfork(2) or another program finds of our
 * descriptors.
 */
#include "sequence.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* seekdir DIR K: the entries behind the Kth, found again by its place */
static void run_seekdir(struct step *step)
{
	char *at = (char *)buffer(4096);
	int fd = fd_arg(step, 0), k = (int)num_arg(step, 1);
	long n = syscall(SYS_getdents64, fd, at, 4096);
	off_t place = 0;

	for (char *end = at + (n < 0 ? 0 : n); k > 0 && at < end; k--) {
		place = ((struct dirent64 *)(void *)at)->d_off;
		at += ((struct dirent64 *)(void *)at)->d_reclen;
	}
	/* the place is the file system's own number */
	result(n < 0 ? -1 : lseek(fd, place, SEEK_SET) < 0 ? -1 : 0);
	at = (char *)buffer(4096);
	n = syscall(SYS_getdents64, fd, at, 4096);
	for (char *end = at + (n < 0 ? 0 : n); at < end;
	     at += ((struct dirent64 *)(void *)at)->d_reclen)
		say(" %s", ((struct dirent64 *)(void *)at)->d_name);
	/* beyond the largest file sendfile(2) says EOVERFLOW, whatever it is asked */
	if (n >= 0)
		lseek(fd, 0, SEEK_SET);
}

/*
 * Only of what is a file: with an O_PATH descriptor or an eventfd of one side and
 * a file of the other it is EXDEV that is said first, or the other way round.
 */
static bool has_file(int fd)
{
	struct stat st;

	return fcntl(fd, F_GETFL) & O_PATH ? false : fstat(fd, &st) || S_ISREG(st.st_mode);
}

static void run_clone(struct step *step)
{
	struct file_clone_range r = {
		.src_fd = fd_arg(step, 1),
		.src_offset = (uint64_t)num_arg(step, 2),
		.src_length = (uint64_t)num_arg(step, 3),
		.dest_offset = (uint64_t)num_arg(step, 4),
	};

	if (has_file((int)r.src_fd) && has_file(fd_arg(step, 0)))
		result(ioctl(fd_arg(step, 0), FICLONERANGE, &r));
}

static void run_dedupe(struct step *step)
{
	struct {
		struct file_dedupe_range head;
		struct file_dedupe_range_info info[2];
	} r = { .head = { .src_length = 4096, .dest_count = 2 } };

	r.info[0].dest_fd = fd_arg(step, 1);
	r.info[1].dest_fd = fd_arg(step, 2);
	if (has_file((int)r.info[0].dest_fd) && has_file((int)r.info[1].dest_fd))
		result(ioctl(fd_arg(step, 0), FIDEDUPERANGE, &r));
	say(" %d %d", r.info[0].status, r.info[1].status);
}

static void run_handle(struct step *step)
{
	struct {
		struct file_handle head;
		unsigned char room[MAX_HANDLE_SZ];
	} h = { .head.handle_bytes = (unsigned int)num_arg(step, 3) };
	int mount = -1;

	result(name_to_handle_at(fd_arg(step, 0), path_arg(step, 1), &h.head, &mount,
				 (int)num_arg(step, 2)));
	say(" %u %d", h.head.handle_bytes, mount >= 0);
}

/* What a descriptor is good for. */
static int describe(char *to, size_t room, int slot, int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (fd < 0)
		return 0;
	return snprintf(to, room, " $%d %d @%lld", slot, flags, (long long)lseek(fd, 0, SEEK_CUR));
}

/* vfork HOW FD: a child that shares our memory closes it, moves on in it, or replaces it */
static void run_vfork(struct step *step)
{
	int how = (int)num_arg(step, 0), fd = fd_arg(step, 1), status = -1;
	volatile long got = -2;
	pid_t pid = fd > 2 || how == 1 ? vfork() : -1;

	if (!pid) {
		if (how == 0)
			got = close(fd);
		else if (how == 1)
			got = lseek(fd, 7, SEEK_SET);
		else
			got = dup2(1, fd);
		got = got < 0 ? -errno : 0;
		_exit(3);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	say(" %ld status %#x", got, (unsigned int)status);
	say_offset(fd);
}

/* exec: another program of ours says what it was left with */
static void run_exec(struct step *step)
{
	char fds[SLOTS][16], text[1000];
	char *argv[SLOTS + 3] = { (char *)"sequence", (char *)"inherited" };
	int p[2], n = 2;
	ssize_t got;
	pid_t pid;

	(void)step;
	for (int i = 0; i < SLOTS; i++) {
		snprintf(fds[i], sizeof(fds[i]), "%d", slots[i]);
		argv[n++] = fds[i];
	}
	if (pipe2(p, O_CLOEXEC)) {
		result(-1);
		return;
	}
	pid = fork();
	if (!pid) {
		dup2(p[1], 1);
		execv(program, argv);
		_exit(9);
	}
	close(p[1]);
	while ((got = read(p[0], text, sizeof(text) - 1)) > 0) {
		text[got] = 0;
		say("%s", text);
	}
	close(p[0]);
	waitpid(pid, NULL, 0);
}

int inherited(char **fds)
{
	char text[200];

	for (int i = 0; i < SLOTS && fds[i]; i++) {
		if (describe(text, sizeof(text), i, atoi(fds[i])) > 0)
			fputs(text, stdout);
	}
	return fflush(stdout);
}

const struct call calls_more[] = {
	{ "seekdir", run_seekdir, "dir [0 1 2 3 9]", 2, 0, W_NONE },
	{ "clone", run_clone, "file file [0 4096 100] [0 4096 8192] [0 4096]", 1, 0, W_NONE },
	{ "dedupe", run_dedupe, "file file any", 1, 0, W_NONE },
	{ "handle", run_handle, "at path [0 AT_EMPTY_PATH AT_SYMLINK_FOLLOW] [0 128 128 129]", 1, 0,
	  W_NONE },
	/* not of a descriptor that another actor may be waiting in */
	{ "vfork", run_vfork, "[0 1 2] file", 2, 0, W_NONE },
	{ "exec", run_exec, "", 2, 0, W_NONE },
	{ 0 },
};
