/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers that end where an unmapped page begins and are filled with a known
 * byte: reading or writing too far crashes, writing too early or where nothing
 * should be written shows. Everything lives until guard_free_all().
 */
#ifndef RSX_TEST_GUARD_H
#define RSX_TEST_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_FILL 0xa5

/* `size` bytes, filled; the byte behind them cannot be touched. */
void *guard_alloc(size_t size);

/* A copy of `data` that ends at an unmapped page. */
void *guard_copy(const void *data, size_t size);
char *guard_string(const char *s);

/* An address that is not mapped. */
void *guard_unmapped(void);

/* Are all bytes of [p, p + size) still the fill? */
bool guard_untouched(const void *p, size_t size);

/* Has nothing been written in front of any buffer? */
bool guard_fronts_intact(void);

void guard_free_all(void);

#endif
