/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base64 in stream (RFC 2045 6.8). In: raw body bytes, any cut; out: decoded bytes. mime_decode.c
 * and mime_word.c call it. It never fails: what is no digit is skipped, '=' ends a quantum and what
 * follows begins another one, an unfinished quantum at the end gives the whole bytes that it has.
 * All that readers treat differently sets `bad`.
 *
 * Whole quanta go through a bulk loop of the best kind that the processor has; the three kinds give
 * the same bytes, which the tests hold. The vector loops follow the arithmetic published by
 * W. Mula and D. Lemire ("Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018): the
 * high nibble selects what to add to a character to get its value, two nibble tables say whether it
 * is a digit at all, and multiply-add packs four times six bits into three bytes.
 */
#include "mime_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SLACK MIME_B64_ROOM /* what a loop may write behind what it decoded, and a quantum */

/* A character's value and one; 0: none. */
#define BLANK 0x81
#define PAD 0x82

static const uint8_t table[256] = {
	['A'] = 1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	22,
	23,
	24,
	25,
	26,
	['a'] = 27,
	28,
	29,
	30,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40,
	41,
	42,
	43,
	44,
	45,
	46,
	47,
	48,
	49,
	50,
	51,
	52,
	['0'] = 53,
	54,
	55,
	56,
	57,
	58,
	59,
	60,
	61,
	62,
	['+'] = 63,
	['/'] = 64,
	['='] = PAD,
	[' '] = BLANK,
	['\t'] = BLANK,
	['\r'] = BLANK,
	['\n'] = BLANK,
};

/* Decode whole quanta of digits from in[0..len) until something else comes; out has room for
 * len / 4 * 3 + SLACK bytes. Returns characters used, a multiple of 4. */
static size_t
bulk_portable(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t i = 0;

	for (; i + 4 <= len; i += 4, out += 3) {
		uint32_t a = table[in[i]] - 1u, b = table[in[i + 1]] - 1u;
		uint32_t c = table[in[i + 2]] - 1u, d = table[in[i + 3]] - 1u;
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) & 0xc0)
			break;
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
	}
	return i;
}

#if defined(__x86_64__)

/* For each low nibble and each high nibble one bit a class of forbidden pairs; a character is a
 * digit when the two have no bit in common. */
#define LOW_NIBBLES                                                                                \
	0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b,  \
		0x1a
#define HIGH_NIBBLES                                                                               \
	0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,  \
		0x10
/* What to add, by high nibble; '/' is one nibble lower to tell it from '+'. */
#define ADDENDS 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0
/* Big-endian triples out of the 32-bit words that hold them. */
#define TRIPLES 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1

/* 16 characters to 12 bytes (and 4 behind them); false when one is no digit. */
__attribute__((target("ssse3"), always_inline)) static inline bool
step_16(const uint8_t *in, uint8_t *out)
{
	const __m128i low = _mm_setr_epi8(LOW_NIBBLES), high = _mm_setr_epi8(HIGH_NIBBLES);
	const __m128i nibble = _mm_set1_epi8(0x0f), zero = _mm_setzero_si128();
	__m128i s = _mm_loadu_si128((const __m128i *)(const void *)in);
	__m128i hi = _mm_and_si128(_mm_srli_epi32(s, 4), nibble);
	__m128i lo = _mm_and_si128(s, nibble);
	__m128i wrong = _mm_and_si128(_mm_shuffle_epi8(low, lo), _mm_shuffle_epi8(high, hi));
	__m128i shift = _mm_add_epi8(hi, _mm_cmpeq_epi8(s, _mm_set1_epi8('/')));

	if (_mm_movemask_epi8(_mm_cmpeq_epi8(wrong, zero)) != 0xffff)
		return false;
	s = _mm_add_epi8(s, _mm_shuffle_epi8(_mm_setr_epi8(ADDENDS), shift));
	s = _mm_maddubs_epi16(s, _mm_set1_epi32(0x01400140));
	s = _mm_madd_epi16(s, _mm_set1_epi32(0x00011000));
	s = _mm_shuffle_epi8(s, _mm_setr_epi8(TRIPLES));
	_mm_storeu_si128((__m128i *)(void *)out, s);
	return true;
}

