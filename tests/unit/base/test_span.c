/* SPDX-License-Identifier: BSD-3-Clause */
/* Spans: each answer against a table, on heap blocks of exact size so that ASan sees over-reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "span.h"

/* A copy at the end of a block of exactly its size. */
static struct span
exact(const char *text)
{
	size_t len = strlen(text);
	uint8_t *block = malloc(len);

	if (len > 0)
		memcpy(block, text, len);
	return span_of(block, len);
}

static void
release(struct span s)
{
	free((void *)(uintptr_t)s.ptr);
}

static void
test_take_and_skip(void **state)
{
	struct span s = SPAN_LIT("abc");

	assert_int_equal(s.len, 3);
	assert_true(span_eq(span_take(s, 2), SPAN_LIT("ab")));
	assert_true(span_eq(span_take(s, 9), s));
	assert_true(span_eq(span_skip(s, 1), SPAN_LIT("bc")));
	assert_int_equal(span_skip(s, 3).len, 0);
	assert_int_equal(span_skip(s, 99).len, 0);
	assert_int_equal(span_str(NULL).len, 0);
}

static void
test_compare(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, eq_nocase, starts, starts_nocase, ends, ends_nocase;
	} cases[] = {
		{ "", "", true, true, true, true, true, true },
		{ "a", "", false, false, true, true, true, true },
		{ "", "a", false, false, false, false, false, false },
		{ "EHLO", "ehlo", false, true, false, true, false, true },
		{ "EHLO x", "EHLO", false, false, true, true, false, false },
		{ "EHLO x", "ehlo", false, false, false, true, false, false },
		{ "x.EXE", ".EXE", false, false, false, false, true, true },
		{ "x.EXE", ".exe", false, false, false, false, false, true },
		/* Only ASCII letters fold: @ and backquote, [ and { are 0x20 apart. */
		{ "@[", "`{", false, false, false, false, false, false },
		{ "\xc4", "\xe4", false, false, false, false, false, false },
		{ "aba", "ab", false, false, true, true, false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span a = exact(cases[i].a), b = exact(cases[i].b);

		assert_int_equal(span_eq(a, b), cases[i].eq);
		assert_int_equal(span_eq_nocase(a, b), cases[i].eq_nocase);
		assert_int_equal(span_starts(a, b), cases[i].starts);
		assert_int_equal(span_starts_nocase(a, b), cases[i].starts_nocase);
		assert_int_equal(span_ends(a, b), cases[i].ends);
		assert_int_equal(span_ends_nocase(a, b), cases[i].ends_nocase);
		release(a);
		release(b);
	}
	assert_true(span_eq(SPAN_NONE, SPAN_LIT("")));
	assert_true(span_starts(SPAN_NONE, SPAN_NONE));
}

static void
test_find(void **state)
{
	static const struct {
		const char *hay, *needle;
		ptrdiff_t at, at_nocase;
	} cases[] = {
		{ "", "", 0, 0 },
		{ "abc", "", 0, 0 },
		{ "", "a", -1, -1 },
		{ "abc", "abcd", -1, -1 },
		{ "aab", "ab", 1, 1 },
		{ "xaAb", "aab", -1, 1 },
		{ "Content", "TENT", -1, 3 },
		{ "abc", "c", 2, 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span hay = exact(cases[i].hay), needle = exact(cases[i].needle);

		assert_int_equal(span_find(hay, needle), cases[i].at);
		assert_int_equal(span_find_nocase(hay, needle), cases[i].at_nocase);
		release(hay);
		release(needle);
	}
	assert_int_equal(span_chr(SPAN_NONE, 'a'), -1);
	assert_int_equal(span_chr(SPAN_LIT("a\0b"), 0), 1);
	assert_int_equal(span_chr(SPAN_LIT("abc"), 'd'), -1);
}

static void
test_trim(void **state)
{
	assert_true(span_eq(span_trim(SPAN_LIT(" \t a b\t ")), SPAN_LIT("a b")));
	assert_true(span_eq(span_trim(SPAN_LIT("\r a")), SPAN_LIT("\r a")));
	assert_int_equal(span_trim(SPAN_LIT(" \t ")).len, 0);
	assert_int_equal(span_trim(SPAN_NONE).len, 0);
}

static void
test_to_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int result;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0, 0 },
		{ "00042", 100, 0, 42 },
		{ "100", 100, 0, 100 },
		{ "101", 100, -ERANGE, 0 },
		{ "9", 5, -ERANGE, 0 },
		{ "1000", 999, -ERANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999", UINT64_MAX, -ERANGE, 0 },
		{ "", 9, -EINVAL, 0 },
		{ "-1", 9, -EINVAL, 0 },
		{ "+1", 9, -EINVAL, 0 },
		{ " 1", 9, -EINVAL, 0 },
		{ "1 ", 9, -EINVAL, 0 },
		{ "0x1", 9, -EINVAL, 0 },
		{ "99x", 9, -EINVAL, 0 },
		{ "1:", 9, -EINVAL, 0 },
		{ "1/", 9, -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = exact(cases[i].text);
		uint64_t value = 77;

		assert_int_equal(span_to_u64(s, cases[i].max, &value), cases[i].result);
		assert_int_equal(value, cases[i].result == 0 ? cases[i].value : 77);
		release(s);
	}
}

static void
test_common(void **state)
{
	static const struct {
		const char *a, *b;
		size_t common;
	} cases[] = {
		{ "a.b.c", "a.b.d", 4 }, { "a.b", "a.bc", 2 }, { "a.b", "a.b.c", 2 }, { "a", "a", 0 },
		{ "a.", "a.", 2 },	 { "", "a.b", 0 },     { "x.y", "a.y", 0 },   { "..", ".x", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span a = exact(cases[i].a), b = exact(cases[i].b);

		assert_int_equal(span_common(a, b, '.'), cases[i].common);
		assert_int_equal(span_common(b, a, '.'), cases[i].common);
		release(a);
		release(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take_and_skip), cmocka_unit_test(test_compare),
		cmocka_unit_test(test_find),	      cmocka_unit_test(test_trim),
		cmocka_unit_test(test_to_u64),	      cmocka_unit_test(test_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
