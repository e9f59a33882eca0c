/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of JSON. Strings are UTF-8; a byte that is not part of any is written
 * as the lone surrogate \udc80 + (byte - 0x80), as Python's surrogateescape
 * does, so that nothing is lost.
 */
#ifndef RSX_REPORT_JSON_VALUE_H
#define RSX_REPORT_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsx/buf.h"

/* "..." with its quotes. */
void json_string(struct rsx_buf *b, const void *data, size_t len);
/* The same, with U+FFFD for what is not UTF-8: not every reader takes a lone surrogate. */
void json_string_lossy(struct rsx_buf *b, const void *data, size_t len);

/* An object's members: `,"key":` or, as the first, `"key":`. */
void json_key(struct rsx_buf *b, const char *key);
void json_text(struct rsx_buf *b, const char *key, const char *value);
void json_int(struct rsx_buf *b, const char *key, int64_t value);
void json_bool(struct rsx_buf *b, const char *key, bool value);
void json_null(struct rsx_buf *b, const char *key);
/* Nanoseconds as seconds with nine decimals. */
void json_seconds(struct rsx_buf *b, const char *key, int64_t ns);
/* A 64-bit word as "0x...": a number of that size is not safe in JSON. */
void json_hex(struct rsx_buf *b, const char *key, uint64_t value);

#endif
