/* SPDX-License-Identifier: BSD-3-Clause */
/* Names: each oddity has one of its own, and it leads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "mime.h"

static void
oddities(void **state)
{
	for (int i = 0; i < MIME_ODDITY_COUNT; i++) {
		struct span name = span_str(mime_oddity_name(i));

		assert_true(span_starts(name, SPAN_LIT("mime_")));
		assert_int_equal(mime_oddity_by_name(name), i);
		assert_true(strlen(mime_oddity_text(i)) > 10);
	}
	assert_int_equal(mime_oddity_by_name(SPAN_LIT("MIME_LONG_LINE")), MIME_ODD_LONG_LINE);
	assert_int_equal(mime_oddity_by_name(SPAN_LIT("mime_long_lin")), -1);
	assert_int_equal(mime_oddity_by_name(SPAN_NONE), -1);
	assert_string_equal(mime_oddity_name(MIME_ODDITY_COUNT), "");
}

static void
encodings(void **state)
{
	assert_string_equal(mime_encoding_name(MIME_IDENTITY), "identity");
	assert_string_equal(mime_encoding_name(MIME_QP), "quoted-printable");
	assert_string_equal(mime_encoding_name(MIME_ENCODING_UNKNOWN), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oddities),
		cmocka_unit_test(encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
