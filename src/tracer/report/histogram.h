/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations by size: a power of two has 32 parts, so that a percentile is
 * right to about 3 %. 10 KiB, whatever is counted.
 */
#ifndef RSX_REPORT_HISTOGRAM_H
#define RSX_REPORT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PARTS 32
#define HISTOGRAM_SIZE	(HISTOGRAM_PARTS * 40) /* to 2^44 ns, five hours */

struct histogram {
	uint64_t n;
	uint64_t most;
	uint64_t count[HISTOGRAM_SIZE];
};

void histogram_add(struct histogram *h, uint64_t ns);
/* The least value that `percent` of all are not above; 0 if there are none. */
uint64_t histogram_percentile(const struct histogram *h, unsigned percent);

#endif
