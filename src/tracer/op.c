/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coroutines for calls of several steps; see op.h. Stacks are kept in a small
 * pool. An op waits either for a remote result (call.c moves that call through
 * its states) or for the tracee to have done something natively:
 *
 *   from a SYSEMU stop   rewind, exit of the skipped call, entry, exit
 *   from an entry stop   replace the call, exit
 *   from an exit stop    rewind, entry, exit
 *
 * Signals are blocked in the tracee while it does things for us.
 */
#include "op.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "call.h"
#include "dispatch.h"
#include "intercept/intercept.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define FIBER_START(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define FIBER_FINISH(save, bottom, size) __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define FIBER_START(save, bottom, size) ((void)0)
#define FIBER_FINISH(save, bottom, size) ((void)0)
#endif

#define STACK_SIZE ((size_t)256 << 10)
#define POOL_MAX 16
#define OWN_CALL -1 /* the program's own, which the kernel makes again by itself */

enum native {
	NATIVE_NONE,
	NATIVE_SKIPPED, /* the exit of the skipped call is next */
	NATIVE_ENTER,	/* the entry is next */
	NATIVE_RUN,	/* the exit with the result is next */
};

struct op {
	void *here; /* where the op waits, on its own stack */
	void *back; /* where the event loop waits for it */
	op_fn *fn;
	struct tracee *t;
	int64_t result; /* of the op, or of what it waited for */
	enum native native;
	bool interruptible; /* the native call lets signals in */
	long nr;	    /* the native call */
	uint64_t args[RSX_MAX_ARGS];
	bool remote; /* waits for a remote result */
	bool dead;
	bool done;
	struct op *next; /* in the pool */
	const void *back_stack;
	size_t back_size;
	char *stack;
};

static struct op *pool;
static unsigned pooled;

static struct op *op_new(void)
{
	struct op *op = pool;
	char *stack;

	if (op) {
		pool = op->next;
		pooled--;
		stack = op->stack;
	} else {
		op = malloc(sizeof(*op));
		if (!op)
			return NULL;
		stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (stack == MAP_FAILED) {
			free(op);
			return NULL;
		}
		mprotect(stack, 4096, PROT_NONE);
	}
	memset(op, 0, sizeof(*op));
	op->stack = stack;
	return op;
}

static void op_free(struct op *op)
{
	if (pooled < POOL_MAX) {
		op->next = pool;
		pool = op;
		pooled++;
		return;
	}
	munmap(op->stack, STACK_SIZE);
	free(op);
}

static void run(void *arg)
{
	struct op *op = arg;

	FIBER_FINISH(NULL, &op->back_stack, &op->back_size);
	op->result = op->fn(op->t);
	op->done = true;
	FIBER_START(NULL, op->back_stack, op->back_size);
	arch_stack_switch(&op->here, op->back);
}

/* Inside the op: go back to the event loop until something has happened. */
static int64_t wait_here(struct op *op)
{
	void *fake = NULL;

	(void)fake;
	FIBER_START(&fake, op->back_stack, op->back_size);
	arch_stack_switch(&op->here, op->back);
	FIBER_FINISH(fake, &op->back_stack, &op->back_size);
	return op->dead ? -ESRCH : op->result;
}

static void finish(struct tracee *t, int64_t result)
{
	if (t->dead)
		return;
	if (result == OP_RUN_HERE)
		call_run_here(t);
	else if (result == OP_NATIVE_DONE)
		call_finish_native(t);
	else if (result == OP_AGAIN)
		call_make_again(t);
	else if (!call_detours(t, result))
		call_finish(t, result);
}

/* From the event loop: let the op run until it waits or ends. */
static void enter(struct tracee *t)
{
	struct op *op = t->op;
	bool dead;
	int64_t result;
	void *fake = NULL;

	(void)fake;
	FIBER_START(&fake, op->stack, STACK_SIZE);
	arch_stack_switch(&op->back, op->here);
	FIBER_FINISH(fake, NULL, NULL);
	if (!op->done)
		return;
	result = op->result;
	dead = op->dead;
	t->op = NULL;
	op_free(op);
	if (!dead)
		finish(t, result);
}

void op_start(struct tracee *t, op_fn *fn)
{
	struct op *op = op_new();

	if (!op) {
		call_finish(t, -ENOMEM);
		return;
	}
	assert(!t->op);
	op->t = t;
	op->fn = fn;
	op->here = arch_stack_init(op->stack + STACK_SIZE, run, op);
	t->op = op;
	enter(t);
}

void op_dead(struct tracee *t)
{
	t->op->dead = true;
	t->op->native = NATIVE_NONE;
	t->op->remote = false;
	/* every wait returns -ESRCH now, so the op comes to its end */
	for (int i = 0; t->op && i < 1000; i++)
		enter(t);
	assert(!t->op);
}

/* --- remote --- */

static int64_t wait_remote(struct tracee *t)
{
	t->op->remote = true;
	return wait_here(t->op);
}

void op_remote_result(struct tracee *t, int64_t ret)
{
	struct op *op = t->op;

	assert(op->remote);
	op->remote = false;
	op->result = ret;
	enter(t);
}

int64_t op_pause(struct tracee *t)
{
	return t->op->dead ? -ESRCH : wait_remote(t);
}

