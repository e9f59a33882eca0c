/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See summary.h. */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "json_value.h"
#include "report/trace.h"

/* What calls of one name cost on one side. */
struct sum {
	const char *name; /* the table's */
	enum ran ran;
	uint64_t calls, errors;
	uint64_t total_ns, wire_ns, server_ns;
	uint64_t trips, bytes;
	struct histogram times;
};

struct summary {
	struct sum **sum;
	size_t n, room;
	uint64_t fetches, fetched_bytes; /* of mapped files */
};

struct summary *summary_new(void)
{
	return calloc(1, sizeof(struct summary));
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->sum[i]);
	free(s->sum);
	free(s);
}

/* NULL: no memory. */
static struct sum *sum_of(struct summary *s, const char *name, enum ran ran)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->sum[i]->ran == ran && !strcmp(s->sum[i]->name, name))
			return s->sum[i];
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct sum **more = realloc(s->sum, room * sizeof(*more));

		if (!more)
			return NULL;
		s->sum = more;
		s->room = room;
	}
	s->sum[s->n] = calloc(1, sizeof(struct sum));
	if (!s->sum[s->n])
		return NULL;
	s->sum[s->n]->name = name;
	s->sum[s->n]->ran = ran;
	return s->sum[s->n++];
}

void summary_add(struct summary *s, const struct report_call *c)
{
	struct sum *m = sum_of(s, c->f->row->name, c->ran);
	uint64_t took = (uint64_t)(c->end_ns - c->w->began_ns);

	if (!m)
		return;
	m->calls++;
	m->errors += !c->done && !c->unfinished;
	m->total_ns += took;
	m->wire_ns += c->w->wire_ns;
	m->server_ns += c->w->server_ns;
	m->trips += c->w->n_trips;
	m->bytes += c->w->bytes_out + c->w->bytes_in;
	histogram_add(&m->times, took);
}

static int longest_first(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

	if (x->total_ns != y->total_ns)
		return x->total_ns < y->total_ns ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int most_calls_first(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

	return x->calls != y->calls ? (x->calls < y->calls ? 1 : -1) : longest_first(a, b);
}

static int most_errors_first(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

	return x->errors != y->errors ? (x->errors < y->errors ? 1 : -1) : longest_first(a, b);
}

static int by_name(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->ran - (int)y->ran;
}

static int (*const orders[])(const void *, const void *) = {
	[SORT_TIME] = longest_first,
	[SORT_CALLS] = most_calls_first,
	[SORT_ERRORS] = most_errors_first,
	[SORT_NAME] = by_name,
	[SORT_NOTHING] = NULL, /* as they came */
};

struct totals {
	uint64_t calls, errors, total_ns, trips, bytes, saved;
};

/* A call that ran here, or was answered by rsx, has saved a round trip. */
static struct totals add_up(const struct summary *s)
{
	struct totals all = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct sum *m = s->sum[i];

		all.calls += m->calls;
		all.errors += m->errors;
		all.total_ns += m->total_ns;
		all.trips += m->trips;
		all.bytes += m->bytes;
		if (m->ran == RAN_HERE || m->ran == RAN_NOWHERE)
			all.saved += m->calls;
	}
	return all;
}

static double micros(uint64_t ns)
{
	return (double)ns / 1000;
}

static void row_text(struct rsx_buf *b, const struct sum *m, uint64_t of)
{
	rsx_buf_addf(b, "%6.2f %11.6f %9.1f %9.1f %9.1f %9.1f %8llu ",
		     of ? 100.0 * (double)m->total_ns / (double)of : 0,
		     (double)m->total_ns / 1e9, micros(m->total_ns) / (double)m->calls,
		     micros(histogram_percentile(&m->times, 50)),
		     micros(histogram_percentile(&m->times, 90)),
		     micros(histogram_percentile(&m->times, 99)), (unsigned long long)m->calls);
	if (m->errors)
		rsx_buf_addf(b, "%7llu ", (unsigned long long)m->errors);
	else
		rsx_buf_addf(b, "%7s ", "");
	rsx_buf_addf(b, "%8llu %10llu %-8s %s\n", (unsigned long long)m->trips,
		     (unsigned long long)m->bytes, ran_name[m->ran], m->name);
}

