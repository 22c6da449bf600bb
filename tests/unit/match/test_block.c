/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole values: literals of any bytes, ends, several patterns, stopping. */
#include "scan.h"

static void
test_literals(void **state)
{
	static const struct match_pattern p[] = {
		{ .text = SPAN_LIT("a.c"), .id = 7, .flags = MATCH_LITERAL },
		{ .text = SPAN_LIT("\0\r\n"), .id = 8, .flags = MATCH_LITERAL },
		{ .text = SPAN_LIT("(x|y)*"), .id = 9, .flags = MATCH_LITERAL },
	};
	struct match_db *db = scan_build(p, 3, MATCH_BLOCK);
	struct match_scratch *s = scan_scratch(db, 0);
	struct scan_list l = { 0 };

	scan_block(db, s, "abc a.c", &l);
	assert_int_equal(l.count, 1);
	assert_true(scan_has(&l, 7, 7));
	scan_block(db, s, "(x|y)*xxa.ca.c", &l);
	assert_int_equal(l.count, 3);
	assert_true(scan_has(&l, 9, 6) && scan_has(&l, 7, 11) && scan_has(&l, 7, 14));
	l.count = 0;
	assert_int_equal(match_block(db, s, SPAN_LIT("..\0\r\n"), scan_found, &l), 0);
	assert_true(l.count == 1 && scan_has(&l, 8, 5));
	match_scratch_destroy(s);
	match_free(db);
}

static void
test_empty_value(void **state)
{
	static const struct match_pattern p[] = {
		{ .text = SPAN_LIT("^$"), .id = 1, .flags = MATCH_ONCE },
		{ .text = SPAN_LIT("a"), .id = 2, .flags = MATCH_LITERAL },
	};
	struct match_db *db = scan_build(p, 2, MATCH_BLOCK);
	struct match_scratch *s = scan_scratch(db, 0);
	struct scan_list l = { 0 };

	assert_int_equal(match_block(db, s, SPAN_NONE, scan_found, &l), 0);
	assert_true(l.count == 1 && scan_has(&l, 1, 0));
	scan_block(db, s, "a", &l);
	assert_true(l.count == 1 && scan_has(&l, 2, 1));
	match_scratch_destroy(s);
	match_free(db);
}

static void
test_stop(void **state)
{
	static const struct match_pattern p = { .text = SPAN_LIT("a"), .flags = MATCH_LITERAL };
	struct match_db *db = scan_build(&p, 1, MATCH_BLOCK);
	struct match_scratch *s = scan_scratch(db, 0);
	struct scan_list l = { .stop_after = 2 };

	scan_block(db, s, "aaaaaa", &l);
	assert_int_equal(l.count, 2);
	l.stop_after = 0;
	scan_block(db, s, "aaaaaa", &l); /* the scratch is usable again */
	assert_int_equal(l.count, 6);
	match_scratch_destroy(s);
	match_free(db);
}

/* One scratch serves several databases. */
static void
test_two_databases(void **state)
{
	static const struct match_pattern p[] = {
		{ .text = SPAN_LIT("one"), .id = 1, .flags = MATCH_LITERAL },
		{ .text = SPAN_LIT("t.o"), .id = 2 },
	};
	struct match_db *db[] = { scan_build(&p[0], 1, MATCH_BLOCK),
				  scan_build(&p[1], 1, MATCH_BLOCK) };
	struct match_scratch *s = match_scratch_create((const struct match_db *const *)db, 2, 0);
	struct scan_list l = { 0 };

	scan_block(db[0], s, "one two", &l);
	assert_true(l.count == 1 && scan_has(&l, 1, 3));
	scan_block(db[1], s, "one two", &l);
	assert_true(l.count == 1 && scan_has(&l, 2, 7));
	match_scratch_destroy(s);
	match_free(db[0]);
	match_free(db[1]);
}

static void
test_bad_patterns(void **state)
{
	static const struct match_pattern p[] = {
		{ .text = SPAN_LIT("good"), .flags = MATCH_LITERAL },
		{ .text = SPAN_LIT("(open"), .id = 1 },
	};
	static const struct match_pattern nul = { .text = SPAN_LIT("a\0b") };
	static const struct match_pattern empty = { .flags = MATCH_LITERAL };
	struct err err = { 0 };
	int bad = 9;

	assert_null(match_build(p, 2, MATCH_BLOCK, NULL, &bad, &err));
	assert_int_equal(bad, 1);
	assert_string_not_equal(err.text, "");
	assert_null(match_build(&nul, 1, MATCH_BLOCK, NULL, &bad, &err));
	assert_int_equal(bad, 0);
	assert_null(match_build(&empty, 1, MATCH_BLOCK, NULL, &bad, &err));
	assert_int_equal(bad, 0);
	assert_null(match_build(p, 0, MATCH_BLOCK, NULL, &bad, &err));
	assert_int_equal(bad, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),     cmocka_unit_test(test_empty_value),
		cmocka_unit_test(test_stop),	     cmocka_unit_test(test_two_databases),
		cmocka_unit_test(test_bad_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
