/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace lines. Frames are made by hand: wire values in args, one blob per
 * pointer, as capture and the reply would leave them.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rsx/print.h"
#include "rsx/xlat.h"

static const uint64_t ADDR = 0x7ffc0000;

struct call {
	struct rsx_frame f;
	uint64_t native[RSX_MAX_ARGS];
	bool done;
	unsigned strsize;
};

/* A call of this name; pointer arguments begin as ADDR without memory. */
static struct call call(const char *name, const uint64_t args[RSX_MAX_ARGS])
{
	struct call c = { .done = true, .strsize = 32 };
	const struct rsx_syscall *row = rsx_syscall_by_name(name);

	ck_assert_ptr_nonnull(row);
	c.f.row = rsx_syscall_variant(row, args);
	ck_assert_ptr_nonnull(c.f.row);
	memcpy(c.native, args, sizeof(c.native));
	memcpy(c.f.args, args, sizeof(c.f.args));
	return c;
}

#define CALL(name, ...) call(name, (uint64_t[RSX_MAX_ARGS]){ __VA_ARGS__ })

static void put_in(struct call *c, unsigned arg, const void *data, size_t len)
{
	struct rsx_blob *b = rsx_frame_blob(&c->f, arg);

	if (!b) {
		b = &c->f.blob[c->f.nblobs++];
		*b = (struct rsx_blob){ .arg = (uint8_t)arg };
	}
	b->in = (uint8_t *)data;
	b->in_len = (uint32_t)len;
}

static void put_out(struct call *c, unsigned arg, const void *data, size_t len)
{
	struct rsx_blob *b = rsx_frame_blob(&c->f, arg);

	if (!b) {
		b = &c->f.blob[c->f.nblobs++];
		*b = (struct rsx_blob){ .arg = (uint8_t)arg };
	}
	b->out = (uint8_t *)data;
	b->out_len = b->cap = (uint32_t)len;
}

static void put_str(struct call *c, unsigned arg, const char *s)
{
	put_in(c, arg, s, strlen(s) + 1);
}

static void print_call(struct rsx_buf *b, const struct call *c, const struct rsx_print_opt *opt)
{
	rsx_buf_adds(b, c->f.row->name);
	rsx_buf_addc(b, '(');
	for (unsigned i = 0; i < c->f.row->nargs; i++) {
		if (!rsx_print_shows(&c->f, i))
			continue;
		if (i)
			rsx_buf_adds(b, ", ");
		rsx_print_arg(b, &c->f, c->native, c->done, opt, i);
	}
	rsx_buf_addc(b, ')');
}

static void expect(const struct call *c, const char *want)
{
	struct rsx_print_opt opt = { .strsize = c->strsize };
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	print_call(&b, c, &opt);
	ck_assert_str_eq(b.data, want);
	rsx_buf_done(&b);
}

static const struct rsx_print_opt plain = { .strsize = 32 };

static void expect_ret(const char *name, int64_t ret, const char *want)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	rsx_print_ret(&b, rsx_syscall_by_name(name), ret, &plain);
	ck_assert_str_eq(b.data, want);
	rsx_buf_done(&b);
}

START_TEST(open_hides_its_mode)
{
	struct call c = CALL("openat", (uint64_t)-100, ADDR, 02000000, 0xdead);

	put_str(&c, 1, "/etc/hosts");
	expect(&c, "openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY|O_CLOEXEC)");

	c = CALL("openat", 7, ADDR, 0101 | 01000, 0644);
	put_str(&c, 1, "f\n");
	expect(&c, "openat(7, \"f\\n\", O_WRONLY|O_CREAT|O_TRUNC, 0644)");

	c = CALL("openat", 7, ADDR, 020040002, 0600);
	put_str(&c, 1, ".");
	expect(&c, "openat(7, \".\", O_RDWR|O_TMPFILE, 0600)");

	c = CALL("openat", 7, ADDR, 040000 | 0100000 | 0x40000000, 0);
	put_str(&c, 1, "d");
	expect(&c, "openat(7, \"d\", O_RDONLY|O_NOFOLLOW|O_DIRECTORY|010000000000)");

	c = CALL("openat", 7, ADDR, 3);
	put_str(&c, 1, "d");
	expect(&c, "openat(7, \"d\", 03)");
}
END_TEST

START_TEST(strings_are_escaped_and_cut)
{
	static const char text[] = "a\"\\\t\0" "1\xff\x01z";
	struct call c = CALL("write", 1, ADDR, 9);

	put_in(&c, 1, text, sizeof(text) - 1);
	expect(&c, "write(1, \"a\\\"\\\\\\t\\0001\\377\\1z\", 9)");

	c.strsize = 3;
	expect(&c, "write(1, \"a\\\"\\\\\"..., 9)");

	c.strsize = 0;
	expect(&c, "write(1, \"\"..., 9)");

	c = CALL("write", 1, ADDR, 0);
	put_in(&c, 1, NULL, 0);
	expect(&c, "write(1, \"\", 0)");
}
END_TEST

