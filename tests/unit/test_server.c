/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server as a peer meets it: handshake, lanes, calls, forks, cancels,
 * ends, and frames that nobody honest would send. A real server and real
 * twins run in children; see rawclient.h.
 */
#include "rawclient.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct raw_server srv;
static struct raw_session ses;
static struct raw lane1;
static char dir[64], path[128];

/* A directory, a private server, a session with one lane. */
static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/rsx-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	raw_server_private(&srv);
	raw_open(&ses, &srv, NULL);
	raw_lane(&ses, &lane1);
}

static void clean_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* The end of its only session ends a private server. */
static void teardown(void)
{
	int status;

	raw_hang_up(&ses.control);
	status = raw_server_wait(&srv, 3000);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	clean_dir();
}

static int64_t open_fifo(struct raw *l)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return raw_openat(l, path, O_RDWR, 0);
}

static bool is_alive(int64_t pid)
{
	return kill((pid_t)pid, 0) == 0;
}

static void expect_dead(int64_t pid, int within_ms)
{
	int64_t until = raw_now_ms() + within_ms;

	while (is_alive(pid)) {
		ck_assert_msg(raw_now_ms() < until, "process %d lives on", (int)pid);
		usleep(1000);
	}
}

/* --- calls --- */

START_TEST(calls_open_write_read)
{
	int64_t fd = raw_openat(&lane1, path, O_RDWR | O_CREAT, 0600);
	struct raw_reply r;

	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(raw_write(&lane1, fd, "hello", 5), 5);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 1, SEEK_SET), 1);
	r = raw_read(&lane1, fd, 100);
	ck_assert_int_eq(r.ret, 4);
	ck_assert_uint_eq(r.len, 4);
	ck_assert_mem_eq(r.data, "ello", 4);
	ck_assert_int_eq(raw_close(&lane1, fd), 0);
	ck_assert_int_eq(raw_read(&lane1, fd, 1).ret, -EBADF);
}
END_TEST

START_TEST(calls_tell_the_new_descriptors_mode)
{
	uint64_t args[] = { (uint64_t)-100, 1, O_RDONLY, 0 };
	uint32_t len = 2;
	struct raw_reply r;

	raw_begin(&lane1, raw_nr("openat"), 4, args, 1, &len, "/", len);
	r = raw_await(&lane1);
	ck_assert_int_ge(r.ret, 3);
	ck_assert(S_ISDIR(r.fd_mode));
}
END_TEST

START_TEST(calls_carry_a_whole_piece)
{
	int64_t fd = raw_openat(&lane1, path, O_RDWR | O_CREAT, 0600);
	uint8_t *data = malloc(RSX_MAX_PIECE);
	struct raw_reply r;

	for (size_t i = 0; i < RSX_MAX_PIECE; i++)
		data[i] = (uint8_t)(i * 7 + (i >> 10));
	ck_assert_int_eq(raw_write(&lane1, fd, data, RSX_MAX_PIECE), RSX_MAX_PIECE);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 0, SEEK_SET), 0);
	r = raw_read(&lane1, fd, RSX_MAX_PIECE);
	ck_assert_int_eq(r.ret, RSX_MAX_PIECE);
	ck_assert_mem_eq(r.data, data, RSX_MAX_PIECE);
	free(data);
}
END_TEST

START_TEST(calls_unknown_or_forbidden_are_enosys)
{
	static const uint32_t numbers[] = { 221 /* execve */, 220 /* clone */, 93 /* exit */,
					    1023, 5000, UINT32_MAX };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		raw_begin(&lane1, numbers[i], 0, NULL, 0, NULL, NULL, 0);
		ck_assert_int_eq(raw_await(&lane1).ret, -ENOSYS);
	}
}
END_TEST

START_TEST(calls_cannot_touch_our_descriptors)
{
	int64_t fd = raw_openat(&lane1, "/", O_RDONLY, 0);

	ck_assert_int_ge(fd, 3);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(raw_close(&lane1, i), i == fd ? 0 : -EBADF);
	ck_assert_int_eq(raw_openat(&lane1, "/", O_RDONLY, 0), fd);
}
END_TEST

START_TEST(calls_nobody_answers)
{
	int64_t fd = raw_openat(&lane1, "/", O_RDONLY, 0);
	uint64_t args[] = { (uint64_t)fd };
	Rsx__Call c = RSX__CALL__INIT;

	c.nr = raw_nr("close");
	c.n_args = 1;
	c.args = args;
	lane1.call++;
	raw_send(&lane1, RSX_MSG_CALL_NOREPLY, &c.base);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 0, SEEK_CUR), -EBADF);
}
END_TEST

