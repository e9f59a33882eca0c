/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server and those who should not be let in, or say what nobody honest
 * would: frames that do not fit, wrong keys and tokens, strangers, too many of
 * anything. Whoever breaks the protocol loses his session and nobody else's.
 */
#include "rawclient.h"

/* --- strangers and liars --- */

/* The session must end; a private server ends with it. */
static void expect_session_ends(void)
{
	Rsx__Error *e = raw_expect(&ses.control, RSX_MSG_ERROR, &rsx__error__descriptor);

	ck_assert_int_eq(e->code, RSX__ERROR__CODE__PROTOCOL);
	raw_expect_end(&ses.control);
	raw_expect_end(&lane1);
	raw_server_wait(&srv, 3000);
	clean_dir();
}

START_TEST(hostile_frame_ends_the_session)
{
	uint32_t lens[16] = { 0 };
	uint64_t args[16] = { 0, 1, 10 };

	setup();
	switch (_i) {
	case 0: /* no blob for a pointer */
		raw_begin(&lane1, raw_nr("read"), 3, args, 0, NULL, NULL, 0);
		break;
	case 1: /* a blob longer than the payload */
		lens[0] = 5000;
		raw_begin(&lane1, raw_nr("write"), 3, args, 1, lens, "abc", 3);
		break;
	case 2: /* too many arguments */
		raw_begin(&lane1, raw_nr("read"), 16, args, 1, lens, NULL, 0);
		break;
	case 3: /* too many blobs */
		raw_begin(&lane1, raw_nr("read"), 3, args, 16, lens, NULL, 0);
		break;
	case 4: /* an address of ours */
		args[1] = 0x7fff0000;
		raw_begin(&lane1, raw_nr("read"), 3, args, 1, lens, NULL, 0);
		break;
	case 5: /* a path without its NUL */
		lens[0] = 3;
		args[0] = (uint64_t)-100;
		raw_begin(&lane1, raw_nr("openat"), 4, args, 1, lens, "abc", 3);
		break;
	case 6: /* a room for outputs beyond the maximum */
		args[2] = UINT64_MAX;
		raw_begin(&lane1, raw_nr("read"), 3, args, 1, lens, NULL, 0);
		break;
	case 7: /* not rsx at all */
		ck_assert_int_eq(send(lane1.fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL), 18);
		break;
	case 8: /* a header that is no protobuf */
		ck_assert_int_eq(send(lane1.fd,
				      "RX\2\6"
				      "\1\0\0\0"
				      "\1\0\0\0"
				      "\4\0\0\0"
				      "\0\0\0\0"
				      "\xff\xff\xff\xff",
				      24, MSG_NOSIGNAL),
				 24);
		break;
	case 9: /* a message that does not belong on a lane */
		raw_send(&lane1, RSX_MSG_BYE, NULL);
		break;
	}
	expect_session_ends();
}
END_TEST

START_TEST(hostile_control_ends_the_session)
{
	setup();
	raw_send(&ses.control, _i ? RSX_MSG_CALL : RSX_MSG_HELLO, NULL);
	expect_session_ends();
}
END_TEST

START_TEST(hostile_lengths_are_refused_at_once)
{
	uint8_t huge[RSX_PREFIX_SIZE];
	struct rsx_prefix p = { .type = RSX_MSG_CALL, .payload_len = UINT32_MAX };

	setup();
	rsx_prefix_pack(huge, &p);
	ck_assert_int_eq(send(lane1.fd, huge, sizeof(huge), MSG_NOSIGNAL), sizeof(huge));
	expect_session_ends();
}
END_TEST

/* A lane must not be believed without the session's token. */
START_TEST(lane_needs_the_token)
{
	struct raw l;

	raw_dial(&l, &srv);
	l.lane = 2;
	ses.token[5] ^= 1;
	raw_lane_hello(&ses, &l);
	raw_expect(&l, RSX_MSG_ERROR, &rsx__error__descriptor);
	raw_expect_end(&l);
	ses.token[5] ^= 1;
	ck_assert_int_eq(raw_lseek(&lane1, 1000, 0, SEEK_CUR), -EBADF);
}
END_TEST

/* --- listeners --- */

