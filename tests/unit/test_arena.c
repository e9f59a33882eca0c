/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas and buffers: room, alignment, maxima, and what a reset keeps. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "guard.h"
#include "rsx/arena.h"
#include "rsx/buf.h"

/* --- arena --- */

START_TEST(allocations_are_aligned_and_apart)
{
	struct rsx_arena a;
	uint8_t *p[2000];

	rsx_arena_init(&a, 1 << 20);
	for (unsigned i = 0; i < 2000; i++) {
		p[i] = rsx_arena_alloc(&a, i % 100 + 1);
		ck_assert_ptr_nonnull(p[i]);
		ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)(i % 251), i % 100 + 1);
	}
	for (unsigned i = 0; i < 2000; i++)
		for (unsigned n = 0; n < i % 100 + 1; n++)
			ck_assert_uint_eq(p[i][n], i % 251);
	rsx_arena_done(&a);
}
END_TEST

START_TEST(nothing_is_an_allocation_too)
{
	struct rsx_arena a;

	rsx_arena_init(&a, 1 << 20);
	ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 0));
	rsx_arena_done(&a);
}
END_TEST

START_TEST(large_allocations)
{
	struct rsx_arena a;
	uint8_t *p;

	rsx_arena_init(&a, 8 << 20);
	p = rsx_arena_alloc(&a, 3 << 20);
	ck_assert_ptr_nonnull(p);
	memset(p, 1, 3 << 20);
	p = rsx_arena_alloc(&a, 3 << 20);
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_null(rsx_arena_alloc(&a, 3 << 20));
	ck_assert_uint_le(a.total, a.max);
	rsx_arena_done(&a);
}
END_TEST

START_TEST(arena_has_a_maximum)
{
	struct rsx_arena a;
	unsigned n = 0;

	rsx_arena_init(&a, 100000);
	ck_assert_ptr_null(rsx_arena_alloc(&a, 100001));
	ck_assert_ptr_null(rsx_arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(rsx_arena_alloc(&a, SIZE_MAX - 8));
	while (n < 100 && rsx_arena_alloc(&a, 4000))
		n++;
	ck_assert_uint_ge(n, 20);
	ck_assert_uint_le(n, 25);
	ck_assert_uint_le(a.total, 100000);
	rsx_arena_done(&a);
}
END_TEST

START_TEST(arena_of_nothing)
{
	struct rsx_arena a;

	rsx_arena_init(&a, 0);
	ck_assert_ptr_null(rsx_arena_alloc(&a, 0));
	ck_assert_ptr_null(rsx_arena_alloc(&a, 1));
	rsx_arena_reset(&a);
	rsx_arena_done(&a);
}
END_TEST

/* An idle arena is small; the same memory serves again. */
START_TEST(reset_keeps_one_small_chunk)
{
	struct rsx_arena a;
	void *first;

	rsx_arena_init(&a, 8 << 20);
	first = rsx_arena_alloc(&a, 100);
	rsx_arena_reset(&a);
	ck_assert_ptr_eq(rsx_arena_alloc(&a, 100), first);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 10000));
	rsx_arena_reset(&a);
	ck_assert_uint_le(a.total, 16384);
	ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 5 << 20));
	rsx_arena_reset(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 5 << 20));
	rsx_arena_done(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 10)); /* and may be used again */
	rsx_arena_done(&a);
}
END_TEST

/* What was given out before does not count after a reset. */
START_TEST(reset_gives_all_of_it_back)
{
	struct rsx_arena a;

	rsx_arena_init(&a, 64 << 10);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 20000));
		ck_assert_ptr_nonnull(rsx_arena_alloc(&a, 20000));
		rsx_arena_reset(&a);
	}
	rsx_arena_done(&a);
}
END_TEST

/* --- buf --- */

START_TEST(buf_grows)
{
	struct rsx_buf b;
	char want[5000];

	rsx_buf_init(&b, 10000);
	ck_assert_ptr_null(b.data);
	for (unsigned i = 0; i < sizeof(want); i++) {
		want[i] = (char)('a' + i % 26);
		rsx_buf_addc(&b, want[i]);
		ck_assert_int_eq(b.data[b.len], 0);
	}
	ck_assert_uint_eq(b.len, sizeof(want));
	ck_assert_mem_eq(b.data, want, sizeof(want));
	ck_assert(!b.failed);
	rsx_buf_done(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(buf_takes_all_kinds)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 1000);
	rsx_buf_adds(&b, "one ");
	rsx_buf_addf(&b, "%d %s%c", 2, "thr", 'e');
	rsx_buf_addc(&b, 'e');
	rsx_buf_add(&b, guard_copy("\0!", 2), 2);
	ck_assert_uint_eq(b.len, 13);
	ck_assert_mem_eq(b.data, "one 2 three\0!", 14);
	rsx_buf_done(&b);
	guard_free_all();
}
END_TEST

START_TEST(buf_takes_nothing)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 100);
	rsx_buf_add(&b, NULL, 0);
	rsx_buf_adds(&b, "");
	rsx_buf_addf(&b, "%s", "");
	ck_assert_str_eq(b.data, "");
	ck_assert_uint_eq(b.len, 0);
	ck_assert(!b.failed);
	rsx_buf_done(&b);
}
END_TEST

START_TEST(buf_has_a_maximum)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 10);
	rsx_buf_adds(&b, "0123456789");
	ck_assert(!b.failed);
	rsx_buf_addc(&b, 'x');
	ck_assert(b.failed);
	ck_assert_str_eq(b.data, "0123456789");
	rsx_buf_add(&b, "x", SIZE_MAX);
	ck_assert_uint_eq(b.len, 10);
	rsx_buf_reset(&b);
	ck_assert(!b.failed);
	ck_assert_str_eq(b.data, "");
	rsx_buf_addf(&b, "%s", "more than ten");
	ck_assert(b.failed);
	ck_assert_uint_eq(b.len, 0);
	rsx_buf_done(&b);
}
END_TEST

START_TEST(buf_of_nothing)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 0);
	rsx_buf_addc(&b, 'x');
	ck_assert(b.failed);
	ck_assert_ptr_null(b.data);
	rsx_buf_reset(&b);
	rsx_buf_done(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *arena = tcase_create("arena"), *buf = tcase_create("buf");
	SRunner *runner;
	int failed;

	tcase_add_test(arena, allocations_are_aligned_and_apart);
	tcase_add_test(arena, nothing_is_an_allocation_too);
	tcase_add_test(arena, large_allocations);
	tcase_add_test(arena, arena_has_a_maximum);
	tcase_add_test(arena, arena_of_nothing);
	tcase_add_test(arena, reset_keeps_one_small_chunk);
	tcase_add_test(arena, reset_gives_all_of_it_back);
	suite_add_tcase(suite, arena);
	tcase_add_test(buf, buf_grows);
	tcase_add_test(buf, buf_takes_all_kinds);
	tcase_add_test(buf, buf_takes_nothing);
	tcase_add_test(buf, buf_has_a_maximum);
	tcase_add_test(buf, buf_of_nothing);
	suite_add_tcase(suite, buf);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
