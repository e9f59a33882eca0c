/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of mapped remote files: looked up, cut, split, copied. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "mmap/image.h"
#include "mmap/maps.h"

static struct image image; /* never reaches its last reference */
static struct maps *m;

static void setup(void)
{
	image = (struct image){ .refs = 1, .pristine = -1 };
	m = NULL;
}

static void teardown(void)
{
	maps_free(m);
	ck_assert_uint_eq(image.refs, 1);
}

static void add(uint64_t start, uint64_t end, uint64_t off)
{
	ck_assert_int_eq(maps_reserve(&m, 1), 0);
	maps_put(m, &(struct mapping){ .start = start, .end = end, .off = off,
				       .image = image_ref(&image) });
}

static void expect(unsigned i, uint64_t start, uint64_t end, uint64_t off)
{
	ck_assert_uint_lt(i, m->n);
	ck_assert_uint_eq(m->m[i].start, start);
	ck_assert_uint_eq(m->m[i].end, end);
	ck_assert_uint_eq(m->m[i].off, off);
}

START_TEST(overlaps_are_found)
{
	ck_assert_ptr_null(maps_find(NULL, 0, UINT64_MAX));
	add(0x30000, 0x40000, 0);
	add(0x10000, 0x20000, 0);
	ck_assert_ptr_null(maps_find(m, 0x20000, 0x10000));
	ck_assert_ptr_null(maps_find(m, 0x18000, 0));
	ck_assert_ptr_eq(maps_find(m, 0x1f000, 1), &m->m[0]);
	ck_assert_ptr_eq(maps_find(m, 0, 0x10001), &m->m[0]);
	ck_assert_ptr_eq(maps_find(m, 0x20000, UINT64_MAX), &m->m[1]);
	ck_assert_ptr_eq(maps_next(m, &m->m[0], 0, UINT64_MAX), &m->m[1]);
	ck_assert_ptr_null(maps_next(m, &m->m[0], 0, 0x30000));
}
END_TEST

START_TEST(a_cut_splits)
{
	struct maps cut;

	add(0x100000, 0x200000, 0x50000);
	ck_assert_int_eq(maps_cut(m, 0x140000, 0x10000, &cut), 0);
	ck_assert_uint_eq(m->n, 2);
	expect(0, 0x100000, 0x140000, 0x50000);
	expect(1, 0x150000, 0x200000, 0xa0000);
	ck_assert_uint_eq(cut.n, 1);
	ck_assert_uint_eq(cut.m[0].start, 0x140000);
	ck_assert_uint_eq(cut.m[0].off, 0x90000);
	ck_assert_uint_eq(image.refs, 4);
	maps_drop(&cut);
}
END_TEST

START_TEST(a_cut_takes_several)
{
	struct maps cut;

	add(0x100000, 0x110000, 0);
	add(0x110000, 0x120000, 0);
	add(0x130000, 0x140000, 0);
	ck_assert_int_eq(maps_cut(m, 0x10f000, 0x30000, &cut), 0);
	ck_assert_uint_eq(cut.n, 3);
	ck_assert_uint_eq(m->n, 2);
	expect(0, 0x100000, 0x10f000, 0);
	expect(1, 0x13f000, 0x140000, 0xf000);
	maps_drop(&cut);
	ck_assert_int_eq(maps_cut(m, 0, UINT64_MAX, &cut), 0);
	ck_assert_uint_eq(m->n, 0);
	maps_drop(&cut);
	ck_assert_int_eq(maps_cut(m, 0, UINT64_MAX, &cut), 0);
	ck_assert_uint_eq(cut.n, 0);
}
END_TEST

START_TEST(a_copy_holds_references)
{
	struct maps *copy;

	ck_assert_ptr_null(maps_copy(NULL));
	add(0x100000, 0x110000, 7);
	copy = maps_copy(m);
	ck_assert_uint_eq(image.refs, 3);
	ck_assert_uint_eq(copy->m[0].off, 7);
	maps_free(copy);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("maps");
	TCase *c = tcase_create("maps");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, overlaps_are_found);
	tcase_add_test(c, a_cut_splits);
	tcase_add_test(c, a_cut_takes_several);
	tcase_add_test(c, a_copy_holds_references);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
