/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scalars and strings on their way to the server's kernel: widths, flags,
 * offsets, paths, presets, and memory that cannot be read.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"

static struct trip t;

static void setup(void)
{
	trip_init(&t, "read");
}

static void teardown(void)
{
	trip_done(&t);
}

/* --- scalars --- */

START_TEST(ints_are_32_bits_wide)
{
	trip_row(&t, "lseek");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(0xdead00000007, (uint64_t)-3, 1)), 0);
	ck_assert_uint_eq(t.native[0], 7);		/* FD */
	ck_assert_uint_eq(t.native[1], (uint64_t)-3);	/* OFF */
	ck_assert_uint_eq(t.native[2], 1);
	ck_assert_uint_eq(t.native[3], 0);
	ck_assert_int_eq(trip_back(&t, 1LL << 40), 1LL << 40);

	trip_row(&t, "fchown");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(0xffffffff, UINT64_MAX, 0x1234567890)), 0);
	ck_assert_int_eq((int64_t)t.native[0], -1);
	ck_assert_uint_eq(t.native[1], 0xffffffff);	/* UID */
	ck_assert_uint_eq(t.native[2], 0x34567890);

	trip_row(&t, "fchmod");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0xabc00000644)), 0);
	ck_assert_uint_eq(t.native[1], 0x644);		/* MODE */
}
END_TEST

START_TEST(errors_come_back_as_they_are)
{
	trip_row(&t, "fsync");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(5)), 0);
	ck_assert_int_eq(trip_back(&t, -EIO), -EIO);
}
END_TEST

/* Four open flags have other values on the wire. */
START_TEST(flags_are_the_wires_in_between)
{
	const char *path = guard_string("/etc");

	trip_row(&t, "openat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS((uint64_t)AT_FDCWD, P(path),
					O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)), 0);
	ck_assert_uint_eq(t.near.args[2], 040000 | 0100000 | 02000000);
	ck_assert_uint_eq(t.native[2], O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}
END_TEST

START_TEST(flags_as_a_result_are_converted_twice)
{
	trip_row(&t, "fcntl");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, F_GETFL)), 0);
	ck_assert_int_eq(trip_back(&t, O_RDWR | O_DIRECTORY | O_NONBLOCK),
			 O_RDWR | O_DIRECTORY | O_NONBLOCK);
	ck_assert_uint_eq((uint64_t)t.near.ret, 02 | 040000 | 04000);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, F_GETFL)), 0);
	ck_assert_int_eq(trip_back(&t, -EBADF), -EBADF);
}
END_TEST

START_TEST(new_descriptors_bring_their_mode)
{
	trip_row(&t, "openat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("f")), 0, 0)), 0);
	t.far.fd_mode = 0100644;
	ck_assert_int_eq(trip_back(&t, 12), 12);
	ck_assert_uint_eq(t.near.fd_mode, 0100644);
}
END_TEST

START_TEST(offsets_move_on_with_the_pieces)
{
	char *buf = guard_alloc(100);

	trip_row(&t, "pread64");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(buf), 100, 5000), 40), 0);
	ck_assert_uint_eq(t.native[2], 60);
	ck_assert_uint_eq(t.native[3], 5040);
	ck_assert(t.near.has_offset);

	trip_row(&t, "read");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(buf), 100), 40), 0);
	ck_assert(!t.near.has_offset);
}
END_TEST

/* preadv2(2): -1 means the file's own position, which moves by itself. */
START_TEST(offset_minus_one_does_not_move)
{
	char *buf = guard_alloc(100);
	struct iovec *iov = guard_copy(&(struct iovec){ buf, 100 }, sizeof(*iov));

	trip_row(&t, "preadv2");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(iov), 1, (uint64_t)-1), 40), 0);
	ck_assert_int_eq((int64_t)t.native[3], -1);
	ck_assert(!t.near.has_offset);
}
END_TEST

/* Not a number of ours, not an address of the tracee's. */
START_TEST(addresses_stay_here)
{
	int64_t ts[2] = { 1, 2 };

	trip_row(&t, "ppoll");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(0, 0, P(guard_copy(ts, 16)), 0x7fff0000, 8)), 0);
	ck_assert_uint_eq(t.near.args[2], 1);
	ck_assert_uint_eq(t.near.args[3], 0);
	ck_assert_uint_eq(t.native[3], 0);
	ck_assert_uint_eq(t.native[4], 8);
	ck_assert_mem_eq(trip_at(&t, 2), ts, 16);
	ck_assert_ptr_ne(trip_at(&t, 2), t.near.blob[0].in);
}
END_TEST

/* --- strings --- */

