/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and proofs: what a key file may hold, and what a proof depends on. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsx/auth.h"
#include "rsx/limits.h"

static char path[64];
static struct rsx_key key;

static void setup(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/rsx-test-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

static int load(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
	return rsx_key_load(&key, path);
}

START_TEST(key_has_a_least_length)
{
	ck_assert_int_eq(load("", 0), -EINVAL);
	ck_assert(!key.set);
	ck_assert_int_eq(load("123456789012345", 15), -EINVAL);
	ck_assert_int_eq(load("123456789012345\n", 16), -EINVAL);
	ck_assert_int_eq(load("1234567890123456", 16), 0);
	ck_assert(key.set);
}
END_TEST

START_TEST(key_drops_a_final_newline)
{
	struct rsx_key plain;

	ck_assert_int_eq(load("1234567890123456", 16), 0);
	plain = key;
	ck_assert_int_eq(load("1234567890123456\n", 17), 0);
	ck_assert_mem_eq(plain.key, key.key, sizeof(key.key));
	ck_assert_int_eq(load("1234567890123456\n\n", 18), 0);
	ck_assert_mem_ne(plain.key, key.key, sizeof(key.key));
}
END_TEST

START_TEST(key_is_the_hash_of_the_file)
{
	/* printf 1234567890123456 | sha256sum */
	static const uint8_t want[4] = { 0x7a, 0x51, 0xd0, 0x64 };

	ck_assert_int_eq(load("1234567890123456", 16), 0);
	ck_assert_mem_eq(key.key, want, sizeof(want));
}
END_TEST

START_TEST(key_errors_are_told)
{
	char *big = calloc(1, RSX_MAX_KEY_FILE + 1);

	ck_assert_int_eq(load(big, RSX_MAX_KEY_FILE), 0);
	ck_assert_int_eq(load(big, RSX_MAX_KEY_FILE + 1), -EFBIG);
	free(big);
	ck_assert_int_eq(rsx_key_load(&key, "/nonexistent/key"), -ENOENT);
	ck_assert_int_eq(rsx_key_load(&key, "/tmp"), -EISDIR);
	ck_assert(!key.set);
}
END_TEST

START_TEST(proof_depends_on_everything)
{
	uint8_t a[RSX_NONCE_SIZE] = { 1 }, b[RSX_NONCE_SIZE] = { 2 };
	uint8_t mac[RSX_MAC_SIZE], other[RSX_MAC_SIZE];
	struct rsx_key key2;

	ck_assert_int_eq(load("1234567890123456", 16), 0);
	key2 = key;
	rsx_auth_mac(mac, &key, "rsx tracer", a, b);
	rsx_auth_mac(other, &key2, "rsx tracer", a, b);
	ck_assert(rsx_auth_equal(mac, other, RSX_MAC_SIZE));
	rsx_auth_mac(other, &key, "rsx server", a, b);
	ck_assert(!rsx_auth_equal(mac, other, RSX_MAC_SIZE));
	rsx_auth_mac(other, &key, "rsx tracer", b, a);
	ck_assert(!rsx_auth_equal(mac, other, RSX_MAC_SIZE));
	key2.key[31] ^= 1;
	rsx_auth_mac(other, &key2, "rsx tracer", a, b);
	ck_assert(!rsx_auth_equal(mac, other, RSX_MAC_SIZE));
}
END_TEST

START_TEST(no_key_no_proof)
{
	uint8_t nonce[RSX_NONCE_SIZE] = { 1 }, zero[RSX_MAC_SIZE] = { 0 }, mac[RSX_MAC_SIZE];
	struct rsx_key none = { .set = false, .key = { 1 } };

	memset(mac, 1, sizeof(mac));
	rsx_auth_mac(mac, &none, "rsx tracer", nonce, nonce);
	ck_assert_mem_eq(mac, zero, sizeof(mac));
}
END_TEST

START_TEST(random_is_not_constant)
{
	uint8_t a[RSX_NONCE_SIZE] = { 0 }, b[RSX_NONCE_SIZE] = { 0 };

	rsx_random(a, sizeof(a));
	rsx_random(b, sizeof(b));
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("auth");
	TCase *tc = tcase_create("keys");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, key_has_a_least_length);
	tcase_add_test(tc, key_drops_a_final_newline);
	tcase_add_test(tc, key_is_the_hash_of_the_file);
	tcase_add_test(tc, key_errors_are_told);
	tcase_add_test(tc, proof_depends_on_everything);
	tcase_add_test(tc, no_key_no_proof);
	tcase_add_test(tc, random_is_not_constant);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
