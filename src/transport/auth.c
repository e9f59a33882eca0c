/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Challenge and response with a shared key; see include/rsx/auth.h. Both ends
 * prove that they know the key over both nonces; the words in front keep one
 * end's proof from being used as the other's.
 */
#include "rsx/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsx/cleanup.h"
#include "rsx/limits.h"

#define KEY_MIN 16

/* The file's bytes, hashed as they come: the key itself is never kept. */
static ssize_t hash_file(int fd, uint8_t hash[32])
{
	static uint8_t bytes[RSX_MAX_KEY_FILE + 1];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, bytes + len, sizeof(bytes) - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
		if (len == sizeof(bytes))
			break;
	}
	n = n < 0 ? -errno : 0;
	if (!n && len == sizeof(bytes))
		n = -EFBIG;
	if (!n && len && bytes[len - 1] == '\n')
		len--;
	if (!n && len < KEY_MIN)
		n = -EINVAL;
	if (!n)
		crypto_hash_sha256(hash, bytes, len);
	explicit_bzero(bytes, sizeof(bytes));
	return n;
}

int rsx_key_load(struct rsx_key *key, const char *path)
{
	_rsx_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	*key = (struct rsx_key) { .set = false };
	if (fd < 0)
		return -errno;
	err = (int)hash_file(fd, key->key);
	key->set = !err;
	return err;
}

void rsx_auth_mac(uint8_t mac[RSX_MAC_SIZE], const struct rsx_key *key, const char *who,
		  const uint8_t first[RSX_NONCE_SIZE], const uint8_t second[RSX_NONCE_SIZE])
{
	crypto_auth_hmacsha256_state st;

	_Static_assert(crypto_auth_hmacsha256_BYTES == RSX_MAC_SIZE, "a MAC is a SHA-256");
	memset(mac, 0, RSX_MAC_SIZE);
	if (!key->set)
		return;
	crypto_auth_hmacsha256_init(&st, key->key, sizeof(key->key));
	crypto_auth_hmacsha256_update(&st, (const uint8_t *)who, strlen(who));
	crypto_auth_hmacsha256_update(&st, first, RSX_NONCE_SIZE);
	crypto_auth_hmacsha256_update(&st, second, RSX_NONCE_SIZE);
	crypto_auth_hmacsha256_final(&st, mac);
	explicit_bzero(&st, sizeof(st));
}

bool rsx_auth_equal(const uint8_t *a, const uint8_t *b, unsigned len)
{
	return sodium_memcmp(a, b, len) == 0;
}

/* getrandom(2) fails only if it is interrupted before the pool is ready. */
void rsx_random(void *to, unsigned len)
{
	uint8_t *p = to;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n <= 0)
			continue;
		p += n;
		len -= (unsigned)n;
	}
}
