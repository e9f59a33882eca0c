/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOVEC: parts that travel flat, are skipped, are too many, are empty, lie
 * across an unmapped page or lie about their length.
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"

#define MIB ((size_t)1 << 20)

static struct trip t;

static void setup(void)
{
	trip_init(&t, "writev");
}

static void teardown(void)
{
	trip_done(&t);
}

static struct iovec part(const void *base, size_t len)
{
	return (struct iovec){ (void *)base, len };
}

/* The parts, in memory that ends with them. */
#define PARTS(...)                                                       \
	P(guard_copy((struct iovec[]){ __VA_ARGS__ },                    \
		     sizeof((struct iovec[]){ __VA_ARGS__ })))

/* What the server's kernel is asked to move: one part. */
static struct iovec far_part(void)
{
	ck_assert_uint_eq(t.native[2], 1);
	return *(struct iovec *)trip_at(&t, 1);
}

static void expect_written(const void *want, size_t len)
{
	struct iovec far = far_part();

	ck_assert_uint_eq(far.iov_len, len);
	ck_assert_mem_eq(far.iov_base, want, len);
}

/* --- writev --- */

START_TEST(parts_are_gathered)
{
	uint64_t iov = PARTS(part(guard_string("ab"), 2), part(guard_string("cde"), 3),
			     part(guard_string("f"), 1));

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, iov, 3)), 0);
	expect_written("abcdef", 6);
	ck_assert_uint_eq(t.near.data_len, 6);
	ck_assert_uint_eq(t.near.data_total, 6);
	ck_assert(t.near.data_in);
	ck_assert_int_eq(trip_back(&t, 6), 6);
}
END_TEST

START_TEST(parts_are_skipped)
{
	static const char all[] = "abcdef";
	uint64_t iov = PARTS(part(guard_string("ab"), 2), part(guard_unmapped(), 0),
			     part(guard_string("cde"), 3), part(guard_string("f"), 1));

	for (unsigned skip = 0; skip < 6; skip++) {
		ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, iov, 4), skip), 0);
		expect_written(all + skip, 6 - skip);
		ck_assert_uint_eq(t.near.data_total, 6 - skip);
	}
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, iov, 4), 6), 0);
	ck_assert_uint_eq(far_part().iov_len, 0);
}
END_TEST

START_TEST(no_parts)
{
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 3)), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
}
END_TEST

START_TEST(empty_parts_only)
{
	struct iovec *iov = guard_alloc(200 * sizeof(*iov));

	for (unsigned i = 0; i < 200; i++)
		iov[i] = part(guard_unmapped(), 0);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 200)), 0);
	ck_assert_uint_eq(far_part().iov_len, 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 200)), 0);
	ck_assert_uint_eq(far_part().iov_len, 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
}
END_TEST

/* UIO_MAXIOV parts, and the only byte behind many empty ones. */
START_TEST(many_parts)
{
	struct iovec *iov = guard_alloc(1025 * sizeof(*iov));
	char *bytes = guard_alloc(1025), want[1024];

	for (unsigned i = 0; i < 1025; i++) {
		bytes[i] = (char)('a' + i % 26);
		iov[i] = part(bytes + i, 1);
	}
	memcpy(want, bytes, 1024);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 1024)), 0);
	expect_written(want, 1024);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(iov), 1025), 0), -EINVAL);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(iov), UINT64_MAX), 0), -EINVAL);

	for (unsigned i = 0; i < 1023; i++)
		iov[i].iov_len = 0;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 1024)), 0);
	expect_written(want + 1023, 1);
}
END_TEST

START_TEST(vector_that_cannot_be_read_is_efault)
{
	struct iovec *iov = guard_alloc(2 * sizeof(*iov));

	iov[0] = iov[1] = part(guard_string("x"), 1);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(iov), 3), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(guard_unmapped()), 1), 0), -EFAULT);
}
END_TEST

START_TEST(lengths_that_lie)
{
	char *p = guard_alloc(8);

	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, PARTS(part(p, 1), part(p, SIZE_MAX)), 2), 0),
			 -EINVAL);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, PARTS(part(p, (size_t)1 << 63)), 1), 0),
			 -EINVAL);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, PARTS(part((void *)UINT64_MAX, 1)), 1), 0),
			 -EFAULT);
}
END_TEST

