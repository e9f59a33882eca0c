/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages: prefix, receiving in pieces of every size, packing and unpacking
 * calls and replies, and what a broken peer may send.
 */
#include <signal.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/abi.h"
#include "rsx/limits.h"
#include "rsx/syscall.h"
#include "rsx/wire.h"

static int pair[2];
static struct rsx_rx rx;
static struct rsx_arena arena;

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	rsx_rx_init(&rx, pair[0]);
	rsx_arena_init(&arena, 8u << 20);
}

static void teardown(void)
{
	rsx_rx_done(&rx);
	rsx_arena_done(&arena);
	close(pair[0]);
	close(pair[1]);
}

/* A message's bytes at the end of a readable region: one more read would crash. */
static uint8_t *at_page_end(const void *bytes, size_t len)
{
	size_t room = (len + 4095) / 4096 * 4096;
	uint8_t *p =
		mmap(NULL, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	mprotect(p + room, 4096, PROT_NONE);
	memcpy(p + room - len, bytes, len);
	return p + room - len;
}

static size_t make_ping(uint8_t *to, uint64_t value)
{
	Rsx__Ping ping = RSX__PING__INIT;
	struct rsx_msg_out out;

	ping.time_ns = value;
	ck_assert_int_eq(rsx_msg_pack(&out, RSX_MSG_PING, 5, 6, &ping.base, &arena), 0);
	ck_assert_uint_eq(out.niov, 1);
	memcpy(to, out.iov[0].iov_base, out.len);
	return out.len;
}

static void put(const void *bytes, size_t len)
{
	ck_assert_int_eq(send(pair[1], bytes, len, 0), (ssize_t)len);
}

START_TEST(prefix_survives)
{
	struct rsx_prefix in = { RSX_MSG_REPLY, 0x01020304, 0xfffefdfc, 77, RSX_MAX_PAYLOAD }, out;
	uint8_t bytes[RSX_PREFIX_SIZE];

	rsx_prefix_pack(bytes, &in);
	ck_assert_mem_eq(bytes, "RX\2\10\4\3\2\1\xfc\xfd\xfe\xff\x4d\0\0\0", 16);
	ck_assert_int_eq(rsx_prefix_unpack(&out, at_page_end(bytes, sizeof(bytes))), 0);
	ck_assert_mem_eq(&in, &out, sizeof(in));
}
END_TEST

START_TEST(prefix_is_checked)
{
	static const struct {
		unsigned at, value;
		int err;
	} bad[] = {
		{ 0, 'r', -EPROTO },
		{ 1, 'Y', -EPROTO },
		{ 2, RSX_WIRE_VERSION + 1, -EPROTONOSUPPORT },
		{ 3, 0, -EBADMSG },
		{ 3, RSX_MSG_MAX, -EBADMSG },
		{ 3, 255, -EBADMSG },
		{ 14, 2, -EBADMSG }, /* header of 128 KiB */
		{ 15, 255, -EBADMSG },
		{ 18, 0x20, -EBADMSG }, /* payload of 2 MiB */
		{ 19, 255, -EBADMSG },
	};
	struct rsx_prefix p = { RSX_MSG_PING, 1, 2, 0, 0 }, out;
	uint8_t bytes[RSX_PREFIX_SIZE];

	rsx_prefix_pack(bytes, &p);
	bytes[bad[_i].at] = (uint8_t)bad[_i].value;
	ck_assert_int_eq(rsx_prefix_unpack(&out, bytes), bad[_i].err);
}
END_TEST

START_TEST(rx_takes_any_cut)
{
	uint8_t bytes[256];
	size_t len = make_ping(bytes, 11);
	struct rsx_msg_in msg;

	len += make_ping(bytes + len, 12);
	for (size_t cut = 0; cut <= len; cut++) {
		unsigned seen = 0;

		put(bytes, cut);
		while (rsx_rx_next(&rx, MSG_DONTWAIT, &msg) == 1)
			seen++;
		put(bytes + cut, len - cut);
		while (rsx_rx_next(&rx, MSG_DONTWAIT, &msg) == 1) {
			Rsx__Ping *p = rsx_msg_unpack(&rsx__ping__descriptor, &msg, &arena);

			ck_assert_ptr_nonnull(p);
			ck_assert_uint_eq(msg.prefix.lane, 5);
			ck_assert_uint_eq(msg.prefix.call, 6);
			ck_assert(p->time_ns == 11 || p->time_ns == 12);
			seen++;
		}
		ck_assert_uint_eq(seen, 2);
	}
}
END_TEST

START_TEST(rx_knows_what_is_pending)
{
	uint8_t bytes[256];
	size_t one = make_ping(bytes, 1), len = one + make_ping(bytes + one, 2);
	struct rsx_msg_in msg;

	ck_assert(!rsx_rx_pending(&rx));
	put(bytes, len - 1);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	ck_assert(!rsx_rx_pending(&rx));
	put(bytes + len - 1, 1);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	ck_assert(!rsx_rx_pending(&rx));
	put(bytes, len);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	ck_assert(rsx_rx_pending(&rx));
}
END_TEST

START_TEST(rx_exact_leaves_the_rest)
{
	uint8_t bytes[256], rest[8];
	size_t len = make_ping(bytes, 1);
	struct rsx_msg_in msg;

	memcpy(bytes + len, "behind", 6);
	put(bytes, len + 6);
	rsx_rx_set_exact(&rx, true);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	ck_assert_int_eq(recv(pair[0], rest, sizeof(rest), MSG_DONTWAIT), 6);
	ck_assert_mem_eq(rest, "behind", 6);
}
END_TEST

START_TEST(rx_end_between_and_inside_messages)
{
	uint8_t bytes[256];
	size_t len = make_ping(bytes, 1);
	struct rsx_msg_in msg;

	put(bytes, len);
	if (_i)
		put(bytes, len - 1);
	shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), _i ? -ECONNRESET : 0);
}
END_TEST

