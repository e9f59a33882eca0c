/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The length grammar: every operation, its overflow, and what a peer or a
 * program may have put where a length is expected.
 */
#include <check.h>
#include <string.h>

#include "guard.h"
#include "rsx/frame.h"

/* Kinds decide how many bits of an argument are the length. */
static const struct rsx_syscall row = {
	.name = "test",
	.nargs = 6,
	.arg = {
		{ .kind = RSX_KIND_SIZE }, { .kind = RSX_KIND_INT },
		{ .kind = RSX_KIND_UINT }, { .kind = RSX_KIND_BUF },
		{ .kind = RSX_KIND_BUF }, { .kind = RSX_KIND_LONG },
	},
};

static struct rsx_frame frame;

static void setup(void)
{
	frame = (struct rsx_frame){ .row = &row };
}

static void teardown(void)
{
	guard_free_all();
}

static uint64_t eval(enum rsx_len_op op, uint8_t arg, uint16_t size)
{
	return rsx_len_eval(&frame, &row.arg[3], (struct rsx_len){ (uint8_t)op, arg, size });
}

/* Argument `arg` points to these bytes, which end at an unmapped page. */
static struct rsx_blob *points_to(unsigned arg, const void *data, size_t len)
{
	struct rsx_blob *b = &frame.blob[frame.nblobs++];

	*b = (struct rsx_blob){ .arg = (uint8_t)arg, .in_len = (uint32_t)len,
				.in = guard_copy(data, len) };
	return b;
}

static void comes_back(struct rsx_blob *b, const void *data, size_t len)
{
	b->out = guard_copy(data, len);
	b->out_len = (uint32_t)len;
}

START_TEST(none_is_zero)
{
	ck_assert_uint_eq(eval(RSX_LEN_NONE, 3, 99), 0);
	ck_assert_uint_eq(eval((enum rsx_len_op)200, 3, 99), 0);
}
END_TEST

START_TEST(bytes_are_a_constant)
{
	ck_assert_uint_eq(eval(RSX_LEN_BYTES, 0, 0), 0);
	ck_assert_uint_eq(eval(RSX_LEN_BYTES, 0, 65535), 65535);
}
END_TEST

START_TEST(struct_is_the_layout_on_the_wire)
{
	const struct rsx_arg stat = { .kind = RSX_KIND_STRUCT, .layout = &rsx_layout_stat };
	const struct rsx_len len = { RSX_LEN_STRUCT, 0, 0 };

	ck_assert_uint_eq(rsx_len_eval(&frame, &stat, len), 128);
	ck_assert_uint_eq(eval(RSX_LEN_STRUCT, 0, 0), 0); /* none */
}
END_TEST

START_TEST(arg_is_the_argument)
{
	frame.args[0] = UINT64_MAX;
	ck_assert_uint_eq(eval(RSX_LEN_ARG, 0, 0), UINT64_MAX);
	frame.args[0] = 0;
	ck_assert_uint_eq(eval(RSX_LEN_ARG, 0, 0), 0);
	frame.args[5] = (uint64_t)-1; /* 64 bits, and not an int */
	ck_assert_uint_eq(eval(RSX_LEN_ARG, 5, 0), UINT64_MAX);
	frame.args[2] = 0xffffffff;
	ck_assert_uint_eq(eval(RSX_LEN_ARG, 2, 0), 0xffffffff);
}
END_TEST

/* The kernel refuses a negative int by itself and moves nothing. */
START_TEST(arg_that_is_a_negative_int_is_zero)
{
	static const struct {
		uint64_t value, len;
	} c[] = {
		{ 0, 0 }, { 5, 5 }, { 0x7fffffff, 0x7fffffff },
		{ (uint64_t)-1, 0 }, { 0xffffffff, 0 }, { 0x80000000, 0 },
		/* hostile: what the kernel sees are the low 32 bits */
		{ 0xffffffff00001000, 0x1000 }, { 0x100000000, 0 }, { 0x7fffffff80000000, 0 },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		frame.args[1] = c[i].value;
		ck_assert_uint_eq(eval(RSX_LEN_ARG, 1, 0), c[i].len);
		ck_assert_uint_eq(eval(RSX_LEN_ARG_X, 1, 4), 4 * c[i].len);
	}
}
END_TEST

START_TEST(arg_times_size_saturates)
{
	frame.args[0] = 7;
	ck_assert_uint_eq(eval(RSX_LEN_ARG_X, 0, 64), 448);
	frame.args[0] = UINT64_MAX / 4;
	ck_assert_uint_eq(eval(RSX_LEN_ARG_X, 0, 4), UINT64_MAX - 3);
	frame.args[0] = UINT64_MAX / 4 + 1;
	ck_assert_uint_eq(eval(RSX_LEN_ARG_X, 0, 4), UINT64_MAX);
	frame.args[0] = 0x4000000000000000;
	ck_assert_uint_eq(eval(RSX_LEN_ARG_X, 0, 4), UINT64_MAX);
}
END_TEST

