/* SPDX-License-Identifier: BSD-3-Clause */
/* When rules fire: the rule files of the conformance cases, played event by event. */
#include "judge.h"

#define TCP_RULES                                                                                  \
	"accept:hook tcp:all any any -> any any (flow:not_established; sid:1000;)\n"               \
	"accept:hook tcp:all any any <> any any (flow:established; sid:1001;)\n"

static const char base_rules[] = TCP_RULES
	"accept:hook,alert smtp:request_started any any -> any any (smtp.mail_from; "
	"content:\"alice@example.com>\"; endswith; xbits:set,case.sender_ok,track tx; sid:1998;)\n"
	"accept:hook,alert smtp:request_started any any -> any any (smtp.rcpt_to; "
	"content:\"alice@example.com\"; xbits:set,case.rcpt_ok,track tx; sid:1999;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:2000;)\n"
	"accept:hook,alert smtp:response_started any any -> any any (sid:3000;)\n"
	"accept:hook smtp:request_data any any -> any any (xbits:isset,case.sender_ok,track tx; "
	"xbits:isset,case.rcpt_ok,track tx; sid:2005;)\n"
	"accept:hook smtp:request_complete any any -> any any (sid:2010;)\n";

static const char two_rcpt_rules[] = TCP_RULES
	"accept:hook,alert smtp:request_started any any -> any any (smtp.mail_from; "
	"content:\"alice@example.com>\"; endswith; xbits:set,case.sender_ok,track tx; sid:1998;)\n"
	"drop:flow smtp:request_started any any -> any any (alert; smtp.rcpt_to; "
	"content:\"bob@example.com\"; sid:1997;)\n"
	"accept:hook,alert smtp:request_started any any -> any any (smtp.rcpt_to; "
	"content:\"alice@example.com\"; xbits:set,case.rcpt_ok,track tx; sid:1999;)\n"
	"accept:hook smtp:request_started any any -> any any (sid:2000;)\n";

static void
mail(const char *path)
{
	judge_value(RULES_COMMAND, "MAIL FROM");
	judge_value(RULES_MAIL_FROM, path);
	judge_event(RULES_REQUEST_STARTED);
}

static void
rcpt(const char *path)
{
	judge_value(RULES_COMMAND, "RCPT TO");
	judge_item(RULES_RCPT_TO, path);
	judge_event(RULES_REQUEST_STARTED);
}

static void
data(void)
{
	judge_value(RULES_COMMAND, "DATA");
	judge_event(RULES_REQUEST_DATA);
}

static void
test_known_sender_and_recipient(void **state)
{
	judge_open(base_rules);
	judge_value(RULES_HELO, "client");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 2000);
	mail("<alice@example.com>");
	assert_int_equal(judge_sid(0), 1998);
	assert_true(judge_alerted(1998));
	data(); /* no recipient yet */
	assert_int_equal(judge_sid(0), 0);
	rcpt("<bob@example.com>");
	assert_int_equal(judge_sid(0), 2000);
	rcpt("<alice@example.com>");
	assert_int_equal(judge_sid(0), 1999);
	assert_true(judge_alerted(1999));
	rcpt("<carol@example.com>"); /* an earlier recipient's match is not this one's */
	assert_int_equal(judge_sid(0), 2000);
	data();
	assert_int_equal(judge_sid(0), 2005);
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge_sid(0), 2010);
	judge_new_tx(); /* bits of a transaction end with it */
	data();
	assert_int_equal(judge_sid(0), 0);
	judge_close();
}

static void
test_drop_at_the_recipient(void **state)
{
	judge_open(two_rcpt_rules);
	mail("<alice@example.com>");
	assert_int_equal(judge_sid(0), 1998);
	rcpt("<bob@example.com>");
	assert_int_equal(judge_sid(0), 1997);
	assert_true(judge_alerted(1997));
	assert_int_equal(judge_hits(1999, NULL), 0);
	judge_close();
}

static void
test_unknown_sender_meets_no_rule(void **state)
{
	judge_open(base_rules);
	mail("<mallory@example.net>");
	assert_int_equal(judge_sid(0), 2000);
	rcpt("<alice@example.com>");
	data();
	assert_int_equal(judge_sid(0), 0);
	assert_int_equal(judge.hits.count, 0);
	judge_close();
}

static void
test_detection_fires_once(void **state)
{
	judge_open(
		"alert smtp any any -> any any (msg:\"helo\"; smtp.helo; content:\"GP\"; sid:1;)\n"
		"alert smtp any any -> any any (smtp.mail_from; content:\"<g@patriots.in>\"; "
		"sid:2;)\n"
		"alert smtp any any -> any any (smtp.rcpt_to; content:\"<raj@yahoo.co.in>\"; "
		"sid:3;)\n"
		"alert smtp any any -> any any (smtp.helo; content:\"not there\"; sid:10;)\n"
		"alert smtp any any -> any any (smtp.rcpt_to; content:\"<g@patriots.in>\"; "
		"sid:13;)\n");
	judge_value(RULES_HELO, "GP");
	judge_event(RULES_REQUEST_STARTED);
	assert_true(judge_alerted(1));
	assert_int_equal(judge.hits.count, 1);
	mail("<g@patriots.in>");
	assert_true(judge_alerted(2));
	assert_int_equal(judge.hits.count, 1);
	rcpt("<raj@yahoo.co.in>");
	assert_true(judge_alerted(3));
	rcpt("<raj@yahoo.co.in>");
	assert_int_equal(judge.hits.count, 0);
	judge.ev.end = true;
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge.hits.count, 0);
	assert_int_equal(rules_hit_count(judge.w, 2), 1);
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_sender_and_recipient),
		cmocka_unit_test(test_drop_at_the_recipient),
		cmocka_unit_test(test_unknown_sender_meets_no_rule),
		cmocka_unit_test(test_detection_fires_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
