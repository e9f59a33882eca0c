/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames from a peer that is broken or hostile: whatever does not fit its row
 * is -EBADMSG, and what passes never lets the kernel read or write outside.
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "guard.h"
#include "rsx/frame.h"
#include "rsx/limits.h"

#define MIB ((uint32_t)RSX_MAX_PIECE)

static struct rsx_arena arena;
static struct rsx_frame frame;
static uint64_t native[RSX_MAX_ARGS];

static void setup(void)
{
	rsx_arena_init(&arena, 8u << 20);
}

static void teardown(void)
{
	rsx_arena_done(&arena);
	ck_assert(guard_fronts_intact());
	guard_free_all();
}

static int place(const char *call, const uint64_t args[RSX_MAX_ARGS], size_t n_in,
		 const uint32_t *in_len, const void *payload, size_t len)
{
	const struct rsx_syscall *row = rsx_syscall_by_name(call);

	ck_assert_ptr_nonnull(row);
	row = rsx_syscall_variant(row, args);
	ck_assert_ptr_nonnull(row);
	rsx_arena_reset(&arena);
	return rsx_place(&frame, row, args, guard_copy(in_len, n_in * sizeof(*in_len)), n_in,
			 guard_copy(payload, len), len, &arena, native);
}

#define ARGS(...) ((const uint64_t[RSX_MAX_ARGS]){ __VA_ARGS__ })
#define LENS(...) ((const uint32_t[]){ __VA_ARGS__ })

/* A frame of one row: arguments, the lengths it lists, the bytes it brings. */
struct sample {
	const char *call;
	uint64_t args[RSX_MAX_ARGS];
	size_t n_in;
	uint32_t in_len[RSX_MAX_BLOBS];
	size_t payload;
};

static int place_sample(const struct sample *s, const void *payload)
{
	return place(s->call, s->args, s->n_in, s->in_len, payload, s->payload);
}

static uint8_t zeros[2 * RSX_MAX_PIECE];

/* Zeros are good bytes for all but strings. */
static const struct sample good[] = {
	{ "read", { 3, 1, 100 }, 1, { 0 }, 0 },
	{ "read", { 3, 1, MIB }, 1, { 0 }, 0 },
	{ "read", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "read", { 3, 0, 100 }, 0, { 0 }, 0 },
	{ "write", { 3, 1, 10 }, 1, { 10 }, 10 },
	{ "write", { 3, 1, MIB }, 1, { MIB }, MIB },
	{ "write", { 3, 1, 0 }, 1, { 0 }, 0 },
	/* the end of what is written could not be read */
	{ "write", { 3, 1, 10 }, 1, { 9 }, 9 },
	{ "pwrite64", { 3, 1, MIB, 0 }, 1, { 0 }, 0 },
	{ "readv", { 3, 1, 1 }, 1, { 4 }, 4 },
	{ "readv", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "writev", { 3, 1, 1 }, 1, { 10 }, 10 },
	{ "writev", { 3, 1, 1 }, 1, { 0 }, 0 },
	{ "writev", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "fstat", { 3, 1 }, 1, { 0 }, 0 },
	{ "sendfile", { 3, 4, 1, 100 }, 1, { 8 }, 8 },
	{ "getsockname", { 3, 1, 1 }, 2, { 0, 4 }, 4 },
	{ "getgroups", { 100, 1 }, 1, { 0 }, 0 },
	{ "setgroups", { 2, 1 }, 1, { 8 }, 8 },
	{ "setgroups", { (uint64_t)-1, 1 }, 1, { 0 }, 0 },
	{ "getdents64", { 3, 1, 4096 }, 1, { 0 }, 0 },
	{ "bind", { 3, 1, 16 }, 1, { 16 }, 16 },
	{ "sendmsg", { 3, 1, 0 }, 1, { 20 }, 20 },
	{ "recvmsg", { 3, 1, 0 }, 1, { 20 }, 20 },
	{ "recvmsg", { 3, 0, 0 }, 0, { 0 }, 0 },
	{ "lseek", { 3, 4, 5 }, 0, { 0 }, 0 },
	/* pointers that are bad over there, too */
	{ "read", { 3, 2, 100 }, 0, { 0 }, 0 },
	{ "write", { 3, 3, MIB * 4ull }, 0, { 0 }, 0 },
	{ "writev", { 3, 3, 1 }, 0, { 0 }, 0 },
	{ "getsockname", { 3, 1, 2 }, 1, { 0 }, 0 },
	/* with MSG_TRUNC a buffer to receive brings its old bytes */
	{ "recvfrom", { 3, 1, 10, 0x20, 0, 0 }, 1, { 10 }, 10 },
	{ "recvmsg", { 3, 1, 0x20 }, 1, { 20 }, 20 },
};

