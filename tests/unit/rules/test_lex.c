/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of a rule file: comments, continuation, strictness, places. */
#include <errno.h>
#include "parse.h"

static void
test_comments_and_empty_lines(void **state)
{
	struct rules_source *s = parse_good("# comment\n\n   \n\t# indented comment\r\n" APP
					    " (sid:1;)\r\n\n" APP " (sid:2;)");

	assert_int_equal(rules_source_parsed(s)->count, 2);
	assert_int_equal(first_rule(s)->pub.line, 5);
	assert_int_equal(rules_source_parsed(s)->rule[1].pub.line, 7);
	assert_string_equal(first_rule(s)->pub.text, APP " (sid:1;)");
	rules_source_destroy(s);
}

static void
test_continuation(void **state)
{
	struct rules_source *s =
		parse_good(APP " ( \\\n    smtp.helo; \\\n    content:\"x\"; \\\n  sid:7;)\n");

	assert_int_equal(rules_source_parsed(s)->count, 1);
	assert_int_equal(first_rule(s)->pub.sid, 7);
	assert_int_equal(first_rule(s)->pub.line, 1);
	assert_int_equal(first_rule(s)->group[0].cond[0].line, 3);
	assert_int_equal(first_rule(s)->group[0].cond[0].col, 13);
	rules_source_destroy(s);
}

static void
test_error_in_a_continued_line(void **state)
{
	struct rules_source *s =
		parse_text(APP " ( \\\n  smtp.helo; \\\n  contend:\"x\"; sid:7;)\n");
	const struct rules_diag *d = first_of(s, RULES_ERROR);

	assert_int_equal(rules_error_count(s), 1);
	assert_int_equal(d->line, 3);
	assert_int_equal(d->col, 3);
	assert_int_equal(d->len, 7);
	assert_string_equal(d->source, "  contend:\"x\"; sid:7;)");
	rules_source_destroy(s);
}

static void
test_broken_lines(void **state)
{
	expect_error("  " APP " (sid:1;)\n", "R004", "  ");
	expect_error("\t" APP " (sid:1;)\n", "R004", "\t");
	expect_error(APP " ( \\ \nsid:1;)\n", "R005", "\\");
	expect_error(APP " (msg:\"a\x01\"; sid:1;)\n", "R002", "?");
	expect_error(APP " (msg:\"a\xff\"; sid:1;)\n", "R002", "?");
	expect_error(APP " (msg:\"a\xc0\xaf\"; sid:1;)\n", "R002", "?");
	expect_error(APP " (msg:\"a\xed\xa0\x80\"; sid:1;)\n", "R002", "?");
}

/* Suricata ends the rule at the empty line and trims: the parenthesis is not missed there. */
static void
test_continuation_into_nothing(void **state)
{
	struct rules_source *s = parse_text(APP " (sid:1; \\\n\n" APP " (sid:2;)\n");

	assert_int_equal(rules_error_count(s), 2);
	assert_string_equal(rules_diag(s, 0)->code, "R005");
	assert_int_equal(rules_diag(s, 0)->line, 2);
	assert_string_equal(rules_diag(s, 1)->code, "R007");
	assert_int_equal(rules_source_parsed(s)->count, 1);
	assert_int_equal(first_rule(s)->pub.sid, 2);
	rules_source_destroy(s);

	s = parse_text(APP " (sid:1;) \\");
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R005");
	rules_source_destroy(s);

	s = parse_text(APP " ( \\\n# no\nsid:1;)\n");
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R005");
	assert_int_equal(rules_diag(s, 0)->line, 2);
	rules_source_destroy(s);
}

static void
test_utf8_and_bom(void **state)
{
	struct rules_source *s =
		parse_good("\xef\xbb\xbf" APP " (msg:\"gr\xc3\xbc\xc3\x9f\"; sid:1;)\n");

	assert_string_equal(first_rule(s)->pub.msg, "gr\xc3\xbc\xc3\x9f");
	rules_source_destroy(s);
}

static void
test_too_long(void **state)
{
	size_t len = 40000;
	char *text = malloc(len + 64);
	struct rules_source *s;

	memset(text, 'x', len);
	strcpy(text + len, "\n" APP " (sid:1;)\n");
	s = parse_text(text);
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R003");
	assert_int_equal(rules_source_parsed(s)->count, 1);
	rules_source_destroy(s);
	free(text);
}

/* Every prefix of a rule set is parsed without a crash, and only the whole is free of errors. */
static void
test_every_prefix(void **state)
{
	static const char text[] =
		"# c\n" CMD " (smtp.command; content:\"A|0d 0a|B\\\\\"; nocase; \\\n"
		" pcre:\"/^(a|b)$/i\"; xbits:set,x,track tx; sid:1;)";
	char part[sizeof(text)];

	for (size_t n = 0; n < sizeof(text); n++) {
		struct rules_source *s;

		memcpy(part, text, n);
		part[n] = '\0';
		s = parse_text(part);
		if (n >= 5 && n < sizeof(text) - 1)
			assert_true(rules_error_count(s) > 0);
		else
			assert_int_equal(rules_error_count(s), 0);
		rules_source_destroy(s);
	}
}

static void
test_missing_file(void **state)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);

	assert_int_equal(rules_source_file(s, "/nowhere/at.all"), -ENOENT);
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(rules_diag(s, 0)->code, "R001");
	assert_int_equal(rules_diag(s, 0)->line, 0);
	rules_source_destroy(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comments_and_empty_lines),
		cmocka_unit_test(test_continuation),
		cmocka_unit_test(test_error_in_a_continued_line),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_continuation_into_nothing),
		cmocka_unit_test(test_utf8_and_bom),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
