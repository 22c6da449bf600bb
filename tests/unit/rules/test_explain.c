/* SPDX-License-Identifier: BSD-3-Clause */
/* What rules_explain tells, and what a set knows of itself. */
#include "judge.h"

#include <errno.h>

static const char text[] =
	"drop:flow smtp:request_started any any -> any any (smtp.rcpt_to; content:\"bob@\"; "
	"nocase; sid:1;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:2;)\n"
	"drop:flow smtp:request_data any any -> any any (smtp.mail_from; content:\"x|0d|\"; "
	"endswith; "
	"smtp.data; content:\"abc\"; content:\"def\"; distance:2; sid:3;)\n"
	"alert smtp any any -> any any (smtp.rcpt_to:all; content:!\"a\"; sid:4; gid:7;)\n"
	"alert tcp any any -> any any (content:\"GET\"; sid:5;)\n";

static char *
explain(uint32_t sid)
{
	static char buf[4096];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	assert_int_equal(rules_explain(judge.set, sid == 4 ? 7 : 1, sid, f), 0);
	fclose(f);
	return buf;
}

static void
test_explain(void **state)
{
	FILE *f = fopen("/dev/null", "w");

	judge_open(text);
	assert_non_null(strstr(explain(1), "sid 1 gid 1 rev"));
	assert_non_null(strstr(explain(1), "test.rules:1"));
	assert_non_null(strstr(explain(1), "smtp:request_started; rule 1 of 2, asked when"));
	assert_non_null(strstr(explain(1), "matcher looks for \"bob@\" nocase\n"));
	assert_non_null(strstr(explain(1), "(smtp.rcpt_to; content:\"bob@\"; nocase; sid:1;)\n"));
	assert_non_null(strstr(explain(1), "all later ones of the connection are dropped"));
	assert_non_null(strstr(explain(2), "rule 2 of 2, asked each time"));
	assert_non_null(strstr(explain(2), "decided before it by sid 1 where that matches"));
	assert_non_null(strstr(explain(3), "smtp.mail_from: 1 condition, a condition"));
	assert_non_null(strstr(explain(3), "chain 1: \"abc\" with positions"));
	assert_non_null(strstr(explain(3), "a match is kept"));
	assert_non_null(strstr(explain(4), "smtp.rcpt_to:all: 1 condition, decided when no more"));
	assert_non_null(strstr(explain(5), "at every frame"));
	assert_int_equal(rules_explain(judge.set, 0, 99, f), -ENOENT);
	assert_int_equal(rules_explain(judge.set, 0, 4, f), 0);
	assert_int_equal(rules_explain(judge.set, 1, 4, f), -ENOENT);
	fclose(f);
	judge_close();
}

static void
test_questions(void **state)
{
	judge_open(text);
	assert_int_equal(rules_count(judge.set), 5);
	assert_int_equal(rules_firewall_count(judge.set), 3);
	assert_int_equal(rules_by_sid(judge.set, 7, 4)->sid, 4);
	assert_null(rules_by_sid(judge.set, 1, 4));
	assert_int_equal(rules_by_sid(judge.set, 1, 5)->index, 4);
	assert_null(rules_at(judge.set, 5));
	assert_true(rules_has_hook(judge.set, RULES_REQUEST_DATA));
	assert_false(rules_has_hook(judge.set, RULES_AT_RCPT));
	assert_true(rules_has_family(judge.set, RULES_MESSAGE));
	assert_true(rules_has_family(judge.set, RULES_DETECT));
	assert_true(rules_has_family(judge.set, RULES_PACKET)); /* for the detection rule */
	assert_false(rules_has_family(judge.set, RULES_STATE));
	assert_true(rules_fields_used(judge.set) >> RULES_DATA & 1);
	assert_false(rules_fields_used(judge.set) >> RULES_HELO & 1);
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
