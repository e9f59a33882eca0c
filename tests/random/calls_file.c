/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_file.c - calls on descriptors: reading, writing, positions, copies of
 * descriptors, moving data from one to another.
 */
#include "sequence.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static void moved(int fd, const void *data, ssize_t n)
{
	result(n);
	if (n > 0)
		say_bytes(data, (size_t)n);
	say_offset(fd);
}

static size_t size_arg(struct step *step, int arg)
{
	size_t n = (size_t)num_arg(step, arg);

	return n > MAX_DATA ? MAX_DATA : n;
}

static void run_read(struct step *step)
{
	int fd = fd_arg(step, 0);
	size_t n = size_arg(step, 1);
	void *p = buffer(n);

	moved(fd, p, read(fd, p, n));
}

/* The buffer is shorter than the call is told. */
static void run_read_short(struct step *step)
{
	int fd = fd_arg(step, 0);
	size_t room = size_arg(step, 2);
	void *p = buffer(room);

	moved(fd, p, syscall(SYS_read, fd, p, size_arg(step, 1)));
}

static void run_write_short(struct step *step)
{
	int fd = fd_arg(step, 0);
	size_t room = size_arg(step, 2);
	void *p = buffer(room);

	result(syscall(SYS_write, fd, p, size_arg(step, 1)));
	say_offset(fd);
}

static void run_pread(struct step *step)
{
	int fd = fd_arg(step, 0);
	size_t n = size_arg(step, 1);
	void *p = buffer(n);

	moved(fd, p, pread(fd, p, n, num_arg(step, 2)));
}

static void *filled(struct step *step, int size, int seed)
{
	size_t n = size_arg(step, size);
	void *p = buffer(n);

	pattern(p, n, (unsigned int)num_arg(step, seed));
	return p;
}

static void run_write(struct step *step)
{
	int fd = fd_arg(step, 0);

	result(write(fd, filled(step, 1, 2), size_arg(step, 1)));
	say_offset(fd);
}

static void run_pwrite(struct step *step)
{
	int fd = fd_arg(step, 0);

	result(pwrite(fd, filled(step, 1, 2), size_arg(step, 1), num_arg(step, 3)));
	say_offset(fd);
}

/* Three parts of one buffer, the second where the length says. */
static size_t vector(struct step *step, int first, struct iovec iov[3])
{
	size_t len[3], all = 0;
	char *p;

	for (int i = 0; i < 3; i++)
		all += len[i] = size_arg(step, first + i) / 4;
	p = (char *)buffer(all);
	for (int i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ p, len[i] };
		p += len[i];
	}
	return all;
}

static void run_readv(struct step *step)
{
	struct iovec iov[3];
	int fd = fd_arg(step, 0);

	vector(step, 1, iov);
	moved(fd, iov[0].iov_base, readv(fd, iov, 3));
}

static void run_writev(struct step *step)
{
	struct iovec iov[3];
	int fd = fd_arg(step, 0);
	size_t all = vector(step, 1, iov);

	pattern(iov[0].iov_base, all, (unsigned int)num_arg(step, 4));
	result(writev(fd, iov, 3));
	say_offset(fd);
}

static void run_preadv2(struct step *step)
{
	struct iovec iov[3];
	int fd = fd_arg(step, 0);

	vector(step, 1, iov);
	moved(fd, iov[0].iov_base,
	      preadv2(fd, iov, 3, num_arg(step, 4), (int)num_arg(step, 5)));
}

static void run_pwritev2(struct step *step)
{
	struct iovec iov[3];
	int fd = fd_arg(step, 0);
	size_t all = vector(step, 1, iov);

	pattern(iov[0].iov_base, all, (unsigned int)num_arg(step, 5));
	result(pwritev2(fd, iov, 3, num_arg(step, 4), (int)num_arg(step, 6)));
	say_offset(fd);
}

static void run_lseek(struct step *step)
{
	result(lseek(fd_arg(step, 0), num_arg(step, 1), (int)num_arg(step, 2)));
}

static void run_ftruncate(struct step *step)
{
	result(ftruncate(fd_arg(step, 0), num_arg(step, 1)));
}

static void run_fallocate(struct step *step)
{
	result(fallocate(fd_arg(step, 0), (int)num_arg(step, 1), num_arg(step, 2),
			 num_arg(step, 3)));
}

static void run_sync(struct step *step)
{
	result(num_arg(step, 1) ? fdatasync(fd_arg(step, 0)) :
				  sync_file_range(fd_arg(step, 0), 0, 0, 0));
}

static void run_fadvise(struct step *step)
{
	result(syscall(SYS_fadvise64, fd_arg(step, 0), num_arg(step, 1), num_arg(step, 2),
		       num_arg(step, 3)));
}

static void run_close(struct step *step)
{
	int fd = fd_arg(step, 0);

	result(fd > 2 ? close(fd) : close(-1));
}

static void run_close_range(struct step *step)
{
	int first = fd_arg(step, 0), last = fd_arg(step, 1);

	result(syscall(SYS_close_range, first < 3 ? 3 : first, last, num_arg(step, 2)));
}

