/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server as an honest tracer meets it: lanes, calls, forks, cancels, and
 * every way in which a session ends. A real server and real twins run in
 * children; see rawclient.h.
 */
#include "often.h"
#include "rawclient.h"

#include <fcntl.h>
#include <sys/stat.h>

static int64_t open_fifo(struct raw *l)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return raw_openat(l, path, O_RDWR, 0);
}

/* A zombie that its new parent has not yet reaped is dead enough. */
static bool is_alive(int64_t pid)
{
	char name[64], state = 'Z';
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	f = fopen(name, "r");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state != 'Z' && state != 'X';
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
	static const uint32_t numbers[] = {
		221 /* execve */, 220 /* clone */, 93 /* exit */, 1023, 5000, UINT32_MAX
	};

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

/* Nor are they watched: in a fresh twin no number of a poll set is anything. */
START_TEST(calls_cannot_poll_our_descriptors)
{
	uint64_t args[] = { 1, 3, 1, 0, 8 };
	struct pollfd p[3] = { { -1, POLLIN, 0 }, { 0, POLLIN | POLLOUT, 0 }, { -1, POLLIN, 0 } };
	const struct timespec now = { 0 };
	uint32_t lens[] = { sizeof(p), sizeof(now) };
	uint8_t bytes[sizeof(p) + sizeof(now)];
	int hidden = 0;

	memcpy(bytes + sizeof(p), &now, sizeof(now));
	for (int fd = 0; fd < 64; fd++) {
		struct raw_reply r;

		p[1].fd = fd;
		memcpy(bytes, p, sizeof(p));
		raw_begin(&lane1, raw_nr("ppoll"), 5, args, 2, lens, bytes, sizeof(bytes));
		r = raw_await(&lane1);
		if (r.ret == -EBADF) {
			hidden++;
			continue;
		}
		ck_assert_int_eq(r.ret, 1);
		memcpy(p, r.data, sizeof(p));
		ck_assert_int_eq(p[1].revents, POLLNVAL);
		p[1].revents = 0;
	}
	ck_assert_int_ge(hidden, 2); /* the lane and the control socket at least */
}
END_TEST

START_TEST(calls_with_sets_of_descriptors_do_not_travel)
{
	uint64_t args[] = { 64, 1, 0, 0, 0, 0 }, all = UINT64_MAX;
	uint32_t len = sizeof(all);

	raw_begin(&lane1, raw_nr("pselect6"), 6, args, 1, &len, &all, sizeof(all));
	ck_assert_int_eq(raw_await(&lane1).ret, -ENOSYS);
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

static int64_t setresuid_there(struct raw *l, uint64_t uid)
{
	uint64_t args[] = { uid, uid, uid };

	raw_begin(l, raw_nr("setresuid"), 3, args, 0, NULL, NULL, 0);
	return raw_await(l).ret;
}

static int64_t getuid_there(struct raw *l)
{
	raw_begin(l, raw_nr("getuid"), 0, NULL, 0, NULL, NULL, 0);
	return raw_await(l).ret;
}

/* Credentials belong to threads; forks and new lanes inherit the asker's. */
START_TEST(fork_keeps_credentials)
{
	struct raw lane2, lane3, lane4;
	int64_t fd = open_fifo(&lane1);

	if (geteuid())
		return;
	raw_lane(&ses, &lane2);
	raw_lane(&ses, &lane3);
	raw_lane(&ses, &lane4);
	ck_assert_int_eq(raw_new_lane(&lane1, 2), 0);
	ck_assert_int_eq(setresuid_there(&lane2, 65534), 0);
	ck_assert_int_eq(getuid_there(&lane1), 0);
	ck_assert_int_gt(raw_fork(&lane2, 3, false), 1);
	ck_assert_int_eq(raw_new_lane(&lane2, 4), 0);
	ck_assert_int_eq(getuid_there(&lane3), 65534);
	ck_assert_int_eq(getuid_there(&lane4), 65534);
	raw_begin_read(&lane3, fd, 1);
	usleep(10000);
	raw_cancel(&ses, &lane3);
	ck_assert_int_eq(raw_await(&lane3).ret, -EINTR);
	raw_bye(&ses, 3);
	raw_expect_gone(&ses, 3, false);
}
END_TEST

/* One burst of messages is larger than what the server takes at a time. */
START_TEST(many_byes_at_once)
{
	struct raw l[100];

	for (int i = 0; i < 100; i++) {
		raw_lane(&ses, &l[i]);
		ck_assert_int_gt(raw_fork(&lane1, l[i].lane, false), 1);
	}
	for (int i = 0; i < 100; i++)
		raw_bye(&ses, l[i].lane);
	for (int i = 0; i < 100; i++)
		raw_expect(&ses.control, RSX_MSG_GONE, &rsx__gone__descriptor);
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
/* The session is still there; a slow machine's must not fall silent. */
static void ping(void)
{
	Rsx__Ping p = RSX__PING__INIT, *pong;

	p.time_ns = 0x0123456789abcdef;
	raw_send(&ses.control, RSX_MSG_PING, &p.base);
	pong = raw_expect(&ses.control, RSX_MSG_PONG, &rsx__ping__descriptor);
	ck_assert(pong->time_ns == p.time_ns);
}

START_TEST(lanes_come_and_go)
{
	struct raw l;

	for (unsigned i = 0; i < test_often(RSX_MAX_LANES + 500); i++) {
		raw_lane(&ses, &l);
		ck_assert_int_eq(raw_new_lane(&lane1, l.lane), 0);
		raw_hang_up(&l);
		if (i % 64 == 0)
			ping();
	}
	raw_lane(&ses, &l);
	ck_assert_int_eq(raw_new_lane(&lane1, l.lane), 0);
	ck_assert_int_eq(raw_lseek(&l, 1000, 0, SEEK_CUR), -EBADF);
}
END_TEST

START_TEST(forks_come_and_go)
{
	for (unsigned i = 0; i < test_often(300); i++) {
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

/* The control connection may be quicker than the lane. */
START_TEST(cancel_may_overtake_its_call)
{
	int64_t fd = open_fifo(&lane1);

	lane1.call++;
	raw_cancel(&ses, &lane1);
	lane1.call--;
	usleep(20000);
	raw_begin_read(&lane1, fd, 1);
	ck_assert_int_eq(raw_await(&lane1).ret, -EINTR);
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
	ping();
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

int main(void)
{
	Suite *suite = suite_create("server");
	TCase *tc = tcase_create("a session"), *ends = tcase_create("ends");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, calls_open_write_read);
	tcase_add_test(tc, calls_tell_the_new_descriptors_mode);
	tcase_add_test(tc, calls_carry_a_whole_piece);
	tcase_add_test(tc, calls_unknown_or_forbidden_are_enosys);
	tcase_add_test(tc, calls_cannot_touch_our_descriptors);
	tcase_add_test(tc, calls_cannot_poll_our_descriptors);
	tcase_add_test(tc, calls_with_sets_of_descriptors_do_not_travel);
	tcase_add_test(tc, calls_nobody_answers);
	tcase_add_test(tc, fork_shares_offsets);
	tcase_add_test(tc, fork_waits_for_a_late_lane);
	tcase_add_test(tc, fork_of_a_fork_outlives_its_parent);
	tcase_add_test(tc, fork_of_a_keeper_has_no_descriptors);
	tcase_add_test(tc, fork_keeps_credentials);
	tcase_add_test(tc, many_byes_at_once);
	tcase_add_test(tc, fork_with_a_used_lane_fails);
	tcase_add_test(tc, lanes_share_a_process);
	tcase_add_test(tc, lanes_come_and_go);
	tcase_add_test(tc, forks_come_and_go);
	tcase_add_test(tc, cancel_interrupts_a_read);
	tcase_add_test(tc, cancel_of_a_finished_call_does_nothing);
	tcase_add_test(tc, cancel_may_overtake_its_call);
	tcase_add_test(tc, drop_ends_a_blocked_lane_only);
	tcase_add_test(tc, bye_kills_a_blocked_twin);
	tcase_add_test(tc, ping_is_answered);
	tcase_set_timeout(ends, 30);
	tcase_add_test(ends, session_end_kills_blocked_twins);
	tcase_add_test(ends, sigterm_ends_everything);
	tcase_add_test(ends, twins_die_with_a_killed_server);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, ends);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
