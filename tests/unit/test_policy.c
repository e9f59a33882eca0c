/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which side a path is on: normal forms, default rules, the user's rules. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "paths/policy.h"
#include "rsx/limits.h"

static struct policy p;

static void setup(void)
{
	ck_assert_int_eq(policy_init(&p, false), 0);
}

static void teardown(void)
{
	policy_done(&p);
	guard_free_all();
}

static void expect(const char *path, enum rule_kind kind)
{
	const struct rule *r = policy_rule(&p, path);

	ck_assert_ptr_nonnull(r);
	ck_assert_msg(r->kind == kind, "%s: kind %d by rule %s", path, r->kind, r->path);
}

static void rule(enum rule_kind kind, const char *path)
{
	ck_assert_int_eq(policy_add(&p, kind, path, NULL), 0);
}

/* --- normal forms --- */

START_TEST(normal_forms)
{
	static const struct {
		const char *path, *normal;
	} c[] = {
		{ "/", "/" }, { "//", "/" }, { "///", "/" }, { "", "/" }, { "/.", "/" },
		{ "/..", "/" }, { "/../..", "/" }, { "/./", "/" }, { "/../", "/" },
		{ "/a", "/a" }, { "/a/", "/a" }, { "//a", "/a" }, { "/a//b", "/a/b" },
		{ "/a/./b", "/a/b" }, { "/a/../b", "/b" }, { "/a/b/..", "/a" },
		{ "/a/b/../", "/a" }, { "/a/..", "/" }, { "/a/../..", "/" },
		{ "/a/b/../../c", "/c" }, { "/a/b/../../../c", "/c" }, { "/a/b/c/../..", "/a" },
		{ "/..a", "/..a" }, { "/a..", "/a.." }, { "/...", "/..." }, { "/.a/.b", "/.a/.b" },
		{ "/a/.../b", "/a/.../b" }, { "/a/. ./b", "/a/. ./b" }, { "/a b/c\n", "/a b/c\n" },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		char *to = guard_alloc(RSX_MAX_PATH);

		ck_assert_int_eq(path_normal(to, guard_string(c[i].path)), 0);
		ck_assert_str_eq(to, c[i].normal);
	}
}
END_TEST

START_TEST(normal_forms_have_a_maximum)
{
	char *to = guard_alloc(RSX_MAX_PATH), *path = guard_alloc(2 * RSX_MAX_PATH);

	memset(path, 'x', 2 * RSX_MAX_PATH);
	path[0] = '/';
	path[RSX_MAX_PATH - 1] = '\0';
	ck_assert_int_eq(path_normal(to, path), 0);
	ck_assert_uint_eq(strlen(to), RSX_MAX_PATH - 1);
	path[RSX_MAX_PATH - 1] = 'x';
	path[RSX_MAX_PATH] = '\0';
	ck_assert_int_eq(path_normal(to, path), -ENAMETOOLONG);

	/* what is taken away again does not count */
	for (unsigned i = 0; i + 5 < 2 * RSX_MAX_PATH; i += 5)
		memcpy(path + i, "/a/..", 6);
	ck_assert_int_eq(path_normal(to, path), 0);
	ck_assert_str_eq(to, "/");
}
END_TEST

/* --- defaults --- */

START_TEST(code_is_local)
{
	static const char *const local[] = {
		"/usr", "/usr/bin/ls", "/bin", "/bin/sh", "/sbin/init", "/lib", "/lib64/ld.so",
		"/lib/x86_64-linux-gnu/libc.so.6", "/etc/ld.so.cache", "/etc/ld.so.conf.d/x.conf",
		"/dev/null", "/dev/tty", "/dev/pts/3", "/dev/shm/x", "/dev/fd/5", "/dev/stdin",
		"/proc/self", "/proc/self/maps", "/proc/cpuinfo", "/sys/devices/system/cpu/online",
	};

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		expect(local[i], RULE_LOCAL);
}
END_TEST

