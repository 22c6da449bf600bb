/* SPDX-License-Identifier: BSD-3-Clause */
/* base64: every path of the decoder gives the same, at every cut; junk and padding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime_internal.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct result {
	uint8_t bytes[4096];
	size_t len;
	bool bad;
};

/* Decodes in two feeds, each in a block of its own size, with small output room. */
static struct result
decode(struct span in, size_t split, enum mime_b64_path path, size_t room)
{
	struct mime_b64 d = { .bad = false };
	struct result r = { .len = 0 };

	for (int half = 0; half < 2; half++) {
		struct span s = half == 0 ? span_take(in, split) : span_skip(in, split);
		uint8_t *copy = malloc(s.len > 0 ? s.len : 1), *out = malloc(room);
		struct span rest = span_of(copy, s.len);

		if (s.len > 0)
			memcpy(copy, s.ptr, s.len);
		while (rest.len > 0) {
			size_t n = mime_b64_decode_by(&d, &rest, out, room, path);

			assert_true(r.len + n <= sizeof(r.bytes));
			memcpy(r.bytes + r.len, out, n);
			r.len += n;
		}
		free(copy);
		free(out);
	}
	r.len += mime_b64_end(&d, r.bytes + r.len);
	r.bad = d.bad;
	return r;
}

static void
check(const char *in, const char *expected, bool bad)
{
	struct span s = span_str(in);

	for (size_t split = 0; split <= s.len; split++) {
		for (int path = MIME_B64_PORTABLE; path <= MIME_B64_AVX2; path++) {
			struct result r;

			if (!mime_b64_can(path))
				continue;
			r = decode(s, split, path, 64);
			assert_int_equal(r.len, strlen(expected));
			assert_memory_equal(r.bytes, expected, r.len);
			assert_int_equal(r.bad, bad);
		}
	}
}

static void
plain(void **state)
{
	check("", "", false);
	check("QQ==", "A", false);
	check("QUI=", "AB", false);
	check("QUJD", "ABC", false);
	check("QUJD\r\nREVG\r\n", "ABCDEF", false);
	check(" Q U\tJ D ", "ABC", false);
	check("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9"
	      "v",
	      "foobarfoobarfoobarfoobarfoobarfoobarfoobarfoobarfoobarfoobarfoo", false);
}

/* T35: readers skip junk, go on behind padding, take what a broken end still holds. */
static void
odd(void **state)
{
	check("Q!U@J#D", "ABC", true);
	check("QUJD\xff\x80REVG", "ABCDEF", true);
	check("QQ==QUJD", "AABC", true);
	check("QQ=QUJD", "AABC", true);
	check("QUI", "AB", true);
	check("QUJDR", "ABC", true);
	check("QUJD=", "ABC", true);
	check("=QUJD", "ABC", true);
	check("Q=QUJD", "ABC", true);
	check("QUI==", "AB", true);
}

/* The known answer, computed the plain way. */
static size_t
reference(const uint8_t *in, size_t len, uint8_t *out)
{
	uint32_t bits = 0;
	size_t count = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = in[i] != 0 ? strchr(digits, in[i]) : NULL;

		if (at == NULL)
			continue;
		bits = bits << 6 | (uint32_t)(at - digits);
		if (++count % 4 == 0) {
			out[n++] = (uint8_t)(bits >> 16);
			out[n++] = (uint8_t)(bits >> 8);
			out[n++] = (uint8_t)bits;
		}
	}
	return n;
}

/* Each byte value at each place of a vector: digits decode, others are passed over. */
static void
paths_agree(void **state)
{
	uint8_t in[160], expected[160];

	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < 40; at++) {
			size_t n;

			if (c == '=')
				continue;
			for (size_t i = 0; i < sizeof(in); i++)
				in[i] = (uint8_t)digits[(i * 7 + c) & 63];
			in[at] = (uint8_t)c;
			n = reference(in, sizeof(in), expected);
			for (int path = MIME_B64_PORTABLE; path <= MIME_B64_AVX2; path++) {
				struct result r;

				if (!mime_b64_can(path))
					continue;
				r = decode(span_of(in, sizeof(in)), at, path, 4096);
				assert_true(r.len >= n && r.len <= n + 2);
				assert_memory_equal(r.bytes, expected, n);
				assert_true(strchr(digits, (int)c) != NULL || c <= ' ' || r.bad);
			}
		}
	}
}

/* Lines of any length, so that quanta fall anywhere. */
static void
line_lengths(void **state)
{
	uint8_t in[2000], expected[2000];

	for (size_t line = 1; line < 90; line++) {
		size_t len = 0, n;

		while (len < sizeof(in) - 2) {
			bool end = len % (line + 2) >= line;

			in[len] = end ? "\r\n"[len % (line + 2) - line]
				      : (uint8_t)digits[(len * 13 + line) & 63];
			len++;
		}
		n = reference(in, len, expected);
		for (int path = MIME_B64_PORTABLE; path <= MIME_B64_AVX2; path++) {
			struct result r;

			if (!mime_b64_can(path))
				continue;
			r = decode(span_of(in, len), line * 3, path, 100 + line);
			assert_true(r.len >= n && r.len <= n + 2);
			assert_memory_equal(r.bytes, expected, n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(odd),
		cmocka_unit_test(paths_agree),
		cmocka_unit_test(line_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
