/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STRUCT both ways: alike on both sides and converted, of a length of its
 * own, older forms of a call's times, process ids inside, outputs on error.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "rsx/limits.h"
#include "trip.h"

static struct trip t;

static void setup(void)
{
	trip_init(&t, "fstat");
}

static void teardown(void)
{
	trip_done(&t);
}

/* --- outputs --- */

/* Calls whose only output is one struct, and where it is. */
static const struct {
	const char *call;
	unsigned arg;
	size_t size;
	uint64_t args[RSX_MAX_ARGS];
} outputs[] = {
	{ "fstat", 1, sizeof(struct stat), { 3 } },
	{ "newfstatat", 2, sizeof(struct stat), { 3, 0, 0, 0x1000 } },
	{ "statx", 4, 256, { 3, 0, 0x1000, 0xfff } },
	{ "fstatfs", 1, 120, { 3 } },
	{ "uname", 0, 390, { 0 } },
	{ "sysinfo", 0, 112, { 0 } },
	{ "socketpair", 3, 8, { 1, 1, 0 } },
	{ "ioctl", 2, 8, { 3, TIOCGWINSZ } },
	{ "ioctl", 2, 36, { 3, TCGETS } },
	{ "ioctl", 2, 4, { 3, FIONREAD } },
	{ "fcntl", 2, 8, { 3, 1035 /* F_GET_RW_HINT */ } },
};

static void output_args(int i, void *p, uint64_t args[RSX_MAX_ARGS])
{
	memcpy(args, outputs[i].args, sizeof(outputs[i].args));
	args[outputs[i].arg] = P(p);
	trip_row(&t, outputs[i].call);
}

/* A struct as the kernel would fill it: a stat has padding that is always 0. */
static void fill(int i, uint8_t *p)
{
	static struct stat st;

	if (outputs[i].size == sizeof(st)) {
		if (!st.st_ino)
			ck_assert_int_eq(stat("/", &st), 0);
		memcpy(p, &st, sizeof(st));
		return;
	}
	for (size_t n = 0; n < outputs[i].size; n++)
		p[n] = (uint8_t)(n % 163 + 1);
}

START_TEST(output_arrives)
{
	uint8_t *p = guard_alloc(outputs[_i].size), want[512];
	uint64_t args[RSX_MAX_ARGS];

	output_args(_i, p, args);
	ck_assert_int_eq(trip_out(&t, args), 0);
	ck_assert_int_eq(trip_in_len(&t, outputs[_i].arg), 0);
	fill(_i, trip_at(&t, outputs[_i].arg));
	ck_assert_int_eq(trip_back(&t, 0), 0);
	fill(_i, want);
	ck_assert_mem_eq(p, want, outputs[_i].size);
}
END_TEST

START_TEST(output_of_an_error_is_not_written)
{
	uint8_t *p = guard_alloc(outputs[_i].size);
	uint64_t args[RSX_MAX_ARGS];

	output_args(_i, p, args);
	ck_assert_int_eq(trip_out(&t, args), 0);
	fill(_i, trip_at(&t, outputs[_i].arg));
	ck_assert_int_eq(trip_back(&t, -ENOENT), -ENOENT);
	ck_assert(guard_untouched(p, outputs[_i].size));
}
END_TEST

START_TEST(output_without_memory_is_efault)
{
	uint64_t args[RSX_MAX_ARGS];

	output_args(_i, guard_alloc(outputs[_i].size - 1), args);
	ck_assert_int_eq(trip_out(&t, args), 0);
	fill(_i, trip_at(&t, outputs[_i].arg));
	ck_assert_int_eq(trip_back(&t, 0), -EFAULT);

	args[outputs[_i].arg] = 0; /* the server's kernel says so */
	ck_assert_int_eq(trip_out(&t, args), 0);
	ck_assert_uint_eq(t.native[outputs[_i].arg], 0);
	ck_assert_int_eq(trip_back(&t, -EFAULT), -EFAULT);
}
END_TEST

START_TEST(three_outputs)
{
	uint32_t *p[3];

	for (unsigned i = 0; i < 3; i++)
		p[i] = guard_alloc(4);
	trip_row(&t, "getresuid");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p[0]), P(p[1]), P(p[2]))), 0);
	for (unsigned i = 0; i < 3; i++)
		*(uint32_t *)trip_at(&t, i) = 100 + i;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(*p[i], 100 + i);
}
END_TEST

