/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library of the far world, found by its loader only. */
#include <stdio.h>

#include "greet.h"

void greet(const char *whom)
{
	printf("the far library greets %s\n", whom);
}
