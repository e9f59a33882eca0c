/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "project.h"

int main(void)
{
	struct list *list = NULL;

	for (long i = 1; i <= 100; i++)
		list = list_push(list, i);
	printf("sum %ld, %d times e\n", sum_list(list),
	       text_count("where the sources are", 'e'));
	list_free(list);
	return 0;
}
