/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rsx-server's command line says. */
#ifndef RSX_SERVER_OPTIONS_H
#define RSX_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/limits.h"
#include "rsx/log.h"

struct rsx_options {
	const char *listen[RSX_MAX_LISTENERS];
	unsigned nlisten;
	const char *key_file;
	bool insecure;
	uint32_t allow_cid[RSX_MAX_ALLOW_CID];
	unsigned nallow_cid;
	uint8_t allow[RSX_MAX_ROWS / 8]; /* ROW_ASK rows that may be called, by asm-generic number */
	enum rsx_log_level level;
	unsigned max_sessions;
	const char *chdir;
	const char *status; /* where to tell what is going on; NULL: nowhere */
	const char *query;  /* ask such a socket instead of serving */
	bool json;
	int private_fd; /* -1: none */
	int shell; /* enum rsx_shell: --completions */
};

/*
 * 0: go on. RSX_OPTION_STOP: everything is done (--help), exit with 0. Else
 * one line has said what is wrong; exit with *ret_code.
 */
int rsx_options_parse(struct rsx_options *o, int argc, char **argv, int *ret_code);

#endif
