/* SPDX-License-Identifier: BSD-3-Clause */
/* Events: hooks of several families, order, enforce:no, carried values, once-only alerts, lost
 * hits. */
#include "judge.h"

static void
test_file_order(void **state)
{
	judge_open(
		"accept:hook smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"ok\"; sid:1;)\n"
		"drop:flow smtp:rcpt any any -> any any (sid:2;)\n"
		"accept:hook smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"late\"; "
		"sid:3;)\n");
	judge_item(RULES_RCPT_TO, "<ok@x>");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 1);
	judge_item(RULES_RCPT_TO, "<late@x>");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 2);
	assert_int_equal(judge.hits.count, 1);
	judge_close();
}

/* More than 64 rules in a hook: the order of candidates and of rules without values is one. */
static void
test_order_of_many(void **state)
{
	char *text, value[32];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 1; i <= 200; i++) {
		if (i == 150)
			fprintf(f, "reject:flow smtp:rcpt any any -> any any (sid:%d;)\n", i);
		else
			fprintf(f,
				"drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:"
				"\"<u%d@\"; startswith; sid:%d;)\n",
				i, i);
	}
	fclose(f);
	judge_open(text);
	for (int i = 1; i <= 200; i++) {
		snprintf(value, sizeof(value), "<u%d@example.com>", i);
		judge_value(RULES_RCPT_TO, value);
		judge_event(RULES_AT_RCPT);
		assert_int_equal(judge_sid(0), i < 150 ? i : 150);
	}
	judge_close();
	free(text);
}

static void
test_three_families(void **state)
{
	judge_open(
		"accept:hook smtp:request_started any any -> any any (smtp.mail_from; "
		"content:\"a\"; sid:1;)\n"
		"accept:hook smtp:command:request_complete any any -> any any (smtp.command; "
		"content:\"MAIL FROM\"; "
		"smtp.command_data; content:\"b\"; sid:2;)\n"
		"drop:flow smtp:mail any any -> any any (smtp.mail_from; content:\"z\"; sid:3;)\n");
	judge_value(RULES_COMMAND, "MAIL FROM");
	judge_value(RULES_COMMAND_DATA, "ab");
	judge_value(RULES_MAIL_FROM, "<ab>");
	judge_event_hooks((enum rules_hook[]){ RULES_REQUEST_STARTED,
					       RULES_COMMAND_REQUEST_COMPLETE, RULES_AT_MAIL });
	assert_int_equal(judge_sid(0), 1);
	assert_int_equal(judge_sid(1), 2);
	assert_int_equal(judge_sid(2), 0);
	assert_int_equal(judge.hits.count, 2);
	assert_int_equal(judge.hits.hit[1].hook, RULES_COMMAND_REQUEST_COMPLETE);
	judge_close();
}

static void
test_not_enforced(void **state)
{
	judge_open("drop:flow,alert smtp:mail any any -> any any (enforce:no; flowbits:set,seen; "
		   "sid:1;)\n"
		   "accept:hook smtp:mail any any -> any any (flowbits:isnotset,seen; sid:2;)\n");
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge_sid(0), 2); /* the watched rule has set no bit */
	assert_int_equal(judge.hits.count, 2);
	assert_true(judge.hits.hit[0].would);
	assert_false(judge.hits.hit[1].would);
	assert_true(judge_alerted(1));
	judge_close();
}

/* A value of an earlier hook is a condition at every event; with an alert once a transaction. */
static void
test_carried(void **state)
{
	judge_open("drop:flow,alert smtp:request_data any any -> any any (smtp.mail_from; "
		   "content:\"bad\"; sid:1;)\n"
		   "accept:hook smtp:rcpt any any -> any any (smtp.helo; content:\"h\"; "
		   "smtp.rcpt_to; content:\"r\"; sid:2;)\n");
	judge_value(RULES_HELO, "h");
	judge_event(RULES_AT_HELO);
	judge_value(RULES_MAIL_FROM, "<bad@x>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 0);
	judge_item(RULES_RCPT_TO, "<r>");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 2);
	judge_item(RULES_RCPT_TO, "<x>");
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 0);
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1);
	assert_true(judge_alerted(1));
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1);
	assert_false(judge_alerted(1));
	judge_close();
}

