/* SPDX-License-Identifier: BSD-3-Clause */
/* The builder of JSON lines. */
#include "record.h"

#include "event_line.h"

static void
check_text(struct span in, const char *out)
{
	char buf[256], want[256];
	struct event_line l;
	json_t *root;

	event_line_open(&l, buf, sizeof(buf));
	event_line_text(&l, "k", in);
	event_line_end(&l, '}');
	assert_false(l.s.cut);
	snprintf(want, sizeof(want), "{\"k\":\"%s\"}", out);
	assert_string_equal(buf, want);
	root = record_parse(buf);
	json_decref(root);
}

static void
test_texts(void **state)
{
	(void)state;
	check_text(SPAN_NONE, "");
	check_text(SPAN_LIT("plain <a@b>"), "plain <a@b>");
	check_text(SPAN_LIT("a\"b\\c/"), "a\\\"b\\\\c/");
	check_text(SPAN_LIT("a\tb\r\nc"), "a\\tb\\r\\nc");
	check_text(SPAN_LIT("a\0b"), "a\xef\xbf\xbd" "b");
	check_text(SPAN_LIT("\x01\x1b[2J\x1f"), "\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd");
	check_text(SPAN_LIT("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
	check_text(SPAN_LIT("\x7f\xc2\x9b" "2J\xc2\xa0"),
		   "\xef\xbf\xbd\xef\xbf\xbd" "2J\xc2\xa0");
	check_text(SPAN_LIT("gr\xfc\xdf"), "gr\xef\xbf\xbd\xef\xbf\xbd");
	check_text(SPAN_LIT("\xe2\x82"), "\xef\xbf\xbd");
	check_text(SPAN_LIT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

static void
test_commas_and_nesting(void **state)
{
	char buf[256];
	struct event_line l;

	(void)state;
	event_line_open(&l, buf, sizeof(buf));
	event_line_begin(&l, "a", '{');
	event_line_end(&l, '}');
	event_line_begin(&l, "b", '[');
	event_line_number(&l, NULL, 1);
	event_line_number(&l, NULL, UINT64_MAX);
	event_line_end(&l, ']');
	event_line_bool(&l, "c", true);
	event_line_bool(&l, "d", false);
	event_line_seconds(&l, "e", 1500000042);
	event_line_begin_named(&l, SPAN_LIT("f\"g"), '{');
	event_line_number_named(&l, SPAN_LIT("h"), 2);
	event_line_end(&l, '}');
	event_line_end(&l, '}');
	assert_string_equal(buf, "{\"a\":{},\"b\":[1,18446744073709551615],\"c\":true,\"d\":false,"
				 "\"e\":1500.000042,\"f\\\"g\":{\"h\":2}}");
}

static void
test_what_does_not_fit_is_seen(void **state)
{
	char whole[64];
	struct event_line l;
	size_t need;

	(void)state;
	event_line_open(&l, whole, sizeof(whole));
	event_line_text(&l, "key", SPAN_LIT("va\"lue"));
	event_line_end(&l, '}');
	need = l.s.len + 1;
	for (size_t size = 1; size <= need; size++) {
		char *buf = malloc(size);

		event_line_open(&l, buf, size);
		event_line_text(&l, "key", SPAN_LIT("va\"lue"));
		event_line_end(&l, '}');
		assert_int_equal(l.s.cut, size < need);
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_commas_and_nesting),
		cmocka_unit_test(test_what_does_not_fit_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
