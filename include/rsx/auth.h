/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Challenge and response with a shared key; the key never travels.
 * HMAC-SHA256 from libsodium; the key file's bytes (a final newline dropped)
 * are hashed to the HMAC key.
 */
#ifndef RSX_AUTH_H
#define RSX_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "rsx/wire.h"

struct rsx_key {
	bool set;
	uint8_t key[32];
};

/* 0; -errno of open/read; -EINVAL: empty, or shorter than 16 bytes. */
int rsx_key_load(struct rsx_key *key, const char *path);

/* who: "rsx tracer" or "rsx server". Without a key, the mac is all zeros. */
void rsx_auth_mac(uint8_t mac[RSX_MAC_SIZE], const struct rsx_key *key,
		  const char *who, const uint8_t first[RSX_NONCE_SIZE],
		  const uint8_t second[RSX_NONCE_SIZE]);

/* Constant-time comparison. */
bool rsx_auth_equal(const uint8_t *a, const uint8_t *b, unsigned len);

void rsx_random(void *to, unsigned len);

#endif
