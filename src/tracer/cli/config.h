/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files with options: "NAME = VALUE" lines, NAME being a long option. The
 * user's own, $XDG_CONFIG_HOME/rsx/config, then the project's, the first .rsx
 * from the current directory upwards; or one file instead of both.
 */
#ifndef RSX_TRACER_CONFIG_H
#define RSX_TRACER_CONFIG_H

#include "rsx/optable.h"

/*
 * Apply a file to `to`, as if its lines were options; the user's and the
 * project's may be missing. 0, or an exit code after one line on stderr. What
 * options point at lives on.
 */
int config_load_file(const struct rsx_optable *t, void *to, const char *path);
int config_load_user(const struct rsx_optable *t, void *to);
int config_load_project(const struct rsx_optable *t, void *to);

#endif
