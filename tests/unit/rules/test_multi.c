/* SPDX-License-Identifier: BSD-3-Clause */
/* Fields with several values: any, all, several at once, two groups on one field. */
#include "judge.h"

static void
test_any_of_one_event(void **state)
{
	judge_open("drop:flow smtp:response_started any any -> any any (smtp.ehlo_param; "
		   "content:\"STARTTLS\"; sid:1;)\n");
	judge.packet.to_server = false;
	judge_item(RULES_EHLO_PARAM, "PIPELINING");
	judge_item(RULES_EHLO_PARAM, "STARTTLS");
	judge_item(RULES_EHLO_PARAM, "SIZE 100");
	judge_event(RULES_RESPONSE_STARTED);
	assert_int_equal(judge_sid(0), 1);
	judge_item(RULES_EHLO_PARAM, "DSN");
	judge_event(RULES_RESPONSE_STARTED);
	assert_int_equal(judge_sid(0), 0); /* only what is new is judged */
	judge_close();
}

/* A list that one event brings whole may come without a mark of what is new. */
static void
test_list_of_one_event(void **state)
{
	static const struct rules_item last = { .value = { (const uint8_t *)"BODY=8BITMIME", 13 } };
	static const struct rules_item first = { .value = { (const uint8_t *)"SIZE=5", 6 },
						 .next = &last };

	judge_open("drop:flow smtp:mail any any -> any any (smtp.mail_param; content:\"SIZE=\"; "
		   "startswith; sid:1;)\n");
	judge.values.items[RULES_MAIL_PARAM] = &first;
	rules_value(&judge.values, RULES_MAIL_PARAM, last.value, true);
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

/* One value must hold all that a group asks. */
static void
test_one_instance(void **state)
{
	judge_open("drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"a\"; "
		   "content:\"b\"; sid:1;)\n");
	judge_item(RULES_RCPT_TO, "a");
	judge_item(RULES_RCPT_TO, "b");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 0);
	judge_item(RULES_RCPT_TO, "ba");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

/* Two groups on one field: each by any value, also in different events and in both kinds of memory.
 */
static void
test_two_groups(void **state)
{
	judge_open("drop:flow smtp:request_started any any -> any any (smtp.rcpt_to; "
		   "content:\"a\"; smtp.rcpt_to; content:\"b\"; sid:1;)\n"
		   "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"a\"; "
		   "smtp.rcpt_to; content:\"b\"; sid:2;)\n");
	for (int i = 0; i < 2; i++) {
		enum rules_hook both[] = { RULES_REQUEST_STARTED, RULES_AT_RCPT, RULES_HOOKS };

		judge_new_tx();
		judge_item(RULES_RCPT_TO, i == 0 ? "a" : "b");
		judge_event_hooks(both);
		assert_int_equal(judge.hits.count, 0);
		judge_item(RULES_RCPT_TO, "c");
		judge_event_hooks(both);
		assert_int_equal(judge.hits.count, 0);
		judge_item(RULES_RCPT_TO, i == 0 ? "b" : "a");
		judge_event_hooks(both);
		assert_int_equal(judge_sid(0), 1);
		assert_int_equal(judge_sid(1), 2);
		judge_item(RULES_RCPT_TO, "c");
		judge_event_hooks(both);
		assert_int_equal(judge.hits.count, 0);
	}
	judge_close();
}

static void
test_all(void **state)
{
	judge_open(
		"accept:hook smtp:request_data any any -> any any (smtp.rcpt_to:all; "
		"content:\"@ours>\"; endswith; sid:1;)\n"
		"alert smtp any any -> any any (smtp.rcpt_to:all; content:\"@ours>\"; sid:2;)\n");
	judge_item(RULES_RCPT_TO, "<a@ours>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge.hits.count, 0); /* another may come */
	judge_item(RULES_RCPT_TO, "<b@ours>");
	judge_event(RULES_REQUEST_STARTED);
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1);
	assert_true(judge_alerted(2));
	judge_new_tx();
	judge_item(RULES_RCPT_TO, "<a@ours>");
	judge_item(RULES_RCPT_TO, "<b@theirs>");
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge.hits.count, 0);
	judge_new_tx();
	judge_event(RULES_REQUEST_DATA); /* all of none is not all */
	assert_int_equal(judge.hits.count, 0);
	judge_close();
}

