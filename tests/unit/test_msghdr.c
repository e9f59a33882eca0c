/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MSGHDR: sendmsg and recvmsg with names, control data and vectors; rooms that
 * are too small; heads from a hostile peer and replies that do not fit.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"
#include "twin.h"

#define HEAD ((size_t)20) /* see src/proto/msghdr.c */

struct head {
	uint32_t name_len, control_len, data_len, flags, has;
};

static struct trip t;
static uint8_t bytes[256];

static void setup(void)
{
	trip_init(&t, "recvmsg");
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
}

static void teardown(void)
{
	trip_done(&t);
}

static struct iovec *vector(const struct iovec *iov, size_t n)
{
	return guard_copy(iov, n * sizeof(*iov));
}

/* The header too ends at an unmapped page. */
static struct msghdr *header(struct msghdr m)
{
	return guard_copy(&m, sizeof(m));
}

/* One cmsg with `len` bytes. */
static void *control(int level, int type, size_t len)
{
	struct cmsghdr *c = guard_alloc(CMSG_SPACE(len));

	memset(c, 0, CMSG_SPACE(len));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), bytes, len < sizeof(bytes) ? len : sizeof(bytes));
	return c;
}

static struct msghdr *native(void)
{
	return trip_at(&t, 1);
}

static int out(struct msghdr *m)
{
	return trip_out(&t, TRIP_ARGS(3, P(m), 0));
}

static int capture(struct msghdr *m)
{
	return trip_capture(&t, TRIP_ARGS(3, P(m), 0), 0);
}

/* --- sending --- */

START_TEST(everything_goes)
{
	void *c = control(SOL_IP, 8, 12);
	struct iovec *iov = vector((struct iovec[]){ { guard_copy(bytes, 10), 10 },
						     { NULL, 0 },
						     { guard_copy(bytes + 10, 5), 5 } }, 3);
	struct msghdr *m = header((struct msghdr){ guard_copy(bytes, 16), 16, iov, 3, c,
						   CMSG_SPACE(12), 0x1234 });

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(m), MSG_NOSIGNAL)), 0);
	ck_assert_uint_eq(t.native[2], MSG_NOSIGNAL);
	ck_assert_uint_eq(native()->msg_namelen, 16);
	ck_assert_mem_eq(native()->msg_name, bytes, 16);
	ck_assert_uint_eq(native()->msg_controllen, CMSG_SPACE(12));
	ck_assert_mem_eq(native()->msg_control, c, CMSG_SPACE(12));
	ck_assert_uint_eq(native()->msg_iovlen, 1);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 15);
	ck_assert_mem_eq(native()->msg_iov->iov_base, bytes, 15);
	ck_assert_int_eq(trip_back(&t, 15), 15);
	ck_assert_int_eq(m->msg_flags, 0x1234);
}
END_TEST

START_TEST(nothing_goes)
{
	trip_row(&t, "sendmsg");
	ck_assert_int_eq(out(header((struct msghdr){ 0 })), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), HEAD);
	ck_assert_ptr_null(native()->msg_name);
	ck_assert_ptr_null(native()->msg_control);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 0)), 0);
	ck_assert_uint_eq(t.native[1], 0);
}
END_TEST

START_TEST(vectors_have_at_most_1024_parts)
{
	static struct iovec parts[1025];
	struct msghdr m = { .msg_iov = vector(parts, 1024) };

	for (unsigned i = 0; i < 1024; i++)
		m.msg_iov[i] = (struct iovec){ bytes + i % 256, 1 };
	for (unsigned i = 0; i < 2; i++) {
		trip_row(&t, i ? "recvmsg" : "sendmsg");
		m.msg_iovlen = 1024;
		ck_assert_int_eq(out(header(m)), 0);
		ck_assert_uint_eq(native()->msg_iov->iov_len, 1024);
		m.msg_iovlen = 1025;
		ck_assert_int_eq(capture(header(m)), -EMSGSIZE);
		m.msg_iovlen = SIZE_MAX;
		ck_assert_int_eq(capture(header(m)), -EMSGSIZE);
	}
}
END_TEST

