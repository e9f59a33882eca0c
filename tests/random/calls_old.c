/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_old.c - calls that have a modern form: the same of names without a
 * directory's descriptor, times as they once were, entries of the first kind.
 * An architecture that never had them makes the modern ones.
 */
#include "sequence.h"

#include <sys/time.h>
#include <utime.h>

#ifdef SYS_open
#define OLD(name, modern, ...) syscall(SYS_##name, __VA_ARGS__)
#else
#define OLD(name, modern, ...) (modern)
#endif

/* A time as a script has it: 500000001 is a part that seconds do not have. */
static struct timeval timeval_of(long n)
{
	return (struct timeval){ n, n % 1000 };
}

static void run_utime(struct step *step)
{
	const char *path = path_arg(step, 0);
	struct utimbuf t = { num_arg(step, 1), num_arg(step, 2) };
	struct timespec ts[2] = { { t.actime, 0 }, { t.modtime, 0 } };

	(void)ts;
	result(OLD(utime, utimensat(AT_FDCWD, path, ts, 0), path, &t));
}

/* utimes PATH ATIME MTIME, or futimesat DIR PATH ATIME MTIME; a path of "-" is none */
static void set_times(struct step *step, int dir, const char *path, int first)
{
	struct timeval tv[2] = { timeval_of(num_arg(step, first)),
				 timeval_of(num_arg(step, first + 1)) };
	struct timespec ts[2] = { { tv[0].tv_sec, tv[0].tv_usec * 1000 },
				  { tv[1].tv_sec, tv[1].tv_usec * 1000 } };

	(void)ts;
	if (first == 1)
		result(OLD(utimes, utimensat(dir, path, ts, 0), path, tv));
	else
		result(OLD(futimesat, utimensat(dir, path, ts, 0), dir, path, tv));
}

static void run_utimes(struct step *step)
{
	set_times(step, AT_FDCWD, path_arg(step, 0), 1);
}

static void run_futimesat(struct step *step)
{
	const char *path = path_arg(step, 1);

	set_times(step, fd_arg(step, 0), strcmp(path, "-") ? path : NULL, 2);
}

static void run_creat(struct step *step)
{
	const char *path = path_arg(step, 1);
	mode_t mode = (mode_t)num_arg(step, 2);
	struct stat st;
	int fd;

	/* a FIFO without a reader would wait for one */
	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		say(" no");
		return;
	}
	fd = (int)OLD(creat, creat(path, mode), path, mode);
	result(fd);
	set_slot(slot_index(step, 0), fd);
}

/* name WHAT PATH MODE: of one name */
static void run_old_name(struct step *step)
{
	const char *path = path_arg(step, 1);
	mode_t mode = (mode_t)num_arg(step, 2);

	switch (num_arg(step, 0)) {
	case 0:
		result(OLD(mkdir, mkdir(path, mode), path, mode));
		break;
	case 1:
		result(OLD(rmdir, rmdir(path), path));
		break;
	case 2:
		result(OLD(unlink, unlink(path), path));
		break;
	case 3:
		result(OLD(mknod, mknod(path, S_IFIFO | mode, 0), path, S_IFIFO | mode, 0));
		break;
	case 4:
		result(OLD(access, access(path, (int)mode & 7), path, mode & 7));
		break;
	case 5:
		result(OLD(chown, chown(path, mode, (gid_t)-1), path, mode, -1));
		break;
	default:
		result(OLD(lchown, lchown(path, mode, (gid_t)-1), path, mode, -1));
	}
}

static void run_old_names(struct step *step)
{
	const char *one = path_arg(step, 1), *two = path_arg(step, 2);

	if (num_arg(step, 0))
		result(OLD(link, link(one, two), one, two));
	else
		result(OLD(symlink, symlink(one, two), one, two));
}

static void run_old_readlink(struct step *step)
{
	char text[PATH_MAX];
	const char *path = path_arg(step, 0);
	size_t room = (size_t)num_arg(step, 1);
	long n = OLD(readlink, readlink(path, text, room), path, text, room);

	/* of little room only part of our directory's name may be there */
	result(n > 0 ? 1 : n);
	if (n > 0 && room > 100)
		say_text(text, (size_t)n);
}

/* The entries of the first kind: the type is their last byte. */
static void run_old_dents(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *at = (char *)buffer(room), *end;
	int fd = fd_arg(step, 0);
	long n;

#ifdef SYS_getdents
	n = syscall(SYS_getdents, fd, at, room);
	result(n);
	for (end = at + (n < 0 ? 0 : n); at < end;) {
		unsigned short len;

		memcpy(&len, at + 16, sizeof(len));
		say(" %s/%d", at + 18, at[len - 1]);
		at += len;
	}
#else
	(void)end;
	n = syscall(SYS_getdents64, fd, at, room);
	result(n);
#endif
}

static void run_old_dup2(struct step *step)
{
	int from = fd_arg(step, 1), to = (int)num_arg(step, 2);
	int fd = (int)OLD(dup2, dup2(from, to), from, to);

	result(fd);
	set_slot(slot_index(step, 0), fd);
}

/* Offsets that are registers of their own, and vectors at them. */
static void run_preadv(struct step *step)
{
	size_t len = (size_t)num_arg(step, 1);
	char *p = (char *)buffer(2 * len);
	struct iovec {
		void *base;
		size_t len;
	} iov[2] = { { p, len }, { p + len, len } };
	int fd = fd_arg(step, 0);
	long n = syscall(SYS_preadv, fd, iov, 2, num_arg(step, 2), 0);

	result(n);
	if (n > 0)
		say_bytes(p, (size_t)n);
	say_offset(fd);
}

static void run_pwritev(struct step *step)
{
	size_t len = (size_t)num_arg(step, 1);
	char *p = (char *)buffer(2 * len);
	struct iovec {
		void *base;
		size_t len;
	} iov[2] = { { p + len, len }, { p, len } };
	int fd = fd_arg(step, 0);

	pattern(p, 2 * len, (unsigned int)num_arg(step, 3));
	result(syscall(SYS_pwritev, fd, iov, 2, num_arg(step, 2), 0));
	say_offset(fd);
}

#define SECONDS "[1000 86400 0 500000001 -1]"

const struct call calls_old[] = {
	{ "utime", run_utime, "path " SECONDS " " SECONDS, 2, 0, W_NONE },
	{ "utimes", run_utimes, "path " SECONDS " " SECONDS, 2, 0, W_NONE },
	{ "futimesat", run_futimesat, "at path " SECONDS " " SECONDS, 2, 0, W_NONE },
	{ "futimesat", run_futimesat, "file [\"-\"] " SECONDS " " SECONDS, 1, 0, W_NONE },
	{ "creat", run_creat, "new path mode", 2, 0, W_FILE },
	{ "old_name", run_old_name, "[0 1 2 2 3 4 4 5 6] path mode", 4, 0, W_NONE },
	{ "old_names", run_old_names, "[0 1] path2 path2", 2, 0, W_NONE },
	{ "old_readlink", run_old_readlink, "path [0 1 10 4096 4096]", 2, 0, W_NONE },
	{ "old_dents", run_old_dents, "dir [0 10 24 64 100 4096 4096]", 2, 0, W_NONE },
	{ "old_dup2", run_old_dup2, "new any [5 9 11 -1]", 2, 1, W_NONE },
	{ "preadv", run_preadv, "file slen off", 2, 1, W_NONE },
	{ "pwritev", run_pwritev, "file slen off byte", 2, 1, W_NONE },
	{ 0 },
};
