/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The named sets of values: rsx_xlat_NAME for every XLAT(NAME, ...) in
 * src/proto/xlat/. Rows refer to them, print.c names values with them, and
 * rsx_xlat_to_wire() (abi.h) converts the few that differ.
 */
#ifndef RSX_XLAT_H
#define RSX_XLAT_H

#include "rsx/abi.h"

#define XLAT(set, ...) extern const struct rsx_xlat rsx_xlat_##set;
#include "../../src/proto/xlat/all.def"
#undef XLAT

/* The name of exactly this value (wire ABI), or NULL. */
const char *rsx_xlat_name(const struct rsx_xlat *x, uint64_t wire);

#endif
