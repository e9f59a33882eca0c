/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "project.h"

struct list *list_push(struct list *head, long value)
{
	struct list *item = malloc(sizeof(*item));

	if (!item)
		abort();
	item->value = value;
	item->next = head;
	return item;
}

void list_free(struct list *head)
{
	while (head) {
		struct list *next = head->next;

		free(head);
		head = next;
	}
}