START_TEST(outputs_only_when_done)
{
	struct call c = CALL("read", 3, ADDR, 512);

	put_out(&c, 1, "hello\n", 6);
	expect(&c, "read(3, \"hello\\n\", 512)");
	c.done = false;
	expect(&c, "read(3, 0x7ffc0000, 512)");
	c = CALL("read", 3, 0, 512);
	expect(&c, "read(3, NULL, 512)");
	c = CALL("read", 3, ADDR, 512); /* end of file */
	put_out(&c, 1, NULL, 0);
	expect(&c, "read(3, \"\", 512)");
}
END_TEST

/* The piece that was captured is not what the program asked for. */
START_TEST(counts_are_the_programs)
{
	struct call c = CALL("readv", 3, ADDR, 4);

	c.f.args[2] = 1;
	put_in(&c, 1, "\0\0\1\0", 4);
	put_out(&c, 1, "abc", 3);
	expect(&c, "readv(3, [\"abc\"], 4)");
	c = CALL("pwrite64", (uint64_t)-1, ADDR, 5, (uint64_t)-2);
	put_in(&c, 1, "abcde", 5);
	expect(&c, "pwrite64(-1, \"abcde\", 5, -2)");
}
END_TEST

START_TEST(structs)
{
	uint8_t stat[128] = { 0 }, statx[256] = { 0 }, uts[390] = { 0 }, how[24] = { 0 };
	int64_t times[4] = { 1, 2, 0, (1 << 30) - 2 };
	struct call c = CALL("newfstatat", (uint64_t)-100, ADDR, ADDR, 0x100);

	put_str(&c, 1, "x");
	memcpy(stat + 16, &(uint32_t){ 0100644 }, 4);
	memcpy(stat + 48, &(int64_t){ 12 }, 8);
	put_out(&c, 2, stat, sizeof(stat));
	expect(&c, "newfstatat(AT_FDCWD, \"x\", {st_mode=S_IFREG|0644, st_size=12, ...}, "
		   "AT_SYMLINK_NOFOLLOW)");

	c = CALL("fstat", 3, ADDR);
	memcpy(stat + 16, &(uint32_t){ 0020666 }, 4);
	memcpy(stat + 32, &(uint64_t){ 0x103 }, 8);
	put_out(&c, 1, stat, sizeof(stat));
	expect(&c, "fstat(3, {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...})");
	c.f.blob[0].out_len = 100; /* too short: bytes, never read past */
	c.strsize = 2;
	expect(&c, "fstat(3, \"\\0\\0\"...)");

	c = CALL("statx", 3, ADDR, 0x1000, 0x7ff, ADDR);
	put_str(&c, 1, "");
	memcpy(statx, &(uint32_t){ 0x7ff }, 4);
	memcpy(statx + 28, &(uint16_t){ 0040755 }, 2);
	put_out(&c, 4, statx, sizeof(statx));
	expect(&c, "statx(3, \"\", AT_EMPTY_PATH, STATX_BASIC_STATS, "
		   "{stx_mask=STATX_BASIC_STATS, stx_mode=S_IFDIR|0755, stx_size=0, ...})");

	c = CALL("uname", ADDR);
	memcpy(uts, "Linux", 5);
	memset(uts + 65, 'n', 65); /* not even a NUL */
	put_out(&c, 0, uts, sizeof(uts));
	expect(&c, "uname({sysname=\"Linux\", nodename=\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
		   "nnnnnnnnnnnnnnnnnnnnnnnnnnnn\", ...})");

	c = CALL("utimensat", (uint64_t)-100, 0, ADDR, 0);
	put_in(&c, 2, times, sizeof(times));
	expect(&c, "utimensat(AT_FDCWD, NULL, [{tv_sec=1, tv_nsec=2}, UTIME_OMIT], 0)");

	c = CALL("openat2", 5, ADDR, ADDR, 24);
	put_str(&c, 1, "p");
	memcpy(how, &(uint64_t){ 0100000 }, 8);
	how[16] = 8;
	put_in(&c, 2, how, sizeof(how));
	expect(&c, "openat2(5, \"p\", {flags=O_RDONLY|O_NOFOLLOW, resolve=RESOLVE_BENEATH}, 24)");
}
END_TEST