START_TEST(at_is_an_int_in_memory)
{
	points_to(4, &(int32_t){ 28 }, 4);
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 28);
}
END_TEST

START_TEST(at_negative_short_or_missing_is_zero)
{
	struct rsx_blob *b;

	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 0); /* NULL */
	b = points_to(4, &(int32_t){ -1 }, 4);
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 0);
	b->in = guard_copy("\x10\0\0", 3);
	b->in_len = 3;
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 0);
	b->in = NULL;
	b->in_len = 0;
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 0);
}
END_TEST

/* At entry the length that went; at exit, .size set, the one that came. */
START_TEST(at_exit_is_the_length_that_came_back)
{
	struct rsx_blob *b = points_to(4, &(int32_t){ 8 }, 4);

	comes_back(b, &(int32_t){ 110 }, 4);
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 0), 8);
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 1), 110);
	comes_back(b, &(int32_t){ -5 }, 4);
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 1), 0);
	comes_back(b, "", 0); /* nothing came: an error */
	ck_assert_uint_eq(eval(RSX_LEN_AT, 4, 1), 8);
}
END_TEST

START_TEST(ret_is_the_result)
{
	frame.ret = 4096;
	ck_assert_uint_eq(eval(RSX_LEN_RET, 0, 0), 4096);
	ck_assert_uint_eq(eval(RSX_LEN_RET_X, 0, 4), 16384);
	frame.ret = -14;
	ck_assert_uint_eq(eval(RSX_LEN_RET, 0, 0), 0);
	ck_assert_uint_eq(eval(RSX_LEN_RET_X, 0, 4), 0);
	frame.ret = INT64_MAX;
	ck_assert_uint_eq(eval(RSX_LEN_RET, 0, 0), INT64_MAX);
	ck_assert_uint_eq(eval(RSX_LEN_RET_X, 0, 4), UINT64_MAX);
}
END_TEST

/* An fd_set is whole longs: select(2). */
START_TEST(bits_round_up_to_longs)
{
	static const struct {
		uint64_t bits, bytes;
	} c[] = {
		{ 0, 0 }, { 1, 8 }, { 63, 8 }, { 64, 8 }, { 65, 16 }, { 1024, 128 }, { 1025, 136 },
		{ UINT64_MAX, 0x2000000000000000 }, { UINT64_MAX - 63, 0x1ffffffffffffff8 },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		frame.args[0] = c[i].bits;
		ck_assert_uint_eq(eval(RSX_LEN_BITS, 0, 0), c[i].bytes);
	}
	frame.args[1] = (uint64_t)-1;
	ck_assert_uint_eq(eval(RSX_LEN_BITS, 1, 0), 0);
}
END_TEST

START_TEST(field_is_32_bits_of_a_struct)
{
	const int32_t fields[3] = { 1, 20, -1 };

	points_to(3, fields, sizeof(fields));
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 3, 0), 1);
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 3, 4), 20);
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 3, 8), 0);  /* negative */
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 3, 9), 0);  /* half outside */
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 3, 65535), 0);
	ck_assert_uint_eq(eval(RSX_LEN_FIELD, 4, 0), 0);  /* NULL */
}
END_TEST

START_TEST(blob_of_an_argument)
{
	points_to(1, "a", 1);
	points_to(4, "b", 1);
	ck_assert_ptr_eq(rsx_frame_blob(&frame, 1), &frame.blob[0]);
	ck_assert_ptr_eq(rsx_frame_blob(&frame, 4), &frame.blob[1]);
	ck_assert_ptr_null(rsx_frame_blob(&frame, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine");
	TCase *tc = tcase_create("lengths");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, none_is_zero);
	tcase_add_test(tc, bytes_are_a_constant);
	tcase_add_test(tc, struct_is_the_layout_on_the_wire);
	tcase_add_test(tc, arg_is_the_argument);
	tcase_add_test(tc, arg_that_is_a_negative_int_is_zero);
	tcase_add_test(tc, arg_times_size_saturates);
	tcase_add_test(tc, at_is_an_int_in_memory);
	tcase_add_test(tc, at_negative_short_or_missing_is_zero);
	tcase_add_test(tc, at_exit_is_the_length_that_came_back);
	tcase_add_test(tc, ret_is_the_result);
	tcase_add_test(tc, bits_round_up_to_longs);
	tcase_add_test(tc, field_is_32_bits_of_a_struct);
	tcase_add_test(tc, blob_of_an_argument);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
