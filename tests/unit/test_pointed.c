/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POINTED: a struct, the pointer in it and what is there, and peers that lie about it. */
#include <check.h>
#include <errno.h>
#include <linux/blkpg.h>
#include <linux/ethtool.h>
#include <linux/fs.h>
#include <linux/sockios.h>
#include <linux/wireless.h>
#include <net/route.h>
#include <string.h>

#include "guard.h"
#include "trip.h"

#define IFREQ 40
#define DATA_AT 16

static struct trip t;

static void setup(void)
{
	trip_init(&t, "ioctl");
}

static void teardown(void)
{
	trip_done(&t);
}

/* A struct ifreq with this ifr_data. */
static uint8_t *ifreq(const void *data)
{
	uint8_t *r = guard_alloc(IFREQ);
	uint64_t at = P(data);

	memset(r, 0, IFREQ);
	strcpy((char *)r, "eth0");
	memcpy(r + DATA_AT, &at, sizeof(at));
	return r;
}

static void *there(void)
{
	uint64_t at;

	memcpy(&at, (uint8_t *)trip_at(&t, 2) + DATA_AT, sizeof(at));
	return (void *)(uintptr_t)at;
}

START_TEST(by_command)
{
	struct ethtool_value *v = (void *)guard_alloc(sizeof(*v)), *got;
	uint8_t *r = ifreq(v), before[IFREQ];

	memcpy(before, r, IFREQ);
	*v = (struct ethtool_value){ ETHTOOL_GLINK, 0 };
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(r))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), IFREQ + (int)sizeof(*v));
	ck_assert_str_eq((char *)trip_at(&t, 2), "eth0");
	got = there();
	ck_assert_ptr_ne(got, v);
	ck_assert_uint_eq(got->cmd, ETHTOOL_GLINK);
	got->data = 7;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_uint_eq(v->data, 7);
	ck_assert(!memcmp(before, r, IFREQ));
	v->cmd = 0x7777;
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, SIOCETHTOOL, P(r)), 0), -EOPNOTSUPP);
}
END_TEST

START_TEST(by_command_and_count)
{
	size_t size = sizeof(struct ethtool_gstrings) + 3 * ETH_GSTRING_LEN;
	struct ethtool_gstrings *g = (void *)guard_alloc(size);
	struct ethtool_link_settings *l = (void *)guard_alloc(sizeof(*l) + 12);

	memset(g, 0, size);
	g->cmd = ETHTOOL_GSTRINGS;
	g->len = 3;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(g)))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), IFREQ + (int)size);
	strcpy((char *)((struct ethtool_gstrings *)there())->data + 64, "third");
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_str_eq((char *)g->data + 64, "third");
	g->len = UINT32_MAX;
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(g))), 0), -ENOMEM);
	memset(l, 0, sizeof(*l) + 12);
	l->cmd = ETHTOOL_GLINKSETTINGS;
	l->link_mode_masks_nwords = -3;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(l)))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), IFREQ + (int)sizeof(*l));
	l->link_mode_masks_nwords = 1;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(l)))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), IFREQ + (int)sizeof(*l) + 12);
}
END_TEST

/* The struct itself says how much, and is an output, too, but for the pointer. */
START_TEST(by_the_struct)
{
	struct iwreq *r = (void *)guard_alloc(sizeof(*r)), *got;
	char *name = (char *)guard_alloc(33);
	struct blkpg_ioctl_arg *b = (void *)guard_alloc(sizeof(*b));

	memset(r, 0, sizeof(*r));
	memset(name, 0, 33);
	r->u.essid.pointer = name;
	r->u.essid.length = 33;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCGIWESSID, P(r))), 0);
	got = trip_at(&t, 2);
	strcpy(got->u.essid.pointer, "net");
	got->u.essid.length = 3;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_str_eq(name, "net");
	ck_assert_uint_eq(r->u.essid.length, 3);
	ck_assert_ptr_eq(r->u.essid.pointer, name);
	*b = (struct blkpg_ioctl_arg){ BLKPG_DEL_PARTITION, 0, 9, guard_alloc(9) };
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, BLKPG, P(b))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), (int)sizeof(*b) + 9);
	b->datalen = 10;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, BLKPG, P(b))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), (int)sizeof(*b));
	ck_assert_uint_eq(P(((struct blkpg_ioctl_arg *)trip_at(&t, 2))->data),
			  rsx_bad_pointer(RSX_POINTER_UNMAPPED));
}
END_TEST