START_TEST(large_messages_are_cut_to_a_piece)
{
	uint8_t *big = guard_alloc(RSX_MAX_PIECE + 100);
	struct iovec *iov = vector((struct iovec[]){ { big, RSX_MAX_PIECE - 1 },
						     { big, 50 }, { big, 50 } }, 3);
	struct msghdr *m = header((struct msghdr){ .msg_iov = iov, .msg_iovlen = 3 });

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(out(m), 0);
	ck_assert_uint_eq(native()->msg_iov->iov_len, RSX_MAX_PIECE);
	ck_assert_uint_eq(t.near.data_len, RSX_MAX_PIECE);
	ck_assert_uint_eq(t.near.data_total, RSX_MAX_PIECE + 99);
	iov[0].iov_len = (size_t)SSIZE_MAX + 1;
	ck_assert_int_eq(capture(m), -EINVAL);
}
END_TEST

/* The rest of a message on a stream: without the control data, which has gone. */
START_TEST(pieces_go_on)
{
	uint8_t *p = guard_copy(bytes, 100);
	struct iovec *iov = vector((struct iovec[]){ { p, 10 }, { NULL, 0 }, { p + 10, 20 } }, 3);
	struct msghdr *m = header((struct msghdr){ .msg_iov = iov, .msg_iovlen = 3,
						   .msg_control = control(SOL_IP, 8, 4),
						   .msg_controllen = CMSG_SPACE(4) });

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(m), 0), 15), 0);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 15);
	ck_assert_mem_eq(native()->msg_iov->iov_base, bytes + 15, 15);
	ck_assert_uint_eq(native()->msg_controllen, 0);
	ck_assert_uint_eq(t.near.data_total, 15);
	ck_assert(t.near.data_in);
	trip_row(&t, "recvmsg");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(m), 0), 25), 0);
	ck_assert(!t.near.data_in);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 5);
	memcpy(native()->msg_iov->iov_base, "01234", 5);
	native()->msg_controllen = 0;
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_mem_eq(p, bytes, 25);
	ck_assert_mem_eq(p + 25, "01234", 5);
}
END_TEST

/* The most of everything that is let through still fits a frame. */
START_TEST(largest_message)
{
	uint8_t *big = guard_alloc(RSX_MAX_PIECE), *room = guard_alloc(RSX_MAX_SMALL_BUF);
	struct iovec *iov = vector(&(struct iovec){ big, RSX_MAX_PIECE }, 1);
	struct msghdr *m = header((struct msghdr){ guard_alloc(128), 128, iov, 1, room,
						   RSX_MAX_SMALL_BUF / 2, 0 });

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(out(m), 0);
	m->msg_controllen++;
	ck_assert_int_eq(capture(m), -ENOBUFS);
	trip_row(&t, "recvmsg");
	m->msg_controllen = SIZE_MAX;
	ck_assert_int_eq(out(m), 0);
	ck_assert_uint_eq(native()->msg_controllen, RSX_MAX_SMALL_BUF / 2);
	native()->msg_controllen = 0;
	ck_assert_int_eq(trip_back(&t, RSX_MAX_PIECE), RSX_MAX_PIECE);
}
END_TEST

/* Descriptor n is the twin's n + 100, 50 is a local one and 60 is closed. */
static int fd_there(void *ctx, int here)
{
	(void)ctx;
	return here == 50 ? -EPERM : here == 60 ? -EBADF : here + 100;
}

static int pid_there(void *ctx, int here)
{
	(void)ctx;
	return here + 1000;
}

static int pid_here(void *ctx, int there)
{
	(void)ctx;
	return there - 1000;
}

/* Two headers, one behind the other, at the end of readable memory. */
static uint8_t *both(const void *a, size_t a_len, const void *b, size_t b_len)
{
	uint8_t *p = guard_alloc(a_len + b_len);

	memcpy(p, a, a_len);
	memcpy(p + a_len, b, b_len);
	return p;
}

static void *rights(const int *fds, size_t n)
{
	struct cmsghdr *c = control(SOL_SOCKET, SCM_RIGHTS, n * sizeof(int));

	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return c;
}

static int sent_fd(size_t at)
{
	int fd;

	memcpy(&fd, (uint8_t *)native()->msg_control + at, sizeof(fd));
	return fd;
}