static void path_arrives(const char *path)
{
	trip_row(&t, "mkdirat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS((uint64_t)AT_FDCWD, P(path), 0755)), 0);
	ck_assert_str_eq(trip_at(&t, 1), path);
	ck_assert_int_eq(trip_in_len(&t, 1), (int64_t)strlen(path) + 1);
}

START_TEST(paths_arrive)
{
	static const size_t lengths[] = { 0, 1, 254, 255, 256, 257, 4094, 4095 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *s = guard_alloc(lengths[i] + 1);

		memset(s, 'p', lengths[i]);
		s[lengths[i]] = '\0';
		path_arrives(s);
	}
}
END_TEST

/* Its last bytes lie on a page of their own. */
START_TEST(path_across_pages)
{
	char *pages = guard_alloc(3 * 4096);

	for (unsigned before = 1; before < 300; before += 7) {
		char *s = pages + 4096 - before;

		memset(s, 'x', 310);
		s[310] = '\0';
		path_arrives(s);
	}
}
END_TEST

START_TEST(path_of_4096_bytes_is_too_long)
{
	char *s = guard_alloc(8192);

	memset(s, 'x', 8192);
	trip_row(&t, "mkdirat");
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(s), 0755), 0), -ENAMETOOLONG);
	s[4096] = '\0';
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(s), 0755), 0), -ENAMETOOLONG);
	s[4095] = '\0';
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(s), 0755), 0), 0);
}
END_TEST

START_TEST(path_that_cannot_be_read_is_efault)
{
	char *s = guard_alloc(3);

	memcpy(s, "abc", 3); /* no NUL before the unmapped page */
	trip_row(&t, "mkdirat");
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(s), 0755), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(guard_unmapped()), 0755), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, 1, 0755), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, UINT64_MAX, 0755), 0), -EFAULT);
}
END_TEST

/* The kernel over there has one that is as bad, and says which error comes first. */
START_TEST(bad_pointers_travel)
{
	char *name = guard_string("user.x");

	trip_row(&t, "fsetxattr");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(name), P(guard_unmapped()), 5, 1)), -EFAULT);
	ck_assert_str_eq(trip_at(&t, 1), "user.x");
	ck_assert_uint_eq(t.native[2], rsx_bad_pointer(RSX_POINTER_UNMAPPED));
	ck_assert_uint_eq(t.native[3], 5);
	ck_assert_uint_eq(t.native[4], 1);
	ck_assert_int_eq(t.near.nblobs, 1);
	ck_assert_int_eq(trip_in_len(&t, 2), -1);
	ck_assert_int_eq(trip_back(&t, -ENODATA), -ENODATA);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), UINT64_MAX - 9, 5, 1)), -EFAULT);
	ck_assert_uint_eq(t.native[1], rsx_bad_pointer(RSX_POINTER_UNMAPPED));
	ck_assert_uint_eq(t.native[2], rsx_bad_pointer(RSX_POINTER_BEYOND));
	ck_assert_int_eq(t.near.nblobs, 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);

	/* whatever can be read there by now */
	t.near.unmapped = 1u << 1;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(name), P(name), 5, 1)), -EFAULT);
	t.near.unmapped = 0;
	ck_assert_uint_eq(t.native[1], rsx_bad_pointer(RSX_POINTER_UNMAPPED));
	ck_assert_mem_eq(trip_at(&t, 2), name, 5);
}
END_TEST

/* Outputs, and lengths that come back, too. */
START_TEST(outputs_beyond_user_memory)
{
	trip_row(&t, "getsockname");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, UINT64_MAX - 100, P(guard_alloc(3)))), -EFAULT);
	ck_assert_uint_eq(t.native[1], rsx_bad_pointer(RSX_POINTER_BEYOND));
	ck_assert_uint_eq(t.native[2], rsx_bad_pointer(RSX_POINTER_UNMAPPED));
	ck_assert_int_eq(trip_back(&t, -ENOTSOCK), -ENOTSOCK);
}
END_TEST

START_TEST(null_stays_null)
{
	trip_row(&t, "mkdirat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 0755)), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_int_eq(trip_in_len(&t, 1), -1);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
}
END_TEST

START_TEST(two_paths_in_their_order)
{
	trip_row(&t, "renameat2");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("old")), 4,
					P(guard_string("a new one")), 1)), 0);
	ck_assert_str_eq(trip_at(&t, 1), "old");
	ck_assert_str_eq(trip_at(&t, 3), "a new one");
	ck_assert_uint_eq(t.native[4], 1);

	/* one of them missing takes no blob */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 4, P(guard_string("new")), 0)), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_str_eq(trip_at(&t, 3), "new");
}
END_TEST

