/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address in a traced program. A type of its own, so that it is never
 * dereferenced here by mistake.
 */
#ifndef RSX_ADDR_H
#define RSX_ADDR_H

#include <stdint.h>

struct rsx_addr {
	uint64_t v;
};

static inline struct rsx_addr rsx_addr(uint64_t v)
{
	return (struct rsx_addr){ v };
}

static inline struct rsx_addr rsx_addr_add(struct rsx_addr a, uint64_t n)
{
	return (struct rsx_addr){ a.v + n };
}

#endif
