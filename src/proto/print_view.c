/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See print_view.h: the table of views, and those of time, polling and processes. */
#include "print_view.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "print_value.h"
#include "rsx/cleanup.h"
#include "rsx/xlat.h"

#define PAGE 4096
#define FDS_SHOWN 32
#define FDS_MOST 1024
#define STRING_MOST 4096

bool view_read(const struct view_call *c, uint64_t at, void *to, size_t len)
{
	const struct rsx_mem *mem = c->opt->mem;

	if (!mem || (!at && len))
		return false;
	for (size_t n, done = 0; done < len; done += n) {
		n = PAGE - (at + done) % PAGE;
		n = n < len - done ? n : len - done;
		if (mem->read(mem->ctx, rsx_addr(at + done), (char *)to + done, n))
			return false;
	}
	return true;
}

/* --- numbers, strings --- */

static bool view_int(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	int v;

	if (!view_read(c, c->native[i], &v, sizeof(v)))
		return false;
	rsx_buf_addf(b, "[%d]", v);
	return true;
}

static bool view_pair(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	int v[2];

	if (!view_read(c, c->native[i], v, sizeof(v)))
		return false;
	for (unsigned k = 0; k < 2; k++) {
		rsx_buf_addf(b, "%s%d", k ? ", " : "[", v[k]);
		if (c->opt->name)
			c->opt->name(c->opt->name_ctx, b, i, v[k]);
	}
	rsx_buf_addc(b, ']');
	return true;
}

bool view_string(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	char text[STRING_MOST];
	size_t len = 0, n;

	for (; len < sizeof(text); len += n) {
		n = 64 - (c->native[i] + len) % 64;
		n = n < sizeof(text) - len ? n : sizeof(text) - len;
		if (!view_read(c, c->native[i] + len, text + len, n))
			return false;
		if (memchr(text + len, 0, n)) {
			len += strnlen(text + len, n);
			print_quoted(b, text, len, len, c->opt->hex);
			return true;
		}
	}
	return false;
}

static bool view_hex(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	rsx_buf_addf(b, "%#llx", (unsigned long long)c->native[i]);
	return true;
}

static bool longs(struct rsx_buf *b, const struct view_call *c, unsigned i, const char *format,
		  unsigned n)
{
	long long v[4];

	if (!view_read(c, c->native[i], v, n * sizeof(*v)))
		return false;
	rsx_buf_addf(b, format, v[0], v[1], n > 2 ? v[2] : 0, n > 2 ? v[3] : 0);
	return true;
}

static bool view_timespec(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return longs(b, c, i, "{tv_sec=%lld, tv_nsec=%lld}", 2);
}

static bool view_left(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return c->f->ret == -EINTR && view_timespec(b, c, i);
}

static bool view_random(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	size_t len = (size_t)c->f->ret, shown = len < c->opt->strsize ? len : c->opt->strsize;
	_rsx_free_ char *data = malloc(shown + 1);

	if (!data || !view_read(c, c->native[i], data, shown))
		return false;
	print_quoted(b, data, shown, shown, 2);
	if (shown < len)
		rsx_buf_adds(b, "...");
	return true;
}

/* FUTEX_WAIT_PRIVATE is a word of its own. */
static bool view_futex_op(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	uint32_t op = (uint32_t)c->native[i];
	const char *name = rsx_xlat_name(&rsx_xlat_futex_op, op & FUTEX_CMD_MASK);

	if (!name)
		return false;
	rsx_buf_addf(b, "%s%s%s", name, op & FUTEX_PRIVATE_FLAG ? "_PRIVATE" : "",
		     op & FUTEX_CLOCK_REALTIME ? "|FUTEX_CLOCK_REALTIME" : "");
	return true;
}

static bool futex_waits(uint64_t op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return true;
	}
	return false;
}

/* How many arguments an operation has, futex(2). */
static unsigned futex_args(uint64_t op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
		return 2;
	case FUTEX_WAKE:
		return 3;
	case FUTEX_WAIT:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return 4;
	case FUTEX_REQUEUE:
	case FUTEX_WAIT_REQUEUE_PI:
		return 5;
	}
	return 6;
}

static bool view_futex_time(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return futex_waits(c->native[1]) && view_timespec(b, c, i);
}