START_TEST(pointers_to_nothing)
{
	struct rtentry *r = (void *)guard_alloc(sizeof(*r));

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCADDRT, P(r))), 0);
	ck_assert_ptr_eq(((struct rtentry *)trip_at(&t, 2))->rt_dev, NULL);
	r->rt_dev = (char *)guard_alloc(14);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCADDRT, P(r))), 0);
	ck_assert_uint_eq(P(((struct rtentry *)trip_at(&t, 2))->rt_dev),
			  rsx_bad_pointer(RSX_POINTER_UNMAPPED));
	r->rt_dev = (char *)UINTPTR_MAX;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCADDRT, P(r))), 0);
	ck_assert_uint_eq(P(((struct rtentry *)trip_at(&t, 2))->rt_dev),
			  rsx_bad_pointer(RSX_POINTER_BEYOND));
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, SIOCADDRT, P(guard_alloc(119))), 0), -EFAULT);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(guard_alloc(3))))), 0);
	ck_assert_uint_eq(P(there()), rsx_bad_pointer(RSX_POINTER_UNMAPPED));
}
END_TEST

static int place(uint64_t request, uint64_t tag, const void *data, uint32_t data_len, uint32_t len)
{
	uint8_t *blob = guard_alloc(len);

	memset(blob, 0, len);
	if (len >= DATA_AT + sizeof(tag))
		memcpy(blob + DATA_AT, &tag, sizeof(tag));
	if (len >= IFREQ + data_len)
		memcpy(blob + IFREQ, data, data_len);
	rsx_arena_reset(&t.far_arena);
	return rsx_place(&t.far, rsx_syscall_variant(t.row, TRIP_ARGS(3, request, 1)),
			 TRIP_ARGS(3, request, 1), &len, 1, blob, len, &t.far_arena, t.native);
}

START_TEST(hostile_tracer)
{
	uint32_t glink[2] = { ETHTOOL_GLINK, 0 }, strings[3] = { ETHTOOL_GSTRINGS, 0, 2 };

	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, glink, 8, IFREQ + 8), 0);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, glink, 8, IFREQ + 9), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, glink, 7, IFREQ + 7), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, glink, 2, IFREQ + 2), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, glink, 0, IFREQ), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_NULL, glink, 8, IFREQ + 8), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_NULL, glink, 0, IFREQ), 0);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_NULL, glink, 0, IFREQ - 1), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_MAX, glink, 0, IFREQ), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, P(glink), glink, 8, IFREQ + 8), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, strings, 12, IFREQ + 12 + 64), 0);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, strings, 12, IFREQ + 12 + 32), -EBADMSG);
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, strings, 11, IFREQ + 11), -EBADMSG);
	strings[2] = 1u << 27;
	ck_assert_int_eq(place(SIOCETHTOOL, RSX_POINTER_BLOB, strings, 12, IFREQ + 12), -EBADMSG);
}
END_TEST

START_TEST(hostile_server)
{
	struct ethtool_value *v = (void *)guard_alloc(sizeof(*v));
	struct rsx_blob *b;

	*v = (struct ethtool_value){ ETHTOOL_GLINK, 5 };
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, SIOCETHTOOL, P(ifreq(v)))), 0);
	b = rsx_frame_blob(&t.near, 2);
	t.near.ret = 0;
	for (int i = 0; i < 2; i++) {
		b->out_len = (uint32_t)(i ? IFREQ + 9 : IFREQ);
		b->out = guard_alloc(b->out_len);
		ck_assert_int_eq(rsx_commit(&t.near, &t.mem, &t.near_arena), -EIO);
	}
	ck_assert_uint_eq(v->data, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pointed");
	TCase *tc = tcase_create("pointed");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, by_command);
	tcase_add_test(tc, by_command_and_count);
	tcase_add_test(tc, by_the_struct);
	tcase_add_test(tc, pointers_to_nothing);
	tcase_add_test(tc, hostile_tracer);
	tcase_add_test(tc, hostile_server);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