/* --- the family --- */

START_TEST(fork_shares_offsets)
{
	struct raw lane2;
	int64_t fd = raw_openat(&lane1, path, O_RDWR | O_CREAT, 0600), pid;

	raw_lane(&ses, &lane2);
	pid = raw_fork(&lane1, 2, false);
	ck_assert_int_gt(pid, 1);
	ck_assert_int_eq(raw_write(&lane2, fd, "abc", 3), 3);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 0, SEEK_CUR), 3);
	raw_bye(&ses, 2);
	raw_expect_gone(&ses, 2, false);
	ck_assert(!is_alive(pid));
	raw_expect_end(&lane2);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 0, SEEK_CUR), 3);
}
END_TEST

START_TEST(fork_waits_for_a_late_lane)
{
	struct raw lane2;

	raw_begin_fork(&lane1, 2, false);
	usleep(50000);
	raw_lane(&ses, &lane2);
	ck_assert_int_gt(raw_await(&lane1).ret, 1);
	ck_assert_int_eq(raw_lseek(&lane2, 1000, 0, SEEK_CUR), -EBADF);
}
END_TEST

START_TEST(fork_of_a_fork_outlives_its_parent)
{
	struct raw lane2, lane3;

	raw_lane(&ses, &lane2);
	raw_lane(&ses, &lane3);
	ck_assert_int_gt(raw_fork(&lane1, 2, false), 1);
	ck_assert_int_gt(raw_fork(&lane2, 3, false), 1);
	raw_bye(&ses, 2);
	raw_expect_gone(&ses, 2, false);
	ck_assert_int_ge(raw_openat(&lane3, "/", O_RDONLY, 0), 3);
	raw_hang_up(&lane3);
	raw_expect_gone(&ses, 3, true);
}
END_TEST

START_TEST(fork_of_a_keeper_has_no_descriptors)
{
	int64_t fd = raw_openat(&lane1, "/", O_RDONLY, 0);
	struct raw lane2;

	raw_lane(&ses, &lane2);
	ck_assert_int_gt(raw_fork(&lane1, 2, true), 1);
	for (int i = 0; i < 32; i++)
		ck_assert_int_eq(raw_lseek(&lane2, i, 0, SEEK_CUR), -EBADF);
	ck_assert_int_eq(raw_lseek(&lane1, fd, 0, SEEK_CUR), 0);
}
END_TEST

START_TEST(fork_with_a_used_lane_fails)
{
	ck_assert_int_eq(raw_fork(&lane1, 1, false), -EEXIST);
	ck_assert_int_eq(raw_new_lane(&lane1, 1), -EEXIST);
}
END_TEST

START_TEST(lanes_share_a_process)
{
	struct raw lane[50];
	int64_t fd;

	for (unsigned i = 0; i < 50; i++) {
		raw_lane(&ses, &lane[i]);
		ck_assert_int_eq(raw_new_lane(&lane1, lane[i].lane), 0);
	}
	fd = raw_openat(&lane[7], "/", O_RDONLY, 0);
	ck_assert_int_ge(fd, 3);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_int_eq(raw_lseek(&lane[i], fd, 0, SEEK_CUR), 0);
	raw_hang_up(&lane1); /* the first thread may go first */
	ck_assert_int_eq(raw_lseek(&lane[49], fd, 0, SEEK_CUR), 0);
	for (unsigned i = 0; i < 50; i++)
		raw_hang_up(&lane[i]);
	raw_expect_gone(&ses, 1, true);
}
END_TEST

/* More lanes than there are slots, one after the other. */
START_TEST(lanes_come_and_go)
{
	struct raw l;

	for (unsigned i = 0; i < RSX_MAX_LANES + 500; i++) {
		raw_lane(&ses, &l);
		ck_assert_int_eq(raw_new_lane(&lane1, l.lane), 0);
		raw_hang_up(&l);
	}
	raw_lane(&ses, &l);
	ck_assert_int_eq(raw_new_lane(&lane1, l.lane), 0);
	ck_assert_int_eq(raw_lseek(&l, 1000, 0, SEEK_CUR), -EBADF);
}
END_TEST

