/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See scratch.h. Written through /proc/PID/mem, which ignores PROT_READ. */
#include "scratch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "op.h"
#include "tracee.h"
#include "tracer.h"

/*
 * Copies are made where the kernel must use another path than the one given,
 * and where another thread could change the given one under us.
 */
static const char *wanted(const struct tracee *t, unsigned i)
{
	const struct call *c = &t->call;

	if (c->row->arg[i].kind != RSX_KIND_PATH)
		return NULL;
	if (c->use_path[i])
		return c->use_path[i];
	return t->mm->refs > 1 ? c->frame.preset[i] : NULL;
}

bool scratch_needed(const struct tracee *t)
{
	if (t->mm->scratch)
		return false;
	for (unsigned i = 0; i < t->call.row->nargs; i++)
		if (wanted(t, i))
			return true;
	return false;
}

/* All slots with this protection, unless *at has them. 0 or -errno. */
static int map_slots(struct tracee *t, uint64_t *at, uint64_t prot)
{
	int64_t ret;

	if (*at)
		return 0;
	ret = op_native(t, arch_nr.mmap, OP_ARGS(0, (uint64_t)SCRATCH_SLOTS * SCRATCH_SLOT_SIZE,
						 prot, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0));
	if (ret < 0 && ret >= -4095)
		return (int)ret;
	*at = (uint64_t)ret;
	return 0;
}

int scratch_map(struct tracee *t)
{
	return map_slots(t, &t->mm->scratch, PROT_READ);
}

void scratch_reserve(struct tracee *t)
{
	map_slots(t, &t->mm->scratch, PROT_READ);
	map_slots(t, &t->mm->scratch_rw, PROT_READ | PROT_WRITE);
}

static bool take_slot(struct tracee *t)
{
	if (t->slot >= 0)
		return true;
	for (int i = 0; i < SCRATCH_SLOTS; i++) {
		if (t->mm->slots >> i & 1)
			continue;
		t->mm->slots |= 1ULL << i;
		t->slot = i;
		return true;
	}
	return false;
}

uint64_t scratch_at(struct tracee *t)
{
	if (!t->mm->scratch || !take_slot(t))
		return 0;
	return t->mm->scratch + (uint64_t)t->slot * SCRATCH_SLOT_SIZE;
}

uint64_t scratch_put(struct tracee *t, size_t off, const void *data, size_t len)
{
	uint64_t to = off + len <= SCRATCH_SLOT_SIZE ? scratch_at(t) : 0;

	if (!to || tracee_poke(t, to + off, data, len))
		return 0;
	return to + off;
}

uint64_t scratch_rw(struct tracee *t)
{
	if (!take_slot(t) || map_slots(t, &t->mm->scratch_rw, PROT_READ | PROT_WRITE))
		return 0;
	return t->mm->scratch_rw + (uint64_t)t->slot * SCRATCH_SLOT_SIZE;
}

/* The argument of the call as made that became argument `i` of its lowered form. */
static int made_arg(const struct call *c, unsigned i)
{
	if (!c->made->lower)
		return (int)i;
	return (int)c->made->lower->arg[i].from - 1;
}

/* As bad for the kernel as the program's own. */
static uint64_t unreadable(uint64_t at)
{
	return at >= rsx_user_end() ? at : rsx_bad_pointer(RSX_POINTER_UNMAPPED);
}

bool scratch_rewrite(struct tracee *t)
{
	struct call *c = &t->call;
	bool any = false;
	size_t off = 0;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		const char *path = wanted(t, i);
		int arg = made_arg(c, i);
		size_t len;
		uint64_t at;

		if (arg >= 0 && c->unreadable & 1u << i) {
			/* another thread may make it readable, and it was not decided upon */
			arch_entry_arg(t->tid, (unsigned)arg, unreadable(c->args[i]));
			any = true;
		}
		if (!path || arg < 0)
			continue;
		len = strlen(path) + 1;
		at = scratch_put(t, off, path, len);
		if (!at)
			continue;
		arch_entry_arg(t->tid, (unsigned)arg, at);
		off += len;
		any = true;
	}
	return any;
}