/* A path that was decided takes the place of the one in memory, unread. */
START_TEST(preset_paths_are_used_instead)
{
	trip_row(&t, "renameat2");
	t.near.preset[1] = "/decided";
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 4,
					P(guard_string("new")), 0)), 0);
	ck_assert_str_eq(trip_at(&t, 1), "/decided");
	ck_assert_str_eq(trip_at(&t, 3), "new");
}
END_TEST

START_TEST(preset_too_long)
{
	char *s = guard_alloc(RSX_MAX_PATH + 1);

	memset(s, 'x', RSX_MAX_PATH);
	s[RSX_MAX_PATH] = '\0';
	trip_row(&t, "mkdirat");
	t.near.preset[1] = s;
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, 1, 0), 0), -ENAMETOOLONG);
	t.near.preset[1] = s + 1;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 1, 0)), 0);
	ck_assert_str_eq(trip_at(&t, 1), s + 1);
}
END_TEST

/* STR is text that nobody resolves; its maximum is the row's. */
START_TEST(str_arrives)
{
	char *s = guard_alloc(4097);

	trip_row(&t, "symlinkat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(guard_string("tar get")), 3,
					P(guard_string("link")))), 0);
	ck_assert_str_eq(trip_at(&t, 0), "tar get");
	ck_assert_str_eq(trip_at(&t, 2), "link");

	memset(s, 's', 4096);
	s[4096] = '\0';
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(P(s), 3, P(guard_string("l"))), 0),
			 -ENAMETOOLONG);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(s + 1), 3, P(guard_string("l")))), 0);
	ck_assert_str_eq(trip_at(&t, 0), s + 1);
}
END_TEST

START_TEST(read_string_has_no_room)
{
	uint32_t len = 77;
	char *s = NULL;

	ck_assert_int_eq(rsx_read_string(&t.mem, rsx_addr(P(guard_string("abc"))), 3,
					 &t.near_arena, &s, &len), -ENAMETOOLONG);
	ck_assert_int_eq(rsx_read_string(&t.mem, rsx_addr(P("abc")), 0, &t.near_arena, &s, &len),
			 -ENAMETOOLONG);
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(len, 77);
	ck_assert_int_eq(rsx_read_string(&t.mem, rsx_addr(P(guard_string("abc"))), 4,
					 &t.near_arena, &s, &len), 0);
	ck_assert_str_eq(s, "abc");
	ck_assert_uint_eq(len, 4);
}
END_TEST

/* Kinds that never travel. */
START_TEST(local_kinds_cannot_be_captured)
{
	char *p = guard_alloc(64);

	trip_row(&t, "execve");
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(P(guard_string("/bin/x")), P(p), 0), 0),
			 -ENOSYS);
}
END_TEST

START_TEST(no_memory_is_enomem)
{
	struct rsx_arena none;
	struct rsx_frame f = { 0 };

	rsx_arena_init(&none, 0);
	ck_assert_int_eq(rsx_capture(&f, rsx_syscall_by_name("mkdirat"),
				     TRIP_ARGS(3, P(guard_string("x")), 0), 0, &t.mem, &none),
			 -ENOMEM);
	ck_assert_int_eq(rsx_capture(&f, rsx_syscall_by_name("write"),
				     TRIP_ARGS(3, P(guard_string("x")), 1), 0, &t.mem, &none),
			 -ENOMEM);
	rsx_arena_done(&none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *tc = tcase_create("scalars"), *str = tcase_create("strings");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ints_are_32_bits_wide);
	tcase_add_test(tc, errors_come_back_as_they_are);
	tcase_add_test(tc, flags_are_the_wires_in_between);
	tcase_add_test(tc, flags_as_a_result_are_converted_twice);
	tcase_add_test(tc, new_descriptors_bring_their_mode);
	tcase_add_test(tc, offsets_move_on_with_the_pieces);
	tcase_add_test(tc, offset_minus_one_does_not_move);
	tcase_add_test(tc, addresses_stay_here);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(str, setup, teardown);
	tcase_add_test(str, paths_arrive);
	tcase_add_test(str, path_across_pages);
	tcase_add_test(str, path_of_4096_bytes_is_too_long);
	tcase_add_test(str, path_that_cannot_be_read_is_efault);
	tcase_add_test(str, bad_pointers_travel);
	tcase_add_test(str, outputs_beyond_user_memory);
	tcase_add_test(str, null_stays_null);
	tcase_add_test(str, two_paths_in_their_order);
	tcase_add_test(str, preset_paths_are_used_instead);
	tcase_add_test(str, preset_too_long);
	tcase_add_test(str, str_arrives);
	tcase_add_test(str, read_string_has_no_room);
	tcase_add_test(str, local_kinds_cannot_be_captured);
	tcase_add_test(str, no_memory_is_enomem);
	suite_add_tcase(suite, str);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