START_TEST(rx_knows_strangers_by_few_bytes)
{
	struct rsx_msg_in msg;

	put(_i ? "RX\77" : "G", _i ? 3 : 1);
	ck_assert_int_eq(rsx_rx_next(&rx, MSG_DONTWAIT, &msg), _i ? -EPROTONOSUPPORT : -EPROTO);
}
END_TEST

START_TEST(rx_bounds_the_payload)
{
	struct rsx_prefix p = { .type = RSX_MSG_HELLO, .payload_len = 1 };
	uint8_t bytes[RSX_PREFIX_SIZE];
	struct rsx_msg_in msg;

	rx.max_payload = 0;
	rsx_prefix_pack(bytes, &p);
	put(bytes, sizeof(bytes));
	ck_assert_int_eq(rsx_rx_next(&rx, MSG_DONTWAIT, &msg), -EBADMSG);
}
END_TEST

START_TEST(rx_reads_pipes)
{
	uint8_t bytes[256];
	size_t len = make_ping(bytes, 3);
	struct rsx_msg_in msg;
	int p[2];

	ck_assert_int_eq(pipe2(p, O_NONBLOCK), 0);
	rx.fd = p[0];
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), -EAGAIN);
	ck_assert_int_eq(write(p[1], bytes, len), (ssize_t)len);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	close(p[1]);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 0);
	close(p[0]);
}
END_TEST

/* --- calls and replies --- */

static struct rsx_syscall row = { .name = "test", .nr = { 1, 2 }, .nargs = 2 };

static void fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 13 + (i >> 9));
}

static void *send_thread(void *arg)
{
	struct rsx_msg_out *out = arg;

	return (void *)(intptr_t)rsx_send(pair[1], out, 0, NULL);
}

