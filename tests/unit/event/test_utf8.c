/* SPDX-License-Identifier: BSD-3-Clause */
/* Which bytes are a character, and how many bytes a broken one takes. */
#include "record.h"

#include "event_utf8.h"

/* Each input as the signs of its steps: "1" to "4" a character, "a" to "c" 1 to 3 broken bytes. */
static const struct {
	const char *bytes;
	const char *steps;
} each[] = {
	{ "abc", "111" },
	{ "\x7f", "1" },
	{ "\xc2\x80\xdf\xbf", "22" },
	{ "\xe0\xa0\x80\xef\xbf\xbf", "33" },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "44" },
	{ "\xc0\xaf", "aa" },		      /* "/" in two bytes */
	{ "\xc1\xbf", "aa" },
	{ "\xe0\x80\xaf", "aaa" },	      /* "/" in three */
	{ "\xf0\x80\x80\xaf", "aaaa" },	      /* in four */
	{ "\xed\xa0\x80", "aaa" },	      /* a surrogate */
	{ "\xed\x9f\xbf", "3" },
	{ "\xf4\x90\x80\x80", "aaaa" },	      /* above U+10FFFF */
	{ "\xf5\x80", "aa" },
	{ "\xfe\xff", "aa" },
	{ "\x80\xbf", "aa" },		      /* continuations alone */
	{ "\xc3", "a" },		      /* ends too early */
	{ "\xe2\x82", "b" },
	{ "\xf0\x9f\x98", "c" },
	{ "\xe2\x82" "a", "b1" },
	{ "\xf0\x9f\x98\xc3\xa4", "c2" },
	{ "\xe4" "b", "a1" },		      /* Latin-1 */
};

static void
test_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		size_t len = strlen(each[i].bytes), at = 0;
		uint8_t *bytes = malloc(len); /* exact */
		const char *step = each[i].steps;

		memcpy(bytes, each[i].bytes, len);
		for (; at < len; step++) {
			int n = event_utf8_next(span_of(bytes + at, len - at));

			assert_int_equal(*step, n > 0 ? '0' + n : 'a' - 1 - n);
			at += (size_t)(n > 0 ? n : -n);
		}
		assert_int_equal(at, len);
		assert_int_equal(*step, '\0');
		free(bytes);
	}
}

/* Every code point, written by the rule of RFC 3629 section 3, is one character. */
static void
test_all_code_points(void **state)
{
	(void)state;
	for (uint32_t c = 0x80; c <= 0x10ffff; c++) {
		uint8_t b[4] = { (uint8_t)(0xf0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 0x3f)),
				 (uint8_t)(0x80 | (c >> 6 & 0x3f)), (uint8_t)(0x80 | (c & 0x3f)) };
		int len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		if (len == 2)
			b[2] = (uint8_t)(0xc0 | c >> 6);
		else if (len == 3)
			b[1] = (uint8_t)(0xe0 | c >> 12);
		if ((event_utf8_next(span_of(b + 4 - len, (size_t)len)) == len) == surrogate)
			fail_msg("U+%04X", c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_all_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