START_TEST(one_session_does_not_hurt_another)
{
	struct rsx_options opt = { .private_fd = -1 };
	struct raw_session other;
	struct raw lane;
	char address[128];

	snprintf(address, sizeof(address), "unix:@rsx-test-%d", getpid());
	raw_server_listen(&srv, &opt, address);
	raw_open(&ses, &srv, NULL);
	raw_lane(&ses, &lane1);
	raw_open(&other, &srv, NULL);
	raw_lane(&other, &lane);
	ck_assert_int_eq(raw_lseek(&lane, 1000, 0, SEEK_CUR), -EBADF);
	ck_assert_int_eq(raw_lseek(&lane1, 1000, 0, SEEK_CUR), -EBADF);
	ck_assert_int_eq(send(lane1.fd, "rubbish", 7, MSG_NOSIGNAL), 7);
	raw_expect_end(&lane1);
	raw_expect_end(&ses.control);
	ck_assert_int_ge(raw_openat(&lane, "/", O_RDONLY, 0), 3);
	raw_server_stop(&srv);
}
END_TEST

START_TEST(sessions_have_a_maximum)
{
	struct rsx_options opt = { .max_sessions = 1 };
	uint8_t nonce[RSX_NONCE_SIZE];
	Rsx__Auth a = RSX__AUTH__INIT;
	char address[128];
	Rsx__Error *e;
	struct raw c;
	Rsx__Hello h;

	snprintf(address, sizeof(address), "unix:@rsx-test-%d", getpid());
	raw_server_listen(&srv, &opt, address);
	raw_open(&ses, &srv, NULL);
	raw_dial(&c, &srv);
	raw_hello(&h, nonce);
	raw_send(&c, RSX_MSG_HELLO, &h.base);
	raw_expect(&c, RSX_MSG_CHALLENGE, &rsx__challenge__descriptor);
	raw_send(&c, RSX_MSG_AUTH, &a.base);
	e = raw_expect(&c, RSX_MSG_ERROR, &rsx__error__descriptor);
	ck_assert_int_eq(e->code, RSX__ERROR__CODE__LIMIT);
	raw_server_stop(&srv);
}
END_TEST

/* A port that is free now; good enough for a test's server a moment later. */
static void free_port(char *to, size_t room)
{
	struct rsx_endpoint ep;
	const char *why;
	int fd;

	ck_assert_int_eq(rsx_endpoint_parse(&ep, "tcp:127.0.0.1:0", &why), 0);
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, to, room), 0);
	close(fd);
}

static const char *write_key(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	return path;
}

START_TEST(tcp_key_right_and_wrong)
{
	struct rsx_options opt = { .private_fd = -1 };
	struct rsx_key key, wrong = { .set = true, .key = { 1 } };
	uint8_t nonce[RSX_NONCE_SIZE], mac[RSX_MAC_SIZE] = { 0 };
	Rsx__Auth a = RSX__AUTH__INIT;
	Rsx__Challenge *ch;
	char address[128];
	Rsx__Error *e;
	struct raw c;
	Rsx__Hello h;

	snprintf(path, sizeof(path), "/tmp/rsx-test-key-%d", getpid());
	opt.key_file = write_key("a key of more than sixteen bytes\n");
	ck_assert_int_eq(rsx_key_load(&key, path), 0);
	free_port(address, sizeof(address));
	raw_server_listen(&srv, &opt, address);
	for (int i = 0; i < 2; i++) { /* a wrong key, then no key */
		raw_dial(&c, &srv);
		raw_hello(&h, nonce);
		raw_send(&c, RSX_MSG_HELLO, &h.base);
		ch = raw_expect(&c, RSX_MSG_CHALLENGE, &rsx__challenge__descriptor);
		ck_assert(ch->key_needed);
		if (!i)
			rsx_auth_mac(mac, &wrong, "rsx tracer", ch->nonce.data, nonce);
		a.mac.data = mac;
		a.mac.len = i ? 0 : sizeof(mac);
		raw_send(&c, RSX_MSG_AUTH, &a.base);
		e = raw_expect(&c, RSX_MSG_ERROR, &rsx__error__descriptor);
		ck_assert_int_eq(e->code, RSX__ERROR__CODE__AUTH);
		raw_hang_up(&c);
	}
	raw_open(&ses, &srv, &key);
	raw_lane(&ses, &lane1);
	ck_assert_int_eq(raw_lseek(&lane1, 1000, 0, SEEK_CUR), -EBADF);
	raw_server_stop(&srv);
	unlink(path);
}
END_TEST

