/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "project.h"

int text_count(const char *text, char c)
{
	int count = 0;

	for (; *text; text++)
		count += *text == c;
	return count;
}
