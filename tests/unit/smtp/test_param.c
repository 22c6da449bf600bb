/* SPDX-License-Identifier: BSD-3-Clause */
/* ESMTP parameters: pairs one by one, and those that the parser reads. */
#include "side.h"

static void
test_pairs(void **state)
{
	struct span rest = SPAN_LIT("  SIZE=12 BODY=8BITMIME SMTPUTF8 X= =Y a=b=c "), key, value;

	assert_true(smtp_param_next(&rest, &key, &value));
	assert_true(span_eq(key, SPAN_LIT("SIZE")));
	assert_true(span_eq(value, SPAN_LIT("12")));
	assert_true(smtp_param_next(&rest, &key, &value));
	assert_true(span_eq(key, SPAN_LIT("BODY")));
	assert_true(span_eq(value, SPAN_LIT("8BITMIME")));
	assert_true(smtp_param_next(&rest, &key, &value));
	assert_true(span_eq(key, SPAN_LIT("SMTPUTF8")));
	assert_null(value.ptr);
	assert_true(smtp_param_next(&rest, &key, &value));
	assert_true(span_eq(key, SPAN_LIT("X")));
	assert_non_null(value.ptr);
	assert_int_equal(value.len, 0);
	assert_true(smtp_param_next(&rest, &key, &value));
	assert_int_equal(key.len, 0);
	assert_true(span_eq(value, SPAN_LIT("Y")));
	assert_true(smtp_param_next(&rest, &key, &value));
	assert_true(span_eq(key, SPAN_LIT("a")));
	assert_true(span_eq(value, SPAN_LIT("b=c")));
	assert_false(smtp_param_next(&rest, &key, &value));
	assert_false(smtp_param_next(&rest, &key, &value));
}

static void
test_none(void **state)
{
	struct span rest = SPAN_NONE, key, value;

	assert_false(smtp_param_next(&rest, &key, &value));
}

static void
test_size(void **state)
{
	static const struct {
		const char *params;
		uint64_t size;
		bool odd;
	} table[] = {
		{ "SIZE=0", 0, false },
		{ "SIZE=1 SIZE=9", 9, false },
		{ "SIZE=9 SIZE=1", 9, false },
		{ "SIZE=9 SIZE=x", 9, true },
		{ "size=123", 123, false },
		{ "SIZE=18446744073709551615", UINT64_MAX, false },
		{ "SIZE=18446744073709551616", UINT64_MAX, true },
		{ "SIZE=99999999999999999999999999", UINT64_MAX, true },
		{ "SIZE=", 0, true },
		{ "SIZE", 0, true },
		{ "SIZE=-1", 0, true },
		{ "SIZE=1k", 0, true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct smtp_command c = { .params = span_str(table[i].params) };

		smtp_params_read(&c);
		assert_int_equal(c.size, table[i].size);
		assert_int_equal(c.odd != 0, table[i].odd);
	}
}

static void
test_body_and_utf8(void **state)
{
	struct smtp_command c = { .params = SPAN_LIT("body=binarymime smtputf8") };

	smtp_params_read(&c);
	assert_true(c.binary);
	assert_true(c.utf8);
	c = (struct smtp_command){ .params = SPAN_LIT("BODY=8BITMIME SMTPUTF8X") };
	smtp_params_read(&c);
	assert_false(c.binary);
	assert_false(c.utf8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_body_and_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
