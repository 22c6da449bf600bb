/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012; one round a word,
 * three at the end). In: a key and bytes; out: 64 bits. Tables of flows and names call this. It
 * is no signature: only as good as its key is secret.
 */
#include "hash.h"

#include <endian.h>
#include <stdlib.h>
#include <unistd.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void
sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static inline void
sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

uint64_t
hash_bytes(struct hash_key key, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	struct sip s = {
		.v0 = key.k0 ^ 0x736f6d6570736575, /* "somepseudorandomlygeneratedbytes" */
		.v1 = key.k1 ^ 0x646f72616e646f6d,
		.v2 = key.k0 ^ 0x6c7967656e657261,
		.v3 = key.k1 ^ 0x7465646279746573,
	};
	uint64_t word = 0;
	size_t left;

	for (left = size; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		sip_word(&s, le64toh(word));
	}
	word = 0;
	if (left > 0)
		memcpy(&word, p, left);
	sip_word(&s, le64toh(word) | (uint64_t)size << 56);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

struct hash_key
hash_key_random(void)
{
	struct hash_key key;

	/* A table with a guessable key is a way in: without randomness there is no start. */
	if (getentropy(&key, sizeof(key)) != 0)
		abort();
	return key;
}

struct hash_key
hash_key_fixed(void)
{
	return (struct hash_key){ 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
}
