/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of a trace line: quoted bytes, flags, enumerations, modes, devices.
 * Everything goes through rsx_buf, which bounds the line.
 */
#include "print_value.h"

#include <sys/sysmacros.h>

#include "rsx/xlat.h"

static void print_octal(struct rsx_buf *b, uint8_t c, bool digit_follows)
{
	if (digit_follows)
		rsx_buf_addf(b, "\\%03o", c);
	else
		rsx_buf_addf(b, "\\%o", c);
}

static bool is_text(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((p[i] < ' ' && (p[i] < '\t' || p[i] > '\r')) || p[i] >= 0x7f)
			return false;
	return true;
}

static void print_hex(struct rsx_buf *b, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		rsx_buf_addf(b, "\\x%02x", p[i]);
}

void print_quoted(struct rsx_buf *b, const void *data, size_t len, size_t max, unsigned hex)
{
	static const char short_form[256] = {
		['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r', ['\f'] = 'f',
		['\v'] = 'v', ['"'] = '"', ['\\'] = '\\',
	};
	const uint8_t *p = data;
	size_t shown = len < max ? len : max;

	rsx_buf_addc(b, '"');
	if (hex == 2 || (hex && !is_text(p, shown))) {
		print_hex(b, p, shown);
		rsx_buf_adds(b, shown < len ? "\"..." : "\"");
		return;
	}
	for (size_t i = 0; i < shown; i++) {
		if (short_form[p[i]]) {
			rsx_buf_addc(b, '\\');
			rsx_buf_addc(b, short_form[p[i]]);
		} else if (p[i] >= ' ' && p[i] < 0x7f) {
			rsx_buf_addc(b, (char)p[i]);
		} else {
			print_octal(b, p[i], i + 1 < shown && p[i + 1] >= '0' &&
						     p[i + 1] <= '9');
		}
	}
	rsx_buf_adds(b, shown < len ? "\"..." : "\"");
}

static void print_number(struct rsx_buf *b, unsigned base, uint64_t v)
{
	if (base == 8)
		rsx_buf_addf(b, "%#llo", (unsigned long long)v);
	else if (base == 10)
		rsx_buf_addf(b, "%d", (int)v);
	else
		rsx_buf_addf(b, "%#llx", (unsigned long long)v);
}

/* The part of a flags word that is an enumeration, if it has one. */
static const char *masked_name(const struct rsx_xlat *x, uint64_t v)
{
	for (unsigned i = 0; x->mask && i < x->n; i++)
		if (!(x->entry[i].wire & ~x->mask) &&
		    x->entry[i].wire == (v & x->mask))
			return x->entry[i].name;
	return NULL;
}

static void print_part(struct rsx_buf *b, const char *name, bool *first)
{
	if (!*first)
		rsx_buf_addc(b, '|');
	rsx_buf_adds(b, name);
	*first = false;
}

void print_flags(struct rsx_buf *b, const struct rsx_xlat *x, uint64_t v)
{
	const char *name;
	bool first = true;

	if (!x) {
		rsx_buf_addf(b, "%#llx", (unsigned long long)v);
		return;
	}
	name = masked_name(x, v);
	if (name) {
		print_part(b, name, &first);
		v &= ~x->mask;
	}
	for (unsigned i = 0; i < x->n; i++) {
		const struct rsx_xlat_entry *e = &x->entry[i];

		/* a named part of the enumeration is gone from v already */
		if (!e->wire || !(e->wire & ~x->mask) || (v & e->wire) != e->wire)
			continue;
		print_part(b, e->name, &first);
		v &= ~e->wire;
	}
	if (v) {
		print_part(b, "", &first);
		print_number(b, x->base, v);
	} else if (first) {
		name = x->mask ? NULL : rsx_xlat_name(x, 0);
		rsx_buf_adds(b, name ? name : "0");
	}
}

void print_enum(struct rsx_buf *b, const struct rsx_xlat *x, uint64_t v)
{
	const char *name = x ? rsx_xlat_name(x, v) : NULL;

	if (name)
		rsx_buf_adds(b, name);
	else
		print_number(b, x ? x->base : 10, v);
}

void print_mode(struct rsx_buf *b, uint32_t mode)
{
	const char *type = rsx_xlat_name(&rsx_xlat_file_type, mode & 0170000);

	if (type) {
		rsx_buf_addf(b, "%s|%s%s%s", type, mode & 04000 ? "S_ISUID|" : "",
			     mode & 02000 ? "S_ISGID|" : "", mode & 01000 ? "S_ISVTX|" : "");
		mode &= ~0177000u;
	}
	rsx_buf_addf(b, "%#03o", mode);
}

void print_dev(struct rsx_buf *b, uint64_t dev)
{
	rsx_buf_addf(b, "makedev(%#x, %#x)", major(dev), minor(dev));
}

void print_addr(struct rsx_buf *b, uint64_t addr)
{
	if (addr)
		rsx_buf_addf(b, "%#llx", (unsigned long long)addr);
	else
		rsx_buf_adds(b, "NULL");
}
