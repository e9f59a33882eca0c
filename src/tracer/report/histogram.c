/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See histogram.h. */
#include "histogram.h"

/* Values below 32 have a place each; then 32 places per power of two. */
static unsigned place(uint64_t ns)
{
	unsigned shift, at;

	if (ns < HISTOGRAM_PARTS)
		return (unsigned)ns;
	shift = 63 - (unsigned)__builtin_clzll(ns) - 5;
	at = (shift + 1) * HISTOGRAM_PARTS + (unsigned)(ns >> shift) - HISTOGRAM_PARTS;
	return at < HISTOGRAM_SIZE ? at : HISTOGRAM_SIZE - 1;
}

/* The middle of a place. */
static uint64_t middle(unsigned at)
{
	unsigned shift;

	if (at < HISTOGRAM_PARTS)
		return at;
	shift = at / HISTOGRAM_PARTS - 1;
	return ((uint64_t)(at % HISTOGRAM_PARTS + HISTOGRAM_PARTS) << shift) + (1ull << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t ns)
{
	h->count[place(ns)]++;
	h->n++;
	if (ns > h->most)
		h->most = ns;
}

uint64_t histogram_percentile(const struct histogram *h, unsigned percent)
{
	uint64_t want = (h->n * percent + 99) / 100, seen = 0, value;

	if (!h->n)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
		seen += h->count[i];
		if (seen < want || !seen)
			continue;
		value = middle(i);
		return value < h->most ? value : h->most;
	}
	return h->most;
}
