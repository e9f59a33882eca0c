/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kcmp(2) of descriptors. Two of the server's are compared there, by the twins that
 * have them: two placeholders may stand for one open file, which came in a message. What
 * is here comes before what is there, so that all of them have an order. The remote
 * members of an epoll instance are its companion's.
 */
#include "split/split.h"

#include <errno.h>
#include <linux/kcmp.h>

#include "paths/own.h"
#include "tracee.h"
#include "tracer.h"

#define FIRST_IS_LESS 1
#define FIRST_IS_GREATER 2

struct sides {
	const struct tracee *who[2];
	const struct fdentry *fd[2]; /* NULL: here, or nothing */
};

static const struct fdentry *remote_of(const struct tracee *o, uint64_t fd)
{
	return o && fd <= INT32_MAX ? fdtable_get(o->fds, (int64_t)fd) : NULL;
}

static void look(const struct tracee *t, struct sides *s)
{
	for (unsigned i = 0; i < 2; i++)
		s->who[i] = tracee_named(t, (pid_t)t->call.args[i]);
	s->fd[0] = remote_of(s->who[0], t->call.args[3]);
	s->fd[1] = (int)t->call.args[2] == KCMP_FILE ? remote_of(s->who[1], t->call.args[4]) : NULL;
}

bool split_kcmp_concerns(const struct tracee *t)
{
	struct sides s;

	look(t, &s);
	return s.fd[0] || s.fd[1] || ((int)t->call.args[2] == KCMP_EPOLL_TFD && s.who[1]);
}

static int64_t ask(struct tracee *t, const struct tracee *a, const struct tracee *b,
		   uint64_t x, uint64_t y)
{
	return op_remote(t, t->call.row, OP_ARGS((uint64_t)own_pid_there(a),
		(uint64_t)own_pid_there(b), t->call.args[2], x, y));
}

/* Not both are over there. The kernel here says what is wrong. */
static int64_t apart(struct tracee *t, bool first_there, bool second_there)
{
	int64_t ret = op_native_original(t);

	if (ret <= 0 || first_there == second_there)
		return ret;
	return first_there ? FIRST_IS_GREATER : FIRST_IS_LESS;
}

/* Is the first descriptor, which is here, open? Then it is less than the member over there. */
static int64_t less_if_open(struct tracee *t)
{
	const uint64_t *args = t->call.args;
	int64_t ret = op_native(t, ROW(kcmp)->nr[RSX_ARCH_NATIVE],
				OP_ARGS(args[0], args[0], KCMP_FILE, args[3], args[3]));

	return ret < 0 ? ret : FIRST_IS_LESS;
}

static int64_t member(struct tracee *t, const struct sides *s)
{
	const struct fdentry *companion, *target;
	struct kcmp_epoll_slot slot;
	uint64_t first = s->fd[0] ? (uint64_t)s->fd[0]->twin : 0;
	int64_t ret;

	if (!s->who[1] || tracee_read(t, t->call.args[4], &slot, sizeof(slot)))
		return OP_RUN_HERE;
	companion = fdtable_any(s->who[1]->fds, slot.efd);
	target = remote_of(s->who[1], slot.tfd);
	if (!companion || !companion->epoll || !target)
		return apart(t, s->fd[0], false);
	slot.efd = (uint32_t)companion->twin;
	slot.tfd = (uint32_t)target->twin;
	/* a descriptor of this side: only whether there is such a member */
	ret = ask(t, s->fd[0] ? s->who[0] : s->who[1], s->who[1], s->fd[0] ? first : slot.tfd,
		  (uintptr_t)&slot);
	if (ret < 0)
		return apart(t, s->fd[0], false);
	return s->fd[0] ? ret : less_if_open(t);
}

int64_t split_kcmp(struct tracee *t)
{
	struct sides s;
	int64_t ret;

	look(t, &s);
	if ((int)t->call.args[2] == KCMP_EPOLL_TFD)
		return member(t, &s);
	if (!s.fd[0] || !s.fd[1])
		return apart(t, s.fd[0], s.fd[1]);
	ret = ask(t, s.who[0], s.who[1], (uint64_t)s.fd[0]->twin, (uint64_t)s.fd[1]->twin);
	/* a kernel without it, or another user's process: as the placeholders say */
	return ret < 0 ? op_native_original(t) : ret;
}
