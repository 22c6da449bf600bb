/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a path ends, and what is left for parameters. */
#include "side.h"

static void
test_paths(void **state)
{
	static const struct {
		const char *rest, *path, *arg, *params;
		bool odd;
	} table[] = {
		{ "<a@b>", "<a@b>", "a@b", "", false },
		{ "<>", "<>", "", "", false },
		{ "<a@b> SIZE=1 BODY=7BIT", "<a@b>", "a@b", "SIZE=1 BODY=7BIT", false },
		{ "<a@b>  SIZE=1 ", "<a@b>", "a@b", "SIZE=1", false },
		{ "<\"a>b\"@c> X=1", "<\"a>b\"@c>", "\"a>b\"@c", "X=1", false },
		{ "<\"a\\\"> b\"@c>", "<\"a\\\"> b\"@c>", "\"a\\\"> b\"@c", "", false },
		{ "<@h,@g:a@b>", "<@h,@g:a@b>", "@h,@g:a@b", "", false },
		{ "<a@[127.0.0.1]>", "<a@[127.0.0.1]>", "a@[127.0.0.1]", "", false },
		{ " <a@b>", "<a@b>", "a@b", "", true },
		{ "a@b", "a@b", "a@b", "", true },
		{ "a@b SIZE=1", "a@b", "a@b", "SIZE=1", true },
		{ "<a@b", "<a@b", "a@b", "", true },
		{ "<a@b SIZE=1", "<a@b", "a@b", "SIZE=1", true },
		{ "<\"a@b>", "<\"a@b>", "\"a@b>", "", true },
		{ "<a b@c>", "<a b@c>", "a b@c", "", true },
		{ "<a\tb@c>", "<a\tb@c>", "a\tb@c", "", true },
		{ "<a<b@c>", "<a<b@c>", "a<b@c", "", true },
		{ "<a@b>SIZE=1", "<a@b>", "a@b", "SIZE=1", true },
		{ "x <a@b>", "<a@b>", "a@b", "", true },
		{ "<", "<", "", "", true },
		{ ">", ">", ">", "", true },
		{ "", "", "", "", true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].rest);
		uint8_t *exact = malloc(n > 0 ? n : 1);
		struct smtp_command c = { .verb = SMTP_MAIL };

		memcpy(exact, table[i].rest, n);
		smtp_path_parse(span_of(exact, n), &c);
		if (!span_eq(c.path, span_str(table[i].path)) ||
		    !span_eq(c.arg, span_str(table[i].arg)) ||
		    !span_eq(c.params, span_str(table[i].params)) || ((c.odd & SMTP_ODD(SYNTAX)) != 0) != table[i].odd)
			fail_msg("'%s': path '%.*s', arg '%.*s', params '%.*s', odd %d",
				 table[i].rest, (int)c.path.len, c.path.ptr, (int)c.arg.len,
				 c.arg.ptr, (int)c.params.len, c.params.ptr, c.odd != 0);
		free(exact);
	}
}

/* A plainer form names the same mailbox; or servers disagree about which one it is. */
static void
test_forms(void **state)
{
	static const struct {
		const char *rest;
		bool form, ambiguous;
	} table[] = {
		{ "<a.b+c=d@e.example>", false, false },
		{ "<>", false, false },
		{ "<Postmaster>", false, false },
		{ " <a@b>", false, false },
		{ "<a@b> ENVID=<c@d>", false, false },
		{ "<a>", true, false },
		{ "<@b>", true, false },
		{ "<a@b@c>", true, false },
		{ "<a@b.>", true, false },
		{ "<a@[192.0.2.1]>", true, false },
		{ "<@h:a@b>", true, false },
		{ "<\"a\"@b>", true, false },
		{ "<\\a@b>", true, true },
		{ "<a(c)@b>", true, true },
		{ "<a@b(@c>", true, true },
		{ "a@b(@c>", true, true },
		{ "<a@b\\\"(@c\"x@c>", true, true },
		{ "<\"a(\\\"\"@b>", true, false },
		{ "< a@b>", true, false },
		{ "<a\v@b>", true, false },
		{ "<a@b", true, false },
		{ "a@b", true, false },
		{ "a@b SIZE=1", true, false },
		{ "some name <a@b>", true, false },
		{ "c@d ENVID=<a@b>", true, true },
		{ "c@d <a@b>", true, true },
		{ "x,<a@b>", true, true },
		{ "x:<a@b>", true, true },
		{ "x;<a@b>", true, true },
		{ "\"x <a@b>\" <c@d>", true, true },
		{ "(x <a@b>) <c@d>", true, true },
		{ "x) <a@b>", true, true },
		{ "\\<a@b> <c@d>", true, true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct smtp_command c = { .verb = SMTP_MAIL };

		smtp_path_parse(span_str(table[i].rest), &c);
		if (((c.odd & SMTP_ODD(PATH_FORM)) != 0) != table[i].form ||
		    ((c.odd & SMTP_ODD(AMBIGUOUS_PATH)) != 0) != table[i].ambiguous)
			fail_msg("'%s'", table[i].rest);
	}
}

/* "<>" is the empty path; no path at all is another thing. */
static void
test_empty_is_not_absent(void **state)
{
	struct smtp_command c = { .verb = SMTP_MAIL };

	smtp_path_parse(SPAN_LIT("<>"), &c);
	assert_non_null(c.arg.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_empty_is_not_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
