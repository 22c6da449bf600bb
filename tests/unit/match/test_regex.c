/* SPDX-License-Identifier: BSD-3-Clause */
/* PCRE2 programs: flags, start offsets, errors with their column, limits instead of long waits. */
#include "scan.h"

#include <time.h>

static struct match_scratch *scratch;

static int
open_scratch(void **state)
{
	scratch = match_scratch_create(NULL, 0, 0);
	return scratch == NULL;
}

static int
close_scratch(void **state)
{
	match_scratch_destroy(scratch);
	return 0;
}

/* Result of one run; *begin and *end as match_regex_run leaves them. */
static int
run(const char *pattern, unsigned flags, const char *text, size_t start, size_t *begin, size_t *end)
{
	struct err err = { 0 };
	struct match_regex *re = match_regex_build(span_str(pattern), flags, &err);
	size_t len = strlen(text);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int rc;

	assert_non_null(re);
	memcpy(copy, text, len);
	rc = match_regex_run(re, scratch, span_of(copy, len), start, begin, end);
	free(copy);
	match_regex_free(re);
	return rc;
}

static void
test_places(void **state)
{
	size_t b, e;

	assert_int_equal(run("b+", 0, "abbcb", 0, &b, &e), 1);
	assert_true(b == 1 && e == 3);
	assert_int_equal(run("b+", 0, "abbcb", 3, &b, &e), 1);
	assert_true(b == 4 && e == 5);
	assert_int_equal(run("(?<=a)b", 0, "ab", 1, &b, &e), 1); /* looks back before the start */
	assert_int_equal(run("b", 0, "abb", 3, &b, &e), 0);
	assert_int_equal(run("b", 0, "abb", 4, &b, &e), 0); /* behind the end */
	assert_int_equal(run("x*", 0, "", 0, &b, &e), 1);
	assert_true(b == 0 && e == 0);
	assert_int_equal(run("(a)(b)(c)(d)\\4", 0, "xabcdd", 0, &b, &e), 1);
	assert_true(b == 1 && e == 6);
}

static void
test_flags(void **state)
{
	size_t b, e;

	assert_int_equal(run("AB", MATCH_NOCASE, "ab", 0, &b, &e), 1);
	assert_int_equal(run("a.b", 0, "a\nb", 0, &b, &e), 0);
	assert_int_equal(run("a.b", MATCH_DOTALL, "a\nb", 0, &b, &e), 1);
	assert_int_equal(run("^b", MATCH_MULTILINE, "a\nb", 0, &b, &e), 1);
	assert_int_equal(run("b", MATCH_ANCHORED, "ab", 0, &b, &e), 0);
	assert_int_equal(run("a b", MATCH_EXTENDED, "ab", 0, &b, &e), 1);
	assert_int_equal(run("a$", 0, "a\n", 0, &b, &e), 1);
	assert_int_equal(run("a$", MATCH_DOLLAR_END, "a\n", 0, &b, &e), 0);
	assert_int_equal(run("a+", MATCH_UNGREEDY, "aaa", 0, &b, &e), 1);
	assert_int_equal(e, 1);
	assert_int_equal(run("a", MATCH_AT_END, "ab", 0, &b, &e), 0);
	assert_int_equal(run("\xc3", 0, "a\xc3\xa4", 0, &b, &e), 1); /* bytes, not characters */
}

static void
test_errors(void **state)
{
	struct err err = { 0 };

	assert_null(match_regex_build(SPAN_LIT("ab(c"), 0, &err));
	assert_int_equal(err.col, 5);
	assert_string_not_equal(err.text, "");
	assert_null(match_regex_build(SPAN_LIT("(*UTF)a"), 0, &err));
	assert_null(match_regex_build(SPAN_LIT("a\\Cb"), 0, &err));
}

static void
test_limit(void **state)
{
	char text[65];
	size_t b, e;
	clock_t begin = clock();

	memset(text, 'a', 64);
	text[64] = '\0';
	text[63] = 'b';
	assert_int_equal(run("^(?:(a+)+)+$", 0, text, 0, &b, &e), -1);
	assert_true(clock() - begin < CLOCKS_PER_SEC);
	assert_int_equal(run("^a+b$", 0, text, 0, &b, &e), 1); /* the scratch is as before */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