/* Together they are at most one transfer: the sum never wraps. */
START_TEST(totals_are_bounded)
{
	/* far below the end of user memory, and never touched */
	void *p = (void *)(uintptr_t)0x200000000000;
	struct iovec *iov = guard_alloc(1024 * sizeof(*iov));

	for (unsigned i = 0; i < 1024; i++)
		iov[i] = part(p, (size_t)1 << 45);
	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 1024)), 0);
	ck_assert_uint_eq(t.near.data_total, 0x7ffff000);
	ck_assert_uint_eq(t.near.data_len, RSX_MAX_PIECE);
	ck_assert_uint_eq(far_part().iov_len, RSX_MAX_PIECE);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(iov), 1024), 0x7fffeff0), 0);
	ck_assert_uint_eq(t.near.data_total, 16);
	ck_assert_uint_eq(t.near.data_len, 16);
	iov[7].iov_len = INT64_MAX;
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(iov), 1024), 0), -EFAULT);
}
END_TEST

START_TEST(bytes_that_cannot_be_read)
{
	char *half = guard_alloc(3);

	memcpy(half, "cde", 3);
	/* what can be read before the hole, and then a hole */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, PARTS(part(guard_string("ab"), 2), part(half, 10),
							 part(guard_string("f"), 1)), 3)), 0);
	ck_assert_uint_eq(far_part().iov_len, 13);
	ck_assert_mem_eq(far_part().iov_base, "abcde", 5);
	ck_assert_uint_eq((uintptr_t)far_part().iov_base % 4096, 4096 - 5);
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, PARTS(part(guard_unmapped(), 10)), 1)), 0);
	ck_assert_uint_eq(far_part().iov_len, 10);
	ck_assert_uint_eq((uintptr_t)far_part().iov_base % 4096, 0);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
}
END_TEST

START_TEST(vector_in_pieces)
{
	size_t sizes[3] = { MIB - 10, 30, MIB }, all = 2 * MIB + 20, at = 0;
	uint8_t *whole = guard_alloc(all);
	uint64_t iov;

	for (size_t i = 0; i < all; i++)
		whole[i] = (uint8_t)(i % 149);
	iov = PARTS(part(whole, sizes[0]), part(whole + sizes[0], sizes[1]),
		    part(whole + sizes[0] + sizes[1], sizes[2]));
	trip_row(&t, "pwritev");
	while (at < all) {
		size_t want = all - at < MIB ? all - at : MIB;

		ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, iov, 3, 50, 0), at), 0);
		expect_written(whole + at, want);
		ck_assert_uint_eq(t.native[3], 50 + at);
		ck_assert_uint_eq(t.near.data_total, all - at);
		at += want;
	}
}
END_TEST

/* --- readv --- */

static void kernel_reads(const char *text)
{
	struct iovec far = far_part();

	ck_assert_uint_ge(far.iov_len, strlen(text));
	memcpy(far.iov_base, text, strlen(text));
}

START_TEST(bytes_are_scattered)
{
	char *a = guard_alloc(2), *b = guard_alloc(3), *c = guard_alloc(10);
	uint64_t iov = PARTS(part(a, 2), part(b, 3), part(c, 10));

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, iov, 3)), 0);
	ck_assert_uint_eq(far_part().iov_len, 15);
	ck_assert(!t.near.data_in);
	kernel_reads("abcdefg");
	ck_assert_int_eq(trip_back(&t, 7), 7);
	ck_assert_mem_eq(a, "ab", 2);
	ck_assert_mem_eq(b, "cde", 3);
	ck_assert_mem_eq(c, "fg", 2);
	ck_assert(guard_untouched(c + 2, 8));
}
END_TEST

/* A later piece begins in the middle of a part. */
START_TEST(bytes_are_scattered_behind_the_skipped)
{
	char *a = guard_alloc(2), *b = guard_alloc(3), *c = guard_alloc(10);
	uint64_t iov = PARTS(part(a, 2), part(b, 3), part(c, 10));

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out_skip(&t, TRIP_ARGS(3, iov, 3), 4), 0);
	ck_assert_uint_eq(far_part().iov_len, 11);
	kernel_reads("xyz");
	ck_assert_int_eq(trip_back(&t, 3), 3);
	ck_assert(guard_untouched(a, 2) && guard_untouched(b, 2));
	ck_assert_int_eq(b[2], 'x');
	ck_assert_mem_eq(c, "yz", 2);
	ck_assert(guard_untouched(c + 2, 8));
}
END_TEST

