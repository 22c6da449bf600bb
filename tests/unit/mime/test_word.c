/* SPDX-License-Identifier: BSD-3-Clause */
/* Encoded words and charsets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime_internal.h"

static struct mime_charsets *known;
static bool unknown; /* a charset since it was cleared */

static size_t
decode(struct span in, uint8_t *out, size_t size)
{
	return mime_decode_words(known, in, out, size, &unknown);
}

static void
check(const char *in, const char *expected)
{
	size_t len = strlen(in), n;
	uint8_t *copy = malloc(len > 0 ? len : 1), out[1024];

	memcpy(copy, in, len);
	n = decode(span_of(copy, len), out, sizeof(out));
	free(copy);
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(out, expected, n);
}

/* RFC 2047 section 8 gives most of these. */
static void
words(void **state)
{
	check("plain text", "plain text");
	check("=?ISO-8859-1?Q?a?=", "a");
	check("=?ISO-8859-1?Q?a?= b", "a b");
	check("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab");
	check("=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab");
	check("=?ISO-8859-1?Q?a_b?=", "a b");
	check("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b");
	check("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>");
	check("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo");
	check("=?utf-8?b?w6k=?=", "\xc3\xa9");
	check("=?iso-8859-1?q?=e9?=", "\xc3\xa9");
	check("=?us-ascii*en?Q?Hi?=", "Hi");
	check("x=?utf-8?Q?y?=z", "xyz"); /* glued: forbidden, read by all */
	check("=?utf-8?Q?a?=  ", "a  ");
}

static void
not_words(void **state)
{
	check("", "");
	check("=?", "=?");
	check("=?utf-8?Q?open", "=?utf-8?Q?open");
	check("=?utf-8?Q?open?", "=?utf-8?Q?open?");
	check("=?utf-8?X?a?=", "=?utf-8?X?a?=");
	check("=??Q?a?=", "=??Q?a?=");
	check("=?utf-8?Q", "=?utf-8?Q");
	check("=?utf-8?Q?=4?=", "=4");
	check("=?utf-8?Q?==41?=", "=A");
}

static void
charsets(void **state)
{
	check("=?windows-1252?Q?=80=93?=", "\xe2\x82\xac\xe2\x80\x9c");
	check("=?iso-8859-15?Q?=A4?=", "\xe2\x82\xac");
	check("=?koi8-r?B?8NLJ18XU?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82");
	check("=?windows-1251?B?z/Do4uXy?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82");
	check("=?gb2312?B?xOM=?=", "\xe4\xbd\xa0");
	check("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac");
	check("=?utf-16?B?/v8AZQB4AGU=?=", "exe");
	check("=?utf-16?Q?e=00?=", "e");
	check("=?shift_jis?Q?a=93?=", "a\x93"); /* broken off: visible as it is */
	assert_false(unknown);
	check("=?x-none?B?xOM=?=", "\xc4\xe3");
	assert_true(unknown);
}

/* Longer than the decoder's piece: escapes are not cut, quanta go on. */
static void
long_words(void **state)
{
	char in[2000], expected[600];
	uint8_t out[600];

	for (size_t shift = 0; shift < 4; shift++) {
		size_t n = 0, len = 0;

		n += (size_t)sprintf(in, "=?utf-8?Q?%.*s", (int)shift, "xxx");
		for (; len < shift; len++)
			expected[len] = 'x';
		for (int i = 0; i < 300; i++) {
			n += (size_t)sprintf(in + n, "=%02X", 0x41 + i % 26);
			expected[len++] = (char)(0x41 + i % 26);
		}
		strcpy(in + n, "?=");
		assert_int_equal(decode(span_str(in), out, sizeof(out)), len);
		assert_memory_equal(out, expected, len);
	}
}

static void
no_room(void **state)
{
	uint8_t out[4];

	assert_int_equal(decode(span_str("abcdef"), out, sizeof(out)), 4);
	assert_int_equal(decode(span_str("=?utf-8?B?YWJjZGVm?="), out, 4), 4);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(decode(span_str("=?iso-8859-1?Q?abc=E9?="), out, 4), 3);
	assert_int_equal(decode(span_str("=?utf-8?Q?abc?=      "), out, 4), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),    cmocka_unit_test(not_words),
		cmocka_unit_test(charsets), cmocka_unit_test(long_words),
		cmocka_unit_test(no_room),
	};

	int failed;

	known = mime_charsets_create();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	mime_charsets_destroy(known);
	return failed;
}
