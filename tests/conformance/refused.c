/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel refuses: to another user (EACCES, EPERM), round loops of links
 * (ELOOP), names and paths that are too long, directories that are none, more
 * descriptors than the limit. Nothing may have happened then.
 */
#include "conf.h"
#include <dirent.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

static void set_up(void)
{
	MUST(mkdir("shut", 0700));
	put("shut/in", "inside");
	MUST(mkdir("sticky", 0777));
	MUST(chmod("sticky", 01777));
	put("sticky/roots", "root's");
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	put("open/secret", "secret");
	MUST(chmod("open/secret", 0600));
	put("readable", "readable");
	MUST(symlink("shut/in", "through"));
}

/* As nobody, with no groups and no capabilities. */
static void other_user(void)
{
	struct stat st;
	char buf[16];
	int fd;

	T(open("open/secret", O_RDONLY));
	T(open("readable", O_WRONLY));
	T(open("readable", O_RDONLY | O_TRUNC));
	T(open("shut/in", O_RDONLY));
	T(open("through", O_RDONLY));
	T(open("shut/new", O_RDWR | O_CREAT, 0644));
	T(open("new", O_RDWR | O_CREAT, 0644));
	T(open("shut", O_RDONLY | O_DIRECTORY));
	TOK(fd = open("shut", O_PATH));
	T(openat(fd, "in", O_RDONLY));
	T(fstatat(fd, "in", &st, 0));
	T(fchdir(fd));
	T(close(fd));
	T(stat("shut/in", &st));
	T(lstat("through", &st));
	T(stat("through", &st));
	T(access("readable", R_OK));
	T(access("readable", W_OK));
	T(access("shut/in", F_OK));
	T(chdir("shut"));
	T(mkdir("shut/d", 0755));
	T(mkdir("d", 0755));
	T(rmdir("shut"));
	T(unlink("shut/in"));
	T(unlink("readable"));
	T(unlink("sticky/roots"));
	T(rename("sticky/roots", "sticky/mine"));
	T(rename("readable", "open/readable"));
	T(link("open/secret", "open/again"));
	T(symlink("x", "shut/l"));
	T(symlink("x", "l"));
	T(chmod("readable", 0777));
	T(chown("readable", 65534, 65534));
	T(chown("readable", -1, -1));
	T(truncate("readable", 0));
	T(utimensat(AT_FDCWD, "readable", NULL, 0));
	T(utimensat(AT_FDCWD, "readable", (struct timespec[2]) { { 1, 0 }, { 1, 0 } }, 0));
	T(setxattr("readable", "user.x", "v", 1, 0));
	T(getxattr("shut/in", "user.x", buf, sizeof(buf)));
	T(mknod("open/null", S_IFCHR | 0666, 0x103));
	T(mknod("open/fifo", S_IFIFO | 0600, 0));
	T(unlink("open/fifo"));
	T(chroot("."));
	TOK(fd = open("open/mine", O_RDWR | O_CREAT, 0400));
	T(write(fd, "x", 1));
	T(open("open/mine", O_RDWR));
	T(open("open/mine", O_RDONLY | O_NOATIME) >= 0);
	T(open("readable", O_RDONLY | O_NOATIME));
	T(fchown(fd, 0, 0));
	T(fchown(fd, -1, 0));
	T(fchmod(fd, 04755));
	T(fstat(fd, &st));
	printf("mode %o\n", st.st_mode);
	T(fcntl(fd, F_SETPIPE_SZ, 4096));
	T(unlink("open/mine"));
	T(setuid(0));
	T(setgid(0));
	T(setgroups(0, NULL));
}

static void loops(void)
{
	char name[16], target[16];
	struct statfs sf;
	struct stat st;
	char buf[16];

	MUST(symlink("self", "self"));
	MUST(symlink("two", "one"));
	MUST(symlink("one", "two"));
	T(open("self", O_RDONLY));
	T(open("self", O_RDWR | O_CREAT, 0644));
	T(open("one", O_RDONLY));
	T(open("one/x", O_RDONLY));
	TOK(open("one", O_PATH | O_NOFOLLOW));
	T(open("one", O_RDONLY | O_NOFOLLOW));
	T(stat("one", &st));
	T(lstat("one", &st));
	T(lstat("one/", &st));
	T(statfs("one", &sf));
	T(access("two", F_OK));
	T(chdir("one"));
	T(mkdir("one", 0755));
	T(mkdir("one/d", 0755));
	T(truncate("one", 1));
	T(chmod("one", 0600));
	T(rename("one/a", "b"));
	T(link("self", "self2"));
	T(linkat(AT_FDCWD, "self", AT_FDCWD, "self3", AT_SYMLINK_FOLLOW));
	T(readlink("one", buf, sizeof(buf)));
	T(unlink("self2"));
	T(syscall(SYS_execve, "one", NULL, NULL));
	/* forty links are followed, one more is not */
	put("end", "the end");
	MUST(symlink("end", "c0"));
	for (int i = 1; i < 42; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(target, sizeof(target), "c%d", i - 1);
		MUST(symlink(target, name));
	}
	cat("c39");
	cat("c40");
	cat("c41");
	for (int i = 0; i < 42; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		MUST(unlink(name));
	}
}

