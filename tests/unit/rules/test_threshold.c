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
	assert_string_equal(
		play(RULE("threshold:type backoff, track by_src, count 2, multiplier 3; "), 20),
		"23222322222222222322");
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

#define RATE_AT(hook, track, count)                                                                \
	"drop:flow smtp:" hook " any any -> any any (rate:track " track ", count " count           \
	", seconds 60; sid:1;)\n"

/* Does the rule fire when this value comes? */
static bool
fires(enum rules_field field, const char *value)
{
	judge_new_tx();
	if (value != NULL)
		judge_value(field, value);
	judge_event(field == RULES_RCPT_TO ? RULES_AT_RCPT : RULES_AT_MAIL);
	return judge_sid(0) == 1;
}

static void
test_by_texts(void **state)
{
	judge_open(RATE_AT("mail", "by_sender", "1"));
	assert_false(fires(RULES_MAIL_FROM, "<Joe@Example.net>"));
	assert_false(fires(RULES_MAIL_FROM, "<ann@example.net>"));
	assert_true(fires(RULES_MAIL_FROM, "<joe@example.NET>"));
	assert_false(fires(RULES_MAIL_FROM, NULL)); /* nothing to count by: does not fire */
	assert_false(fires(RULES_MAIL_FROM, NULL));
	judge_close();
	judge_open(RATE_AT("mail", "by_sender_domain", "1"));
	assert_false(fires(RULES_MAIL_FROM, "<joe@example.net>"));
	assert_false(fires(RULES_MAIL_FROM, "<joe@example.org>"));
	assert_true(fires(RULES_MAIL_FROM, "<\"a@b\"@EXAMPLE.net>"));
	judge_close();
	judge_open(RATE_AT("rcpt", "by_rcpt", "1"));
	assert_false(fires(RULES_RCPT_TO, "<bob@example.org>"));
	assert_false(fires(RULES_RCPT_TO, "<eve@example.org>"));
	assert_true(fires(RULES_RCPT_TO, "<bob@example.org>"));
	judge_close();
	judge_open(RATE_AT("mail", "by_helo", "1"));
	assert_false(fires(RULES_HELO, "pc"));
	assert_false(fires(RULES_HELO, "mx"));
	assert_true(fires(RULES_HELO, "PC"));
	judge_close();
	judge_open(RATE_AT("mail", "by_auth_user", "1"));
	assert_false(fires(RULES_AUTH_USER, "joe"));
	assert_true(fires(RULES_AUTH_USER, "joe"));
	judge_close();
}

/* Each address of a /24 counts for all; the next network counts for itself. */
static void
test_by_network(void **state)
{
	judge_open(RATE_AT("mail", "by_net24", "2"));
	for (uint8_t host = 1; host <= 3; host++) {
		judge.packet.src[15] = host;
		assert_true(fires(RULES_MAIL_FROM, "<a@b>") == (host == 3));
	}
	judge.packet.src[14] ^= 1;
	assert_false(fires(RULES_MAIL_FROM, "<a@b>"));
	memset(judge.packet.src, 0x20, sizeof(judge.packet.src)); /* IPv6: the /64 */
	for (uint8_t host = 1; host <= 3; host++) {
		judge.packet.src[8] = host;
		assert_true(fires(RULES_MAIL_FROM, "<a@b>") == (host == 3));
	}
	judge.packet.src[7] ^= 1;
	assert_false(fires(RULES_MAIL_FROM, "<a@b>"));
	judge_close();
}

static void
test_bytes(void **state)
{
	static const struct {
		int64_t size;
		bool fires;
	} mails[] = { { 600, false }, { 400, false }, { 1, true }, { 5000000000, true } };

	judge_open(RATE_AT("message", "by_src", "1000 bytes"));
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		judge_new_tx();
		rules_number(&judge.values, RULES_BODY_SIZE, mails[i].size, true);
		judge_event(RULES_AT_MESSAGE);
		assert_true((judge_sid(0) == 1) == mails[i].fires);
	}
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
		cmocka_unit_test(test_by_texts),
		cmocka_unit_test(test_by_network),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
