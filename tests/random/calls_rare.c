/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_rare.c - what few programs ask for: pages put into pipes, advice and
 * writing out, seals, sizes of pipes, processes as descriptors, waiting for
 * locks, files without a name that get one, mappings upon mappings.
 *
 * Not here, as they are refused on purpose: pidfd_getfd(2), open_by_handle_at(2),
 * setxattrat(2) and its kin. Nor RESOLVE_CACHED, whose outcome is the cache's.
 */
#include "sequence.h"

#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#include "output.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static void made(struct step *step, int fd)
{
	result(fd);
	set_slot(slot_index(step, 0), fd);
}

/* vmsplice PIPE LENGTH LENGTH BYTE FLAGS: into it, or out of it */
static void run_vmsplice(struct step *step)
{
	size_t len[2] = { (size_t)num_arg(step, 1), (size_t)num_arg(step, 2) };
	char *p = (char *)buffer(len[0] + len[1]);
	struct iovec iov[2] = { { p, len[0] }, { p + len[0], len[1] } };
	int fd = fd_arg(step, 0);
	long n;

	pattern(p, len[0] + len[1], (unsigned int)num_arg(step, 3));
	n = vmsplice(fd, iov, 2, SPLICE_F_NONBLOCK | (unsigned int)num_arg(step, 4));
	result(n);
	if (n > 0)
		say_bytes(p, len[0] + len[1]);
	drain(n, fd); /* our pages are in it, and change with the next call */
}

static void run_readahead(struct step *step)
{
	result(readahead(fd_arg(step, 0), num_arg(step, 1), (size_t)num_arg(step, 2)));
}

static void run_sync_range(struct step *step)
{
	result(sync_file_range(fd_arg(step, 0), num_arg(step, 1), num_arg(step, 2),
			       (unsigned int)num_arg(step, 3)));
}

static void run_fsync(struct step *step)
{
	result(fsync(fd_arg(step, 0)));
}

/* All of a file system's: this one's in the end, which others write to, too. */
static void run_syncfs(struct step *step)
{
	result(syncfs(fd_arg(step, 0)));
}

static void run_copy_flags(struct step *step)
{
	result(copy_file_range(fd_arg(step, 0), NULL, fd_arg(step, 1), NULL,
			       (size_t)num_arg(step, 2), (unsigned int)num_arg(step, 3)));
	say_offset(fd_arg(step, 0));
	say_offset(fd_arg(step, 1));
}

static void run_memfd_sealed(struct step *step)
{
	made(step, memfd_create("sealed", (unsigned int)num_arg(step, 1)));
}

static void run_add_seals(struct step *step)
{
	int fd = fd_arg(step, 0);

	result(fcntl(fd, F_ADD_SEALS, (int)num_arg(step, 1)));
	say(" %d", fcntl(fd, F_GET_SEALS));
}

static void run_pipe_size(struct step *step)
{
	int fd = fd_arg(step, 0), size = (int)num_arg(step, 1);

	result(size ? fcntl(fd, F_SETPIPE_SZ, size) : fcntl(fd, F_GETPIPE_SZ));
}

/* pidfd NEW ACTOR FLAGS: 4 is nobody */
static void run_pidfd(struct step *step)
{
	long actor = num_arg(step, 1);
	pid_t pid = actor < ACTORS ? output->pid[actor] : 0x3fffffff;

	made(step, (int)syscall(SYS_pidfd_open, pid, (unsigned int)num_arg(step, 2)));
}

static void run_pidfd_signal(struct step *step)
{
	result(syscall(SYS_pidfd_send_signal, fd_arg(step, 0), (int)num_arg(step, 1), NULL, 0));
}

static void run_pidfd_wait(struct step *step)
{
	siginfo_t info = { 0 };
	struct pollfd p = { fd_arg(step, 0), POLLIN, 0 };

	result(waitid((idtype_t)P_PIDFD, (id_t)p.fd, &info, WEXITED | WNOHANG | WNOWAIT));
	say(" %d", info.si_code);
	result(poll(&p, 1, 0));
	say(" %#x", (unsigned short)p.revents);
}

enum { PATIENCE_NS = 100000000 };

static void on_alarm(int sig)
{
	(void)sig;
}

/* The call may wait: a signal ends that, again and again, as it may come too early. */
static void patiently(struct step *step, int (*lock)(struct step *))
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct itimerspec ts = { { 0, PATIENCE_NS }, { 0, PATIENCE_NS } };
	struct sigaction sa = { .sa_handler = on_alarm }, old;
	timer_t timer;

	ev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	sigaction(SIGUSR1, &sa, &old);
	timer_create(CLOCK_MONOTONIC, &ev, &timer);
	timer_settime(timer, 0, &ts, NULL);
	result(lock(step));
	timer_delete(timer);
	sigaction(SIGUSR1, &old, NULL);
}