/* A whole piece through a small socket buffer, then a small message in the same buffer. */
START_TEST(call_with_a_large_blob_travels)
{
	struct rsx_frame f = { .row = &row, .args = { 42, 1 }, .nblobs = 2 };
	struct rsx_msg_out out;
	struct rsx_msg_in msg;
	pthread_t thread;
	Rsx__Call *c;
	void *sent;

	f.blob[0].in_len = RSX_MAX_PIECE;
	f.blob[0].in = malloc(RSX_MAX_PIECE);
	fill(f.blob[0].in, RSX_MAX_PIECE);
	f.blob[1].in_len = 4;
	f.blob[1].in = (uint8_t *)"tail";
	ck_assert_int_eq(rsx_msg_pack_call(&out, RSX_MSG_CALL, 1, 9, &f, &arena), 0);
	ck_assert_uint_eq(out.niov, 3);
	pthread_create(&thread, NULL, send_thread, &out);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, &msg), 1);
	pthread_join(thread, &sent);
	ck_assert_ptr_null(sent);
	ck_assert_uint_eq(msg.prefix.payload_len, RSX_MAX_PIECE + 4);
	ck_assert_mem_eq(msg.payload, f.blob[0].in, RSX_MAX_PIECE);
	ck_assert_mem_eq(msg.payload + RSX_MAX_PIECE, "tail", 4);
	c = rsx_msg_unpack(&rsx__call__descriptor, &msg, &arena);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->nr, 2);
	ck_assert_uint_eq(c->n_args, 2);
	ck_assert_uint_eq(c->args[0], 42);
	ck_assert_uint_eq(c->n_blobs, 2);
	ck_assert_uint_eq(c->blobs[0], RSX_MAX_PIECE);
	free(f.blob[0].in);
}
END_TEST

START_TEST(call_beyond_the_maximum_is_not_packed)
{
	struct rsx_frame f = { .row = &row, .nblobs = 2 };
	struct rsx_msg_out out;

	f.blob[0].in_len = RSX_MAX_PAYLOAD;
	f.blob[1].in_len = 1;
	ck_assert_int_eq(rsx_msg_pack_call(&out, RSX_MSG_CALL, 1, 9, &f, &arena), -EMSGSIZE);
	f.blob[1].in_len = UINT32_MAX;
	ck_assert_int_eq(rsx_msg_pack_call(&out, RSX_MSG_CALL, 1, 9, &f, &arena), -EMSGSIZE);
}
END_TEST

/* Send what `from` produced and receive it. */
static void pass_reply(const struct rsx_frame *from, struct rsx_msg_in *msg)
{
	struct rsx_msg_out out;

	ck_assert_int_eq(rsx_msg_pack_reply(&out, 1, 9, from, &arena), 0);
	ck_assert_int_eq(rsx_send(pair[1], &out, 0, NULL), 0);
	ck_assert_int_eq(rsx_rx_next(&rx, 0, msg), 1);
	ck_assert_int_eq(msg->prefix.type, RSX_MSG_REPLY);
}

START_TEST(reply_fills_the_frame)
{
	struct rsx_frame there = { .row = &row, .ret = -5, .fd_mode = 0100644,
				   .raised = SIGXFSZ, .nblobs = 3 };
	struct rsx_frame here = { .row = &row, .nblobs = 3 };
	struct rsx_msg_in msg;

	there.blob[1].out_len = 3;
	there.blob[1].out = (uint8_t *)"abc";
	for (int i = 0; i < 3; i++)
		here.blob[i].cap = 3;
	pass_reply(&there, &msg);
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), 0);
	ck_assert_int_eq(here.ret, -5);
	ck_assert_uint_eq(here.fd_mode, 0100644);
	ck_assert_int_eq(here.raised, SIGXFSZ);
	ck_assert_uint_eq(here.blob[0].out_len, 0);
	ck_assert_uint_eq(here.blob[1].out_len, 3);
	ck_assert_mem_eq(here.blob[1].out, "abc", 3);
	ck_assert_uint_eq(here.blob[2].out_len, 0);
}
END_TEST

START_TEST(reply_says_where_links_lead)
{
	static char too_long[RSX_MAX_PATH + 1] = "/";
	struct rsx_frame_name way[] = {
		{ 0, "/srv/a/../b" }, { 1, "relative" }, { RSX_MAX_ARGS, "/no/argument" },
		{ 2, too_long }, { 1, "/usr/bin/x" },
	};
	struct rsx_frame there = { .row = &row, .ret = -2, .link = way, .nlinks = 5 };
	struct rsx_frame here = { .row = &row, .nlinks = 7 };
	struct rsx_msg_in msg;

	memset(too_long + 1, 'x', RSX_MAX_PATH - 1);
	pass_reply(&there, &msg);
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), 0);
	ck_assert_uint_eq(here.nlinks, 2); /* what cannot be a path is passed over */
	ck_assert_uint_eq(here.link[0].arg, 0);
	ck_assert_str_eq(here.link[0].text, "/srv/a/../b");
	ck_assert_uint_eq(here.link[1].arg, 1);
	ck_assert_str_eq(here.link[1].text, "/usr/bin/x");
	there.nlinks = 0;
	pass_reply(&there, &msg);
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), 0);
	ck_assert_uint_eq(here.nlinks, 0);
}
END_TEST

