/* SPDX-License-Identifier: BSD-3-Clause */
/* What each flag and bound does in the matcher, and how expressions are accepted. */
#include "scan.h"

/* Number of matches of one pattern in text. */
static unsigned
count(const char *pattern, unsigned flags, uint32_t min_end, uint32_t max_end, const char *text)
{
	struct match_pattern p = {
		.text = span_str(pattern), .flags = flags, .min_end = min_end, .max_end = max_end
	};
	struct match_db *db = scan_build(&p, 1, MATCH_BLOCK);
	struct match_scratch *s = scan_scratch(db, 0);
	struct scan_list l = { 0 };

	scan_block(db, s, text, &l);
	match_scratch_destroy(s);
	match_free(db);
	return l.count;
}

static void
test_flags(void **state)
{
	assert_int_equal(count("aBc", MATCH_LITERAL, 0, 0, "abc ABC aBc"), 1);
	assert_int_equal(count("aBc", MATCH_LITERAL | MATCH_NOCASE, 0, 0, "abc ABC aBc"), 3);
	assert_int_equal(count("a", MATCH_LITERAL | MATCH_ONCE, 0, 0, "aaa"), 1);
	assert_int_equal(count("a.b", 0, 0, 0, "a\nb"), 0);
	assert_int_equal(count("a.b", MATCH_DOTALL, 0, 0, "a\nb"), 1);
	assert_int_equal(count("^b", 0, 0, 0, "a\nb"), 0);
	assert_int_equal(count("^b", MATCH_MULTILINE, 0, 0, "a\nb"), 1);
	assert_int_equal(count("b|c", MATCH_ANCHORED, 0, 0, "abc"), 0);
	assert_int_equal(count("b|c", MATCH_ANCHORED, 0, 0, "cb"), 1);
	assert_int_equal(count("^b", MATCH_ANCHORED | MATCH_MULTILINE, 0, 0, "a\nb"), 0);
	assert_int_equal(count("a b # text", MATCH_EXTENDED, 0, 0, "a b ab"), 1);
	assert_int_equal(count("a b # text", MATCH_EXTENDED | MATCH_ANCHORED, 0, 0, "ab ab"), 1);
	assert_int_equal(count("ab", MATCH_LITERAL | MATCH_AT_END, 0, 0, "ab ab"), 1);
	assert_int_equal(count("ab", MATCH_LITERAL | MATCH_AT_END, 0, 0, "ab\n"), 0);
	assert_int_equal(count("a|b", MATCH_AT_END, 0, 0, "abc"), 0);
	assert_int_equal(count("a|b", MATCH_AT_END, 0, 0, "ba"), 1);
}

static void
test_bounds(void **state)
{
	assert_int_equal(count("ab", MATCH_LITERAL, 4, 0, "ababab"), 2);
	assert_int_equal(count("ab", MATCH_LITERAL, 0, 4, "ababab"), 2);
	assert_int_equal(count("ab", MATCH_LITERAL, 3, 5, "ababab"), 1);
	assert_int_equal(count("ab", MATCH_LITERAL, 2, 2, "abab"), 1);
	assert_int_equal(count("ab", MATCH_LITERAL, 2, 2, "xabab"), 0);
}

static void
test_accepts(void **state)
{
	static const struct match_pattern plain = { .text = SPAN_LIT("a+b") };
	static const struct match_pattern look = { .text = SPAN_LIT("a(?=b)") };
	static const struct match_pattern back = { .text = SPAN_LIT("(a|b)c\\1") };
	static const struct match_pattern wrong = { .text = SPAN_LIT("a(b") };
	struct err err = { 0 };

	assert_int_equal(match_accepts(&plain, MATCH_BLOCK, &err), 1);
	assert_int_equal(match_accepts(&plain, MATCH_STREAM, &err), 1);
	assert_int_equal(match_accepts(&look, MATCH_BLOCK, &err), 0);
	assert_int_equal(match_accepts(&back, MATCH_STREAM, &err), 0);
	err.text[0] = '\0';
	assert_int_equal(match_accepts(&wrong, MATCH_BLOCK, &err), -1);
	assert_string_not_equal(err.text, "");
	/* A prefilter says yes wherever the expression would. */
	assert_true(count("(a|b)c\\1", MATCH_PREFILTER | MATCH_ONCE, 0, 0, "xaca") == 1);
	assert_true(count("(a|b)c\\1", MATCH_PREFILTER | MATCH_ONCE, 0, 0, "xyz") == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
