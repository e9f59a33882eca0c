/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many lanes of one twin at once: calls, calls that block, cancels, drops, new
 * lanes and forks, each from a thread of its own here. Every reply is checked,
 * and in the end the twin's descriptors are those of before. Made to be run
 * under ThreadSanitizer (`scripts/test --only tsan`), true without it, too.
 */
#include "often.h"
#include "rawclient.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define WORKERS 6
#define ROUNDS	150

/* What is shared here: the control connection and the lanes' numbers. */
static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t together;

struct worker {
	pthread_t thread;
	struct raw lane;
	char file[160], fifo[160];
	unsigned seed;
	unsigned cancelled, dropped, forked, gone; /* what it has done */
};

static struct worker worker[WORKERS];

/* --- what needs the control connection --- */

static void dial(struct raw *l)
{
	pthread_mutex_lock(&control_lock);
	raw_lane(&ses, l);
	pthread_mutex_unlock(&control_lock);
}

static void cancel(const struct raw *l)
{
	pthread_mutex_lock(&control_lock);
	raw_cancel(&ses, l);
	pthread_mutex_unlock(&control_lock);
}

static void drop(const struct raw *l)
{
	pthread_mutex_lock(&control_lock);
	raw_drop(&ses, l->lane);
	pthread_mutex_unlock(&control_lock);
}

static void bye(const struct raw *l)
{
	pthread_mutex_lock(&control_lock);
	raw_bye(&ses, l->lane);
	pthread_mutex_unlock(&control_lock);
}

/* --- steps of a worker --- */

static void wait_a_little(struct worker *w)
{
	usleep((useconds_t)(rand_r(&w->seed) % 400));
}

/* A file of its own, and nobody else's bytes in it. */
static void files(struct worker *w, struct raw *l)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "lane %u call %u", l->lane, l->call);
	int64_t fd = raw_openat(l, w->file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct raw_reply r;

	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(raw_write(l, fd, text, (uint32_t)len), len);
	ck_assert_int_eq(raw_lseek(l, fd, 0, SEEK_SET), 0);
	r = raw_read(l, fd, 100);
	ck_assert_int_eq(r.ret, len);
	ck_assert_mem_eq(r.data, text, (size_t)len);
	ck_assert_int_eq(raw_close(l, fd), 0);
}

/* A read that blocks until it is cancelled, or nearly. */
static void cancels(struct worker *w, struct raw *l)
{
	int64_t fd = raw_openat(l, w->fifo, O_RDWR, 0);

	ck_assert_int_ge(fd, 3);
	raw_begin_read(l, fd, 8);
	wait_a_little(w);
	cancel(l);
	ck_assert_int_eq(raw_await(l).ret, -EINTR);
	ck_assert_int_eq(raw_write(l, fd, "12345678", 8), 8);
	ck_assert_int_eq(raw_read(l, fd, 8).ret, 8);
	ck_assert_int_eq(raw_close(l, fd), 0);
	w->cancelled++;
}

/* A second thread of the twin, which goes away in one of three ways. */
static void new_lane(struct worker *w, struct raw *l)
{
	struct raw more;
	int64_t fd;

	dial(&more);
	ck_assert_int_eq(raw_new_lane(l, more.lane), 0);
	files(w, &more);
	switch (rand_r(&w->seed) % 3) {
	case 0: /* it hangs up */
		break;
	case 1: /* dropped between calls */
		drop(&more);
		raw_expect_end(&more);
		w->dropped++;
		break;
	default: /* dropped in the middle of one */
		fd = raw_openat(l, w->fifo, O_RDWR, 0);
		ck_assert_int_ge(fd, 3);
		raw_begin_read(&more, fd, 8);
		wait_a_little(w);
		drop(&more);
		raw_expect_end(&more);
		ck_assert_int_eq(raw_close(l, fd), 0);
		w->dropped++;
		break;
	}
	raw_hang_up(&more);
}

/* Another twin, while the other lanes of this one go on. */
static void forks(struct worker *w, struct raw *l)
{
	struct raw child;

	dial(&child);
	ck_assert_int_gt(raw_fork(l, child.lane, false), 1);
	files(w, &child);
	bye(&child);
	raw_expect_end(&child);
	raw_hang_up(&child);
	w->forked++;
}

static void *work(void *arg)
{
	static void (*const steps[])(struct worker *, struct raw *) = {
		files, files, cancels, cancels, new_lane, new_lane, forks,
	};
	struct worker *w = arg;
	unsigned rounds = test_often(ROUNDS);

	pthread_barrier_wait(&together);
	for (unsigned i = 0; i < rounds; i++)
		steps[(unsigned)rand_r(&w->seed) % (sizeof(steps) / sizeof(steps[0]))](w, &w->lane);
	return NULL;
}

