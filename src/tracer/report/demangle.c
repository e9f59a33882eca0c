/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See demangle.h. Each name is worked out once, however many addresses have it. */
#include "demangle.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 4096 /* a longer name, or text, is left alone */
#define BUCKETS 1024

typedef char *demangle_fn(const char *name, char *to, size_t *room, int *status);

struct known {
	struct known *next;
	char *text; /* NULL: there is none */
	char name[];
};

static struct known *bucket[BUCKETS];
static demangle_fn *work;

static demangle_fn *load(void)
{
	static bool tried;
	void *lib = tried ? NULL : dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

	tried = true;
	if (lib)
		*(void **)&work = dlsym(lib, "__cxa_demangle");
	return work;
}

static char *text_of(const char *name)
{
	demangle_fn *fn = work ? work : load();
	int status = -1;
	char *text = fn ? fn(name, NULL, NULL, &status) : NULL;

	if (text && (status || strlen(text) > LONGEST)) {
		free(text);
		text = NULL;
	}
	return text;
}

const char *demangle(const char *name)
{
	size_t len = strlen(name);
	struct known *k;
	unsigned h = 5381;

	if (name[0] != '_' || name[1] != 'Z' || len > LONGEST)
		return name;
	for (const char *p = name; *p; p++)
		h = h * 33 + (unsigned char)*p;
	for (k = bucket[h % BUCKETS]; k; k = k->next)
		if (!strcmp(k->name, name))
			return k->text ? k->text : name;
	k = malloc(sizeof(*k) + len + 1);
	if (!k)
		return name;
	memcpy(k->name, name, len + 1);
	k->text = text_of(name);
	k->next = bucket[h % BUCKETS];
	bucket[h % BUCKETS] = k;
	return k->text ? k->text : name;
}

void demangle_done(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (bucket[i]) {
			struct known *k = bucket[i];

			bucket[i] = k->next;
			free(k->text);
			free(k);
		}
	}
}
