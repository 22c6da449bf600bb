/* SPDX-License-Identifier: BSD-3-Clause */
/* Actions, scopes, protocols, hooks, and what a header lacks. */
#include <errno.h>
#include "err.h"
#include "parse.h"

static const struct rules_rule *
header(struct rules_source **s, const char *text)
{
	char rule[512];

	snprintf(rule, sizeof(rule), "%s (sid:1;)", text);
	*s = parse_good(rule);
	return &first_rule(*s)->pub;
}

static void
test_actions_and_hooks(void **state)
{
	static const struct {
		const char *text;
		enum rules_action action;
		enum rules_scope scope;
		enum rules_hook hook;
		bool alert, pass;
	} good[] = {
		{ "accept:hook,alert smtp:request_started any any -> any any", RULES_ACCEPT,
		  RULES_SCOPE_HOOK, RULES_REQUEST_STARTED, true, false },
		{ "accept:tx smtp:request_data any any -> any any", RULES_ACCEPT, RULES_SCOPE_TX,
		  RULES_REQUEST_DATA, false, false },
		{ "accept:flow,pass:flow,alert tcp:all any any -> any any", RULES_ACCEPT,
		  RULES_SCOPE_FLOW, RULES_FILTER, true, true },
		{ "drop:packet arp:all any any -> any any", RULES_DROP, RULES_SCOPE_PACKET,
		  RULES_FILTER, false, false },
		{ "drop:packet ip:pre_flow any any -> any any", RULES_DROP, RULES_SCOPE_PACKET,
		  RULES_PRE_FLOW, false, false },
		{ "accept:hook udp:pre_stream any any -> any 53", RULES_ACCEPT, RULES_SCOPE_HOOK,
		  RULES_PRE_STREAM, false, false },
		{ "reject:flow smtp:command:request_complete any any -> any 25", RULES_REJECT,
		  RULES_SCOPE_FLOW, RULES_COMMAND_REQUEST_COMPLETE, false, false },
		{ "rejectsrc:flow smtp:rcpt any any -> any 25", RULES_REJECT_SRC, RULES_SCOPE_FLOW,
		  RULES_AT_RCPT, false, false },
		{ "reject:command smtp:rcpt any any -> any 25", RULES_REJECT, RULES_SCOPE_COMMAND,
		  RULES_AT_RCPT, false, false },
		{ "reject:message smtp:message any any -> any 25", RULES_REJECT,
		  RULES_SCOPE_MESSAGE, RULES_AT_MESSAGE, false, false },
		{ "tempfail:message smtp:message:request_complete any any -> any 25",
		  RULES_TEMPFAIL, RULES_SCOPE_MESSAGE, RULES_REQUEST_COMPLETE, false, false },
		{ "mask smtp:greeting any any -> any any", RULES_MASK, RULES_SCOPE_COMMAND,
		  RULES_AT_GREETING, false, false },
		{ "mask:command smtp:other any any -> any any", RULES_MASK, RULES_SCOPE_COMMAND,
		  RULES_AT_OTHER, false, false },
		{ "alert smtp any any -> any any", RULES_ALERT, RULES_SCOPE_NONE, RULES_HOOK_DETECT,
		  false, false },
		{ "drop tcp any any -> any any", RULES_DROP, RULES_SCOPE_NONE, RULES_HOOK_DETECT,
		  false, false },
		{ "pass icmp any any <> any any", RULES_PASS, RULES_SCOPE_NONE, RULES_HOOK_DETECT,
		  false, false },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct rules_source *s;
		const struct rules_rule *r = header(&s, good[i].text);

		assert_int_equal(r->action, good[i].action);
		assert_int_equal(r->scope, good[i].scope);
		assert_int_equal(r->hook, good[i].hook);
		assert_int_equal(r->alert, good[i].alert);
		assert_int_equal(r->pass, good[i].pass);
		assert_string_equal(r->header, good[i].text);
		rules_source_destroy(s);
	}
}

static void
test_before_and_flow_start(void **state)
{
	struct rules_source *s;

	assert_true(header(&s, "accept:hook smtp:<rcpt any any -> any any")->before);
	assert_int_equal(first_rule(s)->pub.hook, RULES_AT_RCPT);
	rules_source_destroy(s);
	assert_true(
		header(&s, "accept:tx smtp:command:<request_complete any any -> any any")->before);
	assert_int_equal(first_rule(s)->pub.hook, RULES_COMMAND_REQUEST_COMPLETE);
	assert_true(first_rule(s)->family_written);
	rules_source_destroy(s);
	header(&s, "accept:packet tcp:flow_start any any <> any any");
	assert_int_equal(first_rule(s)->pub.hook, RULES_FILTER);
	assert_int_equal(first_rule(s)->flow, RULES_FLOW_START);
	assert_true(first_rule(s)->bidirectional);
	rules_source_destroy(s);
	expect_error("drop:flow smtp:<rcpt any any -> any any (sid:1;)", "R013", "<rcpt");
	expect_error("accept:hook tcp:<all any any -> any any (sid:1;)", "R013", "<all");
}

