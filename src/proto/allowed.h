/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RSX_PROTO_ALLOWED_H
#define RSX_PROTO_ALLOWED_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/creds.h" /* rsx_prctl_allowed() */
#include "rsx/limits.h"

/* For .allowed of rows: may these argument values travel? */

/* getsockopt, setsockopt: by level and name. */
bool rsx_sockopt_allowed(const uint64_t args[RSX_MAX_ARGS]);

/* unshare: what twins share on purpose, no namespaces. */
bool rsx_unshare_allowed(const uint64_t args[RSX_MAX_ARGS]);

/* setxattr and kin: what the kernel takes at all, XATTR_SIZE_MAX. */
bool rsx_xattr_allowed(const uint64_t args[RSX_MAX_ARGS]);

/* name_to_handle_at: flags that change no struct. */
bool rsx_handle_allowed(const uint64_t args[RSX_MAX_ARGS]);

/* prlimit64: the twin's own file size. */
bool rsx_rlimit_allowed(const uint64_t args[RSX_MAX_ARGS]);

#endif