/* A rule of two buffers fires when the last one matches, and not again for what does not match. */
static void
test_last_buffer(void **state)
{
	judge_open("drop:flow smtp:request_started any any -> any any (smtp.tls:no; "
		   "smtp.mail_from; content:\"a\"; "
		   "smtp.rcpt_to; content:!\"b\"; sid:1;)\n");
	rules_number(&judge.values, RULES_TLS, RULES_TLS_NO, true);
	judge_value(RULES_MAIL_FROM, "<a>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 0);
	rules_number(&judge.values, RULES_TLS, RULES_TLS_NO, true);
	judge_item(RULES_RCPT_TO, "<c>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 1);
	rules_number(&judge.values, RULES_TLS, RULES_TLS_NO, true);
	judge_item(RULES_RCPT_TO, "<b>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 0);
	rules_number(&judge.values, RULES_TLS, RULES_TLS_YES, true);
	judge_item(RULES_RCPT_TO, "<c>");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 0);
	judge_close();
}

/* What has matched is kept though the value is not there any more. */
static void
test_memory(void **state)
{
	judge_open("alert smtp any any -> any any (email.subject; content:\"win\"; mime.filename; "
		   "content:\".exe\"; sid:1;)\n"
		   "reject:message smtp:message any any -> any any (email.subject; "
		   "content:\"win\"; sid:2;)\n");
	judge_value(RULES_EMAIL_SUBJECT, "you win");
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge.hits.count, 0);
	memset(&judge.values, 0, sizeof(judge.values));
	judge_value(RULES_MIME_FILENAME, "a.exe");
	judge_event(RULES_REQUEST_DATA);
	assert_true(judge_alerted(1));
	memset(&judge.values, 0, sizeof(judge.values));
	judge_event(RULES_AT_MESSAGE);
	assert_int_equal(judge_sid(0), 2);
	judge_new_tx();
	judge_event(RULES_AT_MESSAGE);
	assert_int_equal(judge_sid(0), 0);
	judge_close();
}

static void
test_before(void **state)
{
	judge_open("accept:hook,alert smtp:<request_data any any -> any 25 (smtp.data; "
		   "content:\"x\"; sid:1;)\n"
		   "drop:flow smtp:request_started any any -> any any (sid:2;)\n");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 1);
	assert_false(judge_alerted(1));
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 0);
	judge_event(RULES_REQUEST_COMPLETE);
	assert_int_equal(judge_sid(0), 0);
	judge.packet.dport = 587;
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_sid(0), 2);
	judge_close();
}

static void
test_numbers(void **state)
{
	judge_open("drop:flow smtp:response_started any any -> any any (smtp.response_code:5xx; "
		   "sid:1;)\n"
		   "drop:flow smtp:response_started any any -> any any (smtp.response_code; "
		   "content:\"25\"; startswith; sid:2;)\n"
		   "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_count:>2; sid:3;)\n");
	judge.packet.to_server = false;
	rules_number(&judge.values, RULES_RESPONSE_CODE, 550, true);
	judge_event(RULES_RESPONSE_STARTED);
	assert_int_equal(judge_sid(0), 1);
	rules_number(&judge.values, RULES_RESPONSE_CODE, 250, true);
	judge_event(RULES_RESPONSE_STARTED);
	assert_int_equal(judge_sid(0), 2);
	rules_number(&judge.values, RULES_RESPONSE_CODE, 421, true);
	judge_event(RULES_RESPONSE_STARTED);
	assert_int_equal(judge_sid(0), 0);
	rules_number(&judge.values, RULES_RCPT_COUNT, 2, true);
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 0);
	rules_number(&judge.values, RULES_RCPT_COUNT, 3, true);
	judge_event(RULES_AT_RCPT);
	assert_int_equal(judge_sid(0), 3);
	judge_close();
}