START_TEST(variants)
{
	uint8_t lock[32] = { 1 };
	struct call c = CALL("fcntl", 3, 3);

	expect(&c, "fcntl(3, F_GETFL)");
	c = CALL("fcntl", 3, 4, 04000 | 02000);
	expect(&c, "fcntl(3, F_SETFL, O_RDONLY|O_APPEND|O_NONBLOCK)");
	c = CALL("fcntl", 3, 6, ADDR);
	put_in(&c, 2, lock, sizeof(lock));
	expect(&c, "fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=0, "
		   "l_pid=0})");
	c = CALL("ioctl", 1, 0x5413, ADDR);
	put_out(&c, 2, "\x18\0\x50\0\0\0\0\0", 8);
	expect(&c, "ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0})");
	c = CALL("ioctl", 1, 0x80086601, ADDR);
	put_out(&c, 2, "\x10\0\x08\0", 4);
	expect(&c, "ioctl(1, FS_IOC_GETFLAGS, [FS_IMMUTABLE_FL|FS_EXTENT_FL])");

	/* the row that selects, with a value nobody knows */
	c = CALL("ioctl", 1, 0x5401, 0);
	c.f.row = rsx_syscall_by_name("ioctl");
	c.f.args[1] = 0xabcd;
	expect(&c, "ioctl(1, 0xabcd, 0)");
}
END_TEST