START_TEST(forks_come_and_go)
{
	for (unsigned i = 0; i < 300; i++) {
		struct raw l;

		raw_lane(&ses, &l);
		ck_assert_int_gt(raw_fork(&lane1, l.lane, false), 1);
		raw_bye(&ses, l.lane);
		raw_expect_gone(&ses, l.lane, false);
		raw_hang_up(&l);
	}
}
END_TEST

/* --- interrupting --- */

START_TEST(cancel_interrupts_a_read)
{
	int64_t fd = open_fifo(&lane1);

	for (int i = 0; i < 50; i++) {
		raw_begin_read(&lane1, fd, 1);
		usleep((useconds_t)i * 40);
		raw_cancel(&ses, &lane1);
		ck_assert_int_eq(raw_await(&lane1).ret, -EINTR);
	}
	ck_assert_int_eq(raw_write(&lane1, fd, "x", 1), 1);
	ck_assert_int_eq(raw_read(&lane1, fd, 1).ret, 1);
}
END_TEST

/* A cancel that comes too late must not touch the next call. */
START_TEST(cancel_of_a_finished_call_does_nothing)
{
	int64_t fd = open_fifo(&lane1);
	struct raw lane2;

	raw_lane(&ses, &lane2);
	ck_assert_int_eq(raw_new_lane(&lane1, 2), 0);
	raw_lseek(&lane1, fd, 0, SEEK_CUR);
	raw_cancel(&ses, &lane1);
	raw_begin_read(&lane1, fd, 1);
	usleep(100000);
	ck_assert_int_eq(raw_write(&lane2, fd, "x", 1), 1);
	ck_assert_int_eq(raw_await(&lane1).ret, 1);
}
END_TEST

START_TEST(drop_ends_a_blocked_lane_only)
{
	int64_t fd = open_fifo(&lane1);
	struct raw lane2;

	raw_lane(&ses, &lane2);
	ck_assert_int_eq(raw_new_lane(&lane1, 2), 0);
	raw_begin_read(&lane2, fd, 1);
	usleep(20000);
	raw_drop(&ses, 2);
	raw_expect_end(&lane2);
	ck_assert_int_eq(raw_lseek(&lane1, 1000, 0, SEEK_CUR), -EBADF);
	raw_drop(&ses, 1);
	raw_expect_end(&lane1);
	raw_bye(&ses, 1); /* the process has stayed for this */
	raw_expect_gone(&ses, 1, false);
}
END_TEST

START_TEST(bye_kills_a_blocked_twin)
{
	int64_t fd = open_fifo(&lane1);

	raw_begin_read(&lane1, fd, 1);
	raw_bye(&ses, 1);
	raw_expect_gone(&ses, 1, false);
}
END_TEST

START_TEST(ping_is_answered)
{
	Rsx__Ping p = RSX__PING__INIT, *pong;

	p.time_ns = 0x0123456789abcdef;
	raw_send(&ses.control, RSX_MSG_PING, &p.base);
	pong = raw_expect(&ses.control, RSX_MSG_PONG, &rsx__ping__descriptor);
	ck_assert(pong->time_ns == p.time_ns);
}
END_TEST

/* --- ends: these have no teardown of their own --- */

static int64_t blocked_child(void)
{
	int64_t fd = open_fifo(&lane1), pid;
	struct raw lane2;

	raw_lane(&ses, &lane2);
	pid = raw_fork(&lane1, 2, false);
	ck_assert_int_gt(pid, 1);
	raw_begin_read(&lane2, fd, 1);
	raw_begin_read(&lane1, fd, 1);
	usleep(20000);
	ck_assert(is_alive(pid));
	return pid;
}

START_TEST(session_end_kills_blocked_twins)
{
	int64_t pid;
	int status;

	setup();
	pid = blocked_child();
	close(ses.control.fd);
	status = raw_server_wait(&srv, 3000);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert(!is_alive(pid));
	clean_dir();
}
END_TEST

START_TEST(sigterm_ends_everything)
{
	int64_t pid, before;

	setup();
	pid = blocked_child();
	before = raw_now_ms();
	raw_server_stop(&srv);
	ck_assert_int_lt(raw_now_ms() - before, 1000);
	ck_assert(!is_alive(pid));
	clean_dir();
}
END_TEST