static void made(struct step *step, int fd)
{
	result(fd);
	set_slot(slot_index(step, 0), fd);
}

static void run_dup(struct step *step)
{
	made(step, dup(fd_arg(step, 1)));
}

static void run_dup_from(struct step *step)
{
	made(step, fcntl(fd_arg(step, 1), num_arg(step, 2) ? F_DUPFD_CLOEXEC : F_DUPFD,
			 num_arg(step, 3)));
}

/* Onto the descriptor of another slot. */
static void run_dup2(struct step *step)
{
	int from = fd_arg(step, 0), to = fd_arg(step, 1);

	result(to > 2 || to == -1 ? dup2(from, to) : -2);
}

static void run_dup3(struct step *step)
{
	int from = fd_arg(step, 0), to = fd_arg(step, 1);

	result(to > 2 || to == -1 ? dup3(from, to, (int)num_arg(step, 2)) : -2);
}

static void run_dup3_number(struct step *step)
{
	made(step, dup3(fd_arg(step, 1), (int)num_arg(step, 2), (int)num_arg(step, 3)));
}

static void run_getfd(struct step *step)
{
	result(fcntl(fd_arg(step, 0), F_GETFD));
}

static void run_setfd(struct step *step)
{
	result(fcntl(fd_arg(step, 0), F_SETFD, (int)num_arg(step, 1)));
}

static void run_getfl(struct step *step)
{
	int flags = fcntl(fd_arg(step, 0), F_GETFL);

	result(flags < 0 ? -1 : 0);
	say(" %#x", (unsigned int)flags);
}

/* Only a regular file may block here: it does not. */
static void run_setfl(struct step *step)
{
	struct stat st;
	int fd = fd_arg(step, 0), flags = (int)num_arg(step, 1);

	if (!fstat(fd, &st) && !S_ISREG(st.st_mode))
		flags |= O_NONBLOCK;
	result(fcntl(fd, F_SETFL, flags));
}

static void run_ioctl(struct step *step)
{
	int value = (int)num_arg(step, 2);
	int ret = ioctl(fd_arg(step, 0), (unsigned long)num_arg(step, 1), &value);

	result(ret);
	say(" %d", value);
}

static void run_ioctl_flags(struct step *step)
{
	int value = 0;
	int ret = ioctl(fd_arg(step, 0), _IOR('f', 1, long), &value);

	result(ret);
	say(" %#x", (unsigned int)value);
}

static off_t *offset_arg(struct step *step, int arg, off_t *room)
{
	*room = num_arg(step, arg);
	return *room < 0 ? NULL : room;
}

static void say_both(int one, int two)
{
	say_offset(one);
	say_offset(two);
}

/*
 * The kernel puts the file's own pages into a pipe, and whoever reads them sees
 * what has been written to the file since; a copy does not show that. So a pipe
 * is emptied at once.
 */
void drain(long moved, int pipe)
{
	char path[64], *p;
	struct stat st;
	ssize_t n;
	int fd;

	if (moved <= 0 || fstat(pipe, &st) || !S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipe);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	p = (char *)buffer(MAX_DATA);
	while (fd >= 0 && (n = read(fd, p, MAX_DATA)) > 0)
		say_bytes(p, (size_t)n);
	if (fd >= 0)
		close(fd);
}

static void run_sendfile(struct step *step)
{
	int out = fd_arg(step, 0), in = fd_arg(step, 1);
	off_t at, *p = offset_arg(step, 2, &at);

	long n = sendfile(out, in, p, size_arg(step, 3));

	result(n);
	say(" at %lld", (long long)at);
	say_both(in, out);
	drain(n, out);
}

static void run_copy_file_range(struct step *step)
{
	int in = fd_arg(step, 0), out = fd_arg(step, 2);
	off_t from, to, *p = offset_arg(step, 1, &from), *q = offset_arg(step, 3, &to);

	result(copy_file_range(in, p, out, q, size_arg(step, 4), 0));
	say(" at %lld %lld", (long long)from, (long long)to);
	say_both(in, out);
}

static void run_splice(struct step *step)
{
	int in = fd_arg(step, 0), out = fd_arg(step, 2);
	off_t from, to, *p = offset_arg(step, 1, &from), *q = offset_arg(step, 3, &to);

	long n = splice(in, p, out, q, size_arg(step, 4),
			SPLICE_F_NONBLOCK | (unsigned int)num_arg(step, 5));

	result(n);
	say(" at %lld %lld", (long long)from, (long long)to);
	say_both(in, out);
	drain(n, out);
}

static void run_tee(struct step *step)
{
	result(tee(fd_arg(step, 0), fd_arg(step, 1), size_arg(step, 2), SPLICE_F_NONBLOCK));
}

static void run_pipe(struct step *step)
{
	int fd[2] = { -1, -1 };

	result(pipe2(fd, (int)num_arg(step, 2) | O_NONBLOCK));
	say(" %d %d", fd[0], fd[1]);
	set_slot(slot_index(step, 0), fd[0]);
	set_slot(slot_index(step, 1), fd[1]);
}

