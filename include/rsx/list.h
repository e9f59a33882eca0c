/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table as a text for people: rsx-trace --list-syscalls.
 */
#ifndef RSX_LIST_H
#define RSX_LIST_H

#include <stdio.h>

/* One line per row, in the order of syscalls.def; variants are indented. */
void rsx_list_syscalls(FILE *out);

#endif