START_TEST(descriptors_are_translated)
{
	const struct ucred cred = { 7, 8, 9 };
	struct cmsghdr *who = control(SOL_SOCKET, SCM_CREDENTIALS, sizeof(cred));
	struct msghdr m = { .msg_controllen = CMSG_SPACE(12) + CMSG_SPACE(sizeof(cred)) };
	struct ucred got;

	trip_row(&t, "sendmsg");
	t.mem.fd = fd_there;
	t.mem.pid_there = pid_there;
	memcpy(CMSG_DATA(who), &cred, sizeof(cred));
	m.msg_control = both(rights((int[]){ 3, -1, 5 }, 3), CMSG_SPACE(12), who,
			     CMSG_SPACE(sizeof(cred)));
	ck_assert_int_eq(out(header(m)), 0);
	ck_assert_int_eq(sent_fd(CMSG_LEN(0)), 103);
	ck_assert_int_eq(sent_fd(CMSG_LEN(4)), 99);
	ck_assert_int_eq(sent_fd(CMSG_LEN(8)), 105);
	memcpy(&got, (uint8_t *)native()->msg_control + CMSG_SPACE(12) + CMSG_LEN(0), sizeof(got));
	ck_assert_int_eq(got.pid, 1007);
	ck_assert_int_eq(got.uid, 8);
	ck_assert_int_eq(got.gid, 9);
	/* the program's own memory stays as it is */
	ck_assert_int_eq(*(int *)CMSG_DATA((struct cmsghdr *)m.msg_control), 3);
}
END_TEST

START_TEST(descriptors_that_cannot_go)
{
	static int many[254];
	struct msghdr m = { .msg_controllen = CMSG_SPACE(8) };

	trip_row(&t, "sendmsg");
	t.mem.fd = fd_there;
	m.msg_control = rights((int[]){ 3, 50 }, 2);
	ck_assert_int_eq(capture(header(m)), -EPERM);
	m.msg_control = rights((int[]){ 60, 50 }, 2);
	ck_assert_int_eq(capture(header(m)), -EBADF);
	m.msg_control = rights(many, 254);
	m.msg_controllen = CMSG_SPACE(sizeof(many));
	ck_assert_int_eq(capture(header(m)), -EINVAL);
	m.msg_control = rights(many, 253);
	m.msg_controllen = CMSG_SPACE(sizeof(many) - 4);
	ck_assert_int_eq(capture(header(m)), 0);
}
END_TEST

/* Forged lengths: the list ends where it ends for the kernel, which says EINVAL. */
START_TEST(forged_control)
{
	static const size_t lengths[] = { 0, 1, 15, CMSG_LEN(5), CMSG_LEN(8), SIZE_MAX, SIZE_MAX - 7,
					  (size_t)1 << 63, (size_t)UINT32_MAX + 1 };
	struct cmsghdr *c = rights((int[]){ 3 }, 1);
	struct msghdr m = { .msg_control = c, .msg_controllen = CMSG_LEN(4) };

	trip_row(&t, "sendmsg");
	t.mem.fd = fd_there;
	t.mem.pid_there = pid_there;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		m.msg_control = guard_copy(c, CMSG_LEN(4));
		memcpy(m.msg_control, &lengths[i], sizeof(lengths[i])); /* cmsg_len */
		ck_assert_int_eq(out(header(m)), 0);
		ck_assert_int_eq(sent_fd(CMSG_LEN(0)), 3); /* not taken for a header */
	}
	/* a header alone, credentials cut short, the last one without its padding */
	m.msg_control = guard_copy(rights((int[]){ 0 }, 0), CMSG_LEN(0));
	m.msg_controllen = CMSG_LEN(0);
	ck_assert_int_eq(out(header(m)), 0);
	m.msg_control = guard_copy(control(SOL_SOCKET, SCM_CREDENTIALS, 11), CMSG_LEN(11));
	m.msg_controllen = CMSG_LEN(11);
	ck_assert_int_eq(out(header(m)), 0);
	ck_assert_mem_eq((uint8_t *)native()->msg_control + CMSG_LEN(0), bytes, 11);
	m.msg_control = both(control(SOL_IP, 1, 4), CMSG_SPACE(4), c, CMSG_LEN(4));
	m.msg_controllen = CMSG_SPACE(4) + CMSG_LEN(4);
	ck_assert_int_eq(out(header(m)), 0);
	ck_assert_int_eq(sent_fd(CMSG_SPACE(4) + CMSG_LEN(0)), 103);
}
END_TEST

