/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See title.h. The kernel shows the memory in which it left the arguments, and
 * what follows if the last of them no longer ends where it did: proc(5).
 */
#include "title.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

static char *from;
static size_t room;

void rsx_title_init(int argc, char **argv, char **envp)
{
	char *end = argc ? argv[0] : NULL;

	from = end;
	for (int i = 0; i < argc && argv[i] == end; i++)
		end += strlen(end) + 1;
	for (; *envp && *envp == end; envp++)
		end += strlen(end) + 1;
	room = (size_t)(end - from);
}

void rsx_title_set(const char *text)
{
	size_t len = strlen(text);

	if (!room)
		return;
	environ = NULL;
	if (len > room - 1)
		len = room - 1;
	memset(from, 0, room);
	memcpy(from, text, len);
}