START_TEST(twins_die_with_a_killed_server)
{
	int64_t pid;

	setup();
	pid = blocked_child();
	kill(srv.pid, SIGKILL);
	raw_server_wait(&srv, 1000);
	expect_dead(pid, 1000);
	raw_expect_end(&lane1);
	clean_dir();
}
END_TEST

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
		ck_assert_int_eq(send(lane1.fd, "RX\1\6" "\1\0\0\0" "\1\0\0\0" "\4\0\0\0"
				      "\0\0\0\0" "\xff\xff\xff\xff", 24, MSG_NOSIGNAL), 24);
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
	struct rsx_options opt = { .level = RSX_LOG_ERROR };
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
	struct rsx_options opt = { .level = RSX_LOG_ERROR, .max_sessions = 1 };
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
	struct rsx_options opt = { .level = RSX_LOG_ERROR };
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
	static const char *const words[] = { "GET / HTTP/1.0\r\n\r\n", "SSH-2.0-x\r\n", "R", "RX\2" };
	struct rsx_options opt = { .level = RSX_LOG_ERROR };
	char address[128];
	struct raw c;

	snprintf(address, sizeof(address), "unix:@rsx-test-%d", getpid());
	raw_server_listen(&srv, &opt, address);
	raw_dial(&c, &srv);
	send(c.fd, words[_i], strlen(words[_i]), MSG_NOSIGNAL);
	if (words[_i][1]) {
		Rsx__Error *e = raw_expect(&c, RSX_MSG_ERROR, &rsx__error__descriptor);

		ck_assert_int_eq(e->code, words[_i][2] == 2 ? RSX__ERROR__CODE__VERSION :
							      RSX__ERROR__CODE__PROTOCOL);
	} else {
		shutdown(c.fd, SHUT_WR);
	}
	raw_expect_end(&c);
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
	ses = (struct raw_session){ .srv = &srv, .next_lane = 1 };
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

static Suite *suite(void)
{
	Suite *s = suite_create("server");
	TCase *with = tcase_create("a session"), *ends = tcase_create("ends");
	TCase *hostile = tcase_create("hostile"), *listen = tcase_create("listeners");

	tcase_add_checked_fixture(with, setup, teardown);
	tcase_set_timeout(with, 60);
	tcase_add_test(with, calls_open_write_read);
	tcase_add_test(with, calls_tell_the_new_descriptors_mode);
	tcase_add_test(with, calls_carry_a_whole_piece);
	tcase_add_test(with, calls_unknown_or_forbidden_are_enosys);
	tcase_add_test(with, calls_cannot_touch_our_descriptors);
	tcase_add_test(with, calls_nobody_answers);
	tcase_add_test(with, fork_shares_offsets);
	tcase_add_test(with, fork_waits_for_a_late_lane);
	tcase_add_test(with, fork_of_a_fork_outlives_its_parent);
	tcase_add_test(with, fork_of_a_keeper_has_no_descriptors);
	tcase_add_test(with, fork_with_a_used_lane_fails);
	tcase_add_test(with, lanes_share_a_process);
	tcase_add_test(with, lanes_come_and_go);
	tcase_add_test(with, forks_come_and_go);
	tcase_add_test(with, cancel_interrupts_a_read);
	tcase_add_test(with, cancel_of_a_finished_call_does_nothing);
	tcase_add_test(with, drop_ends_a_blocked_lane_only);
	tcase_add_test(with, bye_kills_a_blocked_twin);
	tcase_add_test(with, ping_is_answered);
	tcase_add_test(with, lane_needs_the_token);
	suite_add_tcase(s, with);
	tcase_set_timeout(ends, 30);
	tcase_add_test(ends, session_end_kills_blocked_twins);
	tcase_add_test(ends, sigterm_ends_everything);
	tcase_add_test(ends, twins_die_with_a_killed_server);
	suite_add_tcase(s, ends);
	tcase_set_timeout(hostile, 30);
	tcase_add_loop_test(hostile, hostile_frame_ends_the_session, 0, 10);
	tcase_add_loop_test(hostile, hostile_control_ends_the_session, 0, 2);
	tcase_add_test(hostile, hostile_lengths_are_refused_at_once);
	suite_add_tcase(s, hostile);
	tcase_set_timeout(listen, 30);
	tcase_add_test(listen, one_session_does_not_hurt_another);
	tcase_add_test(listen, sessions_have_a_maximum);
	tcase_add_test(listen, tcp_key_right_and_wrong);
	tcase_add_loop_test(listen, strangers_are_turned_away, 0, 4);
	tcase_add_test(listen, differing_rows_are_refused);
	suite_add_tcase(s, listen);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
