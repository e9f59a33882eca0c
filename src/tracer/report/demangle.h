/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of C++ and Rust functions as their sources have them, by libstdc++'s
 * own __cxa_demangle(). It is loaded with the first such name; without it names
 * stay as they are.
 */
#ifndef RSX_REPORT_DEMANGLE_H
#define RSX_REPORT_DEMANGLE_H

/* `name`, or what it stands for; lives until demangle_done(), or as long as `name`. */
const char *demangle(const char *name);
void demangle_done(void);

#endif