START_TEST(scatter_over_many_parts)
{
	struct iovec *iov = guard_alloc(1024 * sizeof(*iov));
	char *bytes = guard_alloc(512), want[512];
	struct iovec far;

	/* every other part is empty, and a run of them is long */
	for (unsigned i = 0; i < 1024; i++)
		iov[i] = part(i % 2 ? bytes + i / 2 : guard_unmapped(), i % 2);
	for (unsigned i = 200; i < 400; i++)
		iov[i].iov_len = 0;
	trip_row(&t, "preadv2");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 1024, 0, 0, 0)), 0);
	far = far_part();
	ck_assert_uint_eq(far.iov_len, 412);
	for (unsigned i = 0; i < 412; i++)
		want[i] = ((char *)far.iov_base)[i] = (char)(i % 100 + 1);
	ck_assert_int_eq(trip_back(&t, 412), 412);
	ck_assert_mem_eq(bytes, want, 100);
	ck_assert(guard_untouched(bytes + 100, 100));
	ck_assert_mem_eq(bytes + 200, want + 100, 312);
}
END_TEST

START_TEST(scatter_into_a_hole_is_cut)
{
	char *a = guard_alloc(2), *b = guard_alloc(3), *c = guard_alloc(10);

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, PARTS(part(a, 2), part(b, 5), part(c, 10)), 3)), 0);
	kernel_reads("abcdefghij");
	ck_assert_int_eq(trip_back(&t, 10), 5);
	ck_assert_mem_eq(a, "ab", 2);
	ck_assert_mem_eq(b, "cde", 3);
	ck_assert(guard_untouched(c, 10));

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, PARTS(part(guard_unmapped(), 5)), 1)), 0);
	kernel_reads("abc");
	ck_assert_int_eq(trip_back(&t, 3), -EFAULT);
}
END_TEST

START_TEST(scatter_of_an_error_writes_nothing)
{
	char *a = guard_alloc(8);

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, PARTS(part(a, 8)), 1)), 0);
	kernel_reads("abc");
	ck_assert_int_eq(trip_back(&t, -EIO), -EIO);
	ck_assert(guard_untouched(a, 8));
}
END_TEST

/* The vector is read once: what becomes of it later does not matter. */
START_TEST(vector_is_read_once)
{
	char *a = guard_alloc(4), *b = guard_alloc(4);
	struct iovec *iov = guard_copy((struct iovec[]){ { a, 4 } }, sizeof(*iov));

	trip_row(&t, "readv");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(iov), 1)), 0);
	kernel_reads("abcd");
	*iov = part(b, 4);
	ck_assert_int_eq(trip_back(&t, 4), 4);
	ck_assert_mem_eq(a, "abcd", 4);
	ck_assert(guard_untouched(b, 4));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iovec");
	TCase *w = tcase_create("writev"), *r = tcase_create("readv");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(w, setup, teardown);
	tcase_add_test(w, parts_are_gathered);
	tcase_add_test(w, parts_are_skipped);
	tcase_add_test(w, no_parts);
	tcase_add_test(w, empty_parts_only);
	tcase_add_test(w, many_parts);
	tcase_add_test(w, vector_that_cannot_be_read_is_efault);
	tcase_add_test(w, lengths_that_lie);
	tcase_add_test(w, totals_are_bounded);
	tcase_add_test(w, bytes_that_cannot_be_read);
	tcase_add_test(w, vector_in_pieces);
	suite_add_tcase(suite, w);
	tcase_add_checked_fixture(r, setup, teardown);
	tcase_add_test(r, bytes_are_scattered);
	tcase_add_test(r, bytes_are_scattered_behind_the_skipped);
	tcase_add_test(r, scatter_over_many_parts);
	tcase_add_test(r, scatter_into_a_hole_is_cut);
	tcase_add_test(r, scatter_of_an_error_writes_nothing);
	tcase_add_test(r, vector_is_read_once);
	suite_add_tcase(suite, r);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