/* A name takes the place of another one; what follows moves with it. */
START_TEST(renamed)
{
	struct iovec *iov = vector(&(struct iovec){ guard_copy(bytes, 5), 5 }, 1);
	void *c = control(SOL_IP, 8, 4);
	struct rsx_blob *b;
	struct head h;

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(capture(header((struct msghdr){ guard_copy(bytes, 3), 3, iov, 1, c,
							 CMSG_SPACE(4), 0 })), 0);
	b = rsx_frame_blob(&t.near, 1);
	ck_assert_int_eq(rsx_msghdr_rename(b, bytes + 50, 129, &t.near_arena), -EINVAL);
	ck_assert_int_eq(rsx_msghdr_rename(b, bytes + 50, 110, &t.near_arena), 0);
	memcpy(&h, b->in, HEAD);
	ck_assert_uint_eq(h.name_len, 110);
	ck_assert_uint_eq(b->in_len, HEAD + 110 + CMSG_SPACE(4) + 5);
	ck_assert_mem_eq(b->in + HEAD, bytes + 50, 110);
	ck_assert_mem_eq(b->in + HEAD + 110, c, CMSG_SPACE(4));
	ck_assert_mem_eq(b->in + HEAD + 110 + CMSG_SPACE(4), bytes, 5);
}
END_TEST

START_TEST(memory_that_is_not_there_is_efault)
{
	struct iovec *iov = vector(&(struct iovec){ guard_alloc(10), 11 }, 1);

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(capture(guard_alloc(55)), -EFAULT);
	ck_assert_int_eq(capture(header((struct msghdr){ .msg_iov = iov, .msg_iovlen = 2 })),
			 -EFAULT);
	ck_assert_int_eq(capture(header((struct msghdr){ .msg_name = guard_alloc(15),
							 .msg_namelen = 16 })), -EFAULT);
	ck_assert_int_eq(capture(header((struct msghdr){ .msg_control = guard_alloc(15),
							 .msg_controllen = 16 })), -EFAULT);
	ck_assert_int_eq(capture(header((struct msghdr){ .msg_controllen = 16 })), -EFAULT);
}
END_TEST

START_TEST(data_that_ends_early)
{
	uint8_t *p = guard_copy(bytes, 10);
	struct iovec *iov = vector(&(struct iovec){ p, 11 }, 1);
	int fd[2];

	trip_row(&t, "sendmsg");

	ck_assert_int_eq(out(header((struct msghdr){ guard_copy(bytes + 50, 3), 3, iov, 1, NULL, 0,
						     0 })), 0);
	ck_assert_mem_eq(native()->msg_name, bytes + 50, 3);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 11);
	ck_assert_mem_eq(native()->msg_iov->iov_base, bytes, 10);
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], (uint8_t *)native()->msg_iov->iov_base + 10, 1), -1);
	ck_assert_int_eq(errno, EFAULT);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

/* sendmsg(2) of the kernel: a longer name is cut, a negative one is EINVAL if there is one. */
START_TEST(lengths_of_names)
{
	struct msghdr m = { .msg_name = guard_alloc(128), .msg_namelen = 4096 };

	trip_row(&t, "sendmsg");
	ck_assert_int_eq(out(header(m)), 0);
	ck_assert_uint_eq(native()->msg_namelen, 128);
	m.msg_namelen = (socklen_t)-1;
	ck_assert_int_eq(capture(header(m)), -EINVAL);
	m.msg_name = NULL;
	ck_assert_int_eq(out(header(m)), 0);
	ck_assert_ptr_null(native()->msg_name);
	ck_assert_uint_eq(native()->msg_namelen, 0);
}
END_TEST

/* --- receiving --- */

/* What the kernel over there received: never more than the room. */
static void kernel_received(size_t name, const void *ctl, size_t ctl_len, size_t data, int flags)
{
	struct msghdr *m = native();

	if (m->msg_name)
		memcpy(m->msg_name, bytes, name < m->msg_namelen ? name : m->msg_namelen);
	m->msg_namelen = (socklen_t)name;
	ck_assert_uint_le(ctl_len, m->msg_controllen);
	if (ctl_len)
		memcpy(m->msg_control, ctl, ctl_len);
	m->msg_controllen = ctl_len;
	memcpy(m->msg_iov->iov_base, bytes, data);
	m->msg_flags = flags;
}

