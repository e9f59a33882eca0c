/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of system calls, and what -e makes of them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/choice.h"
#include "cli/set.h"
#include "rsx/exitcode.h"
#include "rsx/syscall.h"

static struct callset set;
static char word[128];

static int parse(const char *text)
{
	word[0] = '\0';
	return callset_parse(&set, text, word, sizeof(word));
}

static const struct rsx_syscall *row(const char *name)
{
	const struct rsx_syscall *r = rsx_syscall_by_name(name);

	ck_assert_msg(r != NULL, "no row %s", name);
	return r;
}

/* As the tracer asks: by the row and by what it is lowered to. */
static bool has(const char *name)
{
	const struct rsx_syscall *made = row(name);

	return callset_has(&set, made, made->lower ? row(made->lower->to) : made);
}

START_TEST(names)
{
	ck_assert_int_eq(parse("openat,close"), 0);
	ck_assert(has("openat") && has("close"));
	ck_assert(!has("read") && !has("openat2"));
	/* what it is lowered to counts, the other way round does not */
	ck_assert(has("open") && has("creat"));
	ck_assert_int_eq(parse("open"), 0);
	ck_assert(has("open") && !has("openat"));
}
END_TEST

START_TEST(classes)
{
	/* facts of strace(1): class, a member, another, no member */
	static const char *const want[][4] = {
		{ "%file", "openat", "execve", "read" },
		{ "%desc", "read", "epoll_wait", "rename" },
		{ "%net", "socket", "sendfile", "read" },
		{ "%network", "recvfrom", "accept4", "close" },
		{ "%process", "clone", "waitid", "getpid" },
		{ "%memory", "mmap", "brk", "read" },
		{ "%ipc", "shmat", "semop", "pipe2" },
		{ "%signal", "kill", "rt_sigaction", "wait4" },
		{ "%creds", "setuid", "prctl", "getpid" },
		{ "%clock", "clock_gettime", "adjtimex", "nanosleep" },
		{ "%pure", "getpid", "geteuid", "getpgid" },
		{ "%stat", "stat", "stat", "fstat" },
		{ "%lstat", "lstat", "lstat", "newfstatat" },
		{ "%fstat", "fstat", "statx", "stat" },
		{ "%%stat", "stat", "lstat", "statfs" },
		{ "%statfs", "statfs", "statfs", "fstatfs" },
		{ "%fstatfs", "fstatfs", "fstatfs", "statfs" },
		{ "%%statfs", "statfs", "ustat", "stat" },
		{ "%system", "uname", "reboot", "getpid" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert_msg(!parse(want[i][0]), "%s is refused", want[i][0]);
		/* the rows themselves: lowered ones may be of another class */
		ck_assert_msg(callset_has(&set, row(want[i][1]), row(want[i][1])), "%s: %s",
			      want[i][0], want[i][1]);
		ck_assert_msg(callset_has(&set, row(want[i][2]), row(want[i][2])), "%s: %s",
			      want[i][0], want[i][2]);
		ck_assert_msg(!callset_has(&set, row(want[i][3]), row(want[i][3])), "%s: not %s",
			      want[i][0], want[i][3]);
	}
	/* every class of the list is one, and has members */
	for (size_t i = 0; callset_class_name(i); i++) {
		unsigned n = 0;

		for (size_t k = 0; k < rsx_nsyscalls; k++)
			n += (rsx_syscalls[k].classes & callset_class(callset_class_name(i))) != 0;
		ck_assert_msg(n > 0, "%%%s is empty", callset_class_name(i));
	}
}
END_TEST

START_TEST(all_none_not)
{
	ck_assert_int_eq(parse("all"), 0);
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		ck_assert(has(rsx_syscalls[i].name));
	ck_assert_int_eq(parse("none"), 0);
	for (size_t i = 0; i < rsx_nsyscalls; i++)
		ck_assert(!has(rsx_syscalls[i].name));
	ck_assert_int_eq(parse("!none"), 0);
	ck_assert(has("read"));
	ck_assert_int_eq(parse("!%file,close"), 0);
	ck_assert(!has("openat") && !has("open") && !has("close"));
	ck_assert(has("read"));
}
END_TEST

START_TEST(patterns_and_maybe)
{
	ck_assert_int_eq(parse("/^get.*id$"), 0);
	ck_assert(has("getpid") && has("getuid") && !has("setuid"));
	ck_assert_int_eq(parse("/stat,read"), 0);
	ck_assert(has("fstatfs") && has("statx") && has("read"));
	ck_assert_int_eq(parse("?nosuchcall,read"), 0);
	ck_assert(has("read") && !has("write"));
	ck_assert_int_eq(parse("?write"), 0);
	ck_assert(has("write"));
}
END_TEST

START_TEST(wrong_words)
{
	static const char *const bad[][2] = {
		{ "opnat", "opnat" }, { "", "" }, { "read,", "" }, { ",read", "" },
		{ "read,,close", "" }, { "%files", "%files" }, { "%", "%" }, { "filez", "filez" },
		{ "!", "" }, { "/(", "/(" }, { "/", "/" }, { "?", "?" }, { "read, close", " close" },
		{ "Read", "Read" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(parse(bad[i][0]) == -EINVAL, "\"%s\" is taken", bad[i][0]);
		ck_assert_str_eq(word, bad[i][1]);
	}
	/* a failure leaves the set alone */
	ck_assert_int_eq(parse("read"), 0);
	ck_assert_int_eq(parse("close,nonsense"), -EINVAL);
	ck_assert(has("read") && !has("close"));
}
END_TEST

START_TEST(a_long_word_is_wrong)
{
	char text[2048];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(parse(text), -EINVAL);
	callset_nearest(text, word, sizeof(word));
	ck_assert_str_eq(word, "");
}
END_TEST

START_TEST(nearest)
{
	static const char *const want[][2] = {
		{ "opnat", "openat, openat2" }, { "raed", "read" }, { "fiel", "%file" },
		{ "file", "%file" }, { "%files", "%file" }, { "network", "%network" },
		{ "qqqqqqqq", "" }, { "", "" },
	};
	char near[128];

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		callset_nearest(want[i][0], near, sizeof(near));
		ck_assert_msg(!strncmp(near, want[i][1], strlen(want[i][1])) &&
				      (*want[i][1] || !*near),
			      "near %s: %s", want[i][0], near);
	}
	callset_nearest("opnat", near, 6);
	ck_assert_str_eq(near, "opena"); /* cut to the room */
}
END_TEST

/* --- -e --- */

static struct choice c;

/* What it says goes nowhere: only the result counts here. */
static int add(const char *expr)
{
	int saved = dup(STDERR_FILENO), err;
	FILE *f = tmpfile();

	dup2(fileno(f), STDERR_FILENO);
	err = choice_add(&c, expr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(f);
	return err;
}

START_TEST(choice_of_sides)
{
	ck_assert(!c.any && !choice_stays(&c, row("read")) && !choice_denies(&c, row("read")));
	ck_assert_int_eq(add("remote=%net,openat"), 0);
	ck_assert(c.any);
	ck_assert(!choice_stays(&c, row("socket")) && !choice_stays(&c, row("open")));
	ck_assert(choice_stays(&c, row("unlink")));
	/* in the order given: out of what is left */
	ck_assert_int_eq(add("local=connect"), 0);
	ck_assert(choice_stays(&c, row("connect")) && !choice_stays(&c, row("socket")));
	ck_assert_int_eq(add("remote=all"), 0);
	ck_assert(!choice_stays(&c, row("connect")) && !choice_stays(&c, row("unlink")));
}
END_TEST

START_TEST(choice_of_errors)
{
	ck_assert_int_eq(add("deny=%net"), 0);
	ck_assert_int_eq(choice_denies(&c, row("socket")), -EPERM);
	ck_assert_int_eq(add("deny=connect,openat:ENOENT"), 0);
	ck_assert_int_eq(choice_denies(&c, row("connect")), -ENOENT);
	ck_assert_int_eq(choice_denies(&c, row("open")), -ENOENT);
	ck_assert_int_eq(choice_denies(&c, row("socket")), -EPERM);
	ck_assert_int_eq(add("deny=all:110"), 0);
	ck_assert_int_eq(choice_denies(&c, row("read")), -ETIMEDOUT);
	/* these cannot fail */
	ck_assert_int_eq(choice_denies(&c, row("exit_group")), 0);
	ck_assert_int_eq(choice_denies(&c, row("rt_sigreturn")), 0);
	ck_assert_int_eq(choice_denies(&c, row("restart_syscall")), 0);
}
END_TEST

START_TEST(choice_that_is_wrong)
{
	static const char *const bad[] = {
		"", "remote", "remote=", "remoter=read", "=read", "openat", "local=nosuch",
		"deny=read:", "deny=read:EFOO", "deny=read:0", "deny=read:5000", "deny=:EPERM",
		"local=read:EPERM", "deny=read:-1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(add(bad[i]) == RSX_EXIT_USAGE, "\"%s\" is taken", bad[i]);
	ck_assert(!c.any);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("set");
	TCase *tc = tcase_create("sets and choices");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, names);
	tcase_add_test(tc, classes);
	tcase_add_test(tc, all_none_not);
	tcase_add_test(tc, patterns_and_maybe);
	tcase_add_test(tc, wrong_words);
	tcase_add_test(tc, a_long_word_is_wrong);
	tcase_add_test(tc, nearest);
	tcase_add_test(tc, choice_of_sides);
	tcase_add_test(tc, choice_of_errors);
	tcase_add_test(tc, choice_that_is_wrong);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