START_TEST(small_kinds)
{
	uint32_t groups[2] = { 0, 27 };
	struct call c = CALL("getgroups", 2, ADDR);

	put_out(&c, 1, groups, sizeof(groups));
	expect(&c, "getgroups(2, [0, 27])");
	c = CALL("fchown", 3, 0xffffffff, 1000);
	expect(&c, "fchown(3, -1, 1000)");
	c = CALL("kill", (uint64_t)-5, 15);
	expect(&c, "kill(-5, SIGTERM)");
	c = CALL("kill", 5, 40);
	expect(&c, "kill(5, SIGRT_8)");
	c = CALL("lseek", 3, (uint64_t)-1, 2);
	expect(&c, "lseek(3, -1, SEEK_END)");
	c = CALL("umask", 022);
	expect(&c, "umask(022)");
	c = CALL("mmap", 0, 4096, 3, 0x22, (uint64_t)-1, 0);
	expect(&c, "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
	c = CALL("mprotect", ADDR, 4096, 0);
	expect(&c, "mprotect(0x7ffc0000, 4096, PROT_NONE)");
	c = CALL("flock", 3, 8);
	expect(&c, "flock(3, LOCK_UN)");
	c = CALL("flock", 3, 6);
	expect(&c, "flock(3, LOCK_EX|LOCK_NB)");
	c = CALL("access", 0);
	c.f.row = rsx_syscall_by_name("faccessat");
	c.f.args[2] = 0;
	put_str(&c, 1, "/");
	c.native[0] = (uint64_t)-100;
	expect(&c, "faccessat(AT_FDCWD, \"/\", F_OK)");
	c = CALL("getpid", 0);
	expect(&c, "getpid()");
	c = CALL("mknodat", 4, ADDR, 0060600, 0x801);
	put_str(&c, 1, "sda1");
	expect(&c, "mknodat(4, \"sda1\", S_IFBLK|0600, makedev(0x8, 0x1))");
	c = CALL("sendfile", 1, 3, ADDR, 10);
	put_in(&c, 2, "\7\0\0\0\0\0\0\0", 8);
	expect(&c, "sendfile(1, 3, [7], 10)");
}
END_TEST

START_TEST(socket_addresses)
{
	uint8_t in[16] = { 2, 0, 0, 80, 127, 0, 0, 1 };
	uint8_t in6[28] = { 10, 0, 0x1f, 0x90 };
	struct call c = CALL("connect", 3, ADDR, 16);

	put_in(&c, 1, in, sizeof(in));
	expect(&c, "connect(3, {sa_family=AF_INET, sin_port=htons(80), "
		   "sin_addr=inet_addr(\"127.0.0.1\")}, 16)");
	in6[23] = 1;
	put_in(&c, 1, in6, sizeof(in6));
	expect(&c, "connect(3, {sa_family=AF_INET6, sin6_port=htons(8080), "
		   "sin6_addr=\"::1\"}, 16)");
	put_in(&c, 1, "\1\0/run/x", 9);
	expect(&c, "connect(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 16)");
	put_in(&c, 1, "\1\0\0abc", 6);
	expect(&c, "connect(3, {sa_family=AF_UNIX, sun_path=@\"abc\"}, 16)");
	put_in(&c, 1, "\1", 1);
	expect(&c, "connect(3, \"\\1\", 16)");
	put_in(&c, 1, in, 8); /* cut short */
	expect(&c, "connect(3, {sa_family=AF_INET, sa_data=\"\\0P\\177\\0\\0\\1\"}, 16)");

	c = CALL("accept", 3, ADDR, ADDR);
	put_out(&c, 1, in, sizeof(in));
	put_in(&c, 2, "\x80\0\0\0", 4);
	put_out(&c, 2, "\x10\0\0\0", 4);
	expect(&c, "accept(3, {sa_family=AF_INET, sin_port=htons(80), "
		   "sin_addr=inet_addr(\"127.0.0.1\")}, [128 => 16])");
	c.done = false;
	expect(&c, "accept(3, 0x7ffc0000, [128])");
}
END_TEST

START_TEST(directory_entries)
{
	uint8_t two[56] = { 0 };
	struct call c = CALL("getdents64", 3, ADDR, 32768);

	two[16] = 24;
	two[24 + 16] = 32;
	put_out(&c, 1, two, sizeof(two));
	expect(&c, "getdents64(3, 0x7ffc0000 /* 2 entries */, 32768)");
	two[24 + 16] = 0; /* never a loop without end */
	expect(&c, "getdents64(3, 0x7ffc0000 /* 1 entry */, 32768)");
	two[16] = 0xff;
	two[17] = 0xff;
	expect(&c, "getdents64(3, 0x7ffc0000 /* 1 entry */, 32768)");
	c.done = false;
	expect(&c, "getdents64(3, 0x7ffc0000, 32768)");
}
END_TEST

START_TEST(results)
{
	expect_ret("read", 3, " = 3");
	expect_ret("openat", -ENOENT, " = -1 ENOENT (No such file or directory)");
	expect_ret("openat", -EAGAIN, " = -1 EAGAIN (Resource temporarily unavailable)");
	expect_ret("openat", -4000, " = -1 (errno 4000)");
	expect_ret("mmap", 0x7f0000001000, " = 0x7f0000001000");
	expect_ret("mmap", -4096, " = 0xfffffffffffff000");
	expect_ret("umask", 022, " = 022");
	expect_ret("umask", 0, " = 000");
	expect_ret("exit_group", 0, " = ?");
	expect_ret("lseek", 5LL << 32, " = 21474836480");
	expect_ret("read", -512, " = ? ERESTARTSYS (again if the handler has SA_RESTART)");
	expect_ret("nanosleep", -516, " = ? ERESTART_RESTARTBLOCK (goes on by restart_syscall)");
	ck_assert_str_eq(rsx_errno_name(EXDEV), "EXDEV");
	ck_assert_str_eq(rsx_errno_name(EOPNOTSUPP), "EOPNOTSUPP");
	ck_assert_ptr_null(rsx_errno_name(4000));
}
END_TEST

START_TEST(flags_of_a_result)
{
	struct call c = CALL("fcntl", 3, 3);
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	rsx_print_ret(&b, c.f.row, (int64_t)rsx_xlat_from_wire(&rsx_xlat_open_flags,
							      RSX_ARCH_NATIVE, 040002), &plain);
	ck_assert_ptr_nonnull(strstr(b.data, " (flags O_RDWR|O_DIRECTORY)"));
	rsx_buf_done(&b);

	c = CALL("fcntl", 3, 1);
	rsx_buf_init(&b, 4096);
	rsx_print_ret(&b, c.f.row, 1, &plain);
	ck_assert_str_eq(b.data, " = 0x1 (flags FD_CLOEXEC)");
	rsx_buf_done(&b);
	rsx_buf_init(&b, 4096);
	rsx_print_ret(&b, c.f.row, 0, &plain);
	ck_assert_str_eq(b.data, " = 0");
	rsx_buf_done(&b);
}
END_TEST

/* Any row prints from nothing but registers: rows that run here have no blobs. */
START_TEST(every_row_prints)
{
	for (size_t i = 0; i < rsx_nsyscalls; i++) {
		const struct rsx_syscall *row = &rsx_syscalls[i];

		for (unsigned v = 0; v <= row->nvariants; v++) {
			struct call c = { .strsize = 32, .done = v & 1 };
			struct rsx_print_opt opt = { .strsize = 32 };
			struct rsx_buf b;

			c.f.row = v ? &row->variants[v - 1] : row;
			memset(c.f.args, 0xff, sizeof(c.f.args));
			memset(c.native, 0xff, sizeof(c.native));
			rsx_buf_init(&b, 4096);
			print_call(&b, &c, &opt);
			ck_assert(!b.failed);
			ck_assert_ptr_null(strstr(b.data, "(null)"));
			rsx_buf_done(&b);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("print");
	TCase *tc = tcase_create("lines");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, open_hides_its_mode);
	tcase_add_test(tc, strings_are_escaped_and_cut);
	tcase_add_test(tc, outputs_only_when_done);
	tcase_add_test(tc, counts_are_the_programs);
	tcase_add_test(tc, structs);
	tcase_add_test(tc, variants);
	tcase_add_test(tc, small_kinds);
	tcase_add_test(tc, socket_addresses);
	tcase_add_test(tc, directory_entries);
	tcase_add_test(tc, results);
	tcase_add_test(tc, flags_of_a_result);
	tcase_add_test(tc, every_row_prints);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
