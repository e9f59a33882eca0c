/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for a person on stderr; see include/rsx/log.h. */
#include "rsx/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_program = "rsx";
static const char *log_where = "";
static enum rsx_log_level log_most = RSX_LOG_NOTE;
static int log_fd = STDERR_FILENO;
static char last_error[1024];

void rsx_log_init(const char *program, enum rsx_log_level most)
{
	log_program = program;
	log_most = most;
}

void rsx_log_where(const char *where)
{
	log_where = where;
}

void rsx_log_to(int fd)
{
	log_fd = fd;
}

void rsx_log(enum rsx_log_level level, const char *fmt, ...)
{
	char line[1024];
	int saved = errno;
	size_t len;
	va_list ap;

	if (level > log_most)
		return;
	snprintf(line, sizeof(line) - 256, "%s: %s", log_program, log_where);
	len = strlen(line);
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - 1 - len, fmt, ap);
	va_end(ap);
	/* paths, and what a peer says: one line, that moves no cursor */
	for (char *p = line + len; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (level == RSX_LOG_ERROR)
		snprintf(last_error, sizeof(last_error), "%s", line + len);
	len = strlen(line);
	line[len++] = '\n';
	if (write(log_fd, line, len) < 0) {
		/* nobody is left to be told */
	}
	errno = saved;
}

const char *rsx_log_last_error(void)
{
	return last_error;
}