static const struct sample bad[] = {
	/* pointers are there or not */
	{ "read", { 3, 4, 100 }, 0, { 0 }, 0 },
	{ "write", { 3, 2, 10 }, 1, { 10 }, 10 },
	{ "writev", { 3, 1, MIB + 2ull }, 1, { 0 }, 0 },
	{ "readv", { 3, 1, 2 }, 1, { 4 }, 4 },
	{ "read", { 3, 2, 100 }, 1, { 0 }, 0 },
	{ "read", { 3, 0x7fff00001000, 100 }, 1, { 0 }, 0 },
	{ "getresuid", { 1, UINT64_MAX, 1 }, 3, { 0 }, 0 },
	/* one length per pointer that is there */
	{ "read", { 3, 1, 100 }, 0, { 0 }, 0 },
	{ "read", { 3, 1, 100 }, 2, { 0 }, 0 },
	{ "read", { 3, 0, 100 }, 1, { 0 }, 0 },
	{ "lseek", { 3, 4, 5 }, 1, { 0 }, 0 },
	{ "write", { 3, 1, 10 }, 8, { 10 }, 10 },
	{ "getsockname", { 3, 1, 1 }, 1, { 4 }, 4 },
	/* lengths and bytes agree */
	{ "write", { 3, 1, 10 }, 1, { 10 }, 9 },
	{ "write", { 3, 1, 10 }, 1, { 10 }, 11 },
	{ "write", { 3, 1, 10 }, 1, { 10 }, 0 },
	{ "lseek", { 3, 4, 5 }, 0, { 0 }, 1 },
	{ "read", { 3, 1, 100 }, 1, { 0 }, 1 },
	{ "write", { 3, 1, UINT32_MAX }, 1, { UINT32_MAX }, 10 },
	{ "getsockname", { 3, 1, 1 }, 2, { UINT32_MAX, 5 }, 4 },
	/* BUF is as long as its row says */
	{ "setsockopt", { 3, 1, 2, 1, 4 }, 1, { 3 }, 3 },
	{ "write", { 3, 1, 9 }, 1, { 10 }, 10 },
	{ "write", { 3, 1, MIB + 1 }, 1, { MIB + 1 }, MIB + 1 },
	{ "write", { 3, 1, UINT64_MAX }, 1, { 0 }, 0 },
	{ "read", { 3, 1, MIB + 1 }, 1, { 0 }, 0 },
	{ "read", { 3, 1, UINT64_MAX }, 1, { 0 }, 0 },
	{ "read", { 3, 1, 1ull << 32 }, 1, { 0 }, 0 },
	{ "read", { 3, 1, 4 }, 1, { 4 }, 4 },
	{ "setgroups", { 2, 1 }, 1, { 2 }, 2 },
	{ "setgroups", { 0x40000000, 1 }, 1, { 0 }, 0 },
	{ "setgroups", { (uint64_t)-1, 1 }, 1, { 4 }, 4 },
	{ "getgroups", { MIB / 4 + 1, 1 }, 1, { 0 }, 0 },
	{ "getdents64", { 3, 1, 1ull << 32 }, 1, { 0 }, 0 },
	/* a negative int would be no length, its low half is one */
	{ "setsockopt", { 3, 1, 2, 1, 0xffffffff00001000 }, 1, { 0 }, 0 },
	/* STRUCT */
	{ "fstat", { 3, 1 }, 1, { 128 }, 128 },
	{ "sendfile", { 3, 4, 1, 100 }, 1, { 0 }, 0 },
	{ "sendfile", { 3, 4, 1, 100 }, 1, { 7 }, 7 },
	{ "sendfile", { 3, 4, 1, 100 }, 1, { 9 }, 9 },
	{ "fcntl", { 3, 6, 1 }, 1, { 31 }, 31 },
	/* IOVEC is flat; the room of an output is a word of its own */
	{ "readv", { 3, 1, 2 }, 1, { 4 }, 4 },
	{ "readv", { 3, 1, 1024 }, 1, { 4 }, 4 },
	{ "readv", { 3, 1, UINT64_MAX }, 1, { 4 }, 4 },
	{ "readv", { 3, 1, 1 }, 1, { 0 }, 0 },
	{ "readv", { 3, 1, 1 }, 1, { 3 }, 3 },
	{ "readv", { 3, 1, 1 }, 1, { 5 }, 5 },
	{ "readv", { 3, 1, 0 }, 1, { 4 }, 4 },
	{ "writev", { 3, 1, MIB }, 1, { 10 }, 10 },
	{ "writev", { 3, 1, UINT64_MAX }, 1, { 10 }, 10 },
	{ "writev", { 3, 1, 0 }, 1, { 10 }, 10 },
	{ "writev", { 3, 1, 1 }, 1, { MIB + 1 }, MIB + 1 },
	/* SOCKLEN */
	{ "getsockname", { 3, 1, 1 }, 2, { 0, 3 }, 3 },
	{ "getsockname", { 3, 1, 1 }, 2, { 0, 5 }, 5 },
	{ "getsockname", { 3, 1, 1 }, 2, { 0, 0 }, 0 },
	{ "getsockname", { 3, 1, 1 }, 2, { 4, 4 }, 8 },
	{ "getsockname", { 3, 0, 1 }, 1, { 2 }, 2 },
	/* MSGHDR: a head of 20 bytes, and what it says: see test_msghdr.c */
	{ "sendmsg", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "sendmsg", { 3, 1, 0 }, 1, { 19 }, 19 },
	{ "sendmsg", { 3, 1, 0 }, 1, { 21 }, 21 },
	{ "recvmsg", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "recvmsg", { 3, 1, 0 }, 1, { 56 }, 56 },
	/* ... all of them, and only then */
	{ "recvfrom", { 3, 1, 10, 0x20, 0, 0 }, 1, { 9 }, 9 },
	{ "recvfrom", { 3, 1, 10, 0x20, 0, 0 }, 1, { 11 }, 11 },
	{ "recvfrom", { 3, 1, 10, 0x40, 0, 0 }, 1, { 10 }, 10 },
	{ "recvmsg", { 3, 1, 0x20 }, 1, { 21 }, 21 },
	/* strings of no bytes */
	{ "mkdirat", { 3, 1, 0 }, 1, { 0 }, 0 },
	{ "symlinkat", { 1, 3, 0 }, 1, { 0 }, 0 },
};

