/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often to do what is done thousands of times: one Nth of it where
 * CONF_FRACTION is N (emulated machines).
 */
#ifndef RSX_TEST_OFTEN_H
#define RSX_TEST_OFTEN_H

#include <stdlib.h>

static inline unsigned test_often(unsigned times)
{
	const char *s = getenv("CONF_FRACTION");
	unsigned part = s ? (unsigned)atoi(s) : 1;

	if (part > 1)
		times = times > part ? times / part : 1;
	return times;
}

#endif
