/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf.h - what every conformance program shares.
 *
 * A program runs in a fresh empty directory and prints one line per call: the
 * call as written, its result or the name of its errno. The same program must
 * print the same natively and under rsx-trace, so nothing printed may depend on
 * pids, inode numbers, times, addresses or the directory's name: print facts
 * about those instead (TF). Buffers from guard() end exactly at an unreadable
 * page and are prefilled, so that an over-write shows.
 */
#ifndef RSX_TESTS_CONF_H
#define RSX_TESTS_CONF_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#undef _FORTIFY_SOURCE /* bad buffers are the point */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Wrong sizes and pointers are the point here too. */
#pragma GCC diagnostic ignored "-Wnonnull"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#endif

#define CONF_UNUSED __attribute__((unused))
#define CONF_FILL   0xa5
#define CONF_PAGE   ((size_t)sysconf(_SC_PAGESIZE))

/* Print the call and its result; the value is the call's own. */
#define T(call) conf_show(#call, (long)(call))
/* The same, but a result that is not an error prints as "ok" (pids, sizes). */
#define TOK(call) conf_ok(#call, (long)(call))
/* Print a fact: yes or no. */
#define TF(cond) conf_fact(#cond, (cond))
/* Set-up that must work: silent unless it fails, then the program ends. */
#define MUST(call) conf_must(#call, (long)(call))

static void *conf_bad CONF_UNUSED;	    /* an address in no access page */
static void *conf_ro CONF_UNUSED;	    /* a page that can only be read */
static void *volatile conf_nil CONF_UNUSED; /* NULL, unknown to the compiler */

#define BAD  conf_bad
#define RO   conf_ro
#define NIL  ((void *)conf_nil)
#define KERN ((void *)(uintptr_t)(~(uintptr_t)0xfff)) /* the kernel's half */

static CONF_UNUSED const char *conf_errname(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "E?";
}

static CONF_UNUSED long conf_show(const char *label, long ret)
{
	int err = errno;

	if (ret == -1)
		printf("%s = -1 %s\n", label, conf_errname(err));
	else
		printf("%s = %ld\n", label, ret);
	errno = err;
	return ret;
}

static CONF_UNUSED long conf_ok(const char *label, long ret)
{
	int err = errno;

	if (ret == -1)
		printf("%s = -1 %s\n", label, conf_errname(err));
	else
		printf("%s = ok\n", label);
	errno = err;
	return ret;
}

static CONF_UNUSED long conf_must(const char *label, long ret)
{
	if (ret == -1) {
		printf("set-up: %s = -1 %s\n", label, conf_errname(errno));
		exit(99);
	}
	return ret;
}

static CONF_UNUSED void conf_fact(const char *label, bool yes)
{
	printf("%s: %s\n", label, yes ? "yes" : "no");
}

/* n bytes that end at an unreadable page, all CONF_FILL. Never freed. */
static CONF_UNUSED char *guard(size_t n)
{
	size_t room = (n + CONF_PAGE - 1) / CONF_PAGE * CONF_PAGE;
	char *base = mmap(NULL, room + CONF_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED || mprotect(base + room, CONF_PAGE, PROT_NONE)) {
		puts("set-up: guard pages");
		exit(99);
	}
	memset(base, CONF_FILL, room);
	return base + room - n;
}

/* A string whose NUL is the last byte before an unreadable page. */
static CONF_UNUSED char *guard_str(const char *s)
{
	char *p = guard(strlen(s) + 1);

	memcpy(p, s, strlen(s) + 1);
	return p;
}

/* How many bytes of a prefilled buffer were written: index of the last one + 1. */
static CONF_UNUSED long touched(const void *buf, size_t n)
{
	const unsigned char *p = buf;

	while (n && p[n - 1] == CONF_FILL)
		n--;
	return (long)n;
}

static CONF_UNUSED void refill(void *buf, size_t n)
{
	memset(buf, CONF_FILL, n);
}

/* Bytes that differ from place to place, so that a shifted copy shows. */
static CONF_UNUSED void pattern(void *buf, size_t n, unsigned int seed)
{
	unsigned char *p = buf;
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (unsigned char)(x >> 24);
	}
}

