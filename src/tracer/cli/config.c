/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See config.h. libinih takes lines apart; what they mean is in the table of
 * options. A project's file comes with the directory that one happens to be
 * in, so it is taken from the user and from root only.
 */
#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"

#define PROJECT_FILE ".rsx"

/* A value, kept for good: options point at it. */
struct text {
	struct text *next;
	char value[];
};
static struct text *texts;

struct reader {
	const struct rsx_optable *table;
	void *to;
	const char *path;
	size_t dir_len; /* of the file's directory in path, without a slash */
	FILE *f;
	int line;
	int err; /* an exit code: one line has been written */
};

static int wrong(struct reader *r, const char *what, const char *detail)
{
	if (!r->err)
		rsx_error("%s:%d: %s%.100s", r->path, r->line, what, detail);
	r->err = RSX_EXIT_USAGE;
	return 0;
}

/* --- values --- */

static char *keep(const char *dir, size_t dir_len, const char *value)
{
	size_t n = strlen(value);
	struct text *text = malloc(sizeof(*text) + dir_len + n + 2);

	if (!text)
		return NULL;
	sprintf(text->value, "%.*s%s%s", (int)dir_len, dir, dir_len ? "/" : "", value);
	text->next = texts;
	texts = text;
	return text->value;
}

/* A relative path is relative to the file that says it. */
static char *keep_path(const struct reader *r, const char *value)
{
	return keep(r->path, *value && *value != '/' ? r->dir_len : 0, value);
}

static char *keep_paths(const struct reader *r, const char *value)
{
	const char *equals = strchr(value, '=');
	char *left, *right, *both = NULL;
	_rsx_free_ char *first = NULL, *joined = NULL;

	if (!equals)
		return keep(NULL, 0, value);
	first = strndup(value, (size_t)(equals - value));
	left = first ? keep_path(r, first) : NULL;
	right = keep_path(r, equals + 1);
	if (left && right && asprintf(&joined, "%s=%s", left, right) >= 0)
		both = keep(NULL, 0, joined);
	return both;
}

static char *keep_value(const struct reader *r, const struct rsx_option *row, const char *value)
{
	switch (row->value) {
	case RSX_VALUE_FILE:
	case RSX_VALUE_DIR:
		return keep_path(r, value);
	case RSX_VALUE_TWO_FILES:
		return keep_paths(r, value);
	default:
		break;
	}
	return keep(NULL, 0, value);
}

/* An option without a value is "yes" or "no" here. */
static int yes_or_no(const char *value)
{
	static const char *const words[][4] = { { "no", "false", "off", "0" },
						{ "yes", "true", "on", "1" } };

	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < RSX_ARRAY_SIZE(words[i]); k++)
			if (!strcasecmp(words[i][k], value))
				return i;
	return -1;
}

static int apply_flag(struct reader *r, const struct rsx_option *row, const char *value)
{
	int yes = yes_or_no(value);

	if (yes < 0)
		return wrong(r, "expected yes or no, not ", value);
	if (yes)
		r->err = rsx_optable_apply(row, r->to, row->name, NULL);
	else if (row->kind == RSX_OPTION_FLAG)
		*(bool *)((char *)r->to + row->at) = false;
	return !r->err;
}

static int apply(struct reader *r, const char *name, const char *value)
{
	const struct rsx_option *row = rsx_optable_find(r->table, name);
	char where[PATH_MAX + 32], *kept;

	if (!row)
		return wrong(r, "no such option: ", name);
	if (row->command)
		return wrong(r, "this is for the command line only: ", name);
	snprintf(where, sizeof(where), "%s:%d: ", r->path, r->line);
	rsx_log_where(where);
	if (row->metavar) {
		kept = keep_value(r, row, value);
		if (kept)
			r->err = rsx_optable_apply(row, r->to, row->name, kept);
	} else {
		kept = "";
		rsx_log_where("");
		apply_flag(r, row, value);
	}
	rsx_log_where("");
	if (!kept) {
		rsx_error("out of memory");
		r->err = RSX_EXIT_FAILED;
	}
	return !r->err;
}

/* --- lines --- */

/* ini_handler: 1, or 0 for a line that is wrong. */
static int on_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;

	(void)section;
	return r->err ? 0 : apply(r, name, value);
}