static void
test_absent(void **state)
{
	judge_open("drop:flow smtp:request_data any any -> any any (smtp.helo; absent; sid:1;)\n"
		   "drop:flow smtp:command:request_complete any any -> any any (smtp.command; "
		   "content:\"HELO\"; "
		   "smtp.command_data; absent; sid:2;)\n"
		   "alert smtp any any -> any any (smtp.mail_from; absent; sid:3;)\n");
	judge_value(RULES_COMMAND, "HELO");
	judge_event(RULES_COMMAND_REQUEST_COMPLETE);
	assert_int_equal(judge_sid(0), 2);
	assert_int_equal(judge_hits(3, NULL), 0); /* it may still come */
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1);
	assert_true(judge_alerted(3));
	judge_value(RULES_HELO, "x");
	judge_value(RULES_COMMAND, "HELO");
	judge_value(RULES_COMMAND_DATA, "x");
	judge_event_hooks((enum rules_hook[]){ RULES_REQUEST_STARTED,
					       RULES_COMMAND_REQUEST_COMPLETE, RULES_HOOKS });
	assert_int_equal(judge.hits.count, 0);
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 0);
	judge_close();
}

static void
test_absent_or_else(void **state)
{
	judge_open("drop:flow smtp:request_data any any -> any any (smtp.helo; absent:or_else; "
		   "content:!\".\"; sid:1;)\n"
		   "drop:flow smtp:request_data any any -> any any (smtp.rcpt_to:all; "
		   "absent:or_else; content:\"@here\"; sid:2;)\n"
		   "alert smtp any any -> any any (smtp.helo; absent:or_else; bsize:<2; "
		   "content:\"abc\"; sid:3;)\n");
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1); /* none came */
	assert_true(judge_alerted(3));
	judge_new_tx();
	judge_value(RULES_HELO, "a.b");
	judge_event(RULES_REQUEST_STARTED);
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 2);
	assert_false(judge_alerted(3));
	judge_item(RULES_RCPT_TO, "<a@here>");
	judge_event(RULES_REQUEST_STARTED);
	judge_item(RULES_RCPT_TO, "<a@there>");
	judge_event(RULES_REQUEST_STARTED);
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge.hits.count, 0);
	judge_new_tx();
	judge_value(RULES_HELO, "localhost");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge.hits.count, 0); /* not yet known */
	judge_event(RULES_REQUEST_DATA);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

/* Alerts beyond the list are counted; what decides is never lost. */
static void
test_many_hits(void **state)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 1; i <= 30; i++)
		fprintf(f, "drop:flow,alert smtp:mail any any -> any any (enforce:no; sid:%d;)\n",
			i);
	fprintf(f, "drop:flow smtp:mail any any -> any any (sid:100;)\n"
		   "drop smtp any any -> any any (smtp.mail_from; content:\"a\"; sid:101;)\n");
	fclose(f);
	judge_open(text);
	judge_value(RULES_MAIL_FROM, "a");
	judge_event(RULES_AT_MAIL);
	assert_int_equal(judge.hits.count, RULES_HITS);
	assert_int_equal(judge.hits.lost, 30 + 2 - RULES_HITS);
	assert_int_equal(judge_sid(0), 100);
	assert_int_equal(judge_hits(101, NULL), 1);
	assert_false(judge.hits.limit);
	judge_close();
	free(text);
}

static void
test_pass(void **state)
{
	judge_open("alert smtp any any -> any any (smtp.mail_from; content:\"a\"; sid:1;)\n"
		   "pass smtp any any -> any any (smtp.mail_from; content:\"ab\"; sid:2;)\n"
		   "alert smtp any any -> any any (smtp.rcpt_to; content:\"r\"; sid:3;)\n");
	judge_value(RULES_MAIL_FROM, "ab");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge_hits(1, NULL), 0);
	judge_item(RULES_RCPT_TO, "r");
	judge_event(RULES_REQUEST_STARTED);
	assert_int_equal(judge.hits.count, 0);
	judge_close();
}

