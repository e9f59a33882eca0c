/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts and flag values: sizes against this machine's headers, converters
 * against buffers that end at an unmapped page, names against constants.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "rsx/xlat.h"

/* `size` bytes that end where the page does; the next one is unmapped. */
static uint8_t *tail(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(mprotect(p + page, page, PROT_NONE), 0);
	memset(p, 0xa5, page);
	return p + page - size;
}

static uint64_t u64_at(const uint8_t *p, size_t at)
{
	uint64_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

static uint32_t u32_at(const uint8_t *p, size_t at)
{
	uint32_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

/* Convert, or copy where both sides are alike. */
static uint8_t *to_wire(const struct rsx_layout *l, const void *native)
{
	uint8_t *wire = tail(l->wire_size);

	if (l->to_wire)
		l->to_wire(wire, native);
	else
		memcpy(wire, native, l->wire_size);
	return wire;
}

static uint8_t *to_native(const struct rsx_layout *l, const void *wire)
{
	uint8_t *native = tail(l->native_size);

	if (l->to_native)
		l->to_native(native, wire);
	else
		memcpy(native, wire, l->native_size);
	return native;
}

START_TEST(sizes_are_the_kernels)
{
	ck_assert_uint_eq(rsx_layout_stat.native_size, sizeof(struct stat));
	ck_assert_uint_eq(rsx_layout_stat.wire_size, 128);
	ck_assert_uint_eq(rsx_layout_epoll_event.native_size, sizeof(struct epoll_event));
	ck_assert_uint_eq(rsx_layout_epoll_event.wire_size, 16);
	ck_assert_uint_eq(rsx_layout_open_how.wire_size, 24);
	ck_assert_uint_eq(rsx_layout_statx.wire_size, sizeof(struct statx));
	ck_assert_uint_eq(rsx_layout_statfs.wire_size, sizeof(struct statfs));
	ck_assert_uint_eq(rsx_layout_timespec.wire_size, sizeof(struct timespec));
	ck_assert_uint_eq(rsx_layout_timespec2.wire_size, 2 * sizeof(struct timespec));
	ck_assert_uint_eq(rsx_layout_timeval2.wire_size, 2 * sizeof(struct timeval));
	ck_assert_uint_eq(rsx_layout_utsname.wire_size, sizeof(struct utsname));
	ck_assert_uint_eq(rsx_layout_sysinfo.wire_size, sizeof(struct sysinfo));
	ck_assert_uint_eq(rsx_layout_flock.wire_size, sizeof(struct flock));
	ck_assert_uint_eq(rsx_layout_rlimit.wire_size, sizeof(struct rlimit));
	ck_assert_uint_eq(rsx_layout_itimerval.wire_size, sizeof(struct itimerval));
}
END_TEST

/* The wire's offsets are asm-generic/stat.h's. */
START_TEST(stat_on_the_wire)
{
	struct stat s;
	uint8_t *w;

	ck_assert_int_eq(stat("/dev/null", &s), 0);
	w = to_wire(&rsx_layout_stat, &s);
	ck_assert_uint_eq(u64_at(w, 0), s.st_dev);
	ck_assert_uint_eq(u64_at(w, 8), s.st_ino);
	ck_assert_uint_eq(u32_at(w, 16), s.st_mode);
	ck_assert_uint_eq(u32_at(w, 20), s.st_nlink);
	ck_assert_uint_eq(u32_at(w, 24), s.st_uid);
	ck_assert_uint_eq(u32_at(w, 28), s.st_gid);
	ck_assert_uint_eq(u64_at(w, 32), s.st_rdev);
	ck_assert_uint_eq(u64_at(w, 48), (uint64_t)s.st_size);
	ck_assert_uint_eq(u32_at(w, 56), (uint32_t)s.st_blksize);
	ck_assert_uint_eq(u64_at(w, 64), (uint64_t)s.st_blocks);
	ck_assert_uint_eq(u64_at(w, 72), (uint64_t)s.st_atim.tv_sec);
	ck_assert_uint_eq(u64_at(w, 80), (uint64_t)s.st_atim.tv_nsec);
	ck_assert_uint_eq(u64_at(w, 88), (uint64_t)s.st_mtim.tv_sec);
	ck_assert_uint_eq(u64_at(w, 96), (uint64_t)s.st_mtim.tv_nsec);
	ck_assert_uint_eq(u64_at(w, 104), (uint64_t)s.st_ctim.tv_sec);
	ck_assert_uint_eq(u64_at(w, 112), (uint64_t)s.st_ctim.tv_nsec);
	/* no bytes of ours behind the fields */
	ck_assert_uint_eq(u64_at(w, 40), 0);
	ck_assert_uint_eq(u64_at(w, 120), 0);
}
END_TEST

START_TEST(stat_comes_back)
{
	struct stat s, back;
	char name[] = "/tmp/rsx-abi-XXXXXX";
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 5LL << 32), 0);
	ck_assert_int_eq(fstat(fd, &s), 0);
	close(fd);
	unlink(name);

	memcpy(&back, to_native(&rsx_layout_stat, to_wire(&rsx_layout_stat, &s)),
	       sizeof(back));
	ck_assert_mem_eq(&s, &back, sizeof(s));
	ck_assert_int_eq(back.st_size, 5LL << 32);
}
END_TEST

