/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A twin's descriptor table holds the guest's descriptors and a few of our
 * own: lanes, the control socket, stdio. A bitmap says which are ours; to the
 * guest those numbers are EBADF. There is a bitmap per descriptor table: a
 * thread begins with its maker's, and gets one of its own with a table of its
 * own (unshare(2)); fork(2) copies both. Marked under the twin's lock, read by
 * every lane.
 */
#include "twin.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsx/control.h"

#define WORD_BITS 32u
#define MAX_BITS  (1u << 30)

struct rsx_policy {
	unsigned threads; /* that use it; under the twin's lock */
	_Atomic uint32_t word[];
};

/* This thread's. */
static _Thread_local struct rsx_policy *mine;
static unsigned nbits;

static size_t size(void)
{
	return sizeof(*mine) + nbits / 8;
}

static struct rsx_policy *policy_new(void)
{
	struct rsx_policy *p = mmap(NULL, size(), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p->threads = 1;
	return p;
}

int rsx_policy_init(void)
{
	struct rlimit lim = { 1024, 1024 };

	getrlimit(RLIMIT_NOFILE, &lim);
	nbits = lim.rlim_max < MAX_BITS ? (unsigned)lim.rlim_max : MAX_BITS;
	nbits = (nbits + WORD_BITS) / WORD_BITS * WORD_BITS;
	mine = policy_new();
	if (!mine) {
		nbits = 0;
		return -ENOMEM;
	}
	return 0;
}

struct rsx_policy *rsx_policy_share(void)
{
	mine->threads++;
	return mine;
}

void rsx_policy_adopt(struct rsx_policy *p)
{
	mine = p;
}

void rsx_policy_leave(struct rsx_policy *p)
{
	if (p && !--p->threads)
		munmap(p, size());
}

struct rsx_policy *rsx_policy_own(int lane, int ctl)
{
	struct rsx_policy *p = policy_new(), *old = mine;

	if (!p)
		return NULL;
	mine = p;
	for (int fd = 0; fd < RSX_TWIN_OWN_FDS; fd++)
		rsx_policy_mark(fd);
	rsx_policy_mark(lane);
	rsx_policy_mark(ctl);
	/* other threads' lanes: they have them in the old table */
	for (unsigned w = 0; w < nbits / WORD_BITS; w++) {
		uint32_t rest = atomic_load(&old->word[w]) & ~atomic_load(&p->word[w]);

		for (; rest; rest &= rest - 1)
			close((int)(w * WORD_BITS) + __builtin_ctz(rest));
	}
	rsx_policy_leave(old);
	return p;
}

void rsx_policy_forked(const int *fds, unsigned n)
{
	mine->threads = 1;
	for (unsigned w = 0; w < nbits / WORD_BITS; w++) {
		uint32_t rest = atomic_load(&mine->word[w]);

		for (; rest; rest &= rest - 1) {
			int fd = (int)(w * WORD_BITS) + __builtin_ctz(rest);
			bool keep = fd < RSX_TWIN_OWN_FDS;

			for (unsigned i = 0; i < n; i++)
				keep = keep || fds[i] == fd;
			if (keep)
				continue;
			rsx_policy_unmark(fd);
			close(fd);
		}
	}
}

int rsx_policy_mark(int fd)
{
	if ((unsigned)fd >= nbits)
		return -EMFILE;
	atomic_fetch_or(&mine->word[(unsigned)fd / WORD_BITS], 1u << (unsigned)fd % WORD_BITS);
	return 0;
}

void rsx_policy_unmark(int fd)
{
	if ((unsigned)fd < nbits)
		atomic_fetch_and(&mine->word[(unsigned)fd / WORD_BITS],
				 ~(1u << (unsigned)fd % WORD_BITS));
}

bool rsx_policy_is_internal(int fd)
{
	uint32_t word;

	if ((unsigned)fd >= nbits)
		return false;
	word = atomic_load_explicit(&mine->word[(unsigned)fd / WORD_BITS], memory_order_relaxed);
	return word >> (unsigned)fd % WORD_BITS & 1;
}

/* Structs of an input that name descriptors, as the kernel will read them. */
static bool names_internal(const struct rsx_blob *b, size_t from, size_t size)
{
	const uint8_t *at = b->out ? b->out : b->in;
	int fd;

	for (size_t i = from; i + size <= b->in_len; i += size) {
		memcpy(&fd, at + i, sizeof(fd));
		if (rsx_policy_is_internal(fd))
			return true;
	}
	return false;
}

/* A message to be sent: does it pass a descriptor of ours? */
static bool passes_internal(const struct rsx_blob *b)
{
	const struct msghdr *m = b->native;
	struct rsx_cmsg c = { 0 };

	while (m->msg_control && rsx_cmsg_next(m->msg_control, m->msg_controllen, &c))
		for (size_t i = 0; i < rsx_cmsg_fds(&c); i++)
			if (rsx_policy_is_internal(rsx_cmsg_fd(&c, i)))
				return true;
	return false;
}

bool rsx_policy_touches_internal(const struct rsx_frame *f)
{
	for (unsigned i = 0; i < f->row->nargs; i++) {
		uint8_t kind = f->row->arg[i].kind;

		if (kind != RSX_KIND_FD && kind != RSX_KIND_DIRFD)
			continue;
		if (rsx_policy_is_internal((int)f->args[i]))
			return true;
	}
	for (unsigned i = 0; i < f->nblobs; i++) {
		const struct rsx_blob *b = &f->blob[i];
		const struct rsx_arg *a = &f->row->arg[b->arg];

		if (a->fds && names_internal(b, a->kind == RSX_KIND_COUNTED ? a->counted->head : 0, a->fds))
			return true;
		if (a->kind == RSX_KIND_MSGHDR && !b->cap && passes_internal(b))
			return true;
	}
	return false;
}

/* The bitmap is nearly empty: close the gaps between its set bits. */
void rsx_policy_close_guest(void)
{
	unsigned from = 0;

	for (unsigned w = 0; w < nbits / WORD_BITS; w++) {
		uint32_t word = atomic_load(&mine->word[w]);

		while (word) {
			unsigned fd = w * WORD_BITS + (unsigned)__builtin_ctz(word);

			word &= word - 1;
			if (fd > from)
				close_range(from, fd - 1, 0);
			from = fd + 1;
		}
	}
	close_range(from, ~0u, 0);
}
