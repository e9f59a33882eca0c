/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROJECT_H
#define PROJECT_H

struct list {
	long value;
	struct list *next;
};

struct list *list_push(struct list *head, long value);
void list_free(struct list *head);
long sum_list(const struct list *head);
int text_count(const char *text, char c);

#endif