/* FNV-1a, to print one number for a large buffer. */
static CONF_UNUSED unsigned long sum(const void *buf, size_t n)
{
	const unsigned char *p = buf;
	uint64_t h = 14695981039346656037ULL;

	while (n--)
		h = (h ^ *p++) * 1099511628211ULL;
	return (unsigned long)h;
}

/* Print n bytes, the unprintable ones as \xNN. */
static CONF_UNUSED void dump(const char *label, const void *buf, long n)
{
	const unsigned char *p = buf;

	printf("%s: \"", label);
	for (long i = 0; i < n; i++) {
		if (p[i] >= ' ' && p[i] < 127 && p[i] != '"' && p[i] != '\\')
			putchar(p[i]);
		else
			printf("\\x%02x", p[i]);
	}
	puts("\"");
}

/* Make a file with this text. */
static CONF_UNUSED void put(const char *name, const char *text)
{
	int fd = (int)MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		printf("set-up: write %s\n", name);
		exit(99);
	}
	close(fd);
}

/* Print a file's text and length. */
static CONF_UNUSED void cat(const char *name)
{
	char buf[4096];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0)
		printf("%s: %s\n", name, conf_errname(errno));
	else
		dump(name, buf, n);
	if (fd >= 0)
		close(fd);
}

/* How long a program may take: tests/conformance/run says so. */
static CONF_UNUSED unsigned conf_seconds(void)
{
	const char *s = getenv("CONF_SECONDS");

	return s ? (unsigned)atoi(s) : 80;
}

/* How often to do what is done thousands of times: less where run --fraction says so. */
static CONF_UNUSED int conf_often(int times)
{
	const char *s = getenv("CONF_FRACTION");
	int part = s ? atoi(s) : 1;

	if (part > 1)
		times = times > part ? times / part : 1;
	return times;
}

/* Through many cases that are alike: all of them, or with CONF_FRACTION every 11th. */
static CONF_UNUSED size_t conf_step(void)
{
	return conf_often(100) < 100 ? 11 : 1;
}

/* fork(), with the child's own end in case it hangs. */
static CONF_UNUSED pid_t conf_fork(void)
{
	pid_t pid = (pid_t)MUST(fork());

	if (!pid)
		alarm(conf_seconds());
	return pid;
}

static CONF_UNUSED void conf_status(const char *label, int status)
{
	if (WIFEXITED(status))
		printf("%s: exited %d\n", label, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by SIG%s\n", label, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: status %#x\n", label, (unsigned int)status);
}

/* Wait for this child and print how it ended. */
static CONF_UNUSED void conf_reap(const char *label, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		printf("%s: waitpid %s\n", label, conf_errname(errno));
		return;
	}
	conf_status(label, status);
}

/* Zeroed integers shared with all children. */
static CONF_UNUSED volatile int *conf_shared(void)
{
	void *p = mmap(NULL, CONF_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST((long)p);
	return p;
}

static CONF_UNUSED void conf_msleep(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Wait until a shared integer has reached a value. */
static CONF_UNUSED void await(volatile int *p, int value)
{
	while (*p < value)
		conf_msleep(1);
}

static CONF_UNUSED void conf_handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	MUST(sigaction(sig, &sa, NULL));
}

/*
 * Send sig to this process every 20 ms until conf_ticks_end(): a call that
 * blocks is hit sooner or later, and none is missed by a signal that came early.
 */
static CONF_UNUSED timer_t conf_ticks(int sig)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig };
	struct itimerspec every = { { 0, 20000000 }, { 0, 20000000 } };
	timer_t timer;

	MUST(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	MUST(timer_settime(timer, 0, &every, NULL));
	return timer;
}

static CONF_UNUSED void conf_ticks_end(timer_t timer)
{
	timer_delete(timer);
}

static CONF_UNUSED void conf_init(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(conf_seconds());
	umask(022);
	conf_bad = mmap(NULL, CONF_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	conf_ro = mmap(NULL, CONF_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST((long)conf_bad);
	MUST((long)conf_ro);
}

#endif