static void too_long(void)
{
	char *name = guard(300), *path = guard(5001);
	struct stat st;

	memset(name, 'n', 299);
	name[299] = 0;
	for (int i = 0; i < 5000; i++)
		path[i] = i % 2 ? '/' : '.';
	path[5000] = 0;
	T(rmdir(name));
	T(link("end", name));
	T(chdir(name));
	T(mknod(name, S_IFIFO | 0600, 0));
	T(truncate(name, 0));
	T(readlink(name, path, 10) == -1 && errno == ENAMETOOLONG);
	path[0] = '.';
	T(rename("end", path));
	T(symlink(path, "l"));
	T(unlink(path));
	T(statfs(path, NIL));
	T(getxattr("end", name, NIL, 0));
	T(stat(path, &st));
	T(syscall(SYS_execve, path, NULL, NULL));
	T(stat("end/", &st));
	T(stat("end/x", &st));
	T(mkdir("end/x", 0755));
	T(open("end", O_RDONLY | O_DIRECTORY));
	T(open(".", O_RDWR));
	T(open("new/", O_RDWR | O_CREAT, 0644));
	T(rename("end", "shut/"));
	T(rename("shut", "shut/below"));
	T(rename("shut", "sticky"));
	T(rmdir("."));
	T(rmdir("shut/.."));
	T(unlink("shut"));
}

/* Every call that makes a descriptor, when there is no room for one. */
static void no_room(void)
{
	struct rlimit old, low;
	int fd[64], n = 0, p[2] = { -7, -7 };

	MUST(getrlimit(RLIMIT_NOFILE, &old));
	low = old;
	low.rlim_cur = 40;
	T(setrlimit(RLIMIT_NOFILE, &low));
	while (n < 64 && (fd[n] = open("end", O_RDONLY)) >= 0)
		n++;
	printf("%s after %s\n", conf_errname(errno), fd[n - 1] == 39 ? "the last one" : "another");
	T(open("end", O_RDONLY));
	T(open("missing", O_RDONLY));
	T(open("made", O_RDWR | O_CREAT, 0644));
	T(access("made", F_OK));
	T(open("end", O_RDWR | O_TRUNC));
	cat("end");
	T(dup(fd[0]));
	T(fcntl(fd[0], F_DUPFD, 0));
	T(fcntl(fd[0], F_DUPFD, 40));
	T(dup2(fd[0], 40));
	T(dup3(fd[0], 41, 0));
	T(dup2(fd[0], fd[1]) == fd[1]);
	T(pipe(p));
	printf("%d %d\n", p[0], p[1]);
	T(syscall(SYS_inotify_init1, 0));
	T(syscall(SYS_epoll_create1, 0));
	T(syscall(SYS_socket, 2, 1, 0));
	T(syscall(SYS_socket, 1, 1, 0));
	T(syscall(SYS_memfd_create, "m", 0));
	TF(!opendir("."));
	MUST(close(fd[3]));
	T(pipe(p));
	T(open("end", O_RDONLY) == fd[3]);
	for (int i = 0; i < n; i++)
		close(fd[i]);
	T(setrlimit(RLIMIT_NOFILE, &old));
	cat("end");
}

int main(void)
{
	pid_t pid;

	conf_init();
	set_up();
	if (!geteuid()) {
		pid = conf_fork();
		if (!pid) {
			MUST(setgroups(0, NULL));
			MUST(setresgid(65534, 65534, 65534));
			MUST(setresuid(65534, 65534, 65534));
			other_user();
			_exit(0);
		}
		conf_reap("nobody", pid);
	}
	loops();
	too_long();
	no_room();
	return 0;
}
