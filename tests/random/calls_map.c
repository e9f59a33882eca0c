/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_map.c - mappings of files, and what reading and writing through them
 * gives; extended attributes.
 */
#include "sequence.h"

#include <sys/xattr.h>

static void run_mmap(struct step *step)
{
	struct mapping *map = map_arg(step, 0);
	size_t len = (size_t)num_arg(step, 2);
	void *at = mmap(NULL, len, (int)num_arg(step, 3), (int)num_arg(step, 4), fd_arg(step, 1),
			num_arg(step, 5));

	result(at == MAP_FAILED ? -1 : 0);
	if (at == MAP_FAILED)
		return;
	if (map->at)
		munmap(map->at, map->len);
	*map = (struct mapping){ at, len };
}

static void run_munmap(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	result(map->at ? munmap(map->at, map->len) : -1);
	*map = (struct mapping){ 0 };
}

/* Only part of it: the rest stays mapped. */
static void run_munmap_part(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	if (!map->at || map->len <= 4096) {
		say(" no");
		return;
	}
	result(munmap(map->at, 4096));
	map->at += 4096;
	map->len -= 4096;
}

static void run_msync(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	result(msync(map->at, map->len, (int)num_arg(step, 1)));
}

static void run_mprotect(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	result(map->at ? mprotect(map->at, map->len, (int)num_arg(step, 1)) : -2);
}

static void run_madvise(struct step *step)
{
	struct mapping *map = map_arg(step, 0);

	result(map->at ? madvise(map->at, map->len, (int)num_arg(step, 1)) : -2);
}

static void run_mremap(struct step *step)
{
	struct mapping *map = map_arg(step, 0);
	size_t len = (size_t)num_arg(step, 1);
	void *at = map->at ? mremap(map->at, map->len, len, MREMAP_MAYMOVE) : MAP_FAILED;

	if (!map->at) {
		say(" no");
		return;
	}
	result(at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED)
		*map = (struct mapping){ at, len };
}

/* Whether the bytes are in the mapping; the file may still end before them. */
static bool within(struct mapping *map, size_t at, size_t len)
{
	if (map->at && at < map->len && len <= map->len - at)
		return true;
	say(" no");
	return false;
}

static void run_peek(struct step *step)
{
	struct mapping *map = map_arg(step, 0);
	size_t at = (size_t)num_arg(step, 1), len = (size_t)num_arg(step, 2);

	if (within(map, at, len)) {
		void *copy = buffer(len);

		memcpy(copy, map->at + at, len);
		say_bytes(copy, len);
	}
}

static void run_poke(struct step *step)
{
	struct mapping *map = map_arg(step, 0);
	size_t at = (size_t)num_arg(step, 1), len = (size_t)num_arg(step, 2);

	if (within(map, at, len))
		pattern(map->at + at, len, (unsigned int)num_arg(step, 3));
}

/* A system call's buffer is the mapping: read(2) into it, write(2) from it. */
static void run_read_into(struct step *step)
{
	struct mapping *map = map_arg(step, 1);
	size_t at = (size_t)num_arg(step, 2), len = (size_t)num_arg(step, 3);

	if (within(map, at, len)) {
		result(read(fd_arg(step, 0), map->at + at, len));
		say_offset(fd_arg(step, 0));
	}
}

static void run_write_from(struct step *step)
{
	struct mapping *map = map_arg(step, 1);
	size_t at = (size_t)num_arg(step, 2), len = (size_t)num_arg(step, 3);

	if (within(map, at, len)) {
		result(write(fd_arg(step, 0), map->at + at, len));
		say_offset(fd_arg(step, 0));
	}
}

static void say_value(ssize_t n, const void *value, size_t room)
{
	result(n);
	if (n > 0 && room)
		say_bytes(value, (size_t)n);
}

static void run_setxattr(struct step *step)
{
	size_t len = (size_t)num_arg(step, 3);
	void *value = buffer(len);
	const char *path = path_arg(step, 1), *name = path_arg(step, 2);
	int flags = (int)num_arg(step, 5);

	pattern(value, len, (unsigned int)num_arg(step, 4));
	switch (num_arg(step, 0)) {
	case 0:
		result(setxattr(path, name, value, len, flags));
		break;
	default:
		result(lsetxattr(path, name, value, len, flags));
	}
}

