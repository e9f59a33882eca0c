/* SPDX-License-Identifier: GPL-2.0-or-later */
/* COUNTED: a head and what it says follows, and peers that lie about it. */
#include <check.h>
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <string.h>

#include "guard.h"
#include "trip.h"

#define HEAD sizeof(struct fiemap)
#define EACH sizeof(struct fiemap_extent)

static struct trip t;

/* Of the program's descriptors 5 is the twin's 50, and 6 is this machine's. */
static int twin_of(void *ctx, int here)
{
	(void)ctx;
	return here == 5 ? 50 : here == 6 ? -EXDEV : -EBADF;
}

static void setup(void)
{
	trip_init(&t, "ioctl");
	t.mem.fd_in_struct = twin_of;
}

static void teardown(void)
{
	trip_done(&t);
}

static struct fiemap *map(uint32_t count, size_t room)
{
	struct fiemap *m = (void *)guard_alloc(HEAD + room * EACH);

	memset(m, 0, HEAD);
	m->fm_length = 7;
	m->fm_extent_count = count;
	return m;
}

static struct fiemap *native(void)
{
	return trip_at(&t, 2);
}

START_TEST(what_is_filled_comes)
{
	struct fiemap *m = map(3, 3);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(m))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), HEAD);
	ck_assert_uint_eq(native()->fm_extent_count, 3);
	ck_assert_uint_eq(native()->fm_length, 7);
	native()->fm_mapped_extents = 2;
	native()->fm_extents[1].fe_length = 99;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_uint_eq(m->fm_mapped_extents, 2);
	ck_assert_uint_eq(m->fm_extents[1].fe_length, 99);
	ck_assert(guard_untouched((void *)&m->fm_extents[2], EACH));
}
END_TEST

START_TEST(only_the_number_is_asked_for)
{
	struct fiemap *m = map(0, 0);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(m))), 0);
	native()->fm_mapped_extents = 500;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_uint_eq(m->fm_mapped_extents, 500);
}
END_TEST

/* The kernel gets less room, and the program's own count stays. */
START_TEST(more_than_travel)
{
	struct fiemap *m = map(1000000, 2000);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(m))), 0);
	ck_assert_uint_eq(native()->fm_extent_count, 1024);
	native()->fm_mapped_extents = 1024;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_uint_eq(m->fm_extent_count, 1000000);
	ck_assert_uint_eq(m->fm_mapped_extents, 1024);
	ck_assert(guard_untouched((void *)&m->fm_extents[1024], 976 * EACH));
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(map(UINT32_MAX, 0))), 0),
			 -EINVAL);
}
END_TEST

START_TEST(errors_bring_a_changed_head)
{
	struct fiemap *m = map(2, 2);

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(m))), 0);
	native()->fm_flags = 5;
	native()->fm_mapped_extents = 2;
	memset(native()->fm_extents, 7, 2 * EACH);
	ck_assert_int_eq(trip_back(&t, -EBADR), -EBADR);
	ck_assert_uint_eq(m->fm_flags, 5);
	ck_assert(guard_untouched((void *)m->fm_extents, 2 * EACH));
}
END_TEST

START_TEST(unreadable)
{
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(guard_alloc(HEAD - 1))), 0),
			 -EFAULT);
}
END_TEST

START_TEST(elements_that_go)
{
	size_t size = sizeof(struct file_dedupe_range) + 2 * 32;
	struct file_dedupe_range *r = (void *)guard_alloc(size);

	memset(r, 0, size);
	r->dest_count = 2;
	r->info[0].dest_fd = 5;
	r->info[1].dest_fd = 99; /* not open: the kernel says so of each */
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FIDEDUPERANGE, P(r))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), (int64_t)size);
	ck_assert_int_eq(((struct file_dedupe_range *)trip_at(&t, 2))->info[0].dest_fd, 50);
	ck_assert_int_eq((int)((struct file_dedupe_range *)trip_at(&t, 2))->info[1].dest_fd, -1);
	((struct file_dedupe_range *)trip_at(&t, 2))->info[1].status = -EBADF;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(r->info[0].dest_fd, 5);
	ck_assert_int_eq(r->info[1].dest_fd, 99);
	ck_assert_int_eq(r->info[1].status, -EBADF);
	r->info[1].dest_fd = 6;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FIDEDUPERANGE, P(r))), 0);
	ck_assert_int_eq((int)((struct file_dedupe_range *)trip_at(&t, 2))->info[1].dest_fd, -1);
	((struct file_dedupe_range *)trip_at(&t, 2))->info[1].status = -EBADF;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(r->info[1].dest_fd, 6);
	ck_assert_int_eq(r->info[1].status, -EXDEV);
	r->dest_count = 128;
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FIDEDUPERANGE, P(r))), 0);
	ck_assert_int_eq(trip_in_len(&t, 2), 24);
	ck_assert_uint_eq(((struct file_dedupe_range *)trip_at(&t, 2))->dest_count, 128);
	ck_assert_int_eq(trip_back(&t, -ENOMEM), -ENOMEM);
}
END_TEST

