/* SPDX-License-Identifier: BSD-3-Clause */
/* Bodies in pieces: the same matches wherever they are cut; streams are a bounded store. */
#include "scan.h"

static const struct match_pattern patterns[] = {
	{ .text = SPAN_LIT("needle"), .id = 0, .flags = MATCH_LITERAL },
	{ .text = SPAN_LIT("ne+dle\\s+in"), .id = 1, .flags = MATCH_ONCE },
	{ .text = SPAN_LIT("stack"), .id = 2, .flags = MATCH_LITERAL | MATCH_AT_END },
	{ .text = SPAN_LIT("hay"), .id = 3, .flags = MATCH_LITERAL, .min_end = 3, .max_end = 3 },
};
static const char text[] = "hay needle in a needle in a haystack";

static void
check(const struct scan_list *l)
{
	assert_int_equal(l->count, 5);
	assert_true(scan_has(l, 0, 10) && scan_has(l, 0, 22));
	assert_true(scan_has(l, 1, 13));
	assert_true(scan_has(l, 2, 36));
	assert_true(scan_has(l, 3, 3));
}

static void
piece(struct match_stream *st, struct match_scratch *s, size_t from, size_t to, struct scan_list *l)
{
	uint8_t *copy = malloc(to > from ? to - from : 1);

	memcpy(copy, text + from, to - from);
	assert_int_equal(match_stream_scan(st, s, span_of(copy, to - from), scan_found, l), 0);
	free(copy);
}

static void
test_any_cut(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_scratch *s = scan_scratch(db, 1);
	size_t len = sizeof(text) - 1;

	assert_true(match_stream_size(db) > 0);
	assert_true(match_db_size(db) > 0);
	for (size_t cut = 0; cut <= len; cut++) {
		struct match_stream *st = match_stream_open(db, s);
		struct scan_list l = { 0 };

		piece(st, s, 0, cut, &l);
		piece(st, s, cut, len, &l);
		match_stream_close(st, s, scan_found, &l);
		check(&l);
	}
	match_scratch_destroy(s);
	match_free(db);
}

static void
test_byte_by_byte(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_scratch *s = scan_scratch(db, 1);
	struct match_stream *st = match_stream_open(db, s);
	struct scan_list l = { 0 };

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		piece(st, s, i, i + 1, &l);
	assert_int_equal(l.count, 4); /* the end is not known yet */
	match_stream_close(st, s, scan_found, &l);
	check(&l);
	match_scratch_destroy(s);
	match_free(db);
}

static void
test_streams_run_out(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_db *other = scan_build(patterns, 1, MATCH_STREAM);
	struct match_scratch *s = scan_scratch(db, 2);
	struct match_stream *a = match_stream_open(db, s), *b = match_stream_open(db, s);
	struct scan_list l = { 0 };

	assert_non_null(a);
	assert_non_null(b);
	assert_null(match_stream_open(db, s));
	assert_null(match_stream_open(other, s)); /* not one of this scratch's */
	piece(a, s, 0, 7, &l);
	match_stream_close(a, s, NULL, NULL);
	a = match_stream_open(db, s);
	assert_non_null(a);
	piece(a, s, 7, 36, &l); /* what was scanned before is forgotten: no "needle" at 10 */
	match_stream_close(a, s, scan_found, &l);
	match_stream_close(b, s, NULL, NULL);
	assert_false(scan_has(&l, 0, 10));
	assert_true(scan_has(&l, 0, 15));
	match_scratch_destroy(s);
	match_free(db);
	match_free(other);
}

/* A database that is given twice has twice as many streams, each but once. */
static void
test_given_twice(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_scratch *s =
		match_scratch_create((const struct match_db *const[]){ db, db }, 2, 2);
	struct match_stream *all[4];

	assert_non_null(s);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++) {
			all[i] = match_stream_open(db, s);
			assert_non_null(all[i]);
			for (int k = 0; k < i; k++)
				assert_ptr_not_equal(all[k], all[i]);
		}
		assert_null(match_stream_open(db, s));
		for (int i = 0; i < 4; i++)
			match_stream_close(all[i], s, NULL, NULL);
	}
	match_scratch_destroy(s);
	match_free(db);
}

/* Two bodies at once do not disturb each other. */
static void
test_two_streams(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_scratch *s = scan_scratch(db, 2);
	struct match_stream *a = match_stream_open(db, s), *b = match_stream_open(db, s);
	struct scan_list la = { 0 }, lb = { 0 };

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		piece(a, s, i, i + 1, &la);
		piece(b, s, i, i + 1, &lb);
	}
	match_stream_close(b, s, scan_found, &lb);
	match_stream_close(a, s, scan_found, &la);
	check(&la);
	check(&lb);
	match_scratch_destroy(s);
	match_free(db);
}

static void
test_stopped_stream(void **state)
{
	struct match_db *db = scan_build(patterns, 4, MATCH_STREAM);
	struct match_scratch *s = scan_scratch(db, 1);
	struct match_stream *st = match_stream_open(db, s);
	struct scan_list l = { .stop_after = 1 };

	piece(st, s, 0, 36, &l);
	piece(st, s, 0, 36, &l); /* scans nothing any more */
	match_stream_close(st, s, scan_found, &l);
	assert_int_equal(l.count, 1);
	l = (struct scan_list){ 0 };
	st = match_stream_open(db, s);
	piece(st, s, 0, 36, &l);
	match_stream_close(st, s, scan_found, &l);
	check(&l);
	match_scratch_destroy(s);
	match_free(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_cut),		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_streams_run_out), cmocka_unit_test(test_two_streams),
		cmocka_unit_test(test_stopped_stream),	cmocka_unit_test(test_given_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
