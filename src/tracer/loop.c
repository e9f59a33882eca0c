/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop. It waits in one of three ways, the cheapest that misses
 * nothing:
 *
 *   one call is outstanding and nothing runs   receive on that lane
 *   nothing is outstanding                     wait(2)
 *   otherwise                                  epoll, which SIGCHLD interrupts
 *
 * The first two look for a short while before they sleep if recent waits were
 * short: waking a sleeper costs more than the wait. SIGALRM ticks once a
 * second, for the heartbeat; SIGIO tells of the control connection.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "intercept/intercept.h"
#include "jobctl.h"
#include "lifecycle.h"
#include "mmap/faults.h"
#include "passing/keeper.h"
#include "program/detach.h"
#include "program/exechold.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#define SPIN_NS 60000	  /* how long to look before sleeping */
#define SHORT_WAIT_NS 40000 /* waits shorter than this are worth looking for */
#define TRY_AGAIN 16 /* how many waits are slept through before looking again */
#define EVENTS 64
#define BUSY_ROUNDS 8	  /* events that are handled before looking for replies */
#define BURST 64	  /* events handled before other things get their turn */

static volatile sig_atomic_t ticked, ended_by;
static sigset_t unblocked; /* while the loop sleeps */

static void on_nothing(int sig)
{
	(void)sig;
}

static void on_tick(int sig)
{
	(void)sig;
	ticked = 1;
}

static void on_end(int sig)
{
	ended_by = sig;
}

int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static const int interrupting[] = {
	SIGCHLD, SIGALRM, SIGIO, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGINT, SIGQUIT,
};
static const int ending[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

/* Attached, what would end the program lets it go instead. */
void loop_signals(const struct tracer *tr)
{
	static const struct {
		int sig;
		void (*fn)(int);
	} handlers[] = {
		{ SIGCHLD, on_nothing }, { SIGIO, on_nothing }, { SIGALRM, on_tick },
		{ SIGTERM, on_end },	 { SIGHUP, on_end },
		{ SIGTSTP, jobctl_signalled },
		{ SIGTTIN, jobctl_signalled }, { SIGTTOU, jobctl_signalled },
	};
	const struct itimerval second = { { 1, 0 }, { 1, 0 } };
	sigset_t block;

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		struct sigaction sa = { .sa_handler = handlers[i].fn };

		sigaction(handlers[i].sig, &sa, NULL);
	}
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction sa = { .sa_handler = detach_signalled };

		if (tr->attached)
			sigaction(ending[i], &sa, NULL);
		else if (ending[i] == SIGINT || ending[i] == SIGQUIT)
			signal(ending[i], SIG_IGN);
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(interrupting[0]); i++)
		sigaddset(&block, interrupting[i]);
	sigprocmask(SIG_BLOCK, &block, &unblocked);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(interrupting[0]); i++)
		sigdelset(&unblocked, interrupting[i]);
	setitimer(ITIMER_REAL, &second, NULL);
}

/* --- lost connections --- */

static void end_all(struct tracer *tr)
{
	for (struct process *p = tr->processes; p; p = p->next)
		if (p->threads)
			kill(p->pid, SIGKILL);
}

/* Those that are to be killed must not see the failure of their calls. */
void tracer_lost(struct tracer *tr, const char *why)
{
	tr->session.lost = true;
	if (tr->lost_told)
		return;
	tr->lost_told = true;
	rsx_error("%s; %s", why,
		  tr->opt.on_disconnect == ON_DISCONNECT_KILL ?
			  "the program is killed (--on-disconnect=eio lets it go on)" :
			  "remote calls fail with EIO from now on");
	if (tr->opt.on_disconnect == ON_DISCONNECT_KILL)
		end_all(tr);
}

static void handle_lost(struct tracer *tr)
{
	struct tracee *t, *next;

	keeper_lost(tr);
	for (t = tr->tracees; t; t = next) {
		next = t->next;
		if (t->exiting && t->counted_out)
			intercept_exit_go_on(t);
		else if (tr->opt.on_disconnect == ON_DISCONNECT_KILL)
			kill(t->process->pid, SIGKILL);
		else
			call_lost(t);
	}
}

/* --- lanes --- */

void lane_register(struct tracer *tr, struct tracee *t)
{
	const struct timeval park = { 0, RSX_PARK_AFTER_MS * 1000 };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = t->lane };

	t->lane->owner = t;
	setsockopt(t->lane->fd, SOL_SOCKET, SO_RCVTIMEO, &park, sizeof(park));
	epoll_ctl(tr->epoll, EPOLL_CTL_ADD, t->lane->fd, &e);
}

void lane_unregister(struct tracer *tr, struct lane *l)
{
	if (!l || l->broken)
		return;
	epoll_ctl(tr->epoll, EPOLL_CTL_DEL, l->fd, NULL);
	l->broken = true;
}