/* ini_reader: the next line without its indentation, or NULL. */
static char *read_line(char *to, int room, void *ctx)
{
	struct reader *r = ctx;
	char *start;
	int c;

	if (r->err || !fgets(to, room, r->f))
		return NULL;
	r->line++;
	if (!strchr(to, '\n') && (c = getc(r->f)) != EOF) {
		ungetc(c, r->f);
		wrong(r, "the line is too long", "");
		return NULL;
	}
	start = to + strspn(to, " \t");
	if (*start == '[') {
		wrong(r, "sections mean nothing here", "");
		return NULL;
	}
	/* an indented line would go on with the one before */
	memmove(to, start, strlen(start) + 1);
	return to;
}

static int read_file(const struct rsx_optable *t, void *to, const char *path, int fd)
{
	const char *slash = strrchr(path, '/');
	struct reader r = {
		.table = t, .to = to, .path = path,
		.dir_len = slash ? (size_t)(slash - path) : 0, .f = fdopen(fd, "r"),
	};
	int line;

	if (!r.f) {
		close(fd);
		rsx_error("%s: %s", path, strerror(errno));
		return RSX_EXIT_FAILED;
	}
	line = ini_parse_stream(read_line, &r, on_line, &r);
	if (!r.err && line > 0) {
		r.line = line;
		wrong(&r, "expected NAME = VALUE", "");
	}
	if (!r.err && (line < 0 || ferror(r.f))) {
		rsx_error("%s: cannot be read", path);
		r.err = RSX_EXIT_USAGE;
	}
	fclose(r.f);
	return r.err;
}

/* --- files --- */

static int open_file(const char *path, int flags)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	return fd;
}

int config_load_file(const struct rsx_optable *t, void *to, const char *path)
{
	_rsx_free_ char *whole = realpath(path, NULL);
	int fd = open_file(path, 0);

	if (fd < 0) {
		rsx_error("--config %s: %s", path,
			  fd == -EISDIR ? "not a regular file" : strerror(-fd));
		return RSX_EXIT_USAGE;
	}
	return read_file(t, to, whole ? whole : path, fd);
}

int config_load_user(const struct rsx_optable *t, void *to)
{
	const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];
	int fd, n = 0;

	/* a relative one is to be ignored: XDG Base Directory Specification */
	if (dir && dir[0] == '/')
		n = snprintf(path, sizeof(path), "%s/rsx/config", dir);
	else if (home && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.config/rsx/config", home);
	if (n <= 0 || (size_t)n >= sizeof(path))
		return 0;
	fd = open_file(path, 0);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0) {
		rsx_note("%s: ignored: %s", path,
			 fd == -EISDIR ? "not a regular file" : strerror(-fd));
		return 0;
	}
	return read_file(t, to, path, fd);
}

/* Why the options of a project are not to be trusted, or NULL. */
static const char *why_not(int fd)
{
	struct stat st;

	if (fd == -ELOOP)
		return "it is a symbolic link";
	if (fd == -EISDIR)
		return "not a regular file";
	if (fd < 0)
		return strerror(-fd);
	if (fstat(fd, &st))
		return strerror(errno);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "it belongs to another user";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write it";
	return NULL;
}

/* The first one upwards is the project's, trusted or not. */
static bool find_project(char path[PATH_MAX])
{
	char dir[PATH_MAX - sizeof(PROJECT_FILE) - 1];
	struct stat st;

	if (!getcwd(dir, sizeof(dir)) || dir[0] != '/')
		return false;
	for (size_t len = strlen(dir);; len = (size_t)(strrchr(dir, '/') - dir)) {
		if (len == 1)
			len = 0; /* "/" */
		dir[len] = '\0';
		snprintf(path, PATH_MAX, "%s/%s", dir, PROJECT_FILE);
		if (!lstat(path, &st))
			return true;
		if (!len)
			return false;
	}
}

int config_load_project(const struct rsx_optable *t, void *to)
{
	char path[PATH_MAX];
	const char *why;
	int fd;

	if (!find_project(path))
		return 0;
	fd = open_file(path, O_NOFOLLOW);
	why = why_not(fd);
	if (why) {
		rsx_note("%s: ignored: %s", path, why);
		if (fd >= 0)
			close(fd);
		return 0;
	}
	rsx_note("with the options of %s (-q hides this line, --no-config ignores the file)", path);
	return read_file(t, to, path, fd);
}
