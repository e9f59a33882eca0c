/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A twin's descriptor table holds the guest's descriptors and a few of our
 * own: lanes, the control socket, stdio. A bitmap says which are ours; to the
 * guest those numbers are EBADF. The bitmap is inherited by fork like the
 * table itself. Marked under the twin's lock, read by every lane.
 */
#include "twin.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define WORD_BITS 32u
#define MAX_BITS  (1u << 30)

static _Atomic uint32_t *internal;
static unsigned nbits;

int rsx_policy_init(void)
{
	struct rlimit lim = { 1024, 1024 };

	getrlimit(RLIMIT_NOFILE, &lim);
	nbits = lim.rlim_max < MAX_BITS ? (unsigned)lim.rlim_max : MAX_BITS;
	nbits = (nbits + WORD_BITS) / WORD_BITS * WORD_BITS;
	internal = mmap(NULL, nbits / 8, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (internal == MAP_FAILED) {
		internal = NULL;
		nbits = 0;
		return -errno;
	}
	return 0;
}

int rsx_policy_mark(int fd)
{
	if ((unsigned)fd >= nbits)
		return -EMFILE;
	atomic_fetch_or(&internal[(unsigned)fd / WORD_BITS], 1u << (unsigned)fd % WORD_BITS);
	return 0;
}

void rsx_policy_unmark(int fd)
{
	if ((unsigned)fd < nbits)
		atomic_fetch_and(&internal[(unsigned)fd / WORD_BITS],
				 ~(1u << (unsigned)fd % WORD_BITS));
}

bool rsx_policy_is_internal(int fd)
{
	uint32_t word;

	if ((unsigned)fd >= nbits)
		return false;
	word = atomic_load_explicit(&internal[(unsigned)fd / WORD_BITS], memory_order_relaxed);
	return word >> (unsigned)fd % WORD_BITS & 1;
}

/* Structs of an input that name descriptors, as the kernel will read them. */
static bool names_internal(const struct rsx_blob *b, size_t size)
{
	const uint8_t *at = b->out ? b->out : b->in;
	int fd;

	for (size_t i = 0; i + size <= b->in_len; i += size) {
		memcpy(&fd, at + i, sizeof(fd));
		if (rsx_policy_is_internal(fd))
			return true;
	}
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
		const struct rsx_arg *a = &f->row->arg[f->blob[i].arg];

		if (a->fds && names_internal(&f->blob[i], a->fds))
			return true;
	}
	return false;
}

/* The bitmap is nearly empty: close the gaps between its set bits. */
void rsx_policy_close_guest(void)
{
	unsigned from = 0;

	for (unsigned w = 0; w < nbits / WORD_BITS; w++) {
		uint32_t word = atomic_load(&internal[w]);

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