START_TEST(world_is_remote)
{
	static const char *const remote[] = {
		"/", "/etc", "/etc/passwd", "/home/user/file", "/usrlocal", "/us", "/binary",
		"/libfoo", "/lib6", "/dev", "/dev/sda", "/dev/nullx", "/dev/ttyS0", "/proc",
		"/proc/meminfo", "/proc/selfish", "/proc/1", "/sys", "/sys/devices/system",
		"/etc/ld.so", "/etc/ld.so.cache.old", "/tmp", "/var/lib",
	};

	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		expect(remote[i], RULE_REMOTE);
}
END_TEST

/* --- the user's rules --- */

START_TEST(longest_rule_wins)
{
	rule(RULE_REMOTE, "/usr/share");
	rule(RULE_LOCAL, "/usr/share/doc");
	rule(RULE_DENY, "/usr/share/doc/secret");
	expect("/usr/lib", RULE_LOCAL);
	expect("/usr/share", RULE_REMOTE);
	expect("/usr/share/man", RULE_REMOTE);
	expect("/usr/share/docs", RULE_REMOTE);
	expect("/usr/share/doc/x", RULE_LOCAL);
	expect("/usr/share/doc/secret/y", RULE_DENY);
	expect("/usr/share/doc/secrets", RULE_LOCAL);
}
END_TEST

/* In whatever order they are given. */
START_TEST(longest_rule_wins_backwards)
{
	rule(RULE_DENY, "/a/b/c");
	rule(RULE_LOCAL, "/a/b");
	rule(RULE_DENY, "/a");
	expect("/a", RULE_DENY);
	expect("/a/b/x", RULE_LOCAL);
	expect("/a/b/c/d", RULE_DENY);
}
END_TEST

START_TEST(user_beats_default)
{
	rule(RULE_REMOTE, "/usr");
	expect("/usr/bin/ls", RULE_REMOTE);
	rule(RULE_DENY, "/dev/null");
	expect("/dev/null", RULE_DENY);
	rule(RULE_LOCAL, "/");
	expect("/etc/passwd", RULE_LOCAL);
	expect("/usr/bin/ls", RULE_REMOTE);
	ck_assert(policy_rule(&p, "/")->user);
}
END_TEST

START_TEST(later_rule_beats_the_same_one_before)
{
	rule(RULE_LOCAL, "/srv");
	rule(RULE_DENY, "/srv/");
	expect("/srv/x", RULE_DENY);
	/* a default that comes later does not beat the user's */
	rule(RULE_REMOTE, "/opt/prog/bin/app");
	ck_assert_int_eq(policy_add_program(&p, "/opt/prog/bin/app"), 0);
	expect("/opt/prog/bin/app", RULE_REMOTE);
}
END_TEST

START_TEST(rules_are_made_normal)
{
	rule(RULE_LOCAL, "//srv/./x/../data//");
	expect("/srv/data", RULE_LOCAL);
	expect("/srv/data/file", RULE_LOCAL);
	expect("/srv/x", RULE_REMOTE);
}
END_TEST