/* 32 characters to 24 bytes (and 8 behind them); false when one is no digit. */
__attribute__((target("avx2"), always_inline)) static inline bool
step_32(const uint8_t *in, uint8_t *out)
{
	const __m256i low = _mm256_setr_epi8(LOW_NIBBLES, LOW_NIBBLES);
	const __m256i high = _mm256_setr_epi8(HIGH_NIBBLES, HIGH_NIBBLES);
	const __m256i nibble = _mm256_set1_epi8(0x0f);
	__m256i s = _mm256_loadu_si256((const __m256i *)(const void *)in);
	__m256i hi = _mm256_and_si256(_mm256_srli_epi32(s, 4), nibble);
	__m256i lo = _mm256_and_si256(s, nibble);
	__m256i shift = _mm256_add_epi8(hi, _mm256_cmpeq_epi8(s, _mm256_set1_epi8('/')));

	if (!_mm256_testz_si256(_mm256_shuffle_epi8(low, lo), _mm256_shuffle_epi8(high, hi)))
		return false;
	s = _mm256_add_epi8(s, _mm256_shuffle_epi8(_mm256_setr_epi8(ADDENDS, ADDENDS), shift));
	s = _mm256_maddubs_epi16(s, _mm256_set1_epi32(0x01400140));
	s = _mm256_madd_epi16(s, _mm256_set1_epi32(0x00011000));
	s = _mm256_shuffle_epi8(s, _mm256_setr_epi8(TRIPLES, TRIPLES));
	s = _mm256_permutevar8x32_epi32(s, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
	_mm256_storeu_si256((__m256i *)(void *)out, s);
	return true;
}

__attribute__((target("ssse3"))) static size_t
bulk_ssse3(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t i = 0;

	while (i + 16 <= len && step_16(in + i, out)) {
		i += 16;
		out += 12;
	}
	return i + bulk_portable(in + i, len - i, out);
}

__attribute__((target("avx2"))) static size_t
bulk_avx2(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t i = 0;

	while (i + 32 <= len && step_32(in + i, out)) {
		i += 32;
		out += 24;
	}
	_mm256_zeroupper(); /* what follows may be compiled without AVX: a switch is dear */
	while (i + 16 <= len && step_16(in + i, out)) {
		i += 16;
		out += 12;
	}
	return i + bulk_portable(in + i, len - i, out);
}

static size_t
bulk(const uint8_t *in, size_t len, uint8_t *out, enum mime_b64_path path)
{
	if (path == MIME_B64_AVX2)
		return bulk_avx2(in, len, out);
	if (path == MIME_B64_SSSE3)
		return bulk_ssse3(in, len, out);
	return bulk_portable(in, len, out);
}

bool
mime_b64_can(enum mime_b64_path path)
{
	if (path == MIME_B64_AVX2)
		return __builtin_cpu_supports("avx2") != 0;
	return path == MIME_B64_PORTABLE || __builtin_cpu_supports("ssse3") != 0;
}

#else

static size_t
bulk(const uint8_t *in, size_t len, uint8_t *out, enum mime_b64_path path)
{
	return bulk_portable(in, len, out);
}

bool
mime_b64_can(enum mime_b64_path path)
{
	return path == MIME_B64_PORTABLE;
}

#endif

/* '=': the quantum ends here. One or two are in order behind three or two digits. */
static size_t
pad(struct mime_b64 *d, uint8_t *out)
{
	size_t n = 0;

	if (d->count == 0) {
		if (d->pads > 0)
			d->pads--;
		else
			d->bad = true;
		return 0;
	}
	if (d->count == 1) {
		d->bad = true;
	} else {
		out[n++] = (uint8_t)(d->bits >> (d->count * 6 - 8));
		if (d->count == 3)
			out[n++] = (uint8_t)(d->bits >> 2);
		d->pads = d->count == 2;
	}
	d->ended = true;
	d->count = 0;
	d->bits = 0;
	return n;
}

/* One character; returns bytes written, 3 at most. */
static size_t
one(struct mime_b64 *d, uint8_t c, uint8_t *out)
{
	uint8_t v = table[c];

	if (v == PAD)
		return pad(d, out);
	if (v == 0 || v == BLANK) {
		d->bad |= v == 0;
		return 0;
	}
	d->bad |= d->ended; /* another stream is glued on: decoded too */
	d->ended = false;
	d->bits = d->bits << 6 | (v - 1u);
	if (++d->count < 4)
		return 0;
	out[0] = (uint8_t)(d->bits >> 16);
	out[1] = (uint8_t)(d->bits >> 8);
	out[2] = (uint8_t)d->bits;
	d->count = 0;
	d->bits = 0;
	return 3;
}

size_t
mime_b64_decode_by(struct mime_b64 *d, struct span *in, uint8_t *out, size_t size,
		   enum mime_b64_path path)
{
	const uint8_t *at = in->ptr, *end = at + in->len;
	size_t used = 0;

	while (at < end && size - used >= SLACK) {
		size_t room = (size - used - SLACK) / 3 * 4, left = (size_t)(end - at);

		if (table[*at] == BLANK) {
			at++;
			continue;
		}
		if (d->count == 0 && !d->ended && table[*at] != 0) {
			size_t n = bulk(at, left < room ? left : room, out + used, path);

			at += n;
			used += n / 4 * 3;
			if (at == end || size - used < SLACK)
				break;
		}
		used += one(d, *at++, out + used);
	}
	*in = span_of(at, (size_t)(end - at));
	return used;
}

size_t
mime_b64_decode(struct mime_b64 *d, struct span *in, uint8_t *out, size_t size)
{
	enum mime_b64_path path = mime_b64_can(MIME_B64_AVX2)	 ? MIME_B64_AVX2
				  : mime_b64_can(MIME_B64_SSSE3) ? MIME_B64_SSSE3
								 : MIME_B64_PORTABLE;

	return mime_b64_decode_by(d, in, out, size, path);
}

size_t
mime_b64_end(struct mime_b64 *d, uint8_t out[2])
{
	size_t n = 0;

	if (d->count > 0) {
		d->bad = true; /* padding is missing */
		n = pad(d, out);
	}
	*d = (struct mime_b64){ .bad = d->bad };
	return n;
}
