/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GREET_H
#define GREET_H

void greet(const char *whom);

#endif