START_TEST(good_frames)
{
	const struct sample *s = &good[_i];

	ck_assert_msg(place_sample(s, zeros) == 0, "%s, sample %d", s->call, _i);
	for (unsigned i = 0; i < frame.row->nargs; i++)
		if (rsx_kind_is_pointer(frame.row->arg[i].kind))
			ck_assert_msg(!native[i] == !s->args[i], "%s, argument %u", s->call, i);
		else
			ck_assert_uint_eq(native[i], s->args[i]);
}
END_TEST

START_TEST(bad_frames)
{
	const struct sample *s = &bad[_i];
	int err = place_sample(s, zeros);

	ck_assert_msg(err == -EBADMSG, "%s, sample %d: %d", s->call, _i, err);
}
END_TEST

/* More arguments than the row has do not reach the kernel. */
START_TEST(surplus_arguments_are_dropped)
{
	ck_assert_int_eq(place("fsync", ARGS(3, 1, 2, 3, 4, 5), 0, LENS(0), "", 0), 0);
	for (unsigned i = 1; i < RSX_MAX_ARGS; i++)
		ck_assert_uint_eq(native[i], 0);
}
END_TEST

/* An address of the peer's is not one of ours. */
START_TEST(addresses_are_dropped)
{
	ck_assert_int_eq(place("ppoll", ARGS(0, 0, 0, 0x7fff12345678, 8), 0, LENS(0), "", 0), 0);
	ck_assert_uint_eq(native[3], 0);
	ck_assert_uint_eq(native[4], 8);
}
END_TEST

