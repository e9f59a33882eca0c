/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Epoll instances: who holds them, what is nested in what, and what becomes of
 * events that both sides report.
 */
#include <check.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "fdtable.h"
#include "ready/epoll.h"

static struct epoll *outer, *inner;

static void setup(void)
{
	outer = epoll_new();
	inner = epoll_new();
	ck_assert_ptr_nonnull(outer);
	ck_assert_ptr_nonnull(inner);
}

static void teardown(void)
{
	epoll_unref(outer);
	epoll_unref(inner);
}

static struct nested *nest(int fd, uint64_t data, uint32_t events)
{
	struct nested *m = epoll_nest(outer, inner, fd);

	ck_assert_ptr_nonnull(m);
	m->data = data;
	m->events = events;
	m->fired = false;
	return m;
}

static struct epoll_event event(uint32_t events, uint64_t data)
{
	return (struct epoll_event){ .events = events, .data.u64 = data };
}

START_TEST(members_by_instance_and_number)
{
	struct nested *a = nest(3, 1, 0);

	ck_assert_ptr_eq(epoll_nested(outer, inner, 3), a);
	ck_assert_ptr_null(epoll_nested(outer, inner, 4));
	ck_assert_ptr_null(epoll_nested(outer, outer, 3));
	ck_assert_ptr_null(epoll_nested(inner, inner, 3));
	ck_assert_uint_eq(epoll_nest(outer, inner, 3)->token, a->token);
	ck_assert_uint_ne(epoll_nest(outer, inner, 4)->token, epoll_nested(outer, inner, 3)->token);
	ck_assert_uint_eq(outer->n_nested, 2);
	epoll_unnest(outer, epoll_nested(outer, inner, 3));
	ck_assert_ptr_null(epoll_nested(outer, inner, 3));
	ck_assert_ptr_nonnull(epoll_nested(outer, inner, 4));
}
END_TEST

/* Its last descriptor takes an instance out of all others. */
START_TEST(the_last_reference_forgets)
{
	struct fdtable *t = fdtable_new(), *copy;

	nest(3, 1, 0);
	ck_assert_int_eq(fdtable_set_epoll(t, 3, 9, inner), 0);
	ck_assert_int_eq(fdtable_set_dup(t, 5, 10, fdtable_any(t, 3)), 0);
	copy = fdtable_copy(t);
	ck_assert_ptr_eq(fdtable_epoll(copy, 5), inner);
	ck_assert_ptr_null(fdtable_epoll(copy, 4));
	ck_assert_ptr_null(fdtable_get(copy, 5)); /* its calls run here */
	ck_assert_int_eq(inner->refs, 5);
	ck_assert_int_eq(fdtable_take(t, 3), 9);
	ck_assert_int_eq(fdtable_set(t, 5, 7, S_IFREG, true, NULL), 0);
	ck_assert_int_eq(inner->refs, 3);
	fdtable_unref(t);
	epoll_unref(inner);
	ck_assert_uint_eq(outer->n_nested, 1);
	fdtable_unref(copy);
	ck_assert_uint_eq(outer->n_nested, 0);
	inner = NULL;
}
END_TEST

START_TEST(plain_events_pass)
{
	struct epoll_event e[4] = { event(EPOLLIN, 0), event(EPOLLIN, 7), event(EPOLLOUT, 7),
				    event(EPOLLHUP, UINT64_MAX) };
	struct epoll_event want[4];

	memcpy(want, e, sizeof(e));
	ck_assert_int_eq(epoll_resolve(outer, e, 4), 4);
	nest(3, 7, EPOLLIN);
	ck_assert_int_eq(epoll_resolve(outer, e, 4), 4);
	ck_assert_mem_eq(e, want, sizeof(e));
	ck_assert_int_eq(epoll_resolve(outer, e, 0), 0);
}
END_TEST

START_TEST(both_sides_are_one)
{
	uint64_t a = nest(3, 7, EPOLLIN)->token, b = nest(4, 7, EPOLLIN)->token;
	struct epoll_event e[5] = { event(EPOLLIN, 7), event(EPOLLIN, a), event(EPOLLIN, b),
				    event(EPOLLIN, 8), event(EPOLLRDNORM, a) };

	ck_assert_int_eq(epoll_resolve(outer, e, 5), 4);
	ck_assert_uint_eq(e[0].data.u64, 7);
	ck_assert_uint_eq(e[1].data.u64, 7);
	ck_assert_uint_eq(e[1].events, EPOLLIN | EPOLLRDNORM);
	ck_assert_uint_eq(e[2].data.u64, 7);
	ck_assert_uint_eq(e[2].events, EPOLLIN);
	ck_assert_uint_eq(e[3].data.u64, 8);
}
END_TEST

START_TEST(one_shots_come_once)
{
	struct nested *m = nest(3, 7, EPOLLIN | EPOLLONESHOT);
	struct epoll_event e[2] = { event(EPOLLIN, m->token), event(EPOLLIN, m->token) };

	ck_assert_int_eq(epoll_resolve(outer, e, 2), 1);
	ck_assert(m->fired);
	e[0] = event(EPOLLIN, m->token); /* the other side's, late */
	ck_assert_int_eq(epoll_resolve(outer, e, 1), 0);
	m->fired = false; /* EPOLL_CTL_MOD */
	e[0] = event(EPOLLIN, m->token);
	ck_assert_int_eq(epoll_resolve(outer, e, 1), 1);
	ck_assert_uint_eq(e[0].data.u64, 7);
}
END_TEST

/* Removed by one thread after another one took its event: no token gets out. */
START_TEST(removed_members_say_nothing)
{
	struct nested *m = nest(3, 7, EPOLLIN);
	struct epoll_event e[2] = { event(EPOLLIN, m->token), event(EPOLLIN, 9) };

	epoll_unnest(outer, m);
	ck_assert_int_eq(epoll_resolve(outer, e, 2), 1);
	ck_assert_uint_eq(e[0].data.u64, 9);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epoll");
	TCase *tc = tcase_create("instances");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, members_by_instance_and_number);
	tcase_add_test(tc, the_last_reference_forgets);
	tcase_add_test(tc, plain_events_pass);
	tcase_add_test(tc, both_sides_are_one);
	tcase_add_test(tc, one_shots_come_once);
	tcase_add_test(tc, removed_members_say_nothing);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
