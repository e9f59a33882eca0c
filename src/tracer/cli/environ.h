/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment that the program starts with: --env and -E. */
#ifndef RSX_TRACER_ENVIRON_H
#define RSX_TRACER_ENVIRON_H

struct options;
struct session;

/*
 * Ask the server if that is wanted, and build the environment. *ret stays NULL
 * if it is this process's own. 0, or an exit code after one line on stderr.
 */
int environ_build(const struct options *o, struct session *s, char ***ret);
void environ_free(char **env);

#endif
