/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses: the syntax, connecting and listening over tcp and unix, and who
 * is let in. AF_VSOCK is parsed here but never opened.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsx/transport.h"

static struct rsx_endpoint ep;
static const char *why;
static char dir[64], address[128];

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/rsx-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(address, sizeof(address), "unix:%s/sock", dir);
}

static void teardown(void)
{
	ck_assert_int_eq(rmdir(dir), 0);
}

static void parse(const char *text)
{
	why = NULL;
	ck_assert_msg(rsx_endpoint_parse(&ep, text, &why) == 0, "%s: %s", text, why);
}

static const struct {
	const char *text, *host;
	uint32_t cid, port;
	bool key;
} good[] = {
	{ "tcp:localhost:5000", "localhost", 0, 5000, true },
	{ "tcp:10.1.2.3:0", "10.1.2.3", 0, 0, true },
	{ "tcp:[::1]:65535", "::1", 0, 65535, true },
	{ "vsock:3:5000", "", 3, 5000, false },
	{ "vsock:host:1", "", 2, 1, false },
	{ "vsock:self:1", "", 1, 1, false },
	{ "vsock:any:4294967294", "", UINT32_MAX, 4294967294u, false },
	{ "unix:/run/rsx", "/run/rsx", 0, 0, false },
	{ "unix:relative", "relative", 0, 0, false },
	{ "unix:@abstract", "@abstract", 0, 0, false },
	{ "unix:/with:colons", "/with:colons", 0, 0, false },
};

START_TEST(good_addresses)
{
	parse(good[_i].text);
	ck_assert_str_eq(ep.text, good[_i].text);
	ck_assert_str_eq(ep.host, good[_i].host);
	ck_assert_uint_eq(ep.cid, good[_i].cid);
	ck_assert_uint_eq(ep.port, good[_i].port);
	ck_assert_int_eq(rsx_endpoint_needs_key(&ep), good[_i].key);
}
END_TEST

static const char *const bad[] = {
	"",
	"tcp",
	"tcp:",
	"tcp::5000",
	"tcp:host",
	"tcp:host:",
	"tcp:host:70000",
	"tcp:host:-1",
	"tcp:host:5o",
	"tcp:host: 5",
	"tcp:::1:5000",
	"tcp:[::1:5000",
	"tcp:[]:5000",
	"udp:host:1",
	"tcp:host:18446744073709551617",
	"vsock:5000",
	"vsock::1",
	"vsock:x:1",
	"vsock:3:",
	"vsock:3:x",
	"vsock:4294967295:1",
	"vsock:3:4294967295",
	"unix:",
	"unix:@",
	"unix",
	"host:5000",
	("unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
	 "0123456789012345678901234567890123456789"),
};

START_TEST(bad_addresses)
{
	why = NULL;
	ck_assert_int_eq(rsx_endpoint_parse(&ep, bad[_i], &why), -EINVAL);
	ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(too_long_addresses)
{
	char text[1024];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	memcpy(text, "tcp:", 4);
	ck_assert_int_eq(rsx_endpoint_parse(&ep, text, &why), -EINVAL);
	strcpy(text + 230, ":5000");
	ck_assert_int_eq(rsx_endpoint_parse(&ep, text, &why), -EINVAL);
}
END_TEST

/* Connect to what listens, accept, and pass the admission. */
static void meet(int listener, const char *to)
{
	struct rsx_endpoint there;
	char peer[128] = "";
	bool same = false;
	int fd, here;

	ck_assert_int_eq(rsx_endpoint_parse(&there, to, &why), 0);
	fd = rsx_endpoint_connect(&there, 2000, &why);
	ck_assert_msg(fd >= 0, "%s: %s", to, strerror(-fd));
	here = accept(listener, NULL, NULL);
	ck_assert_int_ge(here, 0);
	ck_assert_int_eq(rsx_endpoint_admit(&ep, here, NULL, 0, peer, sizeof(peer), &same), 0);
	ck_assert(same);
	ck_assert_str_ne(peer, "");
	close(fd);
	close(here);
}

START_TEST(tcp_listens_on_port_zero)
{
	char bound[128];
	int fd;

	parse("tcp:127.0.0.1:0");
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert(rsx_endpoint_is_loopback(&ep, fd));
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, bound, sizeof(bound)), 0);
	ck_assert_ptr_nonnull(strstr(bound, "tcp:127.0.0.1:"));
	ck_assert_str_ne(bound, "tcp:127.0.0.1:0");
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, bound + 20, 5), -ENOSPC);
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, bound, sizeof(bound)), 0);
	meet(fd, bound);
	close(fd);
	parse(bound);
	fd = rsx_endpoint_connect(&ep, 2000, &why);
	ck_assert_int_eq(fd, -ECONNREFUSED);
	ck_assert_str_eq(why, "no server listens there");
}
END_TEST

START_TEST(tcp_any_is_not_loopback)
{
	int fd;

	parse("tcp:0.0.0.0:0");
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert(!rsx_endpoint_is_loopback(&ep, fd));
	close(fd);
}
END_TEST

START_TEST(tcp_taken_port)
{
	char bound[128];
	int fd, second;

	parse("tcp:127.0.0.1:0");
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, bound, sizeof(bound)), 0);
	parse(bound);
	second = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_eq(second, -EADDRINUSE);
	close(fd);
}
END_TEST

START_TEST(unix_replaces_a_stale_socket)
{
	struct stat st;
	int fd, second;

	parse(address);
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(stat(ep.host, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	meet(fd, address);
	second = rsx_endpoint_listen(&ep, &why); /* it lives */
	ck_assert_int_eq(second, -EADDRINUSE);
	close(fd); /* the file stays */
	ck_assert_int_eq(rsx_endpoint_connect(&ep, 100, &why), -ECONNREFUSED);
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	meet(fd, address);
	close(fd);
	rsx_endpoint_unlisten(&ep);
	ck_assert_int_eq(rsx_endpoint_connect(&ep, 100, &why), -ENOENT);
}
END_TEST

START_TEST(unix_does_not_remove_files)
{
	FILE *f;

	parse(address);
	f = fopen(ep.host, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_int_eq(rsx_endpoint_listen(&ep, &why), -EADDRINUSE);
	ck_assert_int_eq(unlink(ep.host), 0);
}
END_TEST

START_TEST(unix_abstract)
{
	char bound[128], text[64];
	int fd;

	snprintf(text, sizeof(text), "unix:@rsx-test-%d", getpid());
	parse(text);
	fd = rsx_endpoint_listen(&ep, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rsx_endpoint_bound(&ep, fd, bound, sizeof(bound)), 0);
	ck_assert_str_eq(bound, text);
	meet(fd, text);
	close(fd);
}
END_TEST

START_TEST(unknown_host_has_a_hint)
{
	parse("tcp:no-such-host.invalid:1");
	why = NULL;
	ck_assert_int_lt(rsx_endpoint_connect(&ep, 2000, &why), 0);
	ck_assert_ptr_nonnull(why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("addr");
	TCase *tc = tcase_create("endpoints");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, good_addresses, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, bad_addresses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, too_long_addresses);
	tcase_add_test(tc, tcp_listens_on_port_zero);
	tcase_add_test(tc, tcp_any_is_not_loopback);
	tcase_add_test(tc, tcp_taken_port);
	tcase_add_test(tc, unix_replaces_a_stale_socket);
	tcase_add_test(tc, unix_does_not_remove_files);
	tcase_add_test(tc, unix_abstract);
	tcase_add_test(tc, unknown_host_has_a_hint);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