static void
test_what_cannot_be(void **state)
{
	expect_error("acept:hook smtp:rcpt any any -> any any (sid:1;)", "R010", "acept");
	expect_error("accept:hok smtp:rcpt any any -> any any (sid:1;)", "R011", "hok");
	expect_error("accept: smtp:rcpt any any -> any any (sid:1;)", "R011", "accept:");
	expect_error("accept smtp:rcpt any any -> any any (sid:1;)", "R011", "accept");
	expect_error("accept smtp any any -> any any (sid:1;)", "R011", "accept");
	expect_error("accept:hook smtp any any -> any any (sid:1;)", "R013", "smtp");
	expect_error("alert smtp:rcpt any any -> any any (sid:1;)", "R011", "alert");
	expect_error("drop:packet smtp:rcpt any any -> any any (sid:1;)", "R011", "drop:packet");
	expect_error("accept:tx tcp:all any any -> any any (sid:1;)", "R011", "accept:tx");
	expect_error("accept:flow ip:pre_flow any any -> any any (sid:1;)", "R011", "accept:flow");
	expect_error("reject:command smtp:body any any -> any any (sid:1;)", "R011",
		     "reject:command");
	expect_error("reject:message smtp:rcpt any any -> any any (sid:1;)", "R011",
		     "reject:message");
	expect_error("tempfail:flow smtp:rcpt any any -> any any (sid:1;)", "R011",
		     "tempfail:flow");
	expect_error("accept:hook,drop smtp:rcpt any any -> any any (sid:1;)", "R010", "drop");
	expect_error("accept:hook,pass:flow smtp:rcpt any any -> any any (sid:1;)", "R011",
		     "pass:flow");
	expect_error("accept:hook http:request any any -> any any (sid:1;)", "R012", "http");
	expect_error("accept:hook smtp:rcppt any any -> any any (sid:1;)", "R013", "rcppt");
	expect_error("accept:hook smtp: any any -> any any (sid:1;)", "R013", "smtp:");
	expect_error("accept:hook tcp:rcpt any any -> any any (sid:1;)", "R013", "rcpt");
	expect_error("accept:hook smtp:command:request_data any any -> any any (sid:1;)", "R013",
		     "request_data");
	expect_error("config:packet tcp:all any any -> any any (sid:1;)", "R042", "config:packet");
	expect_error("accept:packet ether:all any 25 -> any any (sid:1;)", "R017", "25");
}

static void
test_missing_parts(void **state)
{
	struct rules_source *s;

	expect_error("accept:hook smtp:rcpt any any (sid:1;)", "R015", "(");
	expect_error("accept:hook smtp:rcpt any any any any (sid:1;)", "R015", "any");
	expect_error("accept:hook smtp:rcpt any -> any any (sid:1;)", "R015", "any ->");
	expect_error("accept:hook smtp:rcpt any any => any any (sid:1;)", "R015", "=>");
	expect_error("accept:hook smtp:rcpt any any -> any any", "R006", "any");
	expect_error("accept:hook smtp:rcpt any any -> any any sid:1;)", "R006", "sid:1;)");
	expect_error("accept:hook", "R015", "accept:hook");
	s = parse_text("accept:hook smtp:request_started any any (sid:1;)");
	assert_non_null(strstr(rules_diag(s, 0)->hint,
			       "accept:hook smtp:request_started any any -> any any (...)"));
	rules_source_destroy(s);
}

static void
test_names(void **state)
{
	enum rules_action action;
	enum rules_scope scope;
	struct err err;

	for (unsigned h = 0; h < RULES_HOOK_DETECT; h++) {
		char place[64];

		snprintf(place, sizeof(place), "app.%s", rules_hook_name(h));
		for (char *c = place; *c != '\0'; c++)
			*c = *c == ':' ? '.' : *c;
		assert_int_equal(rules_hook_by_place(place), h);
		assert_int_equal(rules_hook_by_place(place + 4), h);
	}
	assert_int_equal(rules_hook_by_place("smtp.message.request_data"), RULES_REQUEST_DATA);
	assert_int_equal(rules_hook_by_place("smtp.nothing"), -1);
	assert_int_equal(rules_action_parse("drop:flow", RULES_REQUEST_DATA, &action, &scope, &err),
			 0);
	assert_int_equal(action, RULES_DROP);
	assert_int_equal(scope, RULES_SCOPE_FLOW);
	assert_int_equal(
		rules_action_parse("drop:packet", RULES_REQUEST_DATA, &action, &scope, &err),
		-EINVAL);
	assert_non_null(strstr(err.hint, "drop:flow"));
	assert_int_equal(rules_action_parse("drap:flow", RULES_FILTER, &action, &scope, &err),
			 -EINVAL);
	assert_int_equal(rules_action_parse("alert", RULES_FILTER, &action, &scope, &err), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions_and_hooks),
		cmocka_unit_test(test_before_and_flow_start),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_missing_parts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