static void
test_too_early(void **state)
{
#define RULE(hook, group) "drop:flow smtp:" hook " any any -> any any (" group " sid:1;)\n"
	assert_string_equal(
		judge_refused(RULE("request_started", "smtp.rcpt_to:all; content:\"a\";")), "R207");
	assert_string_equal(judge_refused(RULE("rcpt", "smtp.rcpt_to:all; content:\"a\";")),
			    "R207");
	assert_string_equal(judge_refused(RULE("request_started", "smtp.helo; absent;")), "R207");
	assert_string_equal(judge_refused(RULE("request_data", "mime.filename; absent;")), "R207");
	assert_string_equal(judge_refused(RULE("data", "smtp.rcpt_to:all; content:\"a\";")), "");
	assert_string_equal(judge_refused(RULE("mail", "smtp.helo; absent;")), "");
	assert_string_equal(judge_refused(RULE("message", "mime.filename; absent;")), "");
#undef RULE
}

/* The DATA command itself decides "all" for families without a hook of the body. */
static void
test_all_at_the_data_command(void **state)
{
	judge_open("alert smtp any any -> any any (smtp.rcpt_to:all; content:\"x\"; sid:1;)\n");
	judge_item(RULES_RCPT_TO, "x");
	judge_value(RULES_COMMAND, "RCPT TO");
	judge_event(RULES_COMMAND_REQUEST_COMPLETE);
	assert_int_equal(judge.hits.count, 0);
	judge_value(RULES_COMMAND, "DATA");
	judge_event(RULES_COMMAND_REQUEST_COMPLETE);
	assert_true(judge_alerted(1));
	judge_new_tx();
	judge_item(RULES_RCPT_TO, "x");
	judge.ev.end = true;
	judge_event(RULES_AT_QUIT);
	assert_true(judge_alerted(1));
	judge_close();
}

/* Name, content and hash belong to one attachment. */
static void
test_one_file(void **state)
{
	judge_open("reject:message smtp:message any any -> any any (fileext:\"exe\"; file.data; "
		   "content:\"MZ\"; depth:2; sid:1;)\n"
		   "alert smtp any any -> any any (fileext:\"exe\"; file.data; content:\"MZ\"; "
		   "depth:2; sid:2;)\n");
	for (int i = 0; i < 2; i++) {
		judge_new_tx();
		judge_item(RULES_FILE_EXT, "exe");
		judge_event(RULES_REQUEST_DATA);
		rules_body(judge.w, &judge.flow, &judge.tx, RULES_FILE_DATA,
			   span_str(i == 0 ? "text" : "MZ.."), &judge.arena);
		judge_value(RULES_FILE_DATA, "");
		judge_event(RULES_REQUEST_DATA);
		assert_int_equal(judge_hits(2, NULL), i);
		rules_file_begin(judge.w, &judge.tx);
		judge_item(RULES_FILE_EXT, "txt");
		judge_event(RULES_REQUEST_DATA);
		rules_body(judge.w, &judge.flow, &judge.tx, RULES_FILE_DATA, SPAN_LIT("MZ"),
			   &judge.arena);
		judge_value(RULES_FILE_DATA, "");
		judge_event(RULES_REQUEST_DATA);
		assert_int_equal(judge.hits.count, 0);
		judge_event(RULES_AT_MESSAGE);
		assert_int_equal(judge_sid(0), i);
	}
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_of_one_event),
		cmocka_unit_test(test_list_of_one_event),
		cmocka_unit_test(test_one_instance),
		cmocka_unit_test(test_two_groups),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_all_at_the_data_command),
		cmocka_unit_test(test_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
