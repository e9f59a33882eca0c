/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call, from the peer's bytes to the kernel and back:
 * decode -> row -> place -> descriptor check -> one syscall(2) -> harvest.
 * Nothing here knows which call it is. A call that may not be made, or that
 * the two ends' tables disagree on, is ENOSYS with a line; a frame that does
 * not fit its row is -EBADMSG, which ends the session.
 */
#include "twin.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rsx/fdname.h"
#include "rsx/log.h"
#include "rsx/syscall.h"

/* Has somebody asked for this call, or the whole lane, to be interrupted? */
static bool asked_to_stop(const struct rsx_slot *s, uint32_t call)
{
	return (call && atomic_load(&s->cancel) == call) || atomic_load(&s->drop);
}

int64_t rsx_execute_native(struct rsx_lane *l, uint32_t call, long nr,
			   const uint64_t args[RSX_MAX_ARGS])
{
	struct rsx_slot *s = l->slot;
	int64_t ret;

	atomic_store_explicit(&s->nr, (uint32_t)nr, memory_order_relaxed);
	atomic_store(&s->current, call);
	do {
		ret = syscall(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
		if (ret == -1)
			ret = -errno;
	} while (ret == -EINTR && !asked_to_stop(s, call));
	atomic_store_explicit(&s->current, 0, memory_order_release);
	return ret;
}

/* One line per number and process, however often it is asked for. */
static void log_refusal(uint32_t nr, const struct rsx_syscall *row, const char *why)
{
	static _Atomic uint8_t told[RSX_ROW_BITS];

	if (nr < RSX_ROW_BITS && atomic_exchange(&told[nr], 1))
		return;
	rsx_note("call %s (number %u) refused: %s", row ? row->name : "?", nr, why);
}

/* The row that describes this call and its number here, or a negative errno for the caller. */
static int find_row(const struct rsx_lane *l, uint32_t nr, const uint64_t args[RSX_MAX_ARGS],
		    const struct rsx_syscall **ret_row, long *ret_nr)
{
	const struct rsx_syscall *base = rsx_syscall_by_nr(RSX_ARCH_GENERIC, nr), *row;

	if (!base) {
		log_refusal(nr, NULL, "this server does not know it");
		return -ENOSYS;
	}
	if (rsx_shared_refused(l->shared, nr)) {
		log_refusal(nr, base, "the tracer describes it differently");
		return -ENOSYS;
	}
	row = rsx_syscall_variant(base, args);
	if (!row)
		return base->err > 0 ? -base->err : -ENOSYS;
	if (!rsx_syscall_on_wire(row) || base->nr[RSX_ARCH_NATIVE] < 0) {
		log_refusal(nr, base, "it may not be asked for");
		return -ENOSYS;
	}
	if (!rsx_shared_allows(l->shared, base)) {
		log_refusal(nr, base, "--allow does not name it");
		return -base->err;
	}
	if (row->allowed && !row->allowed(args)) {
		log_refusal(nr, base, "these arguments may not travel");
		return -row->err;
	}
	*ret_row = row;
	*ret_nr = base->nr[RSX_ARCH_NATIVE];
	return 0;
}

/* What kind of file a new descriptor is. */
static void note_new_fd(struct rsx_frame *f)
{
	struct stat st;

	if (f->row->ret == RSX_RET_FD && f->ret >= 0 && !fstat((int)f->ret, &st))
		f->fd_mode = st.st_mode;
}

/* Have fewer bytes gone than the call brought? */
static bool wrote_less(const struct rsx_frame *f)
{
	for (unsigned i = 0; i < f->nblobs; i++)
		if (f->ret >= 0 && f->blob[i].in_len > (uint64_t)f->ret)
			return true;
	return false;
}

/*
 * Signals are blocked here, so one is pending for this thread if the kernel sent
 * it: SIGPIPE with EPIPE, and by a pipe that took a part of the data before it
 * broke; SIGXFSZ with EFBIG, if it was the limit that the file is too big for.
 */
static void note_signal(struct rsx_frame *f)
{
	const struct timespec now = { 0 };
	sigset_t set;
	int sig = 0;

	if (f->ret == -EFBIG)
		sig = SIGXFSZ;
	else if (f->row->ret == RSX_RET_COUNT && (f->ret == -EPIPE || wrote_less(f)))
		sig = SIGPIPE;
	if (!sig)
		return;
	sigemptyset(&set);
	sigaddset(&set, sig);
	if (sigtimedwait(&set, NULL, &now) == sig)
		f->raised = (uint8_t)sig;
}

static void account(struct rsx_slot *s, const struct rsx_msg_in *msg, const struct rsx_frame *f)
{
	uint64_t bytes = msg->prefix.payload_len;

	for (unsigned i = 0; i < f->nblobs; i++)
		bytes += f->blob[i].out_len;
	/* only this thread writes them */
	atomic_store_explicit(&s->calls, s->calls + 1, memory_order_relaxed);
	atomic_store_explicit(&s->bytes, s->bytes + bytes, memory_order_relaxed);
	if (f->ret < 0)
		atomic_store_explicit(&s->errors, s->errors + 1, memory_order_relaxed);
}

static void name_fd(struct rsx_frame *f, unsigned arg, int fd, struct rsx_arena *arena)
{
	char *text = rsx_arena_alloc(arena, RSX_MAX_FD_NAME);

	if (text && !rsx_policy_is_internal(fd) && rsx_fd_name(fd, text))
		f->name[f->nnames++] = (struct rsx_frame_name){ (uint8_t)arg, text };
}

static void name_arguments(struct rsx_frame *f, struct rsx_arena *arena)
{
	for (unsigned i = 0; i < f->row->nargs; i++) {
		unsigned kind = f->row->arg[i].kind;

		if ((kind == RSX_KIND_FD || kind == RSX_KIND_DIRFD) && (int)f->args[i] >= 0)
			name_fd(f, i, (int)f->args[i], arena);
	}
}

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Direct I/O may demand aligned memory, which the peer's blobs are not in. */
static void execute_placed(struct rsx_lane *l, uint32_t call, long nr,
			   uint64_t native[RSX_MAX_ARGS], struct rsx_frame *f)
{
	f->ret = rsx_execute_native(l, call, nr, native);
	if (f->ret == -EINVAL && rsx_place_aligned(f, &l->arena, native))
		f->ret = rsx_execute_native(l, call, nr, native);
}

/* Somebody looks at a trace: say more than the result. */
static void execute_watched(struct rsx_lane *l, uint32_t call, long nr,
			    uint64_t native[RSX_MAX_ARGS], struct rsx_frame *f)
{
	uint64_t began;

	if (l->shared->want_names)
		f->name = rsx_arena_alloc(&l->arena, (RSX_MAX_ARGS + 1) * sizeof(*f->name));
	if (f->name)
		name_arguments(f, &l->arena);
	began = clock_ns();
	execute_placed(l, call, nr, native, f);
	f->exec_ns = clock_ns() - began;
	if (f->name && f->row->ret == RSX_RET_FD && f->ret >= 0)
		name_fd(f, RSX_FD_NAME_RET, (int)f->ret, &l->arena);
}

int rsx_execute(struct rsx_lane *l, const struct rsx_msg_in *msg, struct rsx_frame *f)
{
	const Rsx__Call *c = rsx_msg_unpack(&rsx__call__descriptor, msg, &l->arena);
	uint64_t args[RSX_MAX_ARGS] = { 0 }, native[RSX_MAX_ARGS];
	const struct rsx_syscall *row = NULL;
	long nr = -1;
	int err;

	*f = (struct rsx_frame) { .row = NULL };
	if (!c || c->n_args > RSX_MAX_ARGS || c->n_blobs > RSX_MAX_BLOBS)
		return -EBADMSG;
	if (c->n_args)
		memcpy(args, c->args, c->n_args * sizeof(args[0]));
	f->ret = find_row(l, c->nr, args, &row, &nr);
	if (f->ret)
		return 0;
	err = rsx_place(f, row, args, c->blobs, c->n_blobs, msg->payload, msg->prefix.payload_len,
			&l->arena, native);
	if (err)
		return err;
	f->sure = c->sure;
	if (rsx_policy_touches_internal(f)) {
		f->ret = -EBADF;
	} else if (rsx_links_ask(f, native, &l->arena)) {
		f->ret = -RSX_ASKED;
	} else if (row->flags & RSX_ROW_OWN_FDS) {
		f->ret = rsx_twin_unshare(l, native[0]);
	} else {
		if (l->shared->want_times || l->shared->want_names)
			execute_watched(l, msg->prefix.call, nr, native, f);
		else
			execute_placed(l, msg->prefix.call, nr, native, f);
		note_new_fd(f);
		note_signal(f);
		rsx_links_tell(f, native, &l->arena);
	}
	rsx_harvest(f, &l->arena);
	account(l->slot, msg, f);
	return 0;
}