/* The transaction's memory is out: said at once, and at all later events. */
static void
test_arena_is_out(void **state)
{
	struct pool *small = pool_create("small", 64, 1, 0);

	judge_open("alert smtp any any -> any any (smtp.mail_from; content:\"a\"; smtp.rcpt_to; "
		   "content:\"b\"; sid:1;)\n");
	arena_open(&judge.arena, small, 64);
	while (arena_alloc(&judge.arena, 8) != NULL)
		;
	judge_value(RULES_MAIL_FROM, "a");
	judge_event(RULES_REQUEST_STARTED);
	assert_true(judge.hits.limit);
	judge_event(RULES_REQUEST_STARTED);
	assert_true(judge.hits.limit);
	judge_close();
	pool_destroy(small);
}

static uint64_t
scans_of(enum rules_hook hook)
{
	uint64_t before = rules_scan_count(judge.w);

	judge_event(hook);
	return rules_scan_count(judge.w) - before;
}

static uint64_t
scans_of_body(void)
{
	uint64_t before = rules_scan_count(judge.w);

	rules_body(judge.w, &judge.flow, &judge.tx, RULES_DATA, SPAN_LIT("a body"), &judge.arena);
	return rules_scan_count(judge.w) - before;
}

/* Values that no rule can ask for any more are not searched. */
static void
test_unasked(void **state)
{
	judge_open("drop:flow smtp:mail any any -> any any (smtp.mail_from; content:\"x\"; sid:1;)\n"
		   "pass smtp any any -> any any (smtp.helo; content:\"friend\"; sid:2;)\n"
		   "alert smtp any any -> any any (smtp.rcpt_to; content:\"b\"; sid:3;)\n"
		   "alert smtp any any -> any any (smtp.data; content:\"body\"; sid:4;)\n");
	rules_worker_watch(judge.w, NULL); /* who follows is told of all rules, and searches */
	judge.unwatched = true;
	judge_value(RULES_COMMAND, "RCPT TO"); /* no rule names it */
	assert_int_equal(scans_of(RULES_AT_RCPT), 0);
	judge_value(RULES_MAIL_FROM, "a"); /* nor this in another hook */
	assert_int_equal(scans_of(RULES_AT_HELO), 0);
	judge_item(RULES_RCPT_TO, "b");
	assert_int_equal(scans_of(RULES_AT_RCPT), 1);
	assert_true(judge_alerted(3));
	assert_int_equal(scans_of_body(), 1);
	judge_value(RULES_HELO, "friend"); /* now no detection rule is asked again */
	judge_event(RULES_AT_HELO);
	assert_int_equal(judge_hits(2, NULL), 1);
	judge_new_tx();
	judge_item(RULES_RCPT_TO, "b");
	assert_int_equal(scans_of(RULES_AT_RCPT), 0);
	assert_int_equal(scans_of_body(), 0);
	judge_value(RULES_HELO, "friend");
	assert_int_equal(scans_of(RULES_AT_HELO), 0);
	judge_value(RULES_MAIL_FROM, "x"); /* the firewall's rule still is */
	assert_int_equal(scans_of(RULES_AT_MAIL), 1);
	assert_int_equal(judge_sid(0), 1);
	judge_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_order),     cmocka_unit_test(test_order_of_many),
		cmocka_unit_test(test_three_families), cmocka_unit_test(test_not_enforced),
		cmocka_unit_test(test_carried),	       cmocka_unit_test(test_last_buffer),
		cmocka_unit_test(test_memory),	       cmocka_unit_test(test_before),
		cmocka_unit_test(test_numbers),	       cmocka_unit_test(test_absent),
		cmocka_unit_test(test_absent_or_else),
		cmocka_unit_test(test_many_hits),      cmocka_unit_test(test_pass),
		cmocka_unit_test(test_arena_is_out),   cmocka_unit_test(test_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
