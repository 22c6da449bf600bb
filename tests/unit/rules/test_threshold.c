/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates: which gate the alert, which the verdict, by whom they count, when a window ends. */
#include "judge.h"

#define RATE(type) "threshold:type " type ", track by_src, count 3, seconds 60; "

/* Fired (2), fired and alerted (3), or neither, as digits of n events. */
static const char *
play(const char *rule, unsigned n)
{
	static char out[32];

	judge_open(rule);
	for (unsigned i = 0; i < n; i++) {
		judge_new_tx();
		judge_value(RULES_MAIL_FROM, "a");
		judge_event(RULES_AT_MAIL);
		out[i] = judge_alerted(1) ? '3' : judge_hits(1, NULL) > 0 ? '2' : '0';
	}
	out[n] = '\0';
	judge_close();
	return out;
}

static void
test_firewall_rules(void **state)
{
#define RULE(rate) "drop:flow,alert smtp:mail any any -> any any (" rate "sid:1;)\n"
	assert_string_equal(play(RULE(""), 4), "3333");
	assert_string_equal(play(RULE(RATE("limit")), 7), "3332222");
	assert_string_equal(play(RULE(RATE("threshold")), 7), "0032232");
	assert_string_equal(play(RULE(RATE("both")), 7), "0032222");
	assert_string_equal(play(RULE("detection_filter:track by_src, count 3, seconds 60; "), 7),
			    "0003333");
#undef RULE
}

static void
test_detection_rules(void **state)
{
#define RULE(rate) "drop smtp any any -> any any (smtp.mail_from; content:\"a\"; " rate "sid:1;)\n"
	assert_string_equal(play(RULE(RATE("limit")), 5), "33322");
	assert_string_equal(play(RULE(RATE("threshold")), 7), "2232232");
	assert_string_equal(play(RULE(RATE("both")), 7), "2232222");
	assert_string_equal(play(RULE("detection_filter:track by_src, count 2, seconds 60; "), 5),
			    "00333");
#undef RULE
}

static void
test_windows_and_addresses(void **state)
{
	judge_open("drop:flow smtp:mail any any -> any any (detection_filter:track by_src, count "
		   "1, seconds 10; sid:1;)\n"
		   "drop:flow smtp:rcpt any any -> any any (detection_filter:track by_dst, count "
		   "1, seconds 10; sid:2;)\n");
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 0);
	judge.now_us += 9999999;
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 1);
	judge.packet.src[15] ^= 1;
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 0);
	judge.packet.src[15] ^= 1;
	judge.now_us += 1; /* a new window */
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 0);
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 1);
	/* Each rule counts for itself, and by its own side. */
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 0);
	judge.packet.src[15] ^= 1;
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 2);
	judge_close();
}

/* Only a match counts. */
static void
test_counts_matches(void **state)
{
	judge_open("drop:flow smtp:mail any any -> any any (smtp.mail_from; content:\"a\"; "
		   "detection_filter:track by_src, count 1, seconds 10; sid:1;)\n");
	for (int i = 0; i < 5; i++) {
		judge_value(RULES_MAIL_FROM, "b");
		judge_event(RULES_AT_MAIL);
		assert_int_equal(judge_sid(0), 0);
	}
	judge_value(RULES_MAIL_FROM, "a");
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 0);
	judge_value(RULES_MAIL_FROM, "a");
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_firewall_rules),
		cmocka_unit_test(test_detection_rules),
		cmocka_unit_test(test_windows_and_addresses),
		cmocka_unit_test(test_counts_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