START_TEST(everything_comes)
{
	uint8_t *name = guard_alloc(28), *room = guard_alloc(100);
	uint8_t *one = guard_alloc(10), *two = guard_alloc(20);
	struct iovec *iov = vector((struct iovec[]){ { one, 10 }, { NULL, 0 }, { two, 20 } }, 3);
	struct msghdr *m = header((struct msghdr){ name, 28, iov, 3, room, 100, 0x1234 });
	void *c = control(SOL_SOCKET, SO_TIMESTAMP, 16);

	ck_assert_int_eq(out(m), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), HEAD);
	ck_assert_uint_eq(native()->msg_namelen, 28);
	ck_assert_uint_eq(native()->msg_controllen, 100);
	ck_assert_uint_eq(native()->msg_iov->iov_len, 30);
	kernel_received(16, c, CMSG_SPACE(16), 13, MSG_EOR);
	ck_assert_int_eq(trip_back(&t, 13), 13);
	ck_assert_mem_eq(name, bytes, 16);
	ck_assert(guard_untouched(name + 16, 12));
	ck_assert_uint_eq(m->msg_namelen, 16);
	ck_assert_mem_eq(room, c, CMSG_SPACE(16));
	ck_assert(guard_untouched(room + CMSG_SPACE(16), 100 - CMSG_SPACE(16)));
	ck_assert_uint_eq(m->msg_controllen, CMSG_SPACE(16));
	ck_assert_mem_eq(one, bytes, 10);
	ck_assert_mem_eq(two, bytes + 10, 3);
	ck_assert(guard_untouched(two + 3, 17));
	ck_assert_int_eq(m->msg_flags, MSG_EOR);
	ck_assert_ptr_eq(m->msg_iov, iov);
	ck_assert_uint_eq(m->msg_iovlen, 3);
}
END_TEST

START_TEST(only_data_is_wanted)
{
	uint8_t *p = guard_alloc(8);
	struct msghdr *m = header((struct msghdr){ NULL, 77, vector(&(struct iovec){ p, 8 }, 1), 1,
						   NULL, 55, 0 });

	ck_assert_int_eq(out(m), 0);
	ck_assert_ptr_null(native()->msg_name);
	ck_assert_ptr_null(native()->msg_control);
	ck_assert_uint_eq(native()->msg_controllen, 0);
	kernel_received(16, NULL, 0, 5, MSG_CTRUNC);
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_mem_eq(p, bytes, 5);
	ck_assert(guard_untouched(p + 5, 3));
	ck_assert_uint_eq(m->msg_namelen, 77); /* there is no name: left alone */
	ck_assert_uint_eq(m->msg_controllen, 0);
	ck_assert_int_eq(m->msg_flags, MSG_CTRUNC);
}
END_TEST

/* The ninth byte is not touched, and the length says what it was. */
START_TEST(name_that_does_not_fit_is_cut)
{
	uint8_t *name = guard_alloc(8), *p = guard_alloc(8), *wide = guard_alloc(20);
	struct msghdr *m = header((struct msghdr){ name, 8, vector(&(struct iovec){ p, 8 }, 1), 1,
						   NULL, 0, 0 });

	ck_assert_int_eq(out(m), 0);
	kernel_received(28, NULL, 0, 8, 0);
	ck_assert_int_eq(trip_back(&t, 8), 8);
	ck_assert_uint_eq(m->msg_namelen, 28);
	ck_assert_mem_eq(name, bytes, 8);
	ck_assert_mem_eq(p, bytes, 8);

	m->msg_name = wide;
	m->msg_namelen = 0;
	ck_assert_int_eq(out(m), 0);
	ck_assert_ptr_nonnull(native()->msg_name);
	kernel_received(28, NULL, 0, 8, 0);
	ck_assert_int_eq(trip_back(&t, 8), 8);
	ck_assert_uint_eq(m->msg_namelen, 28);
	ck_assert(guard_untouched(wide, 20));
}
END_TEST

START_TEST(control_that_does_not_fit_is_cut)
{
	uint8_t *room = guard_alloc(20), *p = guard_alloc(4);
	struct msghdr *m = header((struct msghdr){ NULL, 0, vector(&(struct iovec){ p, 4 }, 1), 1,
						   room, 20, 0 });
	void *c = control(SOL_IP, 8, 12);

	ck_assert_int_eq(out(m), 0);
	ck_assert_uint_eq(native()->msg_controllen, 20);
	kernel_received(0, c, 20, 4, MSG_CTRUNC);
	ck_assert_int_eq(trip_back(&t, 4), 4);
	ck_assert_mem_eq(room, c, 20);
	ck_assert_mem_eq(p, bytes, 4);
	ck_assert_uint_eq(m->msg_controllen, 20);
	ck_assert_int_eq(m->msg_flags, MSG_CTRUNC);
}
END_TEST

