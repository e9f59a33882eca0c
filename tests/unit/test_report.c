/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the trace's writers: percentiles, JSON, output, symbols, the picture. */
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/flame.h"
#include "report/histogram.h"
#include "report/json_value.h"
#include "report/out.h"
#include "report/symbols.h"
#include "rsx/wire.h"

/* --- percentiles --- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

START_TEST(percentiles_are_nearly_right)
{
	static struct histogram h;
	static uint64_t value[20000];
	uint64_t seed = 88172645463325252ull;

	for (size_t i = 0; i < 20000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		value[i] = seed >> (seed % 40 + 24); /* from nothing to minutes */
		histogram_add(&h, value[i]);
	}
	qsort(value, 20000, sizeof(value[0]), by_value);
	for (unsigned p = 1; p <= 100; p++) {
		double want = (double)value[20000 * p / 100 - 1];
		double got = (double)histogram_percentile(&h, p);

		ck_assert_msg(got >= want * 0.96 - 1 && got <= want * 1.04 + 1, "p%u: %f, not %f", p,
			      got, want);
	}
}
END_TEST

START_TEST(percentiles_of_little)
{
	static struct histogram none, one, far;

	ck_assert_uint_eq(histogram_percentile(&none, 50), 0);
	histogram_add(&one, 17);
	for (unsigned p = 1; p <= 100; p++)
		ck_assert_uint_eq(histogram_percentile(&one, p), 17);
	histogram_add(&far, UINT64_MAX); /* beyond the last place */
	ck_assert_uint_gt(histogram_percentile(&far, 99), 1ull << 43);
}
END_TEST

/* --- JSON --- */

static void expect_string(const char *data, size_t len, const char *want)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	json_string(&b, data, len);
	ck_assert_str_eq(b.data, want);
	rsx_buf_done(&b);
}

START_TEST(strings_are_whole)
{
	static const struct {
		const char *data, *want;
	} cases[] = {
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\x01\x7f", "\"\\u000a\\u0001\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\\udcff\"" },
		{ "\xc3", "\"\\udcc3\"" },		      /* cut */
		{ "\xc0\xaf", "\"\\udcc0\\udcaf\"" },	      /* longer than need be */
		{ "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"" }, /* a surrogate */
		{ "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"" }, /* beyond Unicode */
		{ "\xe2\x82\x28", "\"\\udce2\\udc82(\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_string(cases[i].data, strlen(cases[i].data), cases[i].want);
	expect_string("a\0b", 3, "\"a\\u0000b\"");
}
END_TEST

START_TEST(strings_for_all_readers)
{
	static const char data[] = "\xc3\xa9\xed\xa0\x80\n\xe2\x82";
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	json_string_lossy(&b, data, sizeof(data) - 1);
	ck_assert_str_eq(b.data, "\"\xc3\xa9\\ufffd\\ufffd\\ufffd\\u000a\\ufffd\\ufffd\"");
	rsx_buf_done(&b);
}
END_TEST

START_TEST(members_of_an_object)
{
	struct rsx_buf b;

	rsx_buf_init(&b, 4096);
	rsx_buf_addc(&b, '{');
	json_int(&b, "a", -5);
	json_seconds(&b, "b", 1500000000);
	json_seconds(&b, "c", -7);
	json_hex(&b, "d", 0);
	json_null(&b, "e");
	json_bool(&b, "f", true);
	json_text(&b, "g", "x");
	rsx_buf_addc(&b, '}');
	ck_assert_str_eq(b.data, "{\"a\":-5,\"b\":1.500000000,\"c\":-0.000000007,\"d\":\"0x0\","
				 "\"e\":null,\"f\":true,\"g\":\"x\"}");
	rsx_buf_done(&b);
}
END_TEST

/* --- output --- */

static void expect_file(const char *path, const char *want)
{
	char text[256];
	FILE *f = fopen(path, "re");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(text, want);
}

START_TEST(a_tail_is_always_there)
{
	char path[] = "/tmp/rsx-test-out-XXXXXX";
	struct out o;

	close(mkstemp(path));
	ck_assert_int_eq(out_open(&o, path, false, "]\n"), 0);
	rsx_buf_adds(&o.buf, "[1");
	out_flush(&o);
	expect_file(path, "[1]\n");
	rsx_buf_adds(&o.buf, ",2");
	expect_file(path, "[1]\n");
	out_flush(&o);
	out_flush(&o); /* nothing new */
	expect_file(path, "[1,2]\n");
	rsx_buf_adds(&o.buf, ",3");
	out_close(&o);
	expect_file(path, "[1,2,3]\n");
	unlink(path);
	ck_assert_int_lt(out_open(&o, "/nonexistent/x", false, ""), 0);
}
END_TEST

START_TEST(a_tail_in_a_pipe_comes_at_the_end)
{
	char path[64], text[64] = "";
	struct out o;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[1]);
	ck_assert_int_eq(out_open(&o, path, false, "]"), 0);
	rsx_buf_adds(&o.buf, "[1");
	out_flush(&o);
	rsx_buf_adds(&o.buf, ",2");
	out_close(&o);
	ck_assert_int_eq(read(p[0], text, sizeof(text) - 1), 5);
	ck_assert_str_eq(text, "[1,2]");
	close(p[0]);
	close(p[1]);
}
END_TEST

/* --- what a reply holds --- */

/* What only a trace wants takes no byte of a reply that is not asked for it. */
START_TEST(a_plain_reply_is_no_longer)
{
	struct rsx_frame f = { .ret = 5 };
	struct rsx_frame_name name = { 0, "TCP:[1.2.3.4:5]" };
	struct rsx_msg_out plain, told;
	struct rsx_arena arena;

	rsx_arena_init(&arena, 1u << 20);
	ck_assert_int_eq(rsx_msg_pack_reply(&plain, 1, 2, &f, &arena), 0);
	ck_assert_uint_eq(plain.len, RSX_PREFIX_SIZE + 2); /* ret: a tag and a byte */
	f.exec_ns = 1000;
	f.name = &name;
	f.nnames = 1;
	ck_assert_int_eq(rsx_msg_pack_reply(&told, 1, 2, &f, &arena), 0);
	ck_assert_uint_gt(told.len, plain.len + strlen(name.text));
	rsx_arena_done(&arena);
}
END_TEST

/* --- symbols --- */

__attribute__((noinline)) void a_known_function(void);

__attribute__((noinline)) void a_known_function(void)
{
	__asm__ volatile("nop; nop; nop; nop");
}

static struct symfile *own_symbols(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct symfile *f = symfile_open(fd);

	close(fd);
	return f;
}

START_TEST(own_functions_have_names)
{
	struct symfile *f = own_symbols();
	const char *name = NULL;
	uint64_t offset = 0;
	bool found = false;

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->symbol[i].name, "a_known_function") != 0)
			continue;
		found = true;
		ck_assert(symfile_find(f, f->symbol[i].start + 2, &name, &offset));
		ck_assert_str_eq(name, "a_known_function");
		ck_assert_uint_eq(offset, 2);
	}
	ck_assert(found);
	ck_assert(!symfile_find(f, 0, &name, &offset));
	ck_assert(!symfile_find(f, UINT64_MAX, &name, &offset));
	symfile_free(f);
}
END_TEST

