/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line to a person: "rsx-trace: what failed: on what: what to do".
 * Library code returns errors; only the edges that face the user log.
 */
#ifndef RSX_LOG_H
#define RSX_LOG_H

#include <stdarg.h>

enum rsx_log_level {
	RSX_LOG_ERROR,	/* something failed */
	RSX_LOG_NOTE,	/* a person should know; -q hides it */
	RSX_LOG_INFO,	/* sessions come and go */
	RSX_LOG_DEBUG,	/* for us */
};

/* Name in front of each line, and the most talkative level shown. */
void rsx_log_init(const char *program, enum rsx_log_level most);

/*
 * Where what is wrong stands, "FILE:LINE: ", in front of the lines from now on;
 * "": nowhere. Is not copied.
 */
void rsx_log_where(const char *where);

/* Lines go to this descriptor from now on, not to stderr. */
void rsx_log_to(int fd);

/* Format one line to stderr in a single write(2). errno is preserved. */
void rsx_log(enum rsx_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What the last error was, without the program's name; "" before the first. */
const char *rsx_log_last_error(void);

#define rsx_error(...) rsx_log(RSX_LOG_ERROR, __VA_ARGS__)
#define rsx_note(...) rsx_log(RSX_LOG_NOTE, __VA_ARGS__)
#define rsx_info(...) rsx_log(RSX_LOG_INFO, __VA_ARGS__)
#define rsx_debug(...) rsx_log(RSX_LOG_DEBUG, __VA_ARGS__)

#endif
