/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "maps.h"

#include <errno.h>
#include <stddef.h>

#include "split.h"
#include "tracee.h"

void maps_free(struct maps *m)
{
	(void)m;
}

struct maps *maps_copy(const struct maps *m)
{
	(void)m;
	return NULL;
}

void maps_exit(struct tracee *t)
{
	(void)t;
}

int64_t split_mmap(struct tracee *t)
{
	(void)t;
	return -ENODEV;
}

int64_t split_munmap(struct tracee *t)
{
	(void)t;
	return OP_RUN_HERE;
}

int64_t split_msync(struct tracee *t)
{
	(void)t;
	return OP_RUN_HERE;
}
