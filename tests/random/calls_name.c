/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_name.c - calls on names: opening, making, moving and removing them, what
 * is known of them, the working directory.
 */
#include "sequence.h"

#include <dirent.h>
#include <linux/openat2.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* The calls that aarch64 never had are the modern ones there. */
#ifdef SYS_open
#define OLD(name, modern, ...) syscall(SYS_##name, __VA_ARGS__)
#else
#define OLD(name, modern, ...) (modern)
#endif

static void made(struct step *step, int fd)
{
	struct stat st;

	/* Nothing may block: only regular files and directories do not. */
	if (fd >= 0 && !fstat(fd, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	result(fd);
	say_offset(fd);
	set_slot(slot_index(step, 0), fd);
}

static void run_openat(struct step *step)
{
	made(step, openat(fd_arg(step, 1), path_arg(step, 2),
			  (int)num_arg(step, 3) | O_NONBLOCK, (mode_t)num_arg(step, 4)));
}

static void run_open(struct step *step)
{
	const char *path = path_arg(step, 1);
	int flags = (int)num_arg(step, 2) | O_NONBLOCK;
	mode_t mode = (mode_t)num_arg(step, 3);

	made(step, (int)OLD(open, open(path, flags, mode), path, flags, mode));
}

static void run_openat2(struct step *step)
{
	struct open_how how = {
		.flags = (unsigned long)num_arg(step, 3),
		.resolve = (unsigned long)num_arg(step, 4),
	};

	if (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		how.mode = 0640;
	if (!(how.flags & O_PATH))
		how.flags |= O_NONBLOCK;
	made(step, (int)syscall(SYS_openat2, fd_arg(step, 1), path_arg(step, 2), &how,
				sizeof(how)));
}

static void say_time(const char *name, struct timespec t)
{
	if (t.tv_sec < 1000000000)
		say(" %s %ld.%09ld", name, (long)t.tv_sec, t.tv_nsec);
}

static void say_stat(int ret, const struct stat *st)
{
	result(ret);
	if (ret)
		return;
	say(" %06o links %ld ids %d %d", st->st_mode, S_ISDIR(st->st_mode) ? 0L :
	    (long)st->st_nlink, (int)st->st_uid, (int)st->st_gid);
	if (!S_ISDIR(st->st_mode))
		say(" size %lld", (long long)st->st_size);
	/* a device's are everybody's; of a socket the kernel sets none */
	if (S_ISCHR(st->st_mode) || S_ISSOCK(st->st_mode))
		return;
	say_time("a", st->st_atim);
	say_time("m", st->st_mtim);
}

static void run_stat(struct step *step)
{
	struct stat st;
	const char *path = path_arg(step, 0);

	say_stat((int)OLD(stat, stat(path, &st), path, &st), &st);
}

static void run_lstat(struct step *step)
{
	struct stat st;
	const char *path = path_arg(step, 0);

	say_stat((int)OLD(lstat, lstat(path, &st), path, &st), &st);
}

static void run_fstat(struct step *step)
{
	struct stat st;

	say_stat((int)syscall(SYS_fstat, fd_arg(step, 0), &st), &st);
}

static void run_fstatat(struct step *step)
{
	struct stat st;

	say_stat(fstatat(fd_arg(step, 0), path_arg(step, 1), &st, (int)num_arg(step, 2)), &st);
}

static void run_statx(struct step *step)
{
	struct statx st = { 0 };
	int ret = statx(fd_arg(step, 0), path_arg(step, 1), (int)num_arg(step, 2),
			(unsigned int)num_arg(step, 3), &st);

	result(ret);
	if (ret)
		return;
	say(" %06o %#llx", st.stx_mode, (unsigned long long)st.stx_attributes);
	if (!S_ISDIR(st.stx_mode))
		say(" links %u size %llu", st.stx_nlink, (unsigned long long)st.stx_size);
}

static void run_same(struct step *step)
{
	struct stat one, two;
	bool same = !fstat(fd_arg(step, 0), &one) && !fstat(fd_arg(step, 1), &two) &&
		    one.st_dev == two.st_dev && one.st_ino == two.st_ino;

	say(same ? " yes" : " no");
}

static void run_statfs(struct step *step)
{
	struct statfs fs;
	int ret = fstatfs(fd_arg(step, 0), &fs);

	result(ret);
	if (!ret)
		say(" %lx %ld %ld", (long)fs.f_type, (long)fs.f_bsize, (long)fs.f_namelen);
}

static void run_access(struct step *step)
{
	result(syscall(SYS_faccessat2, fd_arg(step, 0), path_arg(step, 1), num_arg(step, 2),
		       num_arg(step, 3)));
}

static void run_readlink(struct step *step)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(fd_arg(step, 0), path_arg(step, 1), text, sizeof(text));

	/* The length is the directory's name's, too. */
	result(n > 0 ? 1 : n);
	if (n > 0)
		say_text(text, (size_t)n);
}

static void run_getdents(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *at = (char *)buffer(room), *end;
	long n = syscall(SYS_getdents64, fd_arg(step, 0), at, room);

	result(n);
	for (end = at + (n < 0 ? 0 : n); at < end;
	     at += ((struct dirent64 *)(void *)at)->d_reclen) {
		struct dirent64 *entry = (void *)at;

		say(" %s/%d", entry->d_name, entry->d_type);
	}
}

static void run_link(struct step *step)
{
	result(linkat(fd_arg(step, 0), path_arg(step, 1), fd_arg(step, 2), path_arg(step, 3),
		      (int)num_arg(step, 4)));
}

static void run_symlink(struct step *step)
{
	result(symlinkat(path_arg(step, 0), fd_arg(step, 1), path_arg(step, 2)));
}

static void run_rename(struct step *step)
{
	result(rename(path_arg(step, 0), path_arg(step, 1)));
}

static void run_renameat2(struct step *step)
{
	result(renameat2(fd_arg(step, 0), path_arg(step, 1), fd_arg(step, 2), path_arg(step, 3),
			 (unsigned int)num_arg(step, 4)));
}

static void run_unlink(struct step *step)
{
	result(unlinkat(fd_arg(step, 0), path_arg(step, 1), (int)num_arg(step, 2)));
}

static void run_mkdir(struct step *step)
{
	result(mkdirat(fd_arg(step, 0), path_arg(step, 1), (mode_t)num_arg(step, 2)));
}

static void run_mknod(struct step *step)
{
	result(mknodat(fd_arg(step, 0), path_arg(step, 1),
		       (mode_t)(num_arg(step, 2) | num_arg(step, 3)), 0));
}

static void run_truncate(struct step *step)
{
	result(truncate(path_arg(step, 0), num_arg(step, 1)));
}

static void run_chmod(struct step *step)
{
	result(syscall(SYS_fchmodat2, fd_arg(step, 0), path_arg(step, 1), num_arg(step, 2),
		       num_arg(step, 3)));
}

static void run_chmod_old(struct step *step)
{
	const char *path = path_arg(step, 0);
	mode_t mode = (mode_t)num_arg(step, 1);

	result(OLD(chmod, chmod(path, mode), path, mode));
}

static void run_fchmod(struct step *step)
{
	result(fchmod(fd_arg(step, 0), (mode_t)num_arg(step, 1)));
}

static void run_chown(struct step *step)
{
	result(fchownat(fd_arg(step, 0), path_arg(step, 1), (uid_t)num_arg(step, 2),
			(gid_t)num_arg(step, 3), (int)num_arg(step, 4)));
}

static void run_fchown(struct step *step)
{
	result(fchown(fd_arg(step, 0), (uid_t)num_arg(step, 1), (gid_t)num_arg(step, 2)));
}

static void two_times(struct step *step, int first, struct timespec ts[2])
{
	for (int i = 0; i < 2; i++) {
		long n = num_arg(step, first + i);

		ts[i] = n == UTIME_NOW || n == UTIME_OMIT ?
			(struct timespec){ 0, n } : (struct timespec){ n, n % 1000 };
	}
}

static void run_utimens(struct step *step)
{
	struct timespec ts[2];

	two_times(step, 2, ts);
	result(syscall(SYS_utimensat, fd_arg(step, 0), path_arg(step, 1), ts, num_arg(step, 4)));
}

static void run_futimens(struct step *step)
{
	struct timespec ts[2];

	two_times(step, 1, ts);
	result(futimens(fd_arg(step, 0), ts));
}

static void run_chdir(struct step *step)
{
	result(chdir(path_arg(step, 0)));
}

static void run_fchdir(struct step *step)
{
	result(fchdir(fd_arg(step, 0)));
}

static void run_getcwd(struct step *step)
{
	char text[PATH_MAX];
	long n = syscall(SYS_getcwd, text, sizeof(text));

	(void)step;
	result(n > 0 ? 0 : n);
	if (n > 0)
		say_text(text, strlen(text));
}

static void run_umask(struct step *step)
{
	say(" = %03o", umask((mode_t)num_arg(step, 0)));
}

#define OPEN_HOW \
	"[O_RDONLY O_WRONLY O_RDWR O_RDWR O_RDWR O_RDWR|O_CREAT O_RDWR|O_CREAT O_WRONLY|O_CREAT " \
	"O_RDWR|O_CREAT|O_TRUNC O_RDWR|O_CREAT|O_EXCL O_WRONLY|O_APPEND O_RDWR|O_APPEND|O_CREAT " \
	"O_RDONLY|O_DIRECTORY O_RDONLY|O_DIRECTORY O_RDONLY|O_NOFOLLOW O_RDWR|O_CREAT|O_NOFOLLOW " \
	"O_PATH O_PATH|O_NOFOLLOW O_PATH|O_DIRECTORY O_RDWR|O_TMPFILE O_WRONLY|O_TMPFILE|O_EXCL " \
	"O_RDWR|O_CLOEXEC O_RDONLY|O_TRUNC O_RDWR|O_NOATIME O_RDWR|O_DSYNC O_ACCMODE " \
	"O_CREAT|O_DIRECTORY O_PATH|O_CREAT O_RDONLY|O_CREAT|O_CLOEXEC|O_NOCTTY]"
#define WHOSE "[0 0 -1 1000 4294967295]"
#define TIME "[UTIME_NOW UTIME_OMIT 1000 86400 500000001 -1]"

const struct call calls_name[] = {
	{ "openat", run_openat, "new at path " OPEN_HOW " mode", 18, 1, W_FILE },
	{ "openat", run_openat, "new at path [O_RDONLY|O_DIRECTORY O_PATH|O_DIRECTORY] [0]", 4, 0,
	  W_DIR },
	{ "openat", run_openat, "new at path [O_PATH O_PATH|O_NOFOLLOW] [0]", 2, 0, W_PATH },
	{ "openat", run_openat,
	  "new cwd [\".\" \"d\" \"d/e\"] [O_RDWR|O_TMPFILE O_WRONLY|O_TMPFILE|O_EXCL] [0600]", 3, 0,
	  W_FILE },
	{ "open", run_open, "new path " OPEN_HOW " mode", 6, 0, W_FILE },
	{ "openat2", run_openat2, "new at plain " OPEN_HOW
	  " [RESOLVE_NO_XDEV RESOLVE_NO_MAGICLINKS RESOLVE_NO_SYMLINKS RESOLVE_BENEATH "
	  "RESOLVE_IN_ROOT RESOLVE_BENEATH RESOLVE_IN_ROOT RESOLVE_BENEATH|RESOLVE_IN_ROOT "
	  "RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH 0]",
	  7, 0, W_FILE },
	{ "stat", run_stat, "path", 3, 0, W_NONE },
	{ "lstat", run_lstat, "path", 2, 0, W_NONE },
	{ "fstat", run_fstat, "any", 3, 1, W_NONE },
	{ "fstatat", run_fstatat, "at path <AT_EMPTY_PATH AT_SYMLINK_NOFOLLOW>", 4, 0, W_NONE },
	{ "statx", run_statx,
	  "at path <AT_EMPTY_PATH AT_SYMLINK_NOFOLLOW> [STATX_BASIC_STATS 0 STATX_SIZE "
	  "0x80000000]", 2,
	  0, W_NONE },
	{ "same", run_same, "any any", 2, 0, W_NONE },
	{ "statfs", run_statfs, "file", 1, 0, W_NONE },
	{ "access", run_access, "at path <R_OK W_OK X_OK> <AT_EACCESS AT_SYMLINK_NOFOLLOW "
	  "AT_EMPTY_PATH>",
	  2, 0, W_NONE },
	{ "readlink", run_readlink, "at path", 3, 0, W_NONE },
	{ "readlink", run_readlink, "at magic", 2, 0, W_NONE },
	{ "getdents", run_getdents, "dir [0 10 24 64 100 4096 4096]", 5, 0, W_NONE },
	{ "link", run_link, "at2 path2 at2 path2 [0 0 0 AT_SYMLINK_FOLLOW "
	  "AT_EMPTY_PATH]", 5, 0, W_NONE },
	/* not to /proc/self/fd: who follows it there is the twin, with its own numbers */
	{ "symlink", run_symlink, "path2 at path", 5, 0, W_NONE },
	{ "rename", run_rename, "path2 path2", 5, 0, W_NONE },
	{ "renameat2", run_renameat2,
	  "at2 path2 at2 path2 [0 RENAME_NOREPLACE RENAME_EXCHANGE "
	  "RENAME_WHITEOUT]", 5, 0, W_NONE },
	{ "unlink", run_unlink, "at path [0 0 AT_REMOVEDIR]", 7, 0, W_NONE },
	{ "mkdir", run_mkdir, "at path mode", 5, 0, W_NONE },
	{ "mknod", run_mknod, "at path [S_IFIFO S_IFIFO S_IFREG S_IFSOCK 0 S_IFDIR] "
	  "mode", 2, 0, W_NONE },
	{ "truncate", run_truncate, "path off", 4, 0, W_NONE },
	{ "chmod", run_chmod, "at path mode <AT_SYMLINK_NOFOLLOW AT_EMPTY_PATH>", 2, 0, W_NONE },
	{ "chmod_old", run_chmod_old, "path mode", 1, 0, W_NONE },
	{ "fchmod", run_fchmod, "file mode", 1, 0, W_NONE },
	{ "chown", run_chown, "at path " WHOSE " " WHOSE " <AT_SYMLINK_NOFOLLOW "
	  "AT_EMPTY_PATH>", 2, 0,
	  W_NONE },
	{ "fchown", run_fchown, "file " WHOSE " " WHOSE, 1, 0, W_NONE },
	{ "utimens", run_utimens, "at path " TIME " " TIME " <AT_SYMLINK_NOFOLLOW "
	  "AT_EMPTY_PATH>", 3, 0,
	  W_NONE },
	{ "futimens", run_futimens, "file " TIME " " TIME, 1, 0, W_NONE },
	{ "chdir", run_chdir, "path", 4, 0, W_NONE },
	{ "fchdir", run_fchdir, "dir", 2, 0, W_NONE },
	{ "getcwd", run_getcwd, "", 3, 0, W_NONE },
	{ "umask", run_umask, "[0 022 077 027 0777]", 2, 0, W_NONE },
	{ 0 },
};
