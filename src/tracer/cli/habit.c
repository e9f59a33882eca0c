/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See habit.h. */
#include "cli/habit.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/print.h"

#define SIGNALS 64

static int set_trace(struct report_opt *to, const char *set)
{
	to->set = set;
	return 0;
}

/* "SIGTERM", "term", "15"; 0: none. */
static int signal_of(const char *word)
{
	char name[32];
	char *end;
	long n = strtol(word, &end, 10);

	if (end != word && !*end)
		return n > 0 && n <= SIGNALS ? (int)n : 0;
	if (!strncasecmp(word, "SIG", 3))
		word += 3;
	for (int sig = 1; sig <= SIGNALS; sig++) {
		rsx_signal_name(name, sizeof(name), sig);
		if (!strcasecmp(name + 3, word))
			return sig;
	}
	return 0;
}

static int set_signal(struct report_opt *to, const char *set)
{
	bool negated = *set == '!';
	_rsx_free_ char *text = strdup(set + negated);
	char *save = NULL;
	uint64_t mask = 0;

	if (!text)
		return RSX_EXIT_FAILED;
	for (char *w = strtok_r(text, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		int sig = signal_of(w);

		if (!strcmp(w, "all")) {
			mask = ~0ull;
		} else if (sig) {
			mask |= 1ull << (sig - 1);
		} else if (strcmp(w, "none")) {
			rsx_error("-e signal=%.200s: no signal %.80s", set, w);
			return RSX_EXIT_USAGE;
		}
	}
	to->signals_given = true;
	to->signals = negated ? ~mask : mask;
	return 0;
}

static int set_status(struct report_opt *to, const char *set)
{
	to->successful = !strcmp(set, "successful") || !strcmp(set, "!failed");
	to->failed = !strcmp(set, "failed") || !strcmp(set, "!successful");
	if (to->successful || to->failed || !strcmp(set, "all"))
		return 0;
	rsx_error("-e status=%.200s: expected successful, failed or all", set);
	return RSX_EXIT_USAGE;
}

static const struct {
	const char *name, *letter;
	int (*set)(struct report_opt *to, const char *set);
	const char *instead; /* of what there is not */
} words[] = {
	{ "trace", "t", set_trace, NULL },
	{ "signal", "s", set_signal, NULL },
	{ "signals", NULL, set_signal, NULL },
	{ "status", NULL, set_status, NULL },
	{ "inject", NULL, NULL, "-e deny=SET:ERRNO makes calls fail" },
	{ "fault", NULL, NULL, "-e deny=SET:ERRNO makes calls fail" },
	{ "read", "r", NULL, "-s N shows more of the data, -xx in hexadecimal" },
	{ "write", "w", NULL, "-s N shows more of the data, -xx in hexadecimal" },
	{ "abbrev", "a", NULL, "-s N shows more of strings" },
	{ "verbose", "v", NULL, "--format=json has the values of all arguments" },
	{ "raw", "x", NULL, "--format=json has the values of all arguments" },
	{ "quiet", "q", NULL, "-q hides the notes of rsx-trace" },
	{ "silent", NULL, NULL, "-q hides the notes of rsx-trace" },
	{ "decode-fds", NULL, NULL, "-y and -yy show what is behind descriptors" },
	{ "decode-pids", NULL, NULL, "--format=chrome has the names of threads" },
	{ "kvm", NULL, NULL, "it is not available" },
	{ "namespace", NULL, NULL, "it is not available" },
};

static bool is_word(size_t i, const char *expr, size_t n)
{
	return (strlen(words[i].name) == n && !memcmp(words[i].name, expr, n)) ||
	       (words[i].letter && n == 1 && *expr == *words[i].letter);
}

int habit_expr(struct report_opt *to, const char *expr, bool *ret_mine)
{
	size_t n = strcspn(expr, "=");

	*ret_mine = !expr[n];
	if (!expr[n])
		return set_trace(to, expr);
	for (size_t i = 0; i < RSX_ARRAY_SIZE(words); i++) {
		if (!is_word(i, expr, n))
			continue;
		*ret_mine = true;
		if (words[i].set)
			return words[i].set(to, expr + n + 1);
		rsx_error("-e %.*s=: strace's; %s", (int)n, expr, words[i].instead);
		return RSX_EXIT_USAGE;
	}
	return 0;
}