void lane_want_output(struct tracer *tr, struct lane *l, bool yes)
{
	struct epoll_event e = { .events = EPOLLIN | (yes ? EPOLLOUT : 0), .data.ptr = l };

	epoll_ctl(tr->epoll, EPOLL_CTL_MOD, l->fd, &e);
}

/* One look at a lane. True if a reply was taken. */
static bool receive(struct tracee *t, int flags)
{
	struct lane *l = t->lane;
	struct rsx_msg_in m;
	int err = rsx_rx_next(&l->rx, flags, &m);

	if (err == -EAGAIN || err == -EINTR)
		return false;
	if (err == 1 && m.prefix.type == RSX_MSG_REPLY && m.prefix.call == t->call.id &&
	    t->call.state != CALL_NONE) {
		t->call.reply = m;
		if (t->tracer->trace.on)
			trace_reply(t);
		call_reply(t);
		return true;
	}
	if (err == 1)
		tracer_lost(t->tracer, "the server sent a message nobody asked for");
	else if (!t->process->twin->gone && !t->process->twin->bye_sent)
		tracer_lost(t->tracer, "the connection to the server broke");
	lane_unregister(t->tracer, l);
	return false;
}

/* --- the three waits --- */

/*
 * All that is ready is taken before any of it goes on: wait(2) finds the
 * youngest first, and on one CPU that one would be back before an older one
 * had its turn.
 */
static bool events(struct tracer *tr)
{
	struct {
		pid_t pid;
		int status;
	} ready[BURST];
	unsigned n = 0;

	while (n < BURST && (!n || n < tr->n_running)) {
		ready[n].pid = waitpid(-1, &ready[n].status, __WALL | WNOHANG);
		if (ready[n].pid <= 0)
			break;
		n++;
	}
	for (unsigned i = 0; i < n; i++)
		intercept_event(tr, ready[i].pid, ready[i].status);
	return n > 0;
}

/*
 * Is looking worth while? Follows how long recent waits took, per kind.
 */
struct patience {
	int64_t average_ns;
	unsigned waits;
};

static void learn(struct patience *p, int64_t waited)
{
	if (waited > 4 * SHORT_WAIT_NS)
		waited = 4 * SHORT_WAIT_NS;
	p->average_ns += (waited - p->average_ns) / 8;
}

static bool worth_looking(const struct tracer *tr, struct patience *p)
{
	const int64_t is_short = placement_on(tr) ? 2 * SHORT_WAIT_NS : SHORT_WAIT_NS;

	/* a wait slept through is longer for that alone: try again now and then */
	return tr->cpus > 1 && (p->average_ns < is_short || p->waits++ % TRY_AGAIN == 0);
}

static void wait_reply(struct tracer *tr, struct tracee *t)
{
	static struct patience patience;
	const int64_t most = placement_on(tr) ? 2 * SPIN_NS : SPIN_NS;
	int64_t began = now_ns(), now = began;

	if (worth_looking(tr, &patience)) {
		do {
			if (receive(t, MSG_DONTWAIT)) {
				learn(&patience, now_ns() - began);
				return;
			}
			if (t->lane->broken)
				return;
			now = now_ns();
		} while (now - began < most);
	}
	if (!receive(t, 0) && t->call.state == CALL_WAITING && !t->lane->broken)
		call_park(t);
	learn(&patience, now_ns() - began);
}

