/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-1-3 against a second, plain implementation of the paper's text with the numbers of
 * rounds as arguments. That one is first held to the paper's own vector for SipHash-2-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "hash.h"

static uint64_t v[4];

static void
add_rotate_xor(unsigned a, unsigned b, unsigned bits)
{
	v[a] += v[b];
	v[b] = (v[b] << bits) | (v[b] >> (64 - bits));
	v[b] ^= v[a];
}

static void
swap_halves(unsigned a)
{
	v[a] = (v[a] << 32) | (v[a] >> 32);
}

static void
rounds(unsigned count)
{
	while (count-- > 0) {
		add_rotate_xor(0, 1, 13);
		add_rotate_xor(2, 3, 16);
		swap_halves(0);
		add_rotate_xor(2, 1, 17);
		add_rotate_xor(0, 3, 21);
		swap_halves(2);
	}
}

/* Section 2 of the paper, byte by byte: a padded message of whole words, the last byte its length.
 */
static uint64_t
plain_sip(unsigned c, unsigned d, struct hash_key key, const uint8_t *m, size_t size)
{
	static const char magic[] = "somepseudorandomlygeneratedbytes";
	size_t padded = size / 8 * 8 + 8;

	for (unsigned i = 0; i < 4; i++) {
		v[i] = 0;
		for (unsigned b = 0; b < 8; b++)
			v[i] = v[i] << 8 | (uint8_t)magic[i * 8 + b];
		v[i] ^= i % 2 == 0 ? key.k0 : key.k1;
	}
	for (size_t at = 0; at < padded; at += 8) {
		uint64_t word = 0;

		for (unsigned b = 0; b < 8; b++) {
			uint64_t byte = at + b < size ? m[at + b] : 0;

			if (at + b == padded - 1)
				byte = size & 0xff;
			word |= byte << 8 * b;
		}
		v[3] ^= word;
		rounds(c);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	rounds(d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Appendix A: key 00 01 .. 0f, message 00 01 .. 0e. */
static void
test_plain_against_the_paper(void **state)
{
	uint8_t message[15];

	for (unsigned i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_true(plain_sip(2, 4, hash_key_fixed(), message, sizeof(message)) ==
		    0xa129ca6149be45e5);
}

/* What other implementations of 1-3 give for no bytes and no key. */
static void
test_known_value(void **state)
{
	assert_true(hash_bytes((struct hash_key){ 0, 0 }, NULL, 0) == 0xd1fba762150c532c);
}

static void
test_every_length(void **state)
{
	struct hash_key other = { 0x0123456789abcdef, 0xfedcba9876543210 };

	for (size_t size = 0; size <= 300; size++) {
		uint8_t *message = malloc(size); /* exact: ASan sees an over-read */

		for (size_t i = 0; i < size; i++)
			message[i] = (uint8_t)(i * 7 + size);
		assert_true(hash_bytes(hash_key_fixed(), message, size) ==
			    plain_sip(1, 3, hash_key_fixed(), message, size));
		assert_true(hash_bytes(other, message, size) ==
			    plain_sip(1, 3, other, message, size));
		assert_true(hash_span(other, span_of(message, size)) ==
			    hash_bytes(other, message, size));
		free(message);
	}
	assert_true(hash_bytes(other, NULL, 0) == plain_sip(1, 3, other, NULL, 0));
}

static void
test_every_bit_counts(void **state)
{
	uint8_t message[37] = { 0 };
	uint64_t zero = hash_bytes(hash_key_fixed(), message, sizeof(message));

	for (size_t bit = 0; bit < sizeof(message) * 8; bit++) {
		message[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(hash_bytes(hash_key_fixed(), message, sizeof(message)) != zero);
		message[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
test_keys(void **state)
{
	struct hash_key a = hash_key_random(), b = hash_key_random();

	assert_true(a.k0 != b.k0 && a.k1 != b.k1);
	assert_true(hash_bytes(a, "x", 1) != hash_bytes(b, "x", 1));
	assert_true(hash_key_fixed().k0 == hash_key_fixed().k0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_against_the_paper),
		cmocka_unit_test(test_known_value),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