/* Of the bitset operations: the mask that all have. */
static bool view_futex_arg(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	if (i != 5 || (uint32_t)c->native[i] != FUTEX_BITSET_MATCH_ANY)
		return false;
	rsx_buf_adds(b, "FUTEX_BITSET_MATCH_ANY");
	return true;
}

bool print_view_hides(const struct rsx_frame *f, unsigned i)
{
	switch (f->row->arg[i].view) {
	case RSX_VIEW_futex_arg:
		/* uaddr2 of a bitset operation means nothing */
		if (i == 4 && ((f->args[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET ||
			       (f->args[1] & FUTEX_CMD_MASK) == FUTEX_WAKE_BITSET))
			return true;
		/* fallthrough */
	case RSX_VIEW_futex_time:
		return i >= futex_args(f->args[1]);
	}
	return false;
}

static bool view_cpus(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	uint64_t len = c->f->row->arg[i].view_out ? (uint64_t)c->f->ret : c->native[i - 1];
	uint8_t set[128];
	bool first = true;

	if (len > sizeof(set) || !view_read(c, c->native[i], set, len))
		return false;
	rsx_buf_addc(b, '[');
	for (unsigned cpu = 0; cpu < 8 * len; cpu++) {
		if (!(set[cpu / 8] >> cpu % 8 & 1))
			continue;
		rsx_buf_addf(b, "%s%u", first ? "" : " ", cpu);
		first = false;
	}
	rsx_buf_addc(b, ']');
	return true;
}

static bool view_prctl(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
#define P(name) { name, #name }
	static const struct {
		int value;
		const char *name;
	} names[] = {
		P(PR_SET_PDEATHSIG), P(PR_GET_PDEATHSIG), P(PR_GET_DUMPABLE), P(PR_SET_DUMPABLE),
		P(PR_GET_KEEPCAPS), P(PR_SET_KEEPCAPS), P(PR_SET_NAME), P(PR_GET_NAME),
		P(PR_GET_SECCOMP), P(PR_SET_SECCOMP), P(PR_CAPBSET_READ), P(PR_CAPBSET_DROP),
		P(PR_GET_SECUREBITS), P(PR_SET_SECUREBITS), P(PR_SET_TIMERSLACK),
		P(PR_GET_TIMERSLACK), P(PR_SET_MM), P(PR_SET_CHILD_SUBREAPER),
		P(PR_GET_CHILD_SUBREAPER), P(PR_SET_NO_NEW_PRIVS), P(PR_GET_NO_NEW_PRIVS),
		P(PR_GET_TID_ADDRESS), P(PR_SET_THP_DISABLE), P(PR_GET_THP_DISABLE),
		P(PR_CAP_AMBIENT), P(PR_SET_PTRACER), P(PR_SET_VMA),
	};
#undef P
	for (size_t k = 0; k < RSX_ARRAY_SIZE(names); k++) {
		if (names[k].value == (int)c->native[i]) {
			rsx_buf_adds(b, names[k].name);
			return true;
		}
	}
	return false;
}

/* --- time, limits --- */

static bool view_timeval(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return longs(b, c, i, "{tv_sec=%lld, tv_usec=%lld}", 2);
}

static bool view_itimerval(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return longs(b, c, i, "{it_interval={tv_sec=%lld, tv_usec=%lld}, "
			      "it_value={tv_sec=%lld, tv_usec=%lld}}", 4);
}

static bool view_itimerspec(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return longs(b, c, i, "{it_interval={tv_sec=%lld, tv_nsec=%lld}, "
			      "it_value={tv_sec=%lld, tv_nsec=%lld}}", 4);
}

static bool view_rlimit(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	uint64_t v[2];

	if (!view_read(c, c->native[i], v, sizeof(v)))
		return false;
	print_rlimit(b, (const uint8_t *)v);
	return true;
}

static bool view_rusage(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	struct rusage u;

	if (!view_read(c, c->native[i], &u, sizeof(u)))
		return false;
	rsx_buf_addf(b, "{ru_utime={tv_sec=%ld, tv_usec=%ld}, ru_stime={tv_sec=%ld, tv_usec=%ld}, ...}",
		     (long)u.ru_utime.tv_sec, (long)u.ru_utime.tv_usec, (long)u.ru_stime.tv_sec,
		     (long)u.ru_stime.tv_usec);
	return true;
}

static bool view_clone_args(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	struct clone_args a = { 0 };
	size_t len = c->native[i + 1] < sizeof(a) ? (size_t)c->native[i + 1] : sizeof(a);

	if (!view_read(c, c->native[i], &a, len))
		return false;
	rsx_buf_adds(b, "{flags=");
	print_flags(b, &rsx_xlat_clone_flags, a.flags);
	rsx_buf_adds(b, ", exit_signal=");
	print_enum(b, &rsx_xlat_signal, a.exit_signal);
	rsx_buf_addf(b, ", stack=%#llx, stack_size=%#llx", (unsigned long long)a.stack,
		     (unsigned long long)a.stack_size);
	if (a.flags & CLONE_SETTLS)
		rsx_buf_addf(b, ", tls=%#llx", (unsigned long long)a.tls);
	rsx_buf_addc(b, '}');
	return true;
}

/* --- polling --- */

static void events_text(struct rsx_buf *b, short events)
{
	print_flags(b, &rsx_xlat_poll_events, (uint16_t)events);
}

/* What is asked for, or what came of it. The array is the frame's: before and after. */
static void pollfds_text(struct rsx_buf *b, const struct view_call *c, unsigned i,
			 const uint8_t *data, size_t len, bool answers)
{
	unsigned shown = 0;
	struct pollfd p;

	rsx_buf_addc(b, '[');
	for (size_t at = 0; at + sizeof(p) <= len; at += sizeof(p)) {
		memcpy(&p, data + at, sizeof(p));
		if (answers && !p.revents)
			continue;
		if (shown)
			rsx_buf_adds(b, ", ");
		if (shown++ == FDS_SHOWN) {
			rsx_buf_adds(b, "...");
			break;
		}
		rsx_buf_addf(b, "{fd=%d", p.fd);
		if (c->opt->name && p.fd >= 0)
			c->opt->name(c->opt->name_ctx, b, i, p.fd);
		rsx_buf_adds(b, answers ? ", revents=" : ", events=");
		events_text(b, answers ? p.revents : p.events);
		rsx_buf_addc(b, '}');
	}
	rsx_buf_addc(b, ']');
}

static bool view_pollfds(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	size_t len = (size_t)(uint32_t)c->native[i + 1] * sizeof(struct pollfd);
	_rsx_free_ uint8_t *data = NULL;

	if (len > FDS_MOST * sizeof(struct pollfd))
		return false;
	data = malloc(len + 1);
	if (!data || !view_read(c, c->native[i], data, len))
		return false;
	pollfds_text(b, c, i, data, len, false);
	return true;
}

static void fdset_text(struct rsx_buf *b, const uint8_t *set, unsigned n)
{
	bool first = true;

	rsx_buf_addc(b, '[');
	for (unsigned fd = 0; fd < n; fd++) {
		if (!(set[fd / 8] >> fd % 8 & 1))
			continue;
		rsx_buf_addf(b, "%s%u", first ? "" : " ", fd);
		first = false;
	}
	rsx_buf_addc(b, ']');
}

/* Before the call: what the frame has kept of it. */
static bool view_fdset(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	const struct rsx_blob *blob = rsx_frame_blob((struct rsx_frame *)c->f, i);
	unsigned n = (unsigned)c->native[0] < FDS_MOST ? (unsigned)c->native[0] : FDS_MOST;

	if (!blob || !blob->in || blob->in_len * 8 < n)
		return false;
	fdset_text(b, blob->in, n);
	return true;
}

static bool more_pollfds(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	size_t len = (size_t)(uint32_t)c->native[i + 1] * sizeof(struct pollfd);
	_rsx_free_ uint8_t *data = NULL;

	if (!c->f->ret) {
		rsx_buf_adds(b, " (Timeout)");
		return true;
	}
	if (len > FDS_MOST * sizeof(struct pollfd))
		return false;
	data = malloc(len + 1);
	if (!data || !view_read(c, c->native[i], data, len))
		return false;
	rsx_buf_adds(b, " (");
	pollfds_text(b, c, i, data, len, true);
	rsx_buf_addc(b, ')');
	return true;
}

/* (in [3], out [4]): the sets that are left, of arguments 1 to 3. */
static bool more_fdsets(struct rsx_buf *b, const struct view_call *c)
{
	static const char *const name[] = { NULL, "in ", "out ", "except " };
	unsigned n = (unsigned)c->native[0] < FDS_MOST ? (unsigned)c->native[0] : FDS_MOST;
	bool first = true;
	uint8_t set[FDS_MOST / 8];

	if (!c->f->ret) {
		rsx_buf_adds(b, " (Timeout)");
		return true;
	}
	for (unsigned i = 1; i <= 3; i++) {
		size_t len = (n + 7) / 8;
		bool any = false;

		if (!c->native[i] || !view_read(c, c->native[i], set, len))
			continue;
		for (size_t k = 0; k < len; k++)
			any |= set[k] != 0;
		if (!any)
			continue;
		rsx_buf_adds(b, first ? " (" : ", ");
		first = false;
		rsx_buf_adds(b, name[i]);
		fdset_text(b, set, n);
	}
	if (!first)
		rsx_buf_addc(b, ')');
	return true;
}

static bool view_epoll_events(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	struct epoll_event e;
	int64_t k;

	for (k = 0; k < c->f->ret && k < FDS_SHOWN; k++) {
		if (!view_read(c, c->native[i] + (uint64_t)k * sizeof(e), &e, sizeof(e)))
			return false;
		rsx_buf_adds(b, k ? ", {events=" : "[{events=");
		print_flags(b, &rsx_xlat_epoll_events, e.events);
		rsx_buf_addf(b, ", data={u32=%u, u64=%llu}}", e.data.u32,
			     (unsigned long long)e.data.u64);
	}
	rsx_buf_adds(b, !k ? "[]" : k < c->f->ret ? ", ...]" : "]");
	return true;
}

/* --- the table --- */

static bool (*const views[RSX_VIEW_MAX])(struct rsx_buf *, const struct view_call *, unsigned) = {
	[RSX_VIEW_sigset] = view_sigset,
	[RSX_VIEW_sigaction] = view_sigaction,
	[RSX_VIEW_siginfo] = view_siginfo,
	[RSX_VIEW_stack] = view_stack,
	[RSX_VIEW_wstatus] = view_wstatus,
	[RSX_VIEW_rusage] = view_rusage,
	[RSX_VIEW_timespec] = view_timespec,
	[RSX_VIEW_timeval] = view_timeval,
	[RSX_VIEW_itimerval] = view_itimerval,
	[RSX_VIEW_itimerspec] = view_itimerspec,
	[RSX_VIEW_rlimit] = view_rlimit,
	[RSX_VIEW_int] = view_int,
	[RSX_VIEW_pair] = view_pair,
	[RSX_VIEW_string] = view_string,
	[RSX_VIEW_cpus] = view_cpus,
	[RSX_VIEW_clone_args] = view_clone_args,
	[RSX_VIEW_msghdr] = view_msghdr,
	[RSX_VIEW_mmsghdr] = view_mmsghdr,
	[RSX_VIEW_pollfds] = view_pollfds,
	[RSX_VIEW_fdset] = view_fdset,
	[RSX_VIEW_epoll_events] = view_epoll_events,
	[RSX_VIEW_iovec] = view_iovec,
	[RSX_VIEW_sockopt] = view_sockopt,
	[RSX_VIEW_optval] = view_optval,
	[RSX_VIEW_prctl] = view_prctl,
	[RSX_VIEW_hex] = view_hex,
	[RSX_VIEW_left] = view_left,
	[RSX_VIEW_random] = view_random,
	[RSX_VIEW_protocol] = view_protocol,
	[RSX_VIEW_futex_op] = view_futex_op,
	[RSX_VIEW_futex_time] = view_futex_time,
	[RSX_VIEW_futex_arg] = view_futex_arg,
};

bool print_view(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	return views[c->f->row->arg[i].view](b, c, i);
}

bool print_view_more(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	switch (c->f->row->arg[i].view) {
	case RSX_VIEW_pollfds:
		return more_pollfds(b, c, i);
	case RSX_VIEW_fdset:
		return more_fdsets(b, c);
	}
	return false;
}