/* The kernel need not fill all of it: what it leaves is 0, never old memory. */
START_TEST(output_has_no_old_memory)
{
	uint8_t *p = guard_alloc(256), zero[256] = { 0 };
	uint8_t *dirt;

	dirt = rsx_arena_alloc(&t.far_arena, 12000);
	memset(dirt, 0xee, 12000);
	trip_row(&t, "statx");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 0, 0, 0, P(p))), 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_mem_eq(p, zero, 256);
}
END_TEST

/* --- inputs --- */

START_TEST(input_arrives)
{
	int64_t times[4] = { 1, 2, 3, 0x3fffffff };

	trip_row(&t, "utimensat");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("f")),
					P(guard_copy(times, 32)), 0x100)), 0);
	ck_assert_mem_eq(trip_at(&t, 2), times, 32);
	ck_assert_uint_eq(t.native[3], 0x100);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(guard_string("f")), 0, 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(trip_capture(&t, TRIP_ARGS(3, P(guard_string("f")),
						    P(guard_alloc(31)), 0), 0), -EFAULT);
}
END_TEST

/* --- inputs and outputs --- */

START_TEST(two_offsets_go_and_come_back)
{
	uint64_t *in = guard_copy(&(uint64_t){ 4096 }, 8), *out = guard_copy(&(uint64_t){ 7 }, 8);

	trip_row(&t, "copy_file_range");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, P(in), 4, P(out), 100, 0)), 0);
	ck_assert_uint_eq(*(uint64_t *)trip_at(&t, 1), 4096);
	ck_assert_uint_eq(*(uint64_t *)trip_at(&t, 3), 7);
	*(uint64_t *)trip_at(&t, 1) += 50;
	*(uint64_t *)trip_at(&t, 3) += 50;
	ck_assert_int_eq(trip_back(&t, 50), 50);
	ck_assert_uint_eq(*in, 4146);
	ck_assert_uint_eq(*out, 57);
}
END_TEST

/* An input that the kernel also writes must be writable, and an error keeps it. */
START_TEST(inout_of_an_error_is_kept)
{
	uint64_t *off = guard_copy(&(uint64_t){ 9 }, 8);

	trip_row(&t, "sendfile");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, 4, P(off), 100)), 0);
	*(uint64_t *)trip_at(&t, 2) = 77;
	ck_assert_int_eq(trip_back(&t, -EAGAIN), -EAGAIN);
	ck_assert_uint_eq(*off, 9);
}
END_TEST

static int name_of(void *ctx, int there)
{
	(void)ctx;
	return there == 500 ? 42 : there;
}

/* F_GETLK: the lock's owner is a process over there. */
START_TEST(lock_owners_have_the_traced_pid)
{
	struct flock want = { .l_type = F_WRLCK, .l_len = 10 };
	struct flock *lock = guard_copy(&want, sizeof(want)), *far;

	t.mem.pid = name_of;
	trip_row(&t, "fcntl");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(3, F_GETLK, P(lock))), 0);
	far = trip_at(&t, 2);
	ck_assert_mem_eq(far, &want, sizeof(want));
	far->l_type = F_RDLCK;
	far->l_pid = 500;
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(lock->l_type, F_RDLCK);
	ck_assert_int_eq(lock->l_pid, rsx_layout_flock.pid_at ? 42 : 500);
}
END_TEST

/* capget(2): EINVAL comes with the version that the kernel would like. */
START_TEST(errdata_comes_with_an_error)
{
	uint32_t header[2] = { 0x1234, 0 }, *p = guard_copy(header, 8);

	trip_row(&t, "capget");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p), 0)), 0);
	ck_assert_mem_eq(trip_at(&t, 0), header, 8);
	*(uint32_t *)trip_at(&t, 0) = 0x20080522;
	ck_assert_int_eq(trip_back(&t, -EINVAL), -EINVAL);
	ck_assert_uint_eq(p[0], 0x20080522);
	ck_assert_uint_eq(p[1], 0);
}
END_TEST

/* capget(2), version 1: half of the data, and none of it if the call fails. */
START_TEST(a_version_says_how_long)
{
	uint32_t header[2] = { 0x19980330, 0 }, *p = guard_copy(header, 8);
	uint8_t want[12], *data = guard_copy("twelve bytes", 12);

	trip_row(&t, "capget");
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p), P(data))), 0);
	memset(trip_at(&t, 1), 7, 12);
	memset(want, 7, 12);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_mem_eq(data, want, 12);
	ck_assert_int_eq(trip_out(&t, TRIP_ARGS(P(p), P(data))), 0);
	memset(trip_at(&t, 1), 8, 12);
	ck_assert_int_eq(trip_back(&t, -EPERM), -EPERM);
	ck_assert_mem_eq(data, want, 12);
}
END_TEST