int64_t op_forward(struct tracee *t)
{
	int err;

	if (t->op->dead)
		return -ESRCH;
	err = call_send(t);
	if (err) {
		tracer_lost(t->tracer, "the connection to the server broke");
		return -EIO;
	}
	return wait_remote(t);
}

int64_t op_remote(struct tracee *t, const struct rsx_syscall *row,
		  const uint64_t args[RSX_MAX_ARGS])
{
	struct call *c = &t->call;
	int64_t ret;

	if (t->op->dead)
		return -ESRCH;
	self_strings(&c->frame, row, args);
	c->frame.unmapped = 0;
	c->frame.old_dirents = c->frame.socket = false;
	c->frame.times = RSX_TIMES_TIMESPEC;
	c->mem = self_mem;
	ret = rsx_capture(&c->frame, row, args, 0, &c->mem, &c->arena);
	if (!ret)
		ret = op_forward(t);
	if (ret > 0 && !rsx_result_fits(&c->frame)) {
		tracer_lost(t->tracer, "the server sent a result that does not fit its call");
		return -EIO;
	}
	return ret;
}

int64_t op_request(struct tracee *t, struct rsx_msg_out *out, uint32_t call)
{
	if (t->op->dead)
		return -ESRCH;
	if (t->tracer->session.lost || lane_send(t->lane, out)) {
		tracer_lost(t->tracer, "the connection to the server broke");
		return -EIO;
	}
	t->call.id = call;
	t->call.raw_reply = true;
	call_sent(t);
	t->call.park_at_ns = INT64_MAX; /* soon answered, and not to be interrupted */
	return wait_remote(t);
}

/* --- native --- */

bool op_wants_stop(struct tracee *t)
{
	return t->op->native != NATIVE_NONE;
}

/* ERESTARTSYS and its kin: a signal is to be delivered before the call goes on. */
static bool is_restart(int64_t ret)
{
	return ret <= -512 && ret >= -516;
}

/*
 * To the native call, or to its end. Detaching interrupts what runs when it begins;
 * a call that may sleep and begins after that is interrupted here.
 */
static void go_on(struct tracee *t)
{
	const struct op *op = t->op;
	const bool may_sleep = op->interruptible || op->nr == OWN_CALL;

	intercept_resume(t, RESUME_SYSCALL, 0);
	if (op->native == NATIVE_RUN && may_sleep && t->tracer->detaching)
		intercept_interrupt(t);
}

/*
 * Signals are blocked, but SIGSTOP cannot be: it ends a native call that sleeps,
 * or only looks. That is made again from its exit stop, before which it stops.
 */
static void make_native_call(struct tracee *t)
{
	struct op *op = t->op;
	struct rsx_regs regs = t->call.saved;

	arch_regs_call(&regs, op->nr, op->args);
	arch_regs_set(t->tid, &regs);
	op->native = t->pos == POS_SYSEMU ? NATIVE_SKIPPED : NATIVE_ENTER;
	intercept_resume(t, RESUME_SYSCALL, 0);
}

void op_native_stop(struct tracee *t)
{
	struct op *op = t->op;
	struct rsx_regs regs;

	switch (op->native) {
	case NATIVE_SKIPPED:
		op->native = NATIVE_ENTER;
		break;
	case NATIVE_ENTER:
		op->native = NATIVE_RUN;
		break;
	case NATIVE_RUN:
		op->native = NATIVE_NONE;
		op->result = arch_regs_get(t->tid, &regs) ? -ESRCH : arch_regs_result(&regs);
		if (is_restart(op->result) && !op->interruptible && op->nr != OWN_CALL)
			make_native_call(t);
		else
			enter(t);
		return;
	case NATIVE_NONE:
		return;
	}
	if (op->native == NATIVE_RUN && op->interruptible)
		call_unblock_signals(t);
	go_on(t);
	if (op->native == NATIVE_RUN && op->interruptible)
		call_resend_signal(t);
}

int64_t op_native(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	struct op *op = t->op;

	if (op->dead)
		return -ESRCH;
	call_leave_signal_stop(t);
	call_save_regs(t);
	t->call.touched = true;
	op->nr = nr;
	memcpy(op->args, args, sizeof(op->args));
	if (!op->interruptible || t->pos != POS_ENTRY)
		call_block_signals(t); /* until it runs, if they may end it */
	if (t->pos == POS_ENTRY) {
		arch_entry_replace(t->tid, nr, args);
		op->native = NATIVE_RUN;
		go_on(t);
	} else {
		make_native_call(t);
	}
	return wait_here(op);
}

int64_t op_native_blocking(struct tracee *t, long nr, const uint64_t args[RSX_MAX_ARGS])
{
	int64_t ret;

	call_unblock_signals(t);
	t->op->interruptible = true;
	ret = op_native(t, nr, args);
	t->op->interruptible = false;
	/* the signal is still to be delivered */
	return is_restart(ret) ? -EINTR : ret;
}

int64_t op_native_original(struct tracee *t)
{
	struct op *op = t->op;

	if (op->dead)
		return -ESRCH;
	if (t->pos != POS_ENTRY || t->call.touched) {
		/* something else ran, or was to run, at the entry: make the call now */
		return op_native(t, t->call.entry.nr, t->call.entry.args);
	}
	op->native = NATIVE_RUN;
	op->nr = OWN_CALL;
	go_on(t);
	return wait_here(op);
}
