/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of prctl(2) is about credentials, which are the twin's. */
#ifndef RSX_CREDS_H
#define RSX_CREDS_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/limits.h"

/* The row's .allowed: may prctl with these arguments travel? */
bool rsx_prctl_allowed(const uint64_t args[RSX_MAX_ARGS]);

#endif