/* epoll_event is 12 bytes here and 16 on the wire. */
START_TEST(packed_structs_are_converted)
{
	static const struct rsx_syscall row = {
		.name = "test", .nr = { 1, 1 }, .nargs = 1,
		.arg = { { .kind = RSX_KIND_STRUCT, .dir = RSX_INOUT,
			   .layout = &rsx_layout_epoll_event, .cap = { RSX_LEN_STRUCT, 0, 0 } } },
	};
	uint16_t native = rsx_layout_epoll_event.native_size;
	uint64_t args[RSX_MAX_ARGS], placed[RSX_MAX_ARGS];
	uint8_t *event = guard_alloc(native), *far;
	const uint8_t want[4] = { 1, 2, 3, 4 };
	struct rsx_frame f = { 0 };
	uint32_t len;

	memcpy(event, want, 4);
	ck_assert_int_eq(rsx_capture(&t.near, &row, TRIP_ARGS(P(event)), 0, &t.mem,
				     &t.near_arena), 0);
	len = t.near.blob[0].in_len;
	ck_assert_uint_eq(len, 16);
	memcpy(args, t.near.args, sizeof(args));
	ck_assert_int_eq(rsx_place(&f, &row, args, &len, 1, guard_copy(t.near.blob[0].in, len), len,
				   &t.far_arena, placed), 0);
	far = (uint8_t *)(uintptr_t)placed[0];
	ck_assert_mem_eq(far, event, native);
	memset(far, 0x77, native);
	rsx_harvest(&f, &t.far_arena);
	ck_assert_uint_eq(f.blob[0].out_len, 16);
	t.near.blob[0].out = guard_copy(f.blob[0].out, 16);
	t.near.blob[0].out_len = 16;
	ck_assert_int_eq(rsx_commit(&t.near, &t.mem, &t.near_arena), 0);
	ck_assert_uint_eq(event[0], 0x77);
	ck_assert_uint_eq(event[native - 1], 0x77);
}
END_TEST

/* --- a struct that says its own length --- */

static int open_how(const void *how, uint64_t size)
{
	trip_row(&t, "openat2");
	return trip_out(&t, TRIP_ARGS(3, P(guard_string("f")), P(how), size));
}

START_TEST(open_how_is_converted)
{
	uint64_t how[3] = { O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 8 };

	ck_assert_int_eq(open_how(guard_copy(how, 24), 24), 0);
	ck_assert_mem_eq(trip_at(&t, 2), how, 24);
	ck_assert_uint_eq(t.native[3], 24);
	ck_assert_uint_eq(*(uint64_t *)rsx_frame_blob(&t.near, 2)->in, 040000 | 0100000 | 02000000);
}
END_TEST

/* What a later kernel added travels as it is. */
START_TEST(open_how_may_be_longer)
{
	static const size_t sizes[] = { 25, 32, 100, 4095, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *how = guard_alloc(sizes[i]);

		memset(how, 0, 24);
		ck_assert_int_eq(open_how(how, sizes[i]), 0);
		ck_assert_int_eq(trip_in_len(&t, 2), (int64_t)sizes[i]);
		ck_assert_mem_eq(trip_at(&t, 2), how, sizes[i]);
		ck_assert_uint_eq(t.native[3], sizes[i]);
	}
}
END_TEST

