/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See doctor.h. */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"
#include "direct.h"
#include "op.h"
#include "ptrace.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"
#include "rsx/syscall.h"
#include "split/split.h"
#include "tracer.h"
#include "yama.h"

#define ROUNDS 1000
#define WARM_UP 50
#define BULK (64u << 20)	/* bytes moved each way */
#define ENOUGH_NS 3000000000ll /* over a slow link, less of each */
#define MARK 0x72737821

struct check {
	struct tracer *tr;
	struct lane *lane;
	struct rsx_arena arena;
	int code; /* of the first failure */
};

static void say(const char *how, const char *what, const char *fmt, va_list ap)
{
	printf("%-5s %-12s ", how, what);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

static void ok(const char *what, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void ok(const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("ok", what, fmt, ap);
	va_end(ap);
}

static void warn(const char *what, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void warn(const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("note", what, fmt, ap);
	va_end(ap);
}

static void fail(struct check *c, int code, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void fail(struct check *c, int code, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("FAIL", what, fmt, ap);
	va_end(ap);
	if (!c->code)
		c->code = code;
}

/* --- this machine --- */

static void check_kernel(struct check *c)
{
	struct utsname u;
	int major = 0, minor = 0;

	uname(&u);
	if (sscanf(u.release, "%d.%d", &major, &minor) == 2 && (major < 5 || (major == 5 && minor < 3)))
		fail(c, RSX_EXIT_PTRACE, "kernel", "Linux %s: rsx-trace needs Linux 5.3 or later",
		     u.release);
	else
		ok("kernel", "Linux %s, %s, %d CPUs", u.release, u.machine, c->tr->cpus);
}

static void check_yama(void)
{
	const char *start = yama_refuses(false), *attach = yama_refuses(true);
	int scope = yama_scope();

	if (scope < 0)
		ok("yama", "not in this kernel");
	else if (start)
		warn("yama", "%s", start); /* the trial fails by it */
	else if (attach)
		warn("yama", "programs can be started; -p: %s", attach);
	else
		ok("yama", "kernel.yama.ptrace_scope is %d, which restricts nothing here", scope);
}

static volatile unsigned mark = MARK; /* for the child's memory to be read */

/* The tracee of the trial: makes one call, which must not run, and reports. */
static void trial_child(int go)
{
	char byte;

	if (read(go, &byte, 1) < 0)
		_exit(2);
	_exit(syscall(SYS_getppid) == 4242 ? 7 : 1);
}

/* Run up to the call after the pipe's read; what failed, or NULL. */
static const char *trial_steps(pid_t pid, int go)
{
	struct ptrace_syscall_info info;
	struct rsx_entry e;
	unsigned seen = 0;
	struct iovec here = { &seen, sizeof(seen) }, there = { (void *)&mark, sizeof(mark) };
	int status;

	if (rsx_ptrace(PTRACE_SEIZE, pid, 0, (void *)PTRACE_O_TRACESYSGOOD) < 0)
		return "PTRACE_SEIZE";
	if (rsx_ptrace(PTRACE_INTERRUPT, pid, 0, NULL) < 0 || waitpid(pid, &status, __WALL) != pid)
		return "PTRACE_INTERRUPT";
	close(go);
	for (int i = 0; i < 8; i++) {
		if (rsx_ptrace(PTRACE_SYSEMU, pid, 0, NULL) < 0)
			return "PTRACE_SYSEMU";
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			return "PTRACE_SYSEMU's stop";
		if (rsx_ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
			return "PTRACE_GET_SYSCALL_INFO";
		if (WSTOPSIG(status) != (SIGTRAP | 0x80) || arch_entry(pid, &e))
			continue;
		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof(seen) || seen != MARK)
			return "process_vm_readv";
		if (arch_return_skipped(pid, e.nr == SYS_getppid ? 4242 : 0))
			return "setting a register";
		if (e.nr == SYS_getppid)
			return NULL;
	}
	return "the trial program's call did not come";
}

static void check_ptrace(struct check *c)
{
	const char *what;
	int go[2], status = 0;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC)) {
		fail(c, RSX_EXIT_FAILED, "ptrace", "cannot make a pipe: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		trial_child(go[0]);
	}
	close(go[0]);
	what = trial_steps(pid, go[1]);
	if (!what) {
		rsx_ptrace(PTRACE_DETACH, pid, 0, NULL);
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
			what = "the result of a skipped call";
	} else {
		status = errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
		errno = status;
	}
	if (what && yama_refuses(false))
		fail(c, RSX_EXIT_PTRACE, "ptrace", "%s: %s", what, yama_refuses(false));
	else if (what)
		fail(c, RSX_EXIT_PTRACE, "ptrace",
		     "%s: %s; a seccomp filter, container or security module may forbid it "
		     "(docker run --cap-add=SYS_PTRACE)", what, strerror(errno));
	else
		ok("ptrace", "PTRACE_SEIZE, PTRACE_SYSEMU and process_vm_readv work");
}

/* --- the server --- */

static void nobody_gone(void *ctx, uint32_t lane, bool unasked)
{
	(void)ctx;
	(void)lane;
	(void)unasked;
}

/* The heartbeat, which the tracer's loop has elsewhere. */
static int heartbeat(struct session *s)
{
	const char *why;
	int err = session_read(s, nobody_gone, NULL, &why);

	return err ? err : session_tick(s, now_ns());
}

/* A call there; false if the connection broke, which ends the checks. */
static bool call(struct check *c, const struct rsx_syscall *row,
		 const uint64_t args[RSX_MAX_ARGS], int64_t *ret)
{
	int err = direct_call(c->lane, &c->arena, row, args, ret);

	if (!err)
		err = heartbeat(&c->tr->session);
	if (err)
		fail(c, RSX_EXIT_LOST, "server", "the connection broke: %s", strerror(-err));
	return !err;
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double us(int64_t ns)
{
	return (double)ns / 1000;
}

static bool check_round_trip(struct check *c)
{
	static int64_t took[ROUNDS];
	int64_t ret, first = now_ns();
	int n = 0;

	for (int i = -WARM_UP; i < ROUNDS && (!n || now_ns() - first < ENOUGH_NS); i++) {
		int64_t began = now_ns();

		if (!call(c, ROW(getuid), OP_ARGS(0), &ret))
			return false;
		if (i >= 0)
			took[n++] = now_ns() - began;
	}
	qsort(took, (size_t)n, sizeof(took[0]), compare);
	ok("round trip", "p50 %.0f us, p90 %.0f us, p99 %.0f us, longest %.0f us (%d calls)",
	   us(took[n / 2]), us(took[n * 9 / 10]), us(took[n * 99 / 100]), us(took[n - 1]), n);
	return true;
}

/* Move BULK bytes at most to or from a device over there; MiB per second, or -1. */
static double rate(struct check *c, const char *path, const struct rsx_syscall *row, char *buf)
{
	int64_t fd, ret = 0, began;
	size_t moved = 0;

	if (!call(c, ROW(openat), OP_ARGS((uint64_t)(int64_t)AT_FDCWD, (uintptr_t)path, O_RDWR), &fd) ||
	    fd < 0)
		return -1;
	began = now_ns();
	while (moved < BULK && (!moved || now_ns() - began < ENOUGH_NS)) {
		if (!call(c, row, OP_ARGS((uint64_t)fd, (uintptr_t)buf, RSX_MAX_PIECE), &ret) || ret <= 0)
			return -1;
		moved += (size_t)ret;
	}
	return (double)moved / 1048576 / ((double)(now_ns() - began) / 1e9);
}

static bool check_throughput(struct check *c)
{
	_rsx_free_ char *buf = calloc(1, RSX_MAX_PIECE);
	double to, from;

	if (!buf)
		return true;
	to = rate(c, "/dev/null", ROW(write), buf);
	from = rate(c, "/dev/zero", ROW(read), buf);
	if (c->lane->broken)
		return false;
	if (to < 0 || from < 0)
		warn("throughput", "not measured: the server has no /dev/null or /dev/zero");
	else
		ok("throughput", "%.0f MiB/s there, %.0f MiB/s back", to, from);
	return true;
}

static bool check_identity(struct check *c)
{
	struct utsname u = { 0 };
	int64_t uid, gid, ret, n;
	char cwd[RSX_MAX_PATH];

	if (!call(c, ROW(uname), OP_ARGS((uintptr_t)&u), &ret) ||
	    !call(c, ROW(geteuid), OP_ARGS(0), &uid) || !call(c, ROW(getegid), OP_ARGS(0), &gid) ||
	    !call(c, ROW(getcwd), OP_ARGS((uintptr_t)cwd, sizeof(cwd)), &n))
		return false;
	ok("its side", "%s, Linux %s, %s; programs run as user %lld, group %lld, from %s", u.nodename,
	   u.release, u.machine, (long long)uid, (long long)gid, n > 0 ? cwd : "?");
	return true;
}

/* ", chroot": the calls that have to be allowed, and are or are not. */
static unsigned asked(const struct session *s, bool denied, struct rsx_buf *names)
{
	unsigned n = 0;

	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		if (!(row->flags & RSX_ROW_ASK) ||
		    s->forbidden[row->nr[RSX_ARCH_GENERIC]] != denied)
			continue;
		rsx_buf_addf(names, "%s%s", n++ ? ", " : "", row->name);
	}
	return n;
}

static void check_tables(struct check *c)
{
	const struct session *s = &c->tr->session;
	struct rsx_buf names;
	unsigned n = 0;

	for (size_t i = 0; i < rsx_nsyscalls; i++)
		n += rsx_syscall_on_wire(&rsx_syscalls[i]);
	if (s->n_refused)
		warn("calls", "%u of %u that travel fail with ENOSYS, since the tables differ",
		     s->n_refused, n);
	else
		ok("calls", "all %u that travel are known there", n);
	for (int denied = 0; denied < 2; denied++) {
		rsx_buf_init(&names, RSX_MAX_PATH);
		if (asked(s, denied, &names))
			ok(denied ? "denied" : "allowed",
			   denied ? "%s; rsx-server --allow and, here, -e allow= allow it" :
				    "%s; here -e allow= must allow it, too", names.data);
		rsx_buf_done(&names);
	}
}

static void check_clock(struct check *c)
{
	double ahead = (double)c->tr->session.clock_ahead_ns / 1e9;

	if (ahead > 1 || ahead < -1)
		warn("clock", "the server's is %.3f s ahead: file times will show it", ahead);
	else
		ok("clock", "the server's is %.3f s ahead", ahead);
}

static void check_server(struct check *c)
{
	const struct options *o = &c->tr->opt;
	const char *address = o->server ? o->server : "(private)";
	int64_t began = now_ns();
	int err = session_open(&c->tr->session, o->server, o->key, true, 0);

	if (err) {
		fail(c, err, "server", "%s: %s", address, rsx_log_last_error());
		return;
	}
	c->lane = session_lane(&c->tr->session);
	if (!c->lane) {
		fail(c, RSX_EXIT_CONNECT, "server", "%s: no lane: %s", address, strerror(errno));
	} else {
		ok("server", "%s: rsx-server %s on %s%s, connected in %.1f ms", address,
		   c->tr->session.version, c->tr->session.hostname,
		   c->tr->session.same_host ? ", this machine" : "", us(now_ns() - began) / 1000);
		check_tables(c);
		check_clock(c);
		if (check_identity(c) && check_round_trip(c))
			check_throughput(c);
	}
	lane_free(c->lane);
	session_close(&c->tr->session);
}

int doctor_run(struct tracer *tr)
{
	struct check c = { .tr = tr };

	rsx_arena_init(&c.arena, DIRECT_ARENA_MAX);
	ok("rsx-trace", "%s", RSX_VERSION);
	check_kernel(&c);
	check_yama();
	check_ptrace(&c);
	check_server(&c);
	rsx_arena_done(&c.arena);
	return c.code;
}