static void run_eventfd(struct step *step)
{
	made(step, eventfd((unsigned int)num_arg(step, 1),
			   (int)num_arg(step, 2) | EFD_NONBLOCK));
}

static void run_memfd(struct step *step)
{
	made(step, memfd_create("memory", 0));
}

const struct call calls_file[] = {
	{ "read", run_read, "file len", 12, 4, W_NONE },
	{ "read_short", run_read_short, "file len len", 1, 0, W_NONE },
	{ "write_short", run_write_short, "file len [0 1 3 17 100 1000 4096]", 1, 1, W_NONE },
	{ "pread", run_pread, "file len off", 6, 1, W_NONE },
	{ "write", run_write, "file len byte", 14, 5, W_NONE },
	{ "pwrite", run_pwrite, "file len byte off", 7, 1, W_NONE },
	{ "readv", run_readv, "file len len len", 3, 2, W_NONE },
	{ "writev", run_writev, "file len len len byte", 4, 2, W_NONE },
	{ "preadv2", run_preadv2, "file len len len off [0 0 0 RWF_NOWAIT RWF_HIPRI RWF_APPEND "
	  "0x4000]",
	  3, 1, W_NONE },
	{ "pwritev2", run_pwritev2,
	  "file len len len off byte [0 0 RWF_DSYNC RWF_APPEND RWF_NOAPPEND RWF_APPEND|RWF_SYNC "
	  "0x4000]",
	  4, 1, W_NONE },
	{ "lseek", run_lseek, "file off [SEEK_SET SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE "
	  "9]",
	  8, 1, W_NONE },
	{ "ftruncate", run_ftruncate, "file off", 5, 0, W_NONE },
	{ "fallocate", run_fallocate,
	  "file <FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE FALLOC_FL_ZERO_RANGE> off off", 3, 0,
	  W_NONE },
	{ "fallocate", run_fallocate,
	  "file [FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE FALLOC_FL_COLLAPSE_RANGE "
	  "FALLOC_FL_INSERT_RANGE FALLOC_FL_UNSHARE_RANGE FALLOC_FL_KEEP_SIZE|FALLOC_FL_ZERO_RANGE "
	  "0x80] [0 4096 8192] [4096 8192]",
	  3, 0, W_NONE },
	{ "sync", run_sync, "file [0 0 1]", 1, 0, W_NONE },
	{ "fadvise", run_fadvise, "file off len [0 1 2 3 5 9]", 1, 0, W_NONE },
	{ "close", run_close, "any", 4, 4, W_NONE },
	{ "close_range", run_close_range, "any any [0 0 CLOSE_RANGE_CLOEXEC CLOSE_RANGE_UNSHARE "
	  "64]",
	  1, 1, W_NONE },
	{ "dup", run_dup, "new any", 3, 2, W_NONE },
	{ "dup_from", run_dup_from, "new any [0 1] [0 3 10 20 -1]", 3, 2, W_NONE },
	{ "dup2", run_dup2, "any any", 4, 2, W_NONE },
	{ "dup3", run_dup3, "any any [0 O_CLOEXEC 1]", 2, 1, W_NONE },
	{ "dup3_number", run_dup3_number, "new any [7 12 30 -1] [0 O_CLOEXEC]", 2, 1, W_NONE },
	{ "getfd", run_getfd, "any", 2, 1, W_NONE },
	{ "setfd", run_setfd, "any [0 FD_CLOEXEC]", 1, 1, W_NONE },
	{ "getfl", run_getfl, "any", 3, 2, W_NONE },
	{ "setfl", run_setfl, "any <O_APPEND O_NONBLOCK O_NOATIME>", 4, 1, W_NONE },
	{ "ioctl", run_ioctl,
	  "any [FIONREAD FIONREAD FIONBIO FIGETBSZ FIOCLEX FIONCLEX] [1 1 1]", 3, 2, W_NONE },
	{ "ioctl_flags", run_ioctl_flags, "file", 1, 0, W_NONE },
	{ "sendfile", run_sendfile, "file file [-1 -1 0 100 4096] len", 4, 2, W_NONE },
	{ "copy_file_range", run_copy_file_range, "file [-1 -1 0 100] file [-1 -1 0 4096] "
	  "len", 4, 0,
	  W_NONE },
	{ "splice", run_splice, "pipe [-1 -1 -1 0 100] file [-1 -1 0 100] len [0 0 "
	  "SPLICE_F_MORE]", 3,
	  1, W_NONE },
	{ "splice", run_splice, "file [-1 -1 0 100] pipe [-1 -1 -1 0 100] len [0 0 "
	  "SPLICE_F_MOVE]", 3,
	  1, W_NONE },
	{ "tee", run_tee, "pipe pipe len", 1, 1, W_NONE },
	{ "pipe", run_pipe, "new new2 [0 0 O_CLOEXEC]", 3, 3, W_PIPE },
	{ "eventfd", run_eventfd, "new [0 1 5] [0 0 EFD_SEMAPHORE EFD_CLOEXEC]", 1, 5, W_EVENT },
	{ "memfd", run_memfd, "new", 1, 0, W_FILE },
	{ 0 },
};