/* --- the tests --- */

/* Descriptors of the process behind a lane. */
static unsigned count_fds(struct raw *l)
{
	unsigned n = 0;
	struct raw_reply r;
	char name[64];
	uint64_t args[] = { (uint64_t)-100, 1, 1, 64 };
	uint32_t lens[] = { sizeof("/proc/self"), 0 };
	struct dirent *e;
	DIR *d;

	raw_begin(l, raw_nr("readlinkat"), 4, args, 2, lens, "/proc/self", lens[0]);
	r = raw_await(l);
	ck_assert_int_gt(r.ret, 0);
	snprintf(name, sizeof(name), "/proc/%.*s/fd", (int)r.ret, (const char *)r.data);
	d = opendir(name);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void start_workers(void)
{
	pthread_barrier_init(&together, NULL, WORKERS);
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *w = &worker[i];

		*w = (struct worker) { .seed = i + 1 };
		snprintf(w->file, sizeof(w->file), "%s/file%u", dir, i);
		snprintf(w->fifo, sizeof(w->fifo), "%s/fifo%u", dir, i);
		ck_assert_int_eq(mkfifo(w->fifo, 0600), 0);
		raw_lane(&ses, &w->lane);
		ck_assert_int_eq(raw_new_lane(&lane1, w->lane.lane), 0);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_create(&worker[i].thread, NULL, work, &worker[i]), 0);
}

/* The lanes are gone when the twin has said so, which may be a little later. */
static void expect_fds(unsigned want)
{
	int64_t until = raw_now_ms() + 10000;
	unsigned n;

	while ((n = count_fds(&lane1)) != want) {
		ck_assert_msg(raw_now_ms() < until, "%u descriptors, not %u", n, want);
		usleep(1000);
	}
}

START_TEST(lanes_work_at_once)
{
	unsigned before = count_fds(&lane1), cancelled = 0, dropped = 0, forked = 0;

	start_workers();
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *w = &worker[i];

		pthread_join(w->thread, NULL);
		raw_hang_up(&w->lane);
		unlink(w->file);
		unlink(w->fifo);
		cancelled += w->cancelled;
		dropped += w->dropped;
		forked += w->forked;
	}
	pthread_barrier_destroy(&together);
	ck_assert_msg(cancelled && dropped && forked, "not all was tried");
	for (unsigned i = 0; i < forked; i++) {
		Rsx__Gone *g = raw_expect(&ses.control, RSX_MSG_GONE, &rsx__gone__descriptor);

		ck_assert(!g->unasked);
	}
	expect_fds(before);
}
END_TEST

/* Many cancels of one call, and of calls that are over or yet to come. */
static void *cancel_all_the_time(void *arg)
{
	atomic_bool *going = arg;
	struct raw look = { .lane = 2 };

	while (atomic_load(going)) {
		look.call++;
		cancel(&look);
		usleep(50);
	}
	return NULL;
}

/* A lane's calls and another thread's cancels have nothing to do with each other but the kernel's
 * own EINTR: no byte is lost, none is doubled. */
START_TEST(cancels_lose_no_bytes)
{
	atomic_bool going = true;
	unsigned received = 0, interrupted = 0, many = test_often(400);
	pthread_t thread;
	struct raw reader;
	int64_t fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	raw_lane(&ses, &reader);
	ck_assert_uint_eq(reader.lane, 2);
	ck_assert_int_eq(raw_new_lane(&lane1, 2), 0);
	fd = raw_openat(&lane1, path, O_RDWR, 0);
	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_all_the_time, &going), 0);
	for (unsigned sent = 0; sent < many; sent++) {
		uint32_t word = sent;
		struct raw_reply r;

		raw_begin_read(&reader, fd, sizeof(word));
		if (sent % 3 == 0)
			usleep(100);
		ck_assert_int_eq(raw_write(&lane1, fd, &word, sizeof(word)), sizeof(word));
		r = raw_await(&reader);
		while (r.ret == -EINTR) {
			interrupted++;
			r = raw_read(&reader, fd, sizeof(word));
		}
		ck_assert_int_eq(r.ret, sizeof(word));
		ck_assert_mem_eq(r.data, &word, sizeof(word));
		received++;
	}
	atomic_store(&going, false);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(received, many);
	ck_assert_int_eq(raw_close(&lane1, fd), 0);
	raw_hang_up(&reader);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lanes");
	TCase *tc = tcase_create("one twin");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, lanes_work_at_once);
	tcase_add_test(tc, cancels_lose_no_bytes);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