/* MSG_TRUNC: the result is the message's length, the buffer has what fits. */
START_TEST(result_above_the_room)
{
	uint8_t *p = guard_alloc(6);
	struct msghdr *m = header((struct msghdr){ .msg_iov = vector((struct iovec[]){
		{ p, 2 }, { p + 2, 4 } }, 2), .msg_iovlen = 2 });

	ck_assert_int_eq(out(m), 0);
	kernel_received(0, NULL, 0, 6, MSG_TRUNC);
	ck_assert_int_eq(trip_back(&t, 1000), 1000);
	ck_assert_mem_eq(p, bytes, 6);
	ck_assert_int_eq(m->msg_flags, MSG_TRUNC);
}
END_TEST

START_TEST(errors_write_nothing)
{
	uint8_t *p = guard_alloc(6), *name = guard_alloc(16);
	struct msghdr *m = header((struct msghdr){ name, 16, vector(&(struct iovec){ p, 6 }, 1), 1,
						   NULL, 0, 0x77 });

	ck_assert_int_eq(out(m), 0);
	kernel_received(16, NULL, 0, 6, MSG_EOR);
	ck_assert_int_eq(trip_back(&t, -EAGAIN), -EAGAIN);
	ck_assert(guard_untouched(p, 6));
	ck_assert(guard_untouched(name, 16));
	ck_assert_uint_eq(m->msg_namelen, 16);
	ck_assert_int_eq(m->msg_flags, 0x77);
}
END_TEST

START_TEST(room_that_is_not_there_is_efault)
{
	struct msghdr *m = header((struct msghdr){ .msg_iov = vector(&(struct iovec){
		guard_alloc(3), 6 }, 1), .msg_iovlen = 1 });

	ck_assert_int_eq(out(m), 0);
	kernel_received(0, NULL, 0, 6, 0);
	ck_assert_int_eq(trip_back(&t, 6), -EFAULT);
	/* less comes than would go wrong */
	ck_assert_int_eq(out(m), 0);
	kernel_received(0, NULL, 0, 3, 0);
	ck_assert_int_eq(trip_back(&t, 3), 3);
}
END_TEST

/* Control data that the caller still has to look at: nothing is written before. */
START_TEST(control_that_is_held)
{
	const struct ucred cred = { 1007, 8, 9 };
	uint8_t *room = guard_alloc(CMSG_SPACE(sizeof(cred)) + CMSG_SPACE(4));
	struct cmsghdr *who = control(SOL_SOCKET, SCM_CREDENTIALS, sizeof(cred));
	struct msghdr *m = header((struct msghdr){ NULL, 0, vector(&(struct iovec){
		guard_alloc(4), 4 }, 1), 1, room, CMSG_SPACE(sizeof(cred)) + CMSG_SPACE(4), 0x77 });
	struct rsx_blob *b;
	struct ucred got;

	memcpy(CMSG_DATA(who), &cred, sizeof(cred));
	ck_assert_int_eq(out(m), 0);
	t.near.hold_control = true;
	kernel_received(0, both(who, CMSG_SPACE(sizeof(cred)), rights((int[]){ 9 }, 1),
				CMSG_SPACE(4)), m->msg_controllen, 4, MSG_CTRUNC);
	t.mem.pid = pid_here;
	ck_assert_int_eq(trip_back(&t, 4), 4);
	ck_assert(guard_untouched(room, m->msg_controllen));
	ck_assert_int_eq(m->msg_flags, 0x77);
	b = rsx_frame_blob(&t.near, 1);
	ck_assert_uint_eq(b->control_len, CMSG_SPACE(sizeof(cred)) + CMSG_SPACE(4));
	b->control_len -= CMSG_SPACE(4);
	ck_assert_int_eq(rsx_commit_control(b, &t.mem), 0);
	memcpy(&got, room + CMSG_LEN(0), sizeof(got));
	ck_assert_int_eq(got.pid, 7);
	ck_assert_uint_eq(m->msg_controllen, CMSG_SPACE(sizeof(cred)));
	ck_assert(guard_untouched(room + CMSG_SPACE(sizeof(cred)), CMSG_SPACE(4)));
	ck_assert_int_eq(m->msg_flags, MSG_CTRUNC);
}
END_TEST