/* --- strings --- */

static int mkdirat_of(const void *bytes, size_t len)
{
	return place("mkdirat", ARGS(3, 1, 0), 1, LENS((uint32_t)len), bytes, len);
}

START_TEST(strings_end_with_their_only_nul)
{
	ck_assert_int_eq(mkdirat_of("abc", 4), 0);
	ck_assert_str_eq((char *)(uintptr_t)native[1], "abc");
	ck_assert_int_eq(mkdirat_of("", 1), 0);
	ck_assert_int_eq(mkdirat_of("abc", 3), -EBADMSG);
	ck_assert_int_eq(mkdirat_of("a\0c", 4), -EBADMSG);
	ck_assert_int_eq(mkdirat_of("\0\0", 2), -EBADMSG);
}
END_TEST

START_TEST(strings_have_a_maximum)
{
	static char s[RSX_MAX_SMALL_BUF + 1];

	memset(s, 'x', sizeof(s));
	s[RSX_MAX_PATH - 1] = '\0';
	ck_assert_int_eq(mkdirat_of(s, RSX_MAX_PATH), 0);
	s[RSX_MAX_PATH - 1] = 'x';
	s[RSX_MAX_PATH] = '\0';
	ck_assert_int_eq(mkdirat_of(s, RSX_MAX_PATH + 1), -EBADMSG);

	s[RSX_MAX_PATH] = 'x';
	s[RSX_MAX_SMALL_BUF] = '\0';
	ck_assert_int_eq(place("symlinkat", ARGS(1, 3, 0), 1, LENS(RSX_MAX_SMALL_BUF + 1), s,
			       RSX_MAX_SMALL_BUF + 1), -EBADMSG);
}
END_TEST

/* --- rooms --- */

static int readv_of(uint32_t room)
{
	return place("readv", ARGS(3, 1, 1), 1, LENS(4), &room, 4);
}

START_TEST(vector_room_is_bounded)
{
	const struct iovec *iov;

	ck_assert_int_eq(readv_of(MIB), 0);
	iov = (const struct iovec *)(uintptr_t)native[1];
	ck_assert_uint_eq(iov->iov_len, MIB);
	memset(iov->iov_base, 0xff, MIB);
	ck_assert_int_eq(readv_of(MIB + 1), -EBADMSG);
	ck_assert_int_eq(readv_of(UINT32_MAX), -EBADMSG);
}
END_TEST

static int recvfrom_of(uint64_t len, int32_t addrlen)
{
	return place("recvfrom", ARGS(3, 1, len, 0, 1, 1), 3, LENS(0, 0, 4), &addrlen, 4);
}

START_TEST(address_room_is_bounded)
{
	ck_assert_int_eq(recvfrom_of(MIB, RSX_MAX_SOCKLEN), 0);
	ck_assert_int_eq(recvfrom_of(10, INT32_MAX), -EBADMSG);
	ck_assert_int_eq(recvfrom_of(10, (int32_t)MIB + 1), -EBADMSG);
	ck_assert_int_eq(recvfrom_of(10, -1), 0);
	ck_assert_uint_eq(rsx_frame_blob(&frame, 4)->cap, 0);
}
END_TEST

