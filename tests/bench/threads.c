/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads busy N MS      N threads compute for MS milliseconds without a
 *                        system call; prints the work of all
 * threads pingpong N     two threads hand a word to and fro with futex(2),
 *                        N times; prints nanoseconds per hand-over and back
 * threads queue N        one thread hands N items to another through a short
 *                        queue with a mutex and two conditions; prints
 *                        nanoseconds per item
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "bench.h"

#define MAX_THREADS 64
#define BURST 2000 /* steps between two looks at the clock */

static pthread_barrier_t start;

static void run(void *(*fn)(void *), void *arg[], unsigned n)
{
	pthread_t thread[MAX_THREADS];

	pthread_barrier_init(&start, NULL, n);
	for (unsigned i = 0; i < n; i++)
		if ((errno = pthread_create(&thread[i], NULL, fn, arg[i])))
			bench_die("pthread_create");
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

/* --- busy --- */

struct worker {
	int64_t run_ns;
	uint64_t work;
};

static void *compute(void *arg)
{
	struct worker *w = arg;
	volatile uint64_t x = 88172645463325252ULL;
	int64_t end;

	pthread_barrier_wait(&start);
	end = bench_now_ns() + w->run_ns;
	do {
		for (unsigned i = 0; i < BURST; i++)
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		w->work++;
	} while (bench_now_ns() < end);
	return NULL;
}

static void busy(long n, long ms)
{
	struct worker worker[MAX_THREADS] = { 0 };
	void *arg[MAX_THREADS];
	uint64_t sum = 0;

	for (long i = 0; i < n; i++) {
		worker[i].run_ns = ms * 1000000LL;
		arg[i] = &worker[i];
	}
	run(compute, arg, (unsigned)n);
	for (long i = 0; i < n; i++)
		sum += worker[i].work;
	bench_report("work", (double)sum);
}

/* --- pingpong --- */

static _Atomic uint32_t turn;

struct player {
	uint32_t me;
	long rounds;
	int64_t took_ns;
};

static void *play(void *arg)
{
	struct player *p = arg;
	int64_t began;

	pthread_barrier_wait(&start);
	began = bench_now_ns();
	for (long i = 0; i < p->rounds; i++) {
		while (atomic_load(&turn) != p->me)
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !p->me, NULL, NULL, 0);
		atomic_store(&turn, !p->me);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	p->took_ns = bench_now_ns() - began;
	return NULL;
}

static void pingpong(long rounds)
{
	struct player player[2] = { { 0, rounds, 0 }, { 1, rounds, 0 } };
	void *arg[2] = { &player[0], &player[1] };

	run(play, arg, 2);
	bench_report("pingpong", (double)player[0].took_ns / (double)rounds);
}

/* --- queue --- */

#define QUEUE_ROOM 16

static struct {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	unsigned used;
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void put_or_take(bool put)
{
	pthread_cond_t *wait_for = put ? &queue.not_full : &queue.not_empty;
	unsigned stuck_at = put ? QUEUE_ROOM : 0;

	pthread_mutex_lock(&queue.lock);
	while (queue.used == stuck_at)
		pthread_cond_wait(wait_for, &queue.lock);
	queue.used += put ? 1 : -1u;
	pthread_cond_signal(put ? &queue.not_empty : &queue.not_full);
	pthread_mutex_unlock(&queue.lock);
}

static void *end_of_queue(void *arg)
{
	struct player *p = arg;
	int64_t began;

	pthread_barrier_wait(&start);
	began = bench_now_ns();
	for (long i = 0; i < p->rounds; i++)
		put_or_take(p->me);
	p->took_ns = bench_now_ns() - began;
	return NULL;
}

static void through_queue(long rounds)
{
	struct player player[2] = { { 0, rounds, 0 }, { 1, rounds, 0 } };
	void *arg[2] = { &player[0], &player[1] };

	run(end_of_queue, arg, 2);
	bench_report("queue", (double)player[0].took_ns / (double)rounds);
}

int main(int argc, char *argv[])
{
	if (argc == 4 && !strcmp(argv[1], "busy") && bench_count(argv[2]) <= MAX_THREADS)
		busy(bench_count(argv[2]), bench_count(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "pingpong"))
		pingpong(bench_count(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "queue"))
		through_queue(bench_count(argv[2]));
	else
		bench_usage("threads busy N MS | pingpong N | queue N");
	return 0;
}
