/* SPDX-License-Identifier: BSD-3-Clause */
/* The text builder in buffers of every size: always terminated, cut seen, nothing after a cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "str.h"

static void
build(struct str *s)
{
	str_add(s, "ab");
	str_add_char(s, ':');
	str_printf(s, "%d-%s", 42, "x");
	str_add_span(s, SPAN_LIT("c\0d"));
	str_add_hex(s, SPAN_LIT("\x01\xfe"));
	str_add_escaped(s, SPAN_LIT("q\"\\\n\xff~"));
}

static const struct span whole = SPAN_LIT("ab:42-xc\0d01feq\\\"\\\\\\x0a\\xff~");

static void
test_all_pieces(void **state)
{
	char buf[100];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	assert_string_equal(buf, "");
	build(&s);
	assert_false(s.cut);
	assert_true(span_eq(str_span(&s), whole));
	assert_int_equal(buf[s.len], '\0');
}

static void
test_every_size(void **state)
{
	for (size_t size = 1; size <= whole.len + 1; size++) {
		char *buf = malloc(size);
		struct str s;

		str_open(&s, buf, size);
		build(&s);
		assert_true(s.len < size);
		assert_int_equal(buf[s.len], '\0');
		assert_int_equal(s.cut, size <= whole.len);
		assert_true(span_eq(str_span(&s), span_take(whole, s.len)));
		free(buf);
	}
}

static void
test_no_half_escape(void **state)
{
	char buf[6];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_add_escaped(&s, SPAN_LIT("ab\nz"));
	assert_true(s.cut);
	assert_string_equal(buf, "ab");
	str_open(&s, buf, 4);
	str_add_hex(&s, SPAN_LIT("\x12\x34"));
	assert_true(s.cut);
	assert_string_equal(buf, "12");
}

static void
test_nothing_after_a_cut(void **state)
{
	char buf[4];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_printf(&s, "%s", "abcd");
	assert_true(s.cut);
	s.len = 1; /* even with room again */
	str_add(&s, "z");
	str_printf(&s, "z");
	assert_int_equal(s.len, 1);
	assert_string_equal(buf, "abc");
}

static void
test_exact_fit_is_no_cut(void **state)
{
	char buf[4];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_printf(&s, "%s", "abc");
	assert_false(s.cut);
	assert_string_equal(buf, "abc");
	str_add(&s, "");
	assert_false(s.cut);
	str_add_char(&s, 'd');
	assert_true(s.cut);
	assert_string_equal(buf, "abc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_pieces),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_no_half_escape),
		cmocka_unit_test(test_nothing_after_a_cut),
		cmocka_unit_test(test_exact_fit_is_no_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
