/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See guard.h. One mapping per buffer: pages, then one that is PROT_NONE. */
#include "guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_GUARDS 4096

static struct guard {
	uint8_t *map;
	size_t room; /* bytes that can be touched */
	size_t size; /* the last of them are the buffer */
} guards[MAX_GUARDS];
static unsigned nguards;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void *guard_alloc(size_t size)
{
	size_t page = page_size();
	size_t room = (size + page - 1) / page * page + page;
	uint8_t *map;

	if (nguards == MAX_GUARDS)
		abort();
	map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE))
		abort();
	memset(map, GUARD_FILL, room);
	guards[nguards++] = (struct guard){ map, room, size };
	return map + room - size;
}

void *guard_copy(const void *data, size_t size)
{
	void *p = guard_alloc(size);

	if (size)
		memcpy(p, data, size);
	return p;
}

char *guard_string(const char *s)
{
	return guard_copy(s, strlen(s) + 1);
}

void *guard_unmapped(void)
{
	return guard_alloc(0);
}

bool guard_untouched(const void *p, size_t size)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < size; i++)
		if (b[i] != GUARD_FILL)
			return false;
	return true;
}

bool guard_fronts_intact(void)
{
	for (unsigned i = 0; i < nguards; i++)
		if (!guard_untouched(guards[i].map, guards[i].room - guards[i].size))
			return false;
	return true;
}

void guard_free_all(void)
{
	for (unsigned i = 0; i < nguards; i++)
		munmap(guards[i].map, guards[i].room + page_size());
	nguards = 0;
}