START_TEST(reply_that_does_not_fit_is_refused)
{
	struct rsx_frame there = { .row = &row, .nblobs = 2 }, here = { .row = &row, .nblobs = 2 };
	struct rsx_msg_in msg;

	there.blob[0].out_len = 3;
	there.blob[0].out = (uint8_t *)"abc";
	there.blob[1].out_len = 2;
	there.blob[1].out = (uint8_t *)"de";
	here.blob[0].cap = here.blob[1].cap = 3;
	pass_reply(&there, &msg);
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), 0);
	here.blob[0].cap = 2; /* more than there is room for */
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), -EBADMSG);
	here.blob[0].cap = 3;
	here.nblobs = 1; /* more blobs than asked for */
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), -EBADMSG);
	here.nblobs = 2;
	msg.prefix.payload_len = 4; /* lengths beyond the payload */
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), -EBADMSG);
	msg.prefix.payload_len = 6; /* a payload beyond the lengths */
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), -EBADMSG);
	msg.prefix.payload_len = 5;
	ck_assert_int_eq(rsx_msg_unpack_reply(&here, &msg, &arena), 0);
}
END_TEST

static bool fits(const char *call, unsigned arg, uint32_t cap, int64_t ret)
{
	struct rsx_frame f = { .row = rsx_syscall_by_name(call), .ret = ret, .nblobs = 1 };

	ck_assert_ptr_nonnull(f.row);
	f.blob[0].arg = (uint8_t)arg;
	f.blob[0].cap = cap;
	return rsx_result_fits(&f);
}

START_TEST(result_counts_what_there_is_room_for)
{
	const uint32_t event = rsx_layout_epoll_event.wire_size;

	ck_assert(fits("read", 1, 10, 10));
	ck_assert(fits("read", 1, 10, -EIO));
	ck_assert(!fits("read", 1, 10, 11));
	ck_assert(!fits("read", 1, 10, INT64_MAX));
	ck_assert(!fits("readlinkat", 2, 0, 1));
	ck_assert(fits("epoll_pwait", 1, 2 * event, 2));
	ck_assert(!fits("epoll_pwait", 1, 2 * event, 3));
	ck_assert(fits("write", 1, 0, INT64_MAX)); /* it brings nothing */
	ck_assert(fits("openat", 1, 0, 1000));
}
END_TEST

/* Every prefix of a header, at the end of a page: refused or understood, never more. */
START_TEST(cut_headers_do_not_hurt)
{
	struct rsx_frame f = { .row = &row, .args = { UINT64_MAX, 1 }, .nblobs = 1 };
	struct rsx_msg_out out;

	f.blob[0].in_len = 4;
	f.blob[0].in = (uint8_t *)"four";
	ck_assert_int_eq(rsx_msg_pack_call(&out, RSX_MSG_CALL, 1, 9, &f, &arena), 0);
	for (size_t len = 0; len + RSX_PREFIX_SIZE <= out.iov[0].iov_len; len++) {
		uint8_t *header = (uint8_t *)out.iov[0].iov_base + RSX_PREFIX_SIZE;
		struct rsx_msg_in msg = { .prefix.header_len = (uint32_t)len };

		msg.header = at_page_end(header, len);
		(void)rsx_msg_unpack(&rsx__call__descriptor, &msg, &arena);
	}
}
END_TEST