/* A reply must fit into a frame, whatever the call brings. */
START_TEST(outputs_are_bounded_together)
{
	ck_assert_int_eq(recvfrom_of(MIB, 1000000), -EBADMSG);
	ck_assert_int_eq(recvfrom_of(MIB / 2, (int32_t)MIB / 2), 0);
}
END_TEST

static int openat2_of(uint64_t size, uint32_t in_len)
{
	static uint8_t bytes[2 + 8192] = "f";

	return place("openat2", ARGS(3, 1, 1, size), 2, LENS(2, in_len), bytes, 2 + in_len);
}

/* The kernel reads as much as `size` says: the blob must have it. */
START_TEST(struct_of_its_own_length_is_bounded)
{
	ck_assert_int_eq(openat2_of(24, 24), 0);
	ck_assert_int_eq(openat2_of(32, 32), 0);
	ck_assert_int_eq(openat2_of(4096, 4096), 0);
	ck_assert_int_eq(openat2_of(0, 0), -EBADMSG);
	ck_assert_int_eq(openat2_of(23, 23), -EBADMSG);
	ck_assert_int_eq(openat2_of(23, 24), -EBADMSG);
	ck_assert_int_eq(openat2_of(25, 24), -EBADMSG);
	ck_assert_int_eq(openat2_of(24, 32), -EBADMSG);
	ck_assert_int_eq(openat2_of(4097, 4097), -EBADMSG);
	ck_assert_int_eq(openat2_of(4096, 24), -EBADMSG);
	ck_assert_int_eq(openat2_of(UINT64_MAX, 24), -EBADMSG);
}
END_TEST

/* An int whose low half is a length is that length, with its bytes. */
START_TEST(lengths_are_what_the_kernel_sees)
{
	ck_assert_int_eq(place("setsockopt", ARGS(3, 1, 2, 1, 0xffffffff00000004), 1, LENS(4),
			       "abcd", 4), 0);
	ck_assert_mem_eq((void *)(uintptr_t)native[3], "abcd", 4);
	ck_assert_int_eq(place("readlinkat", ARGS(3, 0, 1, 0x8000000000001000), 1, LENS(0), "", 0), 0);
	ck_assert_uint_eq(rsx_frame_blob(&frame, 2)->cap, 0x1000);
}
END_TEST

START_TEST(no_memory_is_enomem)
{
	struct rsx_arena none;
	const uint32_t len = 0;

	rsx_arena_init(&none, 0);
	ck_assert_int_eq(rsx_place(&frame, rsx_syscall_by_name("read"), ARGS(3, 1, 100), &len, 1,
				   guard_unmapped(), 0, &none, native), -ENOMEM);
	rsx_arena_done(&none);
}
END_TEST

/* --- harvest --- */

/* Direct I/O: the data, and nothing else, moves to where memory is aligned. */
START_TEST(data_can_be_aligned)
{
	const uint32_t room = 512;
	const struct iovec *iov;

	ck_assert_int_eq(place("write", ARGS(3, 1, 5), 1, LENS(5), "hello", 5), 0);
	ck_assert(rsx_place_aligned(&frame, &arena, native));
	ck_assert_uint_eq(native[1] % RSX_DIRECT_ALIGN, 0);
	ck_assert_mem_eq((void *)(uintptr_t)native[1], "hello", 5);
	ck_assert(!rsx_place_aligned(&frame, &arena, native));

	ck_assert_int_eq(place("preadv", ARGS(3, 1, 1, 0), 1, LENS(4), &room, 4), 0);
	ck_assert(rsx_place_aligned(&frame, &arena, native));
	iov = (void *)(uintptr_t)native[1];
	ck_assert_uint_eq((uintptr_t)iov->iov_base % RSX_DIRECT_ALIGN, 0);
	ck_assert_uint_eq(iov->iov_len, room);
	ck_assert_ptr_eq(iov->iov_base, frame.blob[0].out);

	/* no row whose data goes in pieces */
	ck_assert_int_eq(place("mkdirat", ARGS(3, 1, 0), 1, LENS(2), "d", 2), 0);
	ck_assert(!rsx_place_aligned(&frame, &arena, native));
}
END_TEST

