/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BUF and DIRENTS both ways: transfers and their pieces, buffers whose length
 * is an argument, lengths the kernel refuses, memory that is partly missing.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"

#define MIB ((size_t)1 << 20)

static struct trip t;

static void setup(void)
{
	trip_init(&t, "read");
}

static void teardown(void)
{
	trip_done(&t);
}

/* Bytes that differ from their neighbours and from the fill. */
static uint8_t *pattern(size_t len)
{
	uint8_t *p = guard_alloc(len);

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i % 151 + 1);
	return p;
}

/* --- inputs --- */

START_TEST(write_arrives)
{
	static const size_t lengths[] = { 1, 2, 4095, 4096, 4097, 65536, MIB };

	trip_row(&t, "write");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint8_t *p = pattern(lengths[i]);

		ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), lengths[i])), 0);
		ck_assert_uint_eq(t.native[2], lengths[i]);
		ck_assert_mem_eq(trip_at(&t, 1), p, lengths[i]);
		ck_assert_uint_eq(t.near.data_len, lengths[i]);
		ck_assert_uint_eq(t.near.data_total, lengths[i]);
		ck_assert(t.near.data_in);
		ck_assert_int_eq(trip_back(&t, (int64_t)lengths[i]), (int64_t)lengths[i]);
	}
}
END_TEST

START_TEST(write_of_nothing)
{
	trip_row(&t, "write");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 0)), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);

	/* NULL stays NULL: what it means is the kernel's business */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 10)), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_uint_eq(t.native[2], 10);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
}
END_TEST

/* What the kernel over there finds of the data: `readable` bytes, and then none. */
static void expect_end(const void *at, const uint8_t *want, size_t readable)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	if (readable)
		ck_assert_mem_eq(at, want, readable);
	ck_assert_int_eq(write(p[1], (const uint8_t *)at + readable, 1), -1);
	ck_assert_int_eq(errno, EFAULT);
	close(p[0]);
	close(p[1]);
}

START_TEST(write_from_nowhere)
{
	trip_row(&t, "write");
	/* what is wrong first is for the kernel to say */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 1)), 0);
	ck_assert_uint_eq(t.native[2], 1);
	expect_end(trip_at(&t, 1), NULL, 0);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 8, 1)), 0);
	expect_end(trip_at(&t, 1), NULL, 0);
	/* beyond the end of all user memory, as access_ok() sees it */
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(guard_alloc(8)), UINT64_MAX), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, UINT64_MAX - 4, 2), 0), -EFAULT);
}
END_TEST

/* The kernel writes what it can read. */
START_TEST(write_from_half_mapped_memory)
{
	uint8_t *p = pattern(6000);

	trip_row(&t, "write");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 9000)), 0);
	ck_assert_uint_eq(t.native[2], 9000);
	expect_end(trip_at(&t, 1), p, 6000);
	/* it looks short to the pieces: no second one */
	ck_assert_uint_eq(t.near.data_len, 9000);
}
END_TEST

START_TEST(write_in_pieces)
{
	size_t all = 2 * MIB + 12345;
	uint8_t *p = pattern(all);
	size_t at = 0;

	trip_row(&t, "pwrite64");
	for (unsigned i = 0; i < 3; i++) {
		size_t want = all - at < MIB ? all - at : MIB;

		ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(p), all, 100), at), 0);
		ck_assert_uint_eq(t.native[2], want);
		ck_assert_uint_eq(t.native[3], 100 + at);
		ck_assert_uint_eq(t.near.data_len, want);
		ck_assert_uint_eq(t.near.data_total, all - at);
		ck_assert_mem_eq(trip_at(&t, 1), p + at, want);
		ck_assert_int_eq(trip_back(&t, (int64_t)want), (int64_t)want);
		at += want;
	}
	ck_assert_uint_eq(at, all);
}
END_TEST

/* At most 0x7ffff000 bytes in one call: read(2). */
START_TEST(transfers_end_where_the_kernels_do)
{
	/* far below the end of user memory, and never touched */
	const uint64_t p = 0x200000000000;

	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, p, 3ull << 30), 0), 0);
	ck_assert_uint_eq(t.near.data_total, 0x7ffff000);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, p, 3ull << 30), 0x7fffeff0), 0);
	ck_assert_uint_eq(t.near.data_total, 16);
	ck_assert_uint_eq(t.near.data_len, 16);
	ck_assert_uint_eq(t.near.args[2], 16);
}
END_TEST

