/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See json_value.h. */
#include "json_value.h"

#include <string.h>

/* The length of the UTF-8 sequence at p (RFC 3629), or 0: not one. */
static size_t utf8_length(const uint8_t *p, size_t len)
{
	static const struct {
		uint8_t first, last, low, high; /* of the first byte, of the second */
		uint8_t n;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*p < forms[i].first || *p > forms[i].last)
			continue;
		if (len < forms[i].n || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (unsigned k = 2; k < forms[i].n; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].n;
	}
	return 0;
}

static void add_string(struct rsx_buf *b, const void *data, size_t len, bool lossy)
{
	const uint8_t *p = data;

	rsx_buf_addc(b, '"');
	for (size_t i = 0, n = 1; i < len; i += n) {
		n = 1;
		if (p[i] == '"' || p[i] == '\\') {
			rsx_buf_addc(b, '\\');
			rsx_buf_addc(b, (char)p[i]);
		} else if (p[i] < ' ' || p[i] == 0x7f) {
			rsx_buf_addf(b, "\\u%04x", p[i]);
		} else if (p[i] < 0x80) {
			rsx_buf_addc(b, (char)p[i]);
		} else if (!(n = utf8_length(p + i, len - i))) {
			n = 1;
			if (lossy)
				rsx_buf_adds(b, "\\ufffd");
			else
				rsx_buf_addf(b, "\\udc%02x", p[i]);
		} else {
			rsx_buf_add(b, p + i, n);
		}
	}
	rsx_buf_addc(b, '"');
}

void json_string(struct rsx_buf *b, const void *data, size_t len)
{
	add_string(b, data, len, false);
}

void json_string_lossy(struct rsx_buf *b, const void *data, size_t len)
{
	add_string(b, data, len, true);
}

void json_key(struct rsx_buf *b, const char *key)
{
	char last = b->len ? b->data[b->len - 1] : '{';

	rsx_buf_addf(b, "%s\"%s\":", last == '{' ? "" : ",", key);
}

void json_text(struct rsx_buf *b, const char *key, const char *value)
{
	json_key(b, key);
	json_string(b, value, strlen(value));
}

void json_int(struct rsx_buf *b, const char *key, int64_t value)
{
	json_key(b, key);
	rsx_buf_addf(b, "%lld", (long long)value);
}

void json_bool(struct rsx_buf *b, const char *key, bool value)
{
	json_key(b, key);
	rsx_buf_adds(b, value ? "true" : "false");
}

void json_null(struct rsx_buf *b, const char *key)
{
	json_key(b, key);
	rsx_buf_adds(b, "null");
}

void json_seconds(struct rsx_buf *b, const char *key, int64_t ns)
{
	int64_t most = ns < 0 ? -ns : ns;

	json_key(b, key);
	rsx_buf_addf(b, "%s%lld.%09lld", ns < 0 ? "-" : "", (long long)(most / 1000000000),
		     (long long)(most % 1000000000));
}

void json_hex(struct rsx_buf *b, const char *key, uint64_t value)
{
	json_key(b, key);
	rsx_buf_addf(b, "\"0x%llx\"", (unsigned long long)value);
}
