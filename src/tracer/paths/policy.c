/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See policy.h. A few dozen rules, searched in order: no cleverness needed. */
#include "paths/policy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths/runpath.h"
#include "rsx/cleanup.h"
#include "rsx/limits.h"

static const char code[] = "programs and libraries are this machine's";
static const char loader[] = "the dynamic loader's files belong to the libraries here";
static const char links[] = "links between programs and libraries";
static const char device[] = "a device that every machine has, or the terminal here";
static const char cpus[] = "the CPUs are here";

static const struct {
	const char *path;
	const char *why;
} local_paths[] = {
	{ "/usr", code },
	{ "/bin", code },
	{ "/sbin", code },
	{ "/lib", code },
	{ "/lib32", code },
	{ "/lib64", code },
	{ "/libx32", code },
	{ "/etc/ld.so.cache", loader },
	{ "/etc/ld.so.conf", loader },
	{ "/etc/ld.so.conf.d", loader },
	{ "/etc/ld.so.preload", loader },
	{ "/etc/alternatives", links },
	{ "/dev/null", device },
	{ "/dev/zero", device },
	{ "/dev/full", device },
	{ "/dev/random", device },
	{ "/dev/urandom", device },
	{ "/dev/tty", device },
	{ "/dev/pts", device },
	{ "/dev/ptmx", device },
	{ "/dev/shm", device },
	{ "/dev/fd", device },
	{ "/dev/stdin", device },
	{ "/dev/stdout", device },
	{ "/dev/stderr", device },
	{ "/proc/self", "the process runs here (but mounts, cgroup, net, ns, cwd, root)" },
	{ "/proc/thread-self", "the thread runs here (but mounts, cgroup, net, ns, cwd, root)" },
	{ "/proc/cpuinfo", cpus },
	{ "/sys/devices/system/cpu", cpus },
	{ "/sys/devices/system/node", cpus },
};

/* Programs and libraries, and what leads to them. */
static bool is_code(const char *why)
{
	return why == code || why == loader || why == links;
}

static int add(struct policy *p, const struct rule *rule)
{
	struct rule *r = realloc(p->rules, (p->n + 1) * sizeof(*r));

	if (!r)
		return -ENOMEM;
	p->rules = r;
	r[p->n] = *rule;
	r[p->n].path = strdup(rule->path);
	r[p->n].to = rule->to ? strdup(rule->to) : NULL;
	r[p->n].len = strlen(rule->path);
	if (!r[p->n].path || (rule->to && !r[p->n].to)) {
		free(r[p->n].path);
		free(r[p->n].to);
		return -ENOMEM;
	}
	p->n++;
	return 0;
}

static int add_local(struct policy *p, const char *path, const char *why)
{
	return add(p, &(struct rule){ .kind = RULE_LOCAL, .path = (char *)path, .why = why });
}

int policy_init(struct policy *p, bool all)
{
	int err;

	*p = (struct policy){ 0 };
	err = add(p, &(struct rule){ .kind = RULE_REMOTE, .path = "/", .why = "the world is the server's" });
	for (size_t i = 0; !err && i < RSX_ARRAY_SIZE(local_paths); i++)
		if (!all || !is_code(local_paths[i].why))
			err = add_local(p, local_paths[i].path, local_paths[i].why);
	return err;
}

void policy_done(struct policy *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->rules[i].path);
		free(p->rules[i].to);
	}
	free(p->rules);
	*p = (struct policy){ 0 };
}

/* Append one component, or take one away for "..". */
static int step(char *to, size_t *len, const char *name, size_t n)
{
	if (n == 0 || (n == 1 && name[0] == '.'))
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.') {
		while (*len && to[--*len] != '/')
			;
		return 0;
	}
	if (*len + 1 + n >= RSX_MAX_PATH)
		return -ENAMETOOLONG;
	to[(*len)++] = '/';
	memcpy(to + *len, name, n);
	*len += n;
	return 0;
}

int path_normal(char *to, const char *path)
{
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");
		int err = step(to, &len, path, n);

		if (err)
			return err;
		path += n;
		while (*path == '/')
			path++;
	}
	if (!len)
		to[len++] = '/';
	to[len] = '\0';
	return 0;
}

/*
 * A path from the command line: relative ones are relative to here, but for
 * abstract socket names, which begin with "@".
 */