static void wait_event(struct tracer *tr)
{
	static struct patience patience;
	int64_t began = now_ns();
	sigset_t waiting = unblocked, blocked;
	int status;
	pid_t pid;

	if (!placement_on(tr) && worth_looking(tr, &patience)) {
		do {
			if (events(tr)) {
				learn(&patience, now_ns() - began);
				return;
			}
			sched_yield();
		} while (now_ns() - began < SPIN_NS);
	}
	trace_flush(&tr->trace);
	sigaddset(&waiting, SIGCHLD); /* it ends the wait without running a handler */
	sigprocmask(SIG_SETMASK, &waiting, &blocked);
	pid = ticked || ended_by ? 0 : waitpid(-1, &status, __WALL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (pid > 0)
		intercept_event(tr, pid, status);
	learn(&patience, now_ns() - began);
}

/* Park what waits for too long; returns how long epoll may sleep, ms. */
static int park_late(struct tracer *tr)
{
	int64_t now = now_ns(), first = now + 1000000000LL;

	if (!tr->n_waiting)
		return 1000;
	for (struct tracee *t = tr->tracees; t; t = t->next) {
		if (t->call.state != CALL_WAITING)
			continue;
		if (t->call.park_at_ns <= now)
			call_park(t);
		else if (t->call.park_at_ns < first)
			first = t->call.park_at_ns;
	}
	return (int)((first - now + 999999) / 1000000);
}

static void lane_event(struct tracer *tr, struct lane *l, uint32_t what)
{
	if (what & EPOLLOUT) {
		if (lane_flush(l))
			tracer_lost(tr, "the connection to the server broke");
		if (!l->out_pending)
			lane_want_output(tr, l, false);
	}
	if (what & (EPOLLIN | EPOLLHUP | EPOLLERR) && !l->broken)
		receive(l->owner, MSG_DONTWAIT);
}

/* Look for the one reply that is due, and for stops of the others. */
static bool look_for_both(struct tracer *tr)
{
	static struct patience patience;
	struct tracee *t = tr->last_sent;
	int64_t began = now_ns(), now = began;
	bool found = false;

	if (tr->n_waiting != 1 || !t || t->call.state != CALL_WAITING || t->lane->out_pending ||
	    t->call.park_at_ns == INT64_MAX)
		return false;
	if (!worth_looking(tr, &patience))
		return false;
	do {
		found = receive(t, MSG_DONTWAIT) || t->lane->broken || events(tr);
		now = now_ns();
	} while (!found && now - began < SPIN_NS);
	learn(&patience, now - began);
	return found;
}

/* What has come on a lane or the control connection, or will within `timeout`. */
static void attend(struct tracer *tr, int timeout)
{
	struct epoll_event e[EVENTS];
	int n;

	if (timeout > 1)
		trace_flush(&tr->trace);
	/* one at a time: handling one event may free the lane of another */
	n = epoll_pwait(tr->epoll, e, 1, timeout, &unblocked);
	for (int i = 0; i < n; i++) {
		if (e[i].data.ptr == &tr->session)
			tr->control_ready = true;
		else if (e[i].data.ptr == &tr->keeper)
			keeper_serve(tr);
		else if (e[i].data.ptr == &tr->faults)
			faults_serve(tr);
		else
			lane_event(tr, e[i].data.ptr, e[i].events);
	}
}

static void wait_both(struct tracer *tr)
{
	int timeout = park_late(tr);

	if (!look_for_both(tr))
		attend(tr, timeout);
}

static void control(struct tracer *tr)
{
	const char *why = NULL;

	tr->control_ready = false;
	if (tr->session.lost)
		return;
	if (session_read(&tr->session, lifecycle_gone, tr, &why))
		tracer_lost(tr, why);
}

/* A loop that is always busy never sleeps, and signals come while it does. */
static void let_signals_in(void)
{
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, &unblocked, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* SIGALRM comes only while the loop sleeps; when it is busy the clock tells. */
static bool tick_due(void)
{
	static time_t last;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	if (!ticked && ts.tv_sec - last < 2)
		return false;
	last = ts.tv_sec;
	return true;
}

static void tick(struct tracer *tr)
{
	let_signals_in();
	ticked = 0;
	trace_tick(tr);
	trace_flush(&tr->trace);
	exechold_release(tr, true); /* an execve(2) that takes so long may wait for one of these */
	if (tr->session.lost)
		return;
	control(tr);
	if (!tr->session.lost && session_tick(&tr->session, now_ns()))
		tracer_lost(tr, "the server has been silent for too long");
}

/* The one tracee whose reply is all there is to wait for, or NULL. */
static struct tracee *lone_waiter(const struct tracer *tr)
{
	struct tracee *t = tr->last_sent;

	if (tr->n_waiting != 1 || tr->n_remote != 1 || tr->n_running || !t ||
	    t->call.state != CALL_WAITING || t->lane->out_pending || t->lane->broken ||
	    t->call.park_at_ns == INT64_MAX)
		return NULL;
	return t;
}

/* Sharing the tracee's CPU there is no point in looking: it does not run. */
static bool stop_is_next(const struct tracer *tr)
{
	return placement_on(tr) && tr->n_running == 1 && !tr->n_remote && !tr->n_held &&
	       !tr->n_watched && !ended_by;
}

void loop_run(struct tracer *tr)
{
	bool lost_handled = false, told_end = false;
	unsigned busy = 0;

	if (!tr->attached)
		loop_signals(tr);
	session_wake(&tr->session);
	control(tr); /* what came before */
	while (tr->n_tracees) {
		struct tracee *t;

		if (tr->exechold.n_kept)
			exechold_release(tr, false);
		t = lone_waiter(tr);
		if (t) {
			wait_reply(tr, t);
		} else if (stop_is_next(tr)) {
			wait_event(tr);
		} else if (!events(tr)) {
			session_refill(&tr->session);
			if (tr->n_running && !tr->n_remote && !tr->n_held && !tr->n_watched)
				wait_event(tr);
			else
				wait_both(tr);
			control(tr);
		} else if ((tr->n_remote || tr->n_held || tr->n_watched) && ++busy % BUSY_ROUNDS == 0) {
			/* others make calls all the time: replies must not wait for their end */
			park_late(tr);
			attend(tr, 0);
			control(tr);
		}
		jobctl_check(tr);
		detach_check(tr);
		if (tick_due())
			tick(tr);
		if (tr->session.lost && !lost_handled) {
			lost_handled = true;
			tracer_lost(tr, "the connection to the server broke");
			handle_lost(tr);
		}
		if (ended_by && !told_end) {
			told_end = true;
			end_all(tr);
		}
	}
	trace_flush(&tr->trace);
	tr->ended_by = ended_by;
}
