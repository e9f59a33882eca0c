/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of rsx-trace: every option, and every wrong one. */
#include <check.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "paths/policy.h"
#include "rsx/exitcode.h"

static struct options o;
static char said[4096]; /* on stderr */

static void setup(void)
{
	unsetenv("RSX_SERVER");
	unsetenv("RSX_KEY");
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

/* Parse these words; what it says on stderr is kept. */
static int parse(const char *const *words)
{
	static char *argv[600], room[16384]; /* options may be written to */
	char *at = room;
	FILE *f = tmpfile();
	int argc = 0, saved = dup(STDERR_FILENO), ret;
	size_t n;

	ck_assert_ptr_nonnull(f);
	argv[argc++] = "rsx-trace";
	for (; *words; words++) {
		argv[argc++] = at;
		at = stpcpy(at, *words) + 1;
	}
	argv[argc] = NULL;
	optind = 0; /* getopt_long(3): begin anew */
	dup2(fileno(f), STDERR_FILENO);
	ret = options_parse(&o, argc, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	fclose(f);
	return ret;
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void expect_one_line(void)
{
	const char *end = strchr(said, '\n');

	ck_assert_msg(end && !end[1] && end > said, "it said: \"%s\"", said);
}

START_TEST(program_alone)
{
	ck_assert_int_eq(PARSE("ls"), 0);
	ck_assert_int_eq(o.action, ACTION_RUN);
	ck_assert_str_eq(o.argv[0], "ls");
	ck_assert_ptr_null(o.argv[1]);
	ck_assert_ptr_null(o.server);
	ck_assert_ptr_null(o.key);
	ck_assert_ptr_null(o.chdir);
	ck_assert_ptr_null(o.report.file);
	ck_assert(!report_wanted(&o.report) && !o.quiet);
	ck_assert_int_eq(o.on_disconnect, ON_DISCONNECT_KILL);
	ck_assert_uint_eq(o.n_rules, 0);
	ck_assert_str_eq(said, "");
}
END_TEST

/* The program's options are the program's, with or without "--". */
START_TEST(program_keeps_its_options)
{
	ck_assert_int_eq(PARSE("-q", "ls", "-v", "--help", "--", "-x"), 0);
	ck_assert(o.quiet);
	ck_assert(!report_wanted(&o.report));
	ck_assert_int_eq(o.action, ACTION_RUN);
	ck_assert_str_eq(o.argv[1], "-v");
	ck_assert_str_eq(o.argv[2], "--help");
	ck_assert_str_eq(o.argv[3], "--");
	ck_assert_str_eq(o.argv[4], "-x");
	ck_assert_ptr_null(o.argv[5]);

	ck_assert_int_eq(PARSE("--quiet", "--", "-odd", "-v"), 0);
	ck_assert_str_eq(o.argv[0], "-odd");
	ck_assert_str_eq(o.argv[1], "-v");
}
END_TEST

START_TEST(options_with_a_value)
{
	ck_assert_int_eq(PARSE("--server", "tcp:h:1", "--key=/k", "--chdir", "/srv", "--output", "t",
			       "x"), 0);
	ck_assert_str_eq(o.server, "tcp:h:1");
	ck_assert_str_eq(o.key, "/k");
	ck_assert_str_eq(o.chdir, "/srv");
	ck_assert_str_eq(o.report.file, "t");
	ck_assert(report_lines_wanted(&o.report));

	ck_assert_int_eq(PARSE("-s", "100", "-P/key", "-ofile", "x"), 0);
	ck_assert_int_eq(o.report.strsize, 100);
	ck_assert_str_eq(o.report.path[0], "/key");
	ck_assert_str_eq(o.report.file, "file");
}
END_TEST

START_TEST(options_without_a_value)
{
	ck_assert_int_eq(PARSE("-v", "-T", "-q", "x"), 0);
	ck_assert(o.report.verbose && o.report.times && o.quiet);
	ck_assert_ptr_null(o.report.file);
	ck_assert_int_eq(PARSE("-vTq", "x"), 0);
	ck_assert(o.report.verbose && o.report.times && o.quiet);
	ck_assert_int_eq(PARSE("--verbose", "--time", "--quiet", "x"), 0);
	ck_assert(o.report.verbose && o.report.times && o.quiet);
}
END_TEST

/* Words of strace, after -e and before: what they show. */
START_TEST(habits_of_strace)
{
	ck_assert_int_eq(PARSE("-f", "-e", "openat,close", "x"), 0);
	ck_assert_str_eq(o.report.set, "openat,close");
	ck_assert_int_eq(PARSE("-e", "t=%file", "x"), 0);
	ck_assert_str_eq(o.report.set, "%file");
	ck_assert_int_eq(PARSE("-e", "signal=!SIGCHLD,usr1", "x"), 0);
	ck_assert(o.report.signals_given);
	ck_assert_uint_eq(o.report.signals, ~(1ull << 16 | 1ull << 9));
	ck_assert_int_eq(PARSE("-e", "signal=none", "x"), 0);
	ck_assert_uint_eq(o.report.signals, 0);
	ck_assert_int_eq(PARSE("-e", "status=failed", "x"), 0);
	ck_assert(o.report.failed && !o.report.successful);
	ck_assert_int_eq(PARSE("-xx", "-a", "40", "-i", "-n", "-A", "-o", "f", "x"), 0);
	ck_assert(o.report.hex == 2 && o.report.column == 40 && o.report.pc &&
		  o.report.numbers && o.report.append);
	ck_assert_int_eq(PARSE("-w", "-c", "-S", "name", "x"), 0);
	ck_assert_int_eq(o.report.sort, SORT_NAME);
}
END_TEST

/* Options that do not go together, or not with a program: a line each. */
START_TEST(options_together)
{
	static const struct {
		const char *args[6];
		bool good;
	} cases[] = {
		{ { "-p1", "-c" }, true },	  { { "-p1", "-C" }, true },
		{ { "-p1", "-k" }, true },	  { { "-p1", "--flame", "f" }, true },
		{ { "-p1", "--format=json" }, true }, { { "-p1", "--format=chrome" }, true },
		{ { "-p1", "-o", "f" }, true },	  { { "-p1", "--all" }, true },
		{ { "-p1", "-P", "/x" }, true },  { { "-p1", "--chdir", "/" }, true },
		{ { "-p1", "-e", "remote=%file" }, true },
		{ { "-p1", "--detach=kill", "--detach-after", "1" }, true },
		{ { "-p1", "-p2", "-p", "3,4 5" }, true },
		{ { "-p1", "x" }, false },	  { { "-p1", "--", "x" }, false },
		{ { "-p1", "--dry-run" }, false },
		{ { "-p1", "--env", "remote" }, false }, { { "-p1", "-E", "A=b" }, false },
		{ { "-p1", "--doctor" }, false }, { { "-p1", "--explain", "/x" }, false },
		{ { "--detach-after", "1", "x" }, false }, { { "--detach", "eio", "x" }, false },
		{ { "--dry-run", "--chdir", "/", "x" }, false },
		{ { "--dry-run", "--all", "x" }, true }, { { "--dry-run", "-c", "x" }, true },
		{ { "--dry-run", "--env", "merge", "x" }, true },
		{ { "--dry-run", "--server", "unix:/x", "x" }, true },
		{ { "--dry-run", "--doctor" }, false }, { { "--doctor", "x" }, false },
		{ { "--explain", "/x", "x" }, false }, { { "--explain", "/x", "--doctor" }, false },
		{ { "--list-syscalls", "x" }, false }, { { "--version", "x" }, false },
		{ { "--config", "f", "--no-config", "x" }, false },
		{ { "-c", "-C", "x" }, false },	  { { "-z", "-Z", "x" }, false },
		{ { "-A", "x" }, false },	  { { "-ff", "x" }, false },
		{ { "-c", "-k", "x" }, true },	  { { "-c", "--format=chrome", "x" }, true },
		{ { "-b", "execve", "x" }, false }, { { "-u", "nobody", "x" }, false },
		{ { "-D", "x" }, false },	  { { "-I", "1", "x" }, false },
		{ { "-X", "raw", "x" }, false },  { { "-U", "name", "x" }, false },
		{ { "-e", "inject=openat:error=ENOENT", "x" }, false },
		{ { "-e", "write=1", "x" }, false }, { { "-e", "verbose=none", "x" }, false },
		{ { "-e", "signal=NOSIG", "x" }, false }, { { "-e", "status=maybe", "x" }, false },
		{ { "-a", "x", "x" }, false },	  { { "-S", "size", "x" }, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(parse(cases[i].args) == (cases[i].good ? 0 : RSX_EXIT_USAGE),
			      "case %zu: %s %s", i, cases[i].args[0],
			      cases[i].args[1] ? cases[i].args[1] : "");
		if (!cases[i].good)
			expect_one_line();
	}
}
END_TEST

/* What is asked for decides what is written: lines, a summary, a picture. */
START_TEST(what_a_trace_shows)
{
	static const struct {
		const char *args[4];
		bool wanted, lines;
	} cases[] = {
		{ { "x" }, false, false },
		{ { "-v", "x" }, true, true },
		{ { "-T", "x" }, true, true },
		{ { "-k", "x" }, true, true },
		{ { "--trace=%file", "x" }, true, true },
		{ { "--format=json", "x" }, true, true },
		{ { "-c", "x" }, true, false },
		{ { "-c", "-v", "x" }, true, false },
		{ { "-c", "-ofile", "x" }, true, false },
		{ { "-C", "x" }, true, true },
		{ { "--flame=f", "x" }, true, false },
		{ { "--flame=f", "--trace=%file", "x" }, true, false },
		{ { "--flame=f", "-v", "x" }, true, true },
		{ { "--flame=f", "-ofile", "x" }, true, true },
		{ { "--dry-run", "x" }, true, true },
		{ { "--dry-run", "-c", "x" }, true, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(parse(cases[i].args), 0);
		ck_assert_msg(report_wanted(&o.report) == cases[i].wanted, "case %zu", i);
		ck_assert_msg(report_lines_wanted(&o.report) == cases[i].lines, "case %zu", i);
	}
}
END_TEST

START_TEST(options_that_add_up)
{
	ck_assert_int_eq(PARSE("-tt", "-y", "-P/a", "-P", "/b", "x"), 0);
	ck_assert_uint_eq(o.report.clock, 2);
	ck_assert_uint_eq(o.report.names, 1);
	ck_assert_uint_eq(o.report.n_paths, 2);
	ck_assert_int_eq(PARSE("-tttt", "-yyy", "--format=chrome", "x"), 0);
	ck_assert_uint_eq(o.report.clock, 3);
	ck_assert_uint_eq(o.report.names, 2);
	ck_assert_int_eq(o.report.format, REPORT_CHROME);
}
END_TEST

START_TEST(environment_is_the_default)
{
	setenv("RSX_SERVER", "tcp:env:1", 1);
	setenv("RSX_KEY", "/env/key", 1);
	ck_assert_int_eq(PARSE("x"), 0);
	ck_assert_str_eq(o.server, "tcp:env:1");
	ck_assert_str_eq(o.key, "/env/key");
	ck_assert_int_eq(PARSE("--server", "tcp:arg:1", "--key", "/arg", "x"), 0);
	ck_assert_str_eq(o.server, "tcp:arg:1");
	ck_assert_str_eq(o.key, "/arg");
	setenv("RSX_SERVER", "", 1);
	setenv("RSX_KEY", "", 1);
	ck_assert_int_eq(PARSE("x"), 0);
	ck_assert_ptr_null(o.server);
	ck_assert_ptr_null(o.key);
}
END_TEST

START_TEST(rules_keep_their_order)
{
	static const struct option_rule want[] = {
		{ RULE_LOCAL, "/a", NULL }, { RULE_REMOTE, "/b", NULL },
		{ RULE_DENY, "/c", NULL }, { RULE_MAP, "/d", "/e=f" }, { RULE_LOCAL, "g", NULL },
	};

	ck_assert_int_eq(PARSE("--local", "/a", "--remote=/b", "--deny", "/c", "--map", "/d=/e=f",
			       "--local", "g", "x"), 0);
	ck_assert_uint_eq(o.n_rules, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(o.rule[i].kind, want[i].kind);
		ck_assert_str_eq(o.rule[i].path, want[i].path);
		ck_assert_pstr_eq(o.rule[i].to, want[i].to);
	}
}
END_TEST

START_TEST(rules_that_are_wrong)
{
	static const char *const bad[][3] = {
		{ "--map", "/a", NULL }, { "--map", "=/b", NULL }, { "--map", "/a=", NULL },
		{ "--map", "", NULL }, { "--local", "", NULL }, { "--remote", "", NULL },
		{ "--deny", "", NULL },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(PARSE(bad[i][0], bad[i][1], "x"), RSX_EXIT_USAGE);
		expect_one_line();
	}
}
END_TEST

START_TEST(rules_have_a_maximum)
{
	const char *words[2 * OPTION_RULES + 4];
	size_t n = 0;

	for (unsigned i = 0; i < OPTION_RULES; i++) {
		words[n++] = "--local";
		words[n++] = "/a";
	}
	words[n] = "x";
	words[n + 1] = NULL;
	ck_assert_int_eq(parse(words), 0);
	ck_assert_uint_eq(o.n_rules, OPTION_RULES);
	words[n++] = "--deny";
	words[n++] = "/b";
	words[n++] = "x";
	words[n] = NULL;
	ck_assert_int_eq(parse(words), RSX_EXIT_USAGE);
	expect_one_line();
}
END_TEST

START_TEST(mmap_shared_has_two_words)
{
	ck_assert_int_eq(PARSE("x"), 0);
	ck_assert_int_eq(o.mmap_shared, MMAP_SHARED_WRITEBACK);
	ck_assert_int_eq(PARSE("--mmap-shared=deny", "x"), 0);
	ck_assert_int_eq(o.mmap_shared, MMAP_SHARED_DENY);
	ck_assert_int_eq(PARSE("--mmap-shared=never", "x"), RSX_EXIT_USAGE);
	expect_one_line();
}
END_TEST

START_TEST(on_disconnect_has_two_words)
{
	ck_assert_int_eq(PARSE("--on-disconnect", "eio", "x"), 0);
	ck_assert_int_eq(o.on_disconnect, ON_DISCONNECT_EIO);
	ck_assert_int_eq(PARSE("--on-disconnect=kill", "x"), 0);
	ck_assert_int_eq(o.on_disconnect, ON_DISCONNECT_KILL);
	ck_assert_int_eq(PARSE("--on-disconnect", "wait", "x"), RSX_EXIT_USAGE);
	expect_one_line();
	ck_assert_ptr_nonnull(strstr(said, "wait"));
}
END_TEST

/* These run no program, and need none. */
START_TEST(other_actions)
{
	ck_assert_int_eq(PARSE("--help"), 0);
	ck_assert_int_eq(o.action, ACTION_HELP);
	ck_assert_int_eq(PARSE("-h"), 0);
	ck_assert_int_eq(o.action, ACTION_HELP);
	ck_assert_int_eq(PARSE("--version"), 0);
	ck_assert_int_eq(o.action, ACTION_VERSION);
	ck_assert_int_eq(PARSE("-V"), 0);
	ck_assert_int_eq(o.action, ACTION_VERSION);
	ck_assert_int_eq(PARSE("--list-syscalls"), 0);
	ck_assert_int_eq(o.action, ACTION_LIST);
	ck_assert_int_eq(PARSE("--deny", "/x", "--explain", "/x/y"), 0);
	ck_assert_int_eq(o.action, ACTION_EXPLAIN);
	ck_assert_str_eq(o.explain, "/x/y");
	ck_assert_uint_eq(o.n_rules, 1);
}
END_TEST

START_TEST(wrong_usage)
{
	static const char *const bad[][3] = {
		{ NULL }, { "-v", NULL }, { "--", NULL }, { "--server", NULL }, { "-s", NULL },
		{ "--no-such-option", "x", NULL }, { "-j", "x", NULL }, { "--quiet=yes", "x", NULL },
		{ "--explain", NULL }, { "--on-disconnect", NULL },
		{ "--format=xml", "x", NULL }, { "-s", "x", NULL }, { "-s", "-1", "x" },
		{ "-s", "9999999", "x" }, { "-s", "4k", "x" }, { "--dry-run", "-p1", NULL },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(parse(bad[i]), RSX_EXIT_USAGE);
		expect_one_line();
	}
}
END_TEST

/* --help is made from the same table. */
START_TEST(help_lists_every_option)
{
	static const char *const words[] = {
		"--server", "--key", "--chdir", "--local", "--remote", "--deny", "--map",
		"--all", "--env", "--setenv", "--expr", "--config", "--no-config", "--explain", "--output", "--verbose", "--time", "--on-disconnect",
		"--mmap-shared", "--quiet",
		"--list-syscalls", "--completions", "--help", "--version", "Usage:", "123",
	};
	static char text[16384];
	FILE *f = tmpfile();
	int saved = dup(STDOUT_FILENO);

	fflush(stdout);
	dup2(fileno(f), STDOUT_FILENO);
	options_help();
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(f);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, f), 500);
	fclose(f);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_msg(strstr(text, words[i]) != NULL, "no %s in --help", words[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("command line");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, program_alone);
	tcase_add_test(tc, program_keeps_its_options);
	tcase_add_test(tc, options_with_a_value);
	tcase_add_test(tc, options_without_a_value);
	tcase_add_test(tc, what_a_trace_shows);
	tcase_add_test(tc, habits_of_strace);
	tcase_add_test(tc, options_together);
	tcase_add_test(tc, options_that_add_up);
	tcase_add_test(tc, environment_is_the_default);
	tcase_add_test(tc, rules_keep_their_order);
	tcase_add_test(tc, rules_that_are_wrong);
	tcase_add_test(tc, rules_have_a_maximum);
	tcase_add_test(tc, on_disconnect_has_two_words);
	tcase_add_test(tc, mmap_shared_has_two_words);
	tcase_add_test(tc, other_actions);
	tcase_add_test(tc, wrong_usage);
	tcase_add_test(tc, help_lists_every_option);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
