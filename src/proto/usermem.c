/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program points at: where its addresses end, and its strings. Used by the
 * engine (capture.c) and by the tracer's own decisions about paths.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rsx/frame.h"

/*
 * Where user addresses end: beyond, the kernel says EFAULT before it looks.
 * That differs between kernels (arm64 since 6.11: 55 bits) and processors, so
 * it is found by reading nothing to there.
 */
uint64_t rsx_user_end(void)
{
	static uint64_t end;
	int fd;

	if (end)
		return end;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return INT64_MAX; /* the next one asks again */
	for (unsigned bits = 62; bits > 38 && !end; bits--) {
		uint64_t try = (1ULL << bits) - 4096;

		if (bits == 39 || !read(fd, (void *)(uintptr_t)(try - 1), 1))
			end = try;
	}
	close(fd);
	return end;
}

/* Page by page: what lies behind the string may be unmapped. */
int rsx_read_string(const struct rsx_mem *mem, struct rsx_addr from, size_t room,
		    struct rsx_arena *arena, char **ret, uint32_t *ret_len)
{
	char *s = rsx_arena_alloc(arena, room);
	size_t len = 0;

	if (!s)
		return -ENOMEM;
	while (len < room) {
		size_t n = 4096 - (from.v + len) % 4096;
		char *end;
		int err;

		/* most strings are short: the first look is a small one */
		if (len == 0 && n > 256)
			n = 256;
		if (n > room - len)
			n = room - len;
		err = mem->read(mem->ctx, rsx_addr_add(from, len), s + len, n);
		if (err)
			return err;
		end = memchr(s + len, 0, n);
		if (end) {
			*ret = s;
			*ret_len = (uint32_t)(end - s) + 1;
			return 0;
		}
		len += n;
	}
	return -ENAMETOOLONG;
}
