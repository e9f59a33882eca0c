/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SOCKADDR and SOCKLEN: addresses in and out, lengths that are values and
 * results, room that is too small, negative or enormous.
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"

static struct trip t;
static uint8_t address[128]; /* as large as they get */

static void setup(void)
{
	trip_init(&t, "getsockname");
	for (unsigned i = 0; i < sizeof(address); i++)
		address[i] = (uint8_t)(i + 1);
}

static void teardown(void)
{
	trip_done(&t);
}

static int32_t *length(int32_t v)
{
	return guard_copy(&v, sizeof(v));
}

/* The kernel has an address of `len` bytes: accept(2), getsockname(2). */
static void kernel_says(unsigned addr, unsigned addrlen, int32_t len)
{
	int32_t *room = trip_at(&t, addrlen);

	memcpy(trip_at(&t, addr), address, (size_t)(len < *room ? len : *room));
	*room = len;
}

START_TEST(address_goes_in)
{
	static const size_t sizes[] = { 0, 2, 16, 28, 110, 128 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		trip_row(&t, "connect");
		ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_copy(address, sizes[i])),
						sizes[i])), 0);
		ck_assert_mem_eq(trip_at(&t, 1), address, sizes[i]);
		ck_assert_uint_eq(t.native[2], sizes[i]);
	}
}
END_TEST

START_TEST(address_that_is_too_long_is_einval)
{
	char *p = guard_alloc(200);

	trip_row(&t, "bind");
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(p), 129), 0), -EINVAL);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(p), (uint64_t)-1), 0), -EINVAL);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(guard_alloc(15)), 16), 0), -EFAULT);
}
END_TEST

START_TEST(sendto_has_bytes_and_an_address)
{
	trip_row(&t, "sendto");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("hello")), 5, 0x4000,
					P(guard_copy(address, 16)), 16)), 0);
	ck_assert_mem_eq(trip_at(&t, 1), "hello", 5);
	ck_assert_mem_eq(trip_at(&t, 4), address, 16);
	ck_assert_int_eq(trip_back(&t, 5), 5);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("hello")), 5, 0, 0, 0)), 0);
	ck_assert_uint_eq(t.native[4], 0);
}
END_TEST

START_TEST(address_comes_back)
{
	uint8_t *p = guard_alloc(128);
	int32_t *len = length(128);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), P(len))), 0);
	ck_assert_int_eq(*(int32_t *)trip_at(&t, 2), 128);
	kernel_says(1, 2, 28);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(*len, 28);
	ck_assert_mem_eq(p, address, 28);
	ck_assert(guard_untouched(p + 28, 100));
}
END_TEST

/* Room for 8: the ninth byte is not touched, and the length says what it was. */
START_TEST(address_that_does_not_fit_is_cut)
{
	uint8_t *p = guard_alloc(8), *wide = guard_alloc(20);
	int32_t *len = length(8);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), P(len))), 0);
	kernel_says(1, 2, 110);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(*len, 110);
	ck_assert_mem_eq(p, address, 8);

	*len = 8;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(wide), P(len))), 0);
	kernel_says(1, 2, 110);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_mem_eq(wide, address, 8);
	ck_assert(guard_untouched(wide + 8, 12));
}
END_TEST

START_TEST(no_room_at_all)
{
	int32_t *len = length(0);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_unmapped()), P(len))), 0);
	kernel_says(1, 2, 16);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(*len, 16);
}
END_TEST

START_TEST(negative_room_is_for_the_kernel)
{
	uint8_t *p = guard_alloc(8);
	int32_t *len = length(-1);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), P(len))), 0);
	ck_assert_int_eq(*(int32_t *)trip_at(&t, 2), -1);
	ck_assert_uint_eq(rsx_frame_blob(&t.far, 1)->cap, 0);
	ck_assert_int_eq(trip_back(&t, -EINVAL), -EINVAL);
	ck_assert_int_eq(*len, -1);
	ck_assert(guard_untouched(p, 8));
}
END_TEST