void summary_fetched(struct summary *s, uint64_t bytes)
{
	s->fetches++;
	s->fetched_bytes += bytes;
}

static void write_text(const struct summary *s, struct rsx_buf *b)
{
	const char *rule = "------ ----------- --------- --------- --------- --------- -------- "
			   "------- -------- ---------- -------- ----------------\n";
	struct totals all = add_up(s);

	rsx_buf_adds(b, "% time     seconds   mean us    p50 us    p90 us    p99 us    calls "
			" errors    trips      bytes side     syscall\n");
	rsx_buf_adds(b, rule);
	for (size_t i = 0; i < s->n; i++)
		row_text(b, s->sum[i], all.total_ns);
	rsx_buf_adds(b, rule);
	rsx_buf_addf(b, "100.00 %11.6f %9.1f %9s %9s %9s %8llu %7llu %8llu %10llu %-8s total\n",
		     (double)all.total_ns / 1e9,
		     all.calls ? micros(all.total_ns) / (double)all.calls : 0, "", "", "",
		     (unsigned long long)all.calls, (unsigned long long)all.errors,
		     (unsigned long long)all.trips, (unsigned long long)all.bytes, "");
	if (s->fetches)
		rsx_buf_addf(b, "mapped files, when touched: %llu bytes in %llu reads\n",
			     (unsigned long long)s->fetched_bytes, (unsigned long long)s->fetches);
	rsx_buf_addf(b, "round trips: %llu; saved by calls that ran here: %llu\n",
		     (unsigned long long)all.trips, (unsigned long long)all.saved);
}

static void write_json(const struct summary *s, struct rsx_buf *b)
{
	struct totals all = add_up(s);

	for (size_t i = 0; i < s->n; i++) {
		const struct sum *m = s->sum[i];

		rsx_buf_addc(b, '{');
		json_text(b, "type", "summary");
		json_text(b, "name", m->name);
		json_text(b, "side", ran_name[m->ran]);
		json_int(b, "calls", (int64_t)m->calls);
		json_int(b, "errors", (int64_t)m->errors);
		json_seconds(b, "total", (int64_t)m->total_ns);
		json_seconds(b, "mean", (int64_t)(m->total_ns / m->calls));
		json_seconds(b, "p50", (int64_t)histogram_percentile(&m->times, 50));
		json_seconds(b, "p90", (int64_t)histogram_percentile(&m->times, 90));
		json_seconds(b, "p99", (int64_t)histogram_percentile(&m->times, 99));
		json_seconds(b, "wire", (int64_t)m->wire_ns);
		json_seconds(b, "server", (int64_t)m->server_ns);
		json_int(b, "round_trips", (int64_t)m->trips);
		json_int(b, "bytes", (int64_t)m->bytes);
		rsx_buf_adds(b, "}\n");
	}
	rsx_buf_addc(b, '{');
	json_text(b, "type", "total");
	json_int(b, "calls", (int64_t)all.calls);
	json_int(b, "errors", (int64_t)all.errors);
	json_seconds(b, "total", (int64_t)all.total_ns);
	json_int(b, "round_trips", (int64_t)all.trips);
	json_int(b, "round_trips_saved", (int64_t)all.saved);
	json_int(b, "bytes", (int64_t)all.bytes);
	if (s->fetches) {
		json_int(b, "mapped_reads", (int64_t)s->fetches);
		json_int(b, "mapped_bytes", (int64_t)s->fetched_bytes);
	}
	rsx_buf_adds(b, "}\n");
}

void summary_write(struct summary *s, struct trace *tr)
{
	struct out err;
	struct out *o = &tr->out;
	/* a trace for Perfetto has no place for it */
	bool apart = tr->writer == &report_chrome && !out_open(&err, NULL, false, "");

	if (apart)
		o = &err;
	if (s->n && orders[tr->opt->sort])
		qsort(s->sum, s->n, sizeof(*s->sum), orders[tr->opt->sort]);
	if (tr->opt->format == REPORT_JSON)
		write_json(s, &o->buf);
	else
		write_text(s, &o->buf);
	if (apart)
		out_close(&err);
}