START_TEST(a_descriptor_in_a_struct)
{
	struct file_clone_range *r = (void *)guard_alloc(sizeof(*r));

	*r = (struct file_clone_range){ 5, 1, 2, 3 };
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FICLONERANGE, P(r))), 0);
	ck_assert_int_eq(((struct file_clone_range *)trip_at(&t, 2))->src_fd, 50);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(r->src_fd, 5);
	r->src_fd = 6;
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, FICLONERANGE, P(r)), 0), -EXDEV);
}
END_TEST

static int place(uint64_t request, const void *head, size_t head_len, uint32_t size)
{
	uint8_t *blob = guard_alloc(size);

	memset(blob, 0, size);
	memcpy(blob, head, size < head_len ? size : head_len);
	rsx_arena_reset(&t.far_arena);
	return rsx_place(&t.far, rsx_syscall_variant(t.row, TRIP_ARGS(3, request, 1)),
			 TRIP_ARGS(3, request, 1), &size, 1, blob, size, &t.far_arena, t.native);
}

static int place_map(uint32_t count, uint32_t size)
{
	struct fiemap m = { .fm_extent_count = count };

	return place(FS_IOC_FIEMAP, &m, sizeof(m), size);
}

static int place_dedupe(uint16_t count, uint32_t size)
{
	struct file_dedupe_range r = { .dest_count = count };

	return place(FIDEDUPERANGE, &r, sizeof(r), size);
}

START_TEST(hostile_tracer)
{
	ck_assert_int_eq(place_map(3, HEAD), 0);
	ck_assert_int_eq(place_map(3, HEAD - 1), -EBADMSG);
	ck_assert_int_eq(place_map(3, HEAD + EACH), -EBADMSG);
	ck_assert_int_eq(place_map(0, 0), -EBADMSG);
	ck_assert_int_eq(place_map(1024, HEAD), 0);
	ck_assert_int_eq(place_map(1025, HEAD), -EBADMSG);
	ck_assert_int_eq(place_map(UINT32_MAX, HEAD), -EBADMSG);
	ck_assert_int_eq(place_dedupe(2, 24 + 64), 0);
	ck_assert_int_eq(place_dedupe(2, 24 + 32), -EBADMSG);
	ck_assert_int_eq(place_dedupe(0, 24), 0);
	ck_assert_int_eq(place_dedupe(128, 24 + 128 * 32), -EBADMSG);
	ck_assert_int_eq(place_dedupe(128, 24), 0);
	ck_assert_int_eq(place_dedupe(129, 24), -EBADMSG);
	ck_assert_int_eq(place_dedupe(UINT16_MAX, 24), -EBADMSG);
}
END_TEST

START_TEST(hostile_server)
{
	struct fiemap *m = map(1, 1);
	struct rsx_blob *b;

	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, FS_IOC_FIEMAP, P(m))), 0);
	b = rsx_frame_blob(&t.near, 2);
	t.near.ret = 0;
	for (int i = 0; i < 2; i++) {
		b->out_len = (uint32_t)(i ? HEAD + EACH + 1 : HEAD - 1);
		b->out = guard_alloc(b->out_len);
		ck_assert_int_eq(rsx_commit(&t.near, &t.mem, &t.near_arena), -EIO);
	}
	ck_assert(guard_untouched((void *)m->fm_extents, EACH));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("counted");
	TCase *tc = tcase_create("counted");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_filled_comes);
	tcase_add_test(tc, only_the_number_is_asked_for);
	tcase_add_test(tc, more_than_travel);
	tcase_add_test(tc, errors_bring_a_changed_head);
	tcase_add_test(tc, unreadable);
	tcase_add_test(tc, elements_that_go);
	tcase_add_test(tc, a_descriptor_in_a_struct);
	tcase_add_test(tc, hostile_tracer);
	tcase_add_test(tc, hostile_server);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