START_TEST(epoll_event_both_ways)
{
	struct epoll_event e, back;
	uint8_t *w;

	memset(&e, 0, sizeof(e));
	e.events = EPOLLIN | EPOLLET;
	e.data.u64 = 0x1122334455667788;
	w = to_wire(&rsx_layout_epoll_event, &e);
	ck_assert_uint_eq(u32_at(w, 0), e.events);
	ck_assert_uint_eq(u64_at(w, 8), e.data.u64);
	memcpy(&back, to_native(&rsx_layout_epoll_event, w), sizeof(back));
	ck_assert_mem_eq(&e, &back, sizeof(e));
}
END_TEST

START_TEST(open_how_both_ways)
{
	uint64_t how[3] = { O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0x08 };
	uint8_t *w = to_wire(&rsx_layout_open_how, how);

	ck_assert_uint_eq(u64_at(w, 0), 040000 | 0100000 | 02000000);
	ck_assert_uint_eq(u64_at(w, 16), 0x08);
	ck_assert_mem_eq(to_native(&rsx_layout_open_how, w), how, sizeof(how));
}
END_TEST

static const enum rsx_arch native = RSX_ARCH_NATIVE;

START_TEST(open_flags_that_differ)
{
	static const struct {
		uint64_t here, wire;
	} flag[] = {
		{ O_DIRECTORY, 040000 }, { O_NOFOLLOW, 0100000 },
		{ O_DIRECT, 0200000 }, { 020000000, 020000000 },
		{ O_TMPFILE, 020040000 }, { O_CLOEXEC, 02000000 },
		{ O_RDWR, 2 }, { O_CREAT | O_EXCL, 0300 }, { 0, 0 },
	};

	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++) {
		const struct rsx_xlat *x = &rsx_xlat_open_flags;

		ck_assert_uint_eq(rsx_xlat_to_wire(x, native, flag[i].here), flag[i].wire);
		ck_assert_uint_eq(rsx_xlat_from_wire(x, native, flag[i].wire), flag[i].here);
		ck_assert_uint_eq(rsx_xlat_to_wire(x, RSX_ARCH_GENERIC, flag[i].wire),
				  flag[i].wire);
	}
}
END_TEST

/* Every combination of the four that move, and all other bits, survive. */
START_TEST(open_flags_come_back)
{
	static const struct rsx_xlat *const set[] = {
		&rsx_xlat_open_flags, &rsx_xlat_status_flags,
	};
	static const uint64_t other[] = { 0, 02, ~0740000ull, 0xffffffff00000000, 04010000 };

	for (unsigned s = 0; s < 2; s++)
		for (uint64_t four = 0; four < 16; four++)
			for (unsigned i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
				uint64_t v = (four << 14) | other[i];
				uint64_t wire = rsx_xlat_to_wire(set[s], RSX_ARCH_X86_64, v);

				ck_assert_uint_eq(wire & ~0740000ull, other[i]);
				ck_assert_uint_eq(rsx_xlat_from_wire(set[s], RSX_ARCH_X86_64,
								     wire), v);
			}
	ck_assert_uint_eq(rsx_xlat_to_wire(&rsx_xlat_open_flags, RSX_ARCH_X86_64, ~0ull),
			  ~0ull);
	ck_assert_uint_eq(rsx_xlat_to_wire(NULL, RSX_ARCH_X86_64, 7), 7);
}
END_TEST

#define XLAT(set, ...) &rsx_xlat_##set,
static const struct rsx_xlat *const all[] = {
#include "../../src/proto/xlat/all.def"
};
#undef XLAT

