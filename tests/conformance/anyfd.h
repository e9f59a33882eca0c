/* SPDX-License-Identifier: GPL-2.0-or-later */
/* anyfd.h - calls of every kind on a descriptor that is hardly good for any of them. */
#ifndef RSX_TESTS_ANYFD_H
#define RSX_TESTS_ANYFD_H

#include "conf.h"
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <net/if.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

/* fcntl(2) and ioctl(2). */
static CONF_UNUSED void any_controls(int fd)
{
	static const int commands[] = {
		F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG, F_GETOWN_EX, F_GETLEASE, F_SETLEASE, F_NOTIFY,
		F_GETPIPE_SZ, F_GET_SEALS, F_OFD_GETLK, 1035 /* F_GET_RW_HINT */, 9999,
	};
	static const unsigned long requests[] = {
		FIOCLEX, FIONCLEX, FIONREAD, FIOQSIZE, FIGETBSZ, FS_IOC_GETFLAGS, FITRIM, FICLONE,
		FS_IOC_FIEMAP, BLKGETSIZE64, TCGETS, SIOCGIFCONF, 0xdead,
	};
	char buf[64] = { 0 };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		printf("%d: ", commands[i]);
		T(fcntl(fd, commands[i], buf));
	}
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		printf("%#lx: ", requests[i]);
		T(ioctl(fd, requests[i], buf));
	}
	T(fcntl(fd, F_GETFD));
}

/* What moves data, waits for it or asks about its file; there is a file "f". */
static CONF_UNUSED void any_data(int fd)
{
	struct iovec v = { "x", 1 };
	struct statfs sf;
	char buf[16], name[32];
	off_t at = 0;
	int p[2], other = MUST(open("f", O_RDWR)), ep = MUST(epoll_create1(0));
	struct epoll_event ev = { .events = EPOLLIN };
	struct pollfd pfd = { fd, POLLIN, 0 };
	fd_set set;

	MUST(pipe(p));
	T(readv(fd, &v, 1));
	T(preadv2(fd, &v, 1, 0, 0));
	T(pwritev2(fd, &v, 1, 0, 0));
	T(fstatfs(fd, &sf));
	T(fgetxattr(fd, "user.x", buf, 16));
	T(fsetxattr(fd, "user.x", buf, 1, 0));
	T(flistxattr(fd, buf, 16));
	T(flock(fd, LOCK_SH));
	T(syncfs(fd));
	T(fallocate(fd, 0, 0, 1));
	T(posix_fadvise(fd, 0, 0, 0));
	T(readahead(fd, 0, 1));
	T(sync_file_range(fd, 0, 0, 0));
	T(sendfile(fd, other, &at, 1));
	T(sendfile(other, fd, &at, 1));
	T(copy_file_range(fd, NULL, other, NULL, 1, 0));
	T(copy_file_range(other, NULL, fd, NULL, 1, 0));
	T(splice(fd, NULL, p[1], NULL, 1, 0));
	T(vmsplice(fd, &v, 1, 0));
	T(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	T(poll(&pfd, 1, 0));
	printf("%#x\n", pfd.revents);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	FD_SET(other, &set);
	T(select(fd > other ? fd + 1 : other + 1, &set, NULL, NULL, NULL));
	FD_ZERO(&set);
	FD_SET(fd, &set);
	FD_SET(p[1], &set);
	T(select(p[1] + 1, NULL, &set, NULL, NULL));
	T(getsockname(fd, NIL, NIL));
	T(ioctl(other, FICLONE, fd));
	T(fchmodat(fd, "", 0600, AT_EMPTY_PATH) == -1);
	T(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
	T(faccessat(fd, "", R_OK, AT_EMPTY_PATH));
	T(syscall(SYS_utimensat, fd, "", NULL, AT_EMPTY_PATH));
	T(linkat(fd, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
	unlink("linked");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	T(linkat(AT_FDCWD, name, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW));
	unlink("linked");
	close(p[0]);
	close(p[1]);
	close(other);
	close(ep);
}

#endif
