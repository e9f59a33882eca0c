/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A twin: its lanes, its control socket to the main process, its forks.
 *
 * Fork and new-lane run on the asking lane's own thread, because credentials
 * belong to threads: the thread asks main for the new lane's connection, then
 * makes the process or thread itself. A child closes every lane it inherited
 * and tells main who it is. The first thread of a process outlives its lane,
 * so that /proc/self keeps working; the process ends with its last lane, or,
 * if that was dropped, when main kills it.
 *
 * If main dies, the kernel signals the hang-up of the control socket and the
 * handler ends the process, whatever its threads are blocked in. Requests
 * direct that signal at the asking thread meanwhile, so that an answer
 * interrupts nobody's call.
 */
#include "twin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ctl.h"
#include "rsx/log.h"
#include "title.h"

#define ARENA_MAX ((size_t)8 << 20)
#ifdef __SANITIZE_ADDRESS__
#define STACK_SIZE (512u << 10)
#else
#define STACK_SIZE (128u << 10)
#endif

static struct {
	int ctl;
	struct rsx_shared *shared;
	pthread_mutex_t lock; /* lanes, internal descriptors, requests */
	LIST_HEAD(, rsx_lane) lanes;
	cpu_set_t cpus; /* where threads may run when nobody placed them */
} twin = { .ctl = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- signals --- */

static void on_cancel(int sig)
{
	(void)sig;
}

static void on_ctl(int sig)
{
	int saved = errno;
	ssize_t n;
	char c;

	(void)sig;
	n = recv(twin.ctl, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		_exit(0);
	errno = saved;
}

static void set_signals(void)
{
	static const int open_ones[] = { SIGIO,	 SIGSEGV, SIGBUS,  SIGILL,
					 SIGFPE, SIGTRAP, SIGABRT, SIGSYS };
	struct sigaction dfl = { .sa_handler = SIG_DFL }, ign = { .sa_handler = SIG_IGN };
	struct sigaction cancel = { .sa_handler = on_cancel }, ctl = { .sa_handler = on_ctl };
	sigset_t mask;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigaction(SIGPIPE, &ign, NULL); /* blocked, too: see note_signal() */
	sigaction(SIGCHLD, &ign, NULL); /* children are reaped by nobody */
	sigaction(RSX_SIG_CANCEL, &cancel, NULL);
	sigaction(SIGIO, &ctl, NULL);
	sigfillset(&mask);
	sigdelset(&mask, RSX_SIG_CANCEL);
	for (size_t i = 0; i < sizeof(open_ones) / sizeof(open_ones[0]); i++)
		sigdelset(&mask, open_ones[i]);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void direct_signal(int type, pid_t id)
{
	struct f_owner_ex owner = { type, id };

	fcntl(twin.ctl, F_SETOWN_EX, &owner);
}

/* From here on the end of main is the end of this process. */
static void watch_main(void)
{
	direct_signal(F_OWNER_PID, getpid());
	fcntl(twin.ctl, F_SETFL, O_RDWR | O_ASYNC);
}

/* --- talking to main; the lock is held --- */

static void tell(enum rsx_ctl_op op, uint32_t lane, const int *fd)
{
	struct rsx_ctl msg = { .op = op, .lane = lane };

	/* without main there is nothing to live for */
	if (rsx_ctl_send(twin.ctl, &msg, fd, fd ? 1 : 0, 0))
		_exit(0);
}

static void tell_started(uint32_t lane)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	tell(RSX_CTL_STARTED, lane, pidfd >= 0 ? &pidfd : NULL);
	if (pidfd >= 0)
		close(pidfd);
}

/* Receive a grant with `want` descriptors, marked as ours. */
static int receive_grant(struct rsx_ctl_in *in, unsigned want)
{
	int err;

	if (rsx_ctl_recv(twin.ctl, in, 0) <= 0)
		_exit(0);
	err = in->msg.err;
	if (!err && (in->msg.op != RSX_CTL_GRANT || in->msg.slot >= RSX_MAX_LANES))
		err = -EPROTO;
	if (!err && in->nfds != want)
		err = -EMFILE; /* no room for them in our table */
	for (unsigned i = 0; !err && i < in->nfds; i++)
		err = rsx_policy_mark(in->fd[i]);
	if (err) {
		for (unsigned i = 0; i < in->nfds; i++)
			rsx_policy_unmark(in->fd[i]);
		rsx_ctl_drop_fds(in);
	}
	return err;
}

static int request(enum rsx_ctl_op op, uint32_t lane, struct rsx_ctl_in *in, unsigned want)
{
	int err;

	direct_signal(F_OWNER_TID, gettid());
	tell(op, lane, NULL);
	err = receive_grant(in, want);
	direct_signal(F_OWNER_PID, getpid());
	return err;
}

static void close_internal(int fd)
{
	rsx_policy_unmark(fd);
	close(fd);
}

/* --- lanes --- */

static void lane_set(struct rsx_lane *l, uint32_t number, int fd, uint32_t slot)
{
	l->number = number;
	l->fd = fd;
	l->slot = &twin.shared->slot[slot];
	l->shared = twin.shared;
	l->may_spin = twin.shared->same_host && CPU_COUNT(&twin.cpus) > 1;
	l->spin_skip = l->spin_backoff = 0;
	rsx_rx_init(&l->rx, fd);
	l->rx.intr = true;
	l->rx.parts = l->may_spin;
}

static struct rsx_lane *lane_new(uint32_t number, int fd, uint32_t slot)
{
	struct rsx_lane *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	lane_set(l, number, fd, slot);
	l->policy = rsx_policy_share();
	rsx_arena_init(&l->arena, ARENA_MAX);
	LIST_INSERT_HEAD(&twin.lanes, l, link);
	return l;
}

/* The lock is held. Its descriptor is left: it may be of another table. */
static void lane_forget(struct rsx_lane *l)
{
	LIST_REMOVE(l, link);
	rsx_rx_done(&l->rx);
	rsx_arena_done(&l->arena);
	free(l);
}

/* By a thread of the same table. */
static void lane_free(struct rsx_lane *l)
{
	close_internal(l->fd);
	rsx_policy_leave(l->policy);
	lane_forget(l);
}

static void lane_finish(struct rsx_lane *l, enum rsx_lane_end why)
{
	uint32_t number = l->number;

	pthread_mutex_lock(&twin.lock);
	if (why == RSX_LANE_HOSTILE)
		tell(RSX_CTL_HOSTILE, number, NULL);
	atomic_store(&l->slot->tid, 0);
	lane_free(l);
	if (why == RSX_LANE_EOF && LIST_EMPTY(&twin.lanes))
		_exit(0);
	tell(RSX_CTL_ENDED, number, NULL);
	pthread_mutex_unlock(&twin.lock);
}

static void part(struct rsx_lane *l)
{
	struct rsx_parting *p = l->parting;

	l->parting = NULL;
	if (!p)
		return;
	p->err = rsx_twin_unshare(l, p->unshare);
	sem_post(&p->done); /* the maker goes on: p is gone */
}

static void *lane_main(void *arg)
{
	struct rsx_lane *l = arg;

	rsx_policy_adopt(l->policy);
	atomic_store(&l->slot->tid, (uint32_t)gettid());
	part(l);
	lane_finish(l, rsx_lane_serve(l));
	/* after a fork this may be the first thread of another process */
	while (gettid() == getpid())
		pause();
	return NULL;
}

void rsx_twin_place(struct rsx_lane *l, int cpu)
{
	cpu_set_t set = twin.cpus;

	if (!twin.shared->same_host || cpu >= CPU_SETSIZE)
		return;
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((unsigned)cpu, &set);
	}
	if (!sched_setaffinity(0, sizeof(set), &set))
		l->pinned = cpu >= 0;
}

/* --- new lanes --- */

/* `unpin`: the new thread must not inherit its maker's one cpu. */
static int start_thread(struct rsx_lane *l, bool unpin)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (unpin)
		pthread_attr_setaffinity_np(&attr, sizeof(twin.cpus), &twin.cpus);
	err = pthread_create(&thread, &attr, lane_main, l);
	pthread_attr_destroy(&attr);
	return -err;
}

