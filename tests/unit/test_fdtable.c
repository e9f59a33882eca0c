/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which descriptors are remote: numbers, copies, shared tables. */
#include <check.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fdtable.h"

static struct fdtable *t;

static void setup(void)
{
	t = fdtable_new();
	ck_assert_ptr_nonnull(t);
}

static void teardown(void)
{
	fdtable_unref(t);
}

static void set(int fd, int twin)
{
	ck_assert_int_eq(fdtable_set(t, fd, twin, S_IFREG, false, NULL), 0);
}

START_TEST(empty_table)
{
	static const int64_t none[] = { 0, 1, 1000000, -1, -100, INT_MAX, INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_ptr_null(fdtable_get(t, none[i]));
	ck_assert_int_eq(fdtable_next(t, 0), -1);
	ck_assert_int_eq(fdtable_take(t, 0), -1);
	ck_assert_int_eq(fdtable_take(t, -1), -1);
}
END_TEST

START_TEST(entry_is_found)
{
	char path[] = "/srv/file";
	struct fdentry *e;

	ck_assert_int_eq(fdtable_set(t, 5, 11, S_IFDIR, true, path), 0);
	memset(path, 'x', 4); /* it was copied */
	e = fdtable_get(t, 5);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->twin, 11);
	ck_assert_uint_eq(e->mode, S_IFDIR);
	ck_assert(e->readonly);
	ck_assert_str_eq(e->path, "/srv/file");
	ck_assert_ptr_null(fdtable_get(t, 4));
	ck_assert_ptr_null(fdtable_get(t, 6));
	/* numbers are not cut to 32 bits */
	ck_assert_ptr_null(fdtable_get(t, 5 + (1LL << 32)));
}
END_TEST

START_TEST(twin_number_zero_is_one)
{
	set(3, 0);
	ck_assert_ptr_nonnull(fdtable_get(t, 3));
	ck_assert_int_eq(fdtable_take(t, 3), 0);
}
END_TEST

START_TEST(entry_is_taken)
{
	set(3, 7);
	ck_assert_int_eq(fdtable_take(t, 3), 7);
	ck_assert_ptr_null(fdtable_get(t, 3));
	ck_assert_int_eq(fdtable_take(t, 3), -1);
	set(3, 8);
	ck_assert_int_eq(fdtable_take(t, 3), 8);
}
END_TEST

START_TEST(entry_is_replaced)
{
	ck_assert_int_eq(fdtable_set(t, 3, 7, S_IFREG, true, "/one"), 0);
	ck_assert_int_eq(fdtable_set(t, 3, 8, S_IFIFO, false, NULL), 0);
	ck_assert_int_eq(fdtable_get(t, 3)->twin, 8);
	ck_assert_ptr_null(fdtable_get(t, 3)->path);
	ck_assert(!fdtable_get(t, 3)->readonly);
}
END_TEST

START_TEST(table_grows)
{
	for (int fd = 0; fd < 5000; fd += 7)
		set(fd, fd + 1);
	for (int fd = 0; fd < 5000; fd++) {
		struct fdentry *e = fdtable_get(t, fd);

		if (fd % 7)
			ck_assert_ptr_null(e);
		else
			ck_assert_int_eq(e->twin, fd + 1);
	}
	set(1 << 20, 1);
	ck_assert_int_eq(fdtable_get(t, 1 << 20)->twin, 1);
	ck_assert_ptr_null(fdtable_get(t, (1 << 20) - 1));
}
END_TEST

START_TEST(next_is_the_lowest)
{
	set(4, 1);
	set(100, 2);
	set(15, 3);
	ck_assert_int_eq(fdtable_next(t, 0), 4);
	ck_assert_int_eq(fdtable_next(t, -5), 4);
	ck_assert_int_eq(fdtable_next(t, 4), 4);
	ck_assert_int_eq(fdtable_next(t, 5), 15);
	ck_assert_int_eq(fdtable_next(t, 16), 100);
	ck_assert_int_eq(fdtable_next(t, 101), -1);
	ck_assert_int_eq(fdtable_next(t, INT_MAX), -1);
	fdtable_take(t, 4);
	ck_assert_int_eq(fdtable_next(t, 0), 15);
}
END_TEST

/* fork: the same descriptors, in a table of its own. */
START_TEST(copy_is_apart)
{
	struct fdtable *copy;

	ck_assert_int_eq(fdtable_set(t, 3, 7, S_IFREG, true, "/one"), 0);
	set(40, 8);
	copy = fdtable_copy(t);
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(fdtable_get(copy, 40)->twin, 8);
	ck_assert_str_eq(fdtable_get(copy, 3)->path, "/one");
	ck_assert_ptr_ne(fdtable_get(copy, 3)->path, fdtable_get(t, 3)->path);
	ck_assert(fdtable_get(copy, 3)->readonly);
	fdtable_take(copy, 3);
	ck_assert_int_eq(fdtable_get(t, 3)->twin, 7);
	fdtable_take(t, 40);
	ck_assert_int_eq(fdtable_get(copy, 40)->twin, 8);
	fdtable_unref(copy);
}
END_TEST

/* CLONE_FILES: one table for both, until the last one is gone. */
START_TEST(shared_table_lives_until_the_last)
{
	struct fdtable *shared = fdtable_ref(t);

	ck_assert_ptr_eq(shared, t);
	set(3, 7);
	fdtable_unref(shared);
	ck_assert_int_eq(fdtable_get(t, 3)->twin, 7);
	fdtable_unref(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fdtable");
	TCase *tc = tcase_create("table");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, empty_table);
	tcase_add_test(tc, entry_is_found);
	tcase_add_test(tc, twin_number_zero_is_one);
	tcase_add_test(tc, entry_is_taken);
	tcase_add_test(tc, entry_is_replaced);
	tcase_add_test(tc, table_grows);
	tcase_add_test(tc, next_is_the_lowest);
	tcase_add_test(tc, copy_is_apart);
	tcase_add_test(tc, shared_table_lives_until_the_last);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