START_TEST(sets_are_sound)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct rsx_xlat *x = all[i];
		bool differs = false;

		ck_assert(x->base == 8 || x->base == 10 || x->base == 16);
		for (unsigned e = 0; e < x->n; e++) {
			differs |= x->entry[e].wire != x->entry[e].x86;
			for (unsigned f = 0; f < e; f++)
				ck_assert_msg(x->entry[f].wire != x->entry[e].wire,
					      "%s: %s and %s", x->name,
					      x->entry[f].name, x->entry[e].name);
		}
		ck_assert_msg(differs == x->differs, "%s", x->name);
	}
}
END_TEST

/* A few constants of each set that the C library has, by name. */
START_TEST(values_are_the_headers)
{
	static const struct {
		const struct rsx_xlat *set;
		const char *name;
		uint64_t value;
	} known[] = {
#define K(set, name) { &rsx_xlat_##set, #name, (uint32_t)name }
		K(open_flags, O_CREAT), K(open_flags, O_EXCL), K(open_flags, O_NOCTTY),
		K(open_flags, O_TRUNC), K(open_flags, O_APPEND),
		K(open_flags, O_NONBLOCK), K(open_flags, O_SYNC),
		K(open_flags, O_DSYNC), K(open_flags, O_ASYNC),
		K(open_flags, O_NOATIME), K(open_flags, O_PATH),
		K(open_flags, O_CLOEXEC),
		K(at_flags, AT_SYMLINK_NOFOLLOW), K(at_flags, AT_EMPTY_PATH),
		K(at_flags, AT_NO_AUTOMOUNT), K(at_flags, AT_SYMLINK_FOLLOW),
		K(unlinkat_flags, AT_REMOVEDIR), K(faccessat_flags, AT_EACCESS),
		K(whence, SEEK_DATA), K(whence, SEEK_HOLE),
		K(statx_mask, STATX_BASIC_STATS), K(statx_mask, STATX_BTIME),
		K(statx_mask, STATX_ALL), K(statx_mask, STATX_MNT_ID),
		K(file_type, S_IFLNK), K(file_type, S_IFSOCK),
		K(rename_flags, RENAME_WHITEOUT),
		K(falloc_mode, FALLOC_FL_INSERT_RANGE),
		K(splice_flags, SPLICE_F_MORE),
		K(notify_flags, DN_MULTISHOT),
		K(inotify_mask, IN_ONESHOT), K(inotify_mask, IN_ALL_EVENTS),
		K(inotify_mask, IN_DONT_FOLLOW), K(inotify_init_flags, IN_CLOEXEC),
		K(prot, PROT_EXEC), K(map_flags, MAP_FIXED_NOREPLACE),
		K(map_flags, MAP_NORESERVE), K(map_flags, MAP_STACK),
		K(msync_flags, MS_SYNC), K(madvise, MADV_FREE),
		K(madvise, MADV_DONTDUMP), K(memfd_flags, MFD_ALLOW_SEALING),
		K(signal, SIGSYS), K(signal, SIGCHLD), K(signal, SIGSTKFLT),
		K(signal, SIGWINCH), K(sigmask_how, SIG_SETMASK),
		K(resource, RLIMIT_NOFILE), K(resource, RLIMIT_RTTIME),
		K(clockid, CLOCK_TAI), K(clockid, CLOCK_BOOTTIME),
		K(af, AF_VSOCK), K(af, AF_PACKET), K(sock_type, SOCK_SEQPACKET),
		K(sock_type, SOCK_CLOEXEC), K(msg_flags, MSG_NOSIGNAL),
		K(msg_flags, MSG_CMSG_CLOEXEC), K(msg_flags, MSG_DONTWAIT),
#undef K
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *name = rsx_xlat_name(known[i].set, known[i].value);

		ck_assert_msg(name && !strcmp(name, known[i].name), "%s is %s",
			      known[i].name, name ? name : "nothing");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("abi");
	TCase *tc = tcase_create("layouts and flags");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, sizes_are_the_kernels);
	tcase_add_test(tc, stat_on_the_wire);
	tcase_add_test(tc, stat_comes_back);
	tcase_add_test(tc, epoll_event_both_ways);
	tcase_add_test(tc, open_how_both_ways);
	tcase_add_test(tc, open_flags_that_differ);
	tcase_add_test(tc, open_flags_come_back);
	tcase_add_test(tc, sets_are_sound);
	tcase_add_test(tc, values_are_the_headers);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