/*
 * Its thread must have parted from the maker's tables before the maker goes on:
 * what that closes next is the new one's still.
 */
static int64_t wait_parted(struct rsx_parting *p)
{
	while (sem_wait(&p->done) && errno == EINTR)
		;
	return p->err;
}

int64_t rsx_twin_new_lane(struct rsx_lane *l, const Rsx__NewLane *m)
{
	struct rsx_lane *new = NULL;
	struct rsx_ctl_in in;
	struct rsx_parting parting = { .unshare = m->unshare };
	int64_t err;

	if (m->unshare & ~(uint32_t)(CLONE_FILES | CLONE_FS))
		return -EINVAL;
	sem_init(&parting.done, 0, 0);
	pthread_mutex_lock(&twin.lock);
	err = request(RSX_CTL_WANT_LANE, m->lane, &in, 1);
	if (!err) {
		new = lane_new(m->lane, in.fd[0], in.msg.slot);
		if (!new)
			close_internal(in.fd[0]);
		else if (m->unshare)
			new->parting = &parting;
		err = new ? start_thread(new, l->pinned) : -ENOMEM;
		if (err && new)
			lane_free(new);
	}
	if (err && !in.msg.err) /* given, but not taken */
		tell(RSX_CTL_ENDED, m->lane, NULL);
	pthread_mutex_unlock(&twin.lock);
	if (!err && m->unshare)
		err = wait_parted(&parting);
	sem_destroy(&parting.done);
	return err;
}