static int absolute(char to[RSX_MAX_PATH], const char *path)
{
	char cwd[PATH_MAX], whole[2 * PATH_MAX + 2];

	if (path[0] == '/')
		return path_normal(to, path);
	if (path[0] == '@') {
		if (strlen(path) >= RSX_MAX_PATH)
			return -ENAMETOOLONG;
		strcpy(to, path);
		return 0;
	}
	if (!getcwd(cwd, sizeof(cwd)))
		return -errno;
	if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", cwd, path) >= sizeof(whole))
		return -ENAMETOOLONG;
	return path_normal(to, whole);
}

int policy_add(struct policy *p, enum rule_kind kind, const char *path, const char *to)
{
	static const char *const why[] = {
		[RULE_REMOTE] = "--remote says so", [RULE_LOCAL] = "--local says so",
		[RULE_DENY] = "--deny says so", [RULE_MAP] = "--map says so",
	};
	char a[RSX_MAX_PATH], b[RSX_MAX_PATH];
	int err;

	if (!*path || (to && !*to))
		return -EINVAL;
	err = absolute(a, path);
	if (!err && to)
		err = absolute(b, to);
	if (!err && to && (a[0] == '@' || b[0] == '@'))
		err = -EINVAL; /* abstract names are not mapped */
	if (err)
		return err;
	return add(p, &(struct rule){ .kind = kind, .path = a, .to = to ? b : NULL,
				      .user = true, .why = why[kind] });
}

/* For PREFIX/bin/NAME: PREFIX/lib, lib64, libexec, share. */
static int add_prefix(struct policy *p, const char *program)
{
	static const char *const beside[] = { "lib", "lib32", "lib64", "libexec", "share" };
	char path[RSX_MAX_PATH + 16];
	size_t dir = (size_t)(strrchr(program, '/') - program);
	int err = 0;

	if (dir < 4 || strncmp(program + dir - 4, "/bin", 4))
		return 0;
	for (size_t i = 0; !err && i < RSX_ARRAY_SIZE(beside); i++) {
		snprintf(path, sizeof(path), "%.*s/%s", (int)(dir - 4), program, beside[i]);
		err = add_local(p, path, "it lies beside the started program");
	}
	return err;
}

/* Libraries there are code; what else the directory holds is not. */
static void add_runpath(void *ctx, const char *dir)
{
	char path[RSX_MAX_PATH];

	if (!path_normal(path, dir))
		add(ctx, &(struct rule){ .kind = RULE_LOCAL, .path = path, .libraries = true,
					 .why = "the started program looks for its libraries there" });
}

int policy_add_program(struct policy *p, const char *path)
{
	char a[RSX_MAX_PATH];
	_rsx_free_ char *real = NULL;
	int err = absolute(a, path);

	if (!err)
		err = add_local(p, a, "it is the started program");
	if (!err)
		err = add_prefix(p, a);
	real = realpath(path, NULL);
	if (!err && real && strcmp(real, a)) {
		err = add_local(p, real, "it is the started program");
		if (!err)
			err = add_prefix(p, real);
	}
	if (!err)
		runpath_each(path, add_runpath, p);
	return err;
}

bool path_is_library(const char *path)
{
	const char *name = strrchr(path, '/');
	const char *so = strstr(name ? name : path, ".so");

	return so && (!so[3] || so[3] == '.');
}

static bool covers(const struct rule *r, const char *path)
{
	if (r->path[0] != path[0] || (r->libraries && !path_is_library(path)))
		return false;
	if (r->len == 1) /* "/", "@" */
		return true;
	return !strncmp(path, r->path, r->len) && (path[r->len] == '/' || !path[r->len]);
}

const struct rule *policy_rule(const struct policy *p, const char *path)
{
	const struct rule *best = &p->rules[0];

	for (size_t i = 1; i < p->n; i++) {
		const struct rule *r = &p->rules[i];

		if (covers(r, path) &&
		    (r->len > best->len || (r->len == best->len && (r->user || !best->user))))
			best = r;
	}
	return best;
}

void policy_explain(const struct policy *p, const char *path, char *to, size_t room)
{
	static const char *const words[] = {
		[RULE_REMOTE] = "remote", [RULE_LOCAL] = "local",
		[RULE_DENY] = "denied", [RULE_MAP] = "local",
	};
	char a[RSX_MAX_PATH];
	const struct rule *r;

	if (absolute(a, path)) {
		snprintf(to, room, "%s: the path is too long", path);
		return;
	}
	r = policy_rule(p, a);
	snprintf(to, room, "%s: %s: %s (rule %s%s%s)", a, words[r->kind], r->why, r->path,
		 r->to ? " = " : "", r->to ? r->to : "");
}