/* The lengths are read once: another thread may change them. */
START_TEST(header_is_read_once)
{
	uint8_t *name = guard_alloc(8), *p = guard_alloc(4);
	struct iovec *iov = vector(&(struct iovec){ p, 4 }, 1);
	struct msghdr *m = header((struct msghdr){ name, 8, iov, 1, NULL, 0, 0 });

	ck_assert_int_eq(out(m), 0);
	m->msg_namelen = 1000;
	m->msg_name = guard_unmapped();
	m->msg_iov = NULL;
	iov->iov_len = 1000;
	kernel_received(28, NULL, 0, 4, 0);
	ck_assert_int_eq(trip_back(&t, 4), 4);
	ck_assert_mem_eq(name, bytes, 8);
	ck_assert_mem_eq(p, bytes, 4);
}
END_TEST

/* --- a hostile tracer --- */

static int place(const char *call, struct head h, const void *more, size_t len)
{
	uint8_t *blob = guard_alloc(HEAD + len);
	const uint32_t in_len = (uint32_t)(HEAD + len);

	memcpy(blob, &h, HEAD);
	memcpy(blob + HEAD, more, len);
	rsx_arena_reset(&t.far_arena);
	return rsx_place(&t.far, rsx_syscall_by_name(call), TRIP_ARGS(3, 1, 0), &in_len, 1, blob,
			 HEAD + len, &t.far_arena, t.native);
}