static int wait_for_lock(struct step *step)
{
	struct flock lock = { .l_type = (short)num_arg(step, 2), .l_start = num_arg(step, 3),
			      .l_len = num_arg(step, 4) };

	return fcntl(fd_arg(step, 0), (int)num_arg(step, 1), &lock);
}

static int wait_for_flock(struct step *step)
{
	return flock(fd_arg(step, 0), (int)num_arg(step, 1));
}

static void run_lock_wait(struct step *step)
{
	patiently(step, wait_for_lock);
}

static void run_flock_wait(struct step *step)
{
	patiently(step, wait_for_flock);
}

/* Nothing that was made here, where memory is. */
static bool is_file_there(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && fcntl(fd, F_GET_SEALS) < 0;
}

/* linkat(2) of what a descriptor is: with a name of its own, or by /proc */
static void run_link_fd(struct step *step)
{
	char path[40];
	int fd = fd_arg(step, 0);

	/* of this side and a name of the other it is EXDEV that is said first */
	if (fd >= 0 && !is_file_there(fd)) {
		say(" no");
		return;
	}
	if (num_arg(step, 1)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		result(linkat(AT_FDCWD, path, fd_arg(step, 2), path_arg(step, 3),
			      AT_SYMLINK_FOLLOW));
	} else {
		result(linkat(fd, "", fd_arg(step, 2), path_arg(step, 3), AT_EMPTY_PATH));
	}
}

/* mknod of what is no file, but has a number: nothing answers to it */
static void run_mknod_dev(struct step *step)
{
	result(mknodat(fd_arg(step, 0), path_arg(step, 1), (mode_t)num_arg(step, 2) | 0644, 0));
}

/* A struct open_how that is shorter or longer than ours. */
static void run_openat2_size(struct step *step)
{
	struct {
		struct open_how how;
		unsigned char rest[40];
	} how = { .how = { .flags = O_RDONLY } };

	how.rest[0] = (unsigned char)num_arg(step, 4);
	made(step, (int)syscall(SYS_openat2, fd_arg(step, 1), path_arg(step, 2), &how,
				(size_t)num_arg(step, 3)));
}

/* What a name's extended attributes are, the link followed; a descriptor's is removed. */
static void run_listxattr_of(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *names = (char *)buffer(room);
	ssize_t n = listxattr(path_arg(step, 0), names, room);

	result(n);
	if (n > 0 && room)
		say_bytes(names, (size_t)n);
}

static void run_fremovexattr(struct step *step)
{
	result(fremovexattr(fd_arg(step, 0), path_arg(step, 1)));
}

static void run_statx_mask(struct step *step)
{
	struct statx st;
	unsigned int mask = (unsigned int)num_arg(step, 3);
	int ret;

	memset(&st, 0x5a, sizeof(st));
	ret = statx(fd_arg(step, 0), path_arg(step, 1), (int)num_arg(step, 2), mask, &st);
	result(ret);
	if (ret)
		return;
	say(" %#x %06o ids %u %u dev %u:%u", st.stx_mask, st.stx_mode, st.stx_uid, st.stx_gid,
	    st.stx_rdev_major, st.stx_rdev_minor);
	if (!S_ISDIR(st.stx_mode))
		say(" size %llu blksize %u", (unsigned long long)st.stx_size, st.stx_blksize);
	if (st.stx_mask & mask & STATX_BTIME)
		say(st.stx_btime.tv_sec > 1000000000 ? " born" : " unborn");
}

/* mmap_over MAP FD LENGTH PROT FLAGS OFFSET: where another mapping begins */
static void run_mmap_over(struct step *step)
{
	struct mapping *map = map_arg(step, 0);
	size_t len = (size_t)num_arg(step, 2);
	void *at;

	if (!map->at || len > map->len) {
		say(" no");
		return;
	}
	at = mmap(map->at, len, (int)num_arg(step, 3), (int)num_arg(step, 4) | MAP_FIXED,
		  fd_arg(step, 1), num_arg(step, 5));
	result(at == MAP_FAILED ? -1 : 0);
}

static void run_mlock(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	if (!map->at) {
		say(" no");
		return;
	}
	result(num_arg(step, 1) ? mlock(map->at, map->len) : munlock(map->at, map->len));
}

