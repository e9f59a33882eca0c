/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named values and their conversion between an architecture and the wire.
 * The sets are data in src/proto/xlat/; only the open flags differ between
 * x86-64 and asm-generic, so nearly every conversion is one test.
 */
#include "rsx/xlat.h"

#include <stdbool.h>

#define V(name, v) { #name, v, v }
#define D(name, wire, x86) { #name, wire, x86 }
#define XLAT(set, mask_, base_, differs_, ...)                                \
	static const struct rsx_xlat_entry entries_##set[] = { __VA_ARGS__ }; \
	const struct rsx_xlat rsx_xlat_##set = {                              \
		.name = #set,                                                 \
		.mask = mask_,                                                \
		.base = base_,                                                \
		.differs = differs_,                                          \
		.n = sizeof(entries_##set) / sizeof(struct rsx_xlat_entry),   \
		.entry = entries_##set,                                       \
	};
#include "xlat/all.def"
#undef XLAT
#undef D
#undef V

const char *rsx_xlat_name(const struct rsx_xlat *x, uint64_t wire)
{
	for (unsigned i = 0; i < x->n; i++)
		if (x->entry[i].wire == wire)
			return x->entry[i].name;
	return NULL;
}

/*
 * Bits that move are taken out and put back at their new place; all others,
 * known or not, pass. The D() entries of a set use the same bits on both
 * sides, so an unknown bit never lands on a known one.
 */
static uint64_t convert(const struct rsx_xlat *x, uint64_t v, bool to_wire)
{
	uint64_t moved = 0, rest = v;

	for (unsigned i = 0; i < x->n; i++) {
		const struct rsx_xlat_entry *e = &x->entry[i];
		uint64_t from = to_wire ? e->x86 : e->wire;

		if (e->wire == e->x86 || (rest & from) != from)
			continue;
		moved |= to_wire ? e->wire : e->x86;
		rest &= ~from;
	}
	return rest | moved;
}

uint64_t rsx_xlat_to_wire(const struct rsx_xlat *x, enum rsx_arch arch, uint64_t v)
{
	if (!x || !x->differs || arch == RSX_ARCH_GENERIC)
		return v;
	return convert(x, v, true);
}

uint64_t rsx_xlat_from_wire(const struct rsx_xlat *x, enum rsx_arch arch, uint64_t v)
{
	if (!x || !x->differs || arch == RSX_ARCH_GENERIC)
		return v;
	return convert(x, v, false);
}