/* A header may not make us allocate without bound. */
START_TEST(swollen_headers_run_into_the_arena)
{
	static uint8_t header[RSX_MAX_HEADER];
	struct rsx_msg_in msg = { .prefix.header_len = RSX_MAX_HEADER, .header = header };
	struct rsx_arena small;

	for (size_t i = 0; i + 1 < sizeof(header); i += 2)
		memcpy(header + i, "\x08\x01", 2); /* nr, again and again */
	rsx_arena_init(&small, 64u << 10);
	ck_assert_ptr_null(rsx_msg_unpack(&rsx__call__descriptor, &msg, &small));
	rsx_arena_done(&small);
}
END_TEST

/* --- sending --- */

START_TEST(send_says_how_far_it_came)
{
	struct rsx_msg_out out = { .niov = 2, .len = RSX_MAX_PIECE + 10 }, rest;
	uint8_t *data = malloc(RSX_MAX_PIECE), sink[65536];
	size_t sent, more, got = 0, wrong = 0;
	int err;

	fill(data, RSX_MAX_PIECE);
	out.iov[0] = (struct iovec) { data, 10 };
	out.iov[1] = (struct iovec) { data, RSX_MAX_PIECE };
	err = rsx_send(pair[1], &out, MSG_DONTWAIT, &sent);
	ck_assert_int_eq(err, -EAGAIN);
	ck_assert_uint_gt(sent, 10);
	ck_assert_uint_lt(sent, out.len);
	rest = out;
	while (got < out.len) {
		ssize_t n = recv(pair[0], sink, sizeof(sink), MSG_DONTWAIT);

		for (ssize_t i = 0; i < n; i++, got++)
			wrong += sink[i] != data[got < 10 ? got : got - 10];
		if (n > 0)
			continue;
		err = rsx_send(pair[1], &rest, MSG_DONTWAIT, &more);
		ck_assert(err == 0 || err == -EAGAIN);
	}
	ck_assert_uint_eq(wrong, 0);
	free(data);
}
END_TEST

START_TEST(send_to_nobody_is_epipe)
{
	struct rsx_msg_out out = { .niov = 1, .len = 1, .iov = { { (void *)"x", 1 } } };

	close(pair[0]);
	ck_assert_int_eq(rsx_send(pair[1], &out, 0, NULL), -EPIPE);
	pair[0] = -1;
}
END_TEST

START_TEST(send_writes_to_pipes)
{
	struct rsx_msg_out out = { .niov = 2, .len = 6 };
	char got[8];
	int p[2];

	out.iov[0] = (struct iovec) { (void *)"abc", 3 };
	out.iov[1] = (struct iovec) { (void *)"def", 3 };
	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(rsx_send(p[1], &out, 0, NULL), 0);
	ck_assert_int_eq(read(p[0], got, sizeof(got)), 6);
	ck_assert_mem_eq(got, "abcdef", 6);
	close(p[0]);
	close(p[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire");
	TCase *tc = tcase_create("messages");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, prefix_survives);
	tcase_add_loop_test(tc, prefix_is_checked, 0, 10);
	tcase_add_test(tc, rx_takes_any_cut);
	tcase_add_test(tc, rx_knows_what_is_pending);
	tcase_add_test(tc, rx_exact_leaves_the_rest);
	tcase_add_loop_test(tc, rx_end_between_and_inside_messages, 0, 2);
	tcase_add_loop_test(tc, rx_knows_strangers_by_few_bytes, 0, 2);
	tcase_add_test(tc, rx_bounds_the_payload);
	tcase_add_test(tc, rx_reads_pipes);
	tcase_add_test(tc, call_with_a_large_blob_travels);
	tcase_add_test(tc, call_beyond_the_maximum_is_not_packed);
	tcase_add_test(tc, reply_fills_the_frame);
	tcase_add_test(tc, reply_says_where_links_lead);
	tcase_add_test(tc, reply_that_does_not_fit_is_refused);
	tcase_add_test(tc, result_counts_what_there_is_room_for);
	tcase_add_test(tc, cut_headers_do_not_hurt);
	tcase_add_test(tc, swollen_headers_run_into_the_arena);
	tcase_add_test(tc, send_says_how_far_it_came);
	tcase_add_test(tc, send_to_nobody_is_epipe);
	tcase_add_test(tc, send_writes_to_pipes);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