/* mremap_to FROM TO LENGTH FLAGS: onto another mapping, which goes */
static void run_mremap_to(struct step *step)
{
	struct mapping *from = map_arg(step, 0), *to = map_arg(step, 1);
	size_t len = (size_t)num_arg(step, 2);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | (int)num_arg(step, 3);
	void *at;

	if (!from->at || !to->at || from == to || len > to->len) {
		say(" no");
		return;
	}
	at = mremap(from->at, flags & MREMAP_DONTUNMAP ? len : from->len, len, flags, to->at);
	result(at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED && !(flags & MREMAP_DONTUNMAP))
		*from = (struct mapping){ 0 };
}

/* Of the mapping's middle: what it is good for, or that it is no more. */
static void run_middle(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	if (!map->at || map->len < 3 * 4096) {
		say(" no");
		return;
	}
	switch (num_arg(step, 1)) {
	case 0:
		result(msync(map->at + 4096, 4096, MS_SYNC));
		break;
	case 1:
		result(mprotect(map->at + 4096, 4096, PROT_READ));
		break;
	case 2:
		result(munmap(map->at + 4096, 4096));
		break;
	default:
		result(madvise(map->at + 4096, 4096, (int)num_arg(step, 1)));
	}
}

#define SYNC_RANGE "[0 1 2 3 4 7 8]"

const struct call calls_rare[] = {
	{ "vmsplice", run_vmsplice, "pipe slen slen byte [0 0 SPLICE_F_MORE 64]", 3, 2, W_NONE },
	{ "readahead", run_readahead, "file off len", 1, 0, W_NONE },
	{ "sync_range", run_sync_range, "file off off " SYNC_RANGE, 1, 0, W_NONE },
	{ "fsync", run_fsync, "file", 1, 0, W_NONE },
	{ "syncfs", run_syncfs, "[$0 $1 $2 $5 -1]", 1, 0, W_NONE },
	{ "copy_flags", run_copy_flags, "file file len [0 1]", 2, 0, W_NONE },
	{ "memfd_sealed", run_memfd_sealed, "new [2 2 2 3 1 8 64]", 2, 0, W_FILE },
	{ "add_seals", run_add_seals, "file [0 1 2 4 8 16 6 32 64]", 3, 0, W_NONE },
	{ "pipe_size", run_pipe_size, "pipe [0 0 4096 100 65536]", 1, 1, W_NONE },
	{ "pidfd", run_pidfd, "new [0 1 2 3 4] [0 0 O_NONBLOCK 1]", 2, 2, W_EVENT },
	{ "pidfd_signal", run_pidfd_signal, "any [0 0 0 65]", 1, 1, W_NONE },
	{ "pidfd_wait", run_pidfd_wait, "any", 1, 1, W_NONE },
	{ "lock_wait", run_lock_wait,
	  "file [F_SETLKW F_OFD_SETLKW] [F_RDLCK F_WRLCK F_WRLCK F_UNLCK] [0 0 10 100] [0 1 100]",
	  2, 0, W_NONE },
	{ "flock_wait", run_flock_wait, "file [LOCK_SH LOCK_EX LOCK_UN]", 1, 0, W_NONE },
	{ "link_fd", run_link_fd, "file [0 0 1] cwd path2", 3, 0, W_NONE },
	{ "mknod_dev", run_mknod_dev, "at path [S_IFCHR S_IFBLK]", 1, 0, W_NONE },
	{ "openat2_size", run_openat2_size, "new at plain [0 8 23 24 32 64 5000] [0 0 1]", 1, 0,
	  W_FILE },
	{ "listxattr_of", run_listxattr_of, "path [0 5 4096]", 1, 0, W_NONE },
	{ "fremovexattr", run_fremovexattr,
	  "file [\"user.a\" \"user.bb\" \"trusted.t\" \"user\" \"bad.name\" \"\"]", 1, 0, W_NONE },
	{ "statx_mask", run_statx_mask,
	  "at path <AT_EMPTY_PATH AT_SYMLINK_NOFOLLOW AT_NO_AUTOMOUNT> [0x7ff 0x800 0xfff 0x1 0x200 "
	  "0 0x80000000 0x40]",
	  3, 0, W_NONE },
	{ "mmap_over", run_mmap_over,
	  "map file [4096 8192 16384 100] [PROT_READ PROT_READ|PROT_WRITE PROT_READ|PROT_WRITE] "
	  "[MAP_SHARED MAP_PRIVATE MAP_SHARED|MAP_POPULATE MAP_SHARED_VALIDATE] [0 0 4096]",
	  3, 0, W_NONE },
	{ "mlock", run_mlock, "map [0 1]", 1, 0, W_NONE },
	{ "mremap_to", run_mremap_to, "map map [4096 8192 16384] [0 0 4]", 1, 0, W_NONE },
	{ "middle", run_middle, "map [0 1 2 MADV_WILLNEED MADV_DONTNEED]", 2, 0, W_NONE },
	{ 0 },
};
