/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LENPTR: a struct with a length and a pointer, and peers that lie about it. */
#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guard.h"
#include "trip.h"

#define HEAD 8u

static struct trip t;

static void setup(void)
{
	trip_init(&t, "ioctl");
}

static void teardown(void)
{
	trip_done(&t);
}

static struct ifconf *conf(int len, void *buf)
{
	struct ifconf c;

	memset(&c, 0, sizeof(c));
	c.ifc_len = len;
	c.ifc_buf = buf;
	return guard_copy(&c, sizeof(c));
}

static int out(const struct ifconf *c)
{
	return trip_out(&t, TRIP_ARGS(3, SIOCGIFCONF, P(c)));
}

static struct ifconf *native(void)
{
	return trip_at(&t, 2);
}

START_TEST(what_is_filled_comes)
{
	uint8_t *room = guard_alloc(100);
	struct ifconf *c = conf(100, room);

	ck_assert_int_eq(out(c), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), HEAD);
	ck_assert_int_eq(native()->ifc_len, 100);
	memset(native()->ifc_buf, 7, 80);
	native()->ifc_len = 80;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(c->ifc_len, 80);
	ck_assert_ptr_eq(c->ifc_buf, room);
	ck_assert_int_eq(room[0], 7);
	ck_assert_int_eq(room[79], 7);
	ck_assert(guard_untouched(room + 80, 20));
}
END_TEST

START_TEST(only_the_length_is_asked_for)
{
	struct ifconf *c = conf(100, NULL);

	ck_assert_int_eq(out(c), 0);
	ck_assert_ptr_null(native()->ifc_buf);
	native()->ifc_len = 4000;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(c->ifc_len, 4000);
	ck_assert_ptr_null(c->ifc_buf);
}
END_TEST

START_TEST(odd_lengths)
{
	static const int lengths[] = { 0, -1, INT32_MIN, INT32_MAX };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct ifconf *c = conf(lengths[i], guard_alloc(8));

		ck_assert_int_eq(out(c), 0);
		ck_assert_int_le(native()->ifc_len, (int)RSX_MAX_SMALL_BUF);
		native()->ifc_len = 0;
		ck_assert_int_eq(trip_back(&t, 0), 0);
		ck_assert_int_eq(c->ifc_len, 0);
	}
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, SIOCGIFCONF, P(guard_alloc(15))), 0),
			 -EFAULT);
}
END_TEST

START_TEST(errors_write_nothing)
{
	uint8_t *room = guard_alloc(40);
	struct ifconf *c = conf(40, room);

	ck_assert_int_eq(out(c), 0);
	memset(native()->ifc_buf, 7, 40);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
	ck_assert(guard_untouched(room, 40));
	ck_assert_int_eq(c->ifc_len, 40);
}
END_TEST

static int place(int32_t len, uint32_t has, uint32_t size)
{
	uint8_t *blob = guard_alloc(size);
	uint32_t head[2] = { (uint32_t)len, has };

	memcpy(blob, head, size < HEAD ? size : HEAD);
	rsx_arena_reset(&t.far_arena);
	return rsx_place(&t.far, rsx_syscall_variant(t.row, TRIP_ARGS(3, SIOCGIFCONF, 1)),
			 TRIP_ARGS(3, SIOCGIFCONF, 1), &size, 1, blob, size, &t.far_arena, t.native);
}

START_TEST(hostile_tracer)
{
	ck_assert_int_eq(place(40, 1, HEAD), 0);
	ck_assert_int_eq(place(40, 1, HEAD - 1), -EBADMSG);
	ck_assert_int_eq(place(40, 1, HEAD + 1), -EBADMSG);
	ck_assert_int_eq(place(40, 1, 0), -EBADMSG);
	ck_assert_int_eq(place(40, 2, HEAD), -EBADMSG);
	ck_assert_int_eq(place(RSX_MAX_SMALL_BUF, 1, HEAD), 0);
	ck_assert_int_eq(place(RSX_MAX_SMALL_BUF + 1, 1, HEAD), -EBADMSG);
	ck_assert_int_eq(place(INT32_MAX, 0, HEAD), -EBADMSG);
	ck_assert_int_eq(place(-1, 1, HEAD), 0);
}
END_TEST

START_TEST(hostile_server)
{
	uint8_t *room = guard_alloc(16);
	struct rsx_blob *b;

	ck_assert_int_eq(out(conf(16, room)), 0);
	b = rsx_frame_blob(&t.near, 2);
	b->out = guard_alloc(HEAD - 1);
	b->out_len = HEAD - 1;
	t.near.ret = 0;
	ck_assert_int_eq(rsx_commit(&t.near, &t.mem, &t.near_arena), -EIO);
	ck_assert(guard_untouched(room, 16));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lenptr");
	TCase *tc = tcase_create("lenptr");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_filled_comes);
	tcase_add_test(tc, only_the_length_is_asked_for);
	tcase_add_test(tc, odd_lengths);
	tcase_add_test(tc, errors_write_nothing);
	tcase_add_test(tc, hostile_tracer);
	tcase_add_test(tc, hostile_server);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