START_TEST(strangers_are_turned_away)
{
	static const char *const words[] = { "GET / HTTP/1.0\r\n\r\n", "SSH-2.0-x\r\n", "R",
					     "RX\3" };
	struct rsx_options opt = { .private_fd = -1 };
	char address[128];
	struct raw c;

	snprintf(address, sizeof(address), "unix:@rsx-test-%d", getpid());
	raw_server_listen(&srv, &opt, address);
	raw_dial(&c, &srv);
	send(c.fd, words[_i], strlen(words[_i]), MSG_NOSIGNAL);
	if (words[_i][1]) {
		Rsx__Error *e = raw_expect(&c, RSX_MSG_ERROR, &rsx__error__descriptor);

		ck_assert_int_eq(e->code, words[_i][2] == 3 ? RSX__ERROR__CODE__VERSION
							    : RSX__ERROR__CODE__PROTOCOL);
	} else {
		shutdown(c.fd, SHUT_WR);
	}
	raw_expect_end(&c);
	raw_server_stop(&srv);
}
END_TEST

/* Those who connect and say nothing must not keep others out. */
START_TEST(silent_strangers_do_no_harm)
{
	struct rsx_options opt = { .private_fd = -1 };
	struct raw c[RSX_MAX_UNKNOWN + 50];
	char address[128];

	snprintf(address, sizeof(address), "unix:@rsx-test-%d", getpid());
	raw_server_listen(&srv, &opt, address);
	for (unsigned i = 0; i < RSX_MAX_UNKNOWN + 50; i++)
		raw_dial(&c[i], &srv);
	raw_open(&ses, &srv, NULL);
	raw_lane(&ses, &lane1);
	ck_assert_int_eq(raw_lseek(&lane1, 1000, 0, SEEK_CUR), -EBADF);
	raw_expect_end(&c[0]);
	raw_server_stop(&srv);
}
END_TEST

/* A row that the two ends describe differently is ENOSYS, the rest works. */
START_TEST(differing_rows_are_refused)
{
	uint32_t nr[3] = { raw_nr("lseek"), raw_nr("openat"), 1000 };
	uint32_t hash[3] = { 0, 0, 0 };
	uint64_t args[3] = { 1000, 0, SEEK_CUR };
	uint8_t nonce[RSX_NONCE_SIZE];
	struct rsx_key no_key = { .set = false };
	Rsx__Welcome *w;
	Rsx__Hello h;

	raw_server_private(&srv);
	hash[0] = rsx_syscall_hash(rsx_syscall_by_name("lseek")) + 1;
	hash[1] = rsx_syscall_hash(rsx_syscall_by_name("openat"));
	ses = (struct raw_session) { .srv = &srv, .next_lane = 1 };
	raw_dial(&ses.control, &srv);
	raw_hello(&h, nonce);
	h.n_row_nr = h.n_row_hash = 3;
	h.row_nr = nr;
	h.row_hash = hash;
	w = raw_handshake(&ses.control, &no_key, &h);
	ck_assert_uint_eq(w->n_row_refused, 2);
	ck_assert_uint_eq(w->row_refused[0], nr[0]);
	ck_assert_uint_eq(w->row_refused[1], nr[2]);
	ses.id = w->session;
	memcpy(ses.token, w->token.data, RSX_TOKEN_SIZE);
	raw_lane(&ses, &lane1);
	raw_begin(&lane1, nr[0], 3, args, 0, NULL, NULL, 0);
	ck_assert_int_eq(raw_await(&lane1).ret, -ENOSYS);
	ck_assert_int_ge(raw_openat(&lane1, "/", O_RDONLY, 0), 3);
	raw_hang_up(&ses.control);
	raw_server_wait(&srv, 3000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peers");
	TCase *with = tcase_create("a session");
	TCase *hostile = tcase_create("hostile"), *listen = tcase_create("listeners");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(with, setup, teardown);
	tcase_add_test(with, lane_needs_the_token);
	tcase_set_timeout(hostile, 30);
	tcase_add_loop_test(hostile, hostile_frame_ends_the_session, 0, 10);
	tcase_add_loop_test(hostile, hostile_control_ends_the_session, 0, 2);
	tcase_add_test(hostile, hostile_lengths_are_refused_at_once);
	tcase_set_timeout(listen, 30);
	tcase_add_test(listen, one_session_does_not_hurt_another);
	tcase_add_test(listen, sessions_have_a_maximum);
	tcase_add_test(listen, tcp_key_right_and_wrong);
	tcase_add_loop_test(listen, strangers_are_turned_away, 0, 4);
	tcase_add_test(listen, silent_strangers_do_no_harm);
	tcase_add_test(listen, differing_rows_are_refused);
	suite_add_tcase(suite, with);
	suite_add_tcase(suite, hostile);
	suite_add_tcase(suite, listen);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
