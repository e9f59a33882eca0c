/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actors.c - the tasks that make a sequence's calls.
 *
 * Actor 0 is the sequence's first process. It starts the others (`spawn`): a
 * forked process, a thread, a process that shares the descriptor table. One runs
 * at a time: actor 0 hands the turn over by a futex and waits until it is back.
 */
#include "sequence.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "output.h"

int *slots;
struct mapping mappings[MAPS];
char top[PATH_MAX];
volatile int broken_pipes;

static enum how { NOBODY, PROCESS, THREAD } how[ACTORS];
static pthread_t threads[ACTORS];
static __thread sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

static void on_pipe(int sig)
{
	(void)sig;
	broken_pipes++;
}

static void await_turn(uint32_t mine)
{
	uint32_t now;

	while ((now = __atomic_load_n(&output->turn, __ATOMIC_ACQUIRE)) != mine)
		syscall(SYS_futex, &output->turn, FUTEX_WAIT, now, NULL, NULL, 0);
}

static void give_turn(uint32_t to)
{
	__atomic_store_n(&output->turn, to, __ATOMIC_RELEASE);
	syscall(SYS_futex, &output->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void perform(struct step *step)
{
	int sig;

	broken_pipes = 0;
	say("%s", step->line);
	errno = 0; /* not that of whoever waited for the turn */
	sig = sigsetjmp(fault, 1);
	if (sig)
		say(" = SIG%s", sigabbrev_np(sig));
	else
		step->call->run(step);
	if (broken_pipes)
		say(" (SIGPIPE %d)", broken_pipes);
	say("\n");
}

/* An actor's life: its steps until there is none. */
static void live(int actor)
{
	for (;;) {
		await_turn((uint32_t)actor);
		if (!output->step)
			return;
		/* Threads share the pointer; a turn sets it for its own actor. */
		slots = output->slots[output->owner[actor]];
		perform(output->step);
		give_turn(0);
	}
}

static void *thread_main(void *arg)
{
	live((int)(intptr_t)arg);
	give_turn(0);
	return NULL;
}

static void spawn_process(int actor, unsigned long flags)
{
	pid_t pid;

	output->owner[actor] = flags & CLONE_FILES ? output->owner[0] : actor;
	if (!(flags & CLONE_FILES))
		memcpy(output->slots[actor], output->slots[output->owner[0]],
		       sizeof(output->slots[0]));
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		live(actor);
		_exit(0);
	}
	output->pid[actor] = pid;
	how[actor] = pid < 0 ? NOBODY : PROCESS;
	result(pid < 0 ? -1 : 0);
}

/* spawn ACTOR HOW */
static void run_spawn(struct step *step)
{
	int actor = (int)num_arg(step, 0);
	const char *kind = step->arg[1];

	if (step->actor || actor < 1 || actor >= ACTORS || how[actor]) {
		say(" no");
		return;
	}
	if (!strcmp(kind, "thread")) {
		output->owner[actor] = output->owner[0];
		if (!pthread_create(&threads[actor], NULL, thread_main, (void *)(intptr_t)actor))
			how[actor] = THREAD;
		say(" %d", how[actor]);
	} else if (!strcmp(kind, "fork")) {
		spawn_process(actor, 0);
	} else if (!strcmp(kind, "files")) {
		spawn_process(actor, CLONE_FILES);
	} else {
		spawn_process(actor, CLONE_FS);
	}
}

static void reap(int actor)
{
	int status = 0;

	output->step = NULL;
	give_turn((uint32_t)actor);
	if (how[actor] == THREAD) {
		await_turn(0);
		pthread_join(threads[actor], NULL);
	} else if (waitpid(output->pid[actor], &status, 0) < 0 || status) {
		say(" actor %d: status %#x", actor, (unsigned int)status);
	}
	__atomic_store_n(&output->turn, 0, __ATOMIC_RELEASE);
	how[actor] = NOBODY;
}

/* reap ACTOR: its end, and all that ends with it */
static void run_reap(struct step *step)
{
	int actor = (int)num_arg(step, 0);

	if (step->actor || actor < 1 || actor >= ACTORS || !how[actor]) {
		say(" no");
		return;
	}
	reap(actor);
}

/* euid ID: of this task alone, as the system call has it */
static void run_euid(struct step *step)
{
	result(syscall(SYS_setresuid, -1, num_arg(step, 0), -1));
	say(" %ld", syscall(SYS_geteuid));
}

static void run_egid(struct step *step)
{
	result(syscall(SYS_setresgid, -1, num_arg(step, 0), -1));
	say(" %ld", syscall(SYS_getegid));
}

/* unshare FLAGS */
static void run_unshare(struct step *step)
{
	int actor = step->actor;

	if (how[actor] == THREAD) {
		say(" no");
		return;
	}
	result(unshare((int)num_arg(step, 0) ? CLONE_FS : CLONE_FS | CLONE_SYSVSEM));
}

int actor_of_pid(pid_t pid)
{
	for (int i = 0; i < ACTORS; i++) {
		if (output->pid[i] == pid)
			return i;
	}
	return -1;
}

void actors_begin(void)
{
	struct sigaction sa = { .sa_handler = on_fault };

	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sa.sa_handler = on_pipe;
	sigaction(SIGPIPE, &sa, NULL);
	memset(output->slots, 0xff, sizeof(output->slots));
	output->pid[0] = getpid();
	slots = output->slots[0];
}

void actors_run(struct step *step)
{
	int actor = step->actor;

	if (!actor) {
		slots = output->slots[output->owner[0]];
		perform(step);
		return;
	}
	if (!how[actor])
		return;
	output->step = step;
	give_turn((uint32_t)actor);
	await_turn(0);
}

void actors_end(void)
{
	for (int i = 1; i < ACTORS; i++) {
		if (how[i])
			reap(i);
	}
}

const struct call calls_self[] = {
	{ "spawn", run_spawn, "[1 2 3] [fork fork thread thread files fs]", 1, 1, W_NONE },
	{ "reap", run_reap, "[1 2 3]", 1, 1, W_NONE },
	{ "euid", run_euid, "[0 0 1000]", 1, 0, W_NONE },
	{ "egid", run_egid, "[0 0 1000]", 1, 0, W_NONE },
	{ "unshare", run_unshare, "[0 1]", 1, 0, W_NONE },
	{ 0 },
};