START_TEST(relative_rules_are_relative_to_here)
{
	char dir[] = "/tmp/rsx-policy-XXXXXX", path[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	rule(RULE_LOCAL, "data");
	rule(RULE_DENY, ".");
	ck_assert_ptr_nonnull(getcwd(dir, sizeof(dir))); /* /tmp may be a link */
	snprintf(path, sizeof(path), "%s/data/x", dir);
	expect(path, RULE_LOCAL);
	snprintf(path, sizeof(path), "%s/other", dir);
	expect(path, RULE_DENY);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(bad_rules)
{
	char *path = guard_alloc(RSX_MAX_PATH + 1);

	ck_assert_int_eq(policy_add(&p, RULE_LOCAL, "", NULL), -EINVAL);
	ck_assert_int_eq(policy_add(&p, RULE_MAP, "/a", ""), -EINVAL);
	memset(path, 'x', RSX_MAX_PATH);
	path[0] = '/';
	path[RSX_MAX_PATH] = '\0';
	ck_assert_int_eq(policy_add(&p, RULE_LOCAL, path, NULL), -ENAMETOOLONG);
	ck_assert_int_eq(policy_add(&p, RULE_MAP, "/a", path), -ENAMETOOLONG);
	expect("/a", RULE_REMOTE);
}
END_TEST

START_TEST(map_has_two_names)
{
	const struct rule *r;

	ck_assert_int_eq(policy_add(&p, RULE_MAP, "/etc/hosts/", "/home/me//hosts"), 0);
	r = policy_rule(&p, "/etc/hosts");
	ck_assert_int_eq(r->kind, RULE_MAP);
	ck_assert_str_eq(r->path, "/etc/hosts");
	ck_assert_uint_eq(r->len, strlen("/etc/hosts"));
	ck_assert_str_eq(r->to, "/home/me/hosts");
	expect("/etc/hosts.allow", RULE_REMOTE);
	expect("/etc/hosts/below", RULE_MAP);
}
END_TEST

/* --- the started program --- */

START_TEST(program_and_what_lies_beside_it)
{
	ck_assert_int_eq(policy_add_program(&p, "/opt/python/bin/python3"), 0);
	expect("/opt/python/bin/python3", RULE_LOCAL);
	expect("/opt/python/lib/python3.11/os.py", RULE_LOCAL);
	expect("/opt/python/share/x", RULE_LOCAL);
	expect("/opt/python/libexec/x", RULE_LOCAL);
	expect("/opt/python/bin/other", RULE_REMOTE);
	expect("/opt/python/etc/conf", RULE_REMOTE);
	expect("/opt/python", RULE_REMOTE);
}
END_TEST

/* The prefix ends at the last bin. */
START_TEST(program_below_two_bins)
{
	ck_assert_int_eq(policy_add_program(&p, "/opt/bin/tool/bin/app"), 0);
	expect("/opt/bin/tool/lib/x", RULE_LOCAL);
	expect("/opt/lib/x", RULE_REMOTE);
}
END_TEST

START_TEST(program_anywhere_else_is_alone)
{
	ck_assert_int_eq(policy_add_program(&p, "/home/me/app"), 0);
	expect("/home/me/app", RULE_LOCAL);
	expect("/home/me/lib/x", RULE_REMOTE);
	ck_assert_int_eq(policy_add_program(&p, "/home/me/bin.d/app"), 0);
	expect("/home/me/lib/x", RULE_REMOTE);
	ck_assert_int_eq(policy_add_program(&p, "/app"), 0);
	expect("/app", RULE_LOCAL);
	expect("/lib1/x", RULE_REMOTE);
}
END_TEST

/* A program behind a link is local under both names. */
START_TEST(program_behind_a_link)
{
	char dir[] = "/tmp/rsx-policy-XXXXXX", here[64], path[128], real[128];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	ck_assert_int_eq(mkdir("bin", 0700), 0);
	ck_assert_int_eq(symlink("bin/app", "link"), 0);
	fclose(fopen("bin/app", "w"));
	snprintf(path, sizeof(path), "%s/link", here);
	ck_assert_int_eq(policy_add_program(&p, path), 0);
	expect(path, RULE_LOCAL);
	snprintf(real, sizeof(real), "%s/bin/app", here);
	expect(real, RULE_LOCAL);
	snprintf(real, sizeof(real), "%s/lib/x", here);
	expect(real, RULE_LOCAL);
	unlink("bin/app");
	unlink("link");
	rmdir("bin");
	rmdir(here);
}
END_TEST

/* --- explain --- */

START_TEST(all_code_remote)
{
	policy_done(&p);
	ck_assert_int_eq(policy_init(&p, true), 0);
	for (size_t i = 0; i < 5; i++)
		expect((const char *[]){ "/usr/bin/env", "/lib64/ld.so", "/etc/ld.so.cache",
					 "/etc/alternatives/x", "/bin" }[i], RULE_REMOTE);
	for (size_t i = 0; i < 5; i++)
		expect((const char *[]){ "/dev/null", "/proc/self/exe", "/dev/shm/x", "/proc/cpuinfo",
					 "/sys/devices/system/cpu" }[i], RULE_LOCAL);
}
END_TEST

START_TEST(explained)
{
	static const struct {
		const char *path, *begins, *has;
	} c[] = {
		{ "/etc/passwd", "/etc/passwd: remote: ", "(rule /)" },
		{ "/usr/bin/../bin/ls", "/usr/bin/ls: local: ", "(rule /usr)" },
		{ "/srv/secret/x", "/srv/secret/x: denied: ", "--deny" },
		{ "/etc/hosts", "/etc/hosts: local: ", "(rule /etc/hosts = /tmp/hosts)" },
	};

	rule(RULE_DENY, "/srv/secret");
	ck_assert_int_eq(policy_add(&p, RULE_MAP, "/etc/hosts", "/tmp/hosts"), 0);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		char *line = guard_alloc(300);

		policy_explain(&p, c[i].path, line, 300);
		ck_assert_msg(!strncmp(line, c[i].begins, strlen(c[i].begins)), "%s", line);
		ck_assert_msg(strstr(line, c[i].has) != NULL, "%s", line);
		ck_assert_ptr_null(strchr(line, '\n'));
	}
}
END_TEST

START_TEST(explained_in_little_room)
{
	char *line = guard_alloc(10), *path = guard_alloc(RSX_MAX_PATH + 1);

	policy_explain(&p, "/etc/passwd", line, 10);
	ck_assert_str_eq(line, "/etc/pass");
	memset(path, 'x', RSX_MAX_PATH);
	path[0] = '/';
	path[RSX_MAX_PATH] = '\0';
	policy_explain(&p, path, line, 10);
	ck_assert_uint_eq(strlen(line), 9);
}
END_TEST

/* Abstract socket names have rules of their own, and no directories. */
START_TEST(abstract_names)
{
	expect("@name", RULE_REMOTE);
	expect("@", RULE_REMOTE);
	rule(RULE_LOCAL, "/");
	rule(RULE_DENY, "@name");
	expect("@other", RULE_REMOTE);
	expect("@name", RULE_DENY);
	expect("@name/below", RULE_DENY);
	expect("@names", RULE_REMOTE);
	expect("/@name", RULE_LOCAL);
	rule(RULE_LOCAL, "@");
	expect("@names", RULE_LOCAL);
	expect("@", RULE_LOCAL);
	expect("@name", RULE_DENY);
	/* bytes, not a path */
	rule(RULE_REMOTE, "@a/../b/");
	expect("@a/../b/", RULE_REMOTE);
	expect("@b", RULE_LOCAL);
	ck_assert_int_eq(policy_add(&p, RULE_MAP, "@x", "/y"), -EINVAL);
	ck_assert_int_eq(policy_add(&p, RULE_MAP, "/y", "@x"), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("rules");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, normal_forms);
	tcase_add_test(tc, normal_forms_have_a_maximum);
	tcase_add_test(tc, code_is_local);
	tcase_add_test(tc, world_is_remote);
	tcase_add_test(tc, longest_rule_wins);
	tcase_add_test(tc, longest_rule_wins_backwards);
	tcase_add_test(tc, user_beats_default);
	tcase_add_test(tc, later_rule_beats_the_same_one_before);
	tcase_add_test(tc, rules_are_made_normal);
	tcase_add_test(tc, relative_rules_are_relative_to_here);
	tcase_add_test(tc, bad_rules);
	tcase_add_test(tc, abstract_names);
	tcase_add_test(tc, map_has_two_names);
	tcase_add_test(tc, program_and_what_lies_beside_it);
	tcase_add_test(tc, program_below_two_bins);
	tcase_add_test(tc, program_anywhere_else_is_alone);
	tcase_add_test(tc, program_behind_a_link);
	tcase_add_test(tc, all_code_remote);
	tcase_add_test(tc, explained);
	tcase_add_test(tc, explained_in_little_room);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
