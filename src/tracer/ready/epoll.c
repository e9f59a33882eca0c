/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See epoll.h. Programs have few instances: lists will do. */
#include "ready/epoll.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

static struct epoll *all;

/*
 * A token: half random, half counted. The random half is no address's and no
 * small number's, which is what programs' data is, and differs in each run.
 */
static uint32_t token_head;

static uint64_t new_token(void)
{
	static uint32_t count;

	while (!token_head) {
		if (getrandom(&token_head, sizeof(token_head), 0) != sizeof(token_head))
			token_head = 0;
		else
			token_head |= 1u << 31 | 1u << 30;
	}
	return (uint64_t)token_head << 32 | ++count;
}

static bool is_token(uint64_t data)
{
	return token_head && data >> 32 == token_head;
}

struct epoll *epoll_new(void)
{
	struct epoll *ep = calloc(1, sizeof(*ep));

	if (!ep)
		return NULL;
	ep->refs = 1;
	ep->next = all;
	all = ep;
	return ep;
}

struct epoll *epoll_ref(struct epoll *ep)
{
	if (ep)
		ep->refs++;
	return ep;
}

/* The kernel has taken it out of those that it was nested in. */
static void forget(const struct epoll *ep)
{
	for (struct epoll *p = all; p; p = p->next)
		for (unsigned i = p->n_nested; i-- > 0;)
			if (p->nested[i].in == ep)
				epoll_unnest(p, &p->nested[i]);
}

void epoll_unref(struct epoll *ep)
{
	struct epoll **p = &all;

	if (!ep || --ep->refs)
		return;
	while (*p != ep)
		p = &(*p)->next;
	*p = ep->next;
	forget(ep);
	free(ep->nested);
	free(ep);
}

struct nested *epoll_nested(const struct epoll *ep, const struct epoll *in, int fd)
{
	for (unsigned i = 0; i < ep->n_nested; i++)
		if (ep->nested[i].in == in && ep->nested[i].fd == fd)
			return &ep->nested[i];
	return NULL;
}

struct nested *epoll_nest(struct epoll *ep, const struct epoll *in, int fd)
{
	struct nested *m = epoll_nested(ep, in, fd);

	if (m)
		return m;
	m = realloc(ep->nested, (ep->n_nested + 1) * sizeof(*m));
	if (!m)
		return NULL;
	ep->nested = m;
	m += ep->n_nested++;
	*m = (struct nested){ .in = in, .fd = fd, .token = new_token() };
	return m;
}

void epoll_unnest(struct epoll *ep, struct nested *m)
{
	*m = ep->nested[--ep->n_nested];
}

static struct nested *by_token(const struct epoll *ep, uint64_t token)
{
	for (unsigned i = 0; i < ep->n_nested; i++)
		if (ep->nested[i].token == token)
			return &ep->nested[i];
	return NULL;
}

/* Of the first n events the one with this token, or NULL. */
static struct epoll_event *earlier(struct epoll_event *event, int n, uint64_t token)
{
	for (int i = 0; i < n; i++)
		if (event[i].data.u64 == token)
			return &event[i];
	return NULL;
}

int epoll_resolve(struct epoll *ep, struct epoll_event *event, int n)
{
	int left = 0;

	for (int i = 0; i < n; i++) {
		uint64_t data = event[i].data.u64;
		struct nested *m = is_token(data) ? by_token(ep, data) : NULL;
		struct epoll_event *same = m ? earlier(event, left, data) : NULL;

		if (is_token(data) && !m)
			continue; /* removed meanwhile, by another thread */
		if (same)
			same->events |= event[i].events;
		else if (!m || !m->fired)
			event[left++] = event[i];
		if (m && m->events & EPOLLONESHOT)
			m->fired = true;
	}
	for (int i = 0; i < left; i++) {
		const struct nested *m = by_token(ep, event[i].data.u64);

		if (m)
			event[i].data.u64 = m->data;
	}
	return left;
}