/* What is no transfer must be there as a whole. */
START_TEST(values_are_not_cut)
{
	const char *path = guard_string("f"), *name = guard_string("user.x");
	uint8_t *p = pattern(5000);

	trip_row(&t, "setxattr");
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(P(path), P(name), P(p), 9000, 0), 0), -EFAULT);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(path), P(name), P(p), 5000, 1)), 0);
	ck_assert_str_eq(trip_at(&t, 0), "f");
	ck_assert_str_eq(trip_at(&t, 1), "user.x");
	ck_assert_mem_eq(trip_at(&t, 2), p, 5000);
	ck_assert_uint_eq(t.native[3], 5000);
	ck_assert_uint_eq(t.native[4], 1);
}
END_TEST

/* A length that is a negative int goes as it is, without memory. */
START_TEST(negative_lengths_are_for_the_kernel)
{
	const uint64_t minus = 0xffffffff; /* in a register, the upper half may be 0 */
	char *p = guard_alloc(1);

	trip_row(&t, "readlinkat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("l")), P(p), minus)), 0);
	ck_assert_int_eq((int32_t)t.native[3], -1);
	ck_assert_uint_eq(rsx_frame_blob(&t.far, 2)->cap, 0);
	ck_assert_int_eq(trip_back(&t, -EINVAL), -EINVAL);

	trip_row(&t, "sethostname");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p), (uint64_t)-5)), 0);
	ck_assert_int_eq((int32_t)t.native[1], -5);
	ck_assert_int_eq(trip_in_len(&t, 0), 0);

	trip_row(&t, "setsockopt");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 1, 2, P(p), minus)), 0);
	ck_assert_int_eq((int32_t)t.native[4], -1);
	ck_assert_int_eq(trip_in_len(&t, 3), 0);

	trip_row(&t, "getgroups");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(minus, P(p))), 0);
	ck_assert_int_eq((int32_t)t.native[0], -1);
	ck_assert_uint_eq(rsx_frame_blob(&t.far, 1)->cap, 0);

	trip_row(&t, "setgroups");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(minus, P(p))), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), 0);
	ck_assert(guard_untouched(p, 1));
}
END_TEST

START_TEST(setgroups_counts_elements)
{
	uint32_t groups[3] = { 10, 20, 30 };

	trip_row(&t, "setgroups");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_copy(groups, 12)))), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), 12);
	ck_assert_mem_eq(trip_at(&t, 1), groups, 12);
}
END_TEST

/* --- outputs --- */

START_TEST(read_brings_what_came)
{
	char *p = guard_alloc(100);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 100)), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), 0);
	ck_assert(!t.near.data_in);
	memcpy(trip_at(&t, 1), "hello", 5);
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_mem_eq(p, "hello", 5);
	ck_assert(guard_untouched(p + 5, 95));
	ck_assert_uint_eq(rsx_frame_blob(&t.near, 1)->out_len, 5);
}
END_TEST

START_TEST(read_of_a_whole_piece)
{
	uint8_t *p = guard_alloc(MIB), *want = pattern(MIB);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), MIB)), 0);
	memcpy(trip_at(&t, 1), want, MIB);
	ck_assert_int_eq(trip_back(&t, (int64_t)MIB), (int64_t)MIB);
	ck_assert_mem_eq(p, want, MIB);
}
END_TEST

START_TEST(read_goes_on_behind_what_was_read)
{
	char *p = guard_alloc(100);

	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, P(p), 100), 90), 0);
	ck_assert_uint_eq(t.native[2], 10);
	memset(trip_at(&t, 1), 'x', 10);
	ck_assert_int_eq(trip_back(&t, 10), 10);
	ck_assert(guard_untouched(p, 90));
	ck_assert_mem_eq(p + 90, "xxxxxxxxxx", 10);
}
END_TEST

START_TEST(read_of_nothing_or_an_error_writes_nothing)
{
	static const int64_t results[] = { 0, -EIO, -EINTR, -4095 };
	char *p = guard_alloc(100);

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 100)), 0);
		memset(trip_at(&t, 1), 'x', 100);
		ck_assert_int_eq(trip_back(&t, results[i]), results[i]);
		ck_assert(guard_untouched(p, 100));
	}
}
END_TEST

START_TEST(read_into_half_mapped_memory_is_cut)
{
	char *p = guard_alloc(5000);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 8000)), 0);
	memset(trip_at(&t, 1), 'x', 8000);
	ck_assert_int_eq(trip_back(&t, 8000), 5000);
	ck_assert_int_eq(p[4999], 'x');
}
END_TEST

START_TEST(read_into_nowhere_is_efault)
{
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 10)), 0);
	memset(trip_at(&t, 1), 'x', 10);
	ck_assert_int_eq(trip_back(&t, 10), -EFAULT);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 10)), 0);
	ck_assert_uint_eq(t.native[1], 0);
}
END_TEST

/* Whatever the result claims, no more than the room is sent or written. */
START_TEST(results_above_the_room_are_cut)
{
	char *p = guard_alloc(10);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 10)), 0);
	memset(trip_at(&t, 1), 'x', 10);
	ck_assert_int_eq(trip_back(&t, 1000), 1000);
	ck_assert_uint_eq(rsx_frame_blob(&t.near, 1)->out_len, 10);
}
END_TEST

