/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keyed hash. Flow keys and names come from attackers, so every table uses a key drawn at start
 * (SipHash-1-3 for bytes; the key is fixed only in capture runs, which must be repeatable).
 */
#ifndef HASH_H
#define HASH_H

#include "span.h"

struct hash_key {
	uint64_t k0, k1;
};

/* From getrandom(2). */
struct hash_key hash_key_random(void);
/* A fixed key, for runs that must give the same output twice. */
struct hash_key hash_key_fixed(void);

uint64_t hash_bytes(struct hash_key key, const void *bytes, size_t size);

static inline uint64_t
hash_span(struct hash_key key, struct span s)
{
	return hash_bytes(key, s.ptr, s.len);
}

#endif
