/* SPDX-License-Identifier: BSD-3-Clause */
/* Reply lines: codes by class, continuation, text. */
#include "side.h"

static void
test_lines(void **state)
{
	static const struct {
		const char *line;
		unsigned code;
		bool more;
		const char *text;
	} table[] = {
		{ "250 Ok", 250, false, "Ok" },	  { "250-mx", 250, true, "mx" },
		{ "250", 250, false, "" },	  { "250-", 250, true, "" },
		{ "250 ", 250, false, "" },	  { "599 x", 599, false, "x" },
		{ "299  x", 299, false, " x" },	  { "199 x", 0, false, "199 x" },
		{ "600 x", 0, false, "600 x" },	  { "25", 0, false, "25" },
		{ "25x y", 0, false, "25x y" },	  { "250\tx", 0, false, "250\tx" },
		{ "2500 x", 0, false, "2500 x" }, { "", 0, false, "" },
		{ " 250 x", 0, false, " 250 x" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].line);
		uint8_t *exact = malloc(n > 0 ? n : 1);
		struct smtp_reply r;

		memcpy(exact, table[i].line, n);
		smtp_reply_parse(span_of(exact, n), &r);
		assert_int_equal(r.code, table[i].code);
		assert_int_equal(r.more, table[i].more);
		assert_true(span_eq(r.text, span_str(table[i].text)));
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