/* A size of 0 asks how much there is: getxattr(2). */
START_TEST(asking_for_the_size)
{
	const char *path = guard_string("f"), *name = guard_string("user.x");
	char *p = guard_alloc(4);

	trip_row(&t, "getxattr");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(path), P(name), 0, 0)), 0);
	ck_assert_int_eq(trip_back(&t, 300), 300);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(path), P(name), P(p), 0)), 0);
	ck_assert_int_eq(trip_back(&t, 300), 300);
	ck_assert(guard_untouched(p, 4));
}
END_TEST

START_TEST(values_that_do_not_fit_into_memory_are_efault)
{
	const char *path = guard_string("f"), *name = guard_string("user.x");
	char *p = guard_alloc(10);

	trip_row(&t, "getxattr");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(path), P(name), P(p), 5000)), 0);
	memset(trip_at(&t, 2), 'x', 5000);
	ck_assert_int_eq(trip_back(&t, 5000), -EFAULT);
}
END_TEST

/* More room than a frame has is cut, in the argument too. */
START_TEST(large_rooms_are_cut)
{
	uint32_t groups[2] = { 7, 8 };
	char *p = guard_alloc(8);

	trip_row(&t, "getgroups");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(0x7fffffff, P(p))), 0);
	ck_assert_uint_eq(t.native[0], RSX_MAX_PIECE / 4);
	memcpy(trip_at(&t, 1), groups, 8);
	ck_assert_int_eq(trip_back(&t, 2), 2);
	ck_assert_mem_eq(p, groups, 8);

	trip_row(&t, "getcwd");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p), UINT64_MAX)), 0);
	ck_assert_uint_eq(t.native[1], RSX_MAX_PIECE);
	memcpy(trip_at(&t, 0), "/tmp", 5);
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_str_eq(p, "/tmp");
}
END_TEST

/* --- both ways --- */

START_TEST(inout_goes_and_comes_back)
{
	struct {
		int fd;
		short events, revents;
	} fds[2] = { { 5, 1, 0 }, { 6, 4, 0 } }, *near = guard_copy(fds, 16), *far;

	trip_row(&t, "ppoll");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(near), 2, 0, 0, 8)), 0);
	far = trip_at(&t, 0);
	ck_assert_mem_eq(far, fds, 16);
	far[1].revents = 4;
	ck_assert_int_eq(trip_back(&t, 1), 1);
	ck_assert_int_eq(near[1].revents, 4);
	ck_assert_int_eq(near[0].fd, 5);
}
END_TEST

START_TEST(sets_are_whole_longs)
{
	uint64_t set[2] = { 1ull << 63, 1 }, *near = guard_copy(set, 16);

	trip_row(&t, "pselect6");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(65, P(near), 0, 0, 0, 0)), 0);
	ck_assert_int_eq(trip_in_len(&t, 1), 16);
	ck_assert_mem_eq(trip_at(&t, 1), set, 16);
	((uint64_t *)trip_at(&t, 1))[0] = 0;
	ck_assert_int_eq(trip_back(&t, 1), 1);
	ck_assert_uint_eq(near[0], 0);
	ck_assert_uint_eq(near[1], 1);

	/* one long does for 64, and the second cannot be read */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(64, P(near + 1), 0, 0, 0, 0)), 0);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(65, P(near + 1), 0, 0, 0, 0), 0), -EFAULT);
}
END_TEST

/* --- directory entries --- */

/* struct linux_dirent64, padded to 8 bytes. */
static size_t add_entry(uint8_t *to, uint64_t ino, uint8_t type, const char *name)
{
	uint16_t reclen = (uint16_t)((19 + strlen(name) + 1 + 7) & ~7ul);
	int64_t off = (int64_t)ino * 3;

	memset(to, 0, reclen);
	memcpy(to, &ino, 8);
	memcpy(to + 8, &off, 8);
	memcpy(to + 16, &reclen, 2);
	to[18] = type;
	memcpy(to + 19, name, strlen(name));
	return reclen;
}

/* Every padding there is. */
static const char *const names[] = {
	".", "..", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "a b\n", "twelve bytes",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

static size_t fill_entries(uint8_t *to)
{
	size_t len = 0;

	for (size_t i = 0; i < NAMES; i++)
		len += add_entry(to + len, 100 + i, (uint8_t)(4 + i), names[i]);
	return len;
}

START_TEST(entries_arrive)
{
	uint8_t *p = guard_alloc(2000), want[2000];
	size_t len = fill_entries(want);

	trip_row(&t, "getdents64");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 2000)), 0);
	memcpy(trip_at(&t, 1), want, len);
	ck_assert_int_eq(trip_back(&t, (int64_t)len), (int64_t)len);
	ck_assert_mem_eq(p, want, len);
	ck_assert(guard_untouched(p + len, 2000 - len));
}
END_TEST

