/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See unwind_api.h. */
#include "unwind_api.h"

#include <dlfcn.h>
#include <stddef.h>

#include "rsx/log.h"

#define TEXT_(word) #word
#define TEXT(word)  TEXT_(word)

/* The second does not say that it needs the first, and what that needs. */
#define FIRST  "libunwind-" TEXT(UNW_TARGET) ".so.8"
#define SECOND "libunwind-ptrace.so.0"

struct unwind_api unwind_api;

static const struct {
	const char *name;
	size_t at;
} functions[] = {
#define ROW(member, function) { TEXT(function), offsetof(struct unwind_api, member) },
	UNWIND_API(ROW)
#undef ROW
};

bool unwind_api_load(void)
{
	if (!dlopen(FIRST, RTLD_NOW | RTLD_GLOBAL) || !dlopen(SECOND, RTLD_NOW | RTLD_GLOBAL)) {
		rsx_error("stacks need libunwind (Debian: libunwind8): %s", dlerror());
		return false;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *at = dlsym(RTLD_DEFAULT, functions[i].name);

		if (!at) {
			rsx_error("stacks need another version of libunwind: %s", dlerror());
			return false;
		}
		*(void **)((char *)&unwind_api + functions[i].at) = at;
	}
	return true;
}