/* A program of unknown origin: whatever is in its file, it is read within its bounds. */
START_TEST(broken_files_are_survived)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t seed = 88172645463325252ull, offset;
	struct stat st;
	const char *name;
	uint8_t *whole;
	Elf64_Ehdr h;

	ck_assert_int_eq(fstat(fd, &st), 0);
	whole = malloc((size_t)st.st_size);
	ck_assert_int_eq(pread(fd, whole, (size_t)st.st_size, 0), st.st_size);
	memcpy(&h, whole, sizeof(h));
	close(fd);
	for (unsigned round = 0; round < 300; round++) {
		size_t size = (size_t)st.st_size;
		uint8_t *copy;
		struct symfile *f;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (round % 3 == 0) /* cut */
			size = (size_t)(seed >> 20) % size;
		copy = malloc(size + 1);
		memcpy(copy, whole, size);
		for (unsigned i = 0; round % 3 && i < 8; i++) { /* among headers and tables */
			size_t span = h.e_shnum * sizeof(Elf64_Shdr);

			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			copy[round % 3 == 1 ? h.e_shoff + (seed >> 33) % span : (seed >> 33) % size] =
				(uint8_t)(seed >> 25);
		}
		f = symfile_memory(copy, size);
		for (uint64_t a = 0; f && a < 0x100000; a += 0x777)
			symfile_find(f, a, &name, &offset);
		symfile_free(f);
	}
	free(whole);
}
END_TEST

/* --- the picture --- */

START_TEST(a_picture_names_what_is_in_it)
{
	struct flame_node leaf = { .name = (char *)"read", .ns = 600, .calls = 3 };
	struct flame_node small = { .name = (char *)"tiny", .ns = 0, .calls = 1 };
	struct flame_node inner = { .name = (char *)"f<int>&", .ns = 600, .calls = 3, .child = &leaf,
				    .next = &small };
	struct flame_node root = { .name = (char *)"all", .ns = 1000, .calls = 5, .child = &inner };
	struct rsx_buf b;

	rsx_buf_init(&b, 1 << 20);
	flame_svg(&b, &root);
	ck_assert_ptr_nonnull(strstr(b.data, "<title>read (0.001 ms, 3 calls, 60.00%)</title>"));
	ck_assert_ptr_nonnull(strstr(b.data, "<title>f&lt;int&gt;&amp; ("));
	ck_assert_ptr_null(strstr(b.data, "tiny")); /* too small to be seen */
	ck_assert_ptr_nonnull(strstr(b.data, "data-w=\"0.600000000\" data-d=\"1\""));
	rsx_buf_done(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *tc = tcase_create("report");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, percentiles_are_nearly_right);
	tcase_add_test(tc, percentiles_of_little);
	tcase_add_test(tc, strings_are_whole);
	tcase_add_test(tc, strings_for_all_readers);
	tcase_add_test(tc, members_of_an_object);
	tcase_add_test(tc, a_tail_is_always_there);
	tcase_add_test(tc, a_tail_in_a_pipe_comes_at_the_end);
	tcase_add_test(tc, a_plain_reply_is_no_longer);
	tcase_add_test(tc, own_functions_have_names);
	tcase_add_test(tc, broken_files_are_survived);
	tcase_add_test(tc, a_picture_names_what_is_in_it);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