START_TEST(harvest_is_never_more_than_the_room)
{
	static const int64_t results[] = { 101, 1 << 20, INT64_MAX };

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		ck_assert_int_eq(place("read", ARGS(3, 1, 100), 1, LENS(0), "", 0), 0);
		frame.ret = results[i];
		rsx_harvest(&frame, &arena);
		ck_assert_uint_eq(frame.blob[0].out_len, 100);
	}
	ck_assert_int_eq(place("getgroups", ARGS(10, 1), 1, LENS(0), "", 0), 0);
	frame.ret = INT64_MAX;
	rsx_harvest(&frame, &arena);
	ck_assert_uint_eq(frame.blob[0].out_len, 40);
}
END_TEST

START_TEST(harvest_of_inputs_is_nothing)
{
	ck_assert_int_eq(place("write", ARGS(3, 1, 4), 1, LENS(4), "abcd", 4), 0);
	frame.ret = 4;
	rsx_harvest(&frame, &arena);
	ck_assert_uint_eq(frame.blob[0].out_len, 0);
}
END_TEST

/* Results from -4095 to -1 are errors; lseek may return less. */
START_TEST(harvest_knows_errors)
{
	ck_assert_int_eq(place("fstat", ARGS(3, 1), 1, LENS(0), "", 0), 0);
	frame.ret = -4095;
	rsx_harvest(&frame, &arena);
	ck_assert_uint_eq(frame.blob[0].out_len, 0);
	ck_assert_int_eq(place("fstat", ARGS(3, 1), 1, LENS(0), "", 0), 0);
	frame.ret = -4096;
	rsx_harvest(&frame, &arena);
	ck_assert_uint_eq(frame.blob[0].out_len, 128);
}
END_TEST

/* Every row that travels, with NULL for each pointer. */
START_TEST(every_row_with_nothing)
{
	const uint64_t args[RSX_MAX_ARGS] = { 0 };

	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		if (!rsx_syscall_on_wire(row) || row->nvariants)
			continue;
		rsx_arena_reset(&arena);
		ck_assert_msg(!rsx_place(&frame, row, args, NULL, 0, guard_unmapped(), 0, &arena,
					 native), "%s", row->name);
		frame.ret = 0;
		rsx_harvest(&frame, &arena);
		guard_free_all();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("place");
	TCase *tc = tcase_create("frames"), *out = tcase_create("harvest");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, good_frames, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, bad_frames, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, surplus_arguments_are_dropped);
	tcase_add_test(tc, addresses_are_dropped);
	tcase_add_test(tc, strings_end_with_their_only_nul);
	tcase_add_test(tc, strings_have_a_maximum);
	tcase_add_test(tc, vector_room_is_bounded);
	tcase_add_test(tc, address_room_is_bounded);
	tcase_add_test(tc, outputs_are_bounded_together);
	tcase_add_test(tc, struct_of_its_own_length_is_bounded);
	tcase_add_test(tc, lengths_are_what_the_kernel_sees);
	tcase_add_test(tc, no_memory_is_enomem);
	tcase_add_test(tc, data_can_be_aligned);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(out, setup, teardown);
	tcase_add_test(out, harvest_is_never_more_than_the_room);
	tcase_add_test(out, harvest_of_inputs_is_nothing);
	tcase_add_test(out, harvest_knows_errors);
	tcase_add_test(out, every_row_with_nothing);
	suite_add_tcase(suite, out);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
