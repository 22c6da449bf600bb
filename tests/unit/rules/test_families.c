/* SPDX-License-Identifier: BSD-3-Clause */
/* Which family an unprefixed hook belongs to, and which values a hook can see. */
#include "parse.h"

#define RULE(action_hook, options) action_hook " any any -> any any (" options ")\n"

static enum rules_hook
hook(struct rules_source *s, size_t i)
{
	assert_true(i < rules_source_parsed(s)->count);
	return rules_source_parsed(s)->rule[i].pub.hook;
}

static void
test_commands_throughout(void **state)
{
	struct rules_source *s = parse_good(
		RULE("accept:hook smtp:request_started", "smtp.mode:command; sid:1;")
			RULE("accept:hook smtp:request_complete",
			     "sid:2;") RULE("accept:hook smtp:response_started", "sid:3;")
				RULE("accept:hook smtp:response_complete", "sid:4;")
					RULE("accept:hook smtp:rcpt", "sid:5;")
						RULE("accept:hook smtp:message:request_complete",
						     "sid:6;"));

	assert_int_equal(hook(s, 0), RULES_COMMAND_REQUEST_STARTED);
	assert_int_equal(hook(s, 1), RULES_COMMAND_REQUEST_COMPLETE);
	assert_int_equal(hook(s, 2), RULES_COMMAND_RESPONSE_STARTED);
	assert_int_equal(hook(s, 3), RULES_COMMAND_RESPONSE_COMPLETE);
	assert_int_equal(hook(s, 4), RULES_AT_RCPT);
	assert_int_equal(hook(s, 5), RULES_REQUEST_COMPLETE);
	rules_source_destroy(s);
}

static void
test_messages_throughout(void **state)
{
	struct rules_source *s = parse_good(
		RULE("accept:hook smtp:request_started", "smtp.mail_from; content:\"x\"; sid:1;")
			RULE("accept:hook smtp:request_complete", "sid:2;")
				RULE("accept:hook smtp:response_complete",
				     "smtp.response_code:250; sid:3;")
					RULE("accept:hook smtp:rcpt",
					     "smtp.command_data; content:\"x\"; sid:4;"));

	assert_int_equal(hook(s, 0), RULES_REQUEST_STARTED);
	assert_int_equal(hook(s, 1), RULES_REQUEST_COMPLETE);
	assert_int_equal(hook(s, 2), RULES_RESPONSE_COMPLETE);
	rules_source_destroy(s);
}

static void
test_mixture(void **state)
{
	struct rules_source *s =
		parse_text(RULE("accept:hook smtp:request_started", "smtp.mode:command; sid:1;")
				   RULE("accept:hook smtp:request_complete",
					"smtp.command; content:\"DATA\"; sid:2;")
					   RULE("accept:hook smtp:request_started", "sid:3;")
						   RULE("accept:hook smtp:request_data", "sid:4;"));
	const struct rules_diag *d = rules_diag(s, 0);

	assert_int_equal(rules_error_count(s), 2);
	assert_string_equal(d->code, "R030");
	assert_memory_equal(d->source + d->col - 1, "request_started", d->len);
	assert_non_null(strstr(d->hint, "smtp:command:request_started"));
	assert_non_null(strstr(d->text, "t.rules:4"));
	assert_int_equal(rules_diag(s, 1)->line, 2);
	rules_source_destroy(s);

	s = parse_good(RULE("accept:hook smtp:command:request_started", "smtp.mode:command; sid:1;")
			       RULE("accept:hook smtp:message:request_started",
				    "smtp.command; content:\"X\"; sid:2;")
				       RULE("accept:hook smtp:request_started", "sid:3;")
					       RULE("accept:hook smtp:request_data", "sid:4;"));
	assert_int_equal(hook(s, 0), RULES_COMMAND_REQUEST_STARTED);
	assert_int_equal(hook(s, 1), RULES_REQUEST_STARTED);
	assert_int_equal(hook(s, 2), RULES_REQUEST_STARTED);
	rules_source_destroy(s);
}

/* Two files are one rule set; a rule with an error of its own still counts. */
static void
test_all_files_together(void **state)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	struct span a =
		SPAN_LIT(RULE("accept:hook smtp:request_started", "smtp.mode:command; sid:1;"));
	struct span b = SPAN_LIT(RULE("accept:hook smtp:request_data", "nonsense; sid:2;"));

	rules_source_text(s, "a.rules", a);
	rules_source_text(s, "b.rules", b);
	assert_int_equal(rules_source_parsed(s)->count, 1);
	assert_int_equal(rules_error_count(s), 2);
	assert_string_equal(rules_diag(s, 0)->code, "R014");
	assert_string_equal(rules_diag(s, 1)->code, "R030");
	assert_string_equal(rules_diag(s, 1)->file, "a.rules");
	rules_source_destroy(s);
}

static void
test_values_against_hooks(void **state)
{
	static const struct {
		const char *hook, *value, *under;
	} bad[] = {
		{ "smtp:request_started", "email.from; content:\"x\"; sid:1;", "email.from" },
		{ "smtp:request_started", "smtp.data; content:\"x\"; sid:1;", "smtp.data" },
		{ "smtp:request_data", "smtp.response_code:250; sid:1;", "smtp.response_code" },
		{ "smtp:rcpt", "file.name; content:\"x\"; sid:1;", "file.name" },
		{ "smtp:rcpt", "smtp.response; content:\"x\"; sid:1;", "smtp.response" },
		{ "smtp:connect", "smtp.helo; absent; smtp.mail_from; absent; sid:1;",
		  "smtp.mail_from" },
		{ "smtp:body", "smtp.queue_id; content:\"x\"; sid:1;", "smtp.queue_id" },
		{ "smtp:greeting", "smtp.command; content:\"x\"; sid:1;", "smtp.command" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char rule[256];

		snprintf(rule, sizeof(rule), "accept:hook %s any any -> any any (%s)", bad[i].hook,
			 bad[i].value);
		expect_error(rule, "R028", bad[i].under);
	}
	/* What the session knows stays known. */
	rules_source_destroy(parse_good(
		RULE("drop:flow smtp:message",
		     "smtp.helo; content:\"x\"; smtp.mail_from; content:\"y\"; "
		     "smtp.rcpt_to; content:\"z\"; email.subject; content:\"w\"; "
		     "smtp.greeting; content:\"v\"; smtp.tls:no; sid:1;")
			RULE("alert smtp", "smtp.helo; content:\"x\"; email.from; content:\"y\"; "
					   "smtp.response; content:\"z\"; sid:2;")));
}

/* reject:command can be done at request_started of a message, not at that of a command. */
static void
test_scope_of_the_family(void **state)
{
	expect_error(RULE("reject:command smtp:request_started", "smtp.mode:command; sid:1;"),
		     "R011", "reject:command");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_throughout),
		cmocka_unit_test(test_messages_throughout),
		cmocka_unit_test(test_mixture),
		cmocka_unit_test(test_all_files_together),
		cmocka_unit_test(test_values_against_hooks),
		cmocka_unit_test(test_scope_of_the_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