START_TEST(open_how_of_a_wrong_length)
{
	uint8_t *how = guard_alloc(5000);

	ck_assert_int_eq(open_how(how, 0), -EINVAL);
	ck_assert_int_eq(open_how(how, 23), -EINVAL);
	ck_assert_int_eq(open_how(how, 4097), -E2BIG);
	ck_assert_int_eq(open_how(how, UINT64_MAX), -E2BIG);
	ck_assert_int_eq(open_how(guard_alloc(23), 24), -EFAULT);
	ck_assert_int_eq(open_how(guard_alloc(24), 25), -EFAULT);
	ck_assert_int_eq(open_how(NULL, 24), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_uint_eq(t.native[3], 24);
}
END_TEST

/* --- older times --- */

/* A call as the program makes it, lowered as the tracer does. */
static int lowered(const char *call, const uint64_t made[RSX_MAX_ARGS])
{
	const struct rsx_syscall *row = rsx_syscall_by_name(call);
	uint64_t args[RSX_MAX_ARGS];

	ck_assert_ptr_nonnull(row);
	if (!row->lower)
		return -ENOSYS;
	trip_row(&t, rsx_syscall_lower(row, made, args)->name);
	t.near.times = row->lower->times;
	return trip_out(&t, args);
}

START_TEST(utime_is_whole_seconds)
{
	int64_t in[2] = { -5, 1700000000 }, want[4] = { -5, 0, 1700000000, 0 };

	ck_assert_int_eq(lowered("utime", TRIP_ARGS(P(guard_string("f")), P(guard_copy(in, 16)))), 0);
	ck_assert_int_eq((int32_t)t.native[0], AT_FDCWD);
	ck_assert_str_eq(trip_at(&t, 1), "f");
	ck_assert_mem_eq(trip_at(&t, 2), want, 32);
	ck_assert_uint_eq(t.native[3], 0);
	ck_assert_int_eq(trip_back(&t, 0), 0);
	ck_assert_int_eq(lowered("utime", TRIP_ARGS(P(guard_string("f")), P(guard_alloc(15)))),
			 -EFAULT);
}
END_TEST

START_TEST(utimes_is_microseconds)
{
	int64_t in[4] = { 1, 0, 2, 999999 }, want[4] = { 1, 0, 2, 999999000 };

	ck_assert_int_eq(lowered("utimes", TRIP_ARGS(P(guard_string("f")), P(guard_copy(in, 32)))), 0);
	ck_assert_mem_eq(trip_at(&t, 2), want, 32);
	ck_assert_int_eq(lowered("futimesat", TRIP_ARGS(7, P(guard_string("f")),
							P(guard_copy(in, 32)))), 0);
	ck_assert_uint_eq(t.native[0], 7);
	ck_assert_mem_eq(trip_at(&t, 2), want, 32);
	ck_assert_int_eq(lowered("utimes", TRIP_ARGS(P(guard_string("f")), P(guard_alloc(31)))),
			 -EFAULT);
}
END_TEST

START_TEST(utimes_out_of_range_is_einval)
{
	static const int64_t bad[] = { -1, 1000000, INT64_MAX, INT64_MIN, 0x3fffffff };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t first[4] = { 0, bad[i], 0, 0 }, second[4] = { 0, 0, 0, bad[i] };
		char *f = guard_string("f");

		ck_assert_int_eq(lowered("utimes", TRIP_ARGS(P(f), P(guard_copy(first, 32)))),
				 -EINVAL);
		ck_assert_int_eq(lowered("utimes", TRIP_ARGS(P(f), P(guard_copy(second, 32)))),
				 -EINVAL);
	}
}
END_TEST

START_TEST(no_times_stay_none)
{
	ck_assert_int_eq(lowered("utimes", TRIP_ARGS(P(guard_string("f")), 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
	ck_assert_int_eq(lowered("utime", TRIP_ARGS(P(guard_string("f")), 0)), 0);
	ck_assert_uint_eq(t.native[2], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("structs");
	TCase *out = tcase_create("outputs"), *in = tcase_create("inputs");
	TCase *how = tcase_create("of its own length"), *times = tcase_create("older times");
	const int n = sizeof(outputs) / sizeof(outputs[0]);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(out, setup, teardown);
	tcase_add_loop_test(out, output_arrives, 0, n);
	tcase_add_loop_test(out, output_of_an_error_is_not_written, 0, n);
	tcase_add_loop_test(out, output_without_memory_is_efault, 0, n);
	tcase_add_test(out, three_outputs);
	tcase_add_test(out, output_has_no_old_memory);
	suite_add_tcase(suite, out);
	tcase_add_checked_fixture(in, setup, teardown);
	tcase_add_test(in, input_arrives);
	tcase_add_test(in, two_offsets_go_and_come_back);
	tcase_add_test(in, inout_of_an_error_is_kept);
	tcase_add_test(in, lock_owners_have_the_traced_pid);
	tcase_add_test(in, errdata_comes_with_an_error);
	tcase_add_test(in, a_version_says_how_long);
	tcase_add_test(in, packed_structs_are_converted);
	suite_add_tcase(suite, in);
	tcase_add_checked_fixture(how, setup, teardown);
	tcase_add_test(how, open_how_is_converted);
	tcase_add_test(how, open_how_may_be_longer);
	tcase_add_test(how, open_how_of_a_wrong_length);
	suite_add_tcase(suite, how);
	tcase_add_checked_fixture(times, setup, teardown);
	tcase_add_test(times, utime_is_whole_seconds);
	tcase_add_test(times, utimes_is_microseconds);
	tcase_add_test(times, utimes_out_of_range_is_einval);
	tcase_add_test(times, no_times_stay_none);
	suite_add_tcase(suite, times);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
