/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "project.h"

long sum_list(const struct list *head)
{
	long sum = 0;

	for (; head; head = head->next)
		sum += head->value;
	return sum;
}