/* No other lane may come to be between the table's copy and the bitmap's. */
int64_t rsx_twin_unshare(struct rsx_lane *l, uint64_t flags)
{
	struct rsx_policy *own;
	int64_t ret;

	pthread_mutex_lock(&twin.lock);
	ret = unshare((int)flags) ? -errno : 0;
	if (!ret && (flags & CLONE_FILES)) {
		own = rsx_policy_own(l->fd, twin.ctl);
		l->policy = own ? own : l->policy;
		ret = own ? 0 : -ENOMEM;
	}
	pthread_mutex_unlock(&twin.lock);
	return ret;
}

/* --- forks --- */

/* It writes back what was changed in memory, which no limit of the program's forbids. */
static void become_keeper(void)
{
	struct rlimit l;

	rsx_policy_close_guest();
	rsx_title_set("rsx-twin: (keeper)");
	if (!getrlimit(RLIMIT_FSIZE, &l)) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_FSIZE, &l);
	}
}

/* In the child: only the forking thread is here, and it holds the lock. */
static void become_child(struct rsx_lane *l, uint32_t lane, const struct rsx_ctl_in *in,
			 bool keeper)
{
	struct rsx_lane *other, *next;

	for (other = LIST_FIRST(&twin.lanes); other; other = next) {
		next = LIST_NEXT(other, link);
		if (other != l)
			lane_forget(other);
	}
	rsx_policy_forked(in->fd, 2);
	rsx_rx_done(&l->rx);
	rsx_arena_reset(&l->arena);
	twin.ctl = in->fd[1];
	lane_set(l, lane, in->fd[0], in->msg.slot);
	if (l->pinned)
		rsx_twin_place(l, -1);
	if (keeper)
		become_keeper();
	atomic_store(&l->slot->tid, (uint32_t)gettid());
	watch_main();
	tell_started(lane);
}

int64_t rsx_twin_fork(struct rsx_lane *l, const Rsx__Fork *m)
{
	struct rsx_ctl_in in, ack;
	const uint32_t lane = m->lane;
	int64_t ret;

	pthread_mutex_lock(&twin.lock);
	ret = request(RSX_CTL_WANT_TWIN, lane, &in, 2);
	if (ret) {
		if (!in.msg.err) /* given, but not taken */
			request(RSX_CTL_NO_FORK, lane, &ack, 0);
		goto out;
	}
	ret = fork();
	if (ret == 0) {
		become_child(l, lane, &in, m->keeper);
		goto out;
	}
	if (ret < 0) {
		ret = -errno;
		request(RSX_CTL_NO_FORK, lane, &ack, 0);
	}
	close_internal(in.fd[0]);
	close_internal(in.fd[1]);
out:
	pthread_mutex_unlock(&twin.lock);
	return ret;
}

/* --- the first twin --- */

static struct rsx_shared *map_shared(int memory)
{
	void *p = mmap(NULL, sizeof(struct rsx_shared), PROT_READ | PROT_WRITE, MAP_SHARED, memory,
		       0);

	close(memory);
	return p == MAP_FAILED ? NULL : p;
}

_Noreturn void rsx_twin_run(int ctl, int memory)
{
	struct rsx_ctl_in in;
	struct rsx_lane *l;

	set_signals();
	prctl(PR_SET_NAME, "rsx-twin");
	LIST_INIT(&twin.lanes);
	sched_getaffinity(0, sizeof(twin.cpus), &twin.cpus);
	twin.ctl = ctl;
	twin.shared = map_shared(memory);
	if (!twin.shared || rsx_policy_init())
		_exit(1);
	for (int fd = 0; fd < RSX_TWIN_OWN_FDS; fd++)
		rsx_policy_mark(fd);
	if (rsx_policy_mark(ctl))
		_exit(1);
	watch_main();
	tell_started(0);
	if (receive_grant(&in, 1))
		_exit(1);
	l = lane_new(in.msg.lane, in.fd[0], in.msg.slot);
	if (!l)
		_exit(1);
	lane_main(l);
	_exit(0);
}