/* getdents(2): the type is the record's last byte, the name begins earlier. */
START_TEST(entries_of_the_old_kind)
{
	uint8_t *p = guard_alloc(2000);
	size_t len, at = 0;

	trip_row(&t, "getdents64");
	t.near.old_dirents = true;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 2000)), 0);
	len = fill_entries(trip_at(&t, 1));
	ck_assert_int_eq(trip_back(&t, (int64_t)len), (int64_t)len);
	for (size_t i = 0; i < NAMES; i++) {
		uint64_t ino, off;
		uint16_t reclen;

		memcpy(&ino, p + at, 8);
		memcpy(&off, p + at + 8, 8);
		memcpy(&reclen, p + at + 16, 2);
		ck_assert_uint_eq(ino, 100 + i);
		ck_assert_uint_eq(off, 3 * (100 + i));
		ck_assert_str_eq((char *)p + at + 18, names[i]);
		ck_assert_uint_eq(p[at + reclen - 1], 4 + i);
		at += reclen;
	}
	ck_assert_uint_eq(at, len);
}
END_TEST

/* A server's nonsense is not followed out of the buffer. */
START_TEST(entries_that_are_none)
{
	uint8_t *p = guard_alloc(48);

	trip_row(&t, "getdents64");
	t.near.old_dirents = true;
	for (unsigned reclen = 0; reclen < 70; reclen++) {
		ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 48)), 0);
		memset(trip_at(&t, 1), 0xff, 48);
		add_entry(trip_at(&t, 1), 1, 1, "abcd");
		memcpy((uint8_t *)trip_at(&t, 1) + 24 + 16, &(uint16_t){ (uint16_t)reclen }, 2);
		ck_assert_int_eq(trip_back(&t, 48), 48);
		ck_assert_str_eq((char *)p + 18, "abcd");
	}
}
END_TEST

/* Half an entry is none: getdents64 fails where memory ends. */
START_TEST(entries_into_half_mapped_memory_are_efault)
{
	uint8_t *p = guard_alloc(60);

	trip_row(&t, "getdents64");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 4096)), 0);
	ck_assert_int_eq(trip_back(&t, (int64_t)fill_entries(trip_at(&t, 1))), -EFAULT);
}
END_TEST

START_TEST(entries_with_a_large_buffer)
{
	uint8_t *p = guard_alloc(8);

	trip_row(&t, "getdents64");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), 0xffffffff)), 0);
	ck_assert_uint_eq(t.native[2], RSX_MAX_PIECE);
	ck_assert_int_eq(trip_back(&t, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buffers");
	TCase *in = tcase_create("inputs"), *out = tcase_create("outputs");
	TCase *dir = tcase_create("directory entries");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(in, setup, teardown);
	tcase_add_test(in, write_arrives);
	tcase_add_test(in, write_of_nothing);
	tcase_add_test(in, write_from_nowhere);
	tcase_add_test(in, write_from_half_mapped_memory);
	tcase_add_test(in, write_in_pieces);
	tcase_add_test(in, transfers_end_where_the_kernels_do);
	tcase_add_test(in, values_are_not_cut);
	tcase_add_test(in, negative_lengths_are_for_the_kernel);
	tcase_add_test(in, setgroups_counts_elements);
	suite_add_tcase(suite, in);
	tcase_add_checked_fixture(out, setup, teardown);
	tcase_add_test(out, read_brings_what_came);
	tcase_add_test(out, read_of_a_whole_piece);
	tcase_add_test(out, read_goes_on_behind_what_was_read);
	tcase_add_test(out, read_of_nothing_or_an_error_writes_nothing);
	tcase_add_test(out, read_into_half_mapped_memory_is_cut);
	tcase_add_test(out, read_into_nowhere_is_efault);
	tcase_add_test(out, results_above_the_room_are_cut);
	tcase_add_test(out, asking_for_the_size);
	tcase_add_test(out, values_that_do_not_fit_into_memory_are_efault);
	tcase_add_test(out, large_rooms_are_cut);
	tcase_add_test(out, inout_goes_and_comes_back);
	tcase_add_test(out, sets_are_whole_longs);
	suite_add_tcase(suite, out);
	tcase_add_checked_fixture(dir, setup, teardown);
	tcase_add_test(dir, entries_arrive);
	tcase_add_test(dir, entries_of_the_old_kind);
	tcase_add_test(dir, entries_that_are_none);
	tcase_add_test(dir, entries_into_half_mapped_memory_are_efault);
	tcase_add_test(dir, entries_with_a_large_buffer);
	suite_add_tcase(suite, dir);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