START_TEST(heads_that_do_not_fit)
{
	static const struct head too_much[] = {
		{ 129, 0, 0, 0, 3 },
		{ UINT32_MAX, 0, 0, 0, 3 },
		{ 0, RSX_MAX_SMALL_BUF + 1, 0, 0, 3 },
		{ 0, UINT32_MAX, 0, 0, 3 },
		{ 0, 0, RSX_MAX_PIECE + 1, 0, 3 },
		{ 0, 0, UINT32_MAX, 0, 3 },
		{ 128, RSX_MAX_SMALL_BUF, RSX_MAX_PIECE, 0, 3 },
		{ 0x55555556, 0x55555555, 0x55555555, 0, 3 },
	};

	for (size_t i = 0; i < sizeof(too_much) / sizeof(too_much[0]); i++) {
		ck_assert_int_eq(place("recvmsg", too_much[i], "", 0), -EBADMSG);
		ck_assert_int_eq(place("sendmsg", too_much[i], "", 0), -EBADMSG);
	}
	ck_assert_int_eq(place("sendmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 8), 0);
	ck_assert_int_eq(place("sendmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 7), 0);
	ck_assert_int_eq(place("sendmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 3), -EBADMSG);
	ck_assert_int_eq(place("sendmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 9), -EBADMSG);
	ck_assert_int_eq(place("sendmsg", (struct head){ 8, 0, 0, 0, 1 }, bytes, 0), -EBADMSG);
	ck_assert_int_eq(place("recvmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 8), -EBADMSG);
	ck_assert_int_eq(place("recvmsg", (struct head){ 4, 0, 4, 0, 1 }, bytes, 0), 0);
}
END_TEST

/* Its own descriptors are nobody's to send, wherever they stand. */
START_TEST(descriptors_of_the_server_are_refused)
{
	void *c = both(control(SOL_IP, 8, 4), CMSG_SPACE(4), rights((int[]){ 0, 7 }, 2),
		       CMSG_SPACE(8));
	struct head h = { 0, CMSG_SPACE(4) + CMSG_SPACE(8), 0, 0, 2 };

	ck_assert_int_eq(rsx_policy_init(), 0);
	ck_assert_int_eq(rsx_policy_mark(7), 0);
	ck_assert_int_eq(place("sendmsg", h, c, h.control_len), 0);
	ck_assert(rsx_policy_touches_internal(&t.far));
	rsx_policy_unmark(7);
	ck_assert(!rsx_policy_touches_internal(&t.far));
	h.has = 0; /* no control data after all */
	ck_assert_int_eq(rsx_policy_mark(7), 0);
	ck_assert_int_eq(place("sendmsg", h, c, h.control_len), 0);
	ck_assert(!rsx_policy_touches_internal(&t.far));
	ck_assert_ptr_null(native()->msg_control);
}
END_TEST

/* --- a hostile server --- */

static int64_t reply(struct head h, size_t more)
{
	struct rsx_blob *b = rsx_frame_blob(&t.near, 1);

	b->out = guard_alloc(HEAD + more);
	memcpy(b->out, &h, HEAD);
	b->out_len = (uint32_t)(HEAD + more);
	t.near.ret = 4;
	return rsx_commit(&t.near, &t.mem, &t.near_arena);
}

START_TEST(replies_that_do_not_fit)
{
	uint8_t *name = guard_alloc(8), *room = guard_alloc(16), *p = guard_alloc(4);
	struct msghdr *m = header((struct msghdr){ name, 8, vector(&(struct iovec){ p, 4 }, 1), 1,
						   room, 16, 0 });
	struct rsx_blob *b;

	ck_assert_int_eq(out(m), 0);
	ck_assert_int_eq(reply((struct head){ 0, 0, 5, 0, 0 }, 5), -EIO);
	ck_assert_int_eq(reply((struct head){ 0, 0, UINT32_MAX, 0, 0 }, 4), -EIO);
	ck_assert_int_eq(reply((struct head){ 0, 0, 4, 0, 0 }, 3), -EIO);
	ck_assert_int_eq(reply((struct head){ 0, 0, 3, 0, 0 }, 4), -EIO);
	ck_assert_int_eq(reply((struct head){ 28, 0, 4, 0, 0 }, 32), -EIO);
	ck_assert_int_eq(reply((struct head){ 0, 40, 4, 0, 0 }, 44), -EIO);
	ck_assert_int_eq(reply((struct head){ 0, UINT32_MAX, 0, 0, 0 }, 0), -EIO);
	b = rsx_frame_blob(&t.near, 1);
	b->out = guard_alloc(HEAD - 1);
	b->out_len = HEAD - 1;
	ck_assert_int_eq(rsx_commit(&t.near, &t.mem, &t.near_arena), -EIO);
	ck_assert(guard_untouched(name, 8));
	ck_assert(guard_untouched(room, 16));
	ck_assert(guard_untouched(p, 4));
	/* and one that does */
	ck_assert_int_eq(reply((struct head){ 28, 16, 4, 0, 0 }, 28), 4);
	ck_assert_uint_eq(m->msg_namelen, 28);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msghdr");
	TCase *send = tcase_create("sending"), *receive = tcase_create("receiving");
	TCase *hostile = tcase_create("hostile");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(send, setup, teardown);
	tcase_add_test(send, everything_goes);
	tcase_add_test(send, nothing_goes);
	tcase_add_test(send, vectors_have_at_most_1024_parts);
	tcase_add_test(send, large_messages_are_cut_to_a_piece);
	tcase_add_test(send, pieces_go_on);
	tcase_add_test(send, largest_message);
	tcase_add_test(send, descriptors_are_translated);
	tcase_add_test(send, descriptors_that_cannot_go);
	tcase_add_test(send, forged_control);
	tcase_add_test(send, renamed);
	tcase_add_test(send, memory_that_is_not_there_is_efault);
	tcase_add_test(send, data_that_ends_early);
	tcase_add_test(send, lengths_of_names);
	suite_add_tcase(suite, send);
	tcase_add_checked_fixture(receive, setup, teardown);
	tcase_add_test(receive, everything_comes);
	tcase_add_test(receive, only_data_is_wanted);
	tcase_add_test(receive, name_that_does_not_fit_is_cut);
	tcase_add_test(receive, control_that_does_not_fit_is_cut);
	tcase_add_test(receive, result_above_the_room);
	tcase_add_test(receive, errors_write_nothing);
	tcase_add_test(receive, room_that_is_not_there_is_efault);
	tcase_add_test(receive, control_that_is_held);
	tcase_add_test(receive, header_is_read_once);
	suite_add_tcase(suite, receive);
	tcase_add_checked_fixture(hostile, setup, teardown);
	tcase_add_test(hostile, heads_that_do_not_fit);
	tcase_add_test(hostile, descriptors_of_the_server_are_refused);
	tcase_add_test(hostile, replies_that_do_not_fit);
	suite_add_tcase(suite, hostile);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