/* Nobody has an address that long: less is as good. */
START_TEST(enormous_room_is_cut)
{
	uint8_t *p = guard_alloc(128), *buf = guard_alloc(16);
	int32_t *len = length(INT32_MAX);

	trip_row(&t, "recvfrom");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(buf), UINT64_MAX, 0, P(p), P(len))), 0);
	ck_assert_uint_eq(t.native[2], RSX_MAX_PIECE);
	ck_assert_int_eq(*(int32_t *)trip_at(&t, 5), RSX_MAX_SOCKLEN);
	memcpy(trip_at(&t, 1), "datagram", 8);
	kernel_says(4, 5, 16);
	ck_assert_int_eq(trip_back(&t, 8), 8);
	ck_assert_int_eq(*len, 16);
	ck_assert_mem_eq(buf, "datagram", 8);
	ck_assert_mem_eq(p, address, 16);
	ck_assert(guard_untouched(p + 16, 112));
}
END_TEST

START_TEST(address_is_not_wanted)
{
	int32_t *len = length(16);

	trip_row(&t, "accept");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 0)), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(trip_back(&t, 7), 7);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, P(len))), 0);
	ck_assert_uint_eq(t.native[1], 0);
	ck_assert_int_eq(trip_back(&t, 7), 7);
	ck_assert_int_eq(*len, 16);

	/* an address without its length: EFAULT, says the kernel */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_alloc(16)), 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_uint_eq(rsx_frame_blob(&t.far, 1)->cap, 0);
}
END_TEST

START_TEST(memory_that_is_not_there_is_efault)
{
	uint8_t *p = guard_alloc(10);

	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(p), P(guard_unmapped())), 0), -EFAULT);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(p), P(guard_alloc(3))), 0), -EFAULT);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), P(length(16)))), 0);
	kernel_says(1, 2, 16);
	ck_assert_int_eq(trip_back(&t, 0), -EFAULT);
}
END_TEST

/* A count of bytes is the data's, never half an address's. */
START_TEST(half_an_address_is_no_result)
{
	uint8_t *p = guard_alloc(5), *buf = guard_alloc(100);

	trip_row(&t, "recvfrom");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(buf), 100, 0, P(p), P(length(16)))), 0);
	memset(trip_at(&t, 1), 'x', 50);
	kernel_says(4, 5, 16);
	ck_assert_int_eq(trip_back(&t, 50), -EFAULT);
}
END_TEST

START_TEST(options_have_a_length_too)
{
	uint32_t *value = guard_alloc(8);
	int32_t *len = length(8);

	trip_row(&t, "getsockopt");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 1, 4, P(value), P(len))), 0);
	*(uint32_t *)trip_at(&t, 3) = 111;
	*(int32_t *)trip_at(&t, 4) = 4;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_uint_eq(value[0], 111);
	ck_assert(guard_untouched(value + 1, 4));
	ck_assert_int_eq(*len, 4);
}
END_TEST

/* The length is read once: another thread may change it. */
START_TEST(length_is_read_once)
{
	uint8_t *p = guard_alloc(8);
	int32_t *len = length(8);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(p), P(len))), 0);
	*len = 1000;
	kernel_says(1, 2, 110);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_mem_eq(p, address, 8);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sockets");
	TCase *tc = tcase_create("addresses");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, address_goes_in);
	tcase_add_test(tc, address_that_is_too_long_is_einval);
	tcase_add_test(tc, sendto_has_bytes_and_an_address);
	tcase_add_test(tc, address_comes_back);
	tcase_add_test(tc, address_that_does_not_fit_is_cut);
	tcase_add_test(tc, no_room_at_all);
	tcase_add_test(tc, negative_room_is_for_the_kernel);
	tcase_add_test(tc, enormous_room_is_cut);
	tcase_add_test(tc, address_is_not_wanted);
	tcase_add_test(tc, memory_that_is_not_there_is_efault);
	tcase_add_test(tc, half_an_address_is_no_result);
	tcase_add_test(tc, options_have_a_length_too);
	tcase_add_test(tc, length_is_read_once);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
