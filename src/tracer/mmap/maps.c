/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See maps.h. */
#include "mmap/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "description.h"
#include "mmap/image.h"
#include "tracee.h"

void mapping_ref(struct mapping *m)
{
	image_ref(m->image);
	description_map(m->of);
}

void mapping_unref(struct mapping *m)
{
	image_unref(m->image);
	description_unmap(m->of);
}

void maps_drop(struct maps *cut)
{
	for (unsigned i = 0; i < cut->n; i++)
		mapping_unref(&cut->m[i]);
	free(cut->m);
	*cut = (struct maps){ 0 };
}

void maps_free(struct maps *m)
{
	if (!m)
		return;
	maps_drop(m);
	free(m);
}

struct maps *maps_copy(const struct maps *from)
{
	struct maps *m = NULL;

	if (!from || !from->n || maps_reserve(&m, from->n))
		return NULL;
	memcpy(m->m, from->m, from->n * sizeof(*m->m));
	m->n = from->n;
	for (unsigned i = 0; i < m->n; i++)
		mapping_ref(&m->m[i]);
	return m;
}

int maps_reserve(struct maps **at, unsigned more)
{
	struct maps *m = *at;
	unsigned room;
	void *p;

	if (!m) {
		m = calloc(1, sizeof(*m));
		if (!m)
			return -ENOMEM;
		*at = m;
	}
	if (m->n + more <= m->room)
		return 0;
	room = m->n + more + m->room / 2 + 8;
	p = realloc(m->m, room * sizeof(*m->m));
	if (!p)
		return -ENOMEM;
	m->m = p;
	m->room = room;
	return 0;
}

/* The first entry that ends behind `addr`. */
static unsigned behind(const struct maps *m, uint64_t addr)
{
	unsigned low = 0, high = m->n;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (m->m[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The end of a range in whole pages; one that wraps around ends with memory. */
static uint64_t range_end(uint64_t start, uint64_t len)
{
	uint64_t rest = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	return len > UINT64_MAX - rest - start ? UINT64_MAX : (start + len + rest) & ~rest;
}

static struct mapping *at_or_null(const struct maps *m, unsigned i, uint64_t end)
{
	return i < m->n && m->m[i].start < end ? &m->m[i] : NULL;
}

struct mapping *maps_find(const struct maps *m, uint64_t start, uint64_t len)
{
	return m && len ? at_or_null(m, behind(m, start), range_end(start, len)) : NULL;
}

struct mapping *maps_next(const struct maps *m, const struct mapping *at, uint64_t start,
			  uint64_t len)
{
	return at_or_null(m, (unsigned)(at - m->m) + 1, range_end(start, len));
}

void maps_put(struct maps *m, const struct mapping *new)
{
	unsigned i = behind(m, new->start);

	memmove(m->m + i + 1, m->m + i, (m->n - i) * sizeof(*m->m));
	m->m[i] = *new;
	m->n++;
}

/* The part of `e` in [start, end), as an entry with a reference of its own. */
static struct mapping part(const struct mapping *e, uint64_t start, uint64_t end)
{
	struct mapping p = *e;

	if (start > p.start) {
		p.off += start - p.start;
		p.start = start;
	}
	if (end < p.end)
		p.end = end;
	mapping_ref(&p);
	return p;
}

int maps_cut(struct maps *m, uint64_t start, uint64_t len, struct maps *ret_cut)
{
	struct maps cut = { 0 }, *to = &cut;
	uint64_t end = range_end(start, len);
	struct mapping *e;
	unsigned n = 0;

	*ret_cut = cut;
	for (e = maps_find(m, start, len); e; e = maps_next(m, e, start, len))
		n++;
	if (!n)
		return 0;
	if (maps_reserve(&to, n) || maps_reserve(&m, 1)) {
		free(cut.m);
		return -ENOMEM;
	}
	while ((e = maps_find(m, start, len))) {
		struct mapping old = *e, left;

		cut.m[cut.n++] = part(&old, start, end);
		memmove(e, e + 1, (size_t)(m->m + m->n - (e + 1)) * sizeof(*e));
		m->n--;
		if (old.start < start) {
			left = part(&old, old.start, start);
			maps_put(m, &left);
		}
		if (old.end > end) {
			left = part(&old, end, old.end);
			maps_put(m, &left);
		}
		mapping_unref(&old);
	}
	*ret_cut = cut;
	return 0;
}

int maps_flush(const struct maps *m, uint64_t start, uint64_t len)
{
	uint64_t end = range_end(start, len);
	struct mapping *e;
	int first = 0;

	for (e = maps_find(m, start, len); e; e = maps_next(m, e, start, len)) {
		uint64_t from = e->start > start ? e->start : start;
		uint64_t to = e->end < end ? e->end : end;
		int err;

		if (!e->writable)
			continue;
		err = image_flush(e->image, e->off + (from - e->start), to - from);
		if (err && !first)
			first = err;
	}
	return first;
}

void maps_exit(struct tracee *t)
{
	if (t->mm && t->mm->maps)
		maps_flush(t->mm->maps, 0, UINT64_MAX);
}