static void run_fsetxattr(struct step *step)
{
	size_t len = (size_t)num_arg(step, 2);
	void *value = buffer(len);

	pattern(value, len, (unsigned int)num_arg(step, 3));
	result(fsetxattr(fd_arg(step, 0), path_arg(step, 1), value, len, (int)num_arg(step, 4)));
}

static void run_getxattr(struct step *step)
{
	size_t room = (size_t)num_arg(step, 3);
	void *value = buffer(room);
	const char *path = path_arg(step, 1), *name = path_arg(step, 2);
	ssize_t n = num_arg(step, 0) ? lgetxattr(path, name, value, room) :
				       getxattr(path, name, value, room);

	say_value(n, value, room);
}

static void run_fgetxattr(struct step *step)
{
	size_t room = (size_t)num_arg(step, 2);
	void *value = buffer(room);

	say_value(fgetxattr(fd_arg(step, 0), path_arg(step, 1), value, room), value, room);
}

static void run_listxattr(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *names = (char *)buffer(room);
	ssize_t n = llistxattr(path_arg(step, 0), names, room);

	say_value(n, names, room);
}

static void run_flistxattr(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *names = (char *)buffer(room);

	say_value(flistxattr(fd_arg(step, 0), names, room), names, room);
}

static void run_removexattr(struct step *step)
{
	const char *path = path_arg(step, 1), *name = path_arg(step, 2);

	result(num_arg(step, 0) ? lremovexattr(path, name) : removexattr(path, name));
}

#define XNAME "[\"user.a\" \"user.a\" \"user.bb\" \"trusted.t\" \"user\" \"bad.name\" \"\"]"

const struct call calls_map[] = {
	{ "mmap", run_mmap,
	  "map file [4096 8192 16384 100 0] [PROT_READ PROT_READ|PROT_WRITE PROT_READ|PROT_WRITE "
	  "PROT_NONE] [MAP_SHARED MAP_SHARED MAP_PRIVATE MAP_SHARED|MAP_POPULATE 0] [0 0 0 4096 "
	  "100]",
	  8, 0, W_NONE },
	{ "munmap", run_munmap, "map", 2, 0, W_NONE },
	{ "munmap_part", run_munmap_part, "map", 1, 0, W_NONE },
	{ "msync", run_msync, "map [MS_SYNC MS_ASYNC MS_SYNC|MS_INVALIDATE MS_SYNC|MS_ASYNC]", 2, 0,
	  W_NONE },
	{ "mprotect", run_mprotect, "map [PROT_READ PROT_READ|PROT_WRITE "
	  "PROT_NONE]", 1, 0, W_NONE },
	{ "madvise", run_madvise, "map [MADV_DONTNEED MADV_WILLNEED MADV_DONTFORK]", 1, 0, W_NONE },
	{ "mremap", run_mremap, "map [4096 8192 16384]", 1, 0, W_NONE },
	{ "peek", run_peek, "map [0 0 1 100 4090 4096 8000] [1 10 100 4096]", 6, 0, W_NONE },
	{ "poke", run_poke, "map [0 0 1 100 4090 4096 8000] [1 10 100 4096] byte", 6, 0, W_NONE },
	{ "read_into", run_read_into, "file map [0 100 4096] [1 100 4096 8192]", 1, 0, W_NONE },
	{ "write_from", run_write_from, "file map [0 100 4096] [1 100 4096 8192]", 1, 0, W_NONE },
	{ "setxattr", run_setxattr,
	  "[0 1] path " XNAME " [0 1 10 300 5000] byte [0 0 XATTR_CREATE XATTR_REPLACE 4]", 2, 0,
	  W_NONE },
	{ "fsetxattr", run_fsetxattr,
	  "file " XNAME " [0 1 10 300] byte [0 0 XATTR_CREATE XATTR_REPLACE 4]", 2, 0, W_NONE },
	{ "getxattr", run_getxattr, "[0 1] path " XNAME " [0 1 10 4096]", 2, 0, W_NONE },
	{ "fgetxattr", run_fgetxattr, "file " XNAME " [0 1 10 4096]", 2, 0, W_NONE },
	{ "listxattr", run_listxattr, "path [0 5 4096]", 1, 0, W_NONE },
	{ "flistxattr", run_flistxattr, "file [0 5 4096]", 1, 0, W_NONE },
	{ "removexattr", run_removexattr, "[0 1] path " XNAME, 1, 0, W_NONE },
	{ 0 },
};
